"""Imported: the result of an importer, a model with the parameter names of `core.model.Transformer`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.config import ModelConfig

if TYPE_CHECKING:
    from torch import Tensor

LONGEST = 256
"""The largest `max_length` of an imported model, even if the original allows more: a Trace grows with its square."""


@dataclass(frozen=True)
class Imported:
    """A model as `core.zoo` writes it into a folder.

    Attributes:
        config: The model's sizes.
        weights: float32 tensors, by the names of the parameters of `Transformer`.
        source: The file of the source's SentencePiece model.
        target: The file of the target's SentencePiece model.
        languages: ISO 639 codes of source and target, "" if the files do not have them.
        origin: {"format": …} and other facts from the files, for the card.
    """

    config: ModelConfig
    weights: Mapping[str, Tensor]
    source: bytes
    target: bytes
    languages: tuple[str, str]
    origin: Mapping[str, Any] = field(default_factory=dict)

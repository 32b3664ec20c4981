"""What an importer hands over: a model in the names of `core.model.Transformer`, and its tokenizers' files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.config import ModelConfig

if TYPE_CHECKING:
    from torch import Tensor

LONGEST = 256
"""The most pieces a side may have, whatever the original allows: the attention of one Trace grows with the square."""


@dataclass(frozen=True)
class Imported:
    """A model as `core.zoo` writes it into a folder."""

    config: ModelConfig
    weights: Mapping[str, Tensor]  # float32, by the names of Transformer's parameters
    source: bytes  # the files of the SentencePiece models
    target: bytes
    languages: tuple[str, str]  # ISO 639 codes, "" where the files do not say
    origin: Mapping[str, Any] = field(default_factory=dict)  # {"format": …}, and what its files say of themselves

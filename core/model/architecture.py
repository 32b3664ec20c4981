"""A model of a config's architecture, and what decodes with it."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor

from core.config import ModelConfig
from core.model.incremental import Incremental
from core.model.recurrent import Recurrent
from core.model.transformer import Transformer

Model = Transformer | Recurrent


class Run(Protocol):
    """What decodes a sentence step by step: `Incremental`, `Recurrent`, or either model `Intervened`."""

    def encode(self, source: Tensor, traced: bool = False) -> tuple[Tensor, Tensor | None]: ...

    def start(self, memory: Tensor, source: Tensor) -> tuple[Any, Tensor | None]: ...

    def step(
        self, last: Tensor, cross: Any, mask: Tensor | None, cache: Any, traced: bool = False
    ) -> tuple[Tensor, Any, Tensor | None, Tensor | None]: ...


def build(config: ModelConfig) -> Model:
    """An untrained model of these sizes."""
    return (Recurrent if config.recurrent else Transformer)(config)


def runner(model: Model) -> Run:
    """What decodes with a model a step at a time. A recurrent one does it itself: its step is one step anyway."""
    return model if isinstance(model, Recurrent) else Incremental(model)

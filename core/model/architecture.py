"""A model of a config's architecture, and what decodes with it."""

from __future__ import annotations

from core.config import ModelConfig
from core.model.change import Changed
from core.model.laid_out import LaidOut
from core.model.recurrent import Recurrent
from core.model.transformer import Transformer

Model = Transformer | Recurrent
Run = LaidOut | Recurrent | Changed
"""What decodes: it has `encode`, `start` and `step`."""


def build(config: ModelConfig) -> Model:
    """An untrained model of these sizes."""
    return (Recurrent if config.recurrent else Transformer)(config)


def lay_out(model: Model) -> LaidOut | Recurrent:
    """What decodes with a model a step at a time. A recurrent one does it itself: its step is one step anyway."""
    return model if isinstance(model, Recurrent) else LaidOut(model)

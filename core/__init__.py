"""Headlight's core: a real encoder-decoder Transformer and honest records of what it attends to.

import core
model = core.load("en-zh")
trace = model.translate("Tom chases Jerry.")
trace.cross  # float32 (layers, heads, target, source)
"""

from core.config import ModelConfig
from core.errors import HeadlightError
from core.trace import KINDS, Step, Trace
from core.translator import Translator, load
from core.zoo import ModelCard, list_models

__all__ = [
    "KINDS",
    "HeadlightError",
    "ModelCard",
    "ModelConfig",
    "Step",
    "Trace",
    "Translator",
    "list_models",
    "load",
]

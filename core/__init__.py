"""Headlight's core: an encoder-decoder Transformer that records what it attends to.

Example:
    >>> import core
    >>> model = core.load("en-zh")
    >>> trace = model.translate("Tom chases Jerry.")
    >>> trace.text
    '汤姆追逐杰瑞。'
    >>> trace.cross.shape  # layers, heads, target, source
    (3, 8, 5, 5)
"""

from importlib import import_module
from typing import Any

# The module of each public name. A name is imported at its first use, so that reading and drawing a Trace, or listing
# the models, does not wait the seconds that importing torch takes.
_HOMES = {
    "BeamHypothesis": "core.records",
    "BeamSearch": "core.records",
    "Contributions": "core.records",
    "CorpusHeads": "core.records",
    "HuggingFaceModel": "core.adapters.hugging_face",
    "HeadInside": "core.records",
    "HeadlightError": "core.errors",
    "Intervention": "core.intervention",
    "KINDS": "core.config",
    "RecurrentInside": "core.records",
    "Request": "core.request",
    "STRATEGIES": "core.request",
    "ModelCard": "core.card",
    "ModelConfig": "core.config",
    "Moment": "core.records",
    "Step": "core.records",
    "Trace": "core.records",
    "Translator": "core.translator",
    "hugging_face": "core.adapters.hugging_face",
    "list_models": "core.zoo",
    "load": "core.translator",
    "read_corpus_heads": "core.export",
    "read_moments": "core.export",
}
__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'core' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})

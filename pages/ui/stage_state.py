"""The state of the attention view, made complete and valid for a Trace.

assets/views/stage/state.js applies the same rules in the browser.
"""

from __future__ import annotations

from typing import Any

from core.checks import is_index
from core.records.trace import Trace

VIEWS = ("map", "lines", "table")
DEFAULT_STATE: dict[str, Any] = {
    "kind": "cross",
    "layer": None,  # the last one
    "heads": "average",
    "step": None,  # the last one that predicts a word, so that the whole translation is there
    "pinned": [],
    "merged": False,
    "hidden": False,
    "threshold": 90,
    "view": "map",
    "guess": False,
}


def stage_state(trace: Trace, requested: Any = None) -> dict[str, Any]:
    """Return the complete state of the attention view for a Trace, from the state that a link or a browser requests.

    Values that are missing, of the wrong type or out of range are replaced by their defaults; nothing is raised.
    """
    requested = requested if isinstance(requested, dict) else {}
    steps = len(trace.output_pieces)
    kind = requested.get("kind")
    kinds = trace.kinds or (DEFAULT_STATE["kind"],)  # a model without attention shows an empty map
    if kind not in kinds:
        kind = DEFAULT_STATE["kind"] if DEFAULT_STATE["kind"] in kinds else kinds[0]
    layers = getattr(trace, kind).shape[0]
    heads = requested.get("heads")
    heads = heads if isinstance(heads, list | tuple) else []
    selected = list(dict.fromkeys(head for head in heads if is_index(head, trace.n_heads)))
    pinned = requested.get("pinned")
    sizes = {"r": len(trace.source_pieces) if kind == "encoder_self" else steps}
    sizes["c"] = steps if kind == "decoder_self" else len(trace.source_pieces)
    layer, step, threshold = requested.get("layer"), requested.get("step"), requested.get("threshold")
    return {
        "kind": kind,
        "layer": layer if is_index(layer, layers) else max(0, layers - 1),
        "heads": selected or "average",
        "step": step if is_index(step, steps) else max({*range(steps)}.difference(trace.output_specials), default=0),
        "pinned": [pin for pin in pinned if _is_pin(pin, sizes)][:64] if isinstance(pinned, list | tuple) else [],
        "merged": requested.get("merged") is True,
        "hidden": requested.get("hidden") is True,
        "threshold": threshold if is_index(threshold, 101) and threshold >= 10 else DEFAULT_STATE["threshold"],
        "view": requested.get("view") if requested.get("view") in VIEWS else DEFAULT_STATE["view"],
        "guess": requested.get("guess") is True,
    }


def _is_pin(pin: Any, sizes: dict[str, int]) -> bool:
    """Return whether a value is a pin: "r" or "c" (row, column) and the position of a piece, as in "r3"."""
    if not isinstance(pin, str) or not 2 <= len(pin) <= 6 or pin[0] not in sizes:
        return False
    return pin[1:].isascii() and pin[1:].isdigit() and int(pin[1:]) < sizes[pin[0]]

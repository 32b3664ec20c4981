"""What the attention view shows: a complete state that is possible for a Trace.

assets/views/stage applies the same rules in the browser.
"""

from __future__ import annotations

from typing import Any

from core.checks import is_index
from core.records.trace import Trace

VIEWS = ("map", "table")
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
}


def stage_state(trace: Trace, wanted: Any = None) -> dict[str, Any]:
    """What the stage shows, complete and possible for this Trace, from what a link or a browser asked for.

    Whatever is missing, of the wrong type or out of range is replaced by its default; nothing is raised.
    """
    wanted = wanted if isinstance(wanted, dict) else {}
    steps = len(trace.output_pieces)
    kind = wanted.get("kind")
    kinds = trace.kinds or (DEFAULT_STATE["kind"],)  # without attention there is only where it would be
    if kind not in kinds:
        kind = DEFAULT_STATE["kind"] if DEFAULT_STATE["kind"] in kinds else kinds[0]
    layers = getattr(trace, kind).shape[0]
    heads = wanted.get("heads")
    heads = heads if isinstance(heads, list | tuple) else []
    chosen = list(dict.fromkeys(head for head in heads if is_index(head, trace.n_heads)))
    pinned = wanted.get("pinned")
    sizes = {"r": len(trace.source_pieces) if kind == "encoder_self" else steps}
    sizes["c"] = steps if kind == "decoder_self" else len(trace.source_pieces)
    layer, step, threshold = wanted.get("layer"), wanted.get("step"), wanted.get("threshold")
    return {
        "kind": kind,
        "layer": layer if is_index(layer, layers) else max(0, layers - 1),
        "heads": chosen or "average",
        "step": step if is_index(step, steps) else max(0, steps - 1 - len(trace.output_specials)),
        "pinned": [pin for pin in pinned if _is_pin(pin, sizes)][:64] if isinstance(pinned, list | tuple) else [],
        "merged": wanted.get("merged") is True,
        "hidden": wanted.get("hidden") is True,
        "threshold": threshold if is_index(threshold, 101) and threshold >= 10 else DEFAULT_STATE["threshold"],
        "view": wanted.get("view") if wanted.get("view") in VIEWS else DEFAULT_STATE["view"],
    }


def _is_pin(pin: Any, sizes: dict[str, int]) -> bool:
    """A pin is "r" or "c" (row, column) and the position of a piece, as in "r3"."""
    if not isinstance(pin, str) or not 2 <= len(pin) <= 6 or pin[0] not in sizes:
        return False
    return pin[1:].isascii() and pin[1:].isdigit() and int(pin[1:]) < sizes[pin[0]]

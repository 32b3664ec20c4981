"""Two Traces side by side: one step, one kind and one layer for both, one head for each, one scale.

    state = pair(a, b, key="pair", names=("en-zh-1head", "en-zh"))

The browser gets both Traces once and handles every hover, step and selection by itself. It reports its state half a
second after the last change.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from core.checks import is_index
from core.config import KINDS
from core.export import pack, packed_id
from core.records.trace import Trace
from pages.ui.views import View, presentation

_PAIR = View("pair")
_PACKED: dict[int, tuple[weakref.ref[Trace], bytes]] = {}
"""Packed Traces by the id of a Trace that still exists. All visitors share the Traces of the cache, and so their bytes."""

AVERAGE = "average"
ALL = "all"
VIEWS = ("maps", "lines")


def pair(
    a: Trace,
    b: Trace,
    *,
    key: str,
    names: tuple[str, str] = ("A", "B"),
    difference: bool = False,
    rollout: bool = False,
    state: dict[str, Any] | None = None,
    on_act: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Show two Traces side by side and return the view's state.

    The state holds kind, layer, head_a, head_b (a number, "average", or "all" for a map of each), step, row (of the
    encoder) and view ("maps", or "lines" for one row).

    Args:
        a, b: The runs to show.
        key: Name of this view, the same in each run.
        names: Names of the two sides.
        difference: Whether to show a third map, B - A, for the rows in which both have read the same pieces. Models
            with equal numbers of heads then show the same head on both sides.
        rollout: Whether the Traces are those of `core.analysis.rollout_trace`; then there is no decoding and no choice of heads.
        state: The state that the page holds, to show it. Other Traces keep the visitor's state, but step and row only
            while A's sentence is the same.
        on_act: Called before the next run with {"ablate": [side, kind, layer, head]}, side 0 or 1, when a visitor
            requests the run without that head. There is no such button if left out.
    """
    packs = [_packed(trace) for trace in (a, b)]
    source = (a.source, *a.source_pieces)

    def carry(state: dict[str, Any], previous: Any) -> dict[str, Any]:
        return state if previous[0] == source else {**state, "step": None, "row": None}

    return _PAIR.show_with_selection(
        {
            **presentation(key == "compare"),
            "lengths": [len(packed) for packed in packs],
            "sides": [_side(name, trace) for name, trace in zip(names, (a, b), strict=True)],
            "difference": difference,
            "rollout": rollout,
            "ablation": on_act is not None,
        },
        key,
        (source, *map(packed_id, packs)),
        state,
        lambda requested: pair_state(a, b, requested, difference),
        carry,
        on_act,
        body=b"".join(packs),
    )


def pair_state(a: Trace, b: Trace, requested: Any = None, difference: bool = False) -> dict[str, Any]:
    """Return the complete state of the view for two Traces, from the state that a link or a browser requests."""
    requested = requested if isinstance(requested, dict) else {}
    usable = [kind for kind in ("cross", *KINDS[:2]) if any(getattr(trace, kind).shape[0] for trace in (a, b))]
    first = usable[0] if usable else "cross"
    kind = requested.get("kind") if requested.get("kind") in usable else first
    layers = max(getattr(trace, kind).shape[0] for trace in (a, b))
    steps = max(len(trace.output_pieces) for trace in (a, b))
    last = max(0, *(len(trace.output_pieces) - 1 - len(trace.output_specials) for trace in (a, b)))
    layer, step, row, view = (requested.get(name) for name in ("layer", "step", "row", "view"))
    linked = difference and a.n_heads == b.n_heads

    def head(value: Any, trace: Trace) -> int | str:
        if trace.n_heads == 1:
            return 0
        named = isinstance(value, str) and value in (AVERAGE, ALL)
        return value if named or is_index(value, trace.n_heads) else AVERAGE if linked else ALL

    head_a = head(requested.get("head_a"), a)
    return {
        "kind": kind,
        "layer": layer if is_index(layer, layers) else max(0, layers - 1),
        "head_a": head_a,
        "head_b": head_a if linked else head(requested.get("head_b"), b),
        "step": step if is_index(step, steps) else last,
        "row": row if is_index(row, max(len(trace.source_pieces) for trace in (a, b))) else 0,
        "view": view if view in VIEWS else VIEWS[0],
    }


def _side(name: str, trace: Trace) -> dict[str, Any]:
    """Return the name of a side and its intervention, which the packed Trace does not hold."""
    change = trace.intervention.to_dict() if trace.intervention else {}
    return {"name": name, "masked": change.get("masked_source", []), "ablated": change.get("ablate", [])}


def _packed(trace: Trace) -> bytes:
    known = _PACKED.get(id(trace))
    if known is None or known[0]() is not trace:
        name = id(trace)
        known = (weakref.ref(trace, lambda _: _PACKED.pop(name, None)), pack(trace))
        _PACKED[name] = known
    return known[1]

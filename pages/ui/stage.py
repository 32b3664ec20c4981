"""The attention view (assets/views/stage): one linked picture of a whole Trace, drawn in the browser.

    state = stage(trace)

The browser gets the Trace once and handles every hover, step and selection by itself. It reports its state half a
second after the last change, for the address, links and downloads.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.export import pack, packed_id
from core.export.packed import MOST_WEIGHTS, count_weights
from core.records.trace import Trace
from pages.ui.catalogue import t
from pages.ui.stage_state import stage_state
from pages.ui.views import View, presentation

_STAGE = View("stage")


def stage(
    trace: Trace,
    packed: Callable[[tuple[int, ...] | None], bytes] | None = None,
    *,
    key: str = "stage",
    on_act: Callable[[dict[str, Any]], None] | None = None,
    acts: Sequence[str] = ("force", "ablate"),
) -> dict[str, Any]:
    """Show a Trace in the attention view and return the view's state, which the session keeps under `key`.

    The state holds kind, layer, heads, step, pinned, merged, hidden, threshold and view; see `pages.ui.stage_state`.
    A state that the page puts into the session is shown. Another Trace keeps the visitor's state, but nothing pinned, and
    the step only if it differs by its Intervention alone; otherwise it begins at its last word.

    Args:
        trace: The run to show.
        packed: Returns the Trace packed with these layers, all if None, where the caller keeps that; as `core.export.pack`.
        key: Name of this view, the same in each run.
        on_act: Called before the next run with an action that a visitor starts in the view: {"force": [step, piece]}
            or {"ablate": [[kind, layer, head], …]}.
        acts: The actions that the view offers; none without `on_act`.
    """
    layers = choose_layers(trace, key)
    content = packed(layers) if packed else pack(trace, layers)
    original = trace.request and dataclasses.replace(trace.request, intervention=None)

    def carry(state: dict[str, Any], previous: Any) -> dict[str, Any]:
        return {**state, "step": state["step"] if previous[0] == original else None, "pinned": []}

    data = {"acts": list(acts) if on_act else [], **presentation(key == "stage")}
    st.session_state[key] = _STAGE.show_with_selection(
        data,
        key,
        (original, packed_id(content)),
        st.session_state.get(key),
        functools.partial(stage_state, trace),
        carry,
        on_act,
        trace=content,
    )
    return st.session_state[key]


def choose_layers(trace: Trace, key: str) -> tuple[int, ...] | None:
    """Let the visitor choose layers where all are too many for one picture, and return them; None for all."""
    count = count_weights(trace)
    if count <= MOST_WEIGHTS:
        return None
    n_layers = trace.n_layers
    most = next((n for n in range(n_layers, 0, -1) if count_weights(trace, range(n)) <= MOST_WEIGHTS), 0)
    if not most:
        st.error(t("stage.layer_too_large", count=f"{count_weights(trace, [0]):,}", most=f"{MOST_WEIGHTS:,}"))
        st.stop()
    st.multiselect(
        t("stage.too_many", count=f"{count:,}", most=f"{MOST_WEIGHTS:,}", layers=most),
        range(1, n_layers + 1), [*range(n_layers - most + 1, n_layers + 1)],
        max_selections=most, key=f"{key}-layers",
    )  # fmt: skip
    return chosen_layers(trace, key)


def chosen_layers(trace: Trace, key: str = "stage") -> tuple[int, ...] | None:
    """Return the layers that the attention view shows, from 0; None for all."""
    if count_weights(trace) <= MOST_WEIGHTS:
        return None
    return tuple(sorted(layer - 1 for layer in st.session_state[f"{key}-layers"])) or (trace.n_layers - 1,)

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
from core.records.trace import Trace
from pages.ui.stage_state import stage_state
from pages.ui.views import View

_STAGE = View("stage")


def stage(
    trace: Trace,
    packed: bytes | None = None,
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
        packed: The Trace packed, if the caller has it already.
        key: Name of this view, the same in each run.
        on_act: Called before the next run with an action that a visitor starts in the view: {"force": [step, piece]}
            or {"ablate": [[kind, layer, head], …]}.
        acts: The actions that the view offers; none without `on_act`.
    """
    packed = packed or pack(trace)
    original = trace.request and dataclasses.replace(trace.request, intervention=None)

    def carry(state: dict[str, Any], previous: Any) -> dict[str, Any]:
        return {**state, "step": state["step"] if previous[0] == original else None, "pinned": []}

    data: dict[str, Any] = {"acts": list(acts) if on_act else []}
    if key == "stage" and "presentation" in st.session_state:  # in a lecture (pages/lectures/mode.py)
        data["present"] = st.session_state["presentation"]
    st.session_state[key] = _STAGE.show_with_selection(
        data,
        key,
        (original, packed_id(packed)),
        st.session_state.get(key),
        functools.partial(stage_state, trace),
        carry,
        on_act,
        trace=packed,
    )
    return st.session_state[key]

"""The head lines (assets/views/fan): what one word attends to in the encoder, a line for each head."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.checks import is_index
from core.export import packed_id
from core.records.trace import Trace
from pages.ui.views import View

_FAN = View("fan")

State = dict[str, Any]


def head_lines(trace: Trace, key: str, default: State, requested: State, packed: bytes) -> State:
    """Show the lines and the small maps of a Trace's encoder, and return the view's state: layer, heads and word.

    The browser handles every selection by itself, and reports it half a second later.

    Args:
        trace: The run to show.
        key: Name of this view, the same in each run.
        default: The state of a new Trace.
        requested: The state that the page holds; what is None or impossible is replaced by `default`. A word is kept
            only while the sentence is the same.
        packed: The Trace packed.
    """
    source = trace.source_pieces
    if st.session_state.get(f"_{key}_source", source) != source:
        requested = {**requested, "word": None}
    st.session_state[f"_{key}_source"] = source
    return _FAN.show_with_selection(
        {}, key, packed_id(packed), complete_state(trace, default, requested),
        lambda reported: complete_state(trace, default, reported), trace=packed,
    )  # fmt: skip


def complete_state(trace: Trace, default: State, requested: State) -> State:
    """Return the complete state for a Trace, from the state that a link or a browser requests."""
    limits = {"layer": trace.n_layers, "word": len(trace.source_pieces)}
    state = default | {name: requested[name] for name, limit in limits.items() if is_index(requested.get(name), limit)}
    heads = requested.get("heads")
    if isinstance(heads, list | tuple) and heads and all(is_index(head, trace.n_heads) for head in heads):
        state["heads"] = sorted(set(heads))
    return state

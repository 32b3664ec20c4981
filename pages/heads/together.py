"""The heads of a layer as lines from one word, and as small maps side by side."""

from __future__ import annotations

from typing import Any

import streamlit as st

import core
from core.export import packed_id
from pages.heads.common import NAMES, complete_state, page_part, valid_state
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.views import View

_FAN = View("fan")


def head_lines(trace: core.Trace, packed: bytes, key: str) -> dict[str, Any]:
    """Show the lines and the small maps of a Trace's encoder, and return the state: layer, heads and word.

    The browser handles every selection by itself, and reports it half a second later. A state that the session got
    otherwise (a link, a new sentence) is sent to the browser.
    """
    source = trace.source_pieces
    if st.session_state.get(f"_{key}_source", source) != source:
        st.session_state["heads_word"] = None  # it belonged to another sentence
    st.session_state[f"_{key}_source"] = source
    return _FAN.show_with_selection(
        {}, key, packed_id(packed), valid_state(trace), lambda reported: complete_state(trace, reported), trace=packed
    )


@page_part
def show_together(request: core.Request, trace: core.Trace) -> None:
    """Show one, two or all heads of a layer as lines from one word, and all of them side by side."""
    state = head_lines(trace, cache.packed(request), "heads-fan")
    st.session_state.update({NAMES[name]: value for name, value in state.items()})
    st.markdown(t("heads.together.text" if trace.n_heads > 1 else "heads.together.one"))

"""The heads of a layer as lines from one word, and as small maps side by side."""

from __future__ import annotations

import streamlit as st

import core
from pages.heads.common import NAMES, defaults, page_part, valid_state
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.head_lines import head_lines


@page_part
def show_together(request: core.Request, trace: core.Trace) -> None:
    """Show one, two or all heads of a layer as lines from one word, and all of them side by side."""
    state = head_lines(trace, "heads-fan", defaults(trace), valid_state(trace), cache.packed(request))
    st.session_state.update({NAMES[name]: value for name, value in state.items()})
    st.markdown(t("heads.together.text" if trace.n_heads > 1 else "heads.together.one"))

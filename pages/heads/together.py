"""All heads of a layer drawn from one word, and all of them side by side."""

from __future__ import annotations

from typing import Any

import streamlit as st

import core
from core.export import packed_id
from pages.heads.common import NAMES, complete, page_part, requested
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.views import View

_FAN = View("fan")


def fan(trace: core.Trace, packed: bytes, key: str) -> dict[str, Any]:
    """The lines and the small maps of a Trace's encoder. -> {"layer", "heads", "word"} as the visitor has chosen them.

    The browser answers every choice by itself; half a second later the session holds it too. What the session holds by
    another way (a link, a new sentence) is shown anew.
    """
    source = trace.source_pieces
    if st.session_state.get(f"_{key}_source", source) != source:
        st.session_state["heads_word"] = None  # it was a word of another sentence
    st.session_state[f"_{key}_source"] = source
    return _FAN.follow({}, key, packed_id(packed), requested(trace), lambda told: complete(trace, told), trace=packed)


@page_part
def together(request: core.Request, trace: core.Trace) -> None:
    """One, two or all heads of a layer drawn together from one word, and all of them side by side."""
    chosen = fan(trace, cache.packed(request), "heads-fan")
    st.session_state.update({NAMES[name]: value for name, value in chosen.items()})
    st.markdown(t("heads.together.text" if trace.n_heads > 1 else "heads.together.one"))

"""Attention as a search: one query of the translation compared with the source's keys."""

from __future__ import annotations

import streamlit as st

import core
from pages.attention.common import choose_head, page_part, show_lookup
from pages.ui.catalogue import t
from pages.ui.formulas import formulas, letters


@page_part
def show_search(request: core.Request, trace: core.Trace) -> None:
    """Show one query of the translation, the source's keys, and the mixture of their values."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    head = choose_head(request, "cross", row)
    show_lookup(head, trace, "search")
    st.markdown(t("attention.search.text", d_k=head.d_k))
    paint = letters()
    formulas(
        rf"\alpha_j = \frac{{e^{{\,{paint['q']} \cdot {paint['k']}_j / \sqrt{{d_k}}}}}}"
        rf"{{\sum_l e^{{\,{paint['q']} \cdot {paint['k']}_l / \sqrt{{d_k}}}}}}",
        rf"\mathrm{{output}} = \sum_j \alpha_j\, {paint['v']}_j",
    )

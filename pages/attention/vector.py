"""Value vectors with fewer numbers, and the error of the output that they give."""

from __future__ import annotations

import streamlit as st

import core
from core.analysis import similarity
from core.text import surface
from pages.attention.common import choose_head, page_part, show_lookup
from pages.ui import session
from pages.ui.catalogue import plain, t
from pages.ui.formulas import formulas, letters


@page_part
def show_vector(request: core.Request, trace: core.Trace) -> None:
    """Show the output as a mixture of value vectors, and its error for shorter values."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    found = choose_head(request, "cross", row)
    most = min(found.v.shape)
    if (st.session_state["qkv_numbers"] or 1) > most:
        session.reset_field("qkv_numbers")
    if st.session_state["qkv_numbers"] in (None, st.session_state.get("_qkv_most")):
        st.session_state["qkv_numbers"] = most  # "all" stays "all" for another sentence or model
    st.session_state["_qkv_most"] = most
    n = st.session_state["qkv_numbers"]
    kept = similarity.low_rank(found.v, n)
    if most > 1:
        row.slider(t("attention.numbers"), 1, most, key="qkv_numbers", width=180, persist_state="session")
    query = show_lookup(found, trace, "mix", kept if n < most else None)
    error = similarity.relative_error(found.weights[query], found.v, kept.values)
    st.markdown(t(
        "attention.vector.text", n=n, d_k=found.d_k, share=f"{100 * kept.shares[n - 1]:.0f}",
        one=f"{100 * kept.shares[0]:.0f}", query=plain(surface(found.rows[query])),
        apart=f"{100 * error:.0f}",
    ))  # fmt: skip
    paint = letters()
    formulas(
        rf"o = \sum_j \alpha_j\,{paint['v']}_j",
        rf"\alpha_j \in \mathbb{{R}}, \quad {paint['v']}_j, o \in \mathbb{{R}}^{{{found.d_k}}}",
    )

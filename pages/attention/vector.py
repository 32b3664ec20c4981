"""Why a value is a vector: what would be left of the output with fewer numbers."""

from __future__ import annotations

import streamlit as st

import core
from core.analysis import similarity
from core.text import surface
from pages.attention.common import choose_head, lookup, page_part
from pages.ui import session
from pages.ui.catalogue import plain, t
from pages.ui.formulas import formulas, letters


@page_part
def vector(request: core.Request, trace: core.Trace) -> None:
    """The output as a mix of value vectors, and what would be left of it if values were shorter."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    found = choose_head(request, "cross", row)
    most = min(found.v.shape)
    if (st.session_state["qkv_numbers"] or 1) > most:
        session.leave_out("qkv_numbers")
    if st.session_state["qkv_numbers"] in (None, st.session_state.get("_qkv_most")):
        st.session_state["qkv_numbers"] = most  # all of them stay all of them, in another sentence or model too
    st.session_state["_qkv_most"] = most
    n = st.session_state["qkv_numbers"]
    kept = similarity.keep(found.v, n)
    if most > 1:
        row.slider(t("attention.numbers"), 1, most, key="qkv_numbers", width=180, persist_state="session")
    query = lookup(found, trace, "mix", kept if n < most else None)
    apart = similarity.loss(found.weights[query], found.v, kept.values)
    st.markdown(t(
        "attention.vector.text", n=n, d_k=found.d_k, share=f"{100 * kept.shares[n - 1]:.0f}",
        one=f"{100 * kept.shares[0]:.0f}", query=plain(surface(found.rows[query])),
        apart=f"{100 * apart:.0f}",
    ))  # fmt: skip
    paint = letters()
    formulas(
        rf"o = \sum_j \alpha_j\,{paint['v']}_j",
        rf"\alpha_j \in \mathbb{{R}}, \quad {paint['v']}_j, o \in \mathbb{{R}}^{{{found.d_k}}}",
    )

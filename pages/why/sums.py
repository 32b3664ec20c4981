"""One context vector as the sum that it is."""

from __future__ import annotations

import base64

import numpy as np
import streamlit as st

import core
from pages.ui import session
from pages.ui.catalogue import t
from pages.ui.views import View
from pages.why.members import Members, context_formula, contexts, layer_and_head, page_part, request

_CONTEXTS = View("contexts")


@page_part
def weighted_sum(names: Members, shown: core.Request) -> None:
    """One context as the sum of the source's vectors, one added after the other."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    there = [architecture for architecture, name in names.items() if name]
    if st.session_state["why_model"] not in there:
        session.leave_out("why_model")
        st.session_state["why_model"] = there[-1]
    chosen = row.segmented_control(
        t("why.which"), there, format_func=lambda name: t(f"why.short.{name}"), key="why_model", required=True,
        label_visibility="collapsed", persist_state="session", wrap=True,
    )  # fmt: skip
    layer, head = layer_and_head(names, row) if chosen == "transformer" else (None, None)
    wanted = request(names[chosen], shown, names)
    found = contexts(wanted, layer, head)
    if st.session_state["why_row"] is not None and st.session_state["why_row"] >= len(found.rows):
        session.leave_out("why_row")
        st.session_state["why_row"] = None
    subject, row = f"{wanted} {layer} {head}", st.session_state["why_row"] or 0
    row = _CONTEXTS.follow_index(contexts_data(found, chosen), "why-sum", subject, "row", row, len(found.rows))
    st.session_state["why_row"] = row or None
    st.markdown(t(f"why.sum.{chosen}"))
    if chosen == "transformer" and head is None:
        st.markdown(t("why.sum.average", heads=len(found.weights)))
    if st.session_state["why_weights"] == "equal":
        st.markdown(t("why.equal"))
    context_formula()


def contexts_data(found, architecture: str) -> dict:
    """Contexts as the view takes them: arrays as base64 of little-endian float32."""

    def packed(array: np.ndarray) -> str:
        return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")

    weights = found.weights
    return {
        "title": t("why.picture.sum"),
        "symbol": "v" if architecture == "transformer" else "h",
        "keys": list(found.keys),
        "rows": list(found.rows),
        "heads": 0 if weights is None else len(weights),
        "annotations": packed(found.annotations),
        "weights": None if weights is None else packed(weights),
        "contexts": packed(found.contexts),
        "first": 0,
        "last": len(found.keys) - 1,
    }

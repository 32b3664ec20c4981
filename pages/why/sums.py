"""One context vector as a weighted sum."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import streamlit as st

import core
from core.records import Contexts
from pages.ui import session
from pages.ui.catalogue import t
from pages.ui.controls import choose_one
from pages.ui.views import View
from pages.why.members import Members, choose_layer_and_head, contexts, page_part, request, show_context_formula

_CONTEXTS = View("contexts")


@page_part
def show_sum(names: Members, shown: core.Request) -> None:
    """Show one context as the weighted sum of the source's vectors."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    available = {architecture: name for architecture, name in names.items() if name}
    if st.session_state["why_model"] not in available:
        session.reset_field("why_model")
        st.session_state["why_model"] = [*available][-1]
    selected = choose_one(
        t("why.which"), available, "why_model", lambda name: t(f"why.short.{name}"), row, wrap=True
    )  # fmt: skip
    layer, head = choose_layer_and_head(available[selected], row) if selected == "transformer" else (None, None)
    requested = request(available[selected], shown, names)
    found = contexts(requested, layer, head)
    if st.session_state["why_row"] is not None and st.session_state["why_row"] >= len(found.rows):
        session.reset_field("why_row")
        st.session_state["why_row"] = None
    subject, data, count = f"{requested} {layer} {head}", contexts_data(found, selected), len(found.rows)
    row_shown = _CONTEXTS.show_with_index(data, "why-sum", subject, "row", st.session_state["why_row"] or 0, count)
    st.session_state["why_row"] = row_shown or None
    st.markdown(t(f"why.sum.{selected}"))
    if selected == "transformer" and head is None and found.weights is not None:
        st.markdown(t("why.sum.average", heads=len(found.weights)))
    if st.session_state["why_weights"] == "equal":
        st.markdown(t("why.equal"))
    show_context_formula()


def contexts_data(found: Contexts, architecture: str) -> dict[str, Any]:
    """Return contexts as data for the view, with arrays as base64 of little-endian float32."""

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

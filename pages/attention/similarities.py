"""Four similarity functions on the same query and keys, and the weights that each would give."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.analysis import similarity
from core.plots import vectors
from core.text import surface
from pages.attention.common import READABLE, choose_head, page_part, selected_query
from pages.attention.fields import LONGER
from pages.ui import cache
from pages.ui.catalogue import signed, t
from pages.ui.charts import theme
from pages.ui.controls import choose_one
from pages.ui.curves import curves
from pages.ui.formulas import formulas, letters
from pages.ui.matrices import matrices, matrix

SIMILARITIES = ("dot", "scaled", "cosine", "additive")

HIDDEN = 16
"""Numbers in the hidden layer of additive attention between vectors of the model."""


def plane(angle: float, longer: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a query (2,) of length 2 at an angle in degrees, and keys (3, 2), the first `longer` times as long."""
    radians = math.radians(angle)
    return 2 * np.array([math.cos(radians), math.sin(radians)]), np.array([[1.0 * longer, 0], [0.5, 1.5], [-1.5, 0.5]])


def scores_of(q: np.ndarray, k: np.ndarray, weights: similarity.Additive) -> np.ndarray:
    """Return the scores of q (d,) and k (K, d) by all `SIMILARITIES`: (4, K)."""
    scores = (
        similarity.dot(q, k),
        similarity.scaled_dot(q, k),
        similarity.cosine(q, k),
        similarity.additive(q, k, weights),
    )
    return np.stack(scores)


@page_part
def show_similarities(request: core.Request) -> None:
    """Show the scores of one query and its keys by four similarity functions, and the weights from each."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    recurrent = cache.cards()[request.model].config.recurrent
    which = choose_one(
        t("attention.vectors"), ("plane", "head"), "qkv_vectors", lambda name: t(f"attention.vectors.{name}"), row
    )
    if which == "head" and recurrent:
        st.info(t("attention.recurrent"))
    elif which == "head":
        _show_head(request, row)
    else:
        _show_plane()


def _explain() -> None:
    """Show the formulas of the similarity functions and their text."""
    paint = letters()
    q, k = paint["q"], paint["k"]
    formulas(
        rf"{q} \cdot {k}_j",
        rf"\frac{{{q} \cdot {k}_j}}{{\sqrt{{d_k}}}}",
        rf"\cos = \frac{{{q} \cdot {k}_j}}{{|{q}|\,|{k}_j|}}",
        rf"w^{{\mathsf T}} \tanh\!\left({q}\,W_1 + {k}_j\,W_2\right)",
    )
    st.markdown(t("attention.measures.text"))


def _show_plane() -> None:
    """Show vectors of two dimensions, which the visitor can turn and lengthen."""
    left, right = st.columns([4, 7], gap="medium")
    with left:
        above = st.container()
        angle = st.slider(
            t("attention.angle"), -180, 180, step=5, key="qkv_angle", format="%d°", persist_state="session"
        )
        longer = st.select_slider(
            t("attention.longer"),
            LONGER,
            format_func=lambda by: f"× {by:g}",
            key="qkv_longer",
            persist_state="session",
        )
        q, k = plane(angle, longer)
        with above:
            figure = vectors(q, k, ["q", *_keys(3)], 2.6 if longer < 4 else 4.4, theme())
            curves(figure, "qkv-plane", t("attention.plane"))
    with right:
        weights = similarity.SMALL_ADDITIVE
        found = scores_of(q, k, weights)
        _show_scores(found, _keys(3), "k")
        hidden = similarity.additive_hidden(q, k, weights)[0]
        numbers = [
            ", ".join(signed(part) for part in array)
            for array in (similarity.additive_inner(q, k, weights)[0], hidden, weights.w)
        ]
        st.markdown(t("attention.measures.worked", inner=numbers[0], hidden=numbers[1], w=numbers[2],
                      score=signed(found[3, 0])))  # fmt: skip
        _explain()


def _keys(count: int) -> list[str]:
    return ["k" + "₁₂₃"[i] for i in range(count)]


def _show_head(request: core.Request, row: DeltaGenerator) -> None:
    head = choose_head(request, "cross", st.container(horizontal=True, vertical_alignment="center", gap="medium"))
    selected_query(head.rows)
    query = row.selectbox(
        t("attention.query"),
        range(len(head.rows)),
        format_func=lambda i: f"{surface(head.rows[i])} ({i + 1})",
        key="qkv_query",
        label_visibility="collapsed",
        width=180,
        persist_state="session",
    )
    found = scores_of(head.q[query], head.k, similarity.random_additive(head.d_k, HIDDEN))
    _show_scores(found, [surface(piece) for piece in head.keys], "source")
    st.markdown(t("attention.measures.head", d_k=head.d_k, hidden=HIDDEN))
    _explain()


def _show_scores(scores: np.ndarray, names: list[str], tone: str) -> None:
    """Show scores (4, K) of the similarity functions, and the softmax of each."""
    rows = [t(f"attention.measures.{name}") for name in SIMILARITIES]
    few = len(names) <= READABLE
    look: dict[str, Any] = {"columns": names, "column_tone": tone if tone == "source" else "key", "row_group": "rows",
            "column_group": "columns", "shape": "", "rows": rows}  # fmt: skip
    matrices(
        [
            matrix(t("attention.measures.scores"), scores, scale="plain", digits=2 if len(names) <= 5 else 1, **look),
            "softmax →",
            matrix(
                t("attention.measures.weights"),
                similarity.softmax(scores),
                scale="weights",
                numbers=few,
                follows=True,
                **look,
            ),
        ],
        key="attention-measures",
        title=t("attention.measures.title"),
    )

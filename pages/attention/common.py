"""Code that several parts of the page share: the choice of head, query and step, and the lookup of one query."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.analysis import similarity
from pages.attention.fields import FIELDS
from pages.ui import cache, lecture, session
from pages.ui.catalogue import t
from pages.ui.controls import choose_index, choose_one
from pages.ui.formulas import formulas, letters
from pages.ui.views import View

READABLE = 8
"""Largest number of columns of weights written as numbers; more columns are colours only."""

FIRST_QUERY = 2
"""Row of the query that is shown at first; in the first example it predicts 杰瑞."""

TONES = {"q": "query", "k": "key", "v": "value"}

STEP_NAMES = range(7)

_LOOKUP = View("lookup")

page_part = lecture.part(FIELDS)


def choose_head(request: core.Request, kind: str, place: DeltaGenerator) -> core.HeadInside:
    """Show the choice of a head of one kind of attention and return it."""
    config = cache.cards()[request.model].config
    layer = choose_index("qkv_layer", t("attention.layer"), config.n_layers, config.n_layers - 1, place)
    head = choose_index("qkv_head", t("attention.head_n"), config.n_heads, 3, place)
    with st.spinner(t("sentence.working")):
        return cache.inside(request, kind, layer, head)


def selected_query(rows: Sequence[str]) -> int:
    """Return the row of the selected query."""
    if (st.session_state["qkv_query"] or 0) >= len(rows):
        session.reset_field("qkv_query")
    if st.session_state["qkv_query"] is None:
        st.session_state["qkv_query"] = min(FIRST_QUERY, len(rows) - 1)
    return st.session_state["qkv_query"]


def show_lookup(head: core.HeadInside, trace: core.Trace, mode: str, kept: similarity.LowRank | None = None) -> int:
    """Show the comparison of one query with all keys, and return the row of the selected query."""
    query = selected_query(head.rows)
    scores = [[round(score, 4) if math.isfinite(score) else None for score in row] for row in head.masked.tolist()]
    data = {
        "mode": mode,
        "queries": head.rows,
        "query_side": "source" if head.kind == "encoder_self" else "target",
        "predicts": None if head.kind == "encoder_self" else trace.output_labels,
        "keys": head.keys,
        "key_side": "target" if head.kind == "decoder_self" else "source",
        "scores": scores,
        "values": head.v.round(4).tolist(),
        "kept": None if kept is None else kept.values.round(4).tolist(),
        "n": 0 if kept is None else kept.numbers.shape[1],
    }
    content = hashlib.blake2s(repr(data).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    data = {**data, "id": content}
    query = _LOOKUP.show_with_index(data, "attention-lookup", content, "query", query, len(head.rows))
    st.session_state["qkv_query"] = query
    return query


def choose_step(place: DeltaGenerator | None = None) -> int:
    """Show the row of steps and return the chosen one."""
    return choose_one(
        t("attention.step"), STEP_NAMES, "qkv_step", lambda i: f"{i} {t(f'attention.step.{i}')}", place, wrap=True
    )  # fmt: skip


def explain_step(step: int, text: str) -> None:
    """Show a step's text and its formulas in the paper's notation."""
    paint = letters()
    steps = (
        [rf"{paint['X']} \in \mathbb{{R}}^{{T \times d}}"],
        [rf"{paint[letter]} = {paint['X']}\,W^{letter}" for letter in "QKV"],
        [rf"S = {paint['Q']}\,{paint['K']}^{{\mathsf T}}"],
        [r"S / \sqrt{d_k}"],
        [r"A = \mathrm{softmax}\!\left(S / \sqrt{d_k} + M\right)"],
        [rf"O = A\,{paint['V']}"],
        [rf"o_i = \sum_j \alpha_{{ij}}\,{paint['v']}_j"],
    )
    st.markdown(text)
    formulas(*steps[step])


def choose_projection(place: DeltaGenerator) -> str:
    """Show the choice of a projection and return "q", "k" or "v"."""
    return choose_one(
        t("attention.projection"), TONES, "qkv_projection",
        lambda name: f"{t(f'attention.role.{name}')} ${name.upper()}$", place,
    )  # fmt: skip

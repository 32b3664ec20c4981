"""One head's scores as the sum of four terms."""

from __future__ import annotations

import dataclasses

import numpy as np
import streamlit as st

import core
from core.analysis import positions as computed
from core.request import Request
from core.text import surface
from pages.positions.common import page_part, question_row, valid_value
from pages.ui import cache
from pages.ui.catalogue import small, t
from pages.ui.formulas import formulas, paint
from pages.ui.matrices import Matrix, matrices, matrix


@cache.cached(32)
def four_terms(request: Request, positions: bool) -> tuple[tuple[core.HeadInside, computed.FourTerms], ...]:
    """Return each head of the first encoder layer with the four terms of its scores. Raises `HeadlightError`."""
    loaded, change = cache.model(request.model), core.Intervention(positions=positions)
    run = cache.trace(dataclasses.replace(request, intervention=change))
    parts = loaded.embedded(run)
    heads = [loaded.inside(run, "encoder_self", 0, head) for head in range(run.n_heads)]
    return tuple((head, cache.read_only(computed.four_terms(head, *parts))) for head in heads)


def _letters(name: str) -> str:
    """Return a term in letters: e for the word, p for the position, the query first."""
    return "·".join("e" if side == "content" else "p" for side in name.split("_"))


@page_part
def show_terms(request: core.Request, trace: core.Trace) -> None:
    """Show one head's scores as the sum of four terms."""
    (controls,) = question_row("terms", 8)
    with controls.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.session_state["pos_head"] = valid_value("pos_head", lambda head: head < trace.n_heads) or 0
        st.segmented_control(
            t("positions.head"), range(trace.n_heads), format_func=lambda i: str(i + 1), key="pos_head", required=True,
            persist_state="session", wrap=True,
        )  # fmt: skip
        head: int = st.session_state["pos_head"]
        without = st.toggle(t("positions.terms.removed"), key="pos_without", persist_state="session")
    with st.spinner(t("sentence.working"), show_time=False):
        heads = four_terms(request, not without)
    inside, found = heads[head]
    names = [surface(piece) for piece in trace.source_labels]
    limit = float(np.ceil(max(np.abs(scores).max() for scores in (inside.scaled, *found))))

    first = t("positions.scores.caption", layer=1, head=head + 1)

    def scores(name: str, values: np.ndarray, caption: str) -> Matrix:
        return matrix(name, values, rows=names, follows=caption != first, columns=names, limit=limit, caption=caption, row_tone="query",
                      column_tone="key", row_group="query", column_group="key", numbers=False, shape="")  # fmt: skip

    items: list[Matrix | str] = [scores(t("positions.scores"), inside.scaled, first)]
    for i, (name, values) in enumerate(found._asdict().items()):
        items += ["=" if i == 0 else "+", scores(_letters(name), values, t(f"positions.terms.{name}"))]
    matrices(items, key="pos-terms", title=t("positions.terms.title"))
    difference = np.abs(found.total - inside.scaled).max()
    left, right = st.columns([3, 2], gap="medium")
    left.markdown(t("positions.terms.text", apart=small(difference), count=inside.scaled.size))
    query, key = paint("query", r"(e_i + p_i)\,W^Q"), paint("key", r"\big((e_j + p_j)\,W^K\big)^{\mathsf T}")
    with left:
        formulas(
            rf"\frac{{{query}\,{key}}}{{\sqrt{{{inside.d_k}}}}} =",
            r"e_i W e_j^{\mathsf T} + e_i W p_j^{\mathsf T} + p_i W e_j^{\mathsf T} + p_i W p_j^{\mathsf T}",
            rf"W = W^Q (W^K)^{{\mathsf T}} / \sqrt{{{inside.d_k}}}",
        )
    every = np.array([computed.spreads(other) for _, other in heads])
    table = matrix(
        t("positions.spreads"), every, rows=[str(i + 1) for i in range(len(heads))],
        columns=[_letters(name) for name in computed.FourTerms._fields],
        scale="weights", limit=float(np.ceil(every.max() * 10) / 10), caption=t("positions.spreads.caption"), shape="",
    )  # fmt: skip
    with right:
        matrices([table], key="pos-spreads", title=t("positions.spreads"))

"""The steps of attention in one head of the model, with its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.text import surface
from pages.attention.common import READABLE, TONES, choose_head, choose_projection, choose_step, explain_step, page_part
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.controls import show_weights_check
from pages.ui.matrices import Matrix, matrices, matrix


@page_part
def show_head(request: core.Request, trace: core.Trace) -> None:
    """Show the steps of attention in one head of the model, with all its numbers."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    kind = row.selectbox(
        t("attention.kind"),
        core.KINDS,
        format_func=lambda name: t(f"attention.kinds.{name}"),
        key="qkv_kind",
        label_visibility="collapsed",
        width=240,
        persist_state="session",
    )
    found = choose_head(request, kind, row)
    step = choose_step()
    above = st.container()
    extra = st.container()
    with above:
        _show_step(step, found, extra)
    config = cache.cards()[request.model].config
    sizes = {"d_model": config.d_model, "d_k": found.d_k, "heads": config.n_heads, "rows": len(found.rows)}
    if step == 4:
        show_weights_check(found, trace)
    explain_step(step, t(f"attention.real.{step}", **sizes))
    st.page_link(
        "pages/inside.py",
        label=":primary[" + t("attention.inside") + " →]",
        query_params={
            "model": request.model, "text": request.text, "search": request.strategy,
            "inside_kind": kind, "inside_layer": str(found.layer + 1), "inside_head": str(found.head + 1),
        },
    )  # fmt: skip


def _show_step(step: int, found: core.HeadInside, extra: DeltaGenerator) -> None:
    """Show the matrices of one step; its own controls go into `extra`."""
    rows, keys = [[surface(piece) for piece in pieces] for pieces in (found.rows, found.keys)]
    tones = {"row_tone": "source" if found.kind == "encoder_self" else "target",
             "column_tone": "target" if found.kind == "decoder_self" else "source"}  # fmt: skip
    few = len(keys) <= READABLE
    square: dict[str, Any] = {"rows": rows, "columns": keys, "row_group": "rows", "column_group": "keys", "numbers": few,
              "digits": 2 if len(keys) <= 6 else 1, **tones}  # fmt: skip

    def wide(name: str, values: np.ndarray, tone: str, names: list[str] | None, **more: Any) -> Matrix:
        more = {"aspect": 3, "rows": names, "least": 12, **more}
        return matrix(name, values, tone=tone, picture=True, **more)

    cross = found.kind == "cross"
    parts: list[Matrix | str]
    if step == 0:
        parts = [wide("X", found.x_query, tones["row_tone"], rows, caption=t("attention.real.x_query"))]
        if cross:
            parts += [" ", wide("Xₖ", found.x_key, "source", keys, caption=t("attention.real.x_key"))]
    elif step == 1:
        name = choose_projection(extra)
        is_query = name == "q"
        x, names = (found.x_query, rows) if is_query else (found.x_key, keys)
        tone = tones["row_tone" if is_query else "column_tone"]
        parts = [
            wide("X" if is_query or not cross else "Xₖ", x, tone, names), "×",
            wide(f"W^{name.upper()}", getattr(found, f"w_{name}"), TONES[name], None, aspect=1, least=7), "+ b =",
            wide(name.upper(), getattr(found, name), TONES[name], names),
        ]  # fmt: skip
    elif step == 2:
        parts = [wide("Q", found.q, "query", rows, least=11), "×", wide("K^T", found.k.T, "key", None, columns=keys, aspect=1, least=8),
                 "=", matrix("S", found.scores, **square)]  # fmt: skip
    elif step == 3:
        limit = matrix("", found.scores)["limit"]
        parts = [matrix("S", found.scores, limit=limit, **square), f"÷ √{found.d_k} =",
                 matrix("S / √dₖ", found.scaled, limit=limit, follows=True, **square)]  # fmt: skip
    elif step == 4:
        parts = [matrix("S / √dₖ + M", found.masked, **square), "softmax →",
                 matrix("A", found.weights, scale="weights", **{**square, "digits": 2}, follows=True)]  # fmt: skip
    elif step == 5:
        limit = matrix("", found.v)["limit"]
        parts = [matrix("A", found.weights, scale="weights", **{**square, "digits": 2}), "×",
                 wide("V", found.v, "value", keys, limit=limit), "=",
                 wide("O", found.output, "value", rows, limit=limit)]  # fmt: skip
    else:
        parts = [wide("O", found.output, "value", rows), "×", wide("W^O", found.w_o, "", None, aspect=3), "=",
                 wide("O W^O", found.contribution, tones["row_tone"], rows)]  # fmt: skip
    matrices(parts, key="attention-real", title=t(f"attention.step.{step}"))

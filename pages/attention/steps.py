"""Self-attention step by step on small numbers, which can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.analysis import similarity
from core.errors import OptionError
from core.text import surface
from pages.attention.common import TONES, choose_projection, choose_step, explain_step, page_part
from pages.ui.catalogue import t
from pages.ui.controls import choose_one, number
from pages.ui.matrices import Matrix, matrices, matrix

TABLES = ("x", "w_q", "w_k", "w_v")

NAMES = {"x": "X", "w_q": "W^Q", "w_k": "W^K", "w_v": "W^V"}
"""The small tables in formulas."""


def _small(name: str) -> np.ndarray:
    """One of the small tables as the visitor has left it."""
    own = st.session_state[f"qkv_{name}"]
    return similarity.SMALL[name] if own is None else np.array(own)


def _tokens(trace: core.Trace) -> list[str]:
    """Names of four tokens: the sentence's first ones."""
    pieces = [surface(piece) for piece in trace.source_labels[:4]]
    return [*pieces, *(t("attention.token", n=i + 1) for i in range(len(pieces), 4))]


def _restore() -> None:
    for name in TABLES:
        st.session_state[f"qkv_{name}"] = None


def _self_attention(
    tables: Mapping[str, np.ndarray], mask: np.ndarray | None = None, divide: bool = True
) -> similarity.SelfAttention:
    x, w_q, w_k, w_v = (tables[name] for name in TABLES)
    return similarity.self_attention_steps(x, w_q, w_k, w_v, mask, divide)


def usable(name: str, values: np.ndarray) -> tuple[tuple[float, ...], ...] | None:
    """What stands in a table of the editor, to be kept; None where it is as it was at first.

    OptionError where a cell holds no number, or too large a one.
    """
    found = _self_attention({**similarity.SMALL, name: values})  # it checks what it is given
    values = found.x if name == "x" else np.array(values, dtype=float)
    return None if np.array_equal(values, similarity.SMALL[name]) else tuple(map(tuple, values.tolist()))


def _editor(name: str, rows: list[str], columns: list[str]) -> None:
    """A table of numbers to be changed; what can be used of it is kept in the session."""
    own = f"qkv_{name}"
    held = st.session_state.get(f"_{own}_editor", {"version": 0})
    key = f"qkv-editor-{name}-{held['version']}"
    if key not in st.session_state or held.get("now", ()) != st.session_state[own]:
        # It is shown anew, or the numbers were changed elsewhere: by the button, by a link.
        held = {"version": held["version"] + 1, "first": _small(name)}
        key = f"qkv-editor-{name}-{held['version']}"
    frame = pd.DataFrame(held["first"], index=rows, columns=columns)
    short = st.column_config.NumberColumn(width=66)
    edited = st.data_editor(
        frame,
        key=key,
        width="content",
        column_config={"_index": st.column_config.Column(width=110), **dict.fromkeys(columns, short)},
    )
    try:
        st.session_state[own] = usable(name, edited.to_numpy())
    except OptionError:
        st.warning(t("attention.steps.bad", limit=f"{similarity.LARGEST:g}"))
    st.session_state[f"_{own}_editor"] = {**held, "now": st.session_state[own]}


@page_part
def steps(trace: core.Trace) -> None:
    """Self-attention from the input to the output, one step after the other, on numbers that can be changed."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small")
    step = choose_step(row)
    row.button(t("attention.back"), on_click=_restore, key="qkv-back")
    tokens = _tokens(trace)
    above = st.container(height="content")
    left, right = st.columns(2, gap="medium")
    with left:
        table = choose_one(
            t("attention.table"), TABLES, "qkv_table",
            lambda name: f"{t(f'attention.role.{name[-1]}')} ${NAMES[name]}$", wrap=True,
        )  # fmt: skip
        features = [f"f{i + 1}" for i in range(5)]
        if table == "x":
            _editor("x", [f"{i + 1} {token}" for i, token in enumerate(tokens)], features)
        else:
            _editor(table, features, [f"{table[-1]}{i + 1}" for i in range(3)])
    with right:
        switches = st.container(horizontal=True, gap="medium")
        divide = switches.toggle(t("attention.divide"), key="qkv_divide", persist_state="session")
        causal = switches.toggle(t("attention.causal"), key="qkv_causal", persist_state="session")
        mask = np.tril(np.ones((4, 4), bool)) if causal else None
        found = _self_attention({name: _small(name) for name in TABLES}, mask, divide)
        extra = st.container()
        with above:
            _show_step(step, found, tokens, extra, divide)
        explain_step(step, t(f"attention.steps.{step}"))


def _show_step(
    step: int, found: similarity.SelfAttention, tokens: list[str], extra: DeltaGenerator, divide: bool
) -> None:
    """The matrices of one step, as they stand in its formula. extra: where its own controls go"""
    feature, dims = [f"f{i + 1}" for i in range(5)], {name: [f"{name}{i + 1}" for i in range(3)] for name in "qkv"}
    side: dict[str, Any] = {"rows": tokens, "row_tone": "source", "row_group": "tokens"}
    square: dict[str, Any] = {**side, "columns": tokens, "column_tone": "source", "column_group": "keys"}

    def projected(name: str, **more: Any) -> Matrix:
        values = getattr(found, name)
        look: dict[str, Any] = {"columns": dims[name], "column_group": name, "tone": TONES[name], **side, **more}
        return matrix(name.upper(), values, **look)

    x = matrix("X", found.x, columns=feature, column_group="f", tone="source", caption=t("attention.x"), **side)
    division = "S / √dₖ" if divide else "S"
    parts: list[Matrix | str]
    if step == 0:
        parts = [x]
    elif step == 1:
        name = choose_projection(extra)
        w = matrix(f"W^{name.upper()}", _small(f"w_{name}"), rows=feature, columns=dims[name], row_group="f",
                   column_group=name, tone=TONES[name])  # fmt: skip
        parts = [x, "×", w, "=", projected(name)]
    elif step == 2:
        k = matrix("K^T", found.k.T, rows=dims["k"], columns=tokens, tone="key", column_tone="source",
                   column_group="keys", row_group="q")  # fmt: skip
        parts = [projected("q"), "×", k, "=", matrix("S", found.scores, **square)]
    elif step == 3:
        parts = [matrix("S", found.scores, **square), "÷ √3 =" if divide else "=", matrix(division, found.scaled, **square)]  # fmt: skip
    elif step == 4:
        parts = [
            matrix(division, found.masked, **square),
            "softmax →",
            matrix("A", found.weights, scale="weights", **square),
        ]
    elif step == 5:
        v = projected("v", row_group="keys")
        o = matrix("O", found.output, rows=tokens, row_tone="source", row_group="tokens", columns=dims["v"],
                   column_group="v", tone="value")  # fmt: skip
        parts = [matrix("A", found.weights, scale="weights", **square), "×", v, "=", o]
    else:
        token = number("qkv_token", t("attention.token_n"), 4, 1, extra.container(horizontal=True))
        look: dict[str, Any] = {"columns": dims["v"], "column_group": "v", "tone": "value"}
        parts = [
            matrix("αⱼ", found.weights[token][:, None], rows=tokens, row_tone="source", row_group="keys", columns=["α"],
                   scale="weights"),
            "×", projected("v", row_group="keys"),
            "=", matrix("αⱼ vⱼ", found.mix(token), rows=tokens, row_tone="source", row_group="keys", **look),
            "Σ →", matrix("o", found.output[token : token + 1], rows=[tokens[token]], row_tone="source", **look),
        ]  # fmt: skip
    signed = [part for part in parts if isinstance(part, dict) and part["scale"] == "signed"]
    for part in signed:  # one scale for all that is seen together
        part["limit"] = max(other["limit"] for other in signed)
    matrices(parts, key="attention-steps", title=t(f"attention.step.{step}"))

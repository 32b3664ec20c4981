"""Self-attention step by step on small numbers, which the visitor can edit."""

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
from pages.ui.controls import choose_index, choose_one
from pages.ui.matrices import Matrix, matrices, matrix

TABLES = ("x", "w_q", "w_k", "w_v")

NAMES = {"x": "X", "w_q": "W^Q", "w_k": "W^K", "w_v": "W^V"}
"""Names of the tables in formulas."""


def _small(name: str) -> np.ndarray:
    """Return one of the small tables with the visitor's edits."""
    own = st.session_state[f"qkv_{name}"]
    return similarity.SMALL[name] if own is None else np.array(own)


def _tokens(trace: core.Trace) -> list[str]:
    """Return the names of four tokens: the sentence's first pieces."""
    pieces = [surface(piece) for piece in trace.source_labels[:4]]
    return [*pieces, *(t("attention.token", n=i + 1) for i in range(len(pieces), 4))]


def _reset() -> None:
    """Undo all edits of the tables."""
    for name in TABLES:
        st.session_state[f"qkv_{name}"] = None


def _compute(
    tables: Mapping[str, np.ndarray], mask: np.ndarray | None = None, divide: bool = True
) -> similarity.SelfAttention:
    """Compute all steps from the small tables. Raises `OptionError` for invalid numbers."""
    x, w_q, w_k, w_v = (tables[name] for name in TABLES)
    return similarity.self_attention_steps(x, w_q, w_k, w_v, mask, divide)


def edited_values(name: str, values: np.ndarray) -> tuple[tuple[float, ...], ...] | None:
    """Return the edited numbers of a table for the session, None if they are the original ones.

    Raises:
        OptionError: A cell holds no number, or one that is too large.
    """
    found = _compute({**similarity.SMALL, name: values})  # checks the numbers
    values = found.x if name == "x" else np.array(values, dtype=float)
    return None if np.array_equal(values, similarity.SMALL[name]) else tuple(map(tuple, values.tolist()))


def _editor(name: str, rows: list[str], columns: list[str]) -> None:
    """Show a table of numbers to edit; the session keeps valid numbers."""
    own = f"qkv_{name}"
    state = st.session_state.get(f"_{own}_editor", {"version": 0})
    key = f"qkv-editor-{name}-{state['version']}"
    if key not in st.session_state or state.get("now", ()) != st.session_state[own]:
        # The editor was not on the page before, or a button or a link has changed the numbers.
        state = {"version": state["version"] + 1, "first": _small(name)}
        key = f"qkv-editor-{name}-{state['version']}"
    frame = pd.DataFrame(state["first"], index=rows, columns=columns)
    short = st.column_config.NumberColumn(width=66)
    edited = st.data_editor(
        frame,
        key=key,
        width="content",
        column_config={"_index": st.column_config.Column(width=110), **dict.fromkeys(columns, short)},
    )
    try:
        st.session_state[own] = edited_values(name, edited.to_numpy())
    except OptionError:
        st.warning(t("attention.steps.bad", limit=f"{similarity.LARGEST:g}"))
    st.session_state[f"_{own}_editor"] = {**state, "now": st.session_state[own]}


@page_part
def show_steps(trace: core.Trace) -> None:
    """Show self-attention step by step on small numbers, which the visitor can edit."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small")
    step = choose_step(row)
    row.button(t("attention.back"), on_click=_reset, key="qkv-back")
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
        found = _compute({name: _small(name) for name in TABLES}, mask, divide)
        extra = st.container()
        with above:
            _show_step(step, found, tokens, extra, divide)
        explain_step(step, t(f"attention.steps.{step}"))


def _show_step(
    step: int, found: similarity.SelfAttention, tokens: list[str], extra: DeltaGenerator, divide: bool
) -> None:
    """Show the matrices of one step as in its formula; its own controls go into `extra`."""
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
        token = choose_index("qkv_token", t("attention.token_n"), 4, 1, extra.container(horizontal=True))
        look: dict[str, Any] = {"columns": dims["v"], "column_group": "v", "tone": "value"}
        parts = [
            matrix("αⱼ", found.weights[token][:, None], rows=tokens, row_tone="source", row_group="keys", columns=["α"],
                   scale="weights"),
            "×", projected("v", row_group="keys"),
            "=", matrix("αⱼ vⱼ", found.mix(token), rows=tokens, row_tone="source", row_group="keys", **look),
            "Σ →", matrix("o", found.output[token : token + 1], rows=[tokens[token]], row_tone="source", **look),
        ]  # fmt: skip
    signed = [part for part in parts if isinstance(part, dict) and part["scale"] == "signed"]
    for part in signed:  # all matrices of a step have the same scale
        part["limit"] = max(other["limit"] for other in signed)
    matrices(parts, key="attention-steps", title=t(f"attention.step.{step}"))

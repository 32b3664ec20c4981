"""The effect of another piece on earlier and later positions, with the causal mask and without."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.analysis import masks
from core.request import Request
from core.text import SPECIALS, surface
from pages.masks.common import page_part
from pages.ui import cache, session
from pages.ui.catalogue import plain, t
from pages.ui.matrices import matrices, matrix

ROWS = 40
"""Largest number of positions that are shown."""


@cache.cached(128)
def displacement(request: Request, step: int, piece: str, causal: bool) -> masks.Displacement:
    """Return how much the decoder's positions change if another piece stands at a step. Raises `HeadlightError`."""
    pieces = cache.trace(request).output_pieces
    other = (*pieces[:step], piece, *pieces[step + 1 :])
    parallel = cache.model(request.model).parallel_pass
    return cache.read_only(masks.displacement(*(parallel(request.text, given, causal) for given in (pieces, other))))


def _choose_step(labels: tuple[str, ...], place: DeltaGenerator) -> int:
    """Show the choice of the replaced piece and return its step; the decoder never reads the last piece."""
    steps = range(len(labels) - 1)
    if st.session_state["masks_step"] not in steps:
        session.reset_field("masks_step")
        st.session_state["masks_step"] = len(steps) // 2
    return place.selectbox(
        t("masks.later.step"),
        steps,
        format_func=lambda step: f"{step + 1}: {surface(labels[step])}",
        key="masks_step",
        persist_state="session",
    )


def _choose_piece(trace: core.Trace, step: int, place: DeltaGenerator) -> str:
    """Show the choice of the new piece, one of the model's other candidates, and return it."""
    excluded = (trace.output_pieces[step], SPECIALS[3])
    options = [piece for piece, _ in trace.top(step, 10) if piece not in excluded]
    if st.session_state["masks_piece"] not in options:
        session.reset_field("masks_piece")
        st.session_state["masks_piece"] = options[0]
    return place.selectbox(
        t("masks.later.piece"), options, format_func=surface, key="masks_piece", persist_state="session"
    )


@page_part
def show_later(request: core.Request, trace: core.Trace) -> None:
    """Show how much each position changes if one piece is replaced, with the causal mask and without."""
    pieces = trace.output_pieces
    if len(pieces) < 2:
        st.info(t("masks.later.short"))
        return
    left, right = st.columns(2)
    step = _choose_step(trace.output_labels, left)
    piece = _choose_piece(trace, step, right)
    runs = [displacement(request, step, piece, causal) for causal in (True, False)]
    tables = [np.c_[run.states, run.predictions] for run in runs]
    reads = [surface(read) for read in trace.input_labels]
    reads[step + 1] = f"{reads[step + 1]} ⇒ {surface(piece)}"
    first = max(0, min(step + 1 - ROWS // 2, len(reads) - ROWS))
    window = slice(first, first + ROWS)
    look: dict[str, Any] = {
        "scale": "weights", "limit": max(matrix("", table)["limit"] for table in tables), "rows": reads[window],
        "columns": [*(t("masks.layer_n", n=n + 1) for n in range(runs[0].states.shape[1])), "p"], "row_tone": "target",
        "masked_as": "0", "row_group": "rows", "shape": "",
    }  # fmt: skip
    names = (t("masks.later.masked"), t("masks.later.free"))
    captions = (t("masks.later.masked.is"), t("masks.later.free.is"))
    matrices(
        [
            matrix(name, np.where(table == 0, np.nan, table)[window], caption=caption, **look)
            for name, table, caption in zip(names, tables, captions, strict=True)
        ],
        key="masks-later",
        title=t("masks.later.picture"),
    )
    if len(reads) > ROWS:
        st.caption(t("masks.later.window", first=first + 1, last=first + ROWS, rows=len(reads)))
    earlier = [float(table[: step + 1].max()) for table in tables]
    ends = [plain(surface(trace.input_labels[at])) for at in (0, step)]
    words = {"first": ends[0], "last": ends[1], "rows": step + 1}
    st.markdown(t("masks.later.found", **words, masked=f"{earlier[0]:g}", free=f"{earlier[1]:.2f}"))
    st.markdown(t("masks.later.text"))

"""Teacher forcing: all positions in one pass, compared with one pass per piece."""

from __future__ import annotations

import statistics
import time

import numpy as np
import streamlit as st

import core
from core.plots import times
from core.records import Timed
from core.request import Request
from pages.masks.common import page_part
from pages.ui import cache
from pages.ui.catalogue import small, t
from pages.ui.charts import show, theme
from pages.ui.formulas import formulas


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs={Request: repr})
def teacher_forcing(request: Request, attempt: int) -> dict[str, Timed]:
    """Count and time the passes of a translation, again for each `attempt`. Raises `HeadlightError`."""
    return cache.model(request.model).teacher_forcing(request.text, cache.trace(request).output_pieces)


@page_part
def show_forcing(request: core.Request, trace: core.Trace) -> None:
    """Show counts and times of one pass for the whole translation, and of one pass per piece."""
    text, button = st.columns([4, 1], vertical_alignment="center")
    text.markdown(t("masks.forcing.text"))
    clicked = button.button(t("masks.forcing.again"), key="masks-again", width="stretch")
    if clicked or "masks_measured" not in st.session_state:
        st.session_state["masks_measured"] = time.time_ns()  # unique, so that no cached times are shown
    with st.spinner(t("masks.forcing.measuring")):
        measured = teacher_forcing(request, st.session_state["masks_measured"])
    seconds = {way: statistics.median(timed.seconds) for way, timed in measured.items()}

    def describe(way: str) -> str:
        timed = measured[way]
        return t("masks.forcing.told", passes=timed.passes, positions=timed.positions, ms=f"{seconds[way] * 1000:.1f}")

    figure = times(
        [t(f"masks.forcing.{way}") for way in measured],
        [seconds[way] * 1000 for way in measured],
        [describe(way) for way in measured],
        t("masks.forcing.ms"),
        theme(),
    )
    show(figure, "masks-times", t("masks.forcing.alt", **{way: describe(way) for way in measured}))
    difference = max(
        float(np.abs(timed.log_probabilities - trace.log_probabilities).max()) for timed in measured.values()
    )
    ratio = seconds["cached"] / seconds["parallel"]
    runs = len(measured["parallel"].seconds)
    st.markdown(t("masks.forcing.found", times=f"{ratio:.1f}", apart=small(difference), runs=runs))
    formulas(r"\log P(y \mid x) = \sum_{t=1}^{T} \log P(y_t \mid y_{<t}, x)")

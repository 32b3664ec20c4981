"""What several parts of the page share: its question row, its controls and its limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.positions.fields import BASES, FIELDS
from pages.ui import cache, lecture, session
from pages.ui.catalogue import t

FEW_COLUMNS = 4
"""So many of a vector's numbers are written out where there is no room for all."""

FEW_ROWS = 14
"""So many vectors are written out below one another."""

SIZES = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)

page_part = lecture.part(FIELDS)


def escaped(text: str) -> str:
    """Typed text for a slider, which reads Markdown but tells screen readers what is written there: few escapes."""
    return re.sub(r"([\\`*_\[\]$~:<>#|])", r"\\\1", text)


def question_row(name: str, *controls: int) -> list:
    """A part's question, and beside it columns of these widths for its controls."""
    place, *rest = st.columns([4, *controls], gap="medium", vertical_alignment="center")
    place.subheader(t(f"positions.{name}"), anchor=False)
    return rest


def choice(name: str, fits: Callable[[Any], bool]) -> Any:
    """A choice, or None where this sentence or model does not have it."""
    if st.session_state[name] is not None and not fits(st.session_state[name]):
        session.leave_out(name)
    return st.session_state[name]


def choose_d_model(place: DeltaGenerator) -> int:
    model = cache.cards()[st.session_state["model"]].config.d_model
    options = sorted(
        {*SIZES, st.session_state["pos_d_model"], *([model] if 4 <= model <= 512 and not model % 2 else [])}
    )
    return place.select_slider("d_model", options, key="pos_d_model", persist_state="session")


def choose_length(place: DeltaGenerator) -> int:
    return place.slider(t("positions.length"), 2, 200, key="pos_length", persist_state="session")


def choose_base(place: DeltaGenerator) -> float:
    return place.select_slider(
        t("positions.base"),
        BASES,
        format_func="{:,.0f}".format,
        key="pos_base",
        persist_state="session",
    )

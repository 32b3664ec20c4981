"""Code that several parts of the page share: the row with question and controls, and limits."""

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
"""Numbers of a vector that are written where there is no room for all."""

FEW_ROWS = 14
"""Largest number of vectors written below one another."""

SIZES = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)

page_part = lecture.part(FIELDS)


def escaped(text: str) -> str:
    """Escape text for a slider's Markdown, with few escapes, because screen readers read them."""
    return re.sub(r"([\\`*_\[\]$~:<>#|])", r"\\\1", text)


def question_row(name: str, *controls: int) -> list:
    """Show a part's question, and return columns of these widths beside it for controls."""
    place, *rest = st.columns([4, *controls], gap="medium", vertical_alignment="center")
    place.subheader(t(f"positions.{name}"), anchor=False)
    return rest


def valid_value(name: str, fits: Callable[[Any], bool]) -> Any:
    """Return the value of a field, or None after a reset if it does not fit this sentence or model."""
    if st.session_state[name] is not None and not fits(st.session_state[name]):
        session.reset_field(name)
    return st.session_state[name]


def choose_d_model(place: DeltaGenerator) -> int:
    """Show the slider of d_model and return its value."""
    model = cache.cards()[st.session_state["model"]].config.d_model
    options = sorted(
        {*SIZES, st.session_state["pos_d_model"], *([model] if 4 <= model <= 512 and not model % 2 else [])}
    )
    return place.select_slider("d_model", options, key="pos_d_model", persist_state="session")


def choose_length(place: DeltaGenerator) -> int:
    """Show the slider of the number of positions and return its value."""
    return place.slider(t("positions.length"), 2, 200, key="pos_length", persist_state="session")


def choose_base(place: DeltaGenerator) -> float:
    """Show the slider of the base of the wavelengths and return its value."""
    return place.select_slider(
        t("positions.base"),
        BASES,
        format_func="{:,.0f}".format,
        key="pos_base",
        persist_state="session",
    )

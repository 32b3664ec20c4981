"""Formulas in the paper's notation, each meaning in its colour."""

from __future__ import annotations

import streamlit as st

from core.plots import PALETTE
from pages.ui.charts import theme

LETTERS = {"Q": "query", "K": "key", "V": "value", "q": "query", "k": "key", "v": "value", "X": "source"}


def paint(role: str, formula: str) -> str:
    """A part of a formula in the colour of what it means: "query", "key", "value", "source", "target"."""
    return rf"\textcolor{{{PALETTE[theme()][role]}}}{{{formula}}}"


def letters() -> dict[str, str]:
    """Each letter that always means the same, in its colour."""
    return {letter: paint(role, letter) for letter, role in LETTERS.items()}


def formulas(*parts: str) -> None:
    """Formulas in one line, or where it is narrow one below the other."""
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", gap="medium"):
        for part in parts:
            st.markdown(rf"$\displaystyle {part}$", width="content")

"""Formulas in the paper's notation, with one colour for each role."""

from __future__ import annotations

import streamlit as st

from core.plots import PALETTE
from pages.ui.charts import theme

LETTERS = {"Q": "query", "K": "key", "V": "value", "q": "query", "k": "key", "v": "value", "X": "source"}


def paint(role: str, formula: str) -> str:
    """Colour a part of a formula by its role: "query", "key", "value", "source" or "target"."""
    return rf"\textcolor{{{PALETTE[theme()][role]}}}{{{formula}}}"


def letters() -> dict[str, str]:
    """Return each letter with a fixed role in the colour of that role."""
    return {letter: paint(role, letter) for letter, role in LETTERS.items()}


def formulas(*parts: str) -> None:
    """Show formulas in one line, or below one another on a narrow screen."""
    st.markdown(" &emsp; ".join(rf"$\displaystyle {part}$" for part in parts), text_alignment="center")

"""Parts of a page that a state of a lecture hides, by CSS: what is hidden stays as it is, and comes back at once."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.lecture import PARTS

_WIDGETS = (
    "stButtonGroup",
    "stSlider",
    "stSelectbox",
    "stNumberInput",
    "stCheckbox",
    "stRadio",
    "stButton",
    "stMultiSelect",
)

SELECTORS = {
    "menu": ('[data-testid="stSidebar"]', '[data-testid="stHeader"]', ".st-key-settings", ".st-key-share"),
    "box": (".st-key-text", ".st-key-example", ".st-key-other_text"),
    "controls": (
        *(
            f'[data-testid="stMain"] [data-testid="stElementContainer"]:has(> [data-testid="{name}"])'
            for name in _WIDGETS
        ),
        ".st-key-controls",
    ),
    "explanation": (
        '[data-testid="stMain"] [data-testid="stExpander"]',
        '[data-testid="stMain"] [data-testid="stCaptionContainer"]',
        '[class*="st-key-explanation"]',
    ),
}
"""CSS selectors of each part."""

RULES = {
    "controls": ":root { --hl-controls: none; }",  # those in views, which read it (assets/views/kit.css)
    "menu": "[data-testid=stMainBlockContainer] { padding-top: 1rem; }",
}
"""More rules for a part."""


BAR = """
:root { --hl-bar: 2rem; }
.stMainBlockContainer { padding-bottom: 3.5rem; }
.st-key-slides { position: absolute; height: 0; gap: 0; }
"""
"""Rules for the line of the lecture, which stands at the lower edge of the window, whatever its place on the page."""


def hide(parts: Iterable[str]) -> None:
    """Hide parts of the page, by their names in `PARTS`, and leave room for the line of the lecture."""
    hidden = [part for part in PARTS if part in parts]
    selectors = [selector for part in hidden for selector in SELECTORS[part]]
    rules = [BAR]
    if selectors:
        rules.append(f"{', '.join(selectors)} {{ display: none !important; }}")
    st.html(f"<style>{' '.join([*rules, *(RULES[part] for part in hidden if part in RULES)])}</style>")

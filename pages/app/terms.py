"""Terms of the glossary that explain themselves on hover, focus or tap, wherever they stand on a page.

A text of the catalogue marks a word as [[term|word]], which becomes a link to the glossary. A script in the visitor's
browser shows the explanation at the link. Controls are named by their keys.
"""

import functools
import re

import streamlit as st

from core.export.bundle import ASSETS, bundle, explanations, glossary, script_json
from pages.ui.catalogue import language

BUTTONS = {"search": ("greedy", "beam", "sampling")}
"""Terms of the buttons of a row, by the row's key."""

CONTROLS = {
    **{
        f".st-key-{key} button:nth-of-type({position})": term
        for key, terms in BUTTONS.items()
        for position, term in enumerate(terms, 1)
    },
    ".st-key-beam_size": "beam",
    ".st-key-alpha": "length-penalty",
}
"""Terms by the CSS selectors of their controls."""


@functools.cache
def _style() -> str:
    underlined = ", ".join(f"{selector} p" for selector in CONTROLS)
    rule = f"{underlined} {{ text-decoration: underline dotted 1.5px; text-underline-offset: 0.24em; }}"
    return f"<style>{(ASSETS / 'views' / 'terms.css').read_text('utf-8')}{rule}</style>"


@functools.cache
def _script(language: str) -> str:
    code = bundle(ASSETS / "views" / "terms" / "page.js").replace("export default ", "")
    code = re.sub(r"<(?=\w)", "< ", code)  # types in comments, for which Streamlit would remove the whole script
    values = f"{script_json(explanations(language, glossary()))}, {script_json(CONTROLS)}"
    return f"<script>(() => {{\n{code}\nexplainPage({values});\n}})();</script>"


def apply() -> None:
    """Install the explanations in the visitor's browser, in the visitor's language."""
    st.html(_style())
    with st.container(key="terms"):  # hidden by pages/app/style.py, so that it takes no room
        st.html(_script(language()), unsafe_allow_javascript=True)

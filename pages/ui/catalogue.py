"""The catalogue: every word that a visitor reads, in English and Simplified Chinese."""

from __future__ import annotations

import json
import re
import string
from functools import cache
from pathlib import Path

import streamlit as st

from core.errors import HeadlightError

FOLDER = Path(__file__).parents[2] / "assets" / "text"
LANGUAGES = {"en": "English", "zh": "简体中文"}
"""Each language by the name it gives itself."""

AUTOMATIC_LINK = re.compile(r"https?(?=://)|www(?=\.)|@", re.IGNORECASE)
"""Where an address begins, or its @ stands, that GitHub's Markdown makes a link of."""

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of one language by key, of all files: each holds a page's texts in both languages side by side."""
    files = (json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json")))
    return {key: texts[language] for file in files for key, texts in file.items() if language in texts}


def language() -> str:
    """The visitor's language: the one chosen, else the browser's, else English."""
    chosen = st.session_state.get("lang")
    if chosen in LANGUAGES:
        return chosen
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def t(key: str, **values) -> str:
    """One text in the visitor's language, its {placeholders} filled in."""
    text = catalogue(language())[key]
    return text.format(**values) if values else text


def language_name(code: str) -> str:
    """A language's name in the visitor's language; its code if the catalogue has none."""
    return catalogue(language()).get(f"language.{code}", code)


def small(value: float) -> str:
    """A small number as people write it: 6.6 × 10⁻⁷."""
    if not value:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(RAISED)}"


def plain(text: str) -> str:
    """Typed text for a place that reads Markdown: every mark a character like any other, and no address a link.

    Streamlit's Markdown turns a bare address into a link also where its marks are escaped. An invisible character in it
    (U+2060, word joiner) prevents that.
    """
    text = AUTOMATIC_LINK.sub("\u2060\\g<0>", text)
    return "".join(f"\\{character}" if character in string.punctuation else character for character in text)


def _quoted(name: str, value: object) -> object:
    """A value of an error as its sentence quotes it in Markdown: it may be what somebody typed or put into a link."""
    if name == "cause" or isinstance(value, int | float):  # a cause is the name of a sentence
        return value
    return plain(language_name(str(value)) if name == "language" else str(value))


def sentence(error: HeadlightError) -> str:
    """An error's sentence in the visitor's language, as Markdown: what it quotes is escaped by `plain`."""
    texts = catalogue(language())
    name = f"error.{type(error).__name__}"
    prefix = f"{name}."
    causes = {key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)}
    translated = type(error)(**{key: _quoted(key, value) for key, value in error.values.items()})
    return translated.describe(texts.get(name, error.sentence), causes or error.causes)

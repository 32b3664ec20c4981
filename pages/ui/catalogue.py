"""The text catalogue: every text on screen, in English and Simplified Chinese."""

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
"""Each language by its own name for itself."""

AUTOMATIC_LINK = re.compile(r"https?(?=://)|www(?=\.)|@", re.IGNORECASE)
"""Text that GitHub's Markdown turns into a link: the beginning of an address, or an @."""

TERM = re.compile(r"\[\[([\w-]+)\|(.+?)\]\]")
"""A word of a text that explains itself: [[id of the term|the word]]."""

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return all texts of one language by key. Each file holds the texts of one page in both languages."""
    files = (json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json")))
    linked = rf"[\2](glossary?lang={language}&term=\1)"
    return {
        key: TERM.sub(linked, texts[language]) for file in files for key, texts in file.items() if language in texts
    }


def language() -> str:
    """Return the visitor's language: the chosen one, else the browser's, else English."""
    chosen = st.session_state.get("lang")
    if chosen in LANGUAGES:
        return chosen
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def t(key: str, **values) -> str:
    """Return one text in the visitor's language with its {placeholders} filled in."""
    text = catalogue(language())[key]
    return text.format(**values) if values else text


def unlinked(markdown: str) -> str:
    """Return a text with its terms as plain words, for a label that is read out."""
    return re.sub(r"\[(.+?)\]\(.+?\)", r"\1", markdown)


def language_name(code: str) -> str:
    """Return a language's name in the visitor's language, or its code if the catalogue has no name."""
    return catalogue(language()).get(f"language.{code}", code)


def small(value: float) -> str:
    """Write a small number, as 6.6 × 10⁻⁷."""
    if not value:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(RAISED)}"


def signed(value: float, digits: int = 2) -> str:
    """Write a number with a minus sign (U+2212), and 0 without one."""
    return f"{round(float(value), digits) + 0.0:.{digits}f}".replace("-", "−")


def plain(text: str) -> str:
    """Escape text for Markdown, so that no mark is interpreted and no address becomes a link.

    Streamlit's Markdown makes a link of a bare address even if its marks are escaped. An invisible character in it
    (U+2060, word joiner) prevents that.
    """
    text = AUTOMATIC_LINK.sub("\u2060\\g<0>", text)
    return "".join(f"\\{character}" if character in string.punctuation else character for character in text)


def _quoted(name: str, value: object) -> object:
    """Escape an error's value for its sentence in Markdown: a visitor may have typed it or put it into a link."""
    if name == "cause" or isinstance(value, int | float):  # a cause is the name of a sentence
        return value
    return plain(language_name(str(value)) if name == "language" else str(value))


def error_text(error: HeadlightError) -> str:
    """Return an error's sentence in the visitor's language as Markdown, with its values escaped by `plain`."""
    texts = catalogue(language())
    name = f"error.{type(error).__name__}"
    prefix = f"{name}."
    causes = {key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)}
    values = error.values
    if str(values.get("cause")).endswith("_index"):  # core counts from 0, and the screen from 1
        counted = {key: int(values[key]) + 1 for key in ("value", "first", "last") if str(values[key]).isdigit()}
        values = {**values, **counted}
    translated = type(error)(**{key: _quoted(key, value) for key, value in values.items()})
    return translated.describe(texts.get(name, error.sentence), causes or error.causes)

"""The sentence that all pages share: its box, the examples, and what becomes of a sentence that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

import core
from pages.ui import loaders, state
from pages.ui.examples import EXAMPLES
from pages.ui.text import language_name, plain, sentence, t

Result = TypeVar("Result")

MOST_CHARACTERS = 12
"""So many that are spelled in bytes are listed."""

SENTENCES = (
    *EXAMPLES,
    "I would like to go to the park with my friends tomorrow.",
    "The animal didn't cross the street because it was too tired.",
    "Where did you buy the book that you gave me yesterday?",
    "My father has been teaching English for 20 years.",
)


def _take_example() -> None:
    st.session_state["text"] = st.session_state["example"]
    state.forget_link()


def ask(*widths: int) -> list:
    """The box for the sentence and the menu of examples in one row. -> columns of these widths beside them, to be filled"""
    box, menu, *rest = st.columns([10, 3, *widths], vertical_alignment="center")
    source = language_name(loaders.cards()[st.session_state["model"]].source_language)
    box.text_input(
        t("sentence.text"),
        key="text",
        placeholder=t("sentence.placeholder", language=source),
        on_change=state.forget_link,
        label_visibility="collapsed",
        persist_state="session",
    )
    menu.menu_button(t("sentence.examples"), SENTENCES, key="example", on_click=_take_example, width="stretch")
    return rest


def strategy() -> str:
    """How translations are searched for: the Translate page's choice, but nothing is left to chance elsewhere."""
    return st.session_state["search"] if st.session_state["search"] in core.STRATEGIES else core.STRATEGIES[0]


def attempt(compute: Callable[..., Result], *asked: Any, otherwise: tuple = (), key: str = "shown") -> Result:
    """compute(*asked); where it cannot, a sentence says why, and what it last could stays on the page.

    What could be computed last is kept in the session under `key` as its arguments; `otherwise` before there is any.
    """
    try:
        with st.spinner(t("sentence.working"), show_time=False):
            result = compute(*asked)
    except core.HeadlightError as error:
        st.warning(sentence(error))
        asked = st.session_state.get(key, otherwise)
        st.caption(t("sentence.kept"))
        result = compute(*asked)
    st.session_state[key] = asked
    if isinstance(result, core.Trace):
        spelled(result)
    return result


def spelled(trace: core.Trace, place: Any = st, side: str = "") -> None:
    """A sentence about the characters that stand in a Trace as bytes, where there are any."""
    if characters := trace.spelled_characters:
        shown = [*characters[:MOST_CHARACTERS], *(["…"] if len(characters) > MOST_CHARACTERS else [])]
        said = t("sentence.spelled", characters=plain(" ".join(shown)))
        place.caption(t("compare.side", side=side, text=said) if side else said)

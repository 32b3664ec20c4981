"""What all pages of the lecture share: a question as title, the sentence, the parts, what to try, and the way on.

A page's texts are NAME.title, NAME.intro (three or four sentences), NAME.part and NAME.parts.PART, NAME.try (a list),
NAME.curious, and NAME.example where it brings a sentence along.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from pages.ui import cache, navigation, session, sidebar
from pages.ui.address import APP
from pages.ui.catalogue import sentence, t
from pages.ui.controls import choose_one, shown_sentence
from pages.ui.sentence_box import ask, attempt, first_request, judge, request


def begin(name: str) -> None:
    """The question and the three or four sentences under it."""
    navigation.enter()
    sidebar.problems()
    st.title(t(f"{name}.title"))
    st.markdown(t(f"{name}.intro"))


def run(name: str, examples: Mapping[str, str] | None = None) -> tuple[core.Request, core.Trace]:
    """The sentence's box, and the Trace of what is shown: the app's sentence, or the page's own example by a switch.

    examples: by the language that a model reads.
    """
    text = shown_sentence(name, examples, *ask(7)) if examples else (ask(), st.session_state["text"])[1]
    key = f"{name}_shown"
    trace = attempt(cache.trace, dataclasses.replace(request(), text=text), first_request(), key)
    judge(st.session_state[key], trace=trace)
    return st.session_state[key], trace


def choose_part(name: str, key: str, parts: Iterable[str], place: DeltaGenerator | None = None) -> str:
    """The row of a page's parts, one of which is shown; kept in the session under `key`."""
    words = {part: t(f"{name}.parts.{part}") for part in parts}
    return choose_one(t(f"{name}.part"), words, key, words.__getitem__, place)


def remember(fields: Iterable[str]) -> None:
    """The address as it stands: the app's parts and these of the page."""
    session.write([*APP, *fields])


def part(fields: Iterable[str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator for a part of a page whose address has these fields. What is chosen in it draws it anew, and nothing
    else of the page; an error gets its sentence; the address is kept up."""

    def decorate(draw: Callable[..., None]) -> Callable[..., None]:
        @st.fragment
        @functools.wraps(draw)
        def fragment(*arguments: Any) -> None:
            try:
                draw(*arguments)
            except core.HeadlightError as error:
                st.warning(sentence(error))
            remember(fields)

        return fragment

    return decorate


def end(name: str, fields: Iterable[str]) -> None:
    """What to try, what the curious may read, and the pages before and after this one."""
    st.markdown(f"**{t('lecture.try')}**")
    st.markdown(t(f"{name}.try"))
    with st.expander(t("lecture.curious")):
        st.markdown(t(f"{name}.curious"))
    pages = navigation.SECTIONS["lecture"]
    at = pages.index(name)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="lecture-way"):
        for step, sign in ((-1, "←"), (1, "→")):
            if 0 <= at + step < len(pages):
                other = pages[at + step]
                words = (sign, t(f"{other}.title"))
                st.page_link(f"pages/{other}.py", label=" ".join(words if step < 0 else words[::-1]))
    remember(fields)

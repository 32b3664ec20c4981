"""The frame of the lecture's pages: title, introduction, sentence, parts, exercises, and links to the next page.

A page's texts are NAME.title, NAME.intro (three or four sentences), NAME.part and NAME.parts.PART, NAME.try (a list),
NAME.curious, and NAME.example if it has its own example sentence.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from pages.ui import cache, navigation, session, settings
from pages.ui.address import APP
from pages.ui.catalogue import error_text, t
from pages.ui.controls import choose_one, choose_sentence
from pages.ui.sentence_box import compute_or_keep, first_request, request, show_sentence_box, warn_of_reach


def begin(name: str) -> None:
    """Show the page's title and introduction."""
    navigation.enter()
    settings.show_problems()
    st.title(t(f"{name}.title"))
    st.container(key="explanation-intro").markdown(t(f"{name}.intro"))  # a lecture can hide it


def run(name: str, examples: Mapping[str, str] | None = None) -> tuple[core.Request, core.Trace]:
    """Show the sentence's box, and return the Request and the Trace of the sentence that the page shows.

    Args:
        name: File name of the page.
        examples: The page's own example by source language. A switch then chooses between it and the app's sentence.
    """
    if examples:
        (switch,) = show_sentence_box(300)
        text = choose_sentence(name, examples, switch)
    else:
        show_sentence_box()
        text = st.session_state["text"]
    key = f"{name}_shown"
    trace = compute_or_keep(cache.trace, dataclasses.replace(request(), text=text), first_request(), key)
    warn_of_reach(st.session_state[key], trace=trace)
    return st.session_state[key], trace


def choose_part(name: str, key: str, parts: Iterable[str], place: DeltaGenerator | None = None) -> str:
    """Show the row of a page's parts and return the chosen one, which the session keeps as `key`."""
    labels = {part: t(f"{name}.parts.{part}") for part in parts}
    return choose_one(t(f"{name}.part"), labels, key, labels.__getitem__, place)


def write_address(fields: Iterable[str]) -> None:
    """Write the app's fields and these fields of the page to the address."""
    session.write([*APP, *fields])


def part(fields: Iterable[str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator for a function that shows a part of a page whose address has these fields.

    A control in the part reruns only the part. Errors are shown as text, and the address is updated.
    """

    def decorate(show: Callable[..., None]) -> Callable[..., None]:
        @st.fragment
        @functools.wraps(show)
        def fragment(*arguments: Any) -> None:
            try:
                show(*arguments)
            except core.HeadlightError as error:
                st.warning(error_text(error))
            write_address(fields)

        return fragment

    return decorate


def end(name: str, fields: Iterable[str]) -> None:
    """Show exercises, further reading, and links to the pages before and after this one."""
    with st.container(key="explanation-end"):
        st.markdown(f"**{t('lecture.try')}**")
        st.markdown(t(f"{name}.try"))
        with st.expander(t("lecture.curious")):
            st.markdown(t(f"{name}.curious"))
    pages = navigation.COURSE
    position = pages.index(name)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="explanation-way"):
        for step, sign in ((-1, "←"), (1, "→")):
            if 0 <= position + step < len(pages):
                other = pages[position + step]
                label = (sign, t(f"{other}.title"))
                st.page_link(f"pages/{other}.py", label=" ".join(label if step < 0 else label[::-1]))
    write_address(fields)

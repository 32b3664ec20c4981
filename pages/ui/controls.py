"""Choices that pages offer in the same way, and what they say of a link that asks for what is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.examples import example_language, in_language
from pages.ui import cache, session
from pages.ui.catalogue import small, t

V = TypeVar("V")


def choose_one(
    label: str,
    options: Iterable[V],
    key: str,
    show: Callable[[V], str],
    place: DeltaGenerator | None = None,
    **more: Any,
) -> V:
    """Show a row of buttons, one of which is always chosen, and return what that one stands for.

    Args:
        label: Name of the row, for screen readers only.
        key: Where the session keeps what is chosen; it holds one of the options already.
        show: The text of an option's button.
        place: Where the row stands; the page, if left out.
        more: Other arguments of `st.segmented_control`.
    """
    (place or st).segmented_control(
        label,
        options,
        format_func=show,
        key=key,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
        **more,
    )
    return st.session_state[key]


def number(name: str, label: str, count: int, usual: int, place: DeltaGenerator) -> int:
    """A row of the numbers from 1 to `count`, one of which is chosen; kept in the session as `name`. -> it, from 0

    What the session holds and is not there, in another model for instance, becomes `usual`, or the last one.
    """
    if (st.session_state[name] or 0) >= count:
        session.leave_out(name)
    if st.session_state[name] is None:
        st.session_state[name] = min(usual, count - 1)
    pair = place.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
    pair.markdown(label, width="content")
    return choose_one(label, range(count), name, lambda i: str(i + 1), pair, wrap=True)


def download_row(stem: str, key: str, makers: Mapping[str, Callable[[], str | bytes]]) -> None:
    """A button a file. A file is made when its button is clicked, outside of the visitor's session.

    stem: of the files' names. key: of the buttons. makers: by the text of the button, whose last part is the file's suffix.
    """
    for column, (text, make) in zip(st.columns(len(makers)), makers.items(), strict=True):
        suffix = text.rpartition(".")[2]
        column.download_button(
            t(text),
            make,
            f"{stem}.{suffix}",
            key=f"{key}-{suffix}",
            on_click="ignore",
            width="stretch",
        )


def broken_link(names: Sequence[str] | None = None, place: DeltaGenerator | None = None) -> None:
    """A sentence that names the parts of a link which cannot be used, where there are any. names: by default the session's"""
    names = st.session_state["broken"] if names is None else names
    if names:
        (place or st).info(t("choices.broken_link", names=", ".join(dict.fromkeys(names))))


def shown_sentence(page: str, examples: Mapping[str, str], place: DeltaGenerator) -> str:
    """A page's own example or the app's sentence, by a switch that is kept in the session as PAGE_sentence. -> the text

    examples: by the language that a model reads. The example comes first for as long as the app's sentence is the one that it opens with. A sentence that somebody has
    typed, chosen or brought along in a link is shown at once.
    """
    name, text = f"{page}_sentence", st.session_state["text"]
    language = example_language(session.source_language())
    before = in_language(st.session_state.get(f"_{page}_text", text), language)
    if st.session_state[name] is None:
        st.session_state[name] = "example" if text == cache.example(st.session_state["model"]) else "own"
    elif before != text:
        st.session_state[name] = "own"
    st.session_state[f"_{page}_text"] = text
    words = {"example": t(f"{page}.example.{language}"), "own": t("lecture.own")}
    chosen = choose_one(t("lecture.which"), words, name, words.__getitem__, place)
    return examples[language] if chosen == "example" else text


def weights_check(head: core.HeadInside, trace: core.Trace) -> None:
    """Whether the head's recomputed weights are those of the Trace, with the largest difference that there is."""
    recorded = trace.weights(head.kind, head.layer, head.head)
    difference = float(np.abs(head.weights.astype(np.float64) - recorded).max())
    key = "inside.equal" if difference < 1e-5 else "inside.differs"
    st.markdown(t(key, difference=small(difference), count=recorded.size))

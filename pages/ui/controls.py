"""Controls and messages that several pages show in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.examples import example_language, in_language
from pages.ui import cache, session
from pages.ui.catalogue import small, t, unlinked

V = TypeVar("V")


def choose_one(
    label: str,
    options: Iterable[V],
    key: str,
    show: Callable[[V], str],
    place: DeltaGenerator | None = None,
    **more: Any,
) -> V:
    """Show a row of buttons, one for each option, and return the chosen option.

    Args:
        label: Name of the row, for screen readers only.
        options: The options in their order.
        key: Where the session keeps the chosen option; it holds one already.
        show: Returns the text of an option's button.
        place: Where the row stands, by default on the page itself.
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


def choose_index(name: str, label: str, count: int, default: int, place: DeltaGenerator) -> int:
    """Show a row of buttons with the numbers from 1 to `count`, and return the chosen index, which counts from 0.

    Args:
        name: The field that keeps the index. An index that does not exist, for example in another model, is replaced.
        label: Text before the row.
        count: Number of buttons.
        default: Index that is chosen at first, or the last one if there are fewer.
        place: Where the row stands.
    """
    if (st.session_state[name] or 0) >= count:
        session.reset_field(name)
    if st.session_state[name] is None:
        st.session_state[name] = min(default, count - 1)
    row = place.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
    row.markdown(label, width="content")
    return choose_one(unlinked(label), range(count), name, lambda i: str(i + 1), row, wrap=True)


def download_row(stem: str, key: str, makers: Mapping[str, Callable[[], str | bytes]]) -> None:
    """Show one download button for each file; a file is made when its button is clicked, outside of the session.

    Args:
        stem: File name without suffix.
        key: Beginning of the buttons' keys.
        makers: Functions that return a file's content, by the key of the button's text, which ends in the suffix.
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


def show_broken_link(names: Sequence[str] | None = None, place: DeltaGenerator | None = None) -> None:
    """List the invalid parts of the visitor's link, by default the session's, if there are any."""
    names = st.session_state["broken"] if names is None else names
    if names:
        (place or st).info(t("choices.broken_link", names=", ".join(dict.fromkeys(names))))


def choose_sentence(page: str, examples: Mapping[str, str], place: DeltaGenerator) -> str:
    """Show a switch between a page's own example and the app's sentence, and return the chosen text.

    The example is chosen at first if the app still shows its first example. A sentence that the visitor typed, chose or
    opened by a link is shown at once. The session keeps the choice as PAGE_sentence.

    Args:
        page: File name of the page.
        examples: The page's example by source language.
        place: Where the switch stands.
    """
    name, text = f"{page}_sentence", st.session_state["text"]
    language = example_language(session.source_language())
    previous = in_language(st.session_state.get(f"_{page}_text", text), language)
    if st.session_state[name] is None:
        st.session_state[name] = "example" if text == cache.example(st.session_state["model"]) else "own"
    elif previous != text:
        st.session_state[name] = "own"
    st.session_state[f"_{page}_text"] = text
    labels = {"example": t(f"{page}.example.{language}"), "own": t("lecture.own")}
    choice = choose_one(t("lecture.which"), labels, name, labels.__getitem__, place, width="stretch")
    return examples[language] if choice == "example" else text


def show_weights_check(head: core.HeadInside, trace: core.Trace) -> None:
    """State whether a head's recomputed weights equal those of the Trace, with the largest difference."""
    recorded = trace.weights(head.kind, head.layer, head.head)
    difference = float(np.abs(head.weights.astype(np.float64) - recorded).max())
    key = "inside.equal" if difference < 1e-5 else "inside.differs"
    st.markdown(t(key, difference=small(difference), count=recorded.size))

"""The sentence that all pages share: its box, the examples, and warnings about sentences that cannot be translated well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.analysis import looks_foreign, reach
from core.analysis.reach import USUAL
from pages.ui import cache, session
from pages.ui.catalogue import error_text, language_name, plain, t

Requested = TypeVar("Requested")
Result = TypeVar("Result")

MOST_CHARACTERS = 12
"""Largest number of characters spelled in bytes that are listed."""


def _use_example() -> None:
    st.session_state["text"] = st.session_state["example"]
    session.forget_link()


def show_sentence_box(*widths: int) -> list[DeltaGenerator]:
    """Show the sentence's box and the menu of examples in one row, and return containers of these widths beside them.

    Widths are in pixels, so that nothing moves while the browser loads what stands there. The box gets the rest; below
    the least that pages/app/style.py gives it, the others wrap.
    """
    row = st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="sentence")
    source = cache.cards()[st.session_state["model"]].source_language
    row.text_input(
        t("sentence.text"),
        key="text",
        placeholder=t("sentence.placeholder", language=language_name(source)),
        on_change=session.forget_link,
        label_visibility="collapsed",
        persist_state="session",
    )
    row.menu_button(
        t("sentence.examples"),
        cache.examples(st.session_state["model"]),
        key="example",
        on_click=_use_example,
        width=130,
    )
    return [row.container(width=width) for width in widths]


def strategy() -> str:
    """Return the search of the Translate page, or greedy search if that is sampling: other pages do not sample."""
    return st.session_state["search"] if st.session_state["search"] in core.STRATEGIES else core.STRATEGIES[0]


def request() -> core.Request:
    """Return a Request for the sentence in the box with the chosen model, by `strategy`."""
    return core.Request(st.session_state["text"], st.session_state["model"], strategy=strategy())


def first_request() -> core.Request:
    """Return a Request for the chosen model's first example, which is shown until another result exists."""
    model = st.session_state["model"]
    return core.Request(cache.example(model), model)


def compute_or_keep(
    compute: Callable[[Requested], Result], requested: Requested, fallback: Requested, key: str = "shown"
) -> Result:
    """Return compute(requested); if that fails, show the error and return the last result that could be computed.

    Args:
        compute: Raises `HeadlightError` if the request cannot be computed.
        requested: A Request, or an object with one for each side.
        fallback: Computed instead of the last one if there is none yet.
        key: Where the session keeps the last request that could be computed.
    """
    try:
        with st.spinner(t("sentence.working"), show_time=False):
            result = compute(requested)
    except core.HeadlightError as error:
        st.warning(error_text(error))
        requested = _last_request(key, requested, fallback)
        st.caption(t("sentence.kept"))
        result = compute(requested)
    st.session_state[key] = requested
    return result


def show_spelled(trace: core.Trace, place: Any = st, side: str = "") -> None:
    """List the characters that a Trace spells in bytes, if there are any."""
    if characters := trace.spelled_characters:
        listed = [*characters[:MOST_CHARACTERS], *(["…"] if len(characters) > MOST_CHARACTERS else [])]
        text = t("sentence.spelled", characters=plain(" ".join(listed)))
        place.caption(t("compare.side", side=side, text=text) if side else text)


def warn_of_reach(*requests: core.Request, trace: core.Trace | None = None) -> None:
    """Warn in one line of sentences that are unlike a model's training data; the line's height is always reserved.

    Args:
        requests: One, or those of the two sides of a comparison. Their greedy translations are measured.
        trace: The run that is shown; its characters spelled in bytes are listed below the line.
    """
    lines = [_reach_warning(request.model, request.text) for request in requests]
    if len({*lines}) > 1:
        sides = zip("AB", lines, strict=False)
        lines = [t("sentence.reach.side", side=side, text=line) for side, line in sides if line]
    with st.container(key="reach"):
        st.caption("  \n".join(dict.fromkeys(filter(None, lines))) or "&nbsp;")
    if trace is not None:
        show_spelled(trace)


def _reach_warning(model: str, text: str) -> str:
    """Return in what a sentence is unlike a model's training data, "" if it is not."""
    card = cache.cards()[model]
    if looks_foreign(text, card.source_language):
        return t("sentence.foreign", language=language_name(card.source_language))
    if not card.reach:
        return ""
    try:
        measured = reach(cache.trace(core.Request(text, model)), card.reach)
    except core.HeadlightError:
        return ""
    if not measured.beyond:
        return ""
    values = {
        "length": {"value": measured.length, "limit": card.reach.get("length"), "usual": USUAL},
        "spelled": {"value": f"{100 * measured.spelled:.0f}"},
        "probability": {
            "value": f"{measured.probability:.2f}",
            "limit": f"{card.reach.get('probability', 0):.2f}",
        },
    }
    single = len(measured.beyond) == 1  # the line has room for the limit of a single reason
    reasons = [
        t(f"sentence.reach.{name}" if single else f"sentence.short.{name}", **values[name]) for name in measured.beyond
    ]
    advice = t(f"sentence.advice.{measured.beyond[0]}")
    return t("sentence.reach", reasons=t("sentence.reach.and").join(reasons), advice=advice)


def _last_request(key: str, requested: Requested, fallback: Requested) -> Requested:
    """Return the last request that could be computed, or the fallback if that one has another source language."""
    last = st.session_state.get(key, fallback)
    return last if _source_language(last) == _source_language(requested) else fallback


def _source_language(requested: Any) -> str:
    request = requested if isinstance(requested, core.Request) else requested[0].request
    return cache.cards()[request.model].source_language

"""The sentence that all pages share: its box, the examples, and what becomes of a sentence that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

import core
from core.analysis import looks_foreign, reach
from core.analysis.reach import USUAL
from core.examples import sentences
from pages.ui import cache, session
from pages.ui.catalogue import language_name, plain, sentence, t

Asked = TypeVar("Asked")
Result = TypeVar("Result")

MOST_CHARACTERS = 12
"""So many that are spelled in bytes are listed."""


def _take_example() -> None:
    st.session_state["text"] = st.session_state["example"]
    session.forget_link()


def ask(*widths: int) -> list:
    """The box for the sentence and the menu of examples in one row. -> columns of these widths beside them, to be filled"""
    box, menu, *rest = st.columns([10, 3, *widths], vertical_alignment="center")
    source = cache.cards()[st.session_state["model"]].source_language
    box.text_input(
        t("sentence.text"),
        key="text",
        placeholder=t("sentence.placeholder", language=language_name(source)),
        on_change=session.forget_link,
        label_visibility="collapsed",
        persist_state="session",
    )
    menu.menu_button(t("sentence.examples"), sentences(source), key="example", on_click=_take_example, width="stretch")
    return rest


def strategy() -> str:
    """How translations are searched for: the Translate page's choice, but nothing is left to chance elsewhere."""
    return st.session_state["search"] if st.session_state["search"] in core.STRATEGIES else core.STRATEGIES[0]


def request() -> core.Request:
    """What the sentence's box and the picked model ask for, by `strategy`."""
    held = st.session_state
    return core.Request(held["text"], held["model"], strategy=strategy())


def first_request() -> core.Request:
    """What is shown before anything could be computed: the picked model's first example."""
    model = st.session_state["model"]
    return core.Request(cache.example(model), model)


def attempt(compute: Callable[[Asked], Result], asked: Asked, otherwise: Asked, key: str = "shown") -> Result:
    """compute(asked); where it cannot, a sentence says why, and the last that could be computed stays on the page.

    asked: a Request, or what holds one for each side. The last that could be computed is kept in the session under
    `key`; `otherwise` stands for it before there is one.
    """
    try:
        with st.spinner(t("sentence.working"), show_time=False):
            result = compute(asked)
    except core.HeadlightError as error:
        st.warning(sentence(error))
        asked = _last(key, asked, otherwise)
        st.caption(t("sentence.kept"))
        result = compute(asked)
    st.session_state[key] = asked
    return result


def spelled(trace: core.Trace, place: Any = st, side: str = "") -> None:
    """A sentence about the characters that stand in a Trace as bytes, where there are any."""
    if characters := trace.spelled_characters:
        shown = [*characters[:MOST_CHARACTERS], *(["…"] if len(characters) > MOST_CHARACTERS else [])]
        said = t("sentence.spelled", characters=plain(" ".join(shown)))
        place.caption(t("compare.side", side=side, text=said) if side else said)


def judge(*requests: core.Request, trace: core.Trace | None = None) -> None:
    """One line on sentences that are far from what a model has learnt, and on what to do; its height is kept free.

    requests: one, or those of the two sides of a comparison. A sentence is judged by its greedy translation.
    trace: the run that is shown, whose bytes are named below that line.
    """
    lines = [_distance(request.model, request.text) for request in requests]
    if len({*lines}) > 1:
        sides = zip("AB", lines, strict=False)
        lines = [t("sentence.reach.side", side=side, text=line) for side, line in sides if line]
    with st.container(key="reach"):
        st.caption("  \n".join(dict.fromkeys(filter(None, lines))) or "&nbsp;")
    if trace is not None:
        spelled(trace)


def _distance(model: str, text: str) -> str:
    """How a sentence is far from what a model has learnt; "" for one that is not."""
    card = cache.cards()[model]
    if looks_foreign(text, card.source_language):
        return t("sentence.foreign", language=language_name(card.source_language))
    try:
        found = reach(cache.trace(core.Request(text, model)), card.reach)
    except core.HeadlightError:
        return ""
    if not found.beyond:
        return ""
    values = {
        "length": {"value": found.length, "limit": card.reach.get("length"), "usual": USUAL},
        "spelled": {"value": f"{100 * found.spelled:.0f}"},
        "probability": {
            "value": f"{found.probability:.2f}",
            "limit": f"{card.reach.get('probability', 0):.2f}",
        },
    }
    only = len(found.beyond) == 1  # one reason has room for its limit too
    reasons = [
        t(f"sentence.reach.{name}" if only else f"sentence.short.{name}", **values[name]) for name in found.beyond
    ]
    advice = t(f"sentence.advice.{found.beyond[0]}")
    return t("sentence.reach", reasons=t("sentence.reach.and").join(reasons), advice=advice)


def _last(key: str, asked: Asked, otherwise: Asked) -> Asked:
    """What could be computed last, where it is in the language that is asked for now."""
    last = st.session_state.get(key, otherwise)
    return last if _language_read(last) == _language_read(asked) else otherwise


def _language_read(asked: Any) -> str:
    request = asked if isinstance(asked, core.Request) else asked[0].request
    return cache.cards()[request.model].source_language

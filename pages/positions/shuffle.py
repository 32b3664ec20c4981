"""The encoder's output for the words in another order, with positions and without."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

import core
from core.records import Reordered
from core.request import Request
from core.text import UNSPACED, surface
from pages.positions.common import FEW_COLUMNS, FEW_ROWS, choice, page_part, question_row
from pages.ui import cache
from pages.ui.catalogue import plain, small, t
from pages.ui.matrices import matrices, matrix


@cache.cached(128)
def reordered(request: Request, order: tuple[int, ...], positions: bool) -> Reordered:
    """A sentence's pieces in another order. Raises `HeadlightError`."""
    return cache.read_only(cache.model(request.model).reordered(cache.trace(request), order, positions))


def _current_order(trace: core.Trace, words: list[int]) -> list[int]:
    """The words in the order that is chosen: at first the other way round, but for marks, which keep their places."""
    chosen = choice("pos_order", lambda order: len(order) == len(words))
    if chosen is not None:
        return list(chosen)
    real = [i for i in words if any(c.isalnum() for c in trace.source_spelling.word(*trace.source_words[i]))]
    other = dict(zip(real, reversed(real), strict=True))
    return [other.get(i, i) for i in words]


def _set_order(words: Sequence[int] | None) -> None:
    st.session_state["pos_order"] = None if words is None else tuple(words)


def _shuffled(words: list[int], now: list[int]) -> list[int]:
    """Another order than the one that is seen and the one that was typed, where there is one."""
    for _ in range(20):
        found = random.sample(words, len(words))
        if found not in (now, words):
            break
    return found


@page_part
def shuffle(request: core.Request, trace: core.Trace) -> None:
    """The encoder's output for the words in another order, with positions and without."""
    words = list(range(len(trace.source_words) - 1))  # </s> stays at the end
    moved = _current_order(trace, words)
    spans = [range(*trace.source_words[i]) for i in (*moved, len(words))]
    order = tuple(place for span in spans for place in span)
    typed = tuple(range(len(order)))
    with st.spinner(t("sentence.working"), show_time=False):
        runs = {flag: [reordered(request, given, flag) for given in (typed, order)] for flag in (True, False)}
    apart = {flag: np.abs(b.output - a.output[list(order)]) for flag, (a, b) in runs.items()}
    (controls,) = question_row("shuffle", 6)
    with controls.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name, given in (("shuffle", _shuffled(words, moved)), ("typed", words), ("reverse", None)):
            st.button(t(f"positions.order.{name}"), on_click=_set_order, args=(given,), key=f"pos-{name}")
        chosen = st.toggle(t("positions.with"), key="pos_with", persist_state="session")
    a, b = runs[chosen]
    shape = f"{len(order)} × {a.output.shape[1]}"
    written = len(order) <= FEW_ROWS  # the first numbers of each vector; of long sentences all, as colours
    few = np.s_[:, : FEW_COLUMNS if written else None]
    columns = [str(i) for i in range(a.output[few].shape[1])]
    limit = float(np.ceil(max(np.abs(run.output[few]).max() for run in (a, b))))
    common: dict[str, Any] = {
        "columns": columns,
        "limit": limit,
        "shape": shape,
        "row_tone": "source",
        "picture": not written,
        "aspect": 1.5,
    }
    space = "" if trace.source_language in UNSPACED else " "
    texts = [space.join(surface(trace.source_spelling.word(*trace.source_words[n])) for n in order)
             for order in (words, moved)]  # fmt: skip
    names = [list(map(surface, run.pieces)) for run in (a, b)]
    told = [f"{text} → {run.text}" if written else "" for text, run in zip(texts, (a, b), strict=True)]
    shown = [
        matrix("Z", a.output[few], rows=names[0], caption=told[0], **common),
        matrix("Z′", b.output[few], rows=names[1], caption=told[1], **common),
        matrix(
            "Z′ − Z", (b.output - a.output[list(order)])[few], rows=names[1], caption=t("positions.z.apart"), **common
        ),
    ]
    matrices(shown, key="pos-shuffle", title=t("positions.shuffle.title"))
    if len(words) < 2:
        st.info(t("positions.one_word"))
    same = apart[False].max() < 1e-5
    left, right = st.columns([1, 1], gap="medium")
    left.markdown(t("positions.shuffle.same" if same else "positions.shuffle.other", apart=small(apart[False].max()),
                  count=apart[False].size, others=f"{apart[True].max():.2f}"))  # fmt: skip
    for flag, name in ((True, "yes"), (False, "no")):
        lines = [f"- {plain(text)} → **{plain(run.text) or '–'}**" for text, run in zip(texts, runs[flag], strict=True)]
        right.markdown("\n".join([t(f"positions.with.{name}"), "", *lines]))

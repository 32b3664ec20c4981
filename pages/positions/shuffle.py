"""The encoder's output for another word order, with positions and without."""

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
from pages.positions.common import FEW_COLUMNS, FEW_ROWS, page_part, question_row, valid_value
from pages.ui import cache
from pages.ui.catalogue import plain, small, t
from pages.ui.matrices import matrices, matrix


@cache.cached(128)
def reordered(request: Request, order: tuple[int, ...], positions: bool) -> Reordered:
    """Run the encoder and the translation for a sentence's pieces in another order. Raises `HeadlightError`."""
    return cache.read_only(cache.model(request.model).reordered(cache.trace(request), order, positions))


def _current_order(trace: core.Trace, words: list[int]) -> list[int]:
    """Return the words in the chosen order, at first reversed except for punctuation, which keeps its place."""
    order = valid_value("pos_order", lambda order: len(order) == len(words))
    if order is not None:
        return list(order)
    reversible = [i for i in words if any(c.isalnum() for c in trace.source_spelling.word(*trace.source_words[i]))]
    replaced_by = dict(zip(reversible, reversed(reversible), strict=True))
    return [replaced_by.get(i, i) for i in words]


def _set_order(words: Sequence[int] | None) -> None:
    st.session_state["pos_order"] = None if words is None else tuple(words)


def _shuffled(words: list[int], current: list[int]) -> list[int]:
    """Return a random order, which differs from the current and the typed one if there is another."""
    for _ in range(20):
        order = random.sample(words, len(words))
        if order not in (current, words):
            break
    return order


@page_part
def show_shuffle(request: core.Request, trace: core.Trace) -> None:
    """Show the encoder's output and the translation for another word order, with positions and without."""
    words = list(range(len(trace.source_words) - 1))  # </s> stays at the end
    reordered_words = _current_order(trace, words)
    spans = [range(*trace.source_words[i]) for i in (*reordered_words, len(words))]
    order = tuple(place for span in spans for place in span)
    typed = tuple(range(len(order)))
    with st.spinner(t("sentence.working"), show_time=False):
        runs = {flag: [reordered(request, given, flag) for given in (typed, order)] for flag in (True, False)}
    differences = {flag: np.abs(b.output - a.output[list(order)]) for flag, (a, b) in runs.items()}
    (controls,) = question_row("shuffle", 6)
    with controls.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name, given in (("shuffle", _shuffled(words, reordered_words)), ("typed", words), ("reverse", None)):
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
             for order in (words, reordered_words)]  # fmt: skip
    names = [list(map(surface, run.pieces)) for run in (a, b)]
    captions = [f"{text} → {run.text}" if written else "" for text, run in zip(texts, (a, b), strict=True)]
    items = [
        matrix("Z", a.output[few], rows=names[0], caption=captions[0], **common),
        matrix("Z′", b.output[few], rows=names[1], caption=captions[1], **common),
        matrix(
            "Z′ − Z", (b.output - a.output[list(order)])[few], rows=names[1], caption=t("positions.z.apart"), **common
        ),
    ]
    matrices(items, key="pos-shuffle", title=t("positions.shuffle.title"))
    if len(words) < 2:
        st.info(t("positions.one_word"))
    same = differences[False].max() < 1e-5
    left, right = st.columns([1, 1], gap="medium")
    left.markdown(t("positions.shuffle.same" if same else "positions.shuffle.other", apart=small(differences[False].max()),
                  count=differences[False].size, others=f"{differences[True].max():.2f}"))  # fmt: skip
    for flag, name in ((True, "yes"), (False, "no")):
        lines = [f"- {plain(text)} → **{plain(run.text) or '–'}**" for text, run in zip(texts, runs[flag], strict=True)]
        right.markdown("\n".join([t(f"positions.with.{name}"), "", *lines]))

"""Where an output piece comes from: contributions of the source and of what is already written, by four methods."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import streamlit as st

import core
from core.records.contributions import METHODS, Contributions
from core.request import Request
from core.text import surface
from pages.ui import cache
from pages.ui.catalogue import plain, signed, t
from pages.ui.controls import choose_index, choose_one
from pages.ui.matrices import Matrix, matrices, matrix
from pages.words.common import page_part

MEASURED = {"correlation": "single", "summed": "summed"}
"""The rank correlations of a card's contributions and their names: of single output words, and of their sum."""

ERRORS = {"correlation": "error", "summed": "summed_error"}
"""Half the 95 % interval of each."""


@cache.cached(64)
def contributions(request: Request, method: str) -> Contributions:
    """Return the contributions to each output piece of a run. Raises `HeadlightError`."""
    return cache.model(request.model).contributions(cache.trace(request), method)


@cache.cached(64)
def losses(request: Request) -> np.ndarray:
    """Return what each output piece loses when a source word is masked, (T, words). Raises `HeadlightError`."""
    return cache.model(request.model).word_importance(cache.trace(request))


@page_part
def show_origin(request: core.Request, trace: core.Trace) -> None:
    """Show contributions by the chosen method, beside what each output piece loses when a source word is masked."""
    st.markdown(t("words.origin.text"))
    method = choose_one(t("words.origin.method"), METHODS, "words_method", lambda name: t(f"words.origin.{name}"))
    st.markdown(t(f"words.origin.{method}.is"))
    found = contributions(request, method)
    matrices(_pictures(found), key="words-origin", title=t("words.origin.picture", method=t(f"words.origin.{method}")))
    step = choose_index("words_step", t("words.step"), len(found.output_pieces), 2, st.container())
    st.markdown(_sentence(found, step))
    _show_losses(request, trace, step)
    _show_agreement(cache.cards()[request.model].contributions)


def _names(pieces: tuple[str, ...]) -> list[str]:
    return [f"{i}: {surface(piece)}" for i, piece in enumerate(pieces, 1)]


def _pictures(found: Contributions) -> list[Matrix]:
    """Return the contributions of the source and of the output so far, and the share of the source if it is known."""
    rows = _names(found.output_pieces)
    sources, inputs = [*map(surface, found.source_pieces)], [*map(surface, found.input_pieces)]
    later = np.triu(np.ones_like(found.target, dtype=bool), 1)
    drawn = functools.partial(
        matrix, rows=rows, scale="weights", limit=1.0, shape="", row_tone="target", row_group="steps"
    )
    items = [
        drawn(t("words.origin.source"), found.source, columns=sources, column_tone="source", column_group="source"),
        drawn(t("words.origin.target"), np.where(later, np.nan, found.target), columns=inputs, column_tone="target",
              column_group="inputs", follows=True, masked_as=""),
    ]  # fmt: skip
    if found.compares:
        share = found.source_share[:, None]
        items.append(drawn(t("words.origin.share"), share, columns=[t("words.origin.sum")], follows=True))
    return items


def _sentence(found: Contributions, step: int) -> str:
    """Say what the piece at this step comes from."""
    source, target = found.source[step], found.target[step]
    values = {
        "written": plain(surface(found.output_pieces[step])),
        "piece": plain(surface(found.source_pieces[int(source.argmax())])),
        "value": f"{source.max():.2f}",
        "before": plain(surface(found.input_pieces[int(target.argmax())])),
        "before_value": f"{target.max():.2f}",
    }
    if not found.compares:
        return t("words.origin.found", **values)
    share = float(found.source_share[step])
    return t("words.origin.found.shares", **values, source=f"{share:.0%}", target=f"{1 - share:.0%}")


def _show_losses(request: core.Request, trace: core.Trace, step: int) -> None:
    """Show the log-probability that each output piece loses when a source word is masked."""
    lost = losses(request)
    words = [
        "".join(map(surface, trace.source_labels[start:end]))
        for start, end in trace.source_words
        if start not in trace.source_specials
    ]
    if not words:
        return
    st.markdown(t("words.origin.losses"))
    matrices(
        [
            matrix(t("words.origin.loss"), lost, rows=_names(trace.output_labels), columns=words, digits=1, shape="",
                   row_tone="target", column_tone="source", row_group="steps", column_group="words")
        ],
        key="words-losses",
        title=t("words.origin.losses.picture"),
    )  # fmt: skip
    most = int(lost[step].argmax())
    st.markdown(
        t("words.origin.lost", written=plain(surface(trace.output_labels[step])), word=plain(words[most]),
          value=signed(lost[step, most], 1))
    )  # fmt: skip


def _show_agreement(measured: Mapping) -> None:
    """Show how well each method agrees with the losses, as measured on a dev set, if the card has it."""
    methods = measured.get("methods") or {}
    if not methods:
        return
    names = [name for name in METHODS if name in methods]
    numbers = np.array([[methods[name][column] for column in MEASURED] for name in names])
    errors = np.array([[methods[name][ERRORS[column]] for column in MEASURED] for name in names])
    st.markdown(t("words.origin.measured", sentences=f"{measured['sentences']:,}", words=f"{measured['words']:,}"))
    matrices(
        [
            matrix(
                t("words.origin.correlation"), numbers, scale="weights", limit=1, shape="",
                rows=[t(f"words.origin.{name}") for name in names],
                columns=[t(f"words.origin.{label}") for label in MEASURED.values()],
                texts=[[f"{number:.3f} ± {error:.3f}" for number, error in zip(*row, strict=True)]
                       for row in zip(numbers, errors, strict=True)],
            )
        ],
        key="words-agreement",
        title=t("words.origin.correlation"),
    )  # fmt: skip
    st.caption(t("words.origin.ignored"))

"""Code that several parts of the page share: names of half-steps, and the choice of a layer."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.examples import everyday
from core.records.stream import HalfStep
from pages.block.fields import FIELDS
from pages.ui import cache, lecture, session
from pages.ui.catalogue import t
from pages.ui.controls import choose_index

page_part = lecture.part(FIELDS)

FEW_COLUMNS = 4
"""Numbers of a vector that are written where there is no room for all."""


MEASURED = 200
"""Largest number of sentences on which units and positions are measured, so that nobody waits long."""


@cache.cached(32)
def corpus(name: str) -> tuple[tuple[str, ...], str]:
    """Return sentences to measure a model on, and what they are, as a key of the catalogue.

    They are those of the dev set that the model's folder holds as examples of its heads, evenly over all of them, or else
    everyday sentences of our own.
    """
    with contextlib.suppress(core.HeadlightError):  # a damaged file is reported where the heads are shown
        if found := core.read_corpus_heads(name):
            step = max(1, len(found.texts) // MEASURED)
            return tuple(text.source for text in found.texts[::step][:MEASURED]), "block.corpus.dev"
    return everyday(cache.cards()[name].source_language), "block.corpus.own"


def step_name(step: HalfStep, short: bool = False) -> str:
    """Return the name of a half-step, with its layer counted from 1, for a sentence or short for an axis."""
    kind = step.name.rpartition(" ")[2]
    name = t(f"block.tick.{kind}" if short else f"block.step.{kind}")
    if step.layer < 0:
        return name
    layer = step.layer + 1
    return f"L{layer} {name}" if short else t("block.step", layer=layer, name=name)


def percent(share: float) -> str:
    """Write a share with a minus sign (U+2212), and 0 without one."""
    return f"{round(100 * float(share))}%".replace("-", "−")


def first_word(pieces: Sequence[str]) -> int:
    """Return the index of the piece that is shown at first: the second one with letters, or else the last."""
    return next((i for i, piece in enumerate(pieces) if i and any(map(str.isalnum, piece))), len(pieces) - 1)


def choose_layer(layers: int, place: DeltaGenerator) -> int:
    """Show the choice of a layer of the encoder, at first the second, and return its index."""
    return choose_index("block_layer", t("block.choose_layer"), layers, 1, place)


def valid_index(name: str, count: int, default: int) -> int:
    """Return the index that the session keeps as `name`, or the default after a reset if there is no such index."""
    if (st.session_state[name] or 0) >= count:
        session.reset_field(name)
    if st.session_state[name] is None:
        st.session_state[name] = min(default, count - 1)
    return st.session_state[name]

"""Code that several parts of the page share: the record of a model, its heads by name, and their numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

import core
from core.config import KINDS
from core.records.corpus_heads import CorpusHead, CorpusHeads
from core.zoo import CORPUS_HEADS, find_folder
from pages.corpus.fields import ALL
from pages.ui import cache, session
from pages.ui.catalogue import signed, t

Place = tuple[str, int, int]
"""Kind, layer and head, both from 0."""

DIGITS = {"importance": 3, "layer": 0}
"""Decimals of numbers that do not have two."""


@cache.cached(16)
def record(name: str) -> CorpusHeads | None:
    """Return what all heads of a model do over a corpus, None if nobody has measured it. Raises `HeadlightError`."""
    return core.read_corpus_heads(name)


def measured() -> list[str]:
    """Return the names of the models that have such a record."""
    return [name for name in cache.usable() if (find_folder(name) / CORPUS_HEADS).is_file()]


def place_of(head: CorpusHead) -> Place:
    """Return what names a head."""
    return head.kind, head.layer, head.head


def find(found: CorpusHeads, place: Place) -> CorpusHead | None:
    """Return the head of this name, None if there is none."""
    return next((head for head in found.heads if place_of(head) == tuple(place)), None)


def name_of(place: Place) -> str:
    """Return a head's name on screen."""
    kind, layer, head = place
    return t("corpus.name", kind=t(f"kind.{kind}"), layer=layer + 1, head=head + 1)


def value_of(model: str, head: CorpusHead, number: str) -> float:
    """Return one number of a head, NaN if it was not measured; layers count from 1, as on screen."""
    if number == "layer":
        return head.layer + 1
    if number == "entropy":
        kinds = cache.cards()[model].heads.get("kinds", {})
        table = kinds.get(head.kind, {}).get("measures", {}).get("entropy")
        value = table[head.layer][head.head] if table else None
        return math.nan if value is None else float(value)
    return float(getattr(head, number))


def written(number: str, value: float) -> str:
    """Write a number of a head, with a real minus sign; a dash if it was not measured."""
    if math.isnan(value):
        return "–"
    return signed(value, DIGITS.get(number, 2))


def in_order(model: str, heads: Sequence[CorpusHead], number: str) -> list[CorpusHead]:
    """Return heads from the largest number to the smallest; those that have none are the last."""

    def key(head: CorpusHead) -> tuple[bool, float, int, int, int]:
        value = value_of(model, head, number)
        missing = math.isnan(value)
        return missing, 0.0 if missing else -value, KINDS.index(head.kind), head.layer, head.head

    return sorted(heads, key=key)


def filtered(found: CorpusHeads) -> list[CorpusHead]:
    """Return the heads of the chosen role and kind."""
    role, kind = st.session_state["corpus_role"], st.session_state["corpus_kind"]
    return [head for head in found.heads if role in (ALL, head.role) and kind in (ALL, head.kind)]


def choose_head(place: Place) -> None:
    """Make this head A. For callbacks: later in a run its control is there."""
    st.session_state.update(corpus_head=place)


def chosen(found: CorpusHeads, field: str) -> CorpusHead | None:
    """Return the head that a field names, None if it names none; one that does not exist is reset."""
    place = st.session_state[field]
    head = None if place is None else find(found, place)
    if place is not None and head is None:
        session.reset_field(field)
    return head

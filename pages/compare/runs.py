"""What is compared: two runs, and what can be changed on a side."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

import core
from core.analysis import word
from core.config import KINDS
from core.records.trace import Trace
from pages.ui import cache, session
from pages.ui.catalogue import t
from pages.ui.sentence_box import request

PAIR = {
    "pair_kind": "kind",
    "pair_layer": "layer",
    "pair_head_a": "head_a",
    "pair_head_b": "head_b",
    "pair_step": "step",
}
"""What is chosen in the picture, by its names in the session."""

PARTS = {"word": "word", "head": "gone", "temperature": "sharpness"}
"""The changes that need to be told more, in the session under these names with _a and _b."""

NAMES = {"models": ("side_a", "side_b"), "sentences": ("other_text",), "changes": ("what_a", "what_b")}
"""By what is compared: the parts of the state that count then."""


class Run(NamedTuple):
    """One side: what it is called, and what is asked for."""

    name: str
    request: core.Request


Pair = tuple[Run, Run]

Traces = tuple[Trace, Trace]


def readers() -> list[str]:
    """The models that read the language of the app's sentence: that of the model in the sidebar."""
    return [name for name in cache.usable() if cache.cards()[name].source_language == session.source_language()]


def usual() -> tuple[str, str]:
    """The two that are best compared: one head and many, of the languages of the model in the sidebar."""
    card = cache.cards()[st.session_state["model"]]
    names = cache.by_languages()[cache.languages(card)]
    configs = {name: cache.cards()[name].config for name in names}
    one = (name for name, config in configs.items() if config.n_heads == 1 and not config.recurrent)
    return next(one, names[-1]), names[0]


def words() -> dict[tuple[int, int], str]:
    """The words of the sentence that can be masked, by their pieces; none for a sentence that cannot be used."""
    try:
        trace = cache.trace(request())
    except core.HeadlightError:
        return {}
    spans = [span for span in trace.source_words if span[0] not in trace.source_specials]
    return {span: word(trace.source_spelling, span) for span in spans}


def heads(model: str) -> list[tuple[str, int, int]]:
    """The heads that can be removed."""
    config = cache.cards()[model].config
    if config.recurrent:
        return [("cross", 0, 0)]
    return [(kind, layer, head) for kind in KINDS for layer in range(config.n_layers) for head in range(config.n_heads)]


def head_name(head: tuple[str, int, int]) -> str:
    kind, layer, number = head
    return t("compare.head", kind=t(f"kind.{kind}"), layer=layer + 1, head=number + 1)


def change_name(what: str, value: Any, possible: list[str]) -> str:
    """A change in a few words."""
    if what == "word":
        return t("compare.changed.word", word=possible[value] if value is not None else "–")
    if what == "head":
        return t("compare.changed.head", head=value[2] + 1, layer=value[1] + 1)
    if what == "temperature":
        return t("compare.changed.temperature", value=f"{value:g}")
    return t(f"compare.what.{what}")


def compute(runs: Pair) -> Traces:
    """Both Traces. Raises `HeadlightError`."""
    a, b = (cache.trace(run.request) for run in runs)
    return a, b


def intervention(what: str, value: Any) -> core.Intervention | None:
    """One of `CHANGES` as an Intervention. value: a word's pieces, a head, or an attention temperature"""
    if what == "word":
        return core.Intervention(masked_source=range(*value)) if value else None
    if what == "head":
        return core.Intervention(ablate={value: "zero"})
    if what == "temperature":
        return core.Intervention(temperature=value)
    return core.Intervention(positions=what != "positions", causal=what != "causal")


def names() -> list[str]:
    """The parts of the state that this page's address names, as it stands."""
    mode = st.session_state["compare"]
    own = list(NAMES[mode])
    if mode == "changes":
        changes = {side: st.session_state[f"what_{side}"] for side in "ab"}
        own += [f"{PARTS[change]}_{side}" for side, change in changes.items() if change in PARTS]
    return ["compare", *own, "difference", *PAIR, "below", "over"]

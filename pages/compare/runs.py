"""The two runs of a comparison, and the changes of a run."""

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
    "pair_row": "row",
    "pair_view": "view",
}
"""Names of the picture's state in the session."""

PARTS = {"word": "word", "head": "gone", "temperature": "sharpness"}
"""Changes with a value, which the session keeps under these names with _a and _b."""

NAMES = {"models": ("side_a", "side_b"), "sentences": ("other_text",), "changes": ("what_a", "what_b")}
"""Fields of each kind of comparison."""


class Run(NamedTuple):
    """One side: its name and its Request."""

    name: str
    request: core.Request


Pair = tuple[Run, Run]

Traces = tuple[Trace, Trace]


def comparable_models() -> list[str]:
    """Return the models with the source language of the chosen model, so that they can translate the app's sentence."""
    return [name for name in cache.usable() if cache.cards()[name].source_language == session.source_language()]


def default_models() -> tuple[str, str]:
    """Return a model with one head and one with many, for the languages of the chosen model."""
    card = cache.cards()[st.session_state["model"]]
    names = cache.by_languages()[cache.languages(card)]
    configs = {name: cache.cards()[name].config for name in names}
    single_head = (name for name, config in configs.items() if config.n_heads == 1 and not config.recurrent)
    return next(single_head, names[-1]), names[0]


def maskable_words() -> dict[tuple[int, int], str]:
    """Return the words of the sentence that can be masked, by their spans; none if it cannot be translated."""
    try:
        trace = cache.trace(request())
    except core.HeadlightError:
        return {}
    spans = [span for span in trace.source_words if span[0] not in trace.source_specials]
    return {span: word(trace.source_spelling, span) for span in spans}


def removable_heads(model: str) -> list[tuple[str, int, int]]:
    """Return the heads of a model: kind, layer, head."""
    config = cache.cards()[model].config
    if config.recurrent:
        return [("cross", 0, 0)]
    return [(kind, layer, head) for kind in KINDS for layer in range(config.n_layers) for head in range(config.n_heads)]


def head_name(head: tuple[str, int, int]) -> str:
    """Return the name of a head, short enough for a menu."""
    kind, layer, number = head
    return t("compare.head", kind=t(f"compare.kind.{kind}"), layer=layer + 1, head=number + 1)


def change_name(what: str, value: Any, words: list[str]) -> str:
    """Return the name of a change; `value` is an index of `words`, a head or a temperature."""
    if what == "word":
        return t("compare.changed.word", word=words[value] if value is not None else "–")
    if what == "head":
        kind, layer, head = value
        return t("compare.changed.head", kind=t(f"compare.kind.{kind}"), layer=layer + 1, head=head + 1)
    if what == "temperature":
        return t("compare.changed.temperature", value=f"{value:g}")
    return t(f"compare.what.{what}")


def compute(runs: Pair) -> Traces:
    """Return both Traces. Raises `HeadlightError`."""
    a, b = (cache.trace(run.request) for run in runs)
    return a, b


def intervention(what: str, value: Any) -> core.Intervention | None:
    """Return one of `CHANGES` as an Intervention; `value` is the span of a word, a head or an attention temperature."""
    if what == "word":
        return core.Intervention(masked_source=range(*value)) if value else None
    if what == "head":
        return core.Intervention(ablate={value: "zero"})
    if what == "temperature":
        return core.Intervention(temperature=value)
    return core.Intervention(positions=what != "positions", causal=what != "causal")


def address_fields() -> list[str]:
    """Return the fields of the page's present address."""
    mode = st.session_state["compare"]
    own = list(NAMES[mode])
    if mode == "changes":
        changes = {side: st.session_state[f"what_{side}"] for side in "ab"}
        own += [f"{PARTS[change]}_{side}" for side, change in changes.items() if change in PARTS]
    return ["compare", *own, "difference", *PAIR, "below", "over"]

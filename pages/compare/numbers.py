"""Measures of the heads, and the models' scores."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import core
from core.analysis import measures
from core.records.trace import Trace
from pages.compare.runs import Pair, Run, Traces
from pages.ui import cache
from pages.ui.catalogue import plain, signed, t
from pages.ui.pair import AVERAGE

UNBROKEN = "\u00a0"
"""A space without a line break."""

MEASURES = ("entropy", "top_word_share", "divergence", "diagonality", "on_specials", "agreement")


def show_scores(models: list[str]) -> None:
    """Show the scores on the models' cards."""
    cards = [cache.cards()[name] for name in dict.fromkeys(models)]

    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    rows = {
        card.name: {
            t("compare.sentences"): f"{card.scores['sentences']:,}" if "sentences" in card.scores else "–",
            t("compare.bleu"): number(card.scores.get("greedy", {}).get("bleu")),
            t("compare.chrf"): number(card.scores.get("greedy", {}).get("chrf")),
            t("compare.perplexity"): number(card.scores.get("perplexity")),
            t("compare.parameters"): f"{card.parameters:,}",
            t("compare.heads"): heads_and_width(card),
        }
        for card in cards
    }
    st.table(pd.DataFrame.from_dict(rows, orient="index"))
    st.caption(t("compare.scores"))
    if len(cards) > 1 and len({card.parameters for card in cards}) == 1:
        st.caption(t("compare.scores.same"))


def heads_and_width(card: core.ModelCard) -> str:
    """Return h and d_k in words; a recurrent model has neither."""
    config = card.config
    return "–" if config.recurrent else f"{config.n_heads} × {config.d_model // config.n_heads}"


def row_name(head: int | str) -> str:
    """Return the name of a head, or of the average of all, in the table."""
    return t("compare.averaged") if isinstance(head, str) else t("compare.head_n", n=head + 1).replace(" ", UNBROKEN)


def averaged(trace: Trace, kind: str) -> Trace:
    """Return the run with the average of its heads as its only head, to measure the average map."""
    return dataclasses.replace(trace, **{kind: getattr(trace, kind).mean(1, keepdims=True)})


def sentence_numbers(run: Run, trace: Trace, kind: str, layer: int) -> dict[str, dict[str, float]]:
    """Return the rows of one side: each head, and if there are several their mean and their average map."""
    shape = getattr(trace, kind).shape[:2]
    if not all(shape):
        return {}
    layer = min(layer, shape[0] - 1)
    alignment = cache.alignment(run.request.model, trace) if kind == "cross" else None
    rows = by_head({name: table[layer] for name, table in measures(trace, kind, alignment).items()})
    if shape[1] > 1:
        own = measures(averaged(trace, kind), kind, alignment)
        rows[row_name(AVERAGE)] = {name: float(table[layer, 0]) for name, table in own.items()}
    return rows


def corpus_numbers(model: str, kind: str, layer: int) -> dict[str, dict[str, float]]:
    """The same from the model's card: means over the sentences that it was measured on."""
    numbers = cache.cards()[model].heads.get("kinds", {}).get(kind)
    if not numbers:
        return {}
    tables = {name: np.array(rows, float) for name, rows in numbers["measures"].items()}  # None becomes NaN
    return by_head({name: table[min(layer, len(table) - 1)] for name, table in tables.items()})


def by_head(measured: Mapping[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """Return a row of the table for each head of a layer, and one for their mean if there are several.

    Args:
        measured: Numbers (heads,) by the name of the measure.
    """
    count = len(measured["entropy"])
    rows = {row_name(head): {name: float(values[head]) for name, values in measured.items()} for head in range(count)}
    if count > 1:
        valid = {name: values[~np.isnan(values)] for name, values in measured.items()}
        rows[t("compare.mean", n=count)] = {name: float(v.mean()) if v.size else math.nan for name, v in valid.items()}
    return rows


def table(
    sides: Mapping[str, Mapping[str, Mapping[str, float]]], kind: str, bold: set[tuple[str, str]]
) -> pd.DataFrame:
    """Return a table of heads and measures with two decimals, – for undefined ones; rows (side, name) in `bold` are bold."""
    columns = [name for name in MEASURES if name != "agreement" or kind == "cross"]

    def text(value: float | None) -> str:
        return "–" if value is None or math.isnan(value) else signed(value)

    def cell(value: str, is_bold: bool) -> str:
        return f"**{value}**" if is_bold else value

    rows = {}
    for side, heads in sides.items():
        for row, numbers in heads.items():
            is_bold = any((letter, row) in bold for letter in side)
            values = {t(f"compare.measure.{name}"): cell(text(numbers.get(name)), is_bold) for name in columns}
            rows[cell(f"{side}{UNBROKEN}·{UNBROKEN}{row}", is_bold)] = values
    return pd.DataFrame.from_dict(rows, orient="index")


def show_numbers(runs: Pair, traces: Traces, state: dict[str, Any], corpus: bool) -> None:
    """Show the measures of the heads of a layer; those of the heads in the picture are bold.

    Args:
        runs, traces: The two sides.
        state: State of the picture.
        corpus: Whether to show the cards' numbers over the dev set instead of those of the sentence.
    """
    kind, layer = state["kind"], state["layer"]
    st.markdown(t("compare.numbers.where", kind=t(f"kind.{kind}"), layer=layer + 1))
    if corpus:
        sides = {letters: corpus_numbers(model, kind, layer) for letters, model in by_model(runs).items()}
        show_corpus_source(runs)
    else:
        sides = {
            letter: sentence_numbers(run, trace, kind, layer)
            for letter, run, trace in zip("AB", runs, traces, strict=True)
        }
    for side, rows in sides.items():
        if not rows and not corpus:
            st.caption(t("compare.no_kind", side=side, kind=t(f"kind.{kind}")))
    heads = zip("AB", (state["head_a"], state["head_b"]), strict=True)
    if any(sides.values()):
        st.table(table(sides, kind, {(letter, row_name(head)) for letter, head in heads}))
    st.markdown(t("compare.definitions"))


def by_model(runs: Pair) -> dict[str, str]:
    """Return the models of the two sides by the letters of the sides, by both letters if it is one model."""
    a, b = (run.request.model for run in runs)
    return {"A, B": a} if a == b else {"A": a, "B": b}


def show_corpus_source(runs: Pair) -> None:
    """State over which sentences the cards' numbers are means."""
    for side, name in by_model(runs).items():
        heads = cache.cards()[name].heads
        if heads:
            st.caption(t("compare.corpus.sentences", side=side, name=plain(name), sentences=heads["sentences"]))
        else:
            st.caption(t("compare.no_corpus", name=plain(name)))

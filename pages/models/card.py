"""One model's card: an example of each set, its limits, training and data."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.analysis.reach import SHORT_WORDS
from core.card import ModelCard
from core.plots import training_curve
from pages.models.scores import score_of, set_name
from pages.ui.catalogue import plain, t
from pages.ui.charts import show, theme

IN_A_ROW = 3
"""Sets per row."""

REASONS = {"length": "{:g}", "spelled": "{:.0%}", "probability": "{:.2f}"}
"""Limits of a card's `reach` and their formats."""


def show_expectations(card: ModelCard) -> None:
    """Show one model's scores and an example for each set, and its limits."""
    if not card.sets and not card.reach:
        return
    st.subheader(t("models.expect", name=plain(card.name)))
    if card.sets:
        st.markdown(t("models.expect.text"))
    sets = list(card.sets.items())
    for start in range(0, len(sets), IN_A_ROW):
        columns = st.columns(min(IN_A_ROW, len(sets)), gap="small")
        for column, (name, values) in zip(columns, sets[start : start + IN_A_ROW], strict=False):
            with column.container(border=True, height="stretch"):
                _show_set(name, values)
    show_reach(card.reach)


def _show_set(name: str, values: Mapping) -> None:
    """Show a set's scores, and one of its sentences with its reference and the model's translation."""

    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    st.markdown(f"**{plain(set_name(name))}**")
    st.markdown(t("models.set.scores", bleu=number(score_of(values, "bleu")), chrf=number(score_of(values, "chrf"))))
    more = [
        t("models.set.more", perplexity=number(values.get("perplexity")), sentences=f"{values.get('sentences', 0):,}")
    ]
    if values.get("beam"):
        more.append(t("models.set.beam", bleu=number(score_of(values, "bleu", "beam"))))
    st.caption("  \n".join(more))
    example = values.get("example") or {}
    for part in ("source", "reference", "output"):
        if example.get(part):
            colour = "blue" if part == "source" else "orange"
            label = f":{colour}[**{t(f'models.example.{part}')}**]"
            st.markdown(f"{label}  \n{plain(example[part])}")


def show_reach(limits: Mapping) -> None:
    """Show a card's limits, and the measurements behind them."""
    formats = {name: how for name, how in REASONS.items() if isinstance(limits.get(name), int | float)}
    if not formats:
        return
    words = [
        t(f"models.reach.{name}", limit=how.format(limits[name]).removesuffix("%")) for name, how in formats.items()
    ]
    sentences = [t("models.reach.text", limits=t("models.reach.and").join(words))]
    if {"probability", "short"} <= limits.keys():
        sentences.append(
            t("models.reach.short", words=SHORT_WORDS, limit=REASONS["probability"].format(limits["short"]))
        )
    measured = limits.get("measured") or {}
    if {"poor_below", "sentences", "flagged", "poor_flagged", "poor_others"} <= measured.keys():
        shares = {
            "flagged": f"{100 * measured['flagged']:.0f}",
            "poor": f"{100 * measured['poor_flagged']:.0f}",
            "others": f"{100 * measured['poor_others']:.0f}",
        }
        counts = {"bound": f"{measured['poor_below']:g}", "sentences": f"{measured['sentences']:,}"}
        sentences.append(t("models.reach.poor", **counts, **shares))
    if {"bleu_flagged", "bleu_others"} <= measured.keys():
        scores = {name: f"{measured[f'bleu_{name}']:.2f}" for name in ("flagged", "others")}
        sentences.append(t("models.reach.bleu", **scores))
    st.markdown(f"**{t('models.reach')}**")
    st.markdown(" ".join(sentences))


def show_training(card: ModelCard) -> None:
    """Show a model's training and data, if they are known."""
    record = card.training
    if not record.get("history"):
        if card.sources or card.data:
            with st.expander(t("models.sources", name=card.name)):
                _show_data(card)
        return
    with st.expander(t("models.training", name=card.name)):
        st.write(
            t("models.training.text", **{k: record[k] for k in ("pairs", "steps", "minutes", "device", "weights")})
        )
        show(
            training_curve(record["history"], t("models.epoch"), t("models.perplexity"), theme()),
            key=f"curve-{card.name}",
            alt=t("models.curve"),
        )
        _show_data(card)


def _show_data(card: ModelCard) -> None:
    """Show all training data of a model, with licences and credits."""
    if not card.sources:
        st.write(t("models.data", **{name: card.data.get(name) or "–" for name in ("credit", "licence")}))
        return
    st.markdown(f"**{t('models.sources', name=plain(card.name))}**")
    lines = []
    for source in card.sources:
        pairs, weight = source.get("pairs"), source.get("weight", 1.0)
        parts = [
            t("models.source.pairs", pairs=f"{pairs:,}") if pairs is not None else "",
            t("models.source.weight", weight=f"{weight:g}") if weight != 1 else "",
            plain(source.get("licence") or ""),
            plain(source.get("credit") or ""),
        ]
        name = plain(source.get("title") or source.get("name", "–"))
        lines.append(f"- **{name}** · {' · '.join(filter(None, parts))}")
    st.markdown("\n".join(lines))

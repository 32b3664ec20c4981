"""All models in tables: architectures, sizes and scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import streamlit as st

from core.card import ModelCard
from pages.ui.catalogue import catalogue, language, t

SCORES = ("bleu_greedy", "bleu_beam", "chrf", "perplexity")


def show_overview(cards: Sequence[ModelCard]) -> None:
    """Show architectures, sizes and scores of all models."""
    rows = [
        {
            "name": card.name,
            "languages": f"{card.source_language} → {card.target_language}",
            "architecture": t(f"models.architecture.{card.config.architecture}"),
            "layers": card.config.n_layers,
            "heads": None if card.config.recurrent else card.config.n_heads,
            "parameters": f"{card.parameters:,}",
            "bleu_greedy": card.scores.get("greedy", {}).get("bleu"),
            "bleu_beam": card.scores.get("beam", {}).get("bleu"),
            "chrf": card.scores.get("greedy", {}).get("chrf"),
            "perplexity": card.scores.get("perplexity"),
            "sentences": card.scores.get("sentences"),
        }
        for card in cards
    ]
    _show_table(
        {t(f"models.{name}"): [row[name] for row in rows] for name in rows[0]}, [t(f"models.{name}") for name in SCORES]
    )
    st.caption(t("models.how"))


def _show_table(columns: Mapping[str, list], scores: Iterable[str]) -> None:
    """Show a table with names in its first column and scores in the columns of `scores`; a wide one scrolls."""
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        placeholder="–",
        width="stretch",
        column_config={
            next(iter(columns)): st.column_config.TextColumn(pinned=True),
            **{name: st.column_config.NumberColumn(format="%.2f") for name in scores},
        },
    )


def set_name(name: str) -> str:
    """Return the name of a dev set in the visitor's language; a set without text keeps its own name."""
    return catalogue(language()).get(f"models.set.{name}", name)


def show_sets(cards: Sequence[ModelCard]) -> None:
    """Show the BLEU scores of all models on each set, one column per set."""
    measured = [card for card in cards if card.sets]
    if not measured:
        return
    names = list(dict.fromkeys(name for card in measured for name in card.sets))
    st.subheader(t("models.sets"))
    columns = {set_name(name): [score_of(card.sets.get(name, {}), "bleu") for card in measured] for name in names}
    _show_table({t("models.name"): [card.name for card in measured], **columns}, columns)
    st.caption(t("models.sets.how"))


def score_of(values: Mapping, metric: str, search: str = "greedy") -> float | None:
    """Return a score of a set, None if it was not measured."""
    return (values.get(search) or {}).get(metric)

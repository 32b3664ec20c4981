"""Two figures of the paper's appendix: a long-distance dependency, and what "its" stands for."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.request import Request
from pages.figures.common import available, page_part, show_lines, show_source, weights_from, words
from pages.ui import cache
from pages.ui.catalogue import plain, t

DISTANCE = (
    "It is in this spirit that a majority of American governments have passed new laws since 2009 making the "
    "registration or voting process more difficult."
)
ANAPHORA = (
    "The Law will never be perfect, but its application should be just - this is what we are missing, in my opinion."
)


def _model() -> str:
    """Return the chosen model if it is a Transformer of ours that reads English, else the default model."""
    name = st.session_state["model"]
    card = cache.cards().get(name)
    fits = card is not None and not (card.config.recurrent or card.hosted) and card.source_language == "en"
    return name if fits else cache.DEFAULT_MODEL


def _show(key: str, sentence: str, name: str, others: tuple[str, ...]) -> None:
    """Show the lines from one word, and which head attends most from it to each of the others."""
    model = _model()
    if not available(model):
        return
    request = Request(sentence, model)
    trace = cache.trace(request)
    weights, spelled = weights_from(trace, name), words(trace)
    columns = [spelled.index(other) for other in others]
    layer, _ = np.unravel_index(int(weights[..., columns].sum(-1).argmax()), weights.shape[:2])
    show_lines(request, trace, name, int(layer))
    show_source(key, trace)
    told = []
    for other, column in zip(others, columns, strict=True):
        best = np.unravel_index(int(weights[..., column].argmax()), weights.shape[:2])
        told.append(
            t("figures.strongest", word=name, to=other, layer=best[0] + 1, head=best[1] + 1,
              weight=f"{weights[(*best, column)]:.2f}", mean=f"{weights[..., column].mean():.3f}",
              distance=abs(column - spelled.index(name)))
        )  # fmt: skip
    st.markdown("\n".join(f"- {line}" for line in told))
    st.markdown(t("figures.chance", share=f"{1 / len(spelled):.3f}", words=len(spelled), model=plain(model)))


@page_part
def show_distance() -> None:
    """Show what "making" attends to."""
    _show("distance", DISTANCE, "making", ("more", "difficult"))


@page_part
def show_anaphora() -> None:
    """Show what "its" attends to."""
    _show("anaphora", ANAPHORA, "its", ("Law", "application"))

"""One head's card: its numbers, its histogram with the visitor's sentence in it, and its pieces."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go
import streamlit as st

import core
from core.analysis.corpus import activations, key_pieces, peaks, query_pieces
from core.config import KINDS
from core.plots.theme import PALETTE, layout, vertical
from core.plots.theme import plain as plain_label
from core.records.corpus_heads import BANDS, CorpusHead, CorpusHeads, PieceShare
from core.text import surface
from pages.corpus.common import name_of, place_of, value_of, written
from pages.corpus.fields import NUMBERS
from pages.ui.catalogue import plain, t
from pages.ui.charts import theme
from pages.ui.curves import curves

HEIGHT = 300  # px
PIECES = 8
"""Number of pieces that are listed."""


def shown_piece(piece: str) -> str:
    """Return a piece as it is shown, escaped for Markdown."""
    return plain(surface(piece) or "␣")


def show_card(model: str, found: CorpusHeads, head: CorpusHead, letter: str) -> None:
    """Show a head's numbers and the pieces that it acts on and from."""
    st.subheader(f"{letter} · {name_of(place_of(head))}")
    st.caption(t("corpus.of_model", model=plain(model), n=f"{found.sentences:,}"))
    role = t("corpus.role", role=t(f"roles.{head.role}"), means=t(f"roles.means.{head.role}"))
    values = {number: value_of(model, head, number) for number in NUMBERS if number != "layer"}
    numbers = [
        f"{t(f'corpus.number.{number}')} **{written(number, value)}**"
        for number, value in values.items()
        if not math.isnan(value)
    ]
    st.markdown(f"{role}  \n{' · '.join(numbers)}")
    pieces = {"attended": head.attended, "attending": head.attending}
    st.markdown("  \n".join(t(f"corpus.{name}", pieces=_listed(shares)) for name, shares in pieces.items()))


def _listed(shares: tuple[PieceShare, ...]) -> str:
    return t("corpus.comma").join(f"**{shown_piece(share.piece)}** {share.value:.2f}" for share in shares[:PIECES])


def activation_in(trace: core.Trace, head: CorpusHead) -> float:
    """Return a head's activation in a sentence, NaN if it has none or the model has no such head."""
    if head.kind not in KINDS or getattr(trace, head.kind).shape[:2] <= (head.layer, 0):
        return math.nan
    return float(activations(peaks(trace, head.kind))[head.layer, head.head])


def band_of(activation: float) -> int:
    """Return the band that an activation is in."""
    return min(int(activation * BANDS), BANDS - 1)


def say_own(trace: core.Trace, head: CorpusHead, activation: float) -> None:
    """Say where a head stands for the visitor's sentence among those of the corpus, and its heaviest weight in it."""
    name = name_of(place_of(head))
    if math.isnan(activation):
        st.markdown(t("corpus.own.none", name=name))
        return
    band = band_of(activation)
    counts = {
        "below": head.histogram[:band],
        "same": head.histogram[band : band + 1],
        "above": head.histogram[band + 1 :],
    }
    sums = {part: f"{int(numbers.sum()):,}" for part, numbers in counts.items()}
    text = t("corpus.own", name=name, value=f"{activation:.2f}", low=f"{band / BANDS:.1f}",
             high=f"{(band + 1) / BANDS:.1f}", **sums)  # fmt: skip
    found = peaks(trace, head.kind)
    weights = found.weights[head.layer, head.head]
    at = int(weights.argmax())
    query, key = int(found.rows[at]), int(found.keys[head.layer, head.head, at])
    pair = t("corpus.pair", query=shown_piece(query_pieces(trace, head.kind)[query]),
             attended=shown_piece(key_pieces(trace, head.kind)[key]), weight=f"{weights[at]:.2f}")  # fmt: skip
    st.markdown(f"{text} {pair}")


def show_histogram(heads: list[tuple[str, CorpusHead]], own: list[tuple[str, float]]) -> None:
    """Show how many sentences are in each band of activation, for one head or two, and the visitor's sentence.

    Args:
        heads: Name and head.
        own: Name and activation of the visitor's sentence; NaN for none.
    """
    colours, figure = PALETTE[theme()], go.Figure()
    middles = [round((band + 0.5) / BANDS, 2) for band in range(BANDS)]
    for n, (name, head) in enumerate(heads):
        shares = head.histogram / max(1, int(head.histogram.sum()))
        figure.add_scatter(
            x=middles, y=[round(float(share), 4) for share in shares], mode="lines+markers", name=plain_label(name),
            line={"color": colours["heads"][(5, 6)[n]], "width": 3, "dash": ("solid", "dash")[n]},
            marker={"size": 8, "symbol": ("circle", "diamond")[n]},
            customdata=[[f"{int(count):,}"] for count in head.histogram],
        )  # fmt: skip
    at = [(plain_label(name), activation) for name, activation in own if not math.isnan(activation)]
    figure.update_layout(
        layout(theme(), height=HEIGHT, showlegend=len(heads) > 1),
        shapes=[vertical(activation, colours["muted"], dash="dot") for _, activation in at],
        annotations=[{"text": name} for name, _ in at],
    )
    bands = [f"{band / BANDS:.1f}–{(band + 1) / BANDS:.1f}" for band in range(BANDS)]
    figure.update_xaxes(title=t("corpus.number.activation"), range=[0, 1], tickvals=middles, ticktext=bands)
    figure.update_yaxes(title=t("corpus.histogram.y"), range=[0, _top(heads)])
    curves(figure, "corpus-histogram", t("corpus.histogram.alt"))


def _top(heads: list[tuple[str, CorpusHead]]) -> float:
    most = max(float((head.histogram / max(1, int(head.histogram.sum()))).max()) for _, head in heads)
    return float(np.ceil(most * 10 + 0.5) / 10)

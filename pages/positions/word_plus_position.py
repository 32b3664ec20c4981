"""The sum of word vector and position vector: one-hot vectors, directions and lengths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st

import core
from core.analysis import positions as computed
from core.config import UNK
from core.plots import position_histogram
from core.request import Request
from core.text import SPECIALS, surface
from pages.positions.common import FEW_COLUMNS, escaped, page_part, question_row, valid_value
from pages.ui import cache
from pages.ui.catalogue import plain, small, t
from pages.ui.charts import show, theme
from pages.ui.matrices import Matrix, matrices, matrix

MOST_WORDS = 20_000
"""Largest number of word vectors compared with positions; all those of a full-size model would take a gigabyte."""


class OneHot(NamedTuple):
    """One position of a source as a sum, and as one matrix times one vector; d = d_model."""

    left: np.ndarray  # (d,) word vector times sqrt(d) + position
    right: np.ndarray  # (d,) [W_I W_P] [x; p], over the whole vocabulary
    read: np.ndarray  # (d,) the real input of the first encoder layer
    words: np.ndarray  # (S, d) word vectors times sqrt(d)
    positions: np.ndarray  # (S, d)
    vocabulary: int


@cache.cached(64)
def one_hot(request: Request, position: int) -> OneHot:
    """Return one position by `core.analysis.positions.one_hot_equivalence`. Raises `HeadlightError`."""
    loaded, run = cache.model(request.model), cache.trace(request)
    w_i = loaded.embedding("source").T * loaded.config.embedding_scale
    words, places = loaded.embedded(run)
    x = np.zeros(w_i.shape[1])
    piece = run.source_pieces[position]
    x[UNK if position in run.unknown else loaded.source_tokenizer.index(piece)] = 1
    sides = computed.one_hot_equivalence(w_i, x, places.T, position)
    read = loaded.inside(run, "encoder_self", 0, 0).x_query[position]
    return cache.read_only(OneHot(*sides, read, words, places, len(x)))


@cache.cached(16)
def directions(name: str) -> tuple[computed.Directions, computed.Norms]:
    """Return angles between a model's word vectors and position vectors, and their lengths, without specials."""
    loaded = cache.model(name)
    words = loaded.embedding("source")[len(SPECIALS) :][:MOST_WORDS]  # the most frequent ones
    config = loaded.config
    table = computed.encoding(config.max_length, config.d_model, config.sinusoid)
    return cache.read_only(computed.directions(words, table)), cache.read_only(
        computed.norms(words, table, config.embedding_scale)
    )


@page_part
def show_word_plus_position(request: core.Request, trace: core.Trace) -> None:
    """Show the sum as a matrix product, and directions and lengths of word and position vectors."""
    (control,) = question_row("sum", 3)
    count = len(trace.source_pieces)
    st.session_state["pos_piece"] = valid_value("pos_piece", lambda piece: piece < count) or 0
    names = [surface(piece) for piece in trace.source_labels]
    at = control.select_slider(
        t("positions.piece"), range(count), format_func=lambda i: f"{escaped(names[i])} ({i})", key="pos_piece",
        persist_state="session",
    )  # fmt: skip
    with st.spinner(t("sentence.working"), show_time=False):
        sides = one_hot(request, at)
        found, lengths = directions(request.model)
    _show_one_hot(sides, names, trace, at)
    config = cache.cards()[request.model].config
    st.subheader(t("positions.directions"), anchor=False)
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with left:
        labels = (t("positions.directions.model"), t("positions.directions.chance"))
        figure = position_histogram(
            found.edges, (found.model, found.chance), labels, t("positions.cosine"), theme=theme()
        )
        show(figure, "pos-cosines", t("positions.directions"))
    extreme = surface(cache.model(request.model).source_tokenizer.pieces[found.word + 4])
    right.markdown(
        t("positions.directions.text", mean=f"{found.mean:+.3f}".replace("-", "−"), deviation=f"{found.deviation:.3f}",
          chance=f"{found.chance_deviation:.3f}", formula=f"{config.d_model**-0.5:.3f}", d_model=config.d_model,
          pairs=f"{len(lengths.embedding) * len(lengths.positions):,}", near=f"{found.near:.0%}", chance_near=f"{found.chance_near:.1%}",
          word=plain(extreme), position=found.position, extreme=f"{found.extreme:+.2f}".replace("-", "−"))
    )  # fmt: skip
    st.subheader(t("positions.lengths"), anchor=False)
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    edges = np.linspace(0, float(np.ceil(lengths.scaled.max())), 120)
    shares = [np.histogram(values, edges)[0] / len(values) for values in (lengths.scaled, lengths.embedding)]
    with left:
        labels = (t("positions.lengths.after", d_model=config.d_model), t("positions.lengths.before"))
        marks = {t("positions.lengths.position"): float(lengths.positions[0])}
        figure = position_histogram(edges, shares, labels, t("positions.norm"), marks, theme())
        show(figure, "pos-norms", t("positions.lengths"))
    before, after = float(np.median(lengths.embedding)), float(np.median(lengths.scaled))
    position = float(lengths.positions[0])
    right.markdown(
        t("positions.lengths.text", before=f"{before:.2f}", after=f"{after:.2f}", position=f"{position:.2f}",
          d_model=config.d_model, root=f"{config.d_model**0.5:.2f}", louder=f"{position / before:.1f}",
          half=f"{after / position:.1f}")
    )  # fmt: skip


def _show_one_hot(found: OneHot, names: list[str], trace: core.Trace, at: int) -> None:
    """Show word vector plus position vector as one matrix times one vector, for piece `at` of the source."""
    few_places = sorted({*range(min(len(names), 4)), at})
    distinct = list(dict.fromkeys(trace.source_pieces[i] for i in few_places))
    few = np.s_[:FEW_COLUMNS]
    rows = [str(i) for i in range(FEW_COLUMNS)]
    w_i = np.stack([found.words[trace.source_pieces.index(piece)] for piece in distinct], 1)[few]
    w_p = found.positions[few_places].T[few]
    limit = float(np.ceil(max(np.abs(values).max() for values in (w_i, w_p, found.right[:FEW_COLUMNS]))))
    labels = [surface(piece) for piece in distinct] + [str(i) for i in few_places]
    hot = np.array([[piece == trace.source_pieces[at]] for piece in distinct] + [[i == at] for i in few_places], float)
    items: list[Matrix | str] = [
        matrix("[Wᵢ Wₚ]", np.concatenate([w_i, w_p], 1), rows=rows, columns=labels, shape="", column_group="hot",
               row_group="sum", limit=limit, caption=t("positions.one_hot.matrix")),
        "×",
        matrix("[x; p]", hot, rows=labels, scale="weights", row_group="hot", digits=0, shape=""),
        "=",
        matrix("Wᵢx + Wₚp", found.right[:FEW_COLUMNS, None], rows=rows, row_group="sum", limit=limit, shape=""),
    ]  # fmt: skip
    matrices(items, key="pos-one-hot", title=t("positions.one_hot.title"))
    difference = max(np.abs(found.left - found.right).max(), np.abs(found.left - found.read).max())
    st.markdown(t("positions.one_hot.text", d_model=len(found.left), vocabulary=found.vocabulary, apart=small(difference),
                     piece=plain(names[at]), position=at))  # fmt: skip

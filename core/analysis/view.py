"""One attention map as it is displayed: of pieces or words, with or without specials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.records.trace import Span, Trace
from core.spelling import WORD_START, Spelling


@dataclass(frozen=True)
class View:
    """A map with the labels of its axes. A row is a query, a column a key.

    Attributes:
        weights: (rows, columns), 0 to 1.
        reads: The piece or word that each query reads.
        predicts: The piece or word that each query of the decoder predicts; None in the encoder.
        keys: The piece or word of each key.
    """

    weights: np.ndarray
    reads: tuple[str, ...]
    predicts: tuple[str, ...] | None
    keys: tuple[str, ...]


def merge(weights: np.ndarray, rows: Sequence[Span], columns: Sequence[Span]) -> np.ndarray:
    """Merge pieces into words: sum over the keys of a word, average over its queries.

    If the spans cover all columns, the sums of rows stay the same.

    Args:
        weights: (…, R, C).
        rows: Half-open spans of rows.
        columns: Half-open spans of columns.

    Returns:
        (…, len(rows), len(columns)).
    """
    if not rows or not columns:  # an output of </s> alone, whose specials are left out
        return np.zeros((*weights.shape[:-2], len(rows), len(columns)), weights.dtype)
    summed = np.stack([weights[..., start:end].sum(-1) for start, end in columns], -1)
    return np.stack([summed[..., start:end, :].mean(-2) for start, end in rows], -2)


def words_read(trace: Trace) -> list[Span]:
    """Return the words of the decoder's input: <s>, then those of the output shifted by one, without the last piece."""
    if not trace.input_pieces:  # no decoder
        return []
    shifted = [(start + 1, min(end + 1, len(trace.input_pieces))) for start, end in trace.output_words]
    return [(0, 1), *((start, end) for start, end in shifted if start < end)]


def join(pieces: Sequence[str]) -> str:
    """Return the word that these pieces spell."""
    return "".join(pieces).replace(WORD_START, " ").strip()


def word(spelling: Spelling, span: Span) -> str:
    """Return the word of a span of a Trace's pieces; bytes become the characters that they spell."""
    return join([spelling.word(*span)])


def view(trace: Trace, kind: str, layer: int, head: int | None, merged: bool = False, hidden: bool = False) -> View:
    """Return the map of one head, or with head=None of the mean of the layer's heads.

    Args:
        trace: The Trace.
        kind: One of `core.config.KINDS`.
        layer: The layer, from 0.
        head: The head, from 0, or None.
        merged: Whether pieces are merged into words, by `merge`. Rows of the decoder are grouped by the word that they
            predict, columns of masked self-attention by the word that they read.
        hidden: Whether the columns of specials and the row of </s> (in the decoder, the row that predicts it) are left
            out. Rows are not rescaled, so that each sums to 1 minus its weight on specials.

    Raises:
        OptionError: If the kind, layer or head does not exist.
    """
    weights = trace.weights(kind, layer, head)

    def spans(words: Sequence[Span], pieces: Sequence[str], specials: Sequence[int]) -> list[Span]:
        chosen = words if merged else [(i, i + 1) for i in range(len(pieces))]
        return [span for span in chosen if not (hidden and span[0] in specials)]

    source = spans(trace.source_words, trace.source_pieces, trace.source_specials)
    output = spans(trace.output_words, trace.output_pieces, trace.output_specials)
    inputs = spans(words_read(trace), trace.input_pieces, trace.input_specials)

    def names(spelling: Spelling, chosen: Sequence[Span]) -> tuple[str, ...]:
        return tuple(word(spelling, span) if merged else spelling.labels[span[0]] for span in chosen)

    rows = source if kind == "encoder_self" else output
    columns = inputs if kind == "decoder_self" else source
    return View(
        weights=merge(weights, rows, columns),
        reads=names(trace.source_spelling if kind == "encoder_self" else trace.input_spelling, rows),
        predicts=None if kind == "encoder_self" else names(trace.output_spelling, rows),
        keys=names(trace.input_spelling if kind == "decoder_self" else trace.source_spelling, columns),
    )

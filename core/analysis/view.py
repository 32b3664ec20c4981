"""One attention map as a person looks at it: chosen kind, layer and head, pieces or words, with or without specials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.records.trace import Span, Trace
from core.spelling import WORD_START, Spelling


@dataclass(frozen=True)
class View:
    """A map with what stands on its axes. weights (rows, columns) in [0, 1]

    A row is a query. In encoder self-attention it reads a source piece and predicts nothing; in the decoder it reads
    one piece and predicts the next.
    """

    weights: np.ndarray
    reads: tuple[str, ...]  # a row each
    predicts: tuple[str, ...] | None  # a row each
    keys: tuple[str, ...]  # a column each


def merge(weights: np.ndarray, rows: Sequence[Span], columns: Sequence[Span]) -> np.ndarray:
    """Pieces merged into words: summed over the keys of a word, averaged over its queries.

    weights (…, R, C), half-open spans -> (…, len(rows), len(columns)). Where the spans cover all columns, a row that
    summed to 1 still does.
    """
    summed = np.stack([weights[..., start:end].sum(-1) for start, end in columns], -1)
    return np.stack([summed[..., start:end, :].mean(-2) for start, end in rows], -2)


def words_read(trace: Trace) -> list[Span]:
    """Words of the decoder's input: those of the output shifted by one, <s> first, the last output piece never read."""
    shifted = [(start + 1, min(end + 1, len(trace.input_pieces))) for start, end in trace.output_words]
    return [(0, 1), *((start, end) for start, end in shifted if start < end)]


def join(pieces: Sequence[str]) -> str:
    """Pieces of one word as the word."""
    return "".join(pieces).replace(WORD_START, " ").strip()


def word(spelling: Spelling, span: Span) -> str:
    """What some pieces of a Trace say together, as `join` does; bytes as the characters that they spell."""
    return join([spelling.word(*span)])


def view(trace: Trace, kind: str, layer: int, head: int | None, merged: bool = False, hidden: bool = False) -> View:
    """One head's map, or with head=None the average of the layer's heads; layers and heads count from 0.

    merged: pieces merged into words, by `merge`. Decoder rows are grouped by the word they predict, the columns of
    masked self-attention by the word they read.
    hidden: the rows of </s> (in the decoder: the row that predicts it) and the columns of specials are left out. What
    remains is not rescaled: a row then sums to 1 less the weight on specials.
    Raises `OptionError` for a kind, layer or head that there is not.
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

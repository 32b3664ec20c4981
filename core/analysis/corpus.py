"""Every head of a model over a whole corpus: activation in a sentence, samples by activation, pieces and distances.

Usage: `python -m core.analysis.corpus --model NAME --data FILE`

The formulas are here; `core.training.corpus_heads` runs the model, and the command.
"""

from __future__ import annotations

import heapq
import math
import random
from typing import NamedTuple

import numpy as np

from core.records.corpus_heads import BANDS, MOST_CELLS, HeadExample
from core.records.trace import Trace

STRONGEST = 5
"""The number of sentences of the largest activation that are kept of each head."""

SAMPLED = 2
"""The number of sentences that are drawn from each band of activation."""


def query_pieces(trace: Trace, kind: str) -> tuple[str, ...]:
    """Return the piece of each query: in cross-attention the one that it predicts, otherwise the one that it reads."""
    pieces = {"encoder_self": trace.source_pieces, "decoder_self": trace.input_pieces, "cross": trace.output_pieces}
    return pieces[kind]


def key_pieces(trace: Trace, kind: str) -> tuple[str, ...]:
    """Return the piece of each key."""
    return trace.input_pieces if kind == "decoder_self" else trace.source_pieces


def _ordinary(trace: Trace, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return which queries and which keys are no specials, bool (rows,) and (keys,)."""
    rows, keys = np.ones(len(query_pieces(trace, kind)), bool), np.ones(len(key_pieces(trace, kind)), bool)
    specials = {
        "encoder_self": trace.source_specials, "decoder_self": trace.input_specials, "cross": trace.output_specials,
    }  # fmt: skip
    rows[list(specials[kind])] = False
    keys[list(trace.input_specials if kind == "decoder_self" else trace.source_specials)] = False
    return rows, keys


class Peaks(NamedTuple):
    """The heaviest weights of one kind of attention in one sentence, over queries and keys that are no specials.

    Attributes:
        rows: The positions of these queries, int (R,).
        weights: The heaviest weight of each, float64 (layers, heads, R).
        keys: The position of its key, int (layers, heads, R).
    """

    rows: np.ndarray
    weights: np.ndarray
    keys: np.ndarray


def peaks(trace: Trace, kind: str) -> Peaks:
    """Find the heaviest weight of each query on a key that is no special.

    Queries are those whose piece (`query_pieces`) is no special.
    """
    rows, keys = _ordinary(trace, kind)
    positions = np.flatnonzero(keys)
    weights = getattr(trace, kind)[:, :, rows][..., keys].astype(np.float64)
    if not rows.any() or not keys.any():
        nothing = np.zeros((*weights.shape[:2], 0))
        return Peaks(np.zeros(0, int), nothing, nothing.astype(int))
    places = weights.argmax(-1)
    return Peaks(np.flatnonzero(rows), weights.max(-1), positions[places])


def activations(found: Peaks) -> np.ndarray:
    """Compute each head's activation in a sentence: the mean of its heaviest weights, 0 to 1; NaN without queries.

    It is near 1 for a head that puts all weight of each query on one piece, and 0 for one that attends to specials
    alone. In a short sentence even equal weights are heavy.

    Returns:
        float64 (layers, heads).
    """
    return found.weights.mean(-1) if len(found.rows) else np.full(found.weights.shape[:2], np.nan)


def small_weights(weights: np.ndarray) -> bytes:
    """Return a head's weights, (queries, keys), as `HeadExample.weights` holds them: empty above MOST_CELLS."""
    if weights.size > MOST_CELLS:
        return b""
    return np.rint(255 * np.clip(weights, 0, 1)).astype(np.uint8).tobytes()


def distances(trace: Trace, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum the weight on keys that are no specials, and the same times the distance and the offset of the key.

    The offset is the position of the key less that of the query, in pieces, and the distance its absolute value. In
    cross-attention they compare positions in two sentences. Sums of several sentences may be added before dividing.

    Returns:
        Weight, weight x distance and weight x offset, each float64 (layers, heads).
    """
    rows, keys = _ordinary(trace, kind)
    weights = getattr(trace, kind)[:, :, rows][..., keys].astype(np.float64)
    offsets = np.flatnonzero(keys) - np.flatnonzero(rows)[:, None]
    return weights.sum((-2, -1)), (weights * np.abs(offsets)).sum((-2, -1)), (weights * offsets).sum((-2, -1))


class Sampler:
    """Keeps the strongest sentences of one head, and a random sample of each band of activation.

    It holds at most STRONGEST + BANDS x SAMPLED sentences, however many it is given. The strongest are in a heap; of
    sentences of equal activation the first is kept. The sample of a band is a reservoir: each sentence of the band is
    in it with the same probability.

    Attributes:
        histogram: The number of sentences in each band, int64 (BANDS,).

    Source:
        Vitter 1985, "Random Sampling with a Reservoir", algorithm R.
    """

    def __init__(self, rng: random.Random) -> None:
        """Take the source of randomness, which several heads may share."""
        self.histogram = np.zeros(BANDS, np.int64)
        self._rng = rng
        self._heap: list[tuple[float, int, HeadExample]] = []
        self._bands: list[list[HeadExample]] = [[] for _ in range(BANDS)]

    def add(self, example: HeadExample) -> None:
        """Add a sentence; those without an activation (NaN) are left out."""
        if math.isnan(example.activation):
            return
        entry = (example.activation, -example.sentence, example)
        if len(self._heap) < STRONGEST:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)
        band = min(int(example.activation * BANDS), BANDS - 1)
        seen, kept = int(self.histogram[band]), self._bands[band]
        self.histogram[band] += 1
        if seen < SAMPLED:
            kept.append(example)
        elif (place := self._rng.randrange(seen + 1)) < SAMPLED:
            kept[place] = example

    @property
    def strongest(self) -> list[HeadExample]:
        """The strongest sentences, the strongest first."""
        return [example for *_, example in sorted(self._heap, reverse=True)]

    @property
    def samples(self) -> list[list[HeadExample]]:
        """The sample of each band in the order of the corpus, without the strongest sentences."""
        strongest = {example.sentence for example in self.strongest}
        return [sorted(example for example in band if example.sentence not in strongest) for band in self._bands]


if __name__ == "__main__":
    from core.training.corpus_heads import main

    raise SystemExit(main())

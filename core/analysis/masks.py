"""What masks hide, what leaks without them, and how far a changed piece reaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


def hidden_cells(source_lengths: Sequence[int], target_lengths: Sequence[int]) -> dict[str, tuple[int, int]]:
    """How many cells each kind of attention hides in one head of one layer, while a batch is trained on.

    lengths: pieces of each sentence, </s> among the source's and <s> among the target's; the shorter ones are padded
    -> kind -> (hidden, all). The padding mask hides the source's padding as keys, in every row. The causal mask hides
    what comes later, which is all padding of the target too, seen from its real pieces: it needs no other.
    """
    rows, s, t = len(source_lengths), max(source_lengths), max(target_lengths)
    padding = sum(s - length for length in source_lengths)  # keys that are hidden, of all sentences
    return {
        "encoder_self": (s * padding, rows * s * s),
        "decoder_self": (rows * t * (t - 1) // 2, rows * t * t),
        "cross": (t * padding, rows * t * s),
    }


def on_later(weights: np.ndarray) -> np.ndarray:
    """The weight that each row puts on keys after its own position. (…, T, T) -> (…, T), 0 to 1"""
    return np.triu(weights, 1).sum(-1)


def on_padding(weights: np.ndarray, length: int) -> np.ndarray:
    """The weight that each real row puts on padding. (…, S, S), real pieces -> (…, length), 0 to 1"""
    return weights[..., :length, length:].sum(-1)


class Moved(NamedTuple):
    """How far each position of the decoder is from where it was. T positions, N layers"""

    states: np.ndarray  # float64 (T, N): |after - before| / |before| of each layer's output (L2 norms)
    predictions: np.ndarray  # float64 (T,): total variation of what may come next, 0 to 1


def moved(before: tuple[np.ndarray, np.ndarray], after: tuple[np.ndarray, np.ndarray]) -> Moved:
    """Compare two of `Translator.parallel_pass`: states (N, T, d_model) and probabilities (T, V) of each.

    Exactly 0 where nothing moved. Total variation is the probability that has gone to other pieces: half of the sum of
    all absolute differences.
    """
    (states, probabilities), (other_states, other_probabilities) = (
        tuple(np.asarray(part, np.float64) for part in side) for side in (before, after)
    )
    distances = np.linalg.norm(other_states - states, axis=-1) / np.linalg.norm(states, axis=-1)
    return Moved(distances.T, np.abs(other_probabilities - probabilities).sum(-1) / 2)

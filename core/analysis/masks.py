"""Measurements of masks: the cells that they hide, the weight there without them, the effect of a changed piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


def hidden_cells(source_lengths: Sequence[int], target_lengths: Sequence[int]) -> dict[str, tuple[int, int]]:
    """Count the cells that masks hide in one head of one layer, for a padded training batch.

    The padding mask hides the source's padding as keys, in every row. The target's padding needs no mask: the causal
    mask hides it from the real pieces, as it comes after them.

    Args:
        source_lengths: Number of source pieces of each sentence, with </s>.
        target_lengths: Number of target pieces of each sentence, with <s>.

    Returns:
        (hidden cells, all cells), by kind of attention.
    """
    rows, s, t = len(source_lengths), max(source_lengths), max(target_lengths)
    padding = sum(s - length for length in source_lengths)  # hidden keys of all sentences
    return {
        "encoder_self": (s * padding, rows * s * s),
        "decoder_self": (rows * t * (t - 1) // 2, rows * t * t),
        "cross": (t * padding, rows * t * s),
    }


def on_later(weights: np.ndarray) -> np.ndarray:
    """Return the weight of each row of (…, T, T) on keys after its own position, (…, T), 0 to 1."""
    return np.triu(weights, 1).sum(-1)


def on_padding(weights: np.ndarray, length: int) -> np.ndarray:
    """Return the weight on padding, (…, length), 0 to 1, of each row of a sentence with `length` pieces, (…, S, S)."""
    return weights[..., :length, length:].sum(-1)


class Displacement(NamedTuple):
    """The change of each position of the decoder between two passes. T positions, N layers.

    Attributes:
        states: |after - before| / |before| of each layer's output (L2 norms), float64 (T, N).
        predictions: Total variation distance of the distributions of the next piece, float64 (T,), 0 to 1.
    """

    states: np.ndarray
    predictions: np.ndarray


def displacement(before: tuple[np.ndarray, np.ndarray], after: tuple[np.ndarray, np.ndarray]) -> Displacement:
    """Compare two results of `Translator.parallel_pass`.

    The total variation distance is half the sum of all absolute differences of probabilities. Values are exactly 0
    where nothing changed.

    Args:
        before: States (N, T, d_model) and probabilities (T, V).
        after: The same of the other pass.
    """
    (states, probabilities), (other_states, other_probabilities) = (
        tuple(np.asarray(part, np.float64) for part in side) for side in (before, after)
    )
    distances = np.linalg.norm(other_states - states, axis=-1) / np.linalg.norm(states, axis=-1)
    return Displacement(distances.T, np.abs(other_probabilities - probabilities).sum(-1) / 2)

"""Records of the other parts of a layer: sums before layer normalization, and the feed-forward network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class BatchSums(NamedTuple):
    """The sums x + Sublayer(x) before a layer normalization, over a padded batch. B sentences, padded to L pieces.

    Attributes:
        pieces: The pieces of each sentence, without padding.
        sums: float32 (B, L, d_model). Rows of padding are computed like any other.
    """

    pieces: tuple[tuple[str, ...], ...]
    sums: np.ndarray


class PositionWise(NamedTuple):
    """A feed-forward network over a sentence's positions in two orders. S positions.

    Attributes:
        inputs: float32 (S, d_model).
        hidden: The hidden units after the activation, float32 (S, d_ff).
        outputs: float32 (S, d_model).
        shuffled: The outputs for the inputs in another order, float32 (S, d_model).
        moved: The largest absolute difference between `shuffled` and the outputs in that order.
        convolution: The largest absolute difference between `outputs` and two convolutions of width 1.
    """

    inputs: np.ndarray
    hidden: np.ndarray
    outputs: np.ndarray
    shuffled: np.ndarray
    moved: float
    convolution: float


class Activations(NamedTuple):
    """The hidden units of a feed-forward network over many sentences. P pieces, in the sentences' order.

    Attributes:
        pieces: The pieces.
        values: float32 (P, d_ff), after the activation.
    """

    pieces: tuple[str, ...]
    values: np.ndarray

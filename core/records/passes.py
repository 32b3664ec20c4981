"""Records of passes over given pieces: a padded batch, teacher forcing, a source in another order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.records.record import Record


@dataclass(frozen=True, eq=False, repr=False)
class PaddedHead(Record):
    """One head of the encoder over a padded batch. B sentences, padded to S pieces; arrays are read-only.

    Rows and columns beyond a sentence's length are padding. Rows of padding are computed like any other, but nothing
    depends on them.

    Attributes:
        layer: The layer, from 0.
        head: The head, from 0.
        lengths: The number of real pieces of each sentence, (B,).
        ids: int64 (B, S).
        scaled: q k^T / sqrt(d_k) before any mask, float32 (B, S, S).
        masked: The same, with -inf where the mask hides a key.
        weights: The attention weights, float32 (B, S, S).
        differences: For each sentence the largest absolute difference between the encoder's output in the batch and the
            output for the sentence alone, (B,).
    """

    layer: int
    head: int
    lengths: tuple[int, ...]
    ids: np.ndarray
    scaled: np.ndarray
    masked: np.ndarray
    weights: np.ndarray
    differences: tuple[float, ...]


WAYS = ("parallel", "cached", "anew")
"""Three ways to run the decoder over T given pieces.

"parallel": one pass over all of them. "cached": a pass for each piece, which reuses the keys and values of earlier
ones. "anew": a pass for each piece over all pieces so far.
"""


class Timed(NamedTuple):
    """The measurements of one of WAYS.

    Attributes:
        passes: Number of calls of the decoder.
        positions: Number of positions that the decoder's layers computed in all passes.
        seconds: The time of each run.
        log_probabilities: Of the given pieces, float32 (T,), in nats.
    """

    passes: int
    positions: int
    seconds: tuple[float, ...]
    log_probabilities: np.ndarray


class Reordered(NamedTuple):
    """The result of a model for a sentence's pieces in another order.

    Attributes:
        pieces: The pieces in this order.
        output: The encoder's output, float32 (S, d_model).
        text: The greedy translation.
    """

    pieces: tuple[str, ...]
    output: np.ndarray
    text: str

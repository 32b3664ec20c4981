"""Records of passes over given pieces: a padded batch, teacher forcing, a source in another order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.records.record import Record


@dataclass(frozen=True, eq=False)
class PaddedHead(Record):
    """One head of the encoder over a padded batch. B sentences, S pieces: those of the longest; arrays are read-only.

    Rows and columns beyond a sentence's length are padding. Rows of padding are computed like any other, and nobody
    reads them.
    """

    layer: int  # layer and head count from 0
    head: int
    lengths: tuple[int, ...]  # (B,), real pieces of each sentence
    ids: np.ndarray  # int64 (B, S)
    scaled: np.ndarray  # float32 (B, S, S): q k^T / sqrt(d_k), before any mask
    masked: np.ndarray  # the same, with -inf where the mask hides a key
    weights: np.ndarray  # (B, S, S): those that were used
    moved: tuple[float, ...]  # (B,): the encoder's output for each sentence here and alone, their largest difference


WAYS = ("parallel", "cached", "anew")
"""How the decoder can go over T given pieces: in one pass over all of them; in a pass for each, over the newest one,
with keys and values of the earlier ones kept; in a pass for each, over all so far."""


class Timed(NamedTuple):
    """One of WAYS, measured."""

    passes: int  # calls of the decoder
    positions: int  # that the decoder's layers computed, in all passes
    seconds: tuple[float, ...]  # a run each
    log_probabilities: np.ndarray  # float32 (T,), of the given pieces, nats


class Reordered(NamedTuple):
    """What a model makes of a sentence's pieces in another order."""

    pieces: tuple[str, ...]
    output: np.ndarray  # float32 (S, d_model): the encoder's, a row a piece
    text: str  # the greedy translation

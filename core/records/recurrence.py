"""RecurrentInside: the states, scores and contexts of one run of a recurrent model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.records.record import Record


@dataclass(frozen=True, eq=False, repr=False)
class RecurrentInside(Record):
    """All values of one run of a recurrent model. S source pieces, T steps; all arrays are float32 and read-only.

    With attention C_t = sum_j weights[t, j] annotations[j]. Without, scores and weights are None and every row of
    contexts is C.

    Attributes:
        rows: The T pieces that the decoder reads.
        keys: The S source pieces.
        annotations: h_j, (S, d_model): the forward, then the backward state; 0 for a masked piece.
        queries: The decoder's states s_t, (T, d_model).
        scores: v^T tanh(W_q s_t + W_k h_j), or s_t^T h_j, (T, S).
        weights: Softmax of scores / temperature, (T, S): those of the Trace.
        contexts: C_t, (T, d_model).
    """

    rows: tuple[str, ...]
    keys: tuple[str, ...]
    annotations: np.ndarray
    queries: np.ndarray
    scores: np.ndarray | None
    weights: np.ndarray | None
    contexts: np.ndarray

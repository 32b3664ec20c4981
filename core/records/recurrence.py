"""RecurrentInside: the states, scores and contexts of one run of a recurrent model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.records.record import Record


@dataclass(frozen=True, eq=False)
class RecurrentInside(Record):
    """One run of a recurrent model, number by number. S source pieces, T steps; all arrays are float32 and read-only.

    With attention C_t = sum_j weights[t, j] annotations[j], the weights being the softmax of scores[t], divided by the
    temperature where an Intervention set one; without, scores and weights are None and every row of contexts is C.
    """

    rows: tuple[str, ...]  # T pieces that the decoder reads
    keys: tuple[str, ...]  # S pieces of the source
    annotations: np.ndarray  # h_j (S, d_model): forward state, then backward state; 0 for a piece that was not read
    queries: np.ndarray  # s_t (T, d_model)
    scores: np.ndarray | None  # (T, S): v^T tanh(W_q s_t + W_k h_j), or s_t^T h_j
    weights: np.ndarray | None  # (T, S): the Trace's
    contexts: np.ndarray  # C_t (T, d_model)

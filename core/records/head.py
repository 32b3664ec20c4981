"""HeadInside: everything between a layer's input and what one head adds to its output (section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.records.record import Record


@dataclass(frozen=True, eq=False)
class HeadInside(Record):
    """One head of one run, number by number. R rows (queries), K keys; all arrays are float32 and read-only.

    q = x_query W_Q + b_Q, and so k and v from x_key; scores = q k^T; scaled = scores / sqrt(d_k), and / temperature
    where a run had one; masked = scaled, with -inf where the mask hides a key; weights = softmax of each row;
    output = weights v; contribution = output W_O. The layer's attention is the sum of its heads' contributions + b_o.
    The products that a score sums are q[i] * k[j].
    """

    kind: str
    layer: int  # layer and head count from 0
    head: int
    rows: tuple[str, ...]  # the pieces that the queries read
    keys: tuple[str, ...]
    x_query: np.ndarray  # (R, d_model)
    x_key: np.ndarray  # (K, d_model): the same as x_query, but for cross-attention, where it is the encoder's output
    w_q: np.ndarray  # (d_model, d_k): this head's slice of W^Q
    b_q: np.ndarray  # (d_k,)
    w_k: np.ndarray  # (d_model, d_k)
    b_k: np.ndarray  # (d_k,)
    w_v: np.ndarray  # (d_model, d_k)
    b_v: np.ndarray  # (d_k,)
    q: np.ndarray  # (R, d_k)
    k: np.ndarray  # (K, d_k)
    v: np.ndarray  # (K, d_k)
    scores: np.ndarray  # (R, K)
    scaled: np.ndarray  # (R, K)
    masked: np.ndarray  # (R, K), -inf where hidden
    weights: np.ndarray  # (R, K): those that were used, the Trace's
    output: np.ndarray  # (R, d_k)
    w_o: np.ndarray  # (d_k, d_model): this head's slice of W^O
    b_o: np.ndarray  # (d_model,): the whole layer's, added once for all heads
    contribution: np.ndarray  # (R, d_model)
    temperature: float = 1.0  # of the attention; 1 unless an Intervention changed it
    ablation: str | None = None  # "zero" or "uniform" where an Intervention set the weights, whatever the scores are

    @property
    def d_k(self) -> int:
        return self.q.shape[1]

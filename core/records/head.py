"""HeadInside: all intermediate values of one attention head (section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.records.record import Record


@dataclass(frozen=True, eq=False, repr=False)
class HeadInside(Record):
    """All values of one head in one run. R rows (queries), K keys; all arrays are float32 and read-only.

    The layer's attention is the sum of its heads' contributions plus b_o. A score is the sum of the products
    q[i] * k[j].

    Attributes:
        kind: The kind of attention, one of `core.config.KINDS`.
        layer: The layer, from 0.
        head: The head, from 0.
        rows: The R pieces that the queries read.
        keys: The K pieces of the keys.
        x_query: Input of the queries, (R, d_model).
        x_key: Input of keys and values, (K, d_model): in cross-attention the encoder's output, else x_query.
        w_q: This head's slice of W^Q, (d_model, d_k).
        b_q: Its bias, (d_k,).
        w_k: This head's slice of W^K, (d_model, d_k).
        b_k: Its bias, (d_k,).
        w_v: This head's slice of W^V, (d_model, d_k).
        b_v: Its bias, (d_k,).
        q: Queries x_query w_q + b_q, (R, d_k).
        k: Keys x_key w_k + b_k, (K, d_k).
        v: Values x_key w_v + b_v, (K, d_k).
        scores: q k^T, (R, K).
        scaled: scores / sqrt(d_k) / temperature, (R, K).
        masked: scaled, with -inf where the mask hides a key, (R, K).
        weights: Softmax of each row of masked, or what `ablation` replaced it by, (R, K): those of the Trace.
        output: weights v, (R, d_k).
        w_o: This head's slice of W^O, (d_k, d_model).
        b_o: The bias of the whole layer, (d_model,), added once for all heads.
        contribution: output w_o, (R, d_model).
        temperature: The attention's temperature; 1 unless an Intervention changed it.
        ablation: "zero" or "uniform" if an Intervention replaced the weights.
    """

    kind: str
    layer: int
    head: int
    rows: tuple[str, ...]
    keys: tuple[str, ...]
    x_query: np.ndarray
    x_key: np.ndarray
    w_q: np.ndarray
    b_q: np.ndarray
    w_k: np.ndarray
    b_k: np.ndarray
    w_v: np.ndarray
    b_v: np.ndarray
    q: np.ndarray
    k: np.ndarray
    v: np.ndarray
    scores: np.ndarray
    scaled: np.ndarray
    masked: np.ndarray
    weights: np.ndarray
    output: np.ndarray
    w_o: np.ndarray
    b_o: np.ndarray
    contribution: np.ndarray
    temperature: float = 1.0
    ablation: str | None = None

    @property
    def d_k(self) -> int:
        """Width of the head's queries and keys."""
        return self.q.shape[1]

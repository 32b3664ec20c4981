"""Context vectors as the weighted sums that they are: C_i = sum_j alpha_ij h_j."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.records.head import HeadInside
from core.records.record import Record
from core.records.recurrence import RecurrentInside


@dataclass(frozen=True, eq=False)
class Contexts(Record):
    """What each output piece gets of the source. S source pieces, T output pieces; all arrays are float32 and read-only.

    A recurrent decoder with attention: C_i = sum_j weights[0, i, j] annotations[j], the annotations h_j being the
    encoder's states (Bahdanau, Cho and Bengio 2015, equation 5). Without attention there are no weights at all, and each
    row of contexts is the same C. A Transformer's head: the annotations are its values v_j, the contexts its output;
    several heads of a layer stand beside each other, as the layer joins them (section 3.2.2), each d_k wide and with
    weights of its own.
    """

    rows: tuple[str, ...]  # T pieces that are written: row i reads the piece before
    keys: tuple[str, ...]  # S pieces of the source
    annotations: np.ndarray  # (S, d)
    weights: np.ndarray | None  # (heads, T, S): the Trace's
    contexts: np.ndarray  # (T, d): the model's own

    def terms(self, row: int) -> np.ndarray:
        """What a context is the sum of: alpha_ij h_j for each source piece. -> (S, d)

        Raises `ValueError` where there are no weights, and so nothing to add up.
        """
        if self.weights is None:
            raise ValueError("without attention a context is no weighted sum")
        weights = np.repeat(self.weights[:, row], self.annotations.shape[1] // len(self.weights), axis=0)  # (d, S)
        return weights.T * self.annotations

    def apart(self) -> float:
        """How far the contexts lie apart: their distance to their mean by the mean's length. 0: they are all the same."""
        mean = self.contexts.mean(0)
        length = float(np.linalg.norm(mean))
        # Equal rows have themselves as their mean but for rounding, which is no distance.
        if not length or (self.contexts == self.contexts[0]).all():
            return 0.0
        return float(np.sqrt(((self.contexts - mean) ** 2).sum(1).mean())) / length


def recurrent_contexts(inside: RecurrentInside, rows: Sequence[str]) -> Contexts:
    """Those of a recurrent model. rows: the pieces that are written"""
    weights = None if inside.weights is None else inside.weights[None].copy()
    return Contexts(tuple(rows), inside.keys, inside.annotations, weights, inside.contexts)


def head_contexts(heads: Sequence[HeadInside], rows: Sequence[str]) -> Contexts:
    """Those of some heads of one layer's cross-attention. rows: the pieces that are written"""
    return Contexts(
        tuple(rows),
        heads[0].keys,
        np.concatenate([head.v for head in heads], 1),
        np.stack([head.weights for head in heads]),
        np.concatenate([head.output for head in heads], 1),
    )

"""Context vectors and the weighted sums that make them: C_i = sum_j alpha_ij h_j."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.records.head import HeadInside
from core.records.record import Record
from core.records.recurrence import RecurrentInside


@dataclass(frozen=True, eq=False, repr=False)
class Contexts(Record):
    """The context vector of each output piece. S source pieces, T output pieces; arrays are float32 and read-only.

    In a recurrent decoder with attention C_i = sum_j weights[0, i, j] annotations[j], where the annotations h_j are the
    encoder's states. Without attention there are no weights, and each row of contexts is the same C. In a Transformer
    the annotations are the values v_j of heads, and the contexts their outputs; several heads of a layer are
    concatenated (section 3.2.2), each with d_k columns and its own weights.

    Attributes:
        rows: The T output pieces; the decoder reads the piece before.
        keys: The S source pieces.
        annotations: (S, d).
        weights: (heads, T, S), equal to those of the Trace; None without attention.
        contexts: (T, d), as the model computed them.

    Source:
        Bahdanau, Cho and Bengio 2015, equation 5.
    """

    rows: tuple[str, ...]
    keys: tuple[str, ...]
    annotations: np.ndarray
    weights: np.ndarray | None
    contexts: np.ndarray

    def terms(self, row: int) -> np.ndarray:
        """Return the terms of one context's sum: alpha_ij h_j for each source piece, (S, d).

        Raises:
            ValueError: If there are no weights, so that the context is no sum.
        """
        if self.weights is None:
            raise ValueError("without attention a context is no weighted sum")
        weights = np.repeat(self.weights[:, row], self.annotations.shape[1] // len(self.weights), axis=0)  # (d, S)
        return weights.T * self.annotations

    def dispersion(self) -> float:
        """Return the relative dispersion of the contexts: RMS distance to their mean / norm of the mean.

        It is 0 if all contexts are the same.
        """
        mean = self.contexts.mean(0)
        length = float(np.linalg.norm(mean))
        # The mean of equal rows differs from them by rounding errors, which are no distance.
        if not length or (self.contexts == self.contexts[0]).all():
            return 0.0
        return float(np.sqrt(((self.contexts - mean) ** 2).sum(1).mean())) / length


def recurrent_contexts(inside: RecurrentInside, rows: Sequence[str]) -> Contexts:
    """Build the Contexts of a recurrent model; `rows` are the output pieces."""
    weights = None if inside.weights is None else inside.weights[None].copy()
    return Contexts(tuple(rows), inside.keys, inside.annotations, weights, inside.contexts)


def head_contexts(heads: Sequence[HeadInside], rows: Sequence[str]) -> Contexts:
    """Build the Contexts of one or more heads of one layer's cross-attention; `rows` are the output pieces."""
    return Contexts(
        tuple(rows),
        heads[0].keys,
        np.concatenate([head.v for head in heads], 1),
        np.stack([head.weights for head in heads]),
        np.concatenate([head.output for head in heads], 1),
    )

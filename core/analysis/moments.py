"""What the moments of a training show: measures by step, and the phases in which attention learns to align."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.records.moments import Moment

RISEN = (0.1, 0.9)
"""The shares of the whole rise of agreement at which the second phase begins and ends."""


@dataclass(frozen=True)
class Phases:
    """Three phases of a training, as indices of moments: [0, begins], [begins, ends], [ends, last].

    Attributes:
        begins: The last moment at which agreement has not risen by a tenth of its whole rise.
        ends: The first moment at which it has risen by nine tenths.
        last: The last moment.
    """

    begins: int
    ends: int
    last: int


def best_agreement(moments: Sequence[Moment]) -> np.ndarray:
    """Return the agreement with the aligner of the best head at each moment, (M,), NaN without an aligner."""
    return np.array([moment.agreement.max() for moment in moments], dtype=float)


def mean_entropy(moments: Sequence[Moment]) -> np.ndarray:
    """Return the entropy of cross-attention at each moment, over all layers and heads, in bits, (M,)."""
    return np.array([moment.entropy.mean() for moment in moments], dtype=float)


def mean_on_words(moments: Sequence[Moment]) -> np.ndarray:
    """Return the share of cross-attention on source words at each moment, over all layers and heads, (M,)."""
    return np.array([moment.on_words.mean() for moment in moments], dtype=float)


def phases(moments: Sequence[Moment]) -> Phases | None:
    """Divide a training by the agreement of its best head with the aligner.

    Returns:
        The phases; None if there is no aligner, or the agreement at the end is not larger than at the start.
    """
    agreement = best_agreement(moments)
    if len(moments) < 3 or np.isnan(agreement).any() or agreement[-1] <= agreement[0]:
        return None
    risen = (agreement - agreement[0]) / (agreement[-1] - agreement[0])
    begins = int(np.argmax(risen >= RISEN[0])) - 1
    ends = int(np.argmax(risen >= RISEN[1]))
    return Phases(max(begins, 0), ends, len(moments) - 1)

"""Hidden units of a feed-forward network: which pieces excite one, by bands of activation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

EDGES = (2 / 3, 1 / 3, 0.0)
"""Lower ends of the bands, as shares of the largest activation; the last band is 0 and below."""


class Band(NamedTuple):
    """The occurrences of pieces whose activation lies in one band.

    Attributes:
        low: The activations are above this number; -inf in the last band.
        high: They are at most this number.
        count: Number of occurrences.
        pieces: The different pieces, that with the largest activation first.
    """

    low: float
    high: float
    count: int
    pieces: tuple[str, ...]


def bands(pieces: Sequence[str], values: np.ndarray) -> list[Band]:
    """Sort occurrences of pieces into bands of one unit's activation.

    Args:
        pieces: The piece of each occurrence, (P,).
        values: The unit's activation at each, (P,).

    Returns:
        A band for each of EDGES, from the highest on, and one for 0 and below. If no activation is above 0, all
        occurrences are in that one.
    """
    values = np.asarray(values, np.float64)
    top = max(float(values.max(initial=0.0)), 0.0)
    order = np.argsort(-values, kind="stable")
    edges = [top, *(share * top for share in EDGES), -np.inf]
    found = []
    for high, low in zip(edges, edges[1:], strict=False):
        inside = [i for i in order if low < values[i] <= high]
        found.append(Band(low, high, len(inside), tuple(dict.fromkeys(pieces[i] for i in inside))))
    return found

"""Hidden units of a feed-forward network: which pieces excite one, by bands of activation."""

from __future__ import annotations

import itertools
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
        occurrences: Their number.
        pieces: The different pieces, that with the largest activation first.
    """

    low: float
    high: float
    occurrences: int
    pieces: tuple[str, ...]


def bands(pieces: Sequence[str], values: np.ndarray) -> list[Band]:
    """Sort occurrences of pieces into bands of one unit's activation.

    Args:
        pieces: The piece of each occurrence, (P,).
        values: The unit's activation at each, (P,).

    Returns:
        A band for each of EDGES, from the highest on, and one for 0 and below. If no activation is above 0, there is
        that one only.
    """
    values = np.asarray(values, np.float64)
    top = float(values.max(initial=0.0))
    order = np.argsort(-values, kind="stable")
    edges = [*([top, *(share * top for share in EDGES[:-1])] if top > 0 else []), 0.0, -np.inf]
    found = []
    for high, low in itertools.pairwise(edges):
        inside = [i for i in order if low < values[i] <= high]
        found.append(Band(low, high, len(inside), tuple(dict.fromkeys(pieces[i] for i in inside))))
    return found

"""Why scores are divided by sqrt(d_k): the spread of q · k, and what it does to the softmax and its gradient.

Section 3.2.1, footnote 4: components of q and k that are independent, with mean 0 and variance 1, give a dot product of
mean 0 and variance d_k.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.analysis.similarity import softmax
from core.errors import OptionError

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
"""Values of d_k that are tried."""
KEYS = 8
"""So many keys share one softmax."""
SAMPLES = 2000
"""So many dot products are drawn for a variance."""


def draw_scores(d_k: int, queries: int, keys: int = KEYS, seed: int = 0) -> np.ndarray:
    """Dot products of drawn queries with drawn keys, each query with its own. -> (queries, keys)

    All components are independent and normal, with mean 0 and variance 1.
    """
    if d_k < 1:
        raise OptionError(name="d_k", value=d_k, reason="it must be at least 1")
    draw = np.random.default_rng((seed, d_k))
    q, k = draw.standard_normal((queries, d_k)), draw.standard_normal((queries, keys, d_k))
    return np.einsum("qd,qkd->qk", q, k)


def product_variance(sizes: Sequence[int] = SIZES, samples: int = SAMPLES, seed: int = 0) -> np.ndarray:
    """The variance of `samples` drawn q · k for each d_k. -> (sizes,); in theory it is d_k"""
    return np.array([draw_scores(d_k, samples, 1, seed).var(ddof=1) for d_k in sizes])


def jacobian(weights: np.ndarray) -> np.ndarray:
    """The derivatives of a softmax's weights by its scores, diag(p) - p p^T. (…, K) -> (…, K, K)"""
    weights = np.asarray(weights, np.float64)
    return weights[..., :, None] * (np.eye(weights.shape[-1]) - weights[..., None, :])


def jacobian_norm(weights: np.ndarray) -> np.ndarray:
    """Its Frobenius norm, (…, K) -> (…): how much a change of the scores can still move the weights.

    0 where one weight is 1 and all others 0; sqrt(K - 1) / K where all K are equal; never above 1/2.
    """
    return np.linalg.norm(jacobian(weights), axis=(-2, -1))


def entropy(weights: np.ndarray) -> np.ndarray:
    """Bits: 0 where one weight is 1, log2(K) where all K are equal. (…, K) -> (…)"""
    weights = np.asarray(weights, np.float64)
    logarithms = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    return -(weights * logarithms).sum(-1)


class Saturation(NamedTuple):
    """Softmaxes over drawn scores, on average, for each d_k. Row 0: as they are; row 1: divided by sqrt(d_k)."""

    largest: np.ndarray  # (2, sizes): the largest weight, 1 / keys to 1
    entropy: np.ndarray  # (2, sizes), bits: 0 to log2(keys)
    gradient: np.ndarray  # (2, sizes): `jacobian_norm`


def saturation(sizes: Sequence[int] = SIZES, queries: int = 400, keys: int = KEYS, seed: int = 0) -> Saturation:
    """What the softmax makes of `draw_scores`, with the division and without."""
    rows: tuple[list[np.ndarray], ...] = ([], [], [])
    for d_k in sizes:
        scores = draw_scores(d_k, queries, keys, seed)
        weights = softmax(np.stack([scores, scores / math.sqrt(d_k)]))
        for row, found in zip(rows, (weights.max(-1), entropy(weights), jacobian_norm(weights)), strict=True):
            row.append(found.mean(-1))
    return Saturation(*(np.array(row).T for row in rows))

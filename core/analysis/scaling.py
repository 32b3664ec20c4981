"""Why scores are divided by sqrt(d_k): the variance of q · k, and its effect on the softmax and its gradient.

If the components of q and k are independent with mean 0 and variance 1, q · k has mean 0 and variance d_k (section
3.2.1, footnote 4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.analysis.similarity import softmax
from core.errors import OptionError

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
"""The values of d_k."""
KEYS = 8
"""The number of keys of one softmax."""
SAMPLES = 2000
"""The number of sampled dot products for a variance."""


def draw_scores(d_k: int, queries: int, keys: int = KEYS, seed: int = 0) -> np.ndarray:
    """Sample the dot products of random queries, each with its own random keys, (queries, keys).

    All components are independent and normal, with mean 0 and variance 1.
    """
    if d_k < 1:
        raise OptionError(name="d_k", value=d_k, cause="least", low=1)
    generator = np.random.default_rng((seed, d_k))
    q, k = generator.standard_normal((queries, d_k)), generator.standard_normal((queries, keys, d_k))
    return np.einsum("qd,qkd->qk", q, k)


def product_variance(sizes: Sequence[int] = SIZES, samples: int = SAMPLES, seed: int = 0) -> np.ndarray:
    """Return the variance of sampled q · k for each d_k, (sizes,); in theory it is d_k."""
    return np.array([draw_scores(d_k, samples, 1, seed).var(ddof=1) for d_k in sizes])


def jacobian(weights: np.ndarray) -> np.ndarray:
    """Return the derivatives of softmax weights p (…, K) with respect to the scores, diag(p) - p p^T, (…, K, K)."""
    weights = np.asarray(weights, np.float64)
    return weights[..., :, None] * (np.eye(weights.shape[-1]) - weights[..., None, :])


def jacobian_norm(weights: np.ndarray) -> np.ndarray:
    """Return the Frobenius norm of `jacobian`, (…) for weights (…, K): how sensitive the weights are to the scores.

    It is 0 if one weight is 1, and sqrt(K - 1) / K if all are equal; it is never above 1/2.
    """
    return np.linalg.norm(jacobian(weights), axis=(-2, -1))


def entropy(weights: np.ndarray) -> np.ndarray:
    """Return the entropy of weights (…, K) in bits, (…): 0 if one weight is 1, log2(K) if all are equal."""
    weights = np.asarray(weights, np.float64)
    logarithms = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    return -(weights * logarithms).sum(-1)


class Saturation(NamedTuple):
    """Means over softmaxes of sampled scores for each d_k; row 0 without the division by sqrt(d_k), row 1 with it.

    Attributes:
        largest: The largest weight, 1 / keys to 1, (2, sizes).
        entropy: The entropy, 0 to log2(keys) bits, (2, sizes).
        gradient: `jacobian_norm`, (2, sizes).
    """

    largest: np.ndarray
    entropy: np.ndarray
    gradient: np.ndarray


def saturation(sizes: Sequence[int] = SIZES, queries: int = 400, keys: int = KEYS, seed: int = 0) -> Saturation:
    """Measure the softmax of `draw_scores` without the division by sqrt(d_k) and with it."""
    rows: tuple[list[np.ndarray], ...] = ([], [], [])
    for d_k in sizes:
        scores = draw_scores(d_k, queries, keys, seed)
        weights = softmax(np.stack([scores, scores / math.sqrt(d_k)]))
        for row, values in zip(rows, (weights.max(-1), entropy(weights), jacobian_norm(weights)), strict=True):
            row.append(values.mean(-1))
    return Saturation(*(np.array(row).T for row in rows))

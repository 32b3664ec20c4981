"""Attention on small matrices: four similarity functions of query and key, and self-attention step by step.

All numbers are float64, so that results agree with a calculation by hand.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.errors import OptionError

LARGEST = 1000.0
"""The largest absolute value of an input: products of such numbers stay exact to many digits."""


# --- Four similarity functions


def dot(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return q · k_j, (…, K), for q (…, d) and k (K, d).

    Source:
        Luong et al. 2015, equation 8 ("dot").
    """
    return np.asarray(q, np.float64) @ np.asarray(k, np.float64).T


def scaled_dot(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return q · k_j / sqrt(d), (…, K), for q (…, d) and k (K, d).

    Source:
        Vaswani et al. 2017, equation 1.
    """
    return dot(q, k) / math.sqrt(np.shape(q)[-1])


def cosine(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return the cosine of the angle between q (…, d) and k_j, (…, K), for k (K, d); 0 if either is the zero vector."""
    return dot(_normalize(q), _normalize(k))


def _normalize(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


class Additive(NamedTuple):
    """The weights of additive attention, a network with one hidden layer of width h.

    Attributes:
        w_q: W_a of the paper, (d, h).
        w_k: U_a of the paper, (d, h).
        w: v_a of the paper, (h,).
    """

    w_q: np.ndarray
    w_k: np.ndarray
    w: np.ndarray


SMALL_ADDITIVE = Additive(
    w_q=np.array([[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]]),
    w_k=np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]]),
    w=np.array([1.0, 1.0, -1.0]),
)
"""Example weights for two dimensions, set by hand and not trained."""


def additive(q: np.ndarray, k: np.ndarray, weights: Additive) -> np.ndarray:
    """Return w · tanh(q W_q + k_j W_k), (…, K), for q (…, d) and k (K, d).

    Source:
        Bahdanau et al. 2015, appendix A.1.2.
    """
    return additive_hidden(q, k, weights) @ weights.w


def additive_hidden(q: np.ndarray, k: np.ndarray, weights: Additive) -> np.ndarray:
    """Return the hidden layer of `additive`, tanh(q W_q + k_j W_k), (…, K, h)."""
    return np.tanh(additive_inner(q, k, weights))


def additive_inner(q: np.ndarray, k: np.ndarray, weights: Additive) -> np.ndarray:
    """Return the hidden layer of `additive` before the tanh, q W_q + k_j W_k, (…, K, h)."""
    query_part = np.asarray(q, np.float64) @ weights.w_q
    return query_part[..., None, :] + np.asarray(k, np.float64) @ weights.w_k


def random_additive(d: int, hidden: int, seed: int = 0) -> Additive:
    """Return untrained weights: normal, with variance 1 / (number of inputs)."""
    generator = np.random.default_rng(seed)
    w_q, w_k = (generator.standard_normal((d, hidden)) / math.sqrt(d) for _ in range(2))
    return Additive(w_q, w_k, generator.standard_normal(hidden) / math.sqrt(hidden))


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the softmax over the last axis; a row of -inf gives zeros."""
    scores = np.asarray(scores, np.float64)
    largest = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(np.isfinite(largest), largest, 0.0))
    total = powers.sum(-1, keepdims=True)
    return np.divide(powers, total, out=np.zeros_like(powers), where=total > 0)


# --- Self-attention


@dataclass(frozen=True, eq=False)
class SelfAttention:
    """All steps of one head of self-attention without biases (section 3.2.1). T tokens; all arrays are float64.

    Attributes:
        x: Input, (T, d).
        q: x W_Q, (T, d_k).
        k: x W_K, (T, d_k).
        v: x W_V, (T, d_v).
        scores: q k^T, (T, T).
        scaled: scores / sqrt(d_k), or the scores without the division, (T, T).
        masked: scaled, with -inf where the mask hides a key, (T, T).
        weights: Softmax of each row of masked, (T, T).
        output: weights v, (T, d_v).
    """

    x: np.ndarray
    q: np.ndarray
    k: np.ndarray
    v: np.ndarray
    scores: np.ndarray
    scaled: np.ndarray
    masked: np.ndarray
    weights: np.ndarray
    output: np.ndarray

    def mix(self, token: int) -> np.ndarray:
        """Return the terms of the sum that is one token's output, weight times value, (T, d_v)."""
        return self.weights[token, :, None] * self.v


def self_attention_steps(
    x: np.ndarray,
    w_q: np.ndarray,
    w_k: np.ndarray,
    w_v: np.ndarray,
    mask: np.ndarray | None = None,
    divide: bool = True,
) -> SelfAttention:
    """Compute all steps of softmax(Q K^T / sqrt(d_k)) V.

    Args:
        x: (T, d).
        w_q: (d, d_k).
        w_k: (d, d_k).
        w_v: (d, d_v).
        mask: bool (T, T), True where a query sees a key; by default all are visible.
        divide: Whether scores are divided by sqrt(d_k).

    Raises:
        OptionError: If sizes do not fit, or a value is not a number or larger than `LARGEST`.
    """
    given = {"x": x, "w_q": w_q, "w_k": w_k, "w_v": w_v}
    x, w_q, w_k, w_v = (_check_matrix(name, values) for name, values in given.items())
    for name, matrix in (("w_q", w_q), ("w_k", w_k), ("w_v", w_v)):
        if len(matrix) != x.shape[1]:
            raise OptionError(name=name, value=str(matrix.shape), cause="rows", count=x.shape[1])
    if w_q.shape != w_k.shape:
        raise OptionError(name="w_k", value=str(w_k.shape), cause="one_length")
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    scores = q @ k.T
    scaled = scores / math.sqrt(q.shape[1]) if divide else scores.copy()
    masked = scaled.copy() if mask is None else np.where(np.asarray(mask, bool), scaled, -np.inf)
    weights = softmax(masked)
    return SelfAttention(x, q, k, v, scores, scaled, masked, weights, weights @ v)


SMALL = {
    "x": np.array([[1.0, 0, 1, 0, 0], [0, 1, 0, 0, 0.5], [1, 0, 0, 1, 0], [0, 0, 0, 0, 1]]),
    "w_q": np.array([[0.0, 2, 0], [2, 0, 0], [0, 0, 1], [0, 0, -1], [1, 1, 0]]),
    "w_k": np.array([[2.0, 0, 0], [0, 2, 0], [0, 0, 1], [0, 0, -1], [0, 0, -1]]),
    "w_v": np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1], [0.5, 0.5, 0]]),
}
"""An example that can be calculated by hand: four tokens with five features, and weights with d_k = d_v = 3."""
for _array in (*SMALL.values(), *SMALL_ADDITIVE):
    _array.setflags(write=False)


def _check_matrix(name: str, values: np.ndarray) -> np.ndarray:
    try:
        values = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise OptionError(name=name, value="…", cause="cells") from None
    if values.ndim != 2 or not values.size:
        raise OptionError(name=name, value=str(values.shape), cause="table")
    if not np.isfinite(values).all():
        raise OptionError(name=name, value="…", cause="cells")
    if np.abs(values).max() > LARGEST:
        largest = f"{np.abs(values).max():g}"
        raise OptionError(name=name, value=largest, cause="range", low=f"{-LARGEST:g}", high=f"{LARGEST:g}")
    return values


# --- Low-rank approximation of values


@dataclass(frozen=True, eq=False)
class LowRank:
    """A rank-n approximation of value vectors, by `low_rank`. All arrays are float64.

    Attributes:
        values: The approximated vectors, (K, d).
        numbers: Their n coordinates, (K, n); values = numbers directions.
        directions: Orthonormal directions, (n, d).
        shares: The share of the sum of squared norms that the best 1, 2, … directions keep, 0 to 1, (min(K, d),).
    """

    values: np.ndarray
    numbers: np.ndarray
    directions: np.ndarray
    shares: np.ndarray


def low_rank(values: np.ndarray, n: int) -> LowRank:
    """Compute the best rank-n approximation of vectors (K, d) by a truncated singular value decomposition.

    No other n directions keep more of the sum of squared norms.

    Raises:
        OptionError: If n is not from 1 to min(K, d).

    Source:
        Eckart and Young 1936.
    """
    values = np.asarray(values, np.float64)
    if not 1 <= n <= min(values.shape):
        raise OptionError(name="n", value=n, cause="range", low=1, high=min(values.shape))
    left, sizes, right = np.linalg.svd(values, full_matrices=False)
    squares = np.cumsum(sizes**2)
    shares = squares / squares[-1] if squares[-1] else np.ones_like(squares)
    numbers = left[:, :n] * sizes[:n]
    approximation = LowRank(numbers @ right[:n], numbers, right[:n], shares)
    for field in dataclasses.fields(approximation):
        getattr(approximation, field.name).setflags(write=False)
    return approximation


def relative_error(weights: np.ndarray, values: np.ndarray, shortened: np.ndarray) -> float:
    """Compute the relative error of the output with approximated values, |w V - w V'| / |w V|, or |w V'| if w V is 0.

    Args:
        weights: w, (K,).
        values: V, (K, d).
        shortened: V', (K, d).
    """
    weights = np.asarray(weights, np.float64)
    output = weights @ values
    return float(np.linalg.norm(output - weights @ shortened) / (np.linalg.norm(output) or 1))

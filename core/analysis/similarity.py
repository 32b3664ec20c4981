"""Attention on small numbers: how alike a query and a key are, measured in four ways, and self-attention step by step.

All is float64, so that what people type and work out by hand comes out as they expect.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.errors import OptionError

LARGEST = 1000.0
"""Numbers up to here, either sign, can be put in: their products stay exact to many digits."""


# --- Four measures


def dot(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """q · k_j, Luong et al. 2015, equation 8 ("dot"). q (…, d), k (K, d) -> (…, K)"""
    return np.asarray(q, np.float64) @ np.asarray(k, np.float64).T


def scaled_dot(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """q · k_j / sqrt(d), Vaswani et al. 2017, equation 1. q (…, d), k (K, d) -> (…, K)"""
    return dot(q, k) / math.sqrt(np.shape(q)[-1])


def cosine(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """The cosine of the angle between them, -1 to 1, and 0 where one has no length. q (…, d), k (K, d) -> (…, K)"""
    return dot(_unit(q), _unit(k))


def _unit(vectors: np.ndarray) -> np.ndarray:
    vectors = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


class Additive(NamedTuple):
    """The small network of additive attention, with one hidden layer of h numbers."""

    w_q: np.ndarray  # (d, h), written W_a in the paper
    w_k: np.ndarray  # (d, h), U_a
    w: np.ndarray  # (h,), v_a


SMALL_ADDITIVE = Additive(
    w_q=np.array([[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]]),
    w_k=np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]]),
    w=np.array([1.0, 1.0, -1.0]),
)
"""Weights that were set by hand, for two dimensions: they show how it is computed, and nobody has trained them."""


def additive(q: np.ndarray, k: np.ndarray, weights: Additive) -> np.ndarray:
    """w · tanh(q W_q + k_j W_k), Bahdanau et al. 2015, appendix A.1.2. q (…, d), k (K, d) -> (…, K)"""
    return additive_hidden(q, k, weights) @ weights.w


def additive_hidden(q: np.ndarray, k: np.ndarray, weights: Additive) -> np.ndarray:
    """What its hidden layer gives, tanh(q W_q + k_j W_k), -1 to 1. q (…, d), k (K, d) -> (…, K, h)"""
    return np.tanh(additive_inner(q, k, weights))


def additive_inner(q: np.ndarray, k: np.ndarray, weights: Additive) -> np.ndarray:
    """The sums that its hidden layer takes the tanh of, q W_q + k_j W_k. q (…, d), k (K, d) -> (…, K, h)"""
    own = np.asarray(q, np.float64) @ weights.w_q
    return own[..., None, :] + np.asarray(k, np.float64) @ weights.w_k


def random_additive(d: int, hidden: int, seed: int = 0) -> Additive:
    """Weights as before any training: normal, with variance 1 / (number of inputs)."""
    draw = np.random.default_rng(seed)
    w_q, w_k = (draw.standard_normal((d, hidden)) / math.sqrt(d) for _ in range(2))
    return Additive(w_q, w_k, draw.standard_normal(hidden) / math.sqrt(hidden))


def softmax(scores: np.ndarray) -> np.ndarray:
    """e^s / sum of e^s over the last axis. (…, K) -> (…, K); a row that is -inf throughout gives zeros."""
    scores = np.asarray(scores, np.float64)
    most = scores.max(-1, keepdims=True)
    powers = np.exp(scores - np.where(np.isfinite(most), most, 0.0))
    total = powers.sum(-1, keepdims=True)
    return np.divide(powers, total, out=np.zeros_like(powers), where=total > 0)


# --- Self-attention


@dataclass(frozen=True, eq=False)
class SelfAttention:
    """One head of self-attention without biases, matrix by matrix (section 3.2.1). T tokens; float64."""

    x: np.ndarray  # (T, d)
    q: np.ndarray  # (T, d_k): x W_Q
    k: np.ndarray  # (T, d_k): x W_K
    v: np.ndarray  # (T, d_v): x W_V
    scores: np.ndarray  # (T, T): q k^T
    scaled: np.ndarray  # (T, T): scores / sqrt(d_k), or the scores again where they are not to be divided
    masked: np.ndarray  # (T, T), -inf where hidden
    weights: np.ndarray  # (T, T): softmax of each row
    output: np.ndarray  # (T, d_v): weights v

    def mix(self, token: int) -> np.ndarray:
        """The terms that one token's output is the sum of, weight times value. -> (T, d_v)"""
        return self.weights[token, :, None] * self.v


def self_attention_steps(
    x: np.ndarray,
    w_q: np.ndarray,
    w_k: np.ndarray,
    w_v: np.ndarray,
    mask: np.ndarray | None = None,
    divide: bool = True,
) -> SelfAttention:
    """All steps of softmax(Q K^T / sqrt(d_k)) V. x (T, d), w_q and w_k (d, d_k), w_v (d, d_v)

    mask: bool (T, T), True where a query may read a key; None where it may read all. divide: whether by sqrt(d_k).
    OptionError for sizes that do not fit, numbers that are none, and such as are larger than `LARGEST`.
    """
    given = {"x": x, "w_q": w_q, "w_k": w_k, "w_v": w_v}
    x, w_q, w_k, w_v = (_checked(name, values) for name, values in given.items())
    for name, matrix in (("w_q", w_q), ("w_k", w_k), ("w_v", w_v)):
        if len(matrix) != x.shape[1]:
            raise OptionError(name=name, value=str(matrix.shape), reason=f"it must have {x.shape[1]} rows")
    if w_q.shape != w_k.shape:
        raise OptionError(name="w_k", value=str(w_k.shape), reason="queries and keys must be of one length")
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
"""Four tokens of five features, and weights for queries, keys and values of three: set by hand to be followed by hand."""
for _array in (*SMALL.values(), *SMALL_ADDITIVE):
    _array.setflags(write=False)


def _checked(name: str, values: np.ndarray) -> np.ndarray:
    try:
        values = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise OptionError(name=name, value="…", reason="every cell must hold a number") from None
    if values.ndim != 2 or not values.size:
        raise OptionError(name=name, value=str(values.shape), reason="it must be a table of rows and columns")
    if not np.isfinite(values).all():
        raise OptionError(name=name, value="…", reason="every cell must hold a number")
    if np.abs(values).max() > LARGEST:
        reason = f"numbers may go from {-LARGEST:g} to {LARGEST:g}"
        raise OptionError(name=name, value=f"{np.abs(values).max():g}", reason=reason)
    return values


# --- Why a vector


@dataclass(frozen=True, eq=False)
class Kept:
    """Value vectors of which only so many numbers are left each; see `keep`. float64"""

    values: np.ndarray  # (K, d): the nearest there is to the real ones
    numbers: np.ndarray  # (K, n): what is left of each
    directions: np.ndarray  # (n, d), of length 1, upright to one another: values = numbers directions
    shares: np.ndarray  # (min(K, d),): of the squared lengths, what the best 1, 2, … numbers keep; 0 to 1


def keep(values: np.ndarray, n: int) -> Kept:
    """Leave each vector n numbers, in the best n directions there are for these vectors together. values (K, d)

    No other choice of directions keeps more of the squared lengths (Eckart and Young 1936).
    """
    values = np.asarray(values, np.float64)
    if not 1 <= n <= min(values.shape):
        raise OptionError(name="n", value=n, reason=f"it must be from 1 to {min(values.shape)}")
    left, sizes, right = np.linalg.svd(values, full_matrices=False)
    squares = np.cumsum(sizes**2)
    shares = squares / squares[-1] if squares[-1] else np.ones_like(squares)
    numbers = left[:, :n] * sizes[:n]
    kept = Kept(numbers @ right[:n], numbers, right[:n], shares)
    for field in dataclasses.fields(kept):
        getattr(kept, field.name).setflags(write=False)
    return kept


def loss(weights: np.ndarray, values: np.ndarray, shortened: np.ndarray) -> float:
    """How far the output moves when values are shortened: |w V - w V'| / |w V|; |w V - w V'| where w V is 0.

    weights (K,), values and shortened (K, d)
    """
    weights = np.asarray(weights, np.float64)
    output = weights @ values
    return float(np.linalg.norm(output - weights @ shortened) / (np.linalg.norm(output) or 1))

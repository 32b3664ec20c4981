"""The sinusoidal positional encoding, its properties, and its part in the scores of a head."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.errors import OptionError

if TYPE_CHECKING:
    from core.records import HeadInside

BASE = 10000.0
"""The base of the paper's wavelengths."""


def encoding(length: int, d_model: int, layout: str = "interleaved") -> np.ndarray:
    """Return the positional encoding of the models, float32 (length, d_model): `core.model.sinusoid`.

    `layout` is a model's `ModelConfig.sinusoid`.
    """
    from core.model import sinusoid  # imports torch, which takes seconds

    return sinusoid(length, d_model, layout=layout).numpy()


def wavelengths(d_model: int, base: float = BASE) -> np.ndarray:
    """Return the wavelength of each pair of dimensions 2i, 2i + 1, in positions: 2 pi 10000^(2i / d_model).

    Section 3.5 calls it "a geometric progression from 2 pi to 10000 * 2 pi"; no pair reaches the end.

    Args:
        d_model: Number of dimensions.
        base: A number in place of 10000, also in the functions below.

    Returns:
        float64 (ceil(d_model / 2),).
    """
    return 2 * math.pi * base ** (np.arange(0, d_model, 2) / d_model)


def wavelengths_tensor2tensor(d_model: int) -> np.ndarray:
    """Return the wavelengths of `sinusoid_tensor2tensor`: 2 pi 10000^(i / (n - 1)), with n = floor(d_model / 2).

    The last is 10000 * 2 pi.

    Returns:
        float64 (n,).
    """
    n = d_model // 2
    return 2 * math.pi * BASE ** (np.arange(n) / max(n - 1, 1))


def waves(at: np.ndarray, d_model: int, base: float = BASE) -> np.ndarray:
    """Evaluate the paper's formula at positions `at` (P,), which may be fractional; return float64 (P, d_model)."""
    angles = np.asarray(at, np.float64)[:, None] * 2 * math.pi / wavelengths(d_model, base)
    encodings = np.empty((len(angles), d_model))
    encodings[:, 0::2], encodings[:, 1::2] = np.sin(angles), np.cos(angles[:, : d_model // 2])
    return encodings


def rotation(d_model: int, k: float, base: float = BASE) -> np.ndarray:
    """Return the matrix M_k with PE(pos + k) = M_k PE(pos) for every pos.

    It rotates each pair (sin, cos) of frequency w by the angle k w: its diagonal has blocks
    [[cos kw, sin kw], [-sin kw, cos kw]], and all else is 0. M_k is orthogonal, M_j M_k = M_(j + k), and it does not
    depend on pos.

    Returns:
        float64 (d_model, d_model).

    Raises:
        OptionError: If d_model is odd, so that the last sine has no cosine.

    Source:
        Section 3.5, on fixed offsets k.
    """
    if d_model % 2:
        raise OptionError(name="d_model", value=d_model, cause="even")
    angles = k * 2 * math.pi / wavelengths(d_model, base)
    sines, cosines = np.arange(0, d_model, 2), np.arange(1, d_model, 2)
    matrix = np.zeros((d_model, d_model))
    matrix[sines, sines] = matrix[cosines, cosines] = np.cos(angles)
    matrix[sines, cosines] = np.sin(angles)
    matrix[cosines, sines] = -np.sin(angles)
    return matrix


def shifted(at: np.ndarray, d_model: int, k: float, base: float = BASE) -> np.ndarray:
    """Return M_k PE(pos), by `rotation`, for positions `at` (P,), float64 (P, d_model)."""
    return waves(at, d_model, base) @ rotation(d_model, k, base).T


def products(length: int, d_model: int, base: float = BASE) -> np.ndarray:
    """Return the dot products of all pairs of the first positions, float64 (length, length)."""
    table = waves(np.arange(length), d_model, base)
    return table @ table.T


def sinusoid_tensor2tensor(length: int, d_model: int) -> np.ndarray:
    """Return the positional encoding of the authors' own code, float64 (length, d_model).

    All n = floor(d_model / 2) sines come before the cosines, and frequency i is 10000^(-i / (n - 1)); the paper
    interleaves them and has 10000^(-2i / d_model). With an odd d_model the last column is 0.

    Source:
        tensor2tensor, `get_timing_signal_1d`.
    """
    angles = np.arange(length)[:, None] * 2 * math.pi / wavelengths_tensor2tensor(d_model)
    return np.concatenate([np.sin(angles), np.cos(angles), np.zeros((length, d_model % 2))], 1)


def interleaved(encodings: np.ndarray) -> np.ndarray:
    """Reorder tensor2tensor's columns (L, d_model) as in the paper: sine and cosine of each frequency side by side."""
    n = encodings.shape[1] // 2
    reordered = encodings.copy()
    reordered[:, 0 : 2 * n : 2], reordered[:, 1 : 2 * n : 2] = encodings[:, :n], encodings[:, n : 2 * n]
    return reordered


def similarity(length: int, d_model: int, base: float = BASE) -> np.ndarray:
    """Return the dot product of two positions by their distance k: PE(pos) PE(pos + k) = sum_i cos(k w_i) at every pos.

    It follows from sin a sin b + cos a cos b = cos(a - b), and is the same for k and -k, so that it does not tell which
    position comes first.

    Returns:
        float64 (length,), for the distances 0 to length - 1; d_model / 2 at 0.

    Raises:
        OptionError: If d_model is odd.
    """
    if d_model % 2:
        raise OptionError(name="d_model", value=d_model, cause="even")
    return np.cos(np.arange(length)[:, None] * 2 * math.pi / wavelengths(d_model, base)).sum(1)


def one_hot_equivalence(
    w_i: np.ndarray, x: np.ndarray, w_p: np.ndarray, position: int
) -> tuple[np.ndarray, np.ndarray]:
    """Compute both sides of W_I x + W_P p = [W_I W_P] [x; p]: adding a position is concatenating its one-hot vector p.

    Args:
        w_i: The embedding matrix, (d, n).
        x: The word vector, (n,).
        w_p: The positional encoding, a position in each column, (d, L).
        position: The position.

    Returns:
        The left side and the right side, each (d,), computed separately.

    Source:
        Hung-yi Lee, lecture "Transformer", 2019.
    """
    one_hot = np.zeros(w_p.shape[1])
    one_hot[position] = 1
    return w_i @ x + w_p[:, position], np.concatenate([w_i, w_p], 1) @ np.concatenate([x, one_hot])


def cosines(embedding: np.ndarray, positions: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Compute the cosines between all word vectors and all position vectors, and those of random vectors.

    Cosines of normally distributed vectors in d dimensions have mean 0 and standard deviation 1 / sqrt(d). If the
    model's cosines are as small, words and positions are nearly orthogonal, so that their sum preserves both.

    Args:
        embedding: Word vectors, (V, d_model).
        positions: Position vectors, (L, d_model).
        seed: The seed of the random vectors.

    Returns:
        float32 (V L,) of the model, and (V L,) of as many random vectors.
    """
    generator = np.random.default_rng(seed)
    random = [generator.standard_normal(side.shape) for side in (embedding, positions)]

    def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        a, b = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (a, b))
        return (a @ b.T).ravel().astype(np.float32)

    return cosine(embedding, positions), cosine(*random)


class Directions(NamedTuple):
    """The distribution of `cosines`, as a histogram and a summary.

    Attributes:
        edges: Edges of the bins, (B + 1,).
        model: Share of the model's pairs in each bin, (B,).
        chance: Share of the random pairs in each bin, (B,).
        mean: Mean of the model's cosines.
        deviation: Their standard deviation.
        chance_deviation: Standard deviation of the random cosines.
        near: Share of the model's pairs with a cosine within ±0.2.
        chance_near: The same of the random pairs.
        word: Row of the word vector in the pair with the largest absolute cosine.
        position: Row of the position vector in this pair.
        extreme: The cosine of this pair.
    """

    edges: np.ndarray
    model: np.ndarray
    chance: np.ndarray
    mean: float
    deviation: float
    chance_deviation: float
    near: float
    chance_near: float
    word: int
    position: int
    extreme: float


def directions(embedding: np.ndarray, positions: np.ndarray, bins: int = 100, seed: int = 0) -> Directions:
    """Summarize the cosines of word vectors (V, d_model) and position vectors (L, d_model), and of random vectors."""
    model, chance = cosines(embedding, positions, seed)
    edges = np.linspace(-1, 1, bins + 1)
    shares, chance_shares = (np.histogram(values, edges)[0] / len(values) for values in (model, chance))
    at = int(np.abs(model).argmax())
    near, chance_near = (float((np.abs(values) < 0.2).mean()) for values in (model, chance))
    mean, deviation, chance_deviation = (
        float(x) for x in (model.mean(dtype=float), model.std(dtype=float), chance.std(dtype=float))
    )
    word, position = divmod(at, len(positions))
    extreme = float(model[at])
    return Directions(
        edges, shares, chance_shares, mean, deviation, chance_deviation, near, chance_near, word, position, extreme
    )


class Norms(NamedTuple):
    """L2 norms of vectors.

    Attributes:
        embedding: Of the learnt word vectors, (V,).
        scaled: Of the word vectors as they enter the model (section 3.4), (V,).
        positions: Of the position vectors, (L,): sqrt(d_model / 2) for every position.
    """

    embedding: np.ndarray
    scaled: np.ndarray
    positions: np.ndarray


def norms(embedding: np.ndarray, positions: np.ndarray, scale: float | None = None) -> Norms:
    """Compute the L2 norms of word vectors and position vectors.

    Args:
        embedding: (V, d_model).
        positions: (L, d_model).
        scale: A model's `ModelConfig.embedding_scale`; by default sqrt(d_model).
    """
    scale = math.sqrt(embedding.shape[1]) if scale is None else scale
    words = np.linalg.norm(embedding, axis=1)
    return Norms(words, words * scale, np.linalg.norm(positions, axis=1))


class FourTerms(NamedTuple):
    """The four terms of the scaled scores of one head of the first encoder layer, each float64 (S, S).

    Attributes:
        content_content: Between the query's word and the key's word.
        content_position: Between the query's word and the key's position.
        position_content: Between the query's position and the key's word.
        position_position: Between the query's position and the key's position.
    """

    content_content: np.ndarray
    content_position: np.ndarray
    position_content: np.ndarray
    position_position: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """The sum of the terms: `HeadInside.scaled` up to rounding."""
        return self.content_content + self.content_position + self.position_content + self.position_position


def four_terms(inside: HeadInside, tokens: np.ndarray, positions: np.ndarray) -> FourTerms:
    """Decompose the scaled scores (e_i + p_i) W_Q ((e_j + p_j) W_K)^T / sqrt(d_k) into four terms.

    The biases count as content: a content query is e W_Q + b_Q and a position query p W_Q, and keys likewise. So the
    four terms sum to the scores.

    Args:
        inside: A head of the first encoder layer; above it, words and positions are mixed.
        tokens: Word vectors e, (S, d_model), from `Translator.embedded`.
        positions: Position vectors p, (S, d_model), from `Translator.embedded`.

    Raises:
        OptionError: If the head is not in the first encoder layer.

    Source:
        Dai et al. 2019, "Transformer-XL", section 3.3.
    """
    if (inside.kind, inside.layer) != ("encoder_self", 0):
        place = f"{inside.kind}, layer {inside.layer}"
        raise OptionError(name="inside", value=place, cause="first_layer")
    tokens, positions, w_q, w_k = (
        np.asarray(array, np.float64) for array in (tokens, positions, inside.w_q, inside.w_k)
    )
    scale = math.sqrt(inside.d_k) * inside.temperature
    content_query, position_query = tokens @ w_q + inside.b_q, positions @ w_q
    content_key, position_key = tokens @ w_k + inside.b_k, positions @ w_k
    queries, keys = (content_query, position_query), (content_key, position_key)
    return FourTerms(*(query @ key.T / scale for query in queries for key in keys))


def spreads(terms: FourTerms) -> tuple[float, ...]:
    """Return the standard deviation of each term over the keys of a query, averaged over the queries.

    A constant in a row has no effect, because it cancels out in the softmax.
    """
    return tuple(float(term.std(axis=1).mean()) for term in terms)

"""The sinusoidal positional encoding in numbers, and what the position is worth inside of one head."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.errors import OptionError

if TYPE_CHECKING:  # it needs torch, which takes seconds to import
    from core.records import HeadInside

BASE = 10000.0
"""The paper's number, from which all wavelengths follow."""


def encoding(length: int, d_model: int, layout: str = "interleaved") -> np.ndarray:
    """The paper's positional encoding, that of the models (section 3.5): `core.model.sinusoid`. -> float32 (length, d_model)

    layout: a model's `ModelConfig.sinusoid`
    """
    from core.model import sinusoid

    return sinusoid(length, d_model, layout=layout).numpy()


def wavelengths(d_model: int, base: float = BASE) -> np.ndarray:
    """Positions after which each pair of dimensions 2i, 2i + 1 comes round: 2 pi 10000^(2i / d_model) (section 3.5).

    -> float64 (ceil(d_model / 2),), "a geometric progression from 2 pi to 10000 * 2 pi", whose end no pair reaches.
    base: another number in place of 10000, to see what it is good for; so in the functions below.
    """
    return 2 * math.pi * base ** (np.arange(0, d_model, 2) / d_model)


def wavelengths_tensor2tensor(d_model: int) -> np.ndarray:
    """Those of `sinusoid_tensor2tensor`: 2 pi 10000^(i / (n - 1)), n = floor(d_model / 2). -> float64 (n,)

    The last is 10000 * 2 pi itself.
    """
    n = d_model // 2
    return 2 * math.pi * BASE ** (np.arange(n) / max(n - 1, 1))


def waves(at: np.ndarray, d_model: int, base: float = BASE) -> np.ndarray:
    """The paper's formula at any positions, between whole ones too. at (P,) -> float64 (P, d_model)"""
    angles = np.asarray(at, np.float64)[:, None] * 2 * math.pi / wavelengths(d_model, base)
    found = np.empty((len(angles), d_model))
    found[:, 0::2], found[:, 1::2] = np.sin(angles), np.cos(angles[:, : d_model // 2])
    return found


def rotation(d_model: int, k: float, base: float = BASE) -> np.ndarray:
    """M_k with PE(pos + k) = M_k PE(pos) for every pos: what section 3.5 says of offsets. -> float64 (d_model, d_model)

    Each pair (sin, cos) of frequency w is turned by the angle k w: blocks [[cos kw, sin kw], [-sin kw, cos kw]] down
    the diagonal, zeros elsewhere. M_k is orthogonal, M_j M_k = M_(j + k), and nothing in it depends on pos.
    Raises `OptionError` for an odd d_model, whose last sine has no cosine to turn with.
    """
    if d_model % 2:
        raise OptionError(name="d_model", value=d_model, reason="choose an even number")
    angles = k * 2 * math.pi / wavelengths(d_model, base)
    sines, cosines = np.arange(0, d_model, 2), np.arange(1, d_model, 2)
    matrix = np.zeros((d_model, d_model))
    matrix[sines, sines] = matrix[cosines, cosines] = np.cos(angles)
    matrix[sines, cosines] = np.sin(angles)
    matrix[cosines, sines] = -np.sin(angles)
    return matrix


def shifted(at: np.ndarray, d_model: int, k: float, base: float = BASE) -> np.ndarray:
    """M_k PE(pos) for each of these positions, by `rotation`. at (P,) -> float64 (P, d_model)"""
    return waves(at, d_model, base) @ rotation(d_model, k, base).T


def products(length: int, d_model: int, base: float = BASE) -> np.ndarray:
    """The dot product of every two of the first positions. -> float64 (length, length)"""
    table = waves(np.arange(length), d_model, base)
    return table @ table.T


def sinusoid_tensor2tensor(length: int, d_model: int) -> np.ndarray:
    """The encoding of the authors' own code, tensor2tensor's `get_timing_signal_1d`. -> float64 (length, d_model)

    All n = floor(d_model / 2) sines stand before the cosines, and frequency i is 10000^(-i / (n - 1)), where the paper
    interleaves them and has 10000^(-2i / d_model). An odd d_model ends with a column of zeros.
    """
    angles = np.arange(length)[:, None] * 2 * math.pi / wavelengths_tensor2tensor(d_model)
    return np.concatenate([np.sin(angles), np.cos(angles), np.zeros((length, d_model % 2))], 1)


def interleaved(encodings: np.ndarray) -> np.ndarray:
    """tensor2tensor's columns in the paper's order: sine and cosine of each frequency side by side. (L, d_model) both"""
    n = encodings.shape[1] // 2
    found = encodings.copy()
    found[:, 0 : 2 * n : 2], found[:, 1 : 2 * n : 2] = encodings[:, :n], encodings[:, n : 2 * n]
    return found


def similarity(length: int, d_model: int, base: float = BASE) -> np.ndarray:
    """The dot product of two positions by their distance: PE(pos) PE(pos + k) = sum_i cos(k w_i) at every pos.

    From sin a sin b + cos a cos b = cos(a - b). -> float64 (length,), distances 0 to length - 1, d_model / 2 at 0.
    Equal in both directions: it does not say which of the two comes first. Raises `OptionError` for an odd d_model.
    """
    if d_model % 2:
        raise OptionError(name="d_model", value=d_model, reason="choose an even number")
    return np.cos(np.arange(length)[:, None] * 2 * math.pi / wavelengths(d_model, base)).sum(1)


def one_hot_equivalence(
    w_i: np.ndarray, x: np.ndarray, w_p: np.ndarray, position: int
) -> tuple[np.ndarray, np.ndarray]:
    """Adding a position's vector is concatenating its one-hot vector p: W_I x + W_P p = [W_I W_P] [x; p].

    w_i (d, n) embeds the word vector x (n,); w_p (d, L) holds a position's vector in each column
    -> (the left side, the right side), each (d,), by two computations: a block matrix times a stacked vector. Hung-yi
    Lee explains the sum this way (lecture "Transformer", 2019).
    """
    one_hot = np.zeros(w_p.shape[1])
    one_hot[position] = 1
    return w_i @ x + w_p[:, position], np.concatenate([w_i, w_p], 1) @ np.concatenate([x, one_hot])


def cosines(embedding: np.ndarray, positions: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Cosines between every word vector (V, d_model) and every position vector (L, d_model), beside those of chance.

    -> float32 (V L,) of the model, (V L,) between as many random vectors, normally distributed: in d dimensions these
    have mean 0 and standard deviation 1 / sqrt(d). Where the model's are as small, words and positions lie in nearly
    orthogonal directions, and a sum keeps both apart.
    """
    draw = np.random.default_rng(seed)
    random = [draw.standard_normal(side.shape) for side in (embedding, positions)]

    def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        a, b = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (a, b))
        return (a @ b.T).ravel().astype(np.float32)

    return cosine(embedding, positions), cosine(*random)


class Directions(NamedTuple):
    """`cosines` in numbers: as shares of all pairs in bins, and which pair is furthest from a right angle."""

    edges: np.ndarray  # (B + 1,) of the bins
    model: np.ndarray  # (B,) shares, which sum to 1
    chance: np.ndarray  # (B,)
    mean: float
    deviation: float
    chance_deviation: float
    near: float  # share of the model's pairs with a cosine within ±0.2
    chance_near: float
    word: int  # the row of the word vector in the most extreme pair
    position: int
    extreme: float  # its cosine


def directions(embedding: np.ndarray, positions: np.ndarray, bins: int = 100, seed: int = 0) -> Directions:
    """How word vectors (V, d_model) lie to position vectors (L, d_model), beside random vectors."""
    model, chance = cosines(embedding, positions, seed)
    edges = np.linspace(-1, 1, bins + 1)
    shares, chance_shares = (np.histogram(found, edges)[0] / len(found) for found in (model, chance))
    at = int(np.abs(model).argmax())
    near, chance_near = (float((np.abs(found) < 0.2).mean()) for found in (model, chance))
    mean, deviation, other = (
        float(x) for x in (model.mean(dtype=float), model.std(dtype=float), chance.std(dtype=float))
    )
    word, position = divmod(at, len(positions))
    return Directions(
        edges, shares, chance_shares, mean, deviation, other, near, chance_near, word, position, float(model[at])
    )


class Norms(NamedTuple):
    """Lengths of vectors (L2)."""

    embedding: np.ndarray  # (V,) of the word vectors as they are learnt
    scaled: np.ndarray  # (V,) multiplied by sqrt(d_model), as they enter the model (section 3.4), or by `scale`
    positions: np.ndarray  # (L,) of what is added to them: sqrt(d_model / 2) for every position


def norms(embedding: np.ndarray, positions: np.ndarray, scale: float | None = None) -> Norms:
    """How long words and positions are. embedding (V, d_model), positions (L, d_model)

    scale: a model's `ModelConfig.embedding_scale`; sqrt(d_model) by default
    """
    scale = math.sqrt(embedding.shape[1]) if scale is None else scale
    words = np.linalg.norm(embedding, axis=1)
    return Norms(words, words * scale, np.linalg.norm(positions, axis=1))


class FourTerms(NamedTuple):
    """What the scaled scores of one head of the first encoder layer are the sum of, each float64 (S, S)."""

    content_content: np.ndarray  # what the query's word asks of the key's word
    content_position: np.ndarray  # what the query's word asks of the key's position
    position_content: np.ndarray  # what the query's position asks of the key's word
    position_position: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """`HeadInside.scaled`, but for rounding."""
        return self.content_content + self.content_position + self.position_content + self.position_position


def four_terms(inside: HeadInside, tokens: np.ndarray, positions: np.ndarray) -> FourTerms:
    """The scaled scores taken apart: (e_i + p_i) W_Q ((e_j + p_j) W_K)^T / sqrt(d_k), multiplied out.

    tokens e, positions p: both (S, d_model), of `Translator.embedded`. The biases belong to the content: a content
    query is e W_Q + b_Q and a position query p W_Q alone, and so the keys; then the four sum to the whole. The idea:
    Dai et al. 2019, "Transformer-XL", section 3.3. Raises `OptionError` for any but the first encoder layer: above it,
    words and positions are mixed.
    """
    if (inside.kind, inside.layer) != ("encoder_self", 0):
        place = f"{inside.kind}, layer {inside.layer}"
        raise OptionError(
            name="inside", value=place, reason="words and positions are apart in the first encoder layer only"
        )
    tokens, positions, w_q, w_k = (
        np.asarray(array, np.float64) for array in (tokens, positions, inside.w_q, inside.w_k)
    )
    scale = math.sqrt(inside.d_k) * inside.temperature
    content_query, position_query = tokens @ w_q + inside.b_q, positions @ w_q
    content_key, position_key = tokens @ w_k + inside.b_k, positions @ w_k
    queries, keys = (content_query, position_query), (content_key, position_key)
    return FourTerms(*(query @ key.T / scale for query in queries for key in keys))


def spreads(terms: FourTerms) -> tuple[float, ...]:
    """How far apart each of the four terms sets the keys of a query: its standard deviation along a row, row by row.

    -> four means over the rows. What is the same for all keys of a row, softmax takes away.
    """
    return tuple(float(term.std(axis=1).mean()) for term in terms)

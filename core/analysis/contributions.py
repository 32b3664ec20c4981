"""How much each input contributes to an output of attention: more than the weights, as formulas in NumPy.

An attention weight says how much of a value is taken, not how long the value is nor what is added to it. The formulas
here take both into account. `core.probes.contributions` runs a model for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.analysis.rollout import rollout
from core.records.trace import Trace


class DecoderShares(NamedTuple):
    """What one decoder layer makes its output of, as shares.

    Attributes:
        own: Share [t, j] of position j in the output of masked self-attention at t, with its residual, (T, T). Rows
            sum to 1.
        cross: Share [t, j] of the encoder's output j in the output of cross-attention at t, (T, S).
        residual: Share of the residual of cross-attention, (T,). With the row of `cross` it sums to 1.
    """

    own: np.ndarray
    cross: np.ndarray
    residual: np.ndarray


def rescaled(shares: np.ndarray) -> np.ndarray:
    """Divide each row by its sum, along the last axis; rows of zeros stay."""
    sums = shares.sum(-1, keepdims=True)
    return np.divide(shares, sums, out=np.zeros_like(shares), where=sums > 0)


def value_norms(weights: np.ndarray, transformed: np.ndarray) -> np.ndarray:
    """Compute the lengths of what each head adds for each key: ||alpha_ij f(x_j)|| = alpha_ij ||f(x_j)||.

    Args:
        weights: Attention weights alpha, (heads, rows, keys).
        transformed: What a head would add with a weight of 1, f(x) = (x W^V + b^V) W^O with the head's slices of the
            matrices, (heads, keys, d_model).

    Returns:
        (heads, rows, keys). With f(x) of equal length for all keys it is proportional to the weights.

    Source:
        Kobayashi et al. 2020, "Attention is Not Only a Weight: Analyzing Transformers with Vector Norms", section 3.
    """
    return weights * np.linalg.norm(transformed, axis=-1)[:, None]


def added_vectors(weights: np.ndarray, transformed: np.ndarray) -> np.ndarray:
    """Compute what all heads of an attention together add to a row for a key, (rows, keys, d_model).

    The arguments are those of `value_norms`. Summed over keys, and with the bias of W^O, it is the attention's output.
    """
    return (weights.transpose(2, 1, 0) @ transformed.transpose(1, 0, 2)).transpose(1, 0, 2)


def norm_shares(weights: np.ndarray, transformed: np.ndarray) -> np.ndarray:
    """Compute the length of what all heads together add for each key, as a share of the row: (rows, keys).

    The heads' vectors are added before the length is taken, so that heads that cancel each other out do not count. The
    arguments are those of `value_norms`. Rows sum to 1, or to 0 if nothing is added.

    Source:
        Kobayashi et al. 2020, section 3 ("multi-head attention").
    """
    return rescaled(np.linalg.norm(added_vectors(weights, transformed), axis=-1))


def through_norm(parts: np.ndarray, total: np.ndarray, gain: np.ndarray, epsilon: float) -> np.ndarray:
    """Take summands through the layer normalization of their sum, as a linear map with the sum's own deviation.

    p becomes g (p - mean(p)) / sigma, with the deviation sigma of the sum: the results and the bias of the
    normalization add up to its output.

    Args:
        parts: Summands, (rows, parts, d_model).
        total: The sums that are normalized, with everything that is added, (rows, d_model).
        gain: The gain g, (d_model,).
        epsilon: Added to the variance.
    """
    sigma = np.sqrt(total.var(-1) + epsilon)
    return gain * (parts - parts.mean(-1, keepdims=True)) / sigma[:, None, None]


def alti(parts: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Compute how much each summand contributes to an output, by how much nearer to it the output is with it than 0.

    max(0, ||y||_1 - ||y - T(x_j)||_1), divided by the sum of the row. A summand that points away from the output
    contributes 0.

    Args:
        parts: The summands T_i(x_j), (rows, parts, d_model).
        outputs: The outputs y_i, (rows, d_model). What is in no summand, such as biases, is in them alone.

    Returns:
        (rows, parts). Rows sum to 1, or to 0 if no summand points towards the output.

    Source:
        Ferrando, Gállego and Costa-jussà 2022, "Measuring the Mixing of Contextual Information in the Transformer",
        section 3.
    """
    distances = np.abs(outputs[:, None] - parts).sum(-1)
    return rescaled(np.maximum(np.abs(outputs).sum(-1, keepdims=True) - distances, 0.0))


def own_shares(parts: np.ndarray, residual: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Compute the contribution of each position to the output of self-attention, with its residual: (T, T).

    The residual is added to the summand of its own position. A row to which nothing contributes is its own position's.

    Args:
        parts: What each position adds to each row, normalized (`through_norm`), (T, T, d_model).
        residual: The residual of each row, normalized, (T, d_model).
        outputs: The outputs after normalization, (T, d_model).
    """
    parts = parts.copy()
    rows = np.arange(len(parts))
    parts[rows, rows] += residual
    shares = alti(parts, outputs)
    shares[rows, rows] += shares.sum(-1) == 0
    return shares


def cross_shares(parts: np.ndarray, residual: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the contribution of each source position, and of the residual, to the output of cross-attention.

    Args:
        parts: What each source position adds to each row, normalized (`through_norm`), (T, S, d_model).
        residual: The residual of each row, normalized, (T, d_model).
        outputs: The outputs after normalization, (T, d_model).

    Returns:
        (T, S) and (T,), which sum to 1. A row to which nothing contributes is the residual's.
    """
    shares = alti(np.concatenate([parts, residual[:, None]], 1), outputs)
    shares[:, -1] += shares.sum(-1) == 0
    return shares[:, :-1], shares[:, -1]


def compose(encoder: np.ndarray, decoder: Sequence[DecoderShares]) -> tuple[np.ndarray, np.ndarray]:
    """Multiply the shares of all layers: what the decoder's last output is made of, in pieces of either side.

    A decoder layer mixes, by self-attention, what its positions had gathered in the layers before; then it takes a part
    of that and for the rest source positions, which the encoder has mixed. Feed-forward networks see one position at a
    time and move nothing.

    Args:
        encoder: Share [i, j] of source piece j in the encoder's output i, (S, S).
        decoder: The shares of each decoder layer.

    Returns:
        Shares of source pieces (T, S) and of input pieces (T, T) in the output at each position. A row of both sums
        to 1.

    Source:
        Ferrando et al. 2022, "Towards Opening the Black Box of Neural Machine Translation: Source and Target
        Interpretations of the Transformer", section 3.
    """
    target = np.eye(len(decoder[0].residual))
    source = np.zeros((len(target), len(encoder)))
    for layer in decoder:
        residual = layer.residual[:, None]
        source = layer.cross @ encoder + residual * (layer.own @ source)
        target = residual * (layer.own @ target)
    return source, target


def rollout_contributions(trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Compute attention rollout through encoder and decoder: shares of source pieces (T, S) and input pieces (T, T).

    In each attention the mean of the heads and the residual have the same weight, as in `core.analysis.rollout`: the
    share of the source is that of this assumption, and the same at each step. `compose` multiplies the layers.

    Raises:
        OptionError: If the model has no self-attention.

    Source:
        Abnar and Zuidema 2020, "Quantifying Attention Flow in Transformers", section 3, for the encoder; the decoder as
        in Ferrando et al. 2022.
    """
    maps = rollout(trace)
    change = trace.intervention
    depth = len(maps) if change is None or change.encoder_layer is None else change.encoder_layer
    layers = []
    for own, cross in zip(trace.decoder_self, trace.cross, strict=True):
        both = np.concatenate([cross.astype(np.float64).mean(0), np.ones((cross.shape[1], 1))], 1)
        shares = rescaled(both)
        layers.append(
            DecoderShares(
                rescaled(own.astype(np.float64).mean(0) + np.eye(own.shape[-1])), shares[:, :-1], shares[:, -1]
            )
        )
    return compose(maps[depth - 1] if depth else np.eye(maps.shape[-1]), layers)


def attention_contributions(trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of the heads' weights in the last layer: cross-attention (T, S) and self-attention (T, T).

    Rows are rescaled to sum to 1, which changes them only if a head is removed. A recurrent model has no
    self-attention: its second array is 0.

    Raises:
        OptionError: If the model has no cross-attention.
    """
    cross = rescaled(trace.weights("cross", len(trace.cross) - 1 if len(trace.cross) else 0, None).astype(np.float64))
    if not len(trace.decoder_self):
        return cross, np.zeros((len(cross), len(cross)))
    return cross, rescaled(trace.decoder_self[-1].astype(np.float64).mean(0))


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value of a vector, from 1; equal values share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (counts.cumsum() - (counts - 1) / 2)[places]


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Compute Spearman's rank correlation of two vectors, -1 to 1; NaN if all values of one are equal."""
    a, b = (ranks(values) - (len(values) + 1) / 2 for values in (first, second))
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else np.nan

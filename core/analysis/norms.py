"""Layer normalization and batch normalization of the same vectors, before their gain and bias."""

from __future__ import annotations

import numpy as np

EPSILON = 1e-5
"""The number that is added to the variance; the same as torch's."""


def layer_norm(x: np.ndarray, epsilon: float = EPSILON) -> np.ndarray:
    """Return (x - mean) / sqrt(variance + epsilon), with mean and variance over the features of each vector.

    Args:
        x: Vectors (…, features).
        epsilon: The number that is added to the variance.

    Source:
        Ba, Kiros and Hinton 2016, "Layer Normalization".
    """
    return _normalized(x, (-1,), epsilon)


def batch_norm(x: np.ndarray, epsilon: float = EPSILON) -> np.ndarray:
    """Return (x - mean) / sqrt(variance + epsilon), with mean and variance of each feature over all vectors.

    All positions of all sentences count, padding included, as in training. Of a single vector every number is its own
    mean, so that the result is 0; torch refuses such a batch in training.

    Args:
        x: Vectors (…, features).
        epsilon: The number that is added to the variance.

    Source:
        Ioffe and Szegedy 2015, "Batch Normalization".
    """
    return _normalized(x, tuple(range(np.ndim(x) - 1)), epsilon)


def _normalized(x: np.ndarray, axes: tuple[int, ...], epsilon: float) -> np.ndarray:
    x = np.asarray(x, np.float64)
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)

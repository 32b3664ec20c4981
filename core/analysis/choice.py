"""How scores become a choice: softmax at a temperature, and the targets of training."""

from __future__ import annotations

import numpy as np


def softmax(scores: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the probabilities of scores at a temperature, over the last axis, float64.

    Raises:
        ValueError: If the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError(f"temperature {temperature}: it must be above 0")
    scaled = np.asarray(scores, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def smoothed_targets(labels: np.ndarray, vocabulary: int, smoothing: float) -> np.ndarray:
    """Return the distributions that training with label smoothing aims at, float64 (T, vocabulary).

    The share `smoothing` is spread over the whole vocabulary, the rest is the correct piece's (section 5.4, in the form
    of `torch.nn.functional.cross_entropy`).
    """
    targets = np.full((len(labels), vocabulary), smoothing / vocabulary)
    targets[np.arange(len(labels)), labels] += 1 - smoothing
    return targets


def cross_entropy(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return -sum(targets * log(probabilities)) over the last axis, in nats; 0 log 0 counts as 0."""
    logs = np.log(probabilities, where=targets > 0, out=np.zeros_like(targets))
    return -(targets * logs).sum(-1)

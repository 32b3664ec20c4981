"""Attention rollout (Abnar and Zuidema 2020, "Quantifying Attention Flow in Transformers", section 3)."""

from __future__ import annotations

import numpy as np

from core.errors import OptionError
from core.records.trace import Trace


def rollout(trace: Trace) -> np.ndarray:
    """How much of each encoder position comes from each source piece, if attention were all that moved information.

    -> float64 (layers, S, S): [l, i, j] is the share of piece j in position i after layer l + 1. Rows sum to 1.

    In each layer the heads' average stands for attention, and the residual connection for as much again of the position
    itself: A = 0.5 mean(W) + 0.5 I, its rows rescaled to sum to 1 (they do already, unless a head was taken away). The
    layers are multiplied from the first on: R_1 = A_1, R_l = A_l R_(l-1). Values, W^O and the feed-forward networks
    are left out, so this is a picture of paths, not of what was passed along them.

    Raises `OptionError` for a model without self-attention.
    """
    if not len(trace.encoder_self):
        raise OptionError(name="trace", value=trace.model, reason="this model has no self-attention to follow")
    weights = trace.encoder_self.astype(np.float64).mean(1)  # (layers, S, S)
    mixed = 0.5 * weights + 0.5 * np.eye(weights.shape[-1])
    mixed /= mixed.sum(-1, keepdims=True)
    found = [mixed[0]]
    for layer in mixed[1:]:
        found.append(layer @ found[-1])
    return np.stack(found)

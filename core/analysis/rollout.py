"""Attention rollout (Abnar and Zuidema 2020, "Quantifying Attention Flow in Transformers", section 3)."""

from __future__ import annotations

import dataclasses

import numpy as np

from core.errors import OptionError
from core.records.trace import Trace


def rollout(trace: Trace) -> np.ndarray:
    """Compute the share of each source piece in each encoder position, as if attention alone moved information.

    In each layer attention is the mean of the heads, and the residual connection has the same weight as attention:
    A = 0.5 mean(W) + 0.5 I, with rows rescaled to sum to 1 (which changes them only if a head is removed). The layers
    are multiplied, R_1 = A_1, R_l = A_l R_(l-1). Values, W^O and the feed-forward networks are left out: rollout shows
    paths, not what is transported along them.

    Returns:
        The share [l, i, j] of piece j in position i after layer l + 1, float64 (layers, S, S). Rows sum to 1.

    Raises:
        OptionError: If the model has no self-attention.
    """
    if not len(trace.encoder_self):
        raise OptionError(name="trace", value=trace.model, cause="no_self_attention")
    weights = trace.encoder_self.astype(np.float64).mean(1)  # (layers, S, S)
    mixed = 0.5 * weights + 0.5 * np.eye(weights.shape[-1])
    mixed /= mixed.sum(-1, keepdims=True)
    products = [mixed[0]]
    for layer in mixed[1:]:
        products.append(layer @ products[-1])
    return np.stack(products)


def rollout_trace(trace: Trace) -> Trace:
    """Return a run whose encoder weights are its attention rollout, one map per layer, without other kinds.

    Raises:
        OptionError: If the model has no self-attention.
    """
    maps = rollout(trace)[:, None].astype(np.float32)  # (layers, 1, S, S)
    nothing = {kind: getattr(trace, kind)[:0, :1] for kind in ("decoder_self", "cross")}
    return dataclasses.replace(trace, encoder_self=maps, intervention=None, **nothing)

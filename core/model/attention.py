"""Scaled dot-product attention and multi-head attention (section 3.2)."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Tap = dict[str, Tensor]
"""Intermediate values of one module in a forward pass, by name. The pass fills it in."""

Taps = dict[tuple[str, int], Tap]
"""The modules whose intermediate values a forward pass records, each with an empty `Tap`.

(kind of attention, layer): input (B, T, d_model); q, k, v and output (B, h, …, d_k); weights (B, h, T, S); and mask,
broadcastable to the weights, if there is one. ("encoder" or "decoder", layer): the output of the layer's feed-forward
network inside, hidden (B, T, d_ff). Both also have the values of the Add & Norm after the sub-layer, each
(B, T, d_model): residual (the x that is added), sublayer, sum, and normalized.
"""


class HeadChange(NamedTuple):
    """The changes that an Intervention makes in one attention.

    Attributes:
        zero: Heads whose weights are set to 0, bool (h, 1, 1), or (B, h, 1, 1) if batch rows differ; the layers before
            may then compute a single row, which this attention makes B rows.
        uniform: Heads with equal weight on every visible key, of the same shape.
        temperature: Scores are divided by it.
    """

    zero: Tensor | None = None
    uniform: Tensor | None = None
    temperature: float = 1.0

    def ablation(self, head: int) -> str | None:
        """Return how one head's weights are replaced in all rows: "zero", "uniform", or None."""
        modes = {"zero": self.zero, "uniform": self.uniform}
        return next((mode for mode, heads in modes.items() if heads is not None and bool(heads[head])), None)


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, change: HeadChange | None = None
) -> tuple[Tensor, Tensor]:
    """Compute softmax(Q K^T / sqrt(d_k)) V, and the softmax itself.

    Args:
        query: (…, T, d_k).
        key: (…, S, d_k).
        value: (…, S, d_v).
        mask: bool, broadcastable to (…, T, S); True means visible.
        change: The changes of an Intervention.

    Returns:
        Output (…, T, d_v), and the weights that the values were multiplied by, (…, T, S).

    Source:
        Equation 1.
    """
    scores = (query / math.sqrt(query.size(-1))) @ key.transpose(-2, -1)  # queries have fewer numbers than scores
    weights = attention_weights(scores, mask, change)
    return weights @ value, weights


def attention_weights(scores: Tensor, mask: Tensor | None = None, change: HeadChange | None = None) -> Tensor:
    """Compute the softmax of scores over the visible keys.

    Masked cells are exactly 0. A row without visible keys is all zeros, not NaN; so are the rows of a head that
    `change` sets to zero.

    Args:
        scores: (…, T, S).
        mask: bool, broadcastable to the scores; True means visible.
        change: The changes of an Intervention.

    Returns:
        Weights (…, T, S).
    """
    if change is not None:
        scores = scores / change.temperature
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # softmax of a row of -inf is NaN
    if change is not None and change.uniform is not None:
        visible = torch.ones_like(weights) if mask is None else mask.to(weights).expand_as(weights)
        weights = torch.where(change.uniform, visible / visible.sum(-1, keepdim=True).clamp(min=1), weights)
    if change is not None and change.zero is not None:
        weights = torch.where(change.zero, 0.0, weights)  # also makes one row of weights several that differ
    return weights


class KeyValue(NamedTuple):
    """Projected keys and values of one attention, split into heads: each (B, h, S, d_k)."""

    key: Tensor
    value: Tensor

    def append(self, other: KeyValue) -> KeyValue:
        """Return these positions followed by those of `other`; both stay as they are, as hypotheses may share them."""
        return KeyValue(torch.cat([self.key, other.key], 2), torch.cat([self.value, other.value], 2))


class MultiHeadAttention(nn.Module):
    """Multi-head attention: Concat(head_1, …, head_h) W^O with head_i = Attention(Q W_i^Q, K W_i^K, V W_i^V).

    Each projection has one d_model x d_model matrix for all heads: rows i d_k to (i + 1) d_k of `w_q` are W_i^Q.

    Source:
        Section 3.2.2.
    """

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)

    def split(self, x: Tensor) -> Tensor:
        """Split (B, T, d_model) into heads, (B, h, T, d_k)."""
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)

    def project_keys(self, x: Tensor) -> KeyValue:
        """Compute the keys and values of x (B, S, d_model), which a cache can keep."""
        return KeyValue(self.split(self.w_k(x)), self.split(self.w_v(x)))

    def forward(
        self,
        query: Tensor,
        memory: KeyValue,
        mask: Tensor | None = None,
        traced: bool = False,
        change: HeadChange | None = None,
        tap: Tap | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Attend from a query to memory.

        Args:
            query: (B, T, d_model).
            memory: Keys and values from `project_keys`.
            mask: bool, broadcastable to (B, h, T, S); True means visible.
            traced: Whether to return the weights. The fused kernel, which is used otherwise, never holds them.
            change: The changes of an Intervention.
            tap: A dict that is filled with the intermediate values.

        Returns:
            Output (B, T, d_model), and if `traced` the weights (B, h, T, S).
        """
        q = self.split(self.w_q(query))  # (B, h, T, d_k)
        if traced or change is not None or tap is not None:
            heads, weights = scaled_dot_product_attention(q, *memory, mask, change)
        else:
            heads, weights = F.scaled_dot_product_attention(q, *memory, attn_mask=mask), None
        if tap is not None:
            assert weights is not None, "a tapped pass holds its weights"
            tap.update(input=query, q=q, k=memory.key, v=memory.value, weights=weights, output=heads)
            tap.update({} if mask is None else {"mask": mask})
        return self.w_o(heads.transpose(1, 2).flatten(2)), weights

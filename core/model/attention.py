"""Scaled dot-product attention and multi-head attention (section 3.2)."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Tap = dict[str, Tensor]
"""Values of one place in a forward pass, by name. The pass fills it."""

Taps = dict[tuple[str, int], Tap]
"""The places that a forward pass is tapped at, each with an empty `Tap`.

(kind of attention, layer): input (B, T, d_model), q, k, v and output (B, h, …, d_k), weights (B, h, T, S), and mask,
broadcastable to the weights, where there is one. ("encoder" or "decoder", layer): output (B, T, d_model).
"""


class HeadChange(NamedTuple):
    """What an experiment changes in one attention. zero, uniform: which heads, bool (h, 1, 1), or (B, h, 1, 1) where
    batch rows differ"""

    zero: Tensor | None = None  # weights of 0
    uniform: Tensor | None = None  # equal weight on every key that may be seen
    temperature: float = 1.0  # scores are divided by it

    def ablation(self, head: int) -> str | None:
        """How one head's weights are replaced, the same in all rows: "zero", "uniform", or None."""
        sets = {"zero": self.zero, "uniform": self.uniform}
        return next((mode for mode, heads in sets.items() if heads is not None and bool(heads[head])), None)


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, change: HeadChange | None = None
) -> tuple[Tensor, Tensor]:
    """softmax(Q K^T / sqrt(d_k)) V and the softmax itself (equation 1), or what `change` makes of it.

    query (…, T, d_k), key (…, S, d_k), value (…, S, d_v), mask bool broadcastable to (…, T, S), True = may be seen
    -> output (…, T, d_v), weights (…, T, S)

    The weights are those that the values were multiplied by.
    """
    scores = (query / math.sqrt(query.size(-1))) @ key.transpose(-2, -1)  # dividing the smaller of the two
    weights = attention_weights(scores, mask, change)
    return weights @ value, weights


def attention_weights(scores: Tensor, mask: Tensor | None = None, change: HeadChange | None = None) -> Tensor:
    """softmax of scores (…, T, S) over the keys that may be seen, mask bool broadcastable to it, or what `change` makes.

    Masked cells are exactly 0. A row in which nothing may be seen is all zeros, not NaN; so are the rows of a head that
    `change` sets to zero.
    """
    if change is not None:
        scores = scores / change.temperature
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # softmax of a row of -inf is NaN
    if change is not None and change.uniform is not None:
        seen = torch.ones_like(weights) if mask is None else mask.to(weights).expand_as(weights)
        weights = torch.where(change.uniform, seen / seen.sum(-1, keepdim=True).clamp(min=1), weights)
    if change is not None and change.zero is not None:
        weights = weights.masked_fill(change.zero, 0.0)
    return weights


class KeyValue(NamedTuple):
    """Projected keys and values of one attention, split into heads: each (B, h, S, d_k)."""

    key: Tensor
    value: Tensor

    def append(self, other: KeyValue) -> KeyValue:
        """These positions followed by those of `other`. Nothing is changed in place: branches of a beam may share."""
        return KeyValue(torch.cat([self.key, other.key], 2), torch.cat([self.value, other.value], 2))


class MultiHeadAttention(nn.Module):
    """Concat(head_1, …, head_h) W^O with head_i = Attention(Q W_i^Q, K W_i^K, V W_i^V) (section 3.2.2).

    All heads of a projection stand side by side in one d_model x d_model matrix: rows i d_k to (i + 1) d_k of `w_q` are
    W_i^Q.
    """

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)

    def split(self, x: Tensor) -> Tensor:
        """(B, T, d_model) -> (B, h, T, d_k)"""
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)

    def project_keys(self, x: Tensor) -> KeyValue:
        """Keys and values of x (B, S, d_model): what a cache keeps."""
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
        """Attend from query (B, T, d_model) to memory, which `project_keys` made, with an experiment's `change` if any.

        -> output (B, T, d_model), weights (B, h, T, S) where `traced`, else None: the fused kernel never holds them.
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

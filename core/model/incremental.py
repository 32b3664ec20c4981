"""A copy of a Transformer's weights for incremental decoding: fused projections, queries divided beforehand."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.model.activation import FUNCTIONS
from core.model.attention import KeyValue
from core.model.masks import padding_mask
from core.model.transformer import DecoderCache, DecoderLayer, EncoderLayer, Transformer

Matrix = tuple[Tensor, Tensor]
"""Bias and transposed weight of a projection."""

Norm = tuple[tuple[int, ...], Tensor, Tensor, float]
"""What `torch.layer_norm` takes: shape, weight, bias, epsilon."""


class Incremental:
    """A Transformer's `encode`, `start` and one step of its decoder: the same arithmetic, faster on a CPU.

    A step multiplies single rows by matrices, so that reading the weights and calling the operations is all it costs:
    here matrices lie as they are read, queries, keys and values of self-attention are one product, queries are divided
    by sqrt(d_k) beforehand, and nothing but tensor operations is called: a step takes about half the time. Made once
    from a model's weights in evaluation mode and never changed: any number of threads may share it.
    """

    def __init__(self, model: Transformer):
        scale = model.config.d_k**-0.5

        def fused(*linears: nn.Linear, scale: float = 1.0) -> Matrix:
            """Bias and transposed weight of some layers side by side, the first one's multiplied by `scale`."""
            scales = [scale, *[1.0] * (len(linears) - 1)]
            weights = [linear.weight.detach() * s for linear, s in zip(linears, scales, strict=True)]
            biases = [linear.bias.detach() * s for linear, s in zip(linears, scales, strict=True)]
            weight = torch.cat(weights).t()  # (in, out)
            # A row times a matrix is fastest along the matrix's longer side, whichever that is.
            return torch.cat(biases), weight if weight.size(0) > weight.size(1) else weight.contiguous()

        def norm(layer: nn.LayerNorm) -> Norm:
            return layer.normalized_shape, layer.weight.detach(), layer.bias.detach(), layer.eps

        def attention(layer: EncoderLayer | DecoderLayer) -> tuple[Matrix, Matrix, Norm]:
            own = layer.self_attention
            return fused(own.w_q, own.w_k, own.w_v, scale=scale), fused(own.w_o), norm(layer.norm_1)

        def feed_forward(layer: EncoderLayer | DecoderLayer, last_norm: nn.LayerNorm) -> tuple[Matrix, Matrix, Norm]:
            return fused(layer.feed_forward.w_1), fused(layer.feed_forward.w_2), norm(last_norm)

        self.n_heads, self.d_model = model.config.n_heads, model.config.d_model
        self.source_embedding = model.source_embedding.weight.detach()
        self.target_embedding = model.target_embedding.weight.detach()
        self.projection = self.target_embedding.t().contiguous()
        self.logits_bias = None if model.logits_bias is None else model.logits_bias.detach()
        self.scale, self.activation = model.config.embedding_scale, FUNCTIONS[model.config.activation]
        self.positions = model.positions
        self.encoder = [(*attention(layer), *feed_forward(layer, layer.norm_2)) for layer in model.encoder]
        self.decoder = [
            (
                *attention(layer),
                fused(layer.cross_attention.w_q, scale=scale),
                fused(layer.cross_attention.w_o),
                norm(layer.norm_2),
                *feed_forward(layer, layer.norm_3),
            )
            for layer in model.decoder
        ]
        self.cross_keys = fused(
            *(w for layer in model.decoder for w in (layer.cross_attention.w_k, layer.cross_attention.w_v))
        )

    def encode(self, source: Tensor, traced: bool = False) -> tuple[Tensor, Tensor | None]:
        """`Transformer.encode`: source ids (B, S) -> memory (B, S, d_model), weights (B, N, h, S, S) where traced"""
        rows, length = source.shape
        mask = padding_mask(source)
        x = self.source_embedding[source] * self.scale + self.positions[:length]
        x, maps = x.view(rows * length, self.d_model), []
        for w_qkv, w_o, norm_1, w_1, w_2, norm_2 in self.encoder:
            parts = torch.addmm(w_qkv[0], x, w_qkv[1]).view(rows, length, 3, self.n_heads, -1)
            query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
            attended, weights = _attend(query, key, value, mask, traced)
            if weights is not None:
                maps.append(weights)
            x = _add_norm(x, attended.transpose(1, 2).reshape(rows * length, self.d_model), w_o, norm_1)
            x = _add_norm(x, self.activation(torch.addmm(w_1[0], x, w_1[1])), w_2, norm_2)
        return x.view(rows, length, self.d_model), torch.stack(maps, 1) if traced else None

    def start(self, memory: Tensor, source: Tensor) -> tuple[tuple[KeyValue, ...], Tensor | None]:
        """`Transformer.start` in one product: each layer's cross-attention keys and values, and the padding mask."""
        flat = torch.addmm(self.cross_keys[0], memory.flatten(0, 1), self.cross_keys[1])
        parts = flat.view(*memory.shape[:2], len(self.decoder), 2, self.n_heads, -1)  # (B, S, N, key or value, h, d_k)
        layers = parts.permute(2, 3, 0, 4, 1, 5).contiguous().unbind(0)
        return tuple(KeyValue(*layer.unbind(0)) for layer in layers), padding_mask(source)

    def step(
        self,
        last: Tensor,
        cross: tuple[KeyValue, ...],
        mask: Tensor | None,
        cache: DecoderCache | None,
        traced: bool = False,
    ) -> tuple[Tensor, DecoderCache, Tensor | None, Tensor | None]:
        """The decoder over one new piece a row, and what may come next.

        last: ids (B,) of the newest pieces; cross and mask from `start`; cache of all pieces before
        -> logits (B, target_vocab), cache with the newest pieces, and where traced the newest row of each layer's
        weights: self-attention (N, B, h, 1, t + 1) and cross-attention (N, B, h, 1, S)
        """
        rows, heads, d_k = last.size(0), self.n_heads, self.d_model // self.n_heads
        position = self.positions[cache.length if cache else 0]
        x = self.target_embedding[last] * self.scale + position  # (B, d_model)
        keys, self_maps, cross_maps = [], [], []
        for i, (w_qkv, w_o, norm_1, cross_q, cross_o, norm_2, w_1, w_2, norm_3) in enumerate(self.decoder):
            query, key, value = torch.addmm(w_qkv[0], x, w_qkv[1]).view(rows, 3, heads, 1, d_k).unbind(1)
            own = KeyValue(key, value)
            if cache:
                own = cache.self_attention[i].append(own)
            keys.append(own)
            attended, weights = _attend(query, *own, None, traced)
            if weights is not None:
                self_maps.append(weights)
            x = _add_norm(x, attended.view(rows, self.d_model), w_o, norm_1)
            query = torch.addmm(cross_q[0], x, cross_q[1]).view(rows, heads, 1, d_k)
            attended, weights = _attend(query, *cross[i], mask, traced)
            if weights is not None:
                cross_maps.append(weights)
            x = _add_norm(x, attended.view(rows, self.d_model), cross_o, norm_2)
            x = _add_norm(x, self.activation(torch.addmm(w_1[0], x, w_1[1])), w_2, norm_3)
        logits = x @ self.projection
        if self.logits_bias is not None:
            logits += self.logits_bias
        new = DecoderCache(tuple(keys))
        if not traced:
            return logits, new, None, None
        return logits, new, torch.stack(self_maps), torch.stack(cross_maps)


def _add_norm(x: Tensor, inner: Tensor, linear: Matrix, norm: Norm) -> Tensor:
    """LayerNorm(x + inner W + b). Modifies x in place."""
    return torch.layer_norm(x.add_(linear[0]).addmm_(inner, linear[1]), *norm)


def _attend(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, traced: bool
) -> tuple[Tensor, Tensor | None]:
    """`scaled_dot_product_attention` of queries that are divided by sqrt(d_k) already."""
    if not traced:
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=1.0), None
    scores = query @ key.transpose(-2, -1)
    weights = (scores if mask is None else scores.masked_fill(~mask, -math.inf)).softmax(-1)
    return weights @ value, weights

"""A copy of a Transformer's weights for incremental decoding: fused projections, queries scaled in advance."""

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
"""The arguments of `torch.layer_norm`: shape, weight, bias, epsilon."""


class Incremental:
    """The runner of a Transformer: the same arithmetic as the model, but faster on a CPU.

    A step multiplies single rows by matrices, so that its time goes into reading weights and calling operations. Here
    matrices are stored in the order in which they are read; one product computes queries, keys and values of
    self-attention; W^Q is divided by sqrt(d_k) in advance; and only tensor operations are called. A step takes about
    half the time. It is built once from the weights of a model in evaluation mode and never changes, so that threads
    can share it.
    """

    def __init__(self, model: Transformer):
        scale = model.config.d_k**-0.5

        def fused(*linears: nn.Linear, scale: float = 1.0) -> Matrix:
            """Concatenate the biases and transposed weights of layers; those of the first are multiplied by `scale`."""
            scales = [scale, *[1.0] * (len(linears) - 1)]
            weights = [linear.weight.detach() * s for linear, s in zip(linears, scales, strict=True)]
            biases = [linear.bias.detach() * s for linear, s in zip(linears, scales, strict=True)]
            weight = torch.cat(weights).t()  # (in, out)
            # Multiplying a row by a matrix is fastest if the matrix is contiguous along its longer side.
            return torch.cat(biases), weight if weight.size(0) > weight.size(1) else weight.contiguous()

        def norm(layer: nn.LayerNorm) -> Norm:
            return layer.normalized_shape, layer.weight.detach(), layer.bias.detach(), layer.eps

        def attention(layer: EncoderLayer | DecoderLayer) -> tuple[Matrix, Matrix, Norm]:
            module = layer.self_attention
            return fused(module.w_q, module.w_k, module.w_v, scale=scale), fused(module.w_o), norm(layer.norm_1)

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
        """Encode source ids (B, S) like `Transformer.encode`.

        Returns:
            Memory (B, S, d_model), and if `traced` the weights (B, N, h, S, S).
        """
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
        """Compute each layer's cross-attention keys and values in one product, and the padding mask.

        The results are those of `Transformer.start`.
        """
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
        """Run the decoder over one new piece in each row: `Run.step`."""
        rows, heads, d_k = last.size(0), self.n_heads, self.d_model // self.n_heads
        position = self.positions[cache.length if cache else 0]
        x = self.target_embedding[last] * self.scale + position  # (B, d_model)
        keys, self_maps, cross_maps = [], [], []
        for i, (w_qkv, w_o, norm_1, cross_q, cross_o, norm_2, w_1, w_2, norm_3) in enumerate(self.decoder):
            query, key, value = torch.addmm(w_qkv[0], x, w_qkv[1]).view(rows, 3, heads, 1, d_k).unbind(1)
            key_value = KeyValue(key, value)
            if cache:
                key_value = cache.self_attention[i].append(key_value)
            keys.append(key_value)
            attended, weights = _attend(query, *key_value, None, traced)
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
    """Compute LayerNorm(x + inner W + b), and modify x in place."""
    return torch.layer_norm(x.add_(linear[0]).addmm_(inner, linear[1]), *norm)


def _attend(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, traced: bool
) -> tuple[Tensor, Tensor | None]:
    """Compute `scaled_dot_product_attention` of queries that are already divided by sqrt(d_k)."""
    if not traced:
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=1.0), None
    scores = query @ key.transpose(-2, -1)
    weights = (scores if mask is None else scores.masked_fill(~mask, -math.inf)).softmax(-1)
    return weights @ value, weights

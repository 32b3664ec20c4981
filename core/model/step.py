"""One decoding step, laid out for speed: the decoder over a single new position of each row."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from core.model.attention import KeyValue, scaled_dot_product_attention
from core.model.masks import padding_mask
from core.model.transformer import DecoderCache, Transformer


class DecoderStep:
    """`Transformer.decode` and `logits` for one new piece a row: the same arithmetic, in about half the time on a CPU.

    A step multiplies single rows by matrices, so that reading the weights and calling the operations is all it costs:
    here matrices lie as they are read, queries, keys and values of self-attention are one product, and nothing but
    tensor operations is called. Made once from a model's weights and never changed: any number of threads may share it.
    """

    def __init__(self, model: Transformer):
        def laid_out(*linears: torch.nn.Linear) -> tuple[Tensor, Tensor]:
            weight = torch.cat([linear.weight.detach() for linear in linears])
            return torch.cat([linear.bias.detach() for linear in linears]), weight.t().contiguous()

        def norm(layer: torch.nn.LayerNorm) -> tuple:
            return layer.normalized_shape, layer.weight.detach(), layer.bias.detach(), layer.eps

        self.n_heads, self.d_model = model.config.n_heads, model.config.d_model
        self.embedding = model.target_embedding.weight.detach()
        self.projection = self.embedding.t().contiguous()
        self.positions = model.positions
        self.cross_keys = laid_out(
            *(w for layer in model.decoder for w in (layer.cross_attention.w_k, layer.cross_attention.w_v))
        )
        self.layers = [
            (
                laid_out(layer.self_attention.w_q, layer.self_attention.w_k, layer.self_attention.w_v),
                laid_out(layer.self_attention.w_o),
                norm(layer.norm_1),
                laid_out(layer.cross_attention.w_q),
                laid_out(layer.cross_attention.w_o),
                norm(layer.norm_2),
                laid_out(layer.feed_forward.w_1),
                laid_out(layer.feed_forward.w_2),
                norm(layer.norm_3),
            )
            for layer in model.decoder
        ]

    def start(self, memory: Tensor, source: Tensor) -> tuple[tuple[KeyValue, ...], Tensor | None]:
        """`Transformer.start` in one product: each layer's cross-attention keys and values, and the padding mask."""
        flat = torch.addmm(self.cross_keys[0], memory.flatten(0, 1), self.cross_keys[1])
        parts = flat.view(*memory.shape[:2], len(self.layers), 2, self.n_heads, -1)  # (B, S, N, key or value, h, d_k)
        layers = parts.permute(2, 3, 0, 4, 1, 5).contiguous().unbind(0)
        return tuple(KeyValue(*layer.unbind(0)) for layer in layers), padding_mask(source)

    def __call__(
        self,
        last: Tensor,
        cross: tuple[KeyValue, ...],
        mask: Tensor | None,
        cache: DecoderCache | None,
        traced: bool = False,
    ) -> tuple[Tensor, DecoderCache, Tensor | None, Tensor | None]:
        """last: ids (B,) of the newest pieces; cross and mask from `Transformer.start`; cache of all pieces before

        -> logits (B, target_vocab), cache with the newest pieces, and where traced the newest row of each layer's
        weights: self-attention (N, B, h, 1, t + 1) and cross-attention (N, B, h, 1, S)
        """
        rows, heads, d_k = last.size(0), self.n_heads, self.d_model // self.n_heads
        attend = scaled_dot_product_attention if traced else _fused
        x = (
            self.embedding[last] * math.sqrt(self.d_model) + self.positions[cache.length if cache else 0]
        )  # (B, d_model)
        keys, self_maps, cross_maps = [], [], []
        for i, (w_qkv, w_o, norm_1, cross_q, cross_o, norm_2, w_1, w_2, norm_3) in enumerate(self.layers):
            query, key, value = torch.addmm(w_qkv[0], x, w_qkv[1]).view(rows, 3, heads, 1, d_k).unbind(1)
            own = KeyValue(key, value)
            if cache:
                own = cache.self_attention[i].append(own)
            keys.append(own)
            attended, weights = attend(query, *own, None)
            self_maps.append(weights)
            x = torch.layer_norm(x.add_(w_o[0]).addmm_(attended.view(rows, self.d_model), w_o[1]), *norm_1)
            query = torch.addmm(cross_q[0], x, cross_q[1]).view(rows, heads, 1, d_k)
            attended, weights = attend(query, *cross[i], mask)
            cross_maps.append(weights)
            x = torch.layer_norm(x.add_(cross_o[0]).addmm_(attended.view(rows, self.d_model), cross_o[1]), *norm_2)
            inner = torch.addmm(w_1[0], x, w_1[1]).relu_()
            x = torch.layer_norm(x.add_(w_2[0]).addmm_(inner, w_2[1]), *norm_3)
        logits, new = x @ self.projection, DecoderCache(tuple(keys))
        if not traced:
            return logits, new, None, None
        return logits, new, torch.stack(self_maps), torch.stack(cross_maps)


def _fused(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> tuple[Tensor, None]:
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask), None

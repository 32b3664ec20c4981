"""Probes of the residual stream: the summands of each vector, and the pieces that the projection makes of states."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.model import Change, Taps, Transformer
from core.model.transformer import AddNorm
from core.records.stream import ORIGINS, SUBLAYERS, HalfStep

TYPES = {
    "encoder_self": "self_attention", "decoder_self": "self_attention", "cross": "cross_attention",
    "encoder": "feed_forward", "decoder": "feed_forward",
}  # fmt: skip
"""The origin of each sub-layer's output."""


def tapped_pass(
    model: Transformer, source: Tensor, inputs: Tensor, stack: str, change: Change | None = None
) -> tuple[Taps, Tensor]:
    """Run the model over given pieces, and record the sub-layers of one stack.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>; not used for the encoder.
        stack: "encoder" or "decoder".
        change: The changes of an Intervention.

    Returns:
        The taps of all sub-layers of the stack, and its input: word vectors and positional encoding (1, T, d_model).
    """
    taps: Taps = {(name, layer): {} for name in SUBLAYERS[stack] for layer in range(model.config.n_layers)}
    memory, _ = model.encode(source, change=change, taps=taps)
    if stack == "decoder":
        model.decode(inputs, *model.start(memory, source, change), change=change, taps=taps)
    return taps, taps[SUBLAYERS[stack][0], 0]["input"]


def norms(model: Transformer, stack: str, layer: int) -> tuple[AddNorm, ...]:
    """Return the Add & Norm after each sub-layer of a layer, in the order of SUBLAYERS."""
    if stack == "encoder":
        encoder = model.encoder[layer]
        return encoder.norm_1, encoder.norm_2
    decoder = model.decoder[layer]
    return decoder.norm_1, decoder.norm_2, decoder.norm_3


@torch.inference_mode()
def residual_stream(
    model: Transformer, source: Tensor, inputs: Tensor, stack: str, change: Change | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Split each vector of a stack into summands by origin: see `core.records.ResidualStream`.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        stack: "encoder" or "decoder".
        change: The changes of an Intervention.

    Returns:
        The summands, float32 (H, origins, T, d_model); the lengths before normalization and the factors of it,
        float32 (H, T); the shares of the summands before normalization, float32 (H, origins, T).
    """
    taps, start = tapped_pass(model, source, inputs, stack, change)
    ids, embedding = (source, model.source_embedding) if stack == "encoder" else (inputs, model.target_embedding)
    words = embedding(ids)[0].double() * model.config.embedding_scale
    parts = words.new_zeros(len(ORIGINS), *words.shape)
    parts[ORIGINS.index("word")] = words
    parts[ORIGINS.index("position")] = start[0].double() - words
    rows, lengths, scales = [parts], [parts.sum(0).norm(dim=-1)], [words.new_ones(len(words))]
    shares = [_shares(parts)]
    for layer in range(model.config.n_layers):
        removed = change.removed(stack, layer) if change else frozenset()
        for name, norm in zip(SUBLAYERS[stack], norms(model, stack, layer), strict=True):
            parts = torch.zeros_like(parts) if "residual" in removed else parts.clone()
            parts[ORIGINS.index(TYPES[name])] += taps[name, layer]["sublayer"][0].double()
            total = parts.sum(0)
            shares.append(_shares(parts))
            factor = torch.ones_like(total[:, 0])
            if "norm" not in removed:
                factor = (total.var(-1, correction=0) + norm.eps).rsqrt()
                parts = norm.weight.double() * (parts - parts.mean(-1, keepdim=True)) * factor[:, None]
                parts[ORIGINS.index("bias")] += norm.bias.double()
            rows.append(parts)
            lengths.append(total.norm(dim=-1))
            scales.append(factor)
    summands, sums, factors, before = (
        np.ascontiguousarray(torch.stack(values).float().cpu().numpy()) for values in (rows, lengths, scales, shares)
    )
    return summands, sums, factors, before


def _shares(parts: Tensor) -> Tensor:
    """Return p · v / (v · v) of each summand p of v, (origins, T), for summands (origins, T, d_model)."""
    total = parts.sum(0)
    return (parts * total).sum(-1) / total.square().sum(-1).clamp_min(1e-30)


@torch.inference_mode()
def decoder_logits(model: Transformer, source: Tensor, inputs: Tensor, change: Change | None = None) -> Tensor:
    """Project the state of the decoder at each half-step to scores over the vocabulary.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        change: The changes of an Intervention.

    Returns:
        Logits, (H, T, target_vocab).
    """
    taps, start = tapped_pass(model, source, inputs, "decoder", change)
    later = (taps[step]["normalized"] for step in HalfStep.all("decoder", model.config.n_layers)[1:])
    return model.logits(torch.cat([start, *later]))

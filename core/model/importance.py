"""What an output's probability is without each of the heads: all copies of the model in one batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from core.model.attention import KeyValue, MultiHeadAttention
from core.model.transformer import Transformer

LOGITS_AT_ONCE = 2**21
"""The most pre-softmax scores that are held at a time: 8 MiB."""


@torch.inference_mode()
def log_probabilities_without_heads(
    model: Transformer,
    source: Tensor,
    inputs: Tensor,
    output: Tensor,
    progress: Callable[[float], None] | None = None,
) -> tuple[Tensor, Tensor]:
    """Log-probability (nats) of one output by the whole model, and by the model less each one of its heads.

    source ids (1, S), inputs (1, T) beginning with <s>, output (T,) of which row t of the decoder predicts piece t
    -> (), (3 kinds in the order of KINDS, N, h). Taken away means weights of 0, as by an Intervention's "zero".

    A batch row each, but only from where it differs: a copy without a head of layer 3 joins the batch in layer 3 as a
    copy of the whole model's row, which is row 0. progress is called with what is done, from 0 to 1.
    """
    layers, heads = model.config.n_layers, model.config.n_heads
    without = (1 - torch.eye(heads, device=source.device))[:, :, None, None]  # (copies, h, 1, 1)
    total, done = 2 * layers + layers, 0  # the end, where all the vocabulary is scored, takes about as long as `layers`

    def advance(amount: float = 1.0) -> None:
        nonlocal done
        done += amount
        if progress is not None:
            progress(min(done / total, 1.0))

    def join(x: Tensor, attended: Tensor) -> tuple[Tensor, Tensor]:
        """The rows, and behind them row 0 once for each head, without that head's output."""
        copies = x[:1].expand(heads, -1, -1)
        return torch.cat([x, copies]), torch.cat([attended, attended[:1] * without])

    def close(attention: MultiHeadAttention, attended: Tensor) -> Tensor:
        return attention.w_o(attended.transpose(1, 2).flatten(2))

    x = model.embed(model.source_embedding, source)
    for layer in model.encoder:
        own = layer.self_attention
        attended = F.scaled_dot_product_attention(own.split(own.w_q(x)), *own.project_keys(x))
        x, attended = join(x, attended)
        x = layer.norm_1(x, close(own, attended))
        x = layer.norm_2(x, layer.feed_forward(x))
        advance(0.5)
    memory = x  # (1 + N h, S, d_model)
    encoded = len(memory)

    x = model.embed(model.target_embedding, inputs)
    for i, layer in enumerate(model.decoder):
        own, across = layer.self_attention, layer.cross_attention
        attended = F.scaled_dot_product_attention(own.split(own.w_q(x)), *own.project_keys(x), is_causal=True)
        x, attended = join(x, attended)
        x = layer.norm_1(x, close(own, attended))
        if i == 0:  # only now do the copies whose encoder differs begin to differ here
            x = torch.cat([x[:1].expand(encoded, -1, -1), x[1:]])
        keys = across.project_keys(memory)
        query = across.split(across.w_q(x))
        whole = KeyValue(*(part[:1].expand(len(x) - encoded, -1, -1, -1) for part in keys))
        attended = torch.cat(
            [
                F.scaled_dot_product_attention(query[:encoded], *keys),
                F.scaled_dot_product_attention(query[encoded:], *whole),
            ]
        )
        x, attended = join(x, attended)
        x = layer.norm_2(x, close(across, attended))
        x = layer.norm_3(x, layer.feed_forward(x))
        advance(1.5)

    rows_at_once = max(1, LOGITS_AT_ONCE // (len(output) * model.config.target_vocab))
    scores = []
    for states in x.split(rows_at_once):
        logits = model.logits(states)  # (rows, T, vocabulary)
        chosen = logits.gather(2, output.expand(len(states), -1)[..., None])[..., 0]
        scores.append((chosen - logits.logsumexp(-1)).sum(-1))
        advance(layers * len(states) / len(x))
    scores = torch.cat(scores)  # row 0, then (layer, head) of the encoder, then (layer, self or cross, head)
    encoder = scores[1:encoded].view(1, layers, heads)
    decoder = scores[encoded:].view(layers, 2, heads).transpose(0, 1)
    return scores[0], torch.cat([encoder, decoder])

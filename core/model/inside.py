"""Inside of one head: everything between a layer's input and what the head adds to its output (section 3.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.model.change import Change
from core.model.masks import causal_mask
from core.model.transformer import Transformer, source_mask
from core.record import Record


@dataclass(frozen=True, eq=False)
class HeadInside(Record):
    """One head of one run, number by number. R rows (queries), K keys; all arrays are float32 and read-only.

    q = x_query W_Q + b_Q, and so k and v from x_key; scores = q k^T; scaled = scores / sqrt(d_k), and / temperature
    where a run had one; masked = scaled, with -inf where the mask hides a key; weights = softmax of each row;
    output = weights v; contribution = output W_O. The layer's attention is the sum of its heads' contributions + b_o.
    The products that a score sums are q[i] * k[j].
    """

    kind: str
    layer: int  # layer and head count from 0
    head: int
    rows: tuple[str, ...]  # the pieces that the queries read
    keys: tuple[str, ...]
    x_query: np.ndarray  # (R, d_model)
    x_key: np.ndarray  # (K, d_model): the same as x_query, but for cross-attention, where it is the encoder's output
    w_q: np.ndarray  # (d_model, d_k): this head's slice of W^Q
    b_q: np.ndarray  # (d_k,)
    w_k: np.ndarray  # (d_model, d_k)
    b_k: np.ndarray  # (d_k,)
    w_v: np.ndarray  # (d_model, d_k)
    b_v: np.ndarray  # (d_k,)
    q: np.ndarray  # (R, d_k)
    k: np.ndarray  # (K, d_k)
    v: np.ndarray  # (K, d_k)
    scores: np.ndarray  # (R, K)
    scaled: np.ndarray  # (R, K)
    masked: np.ndarray  # (R, K), -inf where hidden
    weights: np.ndarray  # (R, K): those that were used, the Trace's
    output: np.ndarray  # (R, d_k)
    w_o: np.ndarray  # (d_k, d_model): this head's slice of W^O
    b_o: np.ndarray  # (d_model,): the whole layer's, added once for all heads
    contribution: np.ndarray  # (R, d_model)
    temperature: float = 1.0  # of the attention; 1 unless an Intervention changed it
    ablation: str | None = None  # "zero" or "uniform" where an Intervention set the weights, whatever the scores are

    @property
    def d_k(self) -> int:
        return self.q.shape[1]


@torch.inference_mode()
def attention_inputs(
    model: Transformer, source: Tensor, inputs: Tensor, kind: str, layer: int, change: Change | None = None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """What one attention of the model reads. source ids (1, S), inputs (1, T) beginning with <s>

    -> query side (1, R, d_model), key side (1, K, d_model), mask broadcastable to (1, 1, R, K), None where all is seen
    """

    def changed(kind: str, i: int):
        return change and change.attention(kind, i)

    seen = source_mask(source, change)
    x = model.embed(model.source_embedding, source, change=change)
    for i, block in enumerate(model.encoder):
        if (kind, layer) == ("encoder_self", i):
            return x, x, seen
        x, _ = block(x, seen, False, changed("encoder_self", i))
    memory = x
    length = inputs.size(1)
    causal = length > 1 and (change is None or change.causal)
    mask = causal_mask(length, inputs.device) if causal else None
    x = model.embed(model.target_embedding, inputs, change=change)
    for i, block in enumerate(model.decoder[:layer]):
        keys = block.cross_attention.project_keys(memory)
        x, *_ = block(x, None, keys, mask, seen, False, changed("decoder_self", i), changed("cross", i))
    if kind == "decoder_self":
        return x, x, mask
    block = model.decoder[layer]
    own = block.self_attention
    attended, _ = own(x, own.project_keys(x), mask, change=changed("decoder_self", layer))
    return block.norm_1(x, attended), memory, seen


@torch.inference_mode()
def head_inside(
    model: Transformer,
    source: Tensor,
    inputs: Tensor,
    kind: str,
    layer: int,
    head: int,
    rows: tuple[str, ...],
    keys: tuple[str, ...],
    change: Change | None = None,
) -> HeadInside:
    """One head computed anew, in one pass over `inputs`. source ids (1, S), inputs (1, T) beginning with <s>

    rows, keys: the pieces on either side, for the record. The decoder is causal, so that each row is as it was at its
    step; where an Intervention took the mask away, the pass is the last one, as in a Trace.
    """
    x_query, x_key, mask = attention_inputs(model, source, inputs, kind, layer, change)
    block = model.encoder[layer] if kind == "encoder_self" else model.decoder[layer]
    attention = block.cross_attention if kind == "cross" else block.self_attention
    d_k = model.config.d_k
    own = slice(head * d_k, (head + 1) * d_k)
    (w_q, b_q), (w_k, b_k), (w_v, b_v) = (
        (linear.weight[own].T, linear.bias[own]) for linear in (attention.w_q, attention.w_k, attention.w_v)
    )
    w_o = attention.w_o.weight[:, own].T
    x_query, x_key = x_query[0], x_key[0]
    q, k, v = x_query @ w_q + b_q, x_key @ w_k + b_k, x_key @ w_v + b_v
    changed = change and change.attention(kind, layer)
    temperature = changed.temperature if changed else 1.0
    scores = q @ k.T
    scaled = scores / math.sqrt(d_k) / temperature
    visible = torch.ones_like(scaled, dtype=torch.bool) if mask is None else mask.expand(1, 1, *scaled.shape)[0, 0]
    masked = scaled.masked_fill(~visible, -math.inf)
    ablation = None
    if changed:
        sets = {"zero": changed.zero, "uniform": changed.uniform}
        ablation = next((mode for mode, heads in sets.items() if heads is not None and bool(heads[head])), None)
    if ablation == "zero":
        weights = torch.zeros_like(masked)
    elif ablation == "uniform":
        weights = visible / visible.sum(-1, keepdim=True)
    else:
        weights = masked.softmax(-1)
    output = weights @ v
    arrays = {
        "x_query": x_query, "x_key": x_key, "w_q": w_q, "b_q": b_q, "w_k": w_k, "b_k": b_k, "w_v": w_v, "b_v": b_v,
        "q": q, "k": k, "v": v, "scores": scores, "scaled": scaled, "masked": masked, "weights": weights,
        "output": output, "w_o": w_o, "b_o": attention.w_o.bias, "contribution": output @ w_o,
    }  # fmt: skip
    copies = {name: np.array(value.float().cpu().numpy(), order="C") for name, value in arrays.items()}
    return HeadInside(kind, layer, head, rows, keys, **copies, temperature=temperature, ablation=ablation)

"""Probe of one attention head (section 3.2)."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from core.model import Change, Taps, Transformer
from core.records import HeadInside


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
    """Record all values of one head in one pass of the model over `inputs`.

    The decoder is causal, so that each row is the same as at its step. Without the causal mask the pass is that of the
    last step, as in a Trace.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        kind: One of `core.config.KINDS`.
        layer: The layer, from 0.
        head: The head, from 0.
        rows: The pieces of the queries, for the record.
        keys: The pieces of the keys, for the record.
        change: The changes of an Intervention.
    """
    taps: Taps = {(kind, layer): {}}
    memory, _ = model.encode(source, change=change, taps=taps)
    if kind != "encoder_self":
        model.decode(inputs, *model.start(memory, source, change), change=change, taps=taps)
    tap = taps[kind, layer]
    x_query = tap["input"][0]
    q, k, v, weights, output = (tap[name][0, head] for name in ("q", "k", "v", "weights", "output"))
    attention = model.attention(kind, layer)
    columns = slice(head * model.config.d_k, (head + 1) * model.config.d_k)
    (w_q, b_q), (w_k, b_k), (w_v, b_v) = (
        (linear.weight[columns].T, linear.bias[columns]) for linear in (attention.w_q, attention.w_k, attention.w_v)
    )
    w_o = attention.w_o.weight[:, columns].T
    head_change = change.attention(kind, layer) if change else None
    temperature = head_change.temperature if head_change else 1.0
    scores = q @ k.T
    scaled = scores / math.sqrt(model.config.d_k) / temperature
    visible = (
        torch.ones_like(scaled, dtype=torch.bool)
        if "mask" not in tap
        else tap["mask"].expand(1, 1, *scaled.shape)[0, 0]
    )
    masked = scaled.masked_fill(~visible, -math.inf)
    arrays = {
        "x_query": x_query, "x_key": memory[0] if kind == "cross" else x_query,
        "w_q": w_q, "b_q": b_q, "w_k": w_k, "b_k": b_k, "w_v": w_v, "b_v": b_v,
        "q": q, "k": k, "v": v, "scores": scores, "scaled": scaled, "masked": masked, "weights": weights,
        "output": output, "w_o": w_o, "b_o": attention.w_o.bias, "contribution": output @ w_o,
    }  # fmt: skip
    copies = {name: np.array(value.float().cpu().numpy(), order="C") for name, value in arrays.items()}
    ablation = head_change.ablation(head) if head_change else None
    return HeadInside(kind, layer, head, rows, keys, **copies, temperature=temperature, ablation=ablation)

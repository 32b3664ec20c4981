"""One head of one run, from its layer's input to what it adds to the output (section 3.2)."""

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
    """One head, tapped in one pass of the model over `inputs`.

    The decoder is causal, so that each row is as it was at its step; where an Intervention took the mask away, the pass
    is the last one, as in a Trace.

    Args:
        source: ids (1, S).
        inputs: ids (1, T) beginning with <s>.
        rows, keys: the pieces on either side, for the record.
    """
    taps: Taps = {(kind, layer): {}}
    memory, _ = model.encode(source, change=change, taps=taps)
    if kind != "encoder_self":
        model.decode(inputs, *model.start(memory, source, change), change=change, taps=taps)
    tap = taps[kind, layer]
    x_query = tap["input"][0]
    q, k, v, weights, output = (tap[name][0, head] for name in ("q", "k", "v", "weights", "output"))
    attention = model.attention(kind, layer)
    own = slice(head * model.config.d_k, (head + 1) * model.config.d_k)
    (w_q, b_q), (w_k, b_k), (w_v, b_v) = (
        (linear.weight[own].T, linear.bias[own]) for linear in (attention.w_q, attention.w_k, attention.w_v)
    )
    w_o = attention.w_o.weight[:, own].T
    changed = change.attention(kind, layer) if change else None
    temperature = changed.temperature if changed else 1.0
    scores = q @ k.T
    scaled = scores / math.sqrt(model.config.d_k) / temperature
    seen = (
        torch.ones_like(scaled, dtype=torch.bool)
        if "mask" not in tap
        else tap["mask"].expand(1, 1, *scaled.shape)[0, 0]
    )
    masked = scaled.masked_fill(~seen, -math.inf)
    arrays = {
        "x_query": x_query, "x_key": memory[0] if kind == "cross" else x_query,
        "w_q": w_q, "b_q": b_q, "w_k": w_k, "b_k": b_k, "w_v": w_v, "b_v": b_v,
        "q": q, "k": k, "v": v, "scores": scores, "scaled": scaled, "masked": masked, "weights": weights,
        "output": output, "w_o": w_o, "b_o": attention.w_o.bias, "contribution": output @ w_o,
    }  # fmt: skip
    copies = {name: np.array(value.float().cpu().numpy(), order="C") for name, value in arrays.items()}
    ablation = changed.ablation(head) if changed else None
    return HeadInside(kind, layer, head, rows, keys, **copies, temperature=temperature, ablation=ablation)

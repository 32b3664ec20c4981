"""Sentences of different lengths as one batch: what the padding mask hides, and what happens without it."""

from __future__ import annotations

import math

import numpy as np
import torch

from core.model import Change, Taps, Transformer, padded, padding_mask
from core.records import PaddedHead


@torch.inference_mode()
def padded_head(
    model: Transformer,
    rows: list[list[int]],
    layer: int,
    head: int,
    masked: bool = True,
    device: torch.device | None = None,
) -> PaddedHead:
    """One head of the encoder over sentences (ids, each ending in </s>) as one batch.

    masked: False leaves the padding mask out, so that every query reads padding as if it were a word.
    """
    source = padded(rows, device)
    taps: Taps = {("encoder_self", layer): {}}
    memory, _ = model.encode(source, change=Change(padding=masked), taps=taps)
    tap = taps["encoder_self", layer]
    scaled = tap["q"][:, head] @ tap["k"][:, head].transpose(-2, -1) / math.sqrt(model.config.d_k)
    mask = padding_mask(source) if masked else None
    hidden = torch.zeros_like(scaled, dtype=torch.bool) if mask is None else ~mask[:, 0].expand_as(scaled)
    alone = [model.encode(padded([row], device))[0][0] for row in rows]
    moved = [float((memory[i, : len(one)] - one).abs().max()) for i, one in enumerate(alone)]
    arrays = (source, scaled, scaled.masked_fill(hidden, -math.inf), tap["weights"][:, head])
    ids, scores, hidden_scores, weights = (np.array(array.cpu().numpy(), order="C") for array in arrays)
    return PaddedHead(layer, head, tuple(map(len, rows)), ids, scores, hidden_scores, weights, tuple(moved))

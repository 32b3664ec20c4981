"""Probe of a padded batch: sentences of different lengths, with the padding mask or without it."""

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
    """Record one head of the encoder over sentences in one batch.

    Args:
        model: The model.
        rows: The ids of each sentence, which end in </s>.
        layer: The layer, from 0.
        head: The head, from 0.
        masked: False removes the padding mask, so that every query attends to padding as to any piece.
        device: The device of the model.
    """
    source = padded(rows, device)
    taps: Taps = {("encoder_self", layer): {}}
    memory, _ = model.encode(source, change=Change(padding=masked), taps=taps)
    tap = taps["encoder_self", layer]
    scaled = tap["q"][:, head] @ tap["k"][:, head].transpose(-2, -1) / math.sqrt(model.config.d_k)
    mask = padding_mask(source) if masked else None
    hidden = torch.zeros_like(scaled, dtype=torch.bool) if mask is None else ~mask[:, 0].expand_as(scaled)
    alone = [model.encode(padded([row], device))[0][0] for row in rows]
    differences = [float((memory[i, : len(states)] - states).abs().max()) for i, states in enumerate(alone)]
    arrays = (source, scaled, scaled.masked_fill(hidden, -math.inf), tap["weights"][:, head])
    ids, scores, hidden_scores, weights = (np.array(array.cpu().numpy(), order="C") for array in arrays)
    return PaddedHead(layer, head, tuple(map(len, rows)), ids, scores, hidden_scores, weights, tuple(differences))

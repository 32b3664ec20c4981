"""Masks (section 3.2.3). Everywhere in this package True means "may be attended to"."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.config import PAD


def padded(rows: Sequence[Sequence[int]], device: torch.device | None = None) -> Tensor:
    """Rows of ids of different lengths as one batch, filled with <pad> on the right. -> (B, longest)"""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows], device=device)


def padding_mask(ids: Tensor) -> Tensor | None:
    """Which keys are real pieces. ids: (B, S) -> bool (B, 1, 1, S), the same for every head and query.

    None where all are real, as for a single sentence: attention is faster without a mask.
    """
    real = ids != PAD
    return None if real.all() else real[:, None, None, :]


def causal_mask(length: int, device: torch.device | str | None = None) -> Tensor:
    """Which keys a decoder position may see: itself and those before it. -> bool (T, T), lower triangle True."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()

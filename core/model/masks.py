"""Masks (section 3.2.3). In all masks of this package True means that the key is visible."""

from collections.abc import Sequence

import torch
from torch import Tensor

from core.config import PAD


def padded(rows: Sequence[Sequence[int]], device: torch.device | None = None) -> Tensor:
    """Return rows of ids as one batch (B, longest), filled with <pad> on the right."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows], device=device)


def padding_mask(ids: Tensor) -> Tensor | None:
    """Return which keys are real pieces, for ids (B, S).

    Returns:
        bool (B, 1, 1, S), the same for every head and query. None if all pieces are real, as for a single sentence,
        because attention is faster without a mask.
    """
    real = ids != PAD
    return None if real.all() else real[:, None, None, :]


def causal_mask(length: int, device: torch.device | str | None = None) -> Tensor:
    """Return which keys a decoder position sees, itself and those before it: bool (T, T), lower triangle True."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()

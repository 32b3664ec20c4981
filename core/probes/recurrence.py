"""One run of a recurrent model, number by number."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.model import Change, Recurrent
from core.records import RecurrentInside


@torch.inference_mode()
def recurrent_inside(
    model: Recurrent,
    source: Tensor,
    inputs: Tensor,
    rows: tuple[str, ...],
    keys: tuple[str, ...],
    change: Change | None = None,
) -> RecurrentInside:
    """One run computed anew, in one pass over `inputs`. source ids (1, S), inputs (1, T) beginning with <s>

    rows, keys: the pieces on either side, for the record.
    """
    memory, _ = model.encode(source, change=change)
    decoded = model.decode_inside(inputs, *model.start(memory, source, change), change=change)
    found = {name: getattr(decoded, name) for name in ("queries", "scores", "weights", "contexts")}
    arrays: dict[str, Any] = {
        name: None if array is None else np.array(array[0].float().cpu().numpy(), order="C")
        for name, array in {"annotations": memory, **found}.items()
    }
    return RecurrentInside(rows, keys, **arrays)

"""Probe of a recurrent model."""

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
    """Record all values of a recurrent model in one pass over `inputs`.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        rows: The pieces that the decoder reads, for the record.
        keys: The source pieces, for the record.
        change: The changes of an Intervention.
    """
    memory, _ = model.encode(source, change=change)
    decoded = model.decode_inside(inputs, *model.start(memory, source, change), change=change)
    decoder_values = {name: getattr(decoded, name) for name in ("queries", "scores", "weights", "contexts")}
    arrays: dict[str, Any] = {
        name: None if array is None else np.array(array[0].float().cpu().numpy(), order="C")
        for name, array in {"annotations": memory, **decoder_values}.items()
    }
    return RecurrentInside(rows, keys, **arrays)

"""A model that runs under a Change. The model itself is never touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.model.architecture import Model
from core.model.change import Change


class Prefix(NamedTuple):
    """What has been read so far, where it must be read anew at every step. ids (B, t)"""

    ids: Tensor

    def reorder(self, rows: Tensor) -> Prefix:
        return Prefix(self.ids[rows])


@dataclass(frozen=True, eq=False)
class Intervened:
    """A model under a Change, with the methods of `Incremental`, so that whatever decodes with one can use the other."""

    model: Model
    change: Change

    def encode(self, source: Tensor, traced: bool = False) -> tuple[Tensor, Tensor | None]:
        """`Transformer.encode`."""
        return self.model.encode(source, traced, self.change)

    def start(self, memory: Tensor, source: Tensor) -> tuple[Any, Tensor | None]:
        """`Transformer.start`."""
        return self.model.start(memory, source, self.change)

    def step(
        self,
        last: Tensor,
        cross: Any,
        mask: Tensor | None,
        cache: Any,
        traced: bool = False,
    ) -> tuple[Tensor, Any, Tensor | None, Tensor | None]:
        """`Incremental.step`. Without the causal mask earlier positions see the newest piece, so that all are read anew.

        -> logits (B, target_vocab), cache, and where traced self-attention (N, B, h, rows, t + 1) and cross-attention
        (N, B, h, rows, S): one row, or without the causal mask all t + 1
        """
        if self.change.causal:
            new: Any
            states, new, own, crossed = self.model.decode(last[:, None], cross, mask, traced, cache, self.change)
        else:
            ids = last[:, None] if cache is None else torch.cat([cache.ids, last[:, None]], 1)
            states, _, own, crossed = self.model.decode(ids, cross, mask, traced, None, self.change)
            new = Prefix(ids)
        logits = self.model.logits(states[:, -1])
        if own is None or crossed is None:
            return logits, new, None, None
        return logits, new, own.transpose(0, 1), crossed.transpose(0, 1)

"""An Intervention as tensors, and a Transformer that runs under it. The model itself is never touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from core.config import KINDS, ModelConfig
from core.intervention import Intervention
from core.model.attention import HeadChange, KeyValue

if TYPE_CHECKING:
    from core.model.transformer import DecoderCache, Transformer


@dataclass(frozen=True, eq=False)
class Change:
    """What an Intervention changes inside of a model, for one source sentence. Forced pieces are not among it."""

    heads: Mapping[tuple[str, int], HeadChange]  # (kind, layer)
    visible: Tensor | None  # bool (1, 1, 1, S): source pieces that may be attended to; None for all
    positions: bool
    causal: bool

    @classmethod
    def of(
        cls, intervention: Intervention, config: ModelConfig, source_length: int, device: torch.device | None = None
    ) -> Change:
        """Raises `OptionError` where the Intervention names what this model or this source does not have."""
        intervention.check(config, source_length)

        def chosen(kind: str, layer: int, mode: str) -> Tensor | None:
            heads = [intervention.ablate.get((kind, layer, head)) == mode for head in range(config.n_heads)]
            return torch.tensor(heads, device=device)[:, None, None] if any(heads) else None

        heads = {}
        for kind in KINDS:
            for layer in range(config.n_layers):
                zero, uniform = chosen(kind, layer, "zero"), chosen(kind, layer, "uniform")
                if zero is not None or uniform is not None or intervention.temperature != 1:
                    heads[kind, layer] = HeadChange(zero, uniform, intervention.temperature)
        visible = None
        if intervention.masked_source:
            visible = torch.ones(1, 1, 1, source_length, dtype=torch.bool, device=device)
            visible[..., list(intervention.masked_source)] = False
        return cls(heads, visible, intervention.positions, intervention.causal)

    def attention(self, kind: str, layer: int) -> HeadChange | None:
        return self.heads.get((kind, layer))


class Prefix(NamedTuple):
    """What has been read so far, where it must be read anew at every step. ids (B, t)"""

    ids: Tensor

    def reorder(self, rows: Tensor) -> Prefix:
        return Prefix(self.ids[rows])


@dataclass(frozen=True, eq=False)
class Changed:
    """A model under a Change, with the methods of `LaidOut`, so that whatever decodes with one can use the other."""

    model: Transformer
    change: Change

    def encode(self, source: Tensor, traced: bool = False) -> tuple[Tensor, Tensor | None]:
        """`Transformer.encode`."""
        return self.model.encode(source, traced, self.change)

    def start(self, memory: Tensor, source: Tensor) -> tuple[tuple[KeyValue, ...], Tensor | None]:
        """`Transformer.start`."""
        return self.model.start(memory, source, self.change)

    def step(
        self,
        last: Tensor,
        cross: tuple[KeyValue, ...],
        mask: Tensor | None,
        cache: DecoderCache | Prefix | None,
        traced: bool = False,
    ) -> tuple[Tensor, DecoderCache | Prefix, Tensor | None, Tensor | None]:
        """`LaidOut.step`. Without the causal mask earlier positions see the newest piece, so that all are read anew.

        -> logits (B, target_vocab), cache, and where traced self-attention (N, B, h, rows, t + 1) and cross-attention
        (N, B, h, rows, S): one row, or without the causal mask all t + 1
        """
        if self.change.causal:
            states, new, own, crossed = self.model.decode(last[:, None], cross, mask, traced, cache, self.change)
        else:
            ids = last[:, None] if cache is None else torch.cat([cache.ids, last[:, None]], 1)
            states, _, own, crossed = self.model.decode(ids, cross, mask, traced, None, self.change)
            new = Prefix(ids)
        logits = self.model.logits(states[:, -1])
        return logits, new, *((own.transpose(0, 1), crossed.transpose(0, 1)) if traced else (None, None))

"""Change: an Intervention as tensors, for one model and one source sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.config import KINDS, ModelConfig
from core.intervention import Intervention
from core.model.attention import HeadChange


@dataclass(frozen=True, eq=False)
class Change:
    """What an Intervention changes inside of a model, for one source sentence. Forced pieces are not among it."""

    heads: Mapping[tuple[str, int], HeadChange] = field(default_factory=dict)  # (kind, layer)
    visible: Tensor | None = None  # bool (1, 1, 1, S): source pieces that may be attended to; None for all
    positions: bool = True
    causal: bool = True
    padding: bool = True  # False: padding is read as if it were words

    @classmethod
    def of(
        cls, intervention: Intervention, config: ModelConfig, source_length: int, device: torch.device | None = None
    ) -> Change:
        """Raises `OptionError` where the Intervention names what this model or this source does not have."""
        intervention.check(config, source_length)

        def chosen(kind: str, layer: int, mode: str) -> Tensor | None:
            heads = [intervention.ablate.get((kind, layer, head)) == mode for head in range(config.n_heads)]
            return torch.tensor(heads, device=device)[:, None, None] if any(heads) else None

        heads: dict[tuple[str, int], HeadChange] = {}
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

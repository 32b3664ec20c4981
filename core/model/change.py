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
    """The changes inside a model, for one source sentence. Forced pieces are not among them.

    Attributes:
        heads: The changes of each attention, by kind and layer.
        visible: The source pieces that may be attended to, bool (1, 1, 1, S), or (B, 1, 1, S) if batch rows
            differ; None for all.
        positions: Whether the positional encoding is added.
        causal: Whether the causal mask is applied.
        padding: Whether the padding mask is applied.
        without: The removed parts of each layer, by stack and layer.
        encoder_layer: The number of encoder layers whose output is the memory; None for all.
    """

    heads: Mapping[tuple[str, int], HeadChange] = field(default_factory=dict)
    visible: Tensor | None = None
    positions: bool = True
    causal: bool = True
    padding: bool = True
    without: Mapping[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    encoder_layer: int | None = None

    @classmethod
    def of(
        cls, intervention: Intervention, config: ModelConfig, source_length: int, device: torch.device | None = None
    ) -> Change:
        """Build the Change of an Intervention for a model of these sizes and a source of this length.

        Raises:
            OptionError: If this model or source lacks what the Intervention names.
        """
        intervention.check(config, source_length)

        def ablated_heads(kind: str, layer: int, mode: str) -> Tensor | None:
            heads = [intervention.ablate.get((kind, layer, head)) == mode for head in range(config.n_heads)]
            return torch.tensor(heads, device=device)[:, None, None] if any(heads) else None

        heads: dict[tuple[str, int], HeadChange] = {}
        for kind in KINDS:
            for layer in range(config.n_layers):
                zero, uniform = ablated_heads(kind, layer, "zero"), ablated_heads(kind, layer, "uniform")
                if zero is not None or uniform is not None or intervention.temperature != 1:
                    heads[kind, layer] = HeadChange(zero, uniform, intervention.temperature)
        visible = None
        if intervention.masked_source:
            visible = torch.ones(1, 1, 1, source_length, dtype=torch.bool, device=device)
            visible[..., list(intervention.masked_source)] = False
        without: dict[tuple[str, int], frozenset[str]] = {}
        for stack, layer, part in intervention.without:
            without[stack, layer] = without.get((stack, layer), frozenset()) | {part}
        return cls(
            heads,
            visible,
            intervention.positions,
            intervention.causal,
            without=without,
            encoder_layer=intervention.encoder_layer,
        )

    def attention(self, kind: str, layer: int) -> HeadChange | None:
        """Return the changes of one attention, None if it is unchanged."""
        return self.heads.get((kind, layer))

    def removed(self, stack: str, layer: int) -> frozenset[str]:
        """Return the removed parts of one layer."""
        return self.without.get((stack, layer), frozenset())

"""The runner of a model with a Change. The model itself stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.model.architecture import Model
from core.model.change import Change


class Prefix(NamedTuple):
    """The pieces so far, which replace a cache when every step must compute all of them again.

    Attributes:
        ids: (B, t).
    """

    ids: Tensor

    def reorder(self, rows: Tensor) -> Prefix:
        """Return the prefix with its batch rows selected by index."""
        return Prefix(self.ids[rows])


@dataclass(frozen=True, eq=False)
class Intervened:
    """The runner of a model with a Change."""

    model: Model
    change: Change

    def encode(self, source: Tensor, traced: bool = False) -> tuple[Tensor, Tensor | None]:
        """Encode source ids with the Change: `Run.encode`."""
        return self.model.encode(source, traced, self.change)

    def start(self, memory: Tensor, source: Tensor) -> tuple[Any, Tensor | None]:
        """Compute what the decoder needs of the source, with the Change: `Run.start`."""
        return self.model.start(memory, source, self.change)

    def step(
        self,
        last: Tensor,
        cross: Any,
        mask: Tensor | None,
        cache: Any,
        traced: bool = False,
    ) -> tuple[Tensor, Any, Tensor | None, Tensor | None]:
        """Run the decoder over one new piece in each row, with the Change: `Run.step`.

        Without the causal mask earlier positions see the newest piece, so that all positions are computed again, and
        the weights have t + 1 rows.
        """
        if self.change.causal:
            new: Any
            states, new, self_weights, cross_weights = self.model.decode(
                last[:, None], cross, mask, traced, cache, self.change
            )
        else:
            ids = last[:, None] if cache is None else torch.cat([cache.ids, last[:, None]], 1)
            states, _, self_weights, cross_weights = self.model.decode(ids, cross, mask, traced, None, self.change)
            new = Prefix(ids)
        logits = self.model.logits(states[:, -1])
        if self_weights is None or cross_weights is None:
            return logits, new, None, None
        return logits, new, self_weights.transpose(0, 1), cross_weights.transpose(0, 1)

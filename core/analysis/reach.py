"""Is a sentence within a model's reach? Its length, its share of bytes and the model's confidence, beside a card's limits.

The limits are measured over dev sets by `core.training.reach` and stand on the model's card as `ModelCard.reach`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.records.trace import Trace
from core.spelling import is_byte

REASONS = ("length", "spelled", "probability")
"""What can be out of reach, in the order in which it is named."""

USUAL = 99
"""Per cent of the dev sentences that are no longer than the limit on length, and no more spelled in bytes than that one."""


@dataclass(frozen=True)
class Reach:
    """Where a run stands: what is measured of it, and which of the model's limits it passes."""

    length: int  # source pieces, </s> left out
    spelled: float  # share of the source pieces that are single bytes of a character
    probability: float  # geometric mean over the output's pieces, </s> included
    beyond: tuple[str, ...]  # those of REASONS that apply; a limit that the card does not have never does


def reach(trace: Trace, limits: Mapping[str, float]) -> Reach:
    """Measure a run and compare it with a card's `reach`: more than `length` pieces, a share of bytes above `spelled`,
    a mean probability below `probability`.

    The limit on probability holds for greedy search with nothing changed: that is what it was measured with.
    """
    pieces = trace.source_pieces[:-1]
    spelled = sum(map(is_byte, pieces)) / max(1, len(pieces))
    probability = math.exp(trace.log_probability / len(trace.output_pieces))
    values = {"length": len(pieces), "spelled": spelled, "probability": probability}
    return Reach(len(pieces), spelled, probability, beyond(values, limits))


def beyond(values: Mapping[str, float], limits: Mapping[str, float]) -> tuple[str, ...]:
    """Those of REASONS whose value is on the far side of its limit, where there is one."""
    there = [name for name in REASONS if isinstance(limits.get(name), int | float)]
    low = {"probability"}  # too low, where the others are too high
    return tuple(
        name for name in there if (values[name] < limits[name] if name in low else values[name] > limits[name])
    )

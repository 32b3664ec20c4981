"""Limits of reliable translation: a sentence's length and share of bytes, and the model's confidence.

`core.training.reach` measures the limits over dev sets and writes them on the model's card, as `ModelCard.reach`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.records.trace import Trace
from core.spelling import is_byte

REASONS = ("length", "spelled", "probability")
"""The quantities that have a limit, in the order in which they are reported."""

USUAL = 99
"""The percentage of dev sentences within the limit on length, and within the limit on bytes."""


@dataclass(frozen=True)
class Reach:
    """The measurements of a run, and the limits that it exceeds.

    Attributes:
        length: Number of source pieces without </s>.
        spelled: Share of the source pieces that are bytes.
        probability: Geometric mean of the probabilities of the output pieces, including </s>.
        beyond: The REASONS whose limit is exceeded.
    """

    length: int
    spelled: float
    probability: float
    beyond: tuple[str, ...]


def reach(trace: Trace, limits: Mapping[str, float]) -> Reach:
    """Measure a run and compare it with the limits of a card, `ModelCard.reach`.

    The limit on probability was measured with greedy search without an Intervention, and is valid for that alone.
    """
    pieces = trace.source_pieces[:-1]
    spelled = sum(map(is_byte, pieces)) / max(1, len(pieces))
    probability = math.exp(trace.log_probability / len(trace.output_pieces))
    values = {"length": len(pieces), "spelled": spelled, "probability": probability}
    return Reach(len(pieces), spelled, probability, beyond(values, limits))


def beyond(values: Mapping[str, float], limits: Mapping[str, float]) -> tuple[str, ...]:
    """Return the REASONS whose value exceeds its limit; those without a limit never do."""
    limited = [name for name in REASONS if isinstance(limits.get(name), int | float)]
    lower = {"probability"}  # its limit is a lower one
    return tuple(
        name for name in limited if (values[name] < limits[name] if name in lower else values[name] > limits[name])
    )

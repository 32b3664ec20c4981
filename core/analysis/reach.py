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

SHORT_WORDS = 5
"""The largest number of words of a short sentence. The mean probability of a few pieces says little by itself."""

FEW_WHOLE = 0.5
"""The largest share of whole words with which a short sentence can be unlike the training data.

A word that is frequent in the data is one piece of the vocabulary. More than half of the words are so in 19 of 20 short
English sentences, and almost never in another language of the same script or in nonsense.
"""


@dataclass(frozen=True)
class Reach:
    """The measurements of a run, and the limits that it exceeds.

    Attributes:
        length: Number of source pieces without </s>.
        spelled: Share of the source pieces that are bytes.
        probability: Geometric mean of the probabilities of the output pieces, including </s>.
        words: Number of source words with letters.
        whole: Share of these words that are a single piece; 1 if there are none.
        beyond: The REASONS whose limit is exceeded.
    """

    length: int
    spelled: float
    probability: float
    words: int
    whole: float
    beyond: tuple[str, ...]


def reach(trace: Trace, limits: Mapping[str, float]) -> Reach:
    """Measure a run and compare it with the limits of a card, `ModelCard.reach`.

    The limit on probability was measured with greedy search without an Intervention, and is valid for that alone.
    """
    pieces = trace.source_pieces[:-1]
    spelled = sum(map(is_byte, pieces)) / max(1, len(pieces))
    probability = math.exp(trace.log_probability / len(trace.output_pieces))
    words = [trace.source_pieces[start:end] for start, end in trace.source_words if start < len(pieces)]
    words = [word for word in words if any(map(str.isalpha, "".join(word)))]
    whole = sum(len(word) == 1 for word in words) / len(words) if words else 1.0
    values = {
        "length": len(pieces),
        "spelled": spelled,
        "probability": probability,
        "words": len(words),
        "whole": whole,
    }
    return Reach(len(pieces), spelled, probability, len(words), whole, beyond(values, limits))


def is_short(values: Mapping[str, float]) -> bool:
    """Return whether these measurements, named as in `Reach`, are of a short sentence."""
    return values["words"] <= SHORT_WORDS


def beyond(values: Mapping[str, float], limits: Mapping[str, float]) -> tuple[str, ...]:
    """Return the REASONS whose value exceeds its limit; those without a limit never do.

    If there is a limit "short", the probability of a short sentence is compared with that one, and only if no more than
    FEW_WHOLE of its words are whole.

    Args:
        values: Measurements, named as in `Reach`.
        limits: Limits by reason, and "short".
    """
    lower = {"probability"}  # its limit is a lower one
    if isinstance(limits.get("short"), int | float) and is_short(values):
        limits = {**limits, "probability": limits["short"] if values["whole"] <= FEW_WHOLE else 0.0}
    limited = [name for name in REASONS if isinstance(limits.get(name), int | float)]
    return tuple(
        name for name in limited if (values[name] < limits[name] if name in lower else values[name] > limits[name])
    )

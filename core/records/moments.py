"""Moments: what a model was like at some steps of its training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.records.record import Record
from core.records.trace import Trace


@dataclass(frozen=True, eq=False, repr=False)
class Moment(Record):
    """A model at one step of its training, measured on pairs of its dev set whose translation is given.

    The weights of a Trace are rounded to 1/255, its probabilities to half precision. The other arrays are means over
    the dev pairs, float32 (layers, heads), with no layer for a model without attention.

    Attributes:
        step: Number of updates; 0 for the random weights.
        loss: Mean negative log-likelihood of a target piece, without label smoothing, in nats.
        entropy: Entropy of a query's cross-attention weights, in bits.
        on_words: Share of cross-attention weight on source words, without </s> and punctuation.
        agreement: Share of aligned output words whose most attended source word is the aligner's; NaN without one.
        traces: The greedy translation of each of the fixed sentences.
    """

    step: int
    loss: float
    entropy: np.ndarray
    on_words: np.ndarray
    agreement: np.ndarray
    traces: tuple[Trace, ...]

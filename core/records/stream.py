"""Records of what runs along a Transformer's layers: its residual stream, and what each state would predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.records.record import Record

SUBLAYERS = {"encoder": ("encoder_self", "encoder"), "decoder": ("decoder_self", "cross", "decoder")}
"""The sub-layers of a layer in each stack, in order: kinds of attention, and the stack's name for feed-forward."""

ORIGINS = ("word", "position", "self_attention", "cross_attention", "feed_forward", "bias")
"""What a vector of the residual stream is a sum of.

Word vectors, the positional encoding, the outputs of all sub-layers of a type, and the biases of the layer
normalizations.
"""


class HalfStep(NamedTuple):
    """A place in a stack where the residual stream can be read: after a sub-layer's Add & Norm, or before all layers.

    Attributes:
        sublayer: One of SUBLAYERS of the stack; "input" for the sum of word vectors and positional encoding.
        layer: The layer, from 0; -1 for the input.
    """

    sublayer: str
    layer: int

    @classmethod
    def all(cls, stack: str, layers: int) -> tuple[HalfStep, ...]:
        """Return the half-steps of a stack of this many layers, from its input to its output."""
        inner = (cls(name, layer) for layer in range(layers) for name in SUBLAYERS[stack])
        return (cls("input", -1), *inner)

    @property
    def name(self) -> str:
        """The name of the half-step, with its layer from 0, for tables."""
        part = "feed_forward" if self.sublayer in SUBLAYERS else self.sublayer
        return part if self.layer < 0 else f"{self.layer} {part}"


@dataclass(frozen=True, eq=False, repr=False)
class ResidualStream(Record):
    """The vectors along one stack for one Trace, each split into summands by origin. H half-steps, T pieces.

    Layer normalization is linear once mean and standard deviation are known, so that it maps each summand on its own:
    p becomes g (p - mean(p)) / sigma, with the deviation sigma of the whole sum. The summands of a half-step add up to
    its vector exactly.

    Attributes:
        stack: "encoder" or "decoder".
        half_steps: The half-steps, H of them.
        pieces: The pieces of the positions, T of them.
        summands: float32 (H, len(ORIGINS), T, d_model).
        sums: The length of each vector before its layer normalization, float32 (H, T).
        scales: The factor 1 / sigma of each layer normalization, float32 (H, T); 1 where there is none.
        sum_shares: The shares of the summands in each vector before its layer normalization, as `shares` are after it,
            float32 (H, len(ORIGINS), T).
    """

    stack: str
    half_steps: tuple[HalfStep, ...]
    pieces: tuple[str, ...]
    summands: np.ndarray
    sums: np.ndarray
    scales: np.ndarray
    sum_shares: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """The length of each vector, after its layer normalization, float32 (H, T)."""
        return np.linalg.norm(self.vectors, axis=-1)

    @property
    def vectors(self) -> np.ndarray:
        """The vector of each position at each half-step, float32 (H, T, d_model)."""
        return self.summands.sum(1)

    @property
    def shares(self) -> np.ndarray:
        """How far each summand points along its vector, as a share of the vector's length, float32 (H, origins, T).

        The share of summand p in vector v is p · v / (v · v). Shares sum to 1, and are negative where a summand points
        the other way. They are 0 for a vector of length 0.
        """
        vectors = self.vectors[:, None]
        lengths = (vectors * vectors).sum(-1)
        products = (self.summands * vectors).sum(-1)
        return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)


@dataclass(frozen=True, eq=False, repr=False)
class ReadOut(Record):
    """What the model's projection makes of each state of the decoder. H half-steps, T steps, k candidates.

    States before the last were not trained to be projected: early ones are raw.

    Attributes:
        half_steps: The half-steps, H of them; the last is the decoder's output.
        written: The pieces that the Trace has, T of them.
        pieces: The k most probable pieces of each state, best first: pieces[i][t] has k of them.
        probabilities: Their probabilities, float32 (H, T, k).
        written_probabilities: The probability of the written piece, float32 (H, T).
        written_ranks: Its rank among all pieces, from 0, int64 (H, T).

    Source:
        nostalgebraist 2020 ("logit lens"), for a decoder with layer normalization after each sum.
    """

    half_steps: tuple[HalfStep, ...]
    written: tuple[str, ...]
    pieces: tuple[tuple[tuple[str, ...], ...], ...]
    probabilities: np.ndarray
    written_probabilities: np.ndarray
    written_ranks: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the half-steps."""
        return tuple(step.name for step in self.half_steps)

    @property
    def settled(self) -> np.ndarray:
        """The half-step from which on the written piece ranks first, int64 (T,); H where it never does."""
        first = self.written_ranks == 0
        return len(first) - np.cumprod(first[::-1], axis=0).sum(0)


@dataclass(frozen=True, eq=False, repr=False)
class Followed(Record):
    """The pieces that compete at one step, through all states of the decoder. H half-steps, P pieces.

    Attributes:
        half_steps: The half-steps, H of them; the last is the decoder's output.
        pieces: Those that rank among the first ones at any half-step, in the order in which they first do.
        probabilities: Their probabilities, float32 (H, P).
    """

    half_steps: tuple[HalfStep, ...]
    pieces: tuple[str, ...]
    probabilities: np.ndarray

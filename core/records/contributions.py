"""Record of how much each source piece, and each piece that is already written, contributes to each output piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.records.record import Record

METHODS = ("attention", "rollout", "norms", "alti")
"""How contributions are computed: see `core.analysis.contributions`."""


@dataclass(frozen=True, eq=False, repr=False)
class Contributions(Record):
    """The contributions to each output piece of one Trace, by one method. S source pieces, T output pieces.

    Row t belongs to `output_pieces[t]`, which is predicted from the source and from `input_pieces[: t + 1]`. With
    "rollout" and "alti" a row of `source` and the same row of `target` sum to 1 together. "attention" and "norms" look
    at one attention at a time and do not compare the two: each row of `source` sums to 1, and each row of `target`.

    Attributes:
        method: One of METHODS.
        source_pieces: The source pieces as they are displayed, S of them.
        input_pieces: The pieces that the decoder reads, T of them; the first is <s>.
        output_pieces: The pieces that it writes, T of them.
        source: The contribution of source piece j to output piece t, float32 (T, S), at least 0.
        target: The contribution of input piece j to output piece t, float32 (T, T), at least 0.
    """

    method: str
    source_pieces: tuple[str, ...]
    input_pieces: tuple[str, ...]
    output_pieces: tuple[str, ...]
    source: np.ndarray
    target: np.ndarray

    @property
    def compares(self) -> bool:
        """Whether the method compares the source with what is already written."""
        return self.method in ("rollout", "alti")

    @property
    def source_share(self) -> np.ndarray:
        """The share of each output piece that comes from the source, float32 (T,), 0 to 1.

        It is NaN for a method that does not compare the source with what is already written.
        """
        return self.source.sum(-1) if self.compares else np.full(len(self.source), np.nan, np.float32)

    @property
    def target_share(self) -> np.ndarray:
        """The share of each output piece that comes from what is already written, <s> included: 1 - `source_share`."""
        return 1 - self.source_share

"""Statistical word alignment, learnt from sentence pairs alone.

IBM Model 1 (Brown et al. 1993, section 4.1) with a prior for the diagonal (Dyer, Chahuneau and Smith 2013, section 2),
in both directions, whose agreement counts (after Liang, Taskar and Klein 2006). The aligner is independent of the
Transformer, so that attention can be compared with it. `core.training.alignment` learns the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.analysis.view import merge
from core.errors import DamagedModelError
from core.records.trace import Span, Trace
from core.spelling import WORD_START, Spelling

UNALIGNED = 0.08
"""Prior probability that a piece is aligned with no piece. This value and TENSION are the initial ones of fast_align,
the aligner of Dyer et al."""

TENSION = 4.0
"""Preference for links near the diagonal: their prior is proportional to exp(-TENSION · distance)."""

SURE = 0.3
"""The lowest score of a link. On 34 freely translated sentences that were aligned by hand (tests/models/gold.py),
precision is 91 % and recall 75 %; with 0.2 they are 88 and 79 %, with 0.5 they are 95 and 67 %."""

LEAST = 1e-6
"""The smallest null probability of a piece, so that an unseen pair is not aligned."""


def rows(pieces: Sequence[str]) -> dict[str, int]:
    """Return the table row of each piece in lower case: "▁The" and "▁the" share the row of the first."""
    row_of: dict[str, int] = {}
    for index, piece in enumerate(pieces):
        row_of.setdefault(piece.lower(), index)
    return row_of


def diagonal(length: int, others: int) -> np.ndarray:
    """Return the prior of the links of `length` pieces to `others` pieces of the other side.

    Returns:
        (length, others + 1); rows sum to 1. Column 0 is UNALIGNED, for no link. The others decrease with
        |(i + 0.5) / length - (k + 0.5) / others|.
    """
    row, column = (np.arange(length) + 0.5) / length, (np.arange(others) + 0.5) / others
    near = np.exp(-TENSION * np.abs(row[:, None] - column))
    near *= (1 - UNALIGNED) / near.sum(1, keepdims=True)
    return np.concatenate([np.full((length, 1), UNALIGNED), near], 1)


@dataclass(frozen=True, eq=False)
class Aligner:
    """The lexical probabilities of pairs of pieces, as a sparse matrix: missing pairs have probability 0.

    Pairs are sorted by source row, then target row; those of source row r are starts[r] to starts[r + 1]. Threads can
    share an aligner.

    Attributes:
        source: The row of each source piece, by `rows`.
        target: The row of each target piece, by `rows`.
        starts: int32 (source pieces + 1,).
        columns: The target row of each pair, (pairs,), in the smallest unsigned type.
        forward: p(target piece | source piece), float16 (pairs,).
        backward: p(source piece | target piece), float16 (pairs,).
        forward_null: p(target piece | no source piece), float32 (target pieces,).
        backward_null: p(source piece | no target piece), float32 (source pieces,).
    """

    source: Mapping[str, int]
    target: Mapping[str, int]
    starts: np.ndarray
    columns: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    forward_null: np.ndarray
    backward_null: np.ndarray

    def lexical(self, source: Sequence[str], target: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return p(target | source) and p(source | target) of pieces, both (source, target); 0 for unknown pairs."""
        target_rows = np.array([self.target.get(piece.lower(), -1) for piece in target])
        probabilities = np.zeros((2, len(source), len(target)))
        for i, piece in enumerate(source):
            row = self.source.get(piece.lower(), -1)
            if row < 0:
                continue
            start, end = self.starts[row], self.starts[row + 1]
            known = self.columns[start:end]
            at = np.searchsorted(known, target_rows)
            hits = np.flatnonzero((at < len(known)) & (target_rows >= 0))
            hits = hits[known[at[hits]] == target_rows[hits]]
            probabilities[0, i, hits] = self.forward[start + at[hits]]
            probabilities[1, i, hits] = self.backward[start + at[hits]]
        return probabilities[0], probabilities[1]

    def scores(self, source: Sequence[str], target: Sequence[str]) -> np.ndarray:
        """Return the score of each link, (target, source), 0 to 1: the geometric mean of both posteriors."""
        forward, backward = self.lexical(source, target)
        return np.sqrt(
            _posterior(forward.T, _null_probabilities(self.forward_null, self.target, target))
            * _posterior(backward, _null_probabilities(self.backward_null, self.source, source)).T
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that are written to disk, by name."""
        return {name: getattr(self, name) for name in ARRAYS}

    def to_bytes(self) -> bytes:
        """Return the content of the file that `read_aligner` reads."""
        import safetensors.numpy

        return safetensors.numpy.save(self.arrays())


ARRAYS = ("starts", "columns", "forward", "backward", "forward_null", "backward_null")


def _null_probabilities(table: np.ndarray, rows: Mapping[str, int], pieces: Sequence[str]) -> np.ndarray:
    values = [table[rows[piece.lower()]] if piece.lower() in rows else 0.0 for piece in pieces]
    return np.maximum(np.array(values, np.float64), LEAST)


def _posterior(lexical: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return the posterior probability of each link, (pieces, others).

    Each row and the probability of no link, which is left out, sum to 1.

    Args:
        lexical: p(piece | other), (pieces, others).
        null: p(piece | none), (pieces,).
    """
    joint = np.concatenate([null[:, None], lexical], 1) * diagonal(*lexical.shape)
    return (joint / joint.sum(1, keepdims=True))[:, 1:]


def column_type(target_pieces: int) -> np.dtype:
    """Return the smallest unsigned type that holds all target rows."""
    return np.min_scalar_type(max(target_pieces - 1, 0))


def read_aligner(path: Path, model: str, source: Sequence[str], target: Sequence[str]) -> Aligner | None:
    """Read the aligner of a model, for the pieces of its tokenizers; None if there is no such file.

    Raises:
        DamagedModelError: If names, types, shapes or ranges in the file do not fit these pieces.
    """
    import safetensors
    import safetensors.numpy

    if not path.exists():
        return None
    try:
        arrays = safetensors.numpy.load_file(path)
    except (OSError, ValueError, TypeError, KeyError, safetensors.SafetensorError) as error:
        raise DamagedModelError(name=model, cause="unreadable", detail=path.name) from error
    if not _is_valid(arrays, len(source), len(target)):
        raise DamagedModelError(name=model, cause="unreadable", detail=path.name)
    return Aligner(source=rows(source), target=rows(target), **{name: _freeze(arrays[name]) for name in ARRAYS})


def _freeze(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def _is_valid(arrays: Mapping[str, np.ndarray], source: int, target: int) -> bool:
    """Return whether names, types, shapes and ranges fit an aligner of this many source and target pieces."""
    if set(arrays) != set(ARRAYS):
        return False
    pairs = arrays["columns"].shape
    expected = {
        "starts": (np.dtype(np.int32), (source + 1,)),
        "columns": (column_type(target), (pairs[0] if len(pairs) == 1 else -1,)),
        "forward": (np.dtype(np.float16), pairs),
        "backward": (np.dtype(np.float16), pairs),
        "forward_null": (np.dtype(np.float32), (target,)),
        "backward_null": (np.dtype(np.float32), (source,)),
    }
    if any((arrays[name].dtype, arrays[name].shape) != type_and_shape for name, type_and_shape in expected.items()):
        return False
    starts, columns = arrays["starts"], arrays["columns"].astype(np.int64)
    if starts[0] != 0 or starts[-1] != len(columns) or (np.diff(starts) < 0).any():
        return False
    if len(columns) and columns.max() >= target:
        return False
    rising = np.diff(np.repeat(np.arange(source), np.diff(starts)) * target + columns) > 0
    probabilities = (arrays[name] for name in ARRAYS[2:])
    return bool(rising.all() and all(((values >= 0) & (values <= 1)).all() for values in probabilities))


def align(trace: Trace, aligner: Aligner) -> tuple[tuple[int, int], ...]:
    """Align the words of a Trace.

    Each output word is aligned with the source word of the highest score, if that is at least SURE. The score of two
    words is that of their pieces, summed over the source word's and averaged over the output word's. Specials and
    punctuation are not aligned, because they say nothing about the words.

    Returns:
        Pairs (output word, source word), as indices of `trace.output_words` and `trace.source_words`.
    """
    source = _alignable_words(trace.source_words, trace.source_spelling, trace.source_specials)
    output = _alignable_words(trace.output_words, trace.output_spelling, trace.output_specials)
    if not source or not output:
        return ()
    # </s> is last on either side, so that the positions of all other pieces stay the same without it.
    pieces = trace.source_pieces[:-1], trace.output_pieces[: len(trace.output_pieces) - len(trace.output_specials)]
    scores = merge(
        aligner.scores(*pieces), [trace.output_words[j] for j in output], [trace.source_words[i] for i in source]
    )
    best = scores.argmax(1)
    return tuple((j, source[best[row]]) for row, j in enumerate(output) if scores[row, best[row]] >= SURE)


def _alignable_words(spans: Sequence[Span], spelling: Spelling, specials: Iterable[int]) -> list[int]:
    """Return the indices of the words that contain a letter or a digit and are not specials."""
    texts = [spelling.word(*span).replace(WORD_START, "") for span in spans]
    return [
        index
        for index, (span, text) in enumerate(zip(spans, texts, strict=True))
        if span[0] not in specials and any(character.isalnum() for character in text)
    ]

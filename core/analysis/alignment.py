"""Which word a translated word stands for: a statistical word aligner, learnt from sentence pairs alone.

IBM Model 1 (Brown et al. 1993, section 4.1) with a prior for the diagonal (Dyer, Chahuneau and Smith 2013,
section 2), in both directions; a link has to convince both (after Liang, Taskar and Klein 2006). It knows nothing of the
Transformer beside it, so that attention can be compared with it. `core.training.alignment` learns the tables.
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
from core.zoo import ALIGNER

UNALIGNED = 0.08
"""Prior probability that a piece comes from no piece of the other side; this and TENSION are those that the aligner
of Dyer et al., fast_align, starts from."""

TENSION = 4.0
"""How much a link near the diagonal is preferred: its prior is proportional to exp(-TENSION · distance)."""

SURE = 0.3
"""Two words are linked from this score on. On 34 freely translated sentences aligned by hand (tests/models/gold.py), 91 %
of the links are right then and 75 % of the words find theirs; at 0.2 it is 88 and 79 %, at 0.5 95 and 67 %."""

LEAST = 1e-6
"""The least probability of a piece without a counterpart, so that an unseen pair is left unaligned."""


def rows(pieces: Sequence[str]) -> dict[str, int]:
    """Each piece's row in the tables, by its lower case: "▁The" and "▁the" share the first one's."""
    found: dict[str, int] = {}
    for index, piece in enumerate(pieces):
        found.setdefault(piece.lower(), index)
    return found


def diagonal(length: int, others: int) -> np.ndarray:
    """Prior of a piece's link to each of `others` pieces of the other side, (length, others + 1), rows sum to 1.

    Column 0 stands for no piece, with UNALIGNED; the rest falls off with |(i + 0.5) / length - (k + 0.5) / others|.
    """
    row, column = (np.arange(length) + 0.5) / length, (np.arange(others) + 0.5) / others
    near = np.exp(-TENSION * np.abs(row[:, None] - column))
    near *= (1 - UNALIGNED) / near.sum(1, keepdims=True)
    return np.concatenate([np.full((length, 1), UNALIGNED), near], 1)


@dataclass(frozen=True, eq=False)
class Aligner:
    """Lexical probabilities of a model's pieces, pruned: those that are missing are 0. Shared by threads.

    Pairs are kept by source row: those of row r are starts[r] to starts[r + 1], by rising target row.
    """

    source: Mapping[str, int]  # a row each, by `rows`
    target: Mapping[str, int]
    starts: np.ndarray  # int32 (source pieces + 1,)
    columns: np.ndarray  # the smallest unsigned type, (pairs,): target rows
    forward: np.ndarray  # float16 (pairs,): p(target piece | source piece)
    backward: np.ndarray  # float16 (pairs,): p(source piece | target piece)
    forward_null: np.ndarray  # float32 (target pieces,): p(target piece | no source piece)
    backward_null: np.ndarray  # float32 (source pieces,): p(source piece | no target piece)

    def lexical(self, source: Sequence[str], target: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """p(target | source) and p(source | target) of some pieces, both (source, target); 0 where a pair is unknown."""
        wanted = np.array([self.target.get(piece.lower(), -1) for piece in target])
        found = np.zeros((2, len(source), len(target)))
        for i, piece in enumerate(source):
            row = self.source.get(piece.lower(), -1)
            if row < 0:
                continue
            start, end = self.starts[row], self.starts[row + 1]
            known = self.columns[start:end]
            at = np.searchsorted(known, wanted)
            hits = np.flatnonzero((at < len(known)) & (wanted >= 0))
            hits = hits[known[at[hits]] == wanted[hits]]
            found[0, i, hits] = self.forward[start + at[hits]]
            found[1, i, hits] = self.backward[start + at[hits]]
        return found[0], found[1]

    def scores(self, source: Sequence[str], target: Sequence[str]) -> np.ndarray:
        """How sure a link between two pieces is, (target, source), 0 to 1: the geometric mean of both directions'
        posterior probabilities."""
        forward, backward = self.lexical(source, target)
        return np.sqrt(
            _posterior(forward.T, _null(self.forward_null, self.target, target))
            * _posterior(backward, _null(self.backward_null, self.source, source)).T
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """What is written to disk, by name."""
        return {name: getattr(self, name) for name in ARRAYS}

    def to_bytes(self) -> bytes:
        """The file that `read_aligner` reads."""
        import safetensors.numpy

        return safetensors.numpy.save(self.arrays())


ARRAYS = ("starts", "columns", "forward", "backward", "forward_null", "backward_null")


def _null(table: np.ndarray, rows: Mapping[str, int], pieces: Sequence[str]) -> np.ndarray:
    found = [table[rows[piece.lower()]] if piece.lower() in rows else 0.0 for piece in pieces]
    return np.maximum(np.array(found, np.float64), LEAST)


def _posterior(lexical: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Posterior of each link, given p(piece | other), (pieces, others), and p(piece | none), (pieces,): rows sum to 1
    or less, what is missing being the probability of no link."""
    weighted = np.concatenate([null[:, None], lexical], 1) * diagonal(*lexical.shape)
    return (weighted / weighted.sum(1, keepdims=True))[:, 1:]


def column_type(target_pieces: int) -> np.dtype:
    """The smallest unsigned type that holds all target rows."""
    return np.min_scalar_type(max(target_pieces - 1, 0))


def read_aligner(folder: Path, source: Sequence[str], target: Sequence[str]) -> Aligner | None:
    """The aligner of a model folder, for its tokenizers' pieces; None where there is none.

    Raises `DamagedModelError` for a file of other names, types, shapes or ranges than these pieces need.
    """
    import safetensors
    import safetensors.numpy

    path = folder / ALIGNER
    if not path.exists():
        return None
    try:
        arrays = safetensors.numpy.load_file(path)
    except (OSError, ValueError, TypeError, KeyError, safetensors.SafetensorError) as error:
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=ALIGNER) from error
    if not _sound(arrays, len(source), len(target)):
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=ALIGNER)
    return Aligner(source=rows(source), target=rows(target), **{name: _frozen(arrays[name]) for name in ARRAYS})


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def _sound(arrays: Mapping[str, np.ndarray], source: int, target: int) -> bool:
    """Whether names, types, shapes and ranges are those of an aligner of so many pieces a side."""
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
    if any((arrays[name].dtype, arrays[name].shape) != found for name, found in expected.items()):
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
    """A word alignment: pairs (output word, source word), positions in `trace.output_words` and `trace.source_words`.

    Each output word is linked with the source word of the highest score, if that is at least SURE. A word's score is
    that of its pieces: summed over the source word's, averaged over the output word's. Specials and punctuation are
    never aligned: where a sentence ends says nothing about its words.
    """
    source = _words(trace.source_words, trace.source_spelling, trace.source_specials)
    output = _words(trace.output_words, trace.output_spelling, trace.output_specials)
    if not source or not output:
        return ()
    # </s> is last on either side: without it the pieces keep their positions.
    pieces = trace.source_pieces[:-1], trace.output_pieces[: len(trace.output_pieces) - len(trace.output_specials)]
    scores = merge(
        aligner.scores(*pieces), [trace.output_words[j] for j in output], [trace.source_words[i] for i in source]
    )
    best = scores.argmax(1)
    return tuple((j, source[best[row]]) for row, j in enumerate(output) if scores[row, best[row]] >= SURE)


def _words(spans: Sequence[Span], spelling: Spelling, specials: Iterable[int]) -> list[int]:
    """Which words hold a letter or a digit and are no special."""
    texts = [spelling.word(*span).replace(WORD_START, "") for span in spans]
    return [
        index
        for index, (span, text) in enumerate(zip(spans, texts, strict=True))
        if span[0] not in specials and any(character.isalnum() for character in text)
    ]

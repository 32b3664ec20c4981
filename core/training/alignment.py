"""Training of the word aligner on sentence pairs, by expectation maximisation over all pairs at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.analysis.alignment import Aligner, column_type, diagonal, rows
from core.text import Tokenizer
from core.training.corpus import Encoded

Ids = Sequence[int] | np.ndarray

ROUNDS = 5
"""Number of rounds of expectation maximisation, as in fast_align. Compared with alignments by hand, 3 and 8 rounds are
slightly worse."""

KEPT = 0.005
"""Pairs of pieces that are less probable than this in both directions are dropped from the tables."""

MOST_CELLS = 10_000_000
"""The largest number of possible links, about 60 bytes each. With more, only evenly spaced sentence pairs are used."""


def lexical(pairs: Sequence[tuple[Ids, Ids]], size: int, rounds: int = ROUNDS) -> tuple[np.ndarray, np.ndarray]:
    """Return p(written | given) of pieces by IBM Model 1 with `diagonal` as its prior.

    Args:
        pairs: The rows of the given and the written pieces of each sentence pair, 0 to size - 1; neither is empty.
        size: The number of rows.
        rounds: The number of rounds of expectation maximisation.

    Returns:
        The keys of pairs of pieces, int64 (pairs,), ascending: (given + 1) * size + written, where given = -1 stands
        for no piece. Then their probabilities, float64 (pairs,); those of the same given piece sum to 1.

    Source:
        Brown et al. 1993, section 4.1; Dyer, Chahuneau and Smith 2013, section 2.
    """
    sentence_keys, sentence_priors, link_counts = [], [], []
    prior_by_shape: dict[tuple[int, int], np.ndarray] = {}
    for given, written in pairs:
        shape = len(written), len(given)
        if shape not in prior_by_shape:
            prior_by_shape[shape] = diagonal(*shape).astype(np.float32).ravel()
        with_none = np.array([0, *(piece + 1 for piece in given)], np.int64)
        sentence_keys.append((with_none * size + np.array(written, np.int64)[:, None]).ravel())
        sentence_priors.append(prior_by_shape[shape])
        link_counts.append(np.full(shape[0], shape[1] + 1))
    count = np.concatenate(link_counts)  # (written pieces,): the number of possible links of each
    first = np.cumsum(count) - count
    keys, key_index = np.unique(np.concatenate(sentence_keys), return_inverse=True)
    key_index, prior = key_index.astype(np.int32), np.concatenate(sentence_priors)
    row = keys // size
    table: np.ndarray = np.full(len(keys), 1 / size)
    for _ in range(rounds):
        links = table[key_index] * prior
        links = links / np.repeat(np.add.reduceat(links, first), count)
        table = np.bincount(key_index, links, len(keys))
        table = table / np.bincount(row, table)[row]
    return keys, table


def train_aligner(pairs: Sequence[Encoded], source: Tokenizer, target: Tokenizer) -> Aligner:
    """Train an aligner; this takes seconds for 60,000 pairs on one thread.

    Args:
        pairs: The ids of the training pairs, with </s> at the end of both sides.
        source: The source tokenizer.
        target: The target tokenizer.
    """
    tables = rows(source.pieces), rows(target.pieces)
    row_of_id = [
        np.array([table[piece.lower()] for piece in side.pieces], np.int64)
        for table, side in zip(tables, (source, target), strict=True)
    ]
    row_pairs = [
        (row_of_id[0][given[:-1]], row_of_id[1][written[:-1]])
        for given, written in pairs
        if min(map(len, (given, written))) > 1
    ]
    cells = sum((len(given) + 1) * len(written) for given, written in row_pairs)
    row_pairs = row_pairs[:: -(-cells // MOST_CELLS) or 1]
    return _build_aligner(row_pairs, tables, (len(source), len(target)))


def _build_aligner(
    pairs: Sequence[tuple[Ids, Ids]], tables: tuple[dict[str, int], dict[str, int]], sizes: tuple[int, int]
) -> Aligner:
    """Learn the tables of both directions and drop improbable pairs of pieces."""
    empty = np.zeros(0, np.int64), np.zeros(0)
    forward, backward = empty, empty
    if pairs:
        forward = lexical(pairs, sizes[1])
        backward = lexical([(target, source) for source, target in pairs], sizes[0])
    nulls = []
    for (keys, probabilities), size in ((forward, sizes[1]), (backward, sizes[0])):
        null = np.zeros(size, np.float32)
        null[keys[keys < size]] = probabilities[keys < size]
        nulls.append(null)
    real = forward[0] >= sizes[1]
    source, target = forward[0][real] // sizes[1] - 1, forward[0][real] % sizes[1]
    forward_values = forward[1][real]
    # Both directions have the same pairs of pieces.
    backward_values = backward[1][np.searchsorted(backward[0], (target + 1) * sizes[0] + source)]
    kept = (forward_values >= KEPT) | (backward_values >= KEPT)
    counts = np.bincount(source[kept], minlength=sizes[0])
    return Aligner(
        source=tables[0],
        target=tables[1],
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        columns=target[kept].astype(column_type(sizes[1])),
        forward=forward_values[kept].astype(np.float16),
        backward=backward_values[kept].astype(np.float16),
        forward_null=nulls[0],
        backward_null=nulls[1],
    )

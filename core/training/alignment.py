"""Learning the word aligner's tables from sentence pairs: expectation maximisation over all pairs at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.analysis.alignment import Aligner, column_type, diagonal, rows
from core.text import Tokenizer
from core.training.corpus import Encoded

Ids = Sequence[int] | np.ndarray

ROUNDS = 5
"""Rounds of expectation maximisation, as in fast_align. Beside alignments by hand, 3 and 8 rounds do a little worse."""

KEPT = 0.005
"""Pairs of pieces less probable than this in both directions are not kept."""

MOST_CELLS = 10_000_000
"""The most possible links that are looked at: with more, evenly spaced sentence pairs stand for all. About 60 bytes each."""


def lexical(pairs: Sequence[tuple[Ids, Ids]], size: int, rounds: int = ROUNDS) -> tuple[np.ndarray, np.ndarray]:
    """p(written | given) of pieces by IBM Model 1 with `diagonal` as its prior (Brown et al. 1993; Dyer et al. 2013).

    pairs: rows of given and written pieces, 0 to size - 1, neither empty. -> keys, rising, int64 (pairs of pieces,):
    (given + 1) * size + written, where given = -1 stands for no piece; their probabilities, float64. Those of one given
    piece sum to 1.
    """
    links_of, priors, lengths = [], [], []
    priors_of: dict[tuple[int, int], np.ndarray] = {}
    for given, written in pairs:
        shape = len(written), len(given)
        if shape not in priors_of:
            priors_of[shape] = diagonal(*shape).astype(np.float32).ravel()
        with_none = np.array([0, *(piece + 1 for piece in given)], np.int64)
        links_of.append((with_none * size + np.array(written, np.int64)[:, None]).ravel())
        priors.append(priors_of[shape])
        lengths.append(np.full(shape[0], shape[1] + 1))
    length = np.concatenate(lengths)  # (written pieces,): how many links each could have
    first = np.cumsum(length) - length
    keys, place = np.unique(np.concatenate(links_of), return_inverse=True)
    place, prior = place.astype(np.int32), np.concatenate(priors)
    row = keys // size
    table: np.ndarray = np.full(len(keys), 1 / size)
    for _ in range(rounds):
        links = table[place] * prior
        links = links / np.repeat(np.add.reduceat(links, first), length)
        table = np.bincount(place, links, len(keys))
        table = table / np.bincount(row, table)[row]
    return keys, table


def train_aligner(pairs: Sequence[Encoded], source: Tokenizer, target: Tokenizer) -> Aligner:
    """The aligner of some training pairs' ids, each side with </s> at its end; seconds for 60,000 pairs, one thread."""
    tables = rows(source.pieces), rows(target.pieces)
    folded = [
        np.array([table[piece.lower()] for piece in side.pieces], np.int64)
        for table, side in zip(tables, (source, target), strict=True)
    ]
    kept = [
        (folded[0][given[:-1]], folded[1][written[:-1]])
        for given, written in pairs
        if min(map(len, (given, written))) > 1
    ]
    cells = sum((len(given) + 1) * len(written) for given, written in kept)
    kept = kept[:: -(-cells // MOST_CELLS) or 1]
    return _pruned(kept, tables, (len(source), len(target)))


def _pruned(
    pairs: Sequence[tuple[Ids, Ids]], tables: tuple[dict[str, int], dict[str, int]], sizes: tuple[int, int]
) -> Aligner:
    """Both directions' tables, as the Aligner keeps them."""
    nothing = np.zeros(0, np.int64), np.zeros(0)
    forward, backward = nothing, nothing
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
    ahead = forward[1][real]
    # Both directions have seen the same pairs of pieces.
    back = backward[1][np.searchsorted(backward[0], (target + 1) * sizes[0] + source)]
    chosen = (ahead >= KEPT) | (back >= KEPT)
    counts = np.bincount(source[chosen], minlength=sizes[0])
    return Aligner(
        source=tables[0],
        target=tables[1],
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        columns=target[chosen].astype(column_type(sizes[1])),
        forward=ahead[chosen].astype(np.float16),
        backward=back[chosen].astype(np.float16),
        forward_null=nulls[0],
        backward_null=nulls[1],
    )

"""Record of what every attention head does over a whole corpus, with sentences from its strongest to its weakest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.checks import is_index, quoted
from core.errors import OptionError
from core.records.record import Record

BANDS = 10
"""The number of bands of activation: band b holds activations from b / BANDS up to (b + 1) / BANDS."""


START = "<s>"
"""The label of the special that the decoder reads first (`core.text.SPECIALS`)."""

MOST_CELLS = 600
"""The largest number of weights that are kept of a head in a sentence: 24 x 24, and a few more."""


class CorpusText(NamedTuple):
    """A sentence of a corpus and its translation.

    Attributes:
        source: The sentence.
        output: Its translation.
        source_labels: Its S pieces as they are displayed, with </s>.
        output_labels: The T pieces of the translation as they are displayed, with </s>.
    """

    source: str
    output: str
    source_labels: tuple[str, ...]
    output_labels: tuple[str, ...]

    @property
    def input_labels(self) -> tuple[str, ...]:
        """What the decoder reads in each step: START, and the pieces but for the last."""
        return (START, *self.output_labels[:-1])

    def labels(self, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the labels of a kind's queries (`core.analysis.corpus.query_pieces`) and of its keys."""
        queries = {"encoder_self": self.source_labels, "decoder_self": self.input_labels, "cross": self.output_labels}
        return queries[kind], self.input_labels if kind == "decoder_self" else self.source_labels


class HeadExample(NamedTuple):
    """A sentence of a corpus, as one head sees it.

    Attributes:
        sentence: The index of the sentence in `CorpusHeads.texts`.
        activation: The head's activation in it (`core.analysis.corpus.activations`), 0 to 1.
        query: The position of the query with the heaviest weight on a piece that is no special.
        key: The position of that piece.
        weight: The weight.
        weights: All weights of the head, as round(255 w) in a byte each: row by row of (queries, keys), as
            `CorpusText.labels` names them; exact to 0.002. Empty for more than MOST_CELLS.
    """

    sentence: int
    activation: float
    query: int
    key: int
    weight: float
    weights: bytes


class PieceShare(NamedTuple):
    """A piece, and what a head gives it or how it acts from it.

    Attributes:
        piece: The piece.
        value: Of an attended piece, the share of the head's whole weight that it gets; of a query's piece, the mean of
            the heaviest weights of its queries.
        times: How often the piece occurs as a key, or as a query.
    """

    piece: str
    value: float
    times: int


@dataclass(frozen=True, eq=False, repr=False)
class CorpusHead(Record):
    """One head over a corpus.

    Attributes:
        kind: The kind of attention.
        layer: The layer, from 0.
        head: The head, from 0.
        role: One of `core.analysis.ROLES`, by the means over all sentences.
        activation: The mean activation; NaN if no sentence has one.
        histogram: The number of sentences in each band of activation, int64 (BANDS,).
        distance: Mean distance of the weight on pieces that are no specials, in pieces; NaN if there is none.
        offset: The same with its sign: below 0 for pieces before the query's.
        importance: Mean log-probability, in nats, that an output loses without the head; NaN if it was not measured.
        agreement: Share of aligned output words whose most attended source word is the aligner's; NaN without an
            aligner, and for kinds other than cross-attention.
        attended: The pieces that get the largest shares of the weight, the largest first.
        attending: The pieces whose queries have the heaviest weights, the heaviest first.
        strongest: The sentences of the largest activation, the largest first.
        samples: Sentences drawn at random from each band, without the strongest, the weakest band first.
    """

    kind: str
    layer: int
    head: int
    role: str
    activation: float
    histogram: np.ndarray
    distance: float
    offset: float
    importance: float
    agreement: float
    attended: tuple[PieceShare, ...]
    attending: tuple[PieceShare, ...]
    strongest: tuple[HeadExample, ...]
    samples: tuple[tuple[HeadExample, ...], ...]


@dataclass(frozen=True, eq=False, repr=False)
class CorpusHeads(Record):
    """All heads of a model over a corpus, by `python -m core.analysis.corpus`.

    Attributes:
        sentences: The number of sentences that were translated, greedily.
        importance_sentences: The number of these on which importance was measured.
        texts: The sentences that are examples.
        heads: The heads, by kind, layer and head.
    """

    sentences: int
    importance_sentences: int
    texts: tuple[CorpusText, ...]
    heads: tuple[CorpusHead, ...]

    def head(self, kind: str, layer: int, head: int) -> CorpusHead:
        """Return one head.

        Raises:
            OptionError: If there is no such head.
        """
        of_kind = [found for found in self.heads if found.kind == kind]
        if not of_kind:
            kinds = dict.fromkeys(found.kind for found in self.heads)
            raise OptionError(name="kind", value=quoted(kind), cause="choices", choices=", ".join(kinds))
        for name, value, last in (("layer", layer, of_kind[-1].layer), ("head", head, of_kind[-1].head)):
            if not is_index(value, last + 1):
                raise OptionError(name=name, value=quoted(value), cause="range", low=0, high=last)
        return next(found for found in of_kind if (found.layer, found.head) == (layer, head))

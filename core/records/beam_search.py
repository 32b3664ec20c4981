"""BeamSearch: the frozen record of one beam search with all its candidates. Like a Trace it needs no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from core.intervention import Intervention
from core.records.record import summary
from core.spelling import next_label, text_so_far

STATUSES = ("kept", "finished", "cut", "stopped", "pruned")
"""The outcomes of a candidate.

"kept": it was extended. "finished": it ended in </s>. "cut": it reached the length limit. "stopped": it was open when
the search ended, because no open hypothesis could win any more. "pruned": it was not taken.
"""


@dataclass(frozen=True)
class Node:
    """One candidate of one step: a hypothesis, identified by its newest piece.

    Attributes:
        id: Its index in `BeamSearch.nodes`.
        parent: The node that it extends; None for <s>.
        step: The step, from 0.
        piece: Its newest piece.
        log_probability: Of all pieces up to this one, in nats.
        probability: Of this piece, given those before it.
        score: log_probability / length_penalty(step + 1, alpha).
        rank: Its rank among all candidates of its step by log_probability, from 0.
        status: One of STATUSES; "pruned" if it is not among the best `BeamSearch.widths[step]`.
    """

    id: int
    parent: int | None
    step: int
    piece: str
    log_probability: float
    probability: float
    score: float
    rank: int
    status: str


@dataclass(frozen=True)
class BeamHypothesis:
    """One output of a beam search.

    Attributes:
        node: Id of the node of its last piece.
        pieces: Its pieces, with </s> unless it was cut off.
        text: Its text.
        log_probability: Of all pieces, in nats.
        score: log_probability / length_penalty(length, alpha), by which the search ranks its outputs.
        finished: False if it reached the length limit before </s>.
    """

    node: int
    pieces: tuple[str, ...]
    text: str
    log_probability: float
    score: float
    finished: bool

    @property
    def length(self) -> int:
        """Number of pieces including </s>, as in the length penalty."""
        return len(self.pieces)


@dataclass(frozen=True, repr=False)
class BeamSearch:
    """One beam search as a tree with a level for each step. Its root is <s>, which has no node.

    The nodes of a step are its best 2 * beam_size candidates, and the best continuation of every open hypothesis that
    has none among them. Inner nodes have the status "kept"; leaves have one of the other statuses. A hypothesis that
    finishes leaves the beam, which is one narrower from then on.

    Attributes:
        model: The model's name.
        source: The source text, as it was typed.
        source_pieces: Its pieces, with </s>.
        beam_size: The number of open hypotheses at the start.
        alpha: The exponent of the length penalty.
        nodes: All nodes, step by step, the best of a step first.
        widths: For each step, the largest number of candidates that it could take.
        hypotheses: The outputs, finished or cut, best score first.
        greedy_pieces: The output of greedy search, for comparison.
        greedy_text: Its text.
        greedy_log_probability: Its log-probability, in nats.
        greedy_score: Its score.
        intervention: The changes to the model in this search.
        byte_fallback: Whether pieces such as `<0xE4>` are bytes.
    """

    model: str
    source: str
    source_pieces: tuple[str, ...]
    beam_size: int
    alpha: float
    nodes: tuple[Node, ...]
    widths: tuple[int, ...]
    hypotheses: tuple[BeamHypothesis, ...]
    greedy_pieces: tuple[str, ...]
    greedy_text: str
    greedy_log_probability: float
    greedy_score: float
    intervention: Intervention | None = None
    byte_fallback: bool = False

    def __repr__(self) -> str:
        return summary(self)

    @property
    def winner(self) -> BeamHypothesis:
        """The best hypothesis: the output of `Translator.translate(strategy="beam")`."""
        return self.hypotheses[0]

    @property
    def parts_at(self) -> int | None:
        """The first step at which the winner and the greedy output differ; None if they are the same."""
        pairs = zip(self.winner.pieces, self.greedy_pieces, strict=False)  # outputs of unequal length differ earlier
        return next((t for t, (a, b) in enumerate(pairs) if a != b), None)

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return len(self.widths)

    @cached_property
    def levels(self) -> tuple[tuple[Node, ...], ...]:
        """The nodes of each step, best first."""
        levels: list[list[Node]] = [[] for _ in self.widths]
        for node in self.nodes:
            levels[node.step].append(node)
        return tuple(map(tuple, levels))

    @cached_property
    def children(self) -> dict[int | None, tuple[int, ...]]:
        """The ids of each node's children, best first; those of <s> under None. Leaves have an empty tuple."""
        children: dict[int | None, list[int]] = {None: []}
        children.update({node.id: [] for node in self.nodes})
        for node in self.nodes:
            children[node.parent].append(node.id)
        return {node: tuple(ids) for node, ids in children.items()}

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The label of each node's piece: for a byte that completes a character, that character's."""
        if not self.byte_fallback:
            return tuple(node.piece for node in self.nodes)
        return tuple(next_label(self._before(node), node.piece) for node in self.nodes)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The text that each node adds, "" for a byte that does not complete a character."""
        if not self.byte_fallback:
            return tuple(node.piece for node in self.nodes)
        texts = []
        for node in self.nodes:
            before = self._before(node)
            texts.append(text_so_far([*before, node.piece])[len(text_so_far(before)) :])
        return tuple(texts)

    def _before(self, node: Node) -> tuple[str, ...]:
        return () if node.parent is None else self.pieces(node.parent)

    def path(self, node: int) -> tuple[int, ...]:
        """Return the ids of the nodes from the first step to this node."""
        ids = [node]
        while (parent := self.nodes[ids[-1]].parent) is not None:
            ids.append(parent)
        return tuple(reversed(ids))

    def pieces(self, node: int) -> tuple[str, ...]:
        """Return the pieces of the hypothesis that ends in a node."""
        return tuple(self.nodes[i].piece for i in self.path(node))

    def follow(self, pieces: Sequence[str]) -> tuple[int, ...]:
        """Return the ids of the nodes of an output: fewer than `pieces` if the search dropped it on the way."""
        ids, last = [], None
        for piece in pieces:
            last = next((i for i in self.children[last] if self.nodes[i].piece == piece), None)
            if last is None:
                break
            ids.append(last)
        return tuple(ids)

"""BeamSearch: the frozen record of one beam search, all that it considered. Like a Trace it needs no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from core.intervention import Intervention
from core.spelling import next_label, so_far

STATUSES = ("kept", "finished", "cut", "stopped", "pruned")
"""What became of a candidate: it was gone on from; it ended in </s>; the limit on length ended it; it was open when the
search stopped, as nothing open could win any more; or it was not taken."""


@dataclass(frozen=True)
class Node:
    """One candidate of one step: a hypothesis by its newest piece.

    Pruned means that the step took others: its candidate was not among the best `BeamSearch.widths[step]`.
    """

    id: int  # its place in `BeamSearch.nodes`
    parent: int | None  # the node that it goes on from; None for <s>
    step: int  # from 0
    piece: str
    log_probability: float  # of all pieces up to this one, nats
    probability: float  # of this piece, given those before it
    score: float  # log_probability / length_penalty(step + 1, alpha)
    rank: int  # among all candidates of its step by log_probability, from 0
    status: str  # one of STATUSES


@dataclass(frozen=True)
class BeamHypothesis:
    """One output that a beam ended with."""

    node: int  # its last piece's
    pieces: tuple[str, ...]  # with </s>, unless it was cut off
    text: str
    log_probability: float  # nats
    score: float  # log_probability / length_penalty(length, alpha): what they are ordered by
    finished: bool  # False where the limit on length came before </s>

    @property
    def length(self) -> int:
        """Pieces, </s> counted: what the length penalty counts."""
        return len(self.pieces)


@dataclass(frozen=True)
class BeamSearch:
    """One beam search as a tree that grows by a level a step. Its root is <s>, which is no node.

    Of each step the nodes are its best 2 * beam_size candidates, and the best continuation of any open hypothesis that
    has none among them, best first. The parent of a node was kept, and what was kept has children: leaves are the
    finished, the cut, the stopped and the pruned. A step takes its best `widths[step]` candidates: a hypothesis that
    finishes leaves the beam, which is one narrower from then on.
    """

    model: str
    source: str  # as it was typed
    source_pieces: tuple[str, ...]
    beam_size: int
    alpha: float  # of the length penalty
    nodes: tuple[Node, ...]  # step by step
    widths: tuple[int, ...]  # a step each: the most hypotheses that it could take
    hypotheses: tuple[BeamHypothesis, ...]  # finished or cut, best score first
    greedy_pieces: tuple[str, ...]  # what the most probable piece at each step would have led to
    greedy_text: str
    greedy_log_probability: float  # nats
    greedy_score: float
    intervention: Intervention | None = None  # what was changed
    byte_fallback: bool = False  # whether pieces such as `<0xE4>` are bytes

    @property
    def winner(self) -> BeamHypothesis:
        """The hypothesis that `Translator.translate(strategy="beam")` gives."""
        return self.hypotheses[0]

    @property
    def parts_at(self) -> int | None:
        """The first step at which the winner and the greedy output differ; None where they are the same."""
        pairs = zip(self.winner.pieces, self.greedy_pieces, strict=False)  # one may be longer: then they differ before
        return next((t for t, (a, b) in enumerate(pairs) if a != b), None)

    @property
    def n_steps(self) -> int:
        return len(self.widths)

    @cached_property
    def levels(self) -> tuple[tuple[Node, ...], ...]:
        """The nodes of each step, best first."""
        found: list[list[Node]] = [[] for _ in self.widths]
        for node in self.nodes:
            found[node.step].append(node)
        return tuple(map(tuple, found))

    @cached_property
    def children(self) -> dict[int | None, tuple[int, ...]]:
        """The nodes that go on from each node, best first; those of <s> under None. Leaves have an empty tuple."""
        found: dict[int | None, list[int]] = {None: []}
        found.update({node.id: [] for node in self.nodes})
        for node in self.nodes:
            found[node.parent].append(node.id)
        return {node: tuple(ids) for node, ids in found.items()}

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Each node's piece as people see it, given those before it: a byte by the character that it completes."""
        if not self.byte_fallback:
            return tuple(node.piece for node in self.nodes)
        return tuple(next_label(self._before(node), node.piece) for node in self.nodes)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What each node adds to the text, "" for a byte that does not complete a character."""
        if not self.byte_fallback:
            return tuple(node.piece for node in self.nodes)
        found = []
        for node in self.nodes:
            before = self._before(node)
            found.append(so_far([*before, node.piece])[len(so_far(before)) :])
        return tuple(found)

    def _before(self, node: Node) -> tuple[str, ...]:
        return () if node.parent is None else self.pieces(node.parent)

    def path(self, node: int) -> tuple[int, ...]:
        """The nodes from the first step's to this one."""
        found = [node]
        while (parent := self.nodes[found[-1]].parent) is not None:
            found.append(parent)
        return tuple(reversed(found))

    def pieces(self, node: int) -> tuple[str, ...]:
        """The hypothesis that a node stands for."""
        return tuple(self.nodes[i].piece for i in self.path(node))

    def follow(self, pieces: Sequence[str]) -> tuple[int, ...]:
        """The nodes of an output, as far as the search considered it: shorter than `pieces` where it was given up."""
        found, last = [], None
        for piece in pieces:
            last = next((i for i in self.children[last] if self.nodes[i].piece == piece), None)
            if last is None:
                break
            found.append(last)
        return tuple(found)

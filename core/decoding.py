"""Choosing the output: greedy and beam search over a cached decoder, and sampling. Ids in, ids out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.config import BOS, EOS
from core.model import Model, Run, runner
from core.request import SAMPLE, Request


class Hypothesis(NamedTuple):
    """One finished (or cut off) output of a beam."""

    ids: tuple[int, ...]  # without <s>, with </s> if it was reached
    log_probability: float  # nats
    score: float  # log_probability / length_penalty: what the beam is ordered by


class BeamCandidate(NamedTuple):
    """One candidate of one step of a beam search, by ids: what `core.records.beam_search.Node` shows by pieces."""

    parent: int | None  # its place in `BeamRecorder.nodes`; None for <s>
    step: int
    piece: int
    log_probability: float  # of all pieces up to this one, nats
    piece_log_probability: float  # of this one, nats
    rank: int  # among all candidates of its step, from 0
    status: str  # of core.records.beam_search.STATUSES


class BeamRecorder:
    """What one beam search considers, step by step. `beam` fills it; one search's own."""

    def __init__(self, beam_size: int):
        self.beam_size = beam_size
        self.nodes: list[BeamCandidate] = []
        self.widths: list[int] = []
        self.open: list[int | None] = [None]  # the node of each open hypothesis

    def add(
        self, scores: Tensor, candidates: Tensor, first: int, taken: list[int], statuses: list[str], width: int
    ) -> None:
        """One step. scores, candidates (rows, columns): log-probabilities of pieces, and of hypotheses with them

        first: the piece of column 0. taken: flat indices of the candidates that the beam takes, best first, with what
        becomes of each. Those it could take: width.
        """
        step, columns = len(self.widths), candidates.size(1)
        flat = candidates.flatten()
        most = min(2 * self.beam_size, len(flat))
        best, chosen = flat.topk(most).indices.tolist(), set(taken)
        listed = [*taken, *[index for index in best if index not in chosen][: most - len(taken)]]
        seen = {index // columns for index in listed}
        last = [int(row.argmax()) + i * columns for i, row in enumerate(candidates) if i not in seen]
        listed += sorted(last, key=lambda index: -float(flat[index]))
        parents, self.open = self.open, []
        for place, index in enumerate(listed):
            row, column = divmod(index, columns)
            status = statuses[place] if place < len(taken) else "pruned"
            if status == "kept":
                self.open.append(len(self.nodes))
            rank = place if place < most else int((flat > flat[index]).sum())
            total, own = float(flat[index]), float(scores[row, column])
            self.nodes.append(BeamCandidate(parents[row], step, column + first, total, own, rank, status))
        self.widths.append(width)

    def stop(self) -> None:
        """What is open cannot win any more."""
        for i in self.open:
            if i is None:  # <s> is no node
                continue
            self.nodes[i] = self.nodes[i]._replace(status="stopped")
        self.open = []

    def ids(self, node: int) -> tuple[int, ...]:
        """The hypothesis that a node stands for."""
        found: list[int] = []
        last: int | None = node
        while last is not None:
            found.append(self.nodes[last].piece)
            last = self.nodes[last].parent
        return tuple(reversed(found))


@torch.inference_mode()
def greedy(
    model: Model,
    source: Tensor,
    max_length: int,
    memory: Tensor | None = None,
    run: Run | None = None,
) -> list[list[int]]:
    """The most probable piece at each step, for a batch. source (B, S)

    memory: the source's encoding, run: what decodes with the model, where they exist already.
    -> for each row its ids, ending in </s> unless max_length pieces were reached first.
    """
    run = runner(model) if run is None else run
    cross, mask = run.start(run.encode(source)[0] if memory is None else memory, source)
    cache: Any = None
    last = torch.full((source.size(0),), BOS, device=source.device)
    finished = torch.zeros(source.size(0), dtype=torch.bool, device=source.device)
    columns = []
    for _ in range(max_length):
        logits, cache, _, _ = run.step(last, cross, mask, cache)
        last = logits.argmax(-1)
        columns.append(last)
        finished |= last == EOS
        if finished.all():
            break
    rows = torch.stack(columns, 1).tolist() if columns else [[] for _ in range(source.size(0))]
    return [row[: row.index(EOS) + 1] if EOS in row else row for row in rows]


def length_penalty(length: int, alpha: float) -> float:
    """lp(Y) = (5 + |Y|)^alpha / (5 + 1)^alpha (Wu et al. 2016, equation 14), which the paper used with alpha = 0.6."""
    return ((5 + length) / 6) ** alpha


@torch.inference_mode()
def beam(
    model: Model,
    source: Tensor,
    max_length: int,
    beam_size: int,
    alpha: float,
    memory: Tensor | None = None,
    run: Run | None = None,
    forced: Mapping[int, int] | None = None,
    considered: BeamRecorder | None = None,
) -> list[Hypothesis]:
    """Beam search for one sentence. source (1, S) -> the finished hypotheses, best score first, at least one.

    A hypothesis that ends leaves the beam, which is one narrower from then on; so a beam of 1 is greedy search. Those
    cut off at max_length count as finished. The search stops early once nothing that is open can win any more.

    forced: step -> the only piece that any hypothesis may have there. It costs what the model thinks of it.
    considered: where the whole search is written down; None, and nothing is.
    """
    run = runner(model) if run is None else run
    cross, mask = run.start(run.encode(source)[0] if memory is None else memory, source)
    cache: Any = None
    rows = 0
    beside: tuple[Any, Tensor | None] = (None, None)
    last = torch.full((1,), BOS, device=source.device)
    totals = torch.zeros(1, device=source.device)  # log-probability of each open hypothesis
    open_ids: list[tuple[int, ...]] = [()]
    finished: list[Hypothesis] = []

    def finish(ids: tuple[int, ...], total: float) -> None:
        finished.append(Hypothesis(ids, total, total / length_penalty(len(ids), alpha)))

    for length in range(1, max_length + 1):
        if last.size(0) != rows:
            rows = last.size(0)
            beside = _rows(cross, rows), _rows(mask, rows)
        logits, cache, _, _ = run.step(last, beside[0], beside[1], cache)
        scores, first = logits.log_softmax(-1), 0  # (rows, vocabulary)
        if forced and length - 1 in forced:
            first = forced[length - 1]
            scores = scores[:, first : first + 1]
        candidates = totals[:, None] + scores
        width = beam_size - len(finished)
        best = candidates.flatten().topk(min(width, candidates.numel()))
        parents, pieces = best.indices // candidates.size(1), best.indices % candidates.size(1) + first
        open_rows = []
        grown, statuses = [], []
        for i, (total, parent, piece) in enumerate(
            zip(best.values.tolist(), parents.tolist(), pieces.tolist(), strict=True)
        ):
            ids = (*open_ids[parent], piece)
            if piece == EOS or length == max_length:
                finish(ids, total)
                statuses.append("finished" if piece == EOS else "cut")
            else:
                open_rows.append(i)
                grown.append(ids)
                statuses.append("kept")
        if considered is not None:
            considered.add(scores, candidates, first, best.indices.tolist(), statuses, width)
        open_ids = grown
        if not open_ids:
            break
        chosen = torch.tensor(open_rows, device=source.device)
        totals, last = best.values[chosen], pieces[chosen]
        cache = cache.reorder(parents[chosen])
        # Totals only fall, and the penalty is largest at max_length: no open hypothesis can score better than this.
        bound = float(totals.max()) / length_penalty(max_length, max(alpha, 0.0))
        if finished and bound <= max(hypothesis.score for hypothesis in finished):
            if considered is not None:
                considered.stop()
            break
    return sorted(finished, key=lambda hypothesis: -hypothesis.score)


def _rows(source: Any, rows: int) -> Any:
    """What `start` gave for one sentence, tensors (1, …) in tuples, for `rows` hypotheses, without copying it."""
    if source is None:
        return None
    if isinstance(source, Tensor):
        return source.expand(rows, *source.shape[1:])
    parts = [_rows(part, rows) for part in source]
    return type(source)(*parts) if hasattr(source, "_fields") else tuple(parts)


def sampling_distribution(
    logits: Tensor, temperature: float = 1.0, top_k: int | None = None, top_p: float = 1.0
) -> Tensor:
    """What a piece is drawn from: the model's distribution after three filters, in this order. (…, V) -> (…, V)

    temperature: logits are divided by it. top_k: only the k most probable pieces stay (None: all of them). top_p: of
    these, only the fewest most probable ones whose probabilities reach top_p (nucleus sampling, Holtzman et al. 2020);
    at least one stays. What stays is rescaled to sum to 1, all else is 0. float64, on the CPU.
    """
    logits = logits.cpu().double() / temperature  # in double, so that no piece falls out by rounding
    best = logits.topk(min(top_k or logits.size(-1), logits.size(-1)))
    probabilities = best.values.softmax(-1)
    if top_p < 1:
        before = probabilities.cumsum(-1) - probabilities  # of all that are more probable
        probabilities = probabilities.masked_fill((before >= top_p) & (before > 0), 0.0)
        probabilities = probabilities / probabilities.sum(-1, keepdim=True)
    return torch.zeros_like(logits).scatter(-1, best.indices, probabilities)


class Chooser:
    """Which piece is written at a step: the forced one, else the most probable, or a sampled one.

    One run's own: it remembers at which steps a forced piece was what would have been written anyway (`idle`).
    """

    def __init__(self, forced: Mapping[int, int], request: Request | None = None):
        self.forced = forced
        self.sampling = request if request is not None and request.strategy == SAMPLE else None
        self.length: int | None = None
        self.idle: set[int] = set()
        if self.sampling is not None:
            self.draws = torch.Generator().manual_seed(self.sampling.seed)  # on the CPU: the same on every device

    @classmethod
    def given(cls, output: list[int]) -> Chooser:
        """All of the output is there already."""
        chooser = cls(dict(enumerate(output)))
        chooser.length = len(output)
        return chooser

    def distribution(self, logits: Tensor) -> Tensor:
        """What a piece is sampled from, by the request's options. (…, V) -> (…, V)"""
        options = self.sampling
        assert options is not None, "a greedy run samples nothing"
        return sampling_distribution(logits, options.temperature, options.top_k, options.top_p)

    def __call__(self, t: int, logits: Tensor) -> Tensor:
        """logits (1, vocabulary) -> id (1,)"""
        if self.sampling is None:
            piece = logits.argmax(-1)
        else:  # drawn at forced steps too, so that forcing one piece does not change the draws of all others
            draw = torch.multinomial(self.distribution(logits[0]), 1, generator=self.draws)
            piece = draw.to(logits.device)
        if t in self.forced:
            if self.forced[t] == int(piece):
                self.idle.add(t)
            piece = torch.tensor([self.forced[t]], device=logits.device)
        return piece

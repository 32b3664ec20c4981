"""Decoding: greedy search, beam search and sampling over a cached decoder, in terms of ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.config import BOS, EOS
from core.model import Model, Run, runner
from core.request import SAMPLE, Request


class Hypothesis(NamedTuple):
    """One output of a beam search, finished or cut off at the length limit.

    Attributes:
        ids: The pieces without <s>, and with </s> if it was reached.
        log_probability: Of all pieces, in nats.
        score: log_probability / length_penalty, by which a beam search ranks its outputs.
    """

    ids: tuple[int, ...]
    log_probability: float
    score: float


class BeamCandidate(NamedTuple):
    """One candidate of one step of a beam search, in ids; `core.records.Node` is the same in pieces.

    Attributes:
        parent: Index of its parent in `BeamRecorder.nodes`; None for <s>.
        step: The step, from 0.
        piece: Id of its newest piece.
        log_probability: Of all pieces up to this one, in nats.
        piece_log_probability: Of this piece alone, in nats.
        rank: Its rank among all candidates of its step, from 0.
        status: One of `core.records.beam_search.STATUSES`.
    """

    parent: int | None
    step: int
    piece: int
    log_probability: float
    piece_log_probability: float
    rank: int
    status: str


class BeamRecorder:
    """The candidates of one beam search, recorded step by step by `beam`. Each search needs its own recorder.

    Attributes:
        nodes: All recorded candidates, step by step, the best of a step first.
        widths: For each step, the largest number of candidates that it could keep.
        open: Index in `nodes` of each open hypothesis; None for <s>.
    """

    def __init__(self, beam_size: int):
        self.beam_size = beam_size
        self.nodes: list[BeamCandidate] = []
        self.widths: list[int] = []
        self.open: list[int | None] = [None]

    def add(
        self, scores: Tensor, candidates: Tensor, first: int, taken: list[int], statuses: list[str], width: int
    ) -> None:
        """Record one step.

        Args:
            scores: Log-probabilities of the next pieces, (rows, columns), in nats; a row for each open hypothesis.
            candidates: Log-probabilities of the hypotheses with these pieces, (rows, columns), in nats.
            first: Id of the piece in column 0.
            taken: Flat indices of the candidates that the beam takes, best first.
            statuses: The status of each taken candidate.
            width: The largest number of candidates that the beam could take.
        """
        step, columns = len(self.widths), candidates.size(1)
        flat = candidates.flatten()
        most = min(2 * self.beam_size, len(flat))
        best, chosen = flat.topk(most).indices.tolist(), set(taken)
        listed = [*taken, *[index for index in best if index not in chosen][: most - len(taken)]]
        listed_rows = {index // columns for index in listed}
        # Every open hypothesis shows at least its best continuation, also where none is among the step's best.
        others = [int(row.argmax()) + i * columns for i, row in enumerate(candidates) if i not in listed_rows]
        listed += sorted(others, key=lambda index: -float(flat[index]))
        parents, self.open = self.open, []
        for place, index in enumerate(listed):
            row, column = divmod(index, columns)
            status = statuses[place] if place < len(taken) else "pruned"
            if status == "kept":
                self.open.append(len(self.nodes))
            rank = place if place < most else int((flat > flat[index]).sum())
            total, piece_score = float(flat[index]), float(scores[row, column])
            self.nodes.append(BeamCandidate(parents[row], step, column + first, total, piece_score, rank, status))
        self.widths.append(width)

    def stop(self) -> None:
        """Mark the open hypotheses as stopped: none of them can win any more."""
        for i in self.open:
            if i is None:  # <s> has no node
                continue
            self.nodes[i] = self.nodes[i]._replace(status="stopped")
        self.open = []

    def ids(self, node: int) -> tuple[int, ...]:
        """Return the ids of the hypothesis that ends in a node."""
        ids: list[int] = []
        last: int | None = node
        while last is not None:
            ids.append(self.nodes[last].piece)
            last = self.nodes[last].parent
        return tuple(reversed(ids))


@torch.inference_mode()
def greedy(
    model: Model,
    source: Tensor,
    max_length: int,
    memory: Tensor | None = None,
    run: Run | None = None,
) -> list[list[int]]:
    """Decode a batch greedily: write the most probable piece at each step.

    Args:
        model: The model.
        source: Source ids, (B, S).
        max_length: The largest number of pieces of an output.
        memory: The encoded source, (B, S, d_model), if it has been computed already.
        run: The runner that decodes with the model; by default `core.model.runner(model)`.

    Returns:
        The ids of each row. They end in </s> unless max_length was reached first.
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
    """Return the length penalty lp(Y) = (5 + |Y|)^alpha / (5 + 1)^alpha; the Transformer paper has alpha = 0.6.

    Source:
        Wu et al. 2016, equation 14.
    """
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
    recorder: BeamRecorder | None = None,
) -> list[Hypothesis]:
    """Search for the best output of one sentence by beam search.

    A hypothesis that finishes leaves the beam, which is one narrower from then on; so a beam of 1 is greedy search.
    Hypotheses cut off at max_length count as finished. The search stops early once no open hypothesis can win any more.

    Args:
        model: The model.
        source: Source ids, (1, S).
        max_length: The largest number of pieces of an output.
        beam_size: The number of open hypotheses.
        alpha: The exponent of the length penalty.
        memory: The encoded source, (1, S, d_model), if it has been computed already.
        run: The runner that decodes with the model; by default `core.model.runner(model)`.
        forced: By step, the only piece that any hypothesis may have there. Its log-probability is the model's own.
        recorder: The recorder of all candidates, if they are to be recorded.

    Returns:
        At least one finished hypothesis, best score first.
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
        if recorder is not None:
            recorder.add(scores, candidates, first, best.indices.tolist(), statuses, width)
        open_ids = grown
        if not open_ids:
            break
        chosen = torch.tensor(open_rows, device=source.device)
        totals, last = best.values[chosen], pieces[chosen]
        cache = cache.reorder(parents[chosen])
        # Totals only fall, and the penalty is largest at max_length: no open hypothesis can score better than this.
        bound = float(totals.max()) / length_penalty(max_length, max(alpha, 0.0))
        if finished and bound <= max(hypothesis.score for hypothesis in finished):
            if recorder is not None:
                recorder.stop()
            break
    return sorted(finished, key=lambda hypothesis: -hypothesis.score)


def _rows(source: Any, rows: int) -> Any:
    """Expand the result of `Run.start` for one sentence, tensors (1, …) in tuples, to `rows` hypotheses, uncopied."""
    if source is None:
        return None
    if isinstance(source, Tensor):
        return source.expand(rows, *source.shape[1:])
    parts = [_rows(part, rows) for part in source]
    return type(source)(*parts) if hasattr(source, "_fields") else tuple(parts)


def sampling_distribution(
    logits: Tensor, temperature: float = 1.0, top_k: int | None = None, top_p: float = 1.0
) -> Tensor:
    """Return the distribution that a piece is sampled from.

    It is the model's distribution after temperature, top-k and top-p, in this order.

    Args:
        logits: Pre-softmax scores, (…, V).
        temperature: The logits are divided by it.
        top_k: Keep only the k most probable pieces; None keeps all.
        top_p: Of these, keep the smallest set of most probable pieces whose probabilities sum to at least top_p.

    Returns:
        Probabilities, float64 (…, V) on the CPU: those of the kept pieces, at least one, sum to 1; all others are 0.

    Source:
        Holtzman et al. 2020 (top-p, nucleus sampling).
    """
    logits = logits.cpu().double() / temperature  # in double, so that rounding drops no piece
    best = logits.topk(min(top_k or logits.size(-1), logits.size(-1)))
    probabilities = best.values.softmax(-1)
    if top_p < 1:
        before = probabilities.cumsum(-1) - probabilities  # of all that are more probable
        probabilities = probabilities.masked_fill((before >= top_p) & (before > 0), 0.0)
        probabilities = probabilities / probabilities.sum(-1, keepdim=True)
    return torch.zeros_like(logits).scatter(-1, best.indices, probabilities)


class Chooser:
    """The choice of each piece of one run: a forced piece, else a sampled one or the most probable one.

    Attributes:
        forced: Ids of the forced pieces, by step.
        sampling: The request with the options of sampling; None for a greedy run.
        length: The number of steps if it is known beforehand, else None.
        idle: Steps at which the forced piece would have been written anyway.
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
        """Build a chooser that forces a complete output."""
        chooser = cls(dict(enumerate(output)))
        chooser.length = len(output)
        return chooser

    def distribution(self, logits: Tensor) -> Tensor:
        """Return the distribution that a piece is sampled from, by the request's options: (…, V) for logits (…, V)."""
        options = self.sampling
        assert options is not None, "a greedy run samples nothing"
        return sampling_distribution(logits, options.temperature, options.top_k, options.top_p)

    def __call__(self, t: int, logits: Tensor) -> Tensor:
        """Return the id, (1,), of the piece to write at step t, given its logits (1, vocabulary)."""
        if self.sampling is None:
            piece = logits.argmax(-1)
        else:  # sampled at forced steps too, so that forcing one piece leaves the random numbers of all others alone
            draw = torch.multinomial(self.distribution(logits[0]), 1, generator=self.draws)
            piece = draw.to(logits.device)
        if t in self.forced:
            if self.forced[t] == int(piece):
                self.idle.add(t)
            piece = torch.tensor([self.forced[t]], device=logits.device)
        return piece

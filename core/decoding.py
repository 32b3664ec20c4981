"""Choosing the output: greedy and beam search over a cached decoder. Ids in, ids out."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from core.config import BOS, EOS
from core.model import LaidOut, Transformer


class Hypothesis(NamedTuple):
    """One finished (or cut off) output of a beam."""

    ids: tuple[int, ...]  # without <s>, with </s> if it was reached
    log_probability: float  # nats
    score: float  # log_probability / length_penalty: what the beam is ordered by


@torch.inference_mode()
def greedy(
    model: Transformer,
    source: Tensor,
    max_length: int,
    memory: Tensor | None = None,
    laid_out: LaidOut | None = None,
) -> list[list[int]]:
    """The most probable piece at each step, for a batch. source (B, S)

    memory: the source's encoding, laid_out: the model laid out, where they exist already.
    -> for each row its ids, ending in </s> unless max_length pieces were reached first.
    """
    laid_out = laid_out or LaidOut(model)
    cross, mask = laid_out.start(laid_out.encode(source)[0] if memory is None else memory, source)
    cache, last = None, torch.full((source.size(0),), BOS, device=source.device)
    finished = torch.zeros(source.size(0), dtype=torch.bool, device=source.device)
    columns = []
    for _ in range(max_length):
        logits, cache, _, _ = laid_out.step(last, cross, mask, cache)
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
    model: Transformer,
    source: Tensor,
    max_length: int,
    beam_size: int,
    alpha: float,
    memory: Tensor | None = None,
    laid_out: LaidOut | None = None,
) -> list[Hypothesis]:
    """Beam search for one sentence. source (1, S) -> the finished hypotheses, best score first, at least one.

    A hypothesis that ends leaves the beam, which is one narrower from then on; so a beam of 1 is greedy search. Those
    cut off at max_length count as finished. The search stops early once nothing that is open can win any more.
    """
    laid_out = laid_out or LaidOut(model)
    cross, mask = laid_out.start(laid_out.encode(source)[0] if memory is None else memory, source)
    cache = None
    last = torch.full((1,), BOS, device=source.device)
    totals = torch.zeros(1, device=source.device)  # log-probability of each open hypothesis
    open_ids: list[tuple[int, ...]] = [()]
    finished: list[Hypothesis] = []

    def finish(ids: tuple[int, ...], total: float) -> None:
        finished.append(Hypothesis(ids, total, total / length_penalty(len(ids), alpha)))

    for length in range(1, max_length + 1):
        rows = last.size(0)
        logits, cache, _, _ = laid_out.step(last, *_rows(cross, mask, rows), cache)
        candidates = totals[:, None] + logits.log_softmax(-1)  # (rows, vocabulary)
        best = candidates.flatten().topk(min(beam_size - len(finished), candidates.numel()))
        parents, pieces = best.indices // candidates.size(1), best.indices % candidates.size(1)
        open_rows = []
        grown = []
        for i, (total, parent, piece) in enumerate(
            zip(best.values.tolist(), parents.tolist(), pieces.tolist(), strict=True)
        ):
            ids = (*open_ids[parent], piece)
            if piece == EOS or length == max_length:
                finish(ids, total)
            else:
                open_rows.append(i)
                grown.append(ids)
        open_ids = grown
        if not open_ids:
            break
        chosen = torch.tensor(open_rows, device=source.device)
        totals, last = best.values[chosen], pieces[chosen]
        cache = cache.reorder(parents[chosen])
        # Totals only fall, and the penalty is largest at max_length: no open hypothesis can score better than this.
        bound = float(totals.max()) / length_penalty(max_length, max(alpha, 0.0))
        if finished and bound <= max(hypothesis.score for hypothesis in finished):
            break
    return sorted(finished, key=lambda hypothesis: -hypothesis.score)


def _rows(cross: tuple, mask: Tensor | None, rows: int) -> tuple:
    """The source's keys and mask for `rows` hypotheses, without copying them."""
    expand = tuple(type(kv)(*(part.expand(rows, -1, -1, -1) for part in kv)) for kv in cross)
    return expand, None if mask is None else mask.expand(rows, -1, -1, -1)

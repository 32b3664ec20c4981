"""Passes over pieces that are given: a padded batch, the decoder over all of them at once, or over one at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.config import PAD
from core.model.masks import causal_mask, padding_mask
from core.model.transformer import Transformer
from core.record import Record


def padded(rows: list[list[int]], device: torch.device | None = None) -> Tensor:
    """Sentences of different lengths as one batch: <pad> behind the shorter ones. -> ids (B, S)"""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows], device=device)


@dataclass(frozen=True, eq=False)
class PaddedHead(Record):
    """One head of the encoder over a padded batch. B sentences, S pieces: those of the longest; arrays are read-only.

    Rows and columns beyond a sentence's length are padding. Rows of padding are computed like any other, and nobody
    reads them.
    """

    layer: int  # layer and head count from 0
    head: int
    lengths: tuple[int, ...]  # (B,), real pieces of each sentence
    ids: np.ndarray  # int64 (B, S)
    scaled: np.ndarray  # float32 (B, S, S): q k^T / sqrt(d_k), before any mask
    masked: np.ndarray  # the same, with -inf where the mask hides a key
    weights: np.ndarray  # (B, S, S): those that were used
    moved: tuple[float, ...]  # (B,): the encoder's output for each sentence here and alone, their largest difference


@torch.inference_mode()
def padded_head(
    model: Transformer,
    rows: list[list[int]],
    layer: int,
    head: int,
    masked: bool = True,
    device: torch.device | None = None,
) -> PaddedHead:
    """One head of the encoder over sentences (ids, each ending in </s>) as one batch.

    masked: False leaves the padding mask out, so that every query reads padding as if it were a word.
    """
    source = padded(rows, device)
    mask = padding_mask(source) if masked else None
    x = model.embed(model.source_embedding, source)
    for i, block in enumerate(model.encoder):
        if i == layer:
            own = block.self_attention
            q, k = (own.split(projection(x))[:, head] for projection in (own.w_q, own.w_k))
            scaled = q @ k.transpose(-2, -1) / math.sqrt(model.config.d_k)
            x, maps = block(x, mask, True)
            weights = maps[:, head]
        else:
            x, _ = block(x, mask, False)
    hidden = torch.zeros_like(scaled, dtype=torch.bool) if mask is None else ~mask[:, 0].expand_as(scaled)
    alone = [model.encode(padded([row], device))[0][0] for row in rows]
    moved = [float((x[i, : len(one)] - one).abs().max()) for i, one in enumerate(alone)]
    arrays = (source, scaled, scaled.masked_fill(hidden, -math.inf), weights)
    copies = [np.array(array.cpu().numpy(), order="C") for array in arrays]
    return PaddedHead(layer, head, tuple(map(len, rows)), *copies, tuple(moved))


@torch.inference_mode()
def decoder_pass(model: Transformer, source: Tensor, inputs: Tensor, causal: bool = True) -> tuple[Tensor, Tensor]:
    """The decoder over all of the inputs at once. source ids (1, S), inputs (1, T) beginning with <s>

    causal: False takes the mask away, so that every position reads those after it too.
    -> each layer's output (N, T, d_model), log-probabilities of what comes next (T, target_vocab)
    """
    memory, _ = model.encode(source)
    cross, seen = model.start(memory, source)
    mask = causal_mask(inputs.size(1), inputs.device) if causal else None
    x, states = model.embed(model.target_embedding, inputs), []
    for block, keys in zip(model.decoder, cross, strict=True):
        x, *_ = block(x, None, keys, mask, seen, False)
        states.append(x[0])
    return torch.stack(states), model.logits(x[0]).log_softmax(-1)


WAYS = ("parallel", "cached", "anew")
"""How the decoder can go over T given pieces: in one pass over all of them; in a pass for each, over the newest one,
with keys and values of the earlier ones kept; in a pass for each, over all so far."""


class Timed(NamedTuple):
    """One of WAYS, measured."""

    passes: int  # calls of the decoder
    positions: int  # that the decoder's layers computed, in all passes
    seconds: tuple[float, ...]  # a run each
    log_probabilities: np.ndarray  # float32 (T,), of the given pieces, nats


@torch.inference_mode()
def teacher_forcing(
    model: Transformer,
    source: Tensor,
    inputs: Tensor,
    output: Tensor,
    runs: int = 7,
    budget: float = 0.5,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timed]:
    """The decoder over a given output in each of WAYS, by the same modules, and how long each one takes.

    source ids (1, S), inputs (1, T) beginning with <s>, output (T,): row t predicts piece t. The source is encoded
    beforehand, once for all. After one run that does not count, the ways take turns, `runs` times, or until `budget`
    seconds are over (once at least). What is timed includes the scores over the vocabulary, back on the CPU.
    """
    memory, _ = model.encode(source)
    cross, seen = model.start(memory, source)

    def all_at_once() -> Iterator[tuple[int, Tensor]]:
        states, *_ = model.decode(inputs, cross, seen)
        yield inputs.size(1), states[0]

    def one_by_one() -> Iterator[tuple[int, Tensor]]:
        cache = None
        for t in range(inputs.size(1)):
            states, cache, *_ = model.decode(inputs[:, t : t + 1], cross, seen, cache=cache)
            yield 1, states[0]

    def each_anew() -> Iterator[tuple[int, Tensor]]:
        for t in range(inputs.size(1)):
            states, *_ = model.decode(inputs[:, : t + 1], cross, seen)
            yield t + 1, states[0, -1:]

    def run(way: Callable[[], Iterator[tuple[int, Tensor]]]) -> tuple[int, int, float, np.ndarray]:
        began = clock()
        passes, positions, rows = 0, 0, []
        for computed, states in way():
            passes, positions = passes + 1, positions + computed
            rows.append(F.log_softmax(model.logits(states), -1).cpu())
        took = clock() - began
        return passes, positions, took, torch.cat(rows).gather(1, output.cpu()[:, None])[:, 0].numpy()

    ways = dict(zip(WAYS, (all_at_once, one_by_one, each_anew), strict=True))
    found = {name: run(way) for name, way in ways.items()}
    seconds = {name: [] for name in ways}
    began = clock()
    for i in range(runs):
        if i and clock() - began > budget:
            break
        for name, way in ways.items():
            seconds[name].append(run(way)[2])
    return {name: Timed(found[name][0], found[name][1], tuple(seconds[name]), found[name][3]) for name in ways}

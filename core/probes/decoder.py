"""The decoder over given pieces: in one pass, as in training (teacher forcing), and in a pass for each piece."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.model import Change, Taps, Transformer
from core.records import WAYS, Timed


@torch.inference_mode()
def decoder_pass(model: Transformer, source: Tensor, inputs: Tensor, causal: bool = True) -> tuple[Tensor, Tensor]:
    """The decoder over all of the inputs at once.

    Args:
        source: ids (1, S).
        inputs: ids (1, T) beginning with <s>.
        causal: False takes the causal mask away, so that every position reads those after it too.

    Returns:
        Each layer's output (N, T, d_model), and log-probabilities of what comes next (T, target_vocab), nats.
    """
    taps: Taps = {("decoder", layer): {} for layer in range(model.config.n_layers)}
    memory, _ = model.encode(source)
    change = Change(causal=causal)
    states, *_ = model.decode(inputs, *model.start(memory, source), change=change, taps=taps)
    outputs = [tap["output"][0] for tap in taps.values()]
    return torch.stack(outputs), model.logits(states[0]).log_softmax(-1)


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
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    began = clock()
    for i in range(runs):
        if i and clock() - began > budget:
            break
        for name, way in ways.items():
            seconds[name].append(run(way)[2])
    return {name: Timed(found[name][0], found[name][1], tuple(seconds[name]), found[name][3]) for name in ways}

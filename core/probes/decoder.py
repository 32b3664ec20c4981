"""Probes of the decoder over given pieces: one pass over all, as in training (teacher forcing), or a pass for each."""

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
    """Run the decoder over all inputs at once.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        causal: False removes the causal mask, so that every position attends to those after it too.

    Returns:
        The output of each layer, (N, T, d_model), and the log-probabilities of the next piece, (T, target_vocab), in
        nats.
    """
    taps: Taps = {("decoder", layer): {} for layer in range(model.config.n_layers)}
    memory, _ = model.encode(source)
    change = Change(causal=causal)
    states, *_ = model.decode(inputs, *model.start(memory, source), change=change, taps=taps)
    outputs = [tap["normalized"][0] for tap in taps.values()]
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
    """Run the decoder over a given output in each of WAYS, with the same modules, and measure the time.

    The source is encoded once, before the measurements. After one warm-up run the ways take turns. Times include the
    scores over the vocabulary and their transfer to the CPU.

    Args:
        model: The model.
        source: Ids (1, S).
        inputs: Ids (1, T), the first of which is <s>.
        output: Ids (T,); row t of the decoder predicts piece t.
        runs: The largest number of measurements of each way.
        budget: No new round starts after this number of seconds; there is at least one.
        clock: The clock, in seconds.

    Returns:
        The measurements, by way.
    """
    memory, _ = model.encode(source)
    cross, mask = model.start(memory, source)

    # Each way yields, for each pass, the number of positions that it computes, and the new states.
    def parallel() -> Iterator[tuple[int, Tensor]]:
        states, *_ = model.decode(inputs, cross, mask)
        yield inputs.size(1), states[0]

    def cached() -> Iterator[tuple[int, Tensor]]:
        cache = None
        for t in range(inputs.size(1)):
            states, cache, *_ = model.decode(inputs[:, t : t + 1], cross, mask, cache=cache)
            yield 1, states[0]

    def uncached() -> Iterator[tuple[int, Tensor]]:
        for t in range(inputs.size(1)):
            states, *_ = model.decode(inputs[:, : t + 1], cross, mask)
            yield t + 1, states[0, -1:]

    def run(way: Callable[[], Iterator[tuple[int, Tensor]]]) -> tuple[int, int, float, np.ndarray]:
        start = clock()
        passes, positions, rows = 0, 0, []
        for computed, states in way():
            passes, positions = passes + 1, positions + computed
            rows.append(F.log_softmax(model.logits(states), -1).cpu())
        elapsed = clock() - start
        return passes, positions, elapsed, torch.cat(rows).gather(1, output.cpu()[:, None])[:, 0].numpy()

    ways = dict(zip(WAYS, (parallel, cached, uncached), strict=True))
    results = {name: run(way) for name, way in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    start = clock()
    for i in range(runs):
        if i and clock() - start > budget:
            break
        for name, way in ways.items():
            seconds[name].append(run(way)[2])
    return {name: Timed(results[name][0], results[name][1], tuple(seconds[name]), results[name][3]) for name in ways}

"""Training of a small Transformer that somebody watches, in a process of its own.

`python -m core.training.live` is that process; `core.training.process` starts it. It reads lines from its standard
input: first an `Experiment` as JSON, then one command a line: "beat", "pause", "resume", "step" or "stop". It writes
lines of JSON to its standard output, each with a "kind":

- "start": source, inputs and target of the example (names of pieces), vocabulary, layers, heads, steps;
- "report": step, seconds, loss, accuracy, rate; and at some steps cross and probabilities (see `Live.example_pass`);
- "state": whether it is paused;
- "end": reason, one of REASONS, and the weights (safetensors, half precision), in base64.

It ends by itself when its input is closed, which happens when the server ends in any way, when no command has come for
SILENCE seconds, and when a limit is reached.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import BOS
from core.training.schedule import learning_rate
from core.training.tasks import Experiment, Ids, labels

if TYPE_CHECKING:
    import torch

SILENCE = 4.0
"""Seconds without a command after which the process ends: the page that shows it sends one each second."""

LONGEST = 120.0
"""The largest number of seconds of training."""

LIFETIME = 600.0
"""The largest number of seconds from start to end, pauses included."""

REASONS = ("steps", "time", "stop")
"""Why a training ends: all steps are done, a limit of time is reached, or somebody stopped it."""

BATCH = 64
"""Number of sequences of a batch."""

PEAK = 2e-3
SMOOTHING = 0.1
MEASURED_EACH = 10
"""Number of steps from one measurement to the next."""

GROWTH = 1.12
"""The example is recorded anew when the number of steps has grown by this factor."""


class Live:
    """A small Transformer and its training. `step` makes one update; everything else only measures.

    Args:
        experiment: The task, and what the training leaves out.

    Attributes:
        step_count: Number of updates done.
        model: The model.
        change: What the training leaves out of the model.
    """

    def __init__(self, experiment: Experiment):
        import torch

        from core.model import Change, Transformer

        self.experiment = experiment
        torch.manual_seed(experiment.seed)
        self.model = Transformer(experiment.config)
        self.draw = np.random.default_rng(experiment.seed)
        self.step_count = 0
        without = experiment.without
        stacks = ((stack, layer) for stack in ("encoder", "decoder") for layer in range(experiment.config.n_layers))
        self.change = Change(
            positions="positions" not in without,
            without=dict.fromkeys(stacks, frozenset({"residual"})) if "residual" in without else {},
        )
        self.unseen = experiment.unseen() if experiment.task == "reverse" else []
        self.known = {tuple(source[:-1]) for source, _ in self.unseen}
        self.pairs = [experiment.encode(pair) for pair in experiment.all_pairs] if experiment.task == "pairs" else []
        self.measured = self._tensors(self.unseen or self.pairs)
        self.example = self._tensors([experiment.encode(experiment.example)])

    @cached_property
    def optimizer(self) -> torch.optim.Adam:
        """The optimizer, made for the first update: PyTorch imports its compiler for it, which takes a second."""
        import torch

        return torch.optim.Adam(self.model.parameters(), lr=0.0, betas=(0.9, 0.98), eps=1e-9, fused=True)

    @staticmethod
    def _tensors(pairs: Sequence[Ids]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return padded source, decoder inputs and labels, each (B, longest)."""
        from core.model.masks import padded

        sources, targets = zip(*pairs, strict=True)
        return padded(sources), padded([[BOS, *target[:-1]] for target in targets]), padded(targets)

    def batch(self) -> list[Ids]:
        """Return the next batch: sequences of all lengths that are not among the unseen ones, or all pairs."""
        if self.pairs:
            return self.pairs
        rows: list[Ids] = []
        symbols = self.experiment.config.source_vocab - 4
        lengths = self.draw.integers(1, self.experiment.length, BATCH, endpoint=True)
        for length in lengths.tolist():
            row = self.draw.integers(symbols, size=length).tolist()
            if tuple(symbol + 4 for symbol in row) not in self.known:
                rows.append(Experiment.reversal(row))
        return rows

    def rate(self, step: int) -> float:
        """Return the learning rate at a step, from 0: as in other trainings, or without warm-up from its peak on."""
        warmup = 0 if "warmup" in self.experiment.without else self.experiment.steps // 12
        return learning_rate(step, warmup, self.experiment.steps, PEAK)

    def _logits(self, source: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        memory, _ = self.model.encode(source, change=self.change)
        cross, mask = self.model.start(memory, source, self.change)
        return self.model.logits(self.model.decode(inputs, cross, mask, change=self.change)[0])

    def step(self) -> None:
        """Make one update."""
        import torch
        from torch.nn import functional as F

        source, inputs, targets = self._tensors(self.batch())
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(self.step_count)
        self.optimizer.zero_grad(set_to_none=True)
        smoothing = 0.0 if "smoothing" in self.experiment.without else SMOOTHING
        real = targets != 0
        loss = F.cross_entropy(self._logits(source, inputs)[real], targets[real], label_smoothing=smoothing)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step_count += 1

    def measure(self) -> tuple[float, float]:
        """Measure the model on the unseen sequences, or on the pairs.

        Returns:
            The mean negative log-likelihood of a target piece, without label smoothing, in nats; and the share of
            targets that greedy search finds completely: each piece is the most probable one, given those before it.
        """
        import torch
        from torch.nn import functional as F

        source, inputs, targets = self.measured
        with torch.inference_mode():
            scores = self._logits(source, inputs)
            real = targets != 0
            loss = float(F.cross_entropy(scores[real], targets[real]))
            right = (scores.argmax(-1) == targets) | ~real
        return loss, float(right.all(1).double().mean())

    def example_pass(self) -> tuple[np.ndarray, np.ndarray]:
        """Run the example with its target given, as in training.

        Returns:
            Weights of cross-attention, float32 (layers, heads, T, S), and the probabilities of all target pieces at
            each position, float32 (T, V).
        """
        import torch

        source, inputs, _ = self.example
        with torch.inference_mode():
            memory, _ = self.model.encode(source, change=self.change)
            cross, mask = self.model.start(memory, source, self.change)
            states, _, _, weights = self.model.decode(inputs, cross, mask, traced=True, change=self.change)
            assert weights is not None, "it is traced"
            return weights[0].numpy(), self.model.logits(states[0]).softmax(-1).numpy()

    def start_line(self) -> dict[str, Any]:
        """Return the "start" line."""
        source, target = self.experiment.encode(self.experiment.example)
        names = [labels(words) for words in self.experiment.words]
        config = self.experiment.config
        return {
            "kind": "start",
            "source": [names[0][i] for i in source],
            "inputs": [names[1][i] for i in (BOS, *target[:-1])],
            "target": [names[1][i] for i in target],
            "vocabulary": list(names[1]),
            "layers": config.n_layers,
            "heads": config.n_heads,
            "steps": self.experiment.steps,
            "parameters": sum(parameter.numel() for parameter in self.model.parameters()),
        }

    def report_line(self, seconds: float, with_example: bool) -> dict[str, Any]:
        """Return a "report" line after so many seconds of training."""
        loss, accuracy = self.measure()
        line = {
            "kind": "report",
            "step": self.step_count,
            "seconds": round(seconds, 2),
            "loss": loss,
            "accuracy": accuracy,
            "rate": self.rate(self.step_count),
        }
        if with_example:
            cross, probabilities = self.example_pass()
            line |= {"cross": _packed(cross), "probabilities": _packed(probabilities)}
        return line

    def weights(self) -> bytes:
        """Return the weights as a safetensors file in half precision."""
        import safetensors.torch

        named = {name: value.detach().half().contiguous() for name, value in self.model.named_parameters()}
        return safetensors.torch.save(named)


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


def train(
    live: Live, next_command: Callable[[float | None], str | None], write: Callable[[dict[str, Any]], None]
) -> str:
    """Train by commands until all steps are done, somebody stops it, or time is over, and return the reason.

    Args:
        live: The training.
        next_command: Returns the next command, None if there is none now; waits for one up to the given seconds.
        write: Takes the lines to write.
    """
    began = time.monotonic()
    trained, recorded, paused = 0.0, 0, False
    write(live.report_line(trained, with_example=True))

    def end(reason: str) -> str:
        if recorded != live.step_count:
            write(live.report_line(trained, with_example=True))
        return reason

    while True:
        single = False
        command = next_command(0.5 if paused else None)
        if command == "stop":
            return end("stop")
        if command in ("pause", "resume"):
            paused = command == "pause"
            write({"kind": "state", "paused": paused})
        if command == "step":
            single = True
            if not paused:
                paused = True
                write({"kind": "state", "paused": True})
        if trained >= LONGEST or time.monotonic() - began >= LIFETIME:
            return end("time")
        if paused and not single:
            continue
        at = time.monotonic()
        live.step()
        trained += time.monotonic() - at
        done = live.step_count >= live.experiment.steps
        if single or done or live.step_count % MEASURED_EACH == 0:
            due = live.step_count >= max(recorded * GROWTH, recorded + MEASURED_EACH)
            recorded = live.step_count if single or done or due else recorded
            write(live.report_line(trained, with_example=recorded == live.step_count))
        if done:
            return end("steps")


def main() -> None:
    """Run the process; see the module."""
    os.nice(10)
    commands: queue.Queue[str] = queue.Queue()
    heard = [time.monotonic()]

    def listen() -> None:
        for line in sys.stdin:
            heard[0] = time.monotonic()
            if line.strip() != "beat":
                commands.put(line.strip())
        os._exit(0)  # the server has ended, or does not want this process any more

    def watch() -> None:
        while time.monotonic() - heard[0] < SILENCE:
            time.sleep(0.2)
        os._exit(0)

    for work in (listen, watch):
        threading.Thread(target=work, daemon=True).start()
    values = json.loads(commands.get())
    pairs = tuple((source, target) for source, target in values.pop("pairs"))
    experiment = Experiment(**values | {"pairs": pairs, "without": tuple(values["without"])})
    import torch

    torch.set_num_threads(1)
    live = Live(experiment)

    def next_command(seconds: float | None) -> str | None:
        try:
            return commands.get(timeout=seconds) if seconds else commands.get_nowait()
        except queue.Empty:
            return None

    def write(line: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    write(live.start_line())
    reason = train(live, next_command, write)
    write({"kind": "end", "reason": reason, "weights": base64.b64encode(live.weights()).decode("ascii")})
    os._exit(0)  # the threads still wait for input


def first_line(experiment: Experiment) -> str:
    """Return the first line that the process reads."""
    return json.dumps(dataclasses.asdict(experiment))


if __name__ == "__main__":
    main()

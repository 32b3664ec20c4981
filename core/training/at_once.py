"""Two ways to write an output, trained alike: piece after piece, and all positions at once in a single pass.

Usage: `python -m core.training.at_once` trains four small models and writes the file that the app shows. Under one seed
it finds the same outputs again; the times are those of the machine.

The models reverse sequences of symbols as those of `core.training.race` do. Each way learns two tasks: with one right
answer, the reverse; and with two, the reverse or the sequence itself, each with probability one half in training.

Source:
    Gu et al. 2018, "Non-Autoregressive Neural Machine Translation": the decoder's inputs are copied from the source,
    and all positions are predicted in one pass, independently of each other. Their fertilities, attention over
    positions and distillation are not here, and the length is given: the output is as long as the source.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import BOS
from core.training.live import PEAK, Live
from core.training.schedule import learning_rate
from core.training.tasks import Experiment, Ids, labels

if TYPE_CHECKING:
    import torch

FILE = Path(__file__).parents[2] / "assets" / "training" / "at_once.json"
WAYS = ("one_by_one", "at_once")
"""Autoregressive: a pass for each piece, which sees those before it; and non-autoregressive: one pass for all."""

ANSWERS = (1, 2)
"""Number of right answers of a source: its reverse; its reverse or the sequence itself."""

STEPS = 3000
"""Number of steps of each training: so many let the autoregressive model learn the task with two answers too."""

EXAMPLES = 8
"""Number of unseen sequences whose outputs are recorded."""


class Trained(Live):
    """A small Transformer that learns to write its output in one of two ways; the training is that of `Live`.

    Args:
        way: One of WAYS.
        answers: One of ANSWERS.
        steps: The number of steps of the training, by which its learning rate falls.
        seed: The seed of weights and batches.
    """

    def __init__(self, way: str, answers: int, steps: int = STEPS, seed: int = 1):
        super().__init__(Experiment(seed=seed))
        self.way, self.answers, self.steps = way, answers, steps
        self.choice = np.random.default_rng(seed)  # apart from `draw`, so that both tasks have the same sources

    def batch(self) -> list[Ids]:
        """Return the next batch; with two answers, the target of each sequence is one of them."""
        rows = super().batch()
        if self.answers == 1:
            return rows
        return [(source, source if same else target)
                for (source, target), same in zip(rows, self.choice.integers(2, size=len(rows)).tolist(), strict=True)]  # fmt: skip

    def rate(self, step: int) -> float:
        """Return the learning rate at a step, from 0."""
        return learning_rate(step, self.steps // 12, self.steps, PEAK)

    def _logits(self, source: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        return self.at_once(source) if self.way == "at_once" else super()._logits(source, inputs)

    def at_once(self, source: torch.Tensor) -> torch.Tensor:
        """Return the pre-softmax scores of all positions from one pass, (B, S, target_vocab), for source ids (B, S).

        The decoder's modules are those of the autoregressive model. Its inputs are the embeddings of the source with
        their positions, and each position sees all inputs: there is no causal mask, and no target.
        """
        from core.model import padding_mask

        memory, _ = self.model.encode(source)
        cross, cross_mask = self.model.start(memory, source)
        x = self.model.embed(self.model.source_embedding, source)
        mask = padding_mask(source)
        for layer, keys in zip(self.model.decoder, cross, strict=True):
            x, *_ = layer(x, None, keys, mask, cross_mask, traced=False)
        return self.model.logits(x)

    def write(self, source: Sequence[int]) -> list[int]:
        """Return the ids that the model writes for one source: at each position the most probable piece."""
        import torch

        from core.decoding import greedy
        from core.model import Change, Intervened

        ids = torch.tensor([source])
        with torch.inference_mode():
            if self.way == "at_once":
                return self.at_once(ids)[0].argmax(-1).tolist()
            # The same modules as the other way uses, with the keys and values of earlier pieces kept.
            return greedy(self.model, ids, self.experiment.config.max_length, run=Intervened(self.model, Change()))[0]

    def probabilities(self, source: Sequence[int], written: Sequence[int]) -> list[float]:
        """Return the probability of each piece that the model wrote for a source."""
        import torch

        inputs = torch.tensor([[BOS, *written[:-1]]])
        with torch.inference_mode():
            scores = self._logits(torch.tensor([source]), inputs)[0].softmax(-1)
        return [float(row[piece]) for row, piece in zip(scores, written, strict=True)]

    def right_answers(self, source: Sequence[int], target: Sequence[int]) -> list[list[int]]:
        """Return the right answers of a source and its reverse."""
        return [[*target], [*source]][: self.answers]


@dataclass(frozen=True)
class Output:
    """What a model wrote for one unseen sequence.

    Attributes:
        source: The symbols of the sequence, and </s>.
        written: The pieces that were written.
        probabilities: The probability of each piece when it was written.
    """

    source: tuple[str, ...]
    written: tuple[str, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """One trained model, measured on the unseen sequences.

    Attributes:
        way: One of WAYS.
        answers: Number of right answers of a source.
        right: Share of outputs that are a right answer.
        fitting: Share of written pieces that a right answer has at their position.
        passes: Mean number of passes through the decoder for an output.
        milliseconds: Median time of the processor for an output, encoder included.
        outputs: The first outputs.
    """

    way: str
    answers: int
    right: float
    fitting: float
    passes: float
    milliseconds: float
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Record:
    """The recorded models.

    Attributes:
        date: The day on which they were recorded, as 2026-11-27.
        processor: The machine on which the times were measured.
        threads: Number of threads.
        steps: Number of steps of each training.
        seed: The seed of weights and batches.
        length: The number of symbols of an unseen sequence.
        unseen: The number of unseen sequences.
        results: One for each task and way.
    """

    date: str
    processor: str
    threads: int
    steps: int
    seed: int
    length: int
    unseen: int
    results: tuple[Result, ...]

    def result(self, way: str, answers: int) -> Result:
        """Return the result of one way and task."""
        (found,) = (result for result in self.results if (result.way, result.answers) == (way, answers))
        return found


@contextmanager
def counted_passes(trained: Trained) -> Iterator[list[int]]:
    """Yield a list that gets the number of positions of each pass through the first layer of the decoder."""
    passes: list[int] = []
    hook = trained.model.decoder[0].register_forward_hook(
        lambda _module, inputs, _output: passes.append(inputs[0].size(1))
    )
    try:
        yield passes
    finally:
        hook.remove()


def measure(models: Sequence[Trained]) -> list[Result]:
    """Measure trained models on the unseen sequences, which are the same for all of them.

    The models take turns at each sequence, so that what slows the machine down slows all of them. Times are those of
    the processor, so that other programs do not count.
    """
    sequences = models[0].unseen
    for trained in models:
        trained.write(sequences[0][0])  # the first pass prepares what later ones use
    seconds: list[list[float]] = [[] for _ in models]
    for source, _ in sequences:
        for times, trained in zip(seconds, models, strict=True):
            start = time.thread_time()
            trained.write(source)
            times.append(time.thread_time() - start)
    results = []
    for times, trained in zip(seconds, models, strict=True):
        with counted_passes(trained) as passes:
            written = [trained.write(source) for source, _ in sequences]
        answers = [trained.right_answers(*pair) for pair in sequences]
        fitting = [
            any(at < len(answer) and answer[at] == piece for answer in possible)
            for row, possible in zip(written, answers, strict=True)
            for at, piece in enumerate(row)
        ]
        source_names, target_names = (labels(words) for words in trained.experiment.words)
        outputs = [
            Output(
                tuple(source_names[i] for i in source),
                tuple(target_names[i] for i in row),
                tuple(round(value, 4) for value in trained.probabilities(source, row)),
            )
            for (source, _), row in zip(sequences[:EXAMPLES], written, strict=False)
        ]
        right = [row in possible for row, possible in zip(written, answers, strict=True)]
        results.append(
            Result(
                trained.way, trained.answers, statistics.fmean(right), round(statistics.fmean(fitting), 4),
                len(passes) / len(written), round(1000 * statistics.median(times), 3), tuple(outputs),
            )
        )  # fmt: skip
    return results


def record(steps: int, seed: int) -> list[Result]:
    """Train both ways on both tasks, one after the other, and measure them together."""
    models = []
    for answers in ANSWERS:
        for way in WAYS:
            trained = Trained(way, answers, steps, seed)
            for _ in range(steps):
                trained.step()
            trained.model.eval()
            models.append(trained)
    return measure(models)


def read_record(path: Path = FILE) -> Record:
    """Read a record.

    Raises:
        OSError: If there is no such file.
    """
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    results = []
    for result in values.pop("results"):
        outputs = (Output(**{name: tuple(part) for name, part in output.items()}) for output in result.pop("outputs"))
        results.append(Result(**result, outputs=tuple(outputs)))
    return Record(**values, results=tuple(results))


def processor() -> str:
    """Return the number of cores of this machine and the name of its processor."""
    path = Path("/proc/cpuinfo")
    name = re.search(r"model name\s*:\s*(.+)", path.read_text(encoding="utf-8")) if path.exists() else None
    return f"{os.cpu_count()} × {name[1].strip() if name else 'CPU'}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    import torch

    parser = argparse.ArgumentParser(
        prog="python -m core.training.at_once",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, default=FILE, help="the file to write")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        results = record(args.steps, args.seed)
    finally:
        torch.set_num_threads(threads)
    for result in results:
        print(
            f"{result.answers} right, {result.way}: {result.right:.2f} right, {result.fitting:.3f} of pieces fit, "
            f"{result.passes:.1f} passes, {result.milliseconds:.2f} ms",
            flush=True,
        )
    experiment = Experiment(seed=args.seed)
    values = Record(
        datetime.date.today().isoformat(), processor(), 1, args.steps, args.seed, experiment.length,
        len(experiment.unseen()), tuple(results),
    )  # fmt: skip
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(dataclasses.asdict(values)) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

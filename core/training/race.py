"""Five trainings on reversing sequences, recorded: with everything, and each with one part left out.

Usage: `python -m core.training.race` trains them anew and writes the file that the app shows.
"""

from __future__ import annotations

import argparse
import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.training.live import Live
from core.training.tasks import PARTS, Experiment

FILE = Path(__file__).parents[2] / "assets" / "training" / "race.json"
MEASURED_EACH = 20
"""Number of steps from one measurement to the next."""


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        steps: The steps at which it was measured.
        loss: Mean negative log-likelihood of a target piece of unseen sequences, without label smoothing, in nats.
        accuracy: Share of unseen sequences that are reversed completely.
    """

    steps: tuple[int, ...]
    loss: tuple[float, ...]
    accuracy: tuple[float, ...]

    @property
    def first_complete(self) -> int | None:
        """The first step at which all unseen sequences are reversed completely; None if there is none."""
        return next((step for step, share in zip(self.steps, self.accuracy, strict=True) if share == 1), None)


@dataclass(frozen=True)
class Race:
    """The recorded trainings.

    Attributes:
        date: The day on which they were recorded, as 2026-11-27.
        steps: Number of steps of each.
        seed: The seed of weights and batches, the same for all.
        length: The largest number of symbols of a sequence.
        runs: The trainings: "all", and by the name of the part that each leaves out.
    """

    date: str
    steps: int
    seed: int
    length: int
    runs: dict[str, Run]


def record(experiment: Experiment, steps: int) -> Run:
    """Train by an experiment for some steps, and return the measurements."""
    live = Live(experiment)
    measured = [(0, *live.measure())]
    for step in range(1, steps + 1):
        live.step()
        if step % MEASURED_EACH == 0 or step == steps:
            measured.append((step, *live.measure()))
    at, loss, accuracy = zip(*measured, strict=True)
    return Run(at, tuple(round(value, 5) for value in loss), accuracy)


def read_race(path: Path = FILE) -> Race:
    """Read a recorded race.

    Raises:
        OSError: If there is no such file.
    """
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    runs = {
        name: Run(**{field: tuple(numbers) for field, numbers in run.items()})
        for name, run in values.pop("runs").items()
    }
    return Race(**values, runs=runs)


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.training.race", description=__doc__)
    default = Experiment()
    parser.add_argument("--out", type=Path, default=FILE, help="the file to write")
    parser.add_argument("--steps", type=int, default=default.steps)
    parser.add_argument("--seed", type=int, default=default.seed)
    args = parser.parse_args(arguments)
    runs = {}
    for name in ("all", *PARTS):
        run = record(Experiment(without=() if name == "all" else (name,), seed=args.seed), args.steps)
        runs[name] = {"steps": run.steps, "loss": run.loss, "accuracy": run.accuracy}
        print(f"{name}: accuracy {run.accuracy[-1]:.2f}, loss {run.loss[-1]:.3f}", flush=True)
    values = {
        "date": datetime.date.today().isoformat(),
        "steps": args.steps,
        "seed": args.seed,
        "length": default.length,
        "runs": runs,
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(values) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

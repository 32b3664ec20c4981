"""How soon a model that is trained in the app reverses all unseen sequences, in a process of its own with one thread.

    python tests/benchmarks/live.py

The task is that of the page: ten symbols, sequences of up to eight, measured on 100 sequences of eight that are not
learnt. The time is that from the start of the process, which imports torch first. It must hold on two cores.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.training.process import LiveTraining
from core.training.tasks import Experiment
from tests.benchmarks.verdict import verdict

LIMIT = 90  # s


def main() -> int:
    fine = []
    for seed in (1, 2, 3):
        training = LiveTraining(Experiment(seed=seed))
        began, solved, ended = time.monotonic(), float("inf"), float("inf")
        while training.reason is None:
            training.beat()
            time.sleep(0.1)
            if solved == float("inf") and any(report.accuracy == 1 for report in training.reports):
                solved = time.monotonic() - began
        ended = time.monotonic() - began
        assert training.reason == "steps", training.reason
        last = training.reports[-1]
        print(
            f"seed {seed}: all right after {solved:.1f} s; {last.step} steps in {ended:.1f} s, accuracy {last.accuracy:.0%}"
        )
        fine.append(verdict(f"A live training, seed {seed}: all unseen sequences reversed", solved, LIMIT, "s", 1))
        fine.append(verdict(f"A live training, seed {seed}: wrong at the end", 100 * (1 - last.accuracy), 0, "%"))
    return 0 if all(fine) else 1


if __name__ == "__main__":
    raise SystemExit(main())

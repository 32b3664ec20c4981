"""How many threads torch should use on a CPU server: several visitors translate at once, with 1 thread and with all.

    python tests/benchmarks/threads.py

Each setting runs in a process of its own, in turn. What the app sets (1) must serve several visitors no slower.
"""

import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.verdict import verdict

ROOT = Path(__file__).parents[2]

SENTENCE = "I would like to go to the park with my friends tomorrow."
VISITORS = (1, 4, 8)
ROUNDS = 3


def serve(threads: int) -> None:
    """Print milliseconds a sentence for each number of visitors."""
    sys.path.insert(0, str(ROOT))
    import torch

    import core

    torch.set_num_threads(threads)
    model = core.load("en-zh", device="cpu")
    expected = model.translate(SENTENCE).text
    for _ in range(10):
        model.translate(SENTENCE)
    for visitors in VISITORS:
        with ThreadPoolExecutor(visitors) as pool:
            start = time.perf_counter()
            traces = list(pool.map(model.translate, [SENTENCE] * 80))
            taken = time.perf_counter() - start
        assert [trace.text for trace in traces] == [expected] * 80
        assert torch.get_num_threads() == threads
        print(taken / 80 * 1000)


def main() -> int:
    settings = (1, os.cpu_count() or 1)
    found = {threads: [] for threads in settings}
    for _ in range(ROUNDS):
        for threads in settings:
            output = subprocess.run(
                [sys.executable, __file__, str(threads)], capture_output=True, text=True, check=True
            )
            found[threads].append([float(line) for line in output.stdout.split()])
    ratios = []
    for i, visitors in enumerate(VISITORS):
        one, many = (statistics.median(run[i] for run in found[threads]) for threads in settings)
        ratios.append(one / many)
        print(
            f"{visitors} at once: {one:.1f} ms a sentence with 1 thread, {many:.1f} ms with {settings[1]}, ratio {ratios[-1]:.2f}"
        )
    return int(
        not verdict(
            f"{VISITORS[-1]} translations at once, 1 thread each, of all threads' time", ratios[-1], 1.05, "", 2
        )
    )


if __name__ == "__main__":
    serve(int(sys.argv[1])) if len(sys.argv) > 1 else sys.exit(main())

"""The map of all heads beside one traced translation of the same sentence, on the CPU, in one run.

    python tests/benchmarks/importance.py

The map is of 3 + 3 layers, 8 heads and three kinds: 72 models, each less one head. The ratio of the medians is what
counts; milliseconds drift.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import torch

import core
from tests.benchmarks.verdict import verdict

SENTENCES = (
    "Tom chases Jerry.",
    "I would like to go to the park with my friends tomorrow.",
    "The animal didn't cross the street because it was too tired.",
    "Where did you buy the book that you gave me yesterday?",
)
ROUNDS = 9
HEADS = 72
LIMIT = 10  # the most traced translations that the map may take


def main() -> int:
    torch.set_num_threads(1)
    model = core.load("en-zh", device="cpu")
    ratios = []
    for sentence in SENTENCES:
        times: dict[str, list[float]] = {"translation": [], "map": []}
        for _ in range(ROUNDS + 1):  # in turn, so that both meet the same noise; the first round warms up
            for name, run in (("translation", model.translate), ("map", model.head_importance)):
                start = time.perf_counter()
                found = run(sentence)
                times[name].append((time.perf_counter() - start) * 1000)
                if name == "map":
                    assert found.size == HEADS, f"{found.size} heads were measured"
                    assert np.isfinite(found).all()
                    assert (found != 0).all(), "a head was removed and nothing changed"
                else:
                    assert found.cross.size, "no weights were recorded"
        medians = {name: statistics.median(values[1:]) for name, values in times.items()}
        ratios.append(medians["map"] / medians["translation"])
        print(
            f"{len(model.translate(sentence).output_pieces):3} pieces: translation {medians['translation']:.1f} ms, "
            f"map of {model.head_importance(sentence).size} heads {medians['map']:.1f} ms, ratio {ratios[-1]:.1f}"
        )
    worst = max(ratios)
    return int(not verdict("The importance of 72 heads, in traced translations", worst, LIMIT, "", 1))


if __name__ == "__main__":
    raise SystemExit(main())

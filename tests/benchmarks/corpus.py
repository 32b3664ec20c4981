"""All heads over a corpus beside the same corpus translated with traces, on the CPU, in one run.

    python tests/benchmarks/corpus.py

The corpus is the grammar set. The ratio of CPU times counts: both run on one thread.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch

import core
from core.training.corpus_heads import EVERY, measure_heads, read_sentences
from tests.benchmarks.verdict import verdict

CORPUS = Path(__file__).parents[2] / "core" / "training" / "grammar.tsv"
SENTENCES = 3 * EVERY
ROUNDS = 3
LIMIT = 2.0  # the most traced translations that it may take


def main() -> int:
    torch.set_num_threads(1)
    model = core.load("en-zh", device="cpu")
    sentences = list(read_sentences([CORPUS], "en"))[:SENTENCES]
    assert len(sentences) == SENTENCES, f"{len(sentences)} sentences"
    for sentence in sentences[:10]:  # warms up
        model.translate(sentence)
    measure_heads(model, sentences[:10])
    ratios = []
    for _ in range(ROUNDS):  # in turn, so that both meet the same noise
        start = time.process_time()
        for sentence in sentences:
            assert model.translate(sentence).cross.size, "no weights were recorded"
        translated = time.process_time() - start
        start = time.process_time()
        found = measure_heads(model, sentences)
        measured = time.process_time() - start
        assert (found.sentences, found.importance_sentences) == (SENTENCES, SENTENCES // EVERY)
        assert all(head.importance and head.strongest for head in found.heads), "a head was not measured"
        ratios.append(measured / translated)
        print(
            f"{SENTENCES} sentences: translated {translated:.2f} s, measured {measured:.2f} s, ratio {ratios[-1]:.2f}"
        )
    return int(
        not verdict("All heads over a corpus, of its traced translation", statistics.median(ratios), LIMIT, "", 2)
    )


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m core.training.lengths --model FOLDER --data FOLDER`: a model's quality by sentence length, for its card."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sacrebleu
from sacrebleu.metrics.base import Metric
from tqdm import tqdm

from core.errors import OptionError
from core.training.command import measure
from core.training.corpus import Pair
from core.training.evaluate import Progress, bleu_tokenizer, translate_all
from core.translator import Translator
from core.zoo import update_card

BOUNDS = (1, 6, 8, 10, 12, 14, 17)
"""The least length of each bucket, in pieces of the source without </s>; the last one has no end."""

RESAMPLES = 300


def buckets(lengths: Sequence[int], bounds: Sequence[int] = BOUNDS) -> list[list[int]]:
    """Indices of sentences by their length, a list for each of the bounds. Raises `OptionError` for a length below all."""
    found: list[list[int]] = [[] for _ in bounds]
    for i, length in enumerate(lengths):
        if length < bounds[0]:
            raise OptionError(name="length", value=length, reason=f"no bucket holds lengths below {bounds[0]}")
        found[sum(bound <= length for bound in bounds) - 1].append(i)
    return found


def corpus_lengths(
    translator: Translator,
    pairs: Sequence[Pair],
    bounds: Sequence[int] = BOUNDS,
    resamples: int = RESAMPLES,
    progress: Progress = iter,
) -> dict[str, Any]:
    """Quality of greedy translations by the length of their sources, as it stands on a model's card.

    -> {"sentences": how many, "output": "greedy", "unit": "source pieces", "resamples": …, "buckets": [{"from": least
    length, "to": greatest, "mean": mean length, "sentences": how many, "chrf": …, "chrf_error": …, "bleu": …,
    "bleu_error": …}]}

    Scores are sacrebleu's for all sentences of a bucket together. An error is half the width of the interval that holds
    95 % of the scores of `resamples` draws of as many sentences from the bucket, with replacement (Koehn 2004, the
    bootstrap); the same ones are drawn each time. Buckets without a sentence are left out.
    """
    sources, references = [source for source, _ in pairs], [target for _, target in pairs]
    tokenizers = translator.source_tokenizer, translator.target_tokenizer
    outputs = translate_all(translator.model, sources, *tokenizers, translator.device, progress=progress)
    lengths = [len(translator.source_tokenizer.encode(source)) for source in sources]
    metrics = {
        "chrf": sacrebleu.CHRF(),
        "bleu": sacrebleu.BLEU(tokenize=bleu_tokenizer(translator.card.target_language)),
    }
    found = []
    for chosen in buckets(lengths, bounds):
        if not chosen:
            continue
        own = [lengths[i] for i in chosen]
        bucket: dict[str, Any] = {
            "from": min(own),
            "to": max(own),
            "mean": round(sum(own) / len(own), 2),
            "sentences": len(chosen),
        }
        for name, metric in metrics.items():
            scored = [outputs[i] for i in chosen], [references[i] for i in chosen]
            bucket[name], bucket[f"{name}_error"] = score_with_error(metric, *scored, resamples)
        found.append(bucket)
    counted = {"sentences": len(pairs), "output": "greedy", "unit": "source pieces", "resamples": resamples}
    return {**counted, "buckets": found}


def score_with_error(
    metric: Metric, outputs: Sequence[str], references: Sequence[str], resamples: int
) -> tuple[float, float]:
    """A score by sacrebleu, and half of the interval that holds 95 % of the scores of `resamples` draws."""

    def score(chosen: Sequence[int]) -> float:
        return float(metric.corpus_score([outputs[i] for i in chosen], [[references[i] for i in chosen]]).score)

    everything = range(len(outputs))
    rng = random.Random(0)
    drawn = [score(rng.choices(everything, k=len(outputs))) for _ in range(resamples)]
    low, high = np.percentile(drawn, (2.5, 97.5))
    return round(score(everything), 2), round(float(high - low) / 2, 2)


def write_lengths(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure quality by length over the dev set, put the numbers on the model's card, and print them."""
    lengths = corpus_lengths(translator, pairs, progress=lambda batches: tqdm(batches, unit="batch", disable=None))
    update_card(folder, lengths=lengths)
    for bucket in lengths["buckets"]:
        print(*(f"{name} {value}" for name, value in bucket.items()), sep=", ")


def main(arguments: list[str] | None = None) -> int:
    return measure("lengths", __doc__, write_lengths, arguments)


if __name__ == "__main__":
    raise SystemExit(main())

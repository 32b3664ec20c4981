"""Measurement of a model's quality by sentence length, for its card.

Usage: `python -m core.training.lengths --model FOLDER --data FOLDER`
"""

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
"""The smallest length of each bucket, in pieces of the source without </s>; the last bucket is unbounded."""

RESAMPLES = 300
"""The number of bootstrap samples for the error of a score."""


def group_by_length(lengths: Sequence[int], bounds: Sequence[int] = BOUNDS) -> list[list[int]]:
    """Return the indices of sentences by length, one list for each of the bounds.

    Args:
        lengths: The length of each sentence.
        bounds: The smallest length of each group, ascending.

    Raises:
        OptionError: If a length is below the first bound.
    """
    groups: list[list[int]] = [[] for _ in bounds]
    for i, length in enumerate(lengths):
        if length < bounds[0]:
            raise OptionError(name="length", value=length, reason=f"no bucket holds lengths below {bounds[0]}")
        groups[sum(bound <= length for bound in bounds) - 1].append(i)
    return groups


def corpus_lengths(
    translator: Translator,
    pairs: Sequence[Pair],
    bounds: Sequence[int] = BOUNDS,
    resamples: int = RESAMPLES,
    progress: Progress = iter,
) -> dict[str, Any]:
    """Return the scores of greedy translations by the length of their sources, for a model's card.

    Args:
        translator: The model.
        pairs: The dev set.
        bounds: The smallest length of each bucket, in source pieces.
        resamples: The number of bootstrap samples, see `score_with_error`.
        progress: Wraps the batches to show progress.

    Returns:
        {"sentences": number, "output": "greedy", "unit": "source pieces", "resamples": …, "buckets": [{"from": smallest
        length, "to": largest length, "mean": mean length, "sentences": number, "chrf": …, "chrf_error": …, "bleu": …,
        "bleu_error": …}]}, without empty buckets. Scores are sacrebleu's corpus scores of a bucket.
    """
    sources, references = [source for source, _ in pairs], [target for _, target in pairs]
    tokenizers = translator.source_tokenizer, translator.target_tokenizer
    outputs = translate_all(translator.model, sources, *tokenizers, translator.device, progress=progress)
    lengths = [len(translator.source_tokenizer.encode(source)) for source in sources]
    metrics = {
        "chrf": sacrebleu.CHRF(),
        "bleu": sacrebleu.BLEU(tokenize=bleu_tokenizer(translator.card.target_language)),
    }
    buckets = []
    for group in group_by_length(lengths, bounds):
        if not group:
            continue
        group_lengths = [lengths[i] for i in group]
        bucket: dict[str, Any] = {
            "from": min(group_lengths),
            "to": max(group_lengths),
            "mean": round(sum(group_lengths) / len(group_lengths), 2),
            "sentences": len(group),
        }
        for name, metric in metrics.items():
            texts = [outputs[i] for i in group], [references[i] for i in group]
            bucket[name], bucket[f"{name}_error"] = score_with_error(metric, *texts, resamples)
        buckets.append(bucket)
    settings = {"sentences": len(pairs), "output": "greedy", "unit": "source pieces", "resamples": resamples}
    return {**settings, "buckets": buckets}


def score_with_error(
    metric: Metric, outputs: Sequence[str], references: Sequence[str], resamples: int
) -> tuple[float, float]:
    """Return a corpus score by sacrebleu, and its error by the bootstrap.

    The error is half the width of the 95 % interval of the scores of samples with replacement, each as large as the
    whole. The samples are the same in every call.

    Args:
        metric: sacrebleu's metric.
        outputs: The translations.
        references: A reference for each translation.
        resamples: The number of samples.

    Source:
        Koehn 2004, Statistical significance tests for machine translation evaluation.
    """

    def score(indices: Sequence[int]) -> float:
        return float(metric.corpus_score([outputs[i] for i in indices], [[references[i] for i in indices]]).score)

    all_indices = range(len(outputs))
    rng = random.Random(0)
    sample_scores = [score(rng.choices(all_indices, k=len(outputs))) for _ in range(resamples)]
    low, high = np.percentile(sample_scores, (2.5, 97.5))
    return round(score(all_indices), 2), round(float(high - low) / 2, 2)


def write_lengths(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure quality by length over the dev set, write the numbers to the model's card, and print them."""
    lengths = corpus_lengths(translator, pairs, progress=lambda batches: tqdm(batches, unit="batch", disable=None))
    update_card(folder, lengths=lengths)
    for bucket in lengths["buckets"]:
        print(*(f"{name} {value}" for name, value in bucket.items()), sep=", ")


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    return measure("lengths", __doc__, write_lengths, arguments)


if __name__ == "__main__":
    raise SystemExit(main())

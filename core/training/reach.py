"""Measurement of the limits beyond which a model's translations are unreliable, for its card.

Usage: `python -m core.training.reach --model FOLDER --data FILES`
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from core.analysis.reach import FEW_WHOLE, USUAL, Reach, beyond, is_short, reach
from core.errors import HeadlightError
from core.text import UNSPACED
from core.training.command import find_dev_files, measure
from core.training.corpus import Pair
from core.training.evaluate import Progress, scores, sentence_chrf
from core.translator import Translator
from core.zoo import update_card

POOR = {True: 15.0, False: 30.0}
"""The sentence-level chrF below which a translation is poor; True is for target languages written without spaces.

chrF counts n-grams of 1 to 6 characters. A Chinese sentence of ten characters shares few of the long n-grams with a
good translation in other words, so that its scores are about half of those in an alphabetic script.
"""

POOR_SHARE = 0.75
"""The smallest share of poor translations among the sentences below the limit on probability."""

MIN_SENTENCES = 10
"""The smallest number of sentences below the limit on probability, and of poor translations, that determine a limit."""

SHORT_FLAGGED = 0.015
"""The largest share of short dev sentences that are below their limit on probability."""


class Measurement(NamedTuple):
    """The greedy translation of a dev sentence, and its quality.

    Attributes:
        reach: The numbers that the limits apply to.
        output: The translation.
        reference: The reference.
        chrf: sacrebleu's sentence-level chrF.
    """

    reach: Reach
    output: str
    reference: str
    chrf: float


def measure_pairs(translator: Translator, pairs: Sequence[Pair], progress: Progress = iter) -> list[Measurement]:
    """Translate and score the pairs, except those that the model cannot translate."""
    measurements = []
    for source, reference in progress(pairs):
        try:
            trace = translator.translate(source)
        except HeadlightError:
            continue
        chrf = sentence_chrf(trace.text, reference)
        measurements.append(Measurement(reach(trace, {}), trace.text, reference, chrf))
    return measurements


def separate(probabilities: Sequence[float], poor: Sequence[bool]) -> tuple[float | None, float]:
    """Return the probability below which most translations are poor, and how well it separates poor from good ones.

    Candidates are the thresholds below which at least POOR_SHARE of the translations is poor. The result is the one
    with the largest J = share of the poor translations below it - share of the good ones below it. J alone gives poor
    and good translations the same total weight: it would flag half of a dev set, half of that good.

    Args:
        probabilities: The probability of each translation.
        poor: Whether each translation is poor.

    Returns:
        The threshold and J; None and 0 if there is no candidate, or if fewer than MIN_SENTENCES translations are poor
        or below the threshold.

    Source:
        Youden 1950, Index for rating diagnostic tests.
    """
    order = np.argsort(probabilities, kind="stable")
    values, bad = np.asarray(probabilities, float)[order], np.asarray(poor, bool)[order]
    hits, below = np.cumsum(bad), np.arange(1, len(bad) + 1)  # the number of poor ones among the n lowest, and n
    if not len(bad) or hits[-1] < MIN_SENTENCES or hits[-1] == len(bad):
        return None, 0.0
    youden = hits / hits[-1] - (below - hits) / (len(bad) - hits[-1])
    candidates = (below >= MIN_SENTENCES) & (hits >= POOR_SHARE * below)
    candidates[:-1] &= values[1:] > values[:-1]  # no threshold separates equal values,
    candidates[-1] = False  # and none is above all values
    if not candidates.any():
        return None, 0.0
    best = int(np.flatnonzero(candidates)[youden[candidates].argmax()])
    threshold = round(float(values[best] + values[best + 1]) / 2, 3)
    return threshold, round(float(youden[best]), 3)


def short_threshold(reaches: Sequence[Reach], threshold: float) -> float:
    """Return the threshold below which at most SHORT_FLAGGED of all short sentences are flagged.

    It is `threshold`, that for other sentences, unless more would be below. Only those with few whole words can be.
    """
    short = [reach for reach in reaches if is_short(vars(reach))]
    below = sorted(reach.probability for reach in short if reach.whole <= FEW_WHOLE)
    allowed = math.floor(SHORT_FLAGGED * len(short))
    return threshold if len(below) <= allowed else min(threshold, math.floor(1000 * below[allowed]) / 1000)


def corpus_reach(
    measurements: Sequence[Measurement], target_language: str, source_language: str = "en"
) -> dict[str, Any]:
    """Return the limits for a model's card, with the numbers that explain them.

    Returns:
        {"length": pieces, "spelled": share, "probability": threshold, "short": threshold, "measured": {"sentences": …,
        "output": "greedy", "poor_below": chrF, "poor": share, "youden": J, "flagged": share, "by": {reason: share},
        "poor_flagged": share, "poor_others": share, "bleu_flagged": …, "bleu_others": …, "chrf_flagged": …,
        "chrf_others": …}}. "length" and "spelled" are 99th percentiles over the sentences. "probability" is that of
        `separate`, absent if it is None, and "short" that of `short_threshold`, also absent for source languages
        without spaces between words.
        Sentences beyond any of the limits are flagged; if none or all are, the scores of the empty group are absent.
    """
    if not measurements:
        return {}
    bound = POOR[target_language in UNSPACED]
    poor = [measurement.chrf < bound for measurement in measurements]
    reaches = [measurement.reach for measurement in measurements]
    threshold, youden = separate([reach.probability for reach in reaches], poor)
    limits = {
        "length": math.ceil(np.percentile([reach.length for reach in reaches], USUAL)),
        "spelled": math.ceil(1000 * np.percentile([reach.spelled for reach in reaches], USUAL)) / 1000,
        **({"probability": threshold} if threshold is not None else {}),
    }
    reasons = [*limits]
    if threshold is not None and source_language not in UNSPACED:
        limits["short"] = short_threshold(reaches, threshold)
    flags = [beyond(vars(reach), limits) for reach in reaches]
    measured: dict[str, Any] = {
        "sentences": len(measurements),
        "output": "greedy",
        "poor_below": bound,
        "poor": _share(poor),
        "youden": youden,
        "flagged": _share(map(bool, flags)),
        "by": {reason: _share(reason in found for found in flags) for reason in reasons},
    }
    for group, flagged in (("flagged", True), ("others", False)):
        chosen = [i for i, found in enumerate(flags) if bool(found) == flagged]
        if not chosen:
            continue
        measured[f"poor_{group}"] = _share(poor[i] for i in chosen)
        texts = [measurements[i].output for i in chosen], [measurements[i].reference for i in chosen]
        measured |= {f"{name}_{group}": score for name, score in scores(*texts, target_language).items()}
    return {**limits, "measured": measured}


def _share(flags: Iterable[bool]) -> float:
    flags = list(flags)
    return round(sum(flags) / len(flags), 4)


def write_reach(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure the limits over the dev sets, write them to the model's card, and print them."""
    measurements = measure_pairs(translator, pairs, lambda items: tqdm(items, unit="sentence", disable=None))
    limits = corpus_reach(measurements, translator.card.target_language, translator.card.source_language)
    update_card(folder, reach=limits)
    for name, value in {**limits, **limits.get("measured", {})}.items():
        if name != "measured":
            print(name, value)


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    return measure("reach", __doc__, write_reach, arguments, find_dev_files)


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m core.training.reach --model FOLDER --data FILES`: how far from its data a model can be trusted, for its card."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sacrebleu
from tqdm import tqdm

from core.analysis.reach import USUAL, Reach, beyond, reach
from core.errors import HeadlightError
from core.text import UNSPACED
from core.training.command import every_dev_file, measure
from core.training.corpus import Pair
from core.training.evaluate import Progress, scores
from core.translator import Translator
from core.zoo import update_card

POOR = {True: 15.0, False: 30.0}
"""A translation is poor below this sentence-level chrF; True: into a language that writes no spaces.

chrF counts n-grams of 1 to 6 characters. A Chinese sentence of ten characters shares few long ones with a good
translation in other words, so that its scores are about half of those of an alphabet.
"""

MOSTLY = 0.75
"""So great a share of the sentences below the limit on probability is poor, at least."""

FEWEST = 10
"""So many sentences at least must be flagged, and so many poor, before a limit on probability is drawn from them."""


class Measured(NamedTuple):
    """One dev sentence: where its greedy translation stands, and how good it is."""

    reach: Reach
    output: str
    reference: str
    chrf: float


def translated(translator: Translator, pairs: Sequence[Pair], progress: Progress = iter) -> list[Measured]:
    """Each pair that the model does not refuse, translated with greedy search and scored by sacrebleu's sentence chrF."""
    found = []
    for source, reference in progress(pairs):
        try:
            trace = translator.translate(source)
        except HeadlightError:
            continue
        chrf = sacrebleu.sentence_chrf(trace.text, [reference]).score
        found.append(Measured(reach(trace, {}), trace.text, reference, chrf))
    return found


def separate(probabilities: Sequence[float], poor: Sequence[bool]) -> tuple[float | None, float]:
    """The probability below which translations are mostly poor, and how well it separates them. -> threshold, Youden's J

    Of the thresholds below which a share MOSTLY of the sentences is poor, the one with the greatest J = share of the
    poor that is below it - share of the others that is below it (Youden 1950). J alone weighs a poor sentence that is
    missed against the many good ones: it flags half of a dev set, and half of those are good. None and 0 where there is
    no such threshold, or where there are fewer than FEWEST sentences to judge by.
    """
    order = np.argsort(probabilities, kind="stable")
    values, bad = np.asarray(probabilities, float)[order], np.asarray(poor, bool)[order]
    hits, below = np.cumsum(bad), np.arange(1, len(bad) + 1)  # of the n lowest: how many are poor, how many there are
    if not len(bad) or hits[-1] < FEWEST or hits[-1] == len(bad):
        return None, 0.0
    youden = hits / hits[-1] - (below - hits) / (len(bad) - hits[-1])
    fits = (below >= FEWEST) & (hits >= MOSTLY * below)
    fits[:-1] &= values[1:] > values[:-1]  # no threshold parts equal values,
    fits[-1] = False  # and none lies above them all
    if not fits.any():
        return None, 0.0
    best = int(np.flatnonzero(fits)[youden[fits].argmax()])
    threshold = round(float(values[best] + values[best + 1]) / 2, 3)
    return threshold, round(float(youden[best]), 3)


def corpus_reach(measured: Sequence[Measured], target_language: str) -> dict[str, Any]:
    """The limits as they stand on a model's card, with the numbers that explain them.

    -> {"length": pieces, "spelled": share, "probability": threshold, "measured": {"sentences": …, "output": "greedy",
    "poor_below": chrF, "poor": share, "youden": J, "flagged": share, "by": {reason: share}, "poor_flagged": share,
    "poor_others": share, "bleu_flagged": …, "bleu_others": …, "chrf_flagged": …, "chrf_others": …}}

    "length" and "spelled": the 99th percentile over the sentences. "probability": see `separate`; left out where
    nothing separates. "flagged": sentences that pass any of the limits; scores of a side without sentences are left out.
    """
    if not measured:
        return {}
    bound = POOR[target_language in UNSPACED]
    poor = [row.chrf < bound for row in measured]
    threshold, youden = separate([row.reach.probability for row in measured], poor)
    limits = {
        "length": math.ceil(np.percentile([row.reach.length for row in measured], USUAL)),
        "spelled": math.ceil(1000 * np.percentile([row.reach.spelled for row in measured], USUAL)) / 1000,
        **({"probability": threshold} if threshold is not None else {}),
    }
    flags = [beyond(vars(row.reach), limits) for row in measured]
    found: dict[str, Any] = {
        "sentences": len(measured),
        "output": "greedy",
        "poor_below": bound,
        "poor": _share(poor),
        "youden": youden,
        "flagged": _share(map(bool, flags)),
        "by": {reason: _share(reason in reasons for reasons in flags) for reason in limits},
    }
    for side, wanted in (("flagged", True), ("others", False)):
        chosen = [i for i, reasons in enumerate(flags) if bool(reasons) == wanted]
        if not chosen:
            continue
        found[f"poor_{side}"] = _share(poor[i] for i in chosen)
        scored = [measured[i].output for i in chosen], [measured[i].reference for i in chosen]
        found |= {f"{name}_{side}": score for name, score in scores(*scored, target_language).items()}
    return {**limits, "measured": found}


def _share(flags: Iterable[bool]) -> float:
    flags = list(flags)
    return round(sum(flags) / len(flags), 4)


def write_reach(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure the limits over the dev sets, put them on the model's card, and print them."""
    rows = translated(translator, pairs, lambda items: tqdm(items, unit="sentence", disable=None))
    found = corpus_reach(rows, translator.card.target_language)
    update_card(folder, reach=found)
    for name, value in {**found, **found.get("measured", {})}.items():
        if name != "measured":
            print(name, value)


def main(arguments: list[str] | None = None) -> int:
    return measure("reach", __doc__, write_reach, arguments, every_dev_file)


if __name__ == "__main__":
    raise SystemExit(main())

"""Measurements of a model's attention heads over a dev set, for its card.

Usage: `python -m core.training.heads --model FOLDER --data FOLDER`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from core.analysis import chances, measures, name_roles
from core.config import KINDS
from core.errors import HeadlightError
from core.records.trace import Trace
from core.training.command import measure
from core.training.corpus import Pair
from core.training.evaluate import Progress
from core.translator import Translator
from core.zoo import update_card


class _Means:
    """Running means of named arrays over sentences, without NaN.

    Attributes:
        sums: The sum of the values that are not NaN, by name.
        counts: The number of the values that are not NaN, by name.
    """

    def __init__(self) -> None:
        self.sums: dict[str, np.ndarray] = {}
        self.counts: dict[str, np.ndarray] = {}

    def add(self, name: str, values: np.ndarray | float) -> None:
        values = np.asarray(values, np.float64)
        known = ~np.isnan(values)
        self.sums[name] = self.sums.get(name, 0.0) + np.where(known, values, 0.0)
        self.counts[name] = self.counts.get(name, 0) + known

    def mean(self, name: str) -> np.ndarray:
        total, count = self.sums[name], self.counts[name]
        return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def corpus_heads(translator: Translator, sentences: Sequence[str], progress: Progress = iter) -> dict[str, Any]:
    """Return the means of all heads' measures over sentences and their greedy translations, for a model's card.

    The measures are those of `core.analysis.measures`; if the model has an aligner, they use its alignment. Each
    sentence has the same weight. Sentences that the model cannot translate are skipped.

    Returns:
        {"sentences": number translated, "output": "greedy", "kinds": {kind: {"roles": (layers, heads),
        "measures": {name: (layers, heads)}, "counted": {name: sentences}, "chance": {name: share}}}}, without the
        kinds of attention that the model does not have. "roles" are those of `name_roles` for the means. A measure can
        be undefined for a sentence: "counted" is the number of sentences for which it is defined, of the head with the
        fewest. A head for which it is never defined has None.
    """
    found = HeadMeasures()
    for sentence in progress(sentences):
        try:
            trace = translator.translate(sentence)
        except HeadlightError:
            continue
        found.add(trace, translator.align(trace))
    return {"sentences": found.sentences, "output": "greedy", "kinds": found.summaries()}


class HeadMeasures:
    """Means of all heads' measures, and of their values at chance level, over Traces.

    Attributes:
        sentences: The number of Traces.
    """

    def __init__(self, measure: Callable[..., dict[str, np.ndarray]] = measures) -> None:
        """Take the function that measures a Trace: `core.analysis.measures`, or `role_measures`."""
        self.sentences = 0
        self._measure = measure
        self._means = {kind: (_Means(), _Means()) for kind in KINDS}

    def add(self, trace: Trace, alignment: Sequence[tuple[int, int]] | None) -> None:
        """Add a Trace, and the alignment of its words if there is an aligner."""
        self.sentences += 1
        for kind, (means, chance_means) in self._means.items():
            if not getattr(trace, kind).size:
                continue
            for name, values in self._measure(trace, kind, alignment if kind == "cross" else None).items():
                means.add(name, values)
            for name, value in chances(trace, kind).items():
                chance_means.add(name, value)

    def summaries(self) -> dict[str, dict[str, Any]]:
        """Return what `corpus_heads` returns as "kinds"."""
        return {kind: _summarize(*means) for kind, means in self._means.items() if means[0].sums}


def _summarize(means: _Means, chance_means: _Means) -> dict[str, Any]:
    values = {name: means.mean(name) for name in means.sums}
    chance = {name: float(chance_means.mean(name)) for name in chance_means.sums}
    return {
        "roles": [list(layer) for layer in name_roles(values, chance)],
        "measures": {name: _round(value) for name, value in values.items()},
        "counted": {name: int(count.min()) for name, count in means.counts.items()},
        "chance": {name: _round(value) for name, value in chance.items()},
    }


def _round(values: Any) -> Any:
    """Return numbers rounded to 4 decimals, arrays as lists, and None for NaN, which JSON does not have."""
    if np.ndim(values):
        return [_round(value) for value in values]
    return None if np.isnan(values) else round(float(values), 4)


def write_heads(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure the heads over the dev set, write the numbers to the model's card, and print the roles."""
    with tqdm(total=len(pairs), unit="sentence", disable=None) as bar:

        def progress(items: Iterable[Any]) -> Iterator[Any]:
            for item in items:
                yield item
                bar.update()

        heads = corpus_heads(translator, [source for source, _ in pairs], progress)
    update_card(folder, heads=heads)
    for kind, measured in heads["kinds"].items():
        print(kind, *(" ".join(layer) for layer in measured["roles"]), sep="\n  ")


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    return measure("heads", __doc__, write_heads, arguments)


if __name__ == "__main__":
    raise SystemExit(main())

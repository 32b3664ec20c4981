"""`python -m core.training.heads --model FOLDER --data FOLDER`: what a model's heads do over a dev set, for its card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    """Running means over sentences of arrays by name. NaN is left out, and how many were counted is kept."""

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
    """Numbers of all heads, averaged over sentences and their greedy translations, as they stand on a model's card.

    -> {"sentences": how many were translated, "output": "greedy", "kinds": {kind: {"roles": (layers, heads),
    "measures": {name: (layers, heads)}, "counted": {name: sentences}, "chance": {name: share}}}}

    Measures are those of `core.analysis.measures`, with the alignment of the model's own aligner where it has one; each
    sentence counts once, and one for which a measure has no answer is left out of that measure: "counted" says how many
    remained, for the head with the fewest, and a head without any has null. Roles are those of `name_roles` for
    these means. Sentences that the model refuses are left out, and so are kinds that it has no layers of.
    """
    found = {kind: (_Means(), _Means()) for kind in KINDS}
    translated = 0
    for sentence in progress(sentences):
        try:
            trace = translator.translate(sentence)
        except HeadlightError:
            continue
        translated += 1
        _add(found, trace, translator.align(trace))
    return {
        "sentences": translated,
        "output": "greedy",
        "kinds": {kind: _summary(*means) for kind, means in found.items() if means[0].sums},
    }


def _add(found: dict[str, tuple[_Means, _Means]], trace: Trace, alignment: Sequence[tuple[int, int]] | None) -> None:
    for kind, (means, by_chance) in found.items():
        if not getattr(trace, kind).size:
            continue
        for name, values in measures(trace, kind, alignment if kind == "cross" else None).items():
            means.add(name, values)
        for name, value in chances(trace, kind).items():
            by_chance.add(name, value)


def _summary(means: _Means, by_chance: _Means) -> dict[str, Any]:
    values = {name: means.mean(name) for name in means.sums}
    chance = {name: float(by_chance.mean(name)) for name in by_chance.sums}
    return {
        "roles": [list(layer) for layer in name_roles(values, chance)],
        "measures": {name: _rounded(value) for name, value in values.items()},
        "counted": {name: int(count.min()) for name, count in means.counts.items()},
        "chance": {name: _rounded(value) for name, value in chance.items()},
    }


def _rounded(values: Any) -> Any:
    """Numbers to 4 digits, NaN as None: JSON has no NaN."""
    if np.ndim(values):
        return [_rounded(value) for value in values]
    return None if np.isnan(values) else round(float(values), 4)


def write_heads(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure the heads over the dev set, put the numbers on the model's card, and print the roles."""
    with tqdm(total=len(pairs), unit="sentence", disable=None) as bar:

        def progress(items: Iterable[Any]) -> Iterator[Any]:
            for item in items:
                yield item
                bar.update()

        heads = corpus_heads(translator, [source for source, _ in pairs], progress)
    update_card(folder, heads=heads)
    for kind, found in heads["kinds"].items():
        print(kind, *(" ".join(layer) for layer in found["roles"]), sep="\n  ")


def main(arguments: list[str] | None = None) -> int:
    return measure("heads", __doc__, write_heads, arguments)


if __name__ == "__main__":
    raise SystemExit(main())

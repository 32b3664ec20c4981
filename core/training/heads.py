"""`python -m core.training.heads --model FOLDER --data FOLDER`: what a model's heads do over a dev set, for its card."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from core.analysis import chances, measures, name_roles
from core.errors import HeadlightError, OptionError
from core.trace import KINDS, Trace
from core.training.corpus import find_files, read_pairs
from core.translator import Translator, load
from core.zoo import CARD, find_folder


class _Means:
    """Running means over sentences of arrays by name. NaN is left out, and how many were counted is kept."""

    def __init__(self):
        self.sums: dict[str, np.ndarray] = {}
        self.counts: dict[str, np.ndarray] = {}

    def add(self, name: str, values: np.ndarray) -> None:
        values = np.asarray(values, np.float64)
        known = ~np.isnan(values)
        self.sums[name] = self.sums.get(name, 0.0) + np.where(known, values, 0.0)
        self.counts[name] = self.counts.get(name, 0) + known

    def mean(self, name: str) -> np.ndarray:
        total, count = self.sums[name], self.counts[name]
        return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def corpus_heads(translator: Translator, sentences: Sequence[str], progress: Callable = iter) -> dict:
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


def _summary(means: _Means, by_chance: _Means) -> dict:
    values = {name: means.mean(name) for name in means.sums}
    chance = {name: float(by_chance.mean(name)) for name in by_chance.sums}
    return {
        "roles": [list(layer) for layer in name_roles(values, chance)],
        "measures": {name: _rounded(value) for name, value in values.items()},
        "counted": {name: int(count.min()) for name, count in means.counts.items()},
        "chance": {name: _rounded(value) for name, value in chance.items()},
    }


def _rounded(values) -> list | float | None:
    """Numbers to 4 digits, NaN as None: JSON has no NaN."""
    if np.ndim(values):
        return [_rounded(value) for value in values]
    return None if np.isnan(values) else round(float(values), 4)


def write_heads(folder: Path, heads: dict) -> None:
    """Put the numbers on the card of a model folder; nothing else on it changes."""
    path = folder / CARD
    values = json.loads(path.read_text(encoding="utf-8"))
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**values, "heads": heads}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def main(arguments: list[str] | None = None) -> int:
    formatter = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m core.training.heads", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("--model", required=True, help="a model folder, or a shipped model's name")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="files, or folders of them, with a dev.tsv")
    parser.add_argument("--device", help="cuda, mps or cpu; by default the first of these that is there")
    parser.add_argument("--threads", type=int, help="CPU threads")
    args = parser.parse_args(arguments)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        folder = find_folder(args.model)
        translator = load(folder, args.device)
        _, dev = find_files(args.data)
        if dev is None:
            raise OptionError(name="--data", value=", ".join(map(str, args.data)), reason="no dev.tsv was found there")
        pairs = read_pairs(dev, translator.card.source_language, translator.card.target_language)
    except HeadlightError as error:
        print(error)
        return 2
    sentences = [source for source, _ in pairs]
    with tqdm(total=len(sentences), unit="sentence", disable=None) as bar:

        def progress(items):
            for item in items:
                yield item
                bar.update()

        heads = corpus_heads(translator, sentences, progress)
    write_heads(folder, heads)
    for kind, found in heads["kinds"].items():
        print(kind, *(" ".join(layer) for layer in found["roles"]), sep="\n  ")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

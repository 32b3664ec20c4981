"""A recipe: which sources, weights, generators, tokenizers and models, read from one TOML file."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import OptionError
from core.text import language_code
from core.training.corpus import Pair, informal, read_lines
from core.training.generated import generated_pairs
from core.training.lecture import lecture_pairs

RECIPE = Path(__file__).with_name("recipe.toml")
ROOT = Path(__file__).parent.parent.parent
GENERATED = {"generated": "weight", "lecture": "lecture"}
"""Sources that are made and not read, and where their weights stand in the recipe."""


@dataclass(frozen=True)
class Recipe:
    """The tables of a recipe file; what each entry means stands beside it in `recipe.toml`."""

    seed: int
    languages: tuple[str, str]
    tokenizers: Mapping[str, Any]
    generated: Mapping[str, Any]
    training: Mapping[str, Any]
    models: Mapping[str, Mapping[str, Any]]
    sets: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, Mapping[str, Any]]
    lexicon: str = ""
    consistency: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path = RECIPE) -> Recipe:
        """Raises `OptionError` for a file that is no recipe."""
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(**{**values, "languages": tuple(map(language_code, values["languages"]))})
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise OptionError(name="--recipe", value=path, reason=f"it is no recipe: {error}") from error

    def weight(self, source: str, model: str) -> float:
        """How often a model sees each pair of a source in an epoch, on average."""
        if source in GENERATED:
            return float(self.generated[GENERATED[source]])
        table = self.sources[source]
        return float(table.get("model_weights", {}).get(model, table["weight"]))


@dataclass(frozen=True)
class Corpus:
    """What a recipe makes of the raw files."""

    pairs: list[Pair]  # of the recipe's languages, each once
    source: list[str]  # which source each pair is of
    sets: dict[str, list[Pair]]  # to measure on

    def weights(self, recipe: Recipe, model: str) -> list[float]:
        """How often a model sees each pair in an epoch, on average."""
        of = {name: recipe.weight(name, model) for name in dict.fromkeys(self.source)}
        return [of[name] for name in self.source]

    def counts(self) -> dict[str, int]:
        """Pairs of each source."""
        return {name: self.source.count(name) for name in dict.fromkeys(self.source)}


def read_corpus(recipe: Recipe, data: Path) -> Corpus:
    """All pairs of a recipe's sources and its own, without the sentences that are kept apart to measure on."""
    files: dict[str, list[tuple[str, Pair]]] = {}

    def of_file(name: str, path: Path) -> list[tuple[str, Pair]]:
        if name not in files:
            files[name] = read_lines(path, *recipe.languages)
        return files[name]

    found: dict[str, list[Pair]] = {}
    for name, table in recipe.sources.items():
        lines = of_file(table["file"], data / table["file"])
        alone = sum(other["file"] == table["file"] for other in recipe.sources.values()) == 1
        found[name] = [
            pair for source, pair in lines if (alone or source == name) and translated(pair, recipe.languages)
        ]
        if not found[name]:
            raise OptionError(name="--data", value=data / table["file"], reason=f"it has no pair of the source {name}")
    found["generated"] = generated_pairs(
        recipe.generated["count"], recipe.generated["copied"], recipe.seed, read_lexicon(recipe, data)
    )
    found["lecture"] = lecture_pairs()

    sets: dict[str, list[Pair]] = {}
    for name, table in recipe.sets.items():
        if "file" in table:
            path = data / table["file"] if (data / table["file"]).exists() else ROOT / table["file"]
            sets[name] = [pair for _, pair in read_lines(path, *recipe.languages)]
        else:
            pool = [pair for source in table["from"] for pair in found[source]]
            sets[name] = random.Random(f"{recipe.seed}-{name}").sample(pool, table["count"])
    # A file's own set gives way to what is trained on: its sentences are plain ones, that a corpus may hold as well.
    apart = {
        plain(sentence)
        for name, pairs in sets.items()
        for pair in pairs
        for sentence in pair
        if not recipe.sets[name].get("yields")
    }
    pairs: dict[Pair, str] = {}
    for name, some in found.items():
        for pair in some:
            if apart.isdisjoint(map(plain, pair)):
                pairs.setdefault(pair, name)
    known = {plain(sentence) for pair in pairs for sentence in pair}
    sets = {
        name: [pair for pair in some if known.isdisjoint(map(plain, pair))] if recipe.sets[name].get("yields") else some
        for name, some in sets.items()
    }
    return Corpus(list(pairs), list(pairs.values()), sets)


def plain(sentence: str) -> str:
    """A sentence as it is compared: without case, spaces and punctuation."""
    return "".join(character for character in sentence.casefold() if character.isalnum()) or sentence


def translated(pair: Pair, languages: Sequence[str]) -> bool:
    """Whether a pair is a translation: Chinese has a Chinese character, and nothing unreadable stands in either side."""
    if any("\ufffd" in sentence for sentence in pair):
        return False
    chinese = [sentence for sentence, language in zip(pair, languages, strict=True) if language == "zh"]
    return all(any("\u4e00" <= character <= "\u9fff" for character in sentence) for sentence in chinese)


def read_lexicon(recipe: Recipe, data: Path) -> dict[str, list[Pair]]:
    """Names by kind, as `generated_pairs` takes them."""
    kinds: dict[str, list[Pair]] = {}
    if recipe.lexicon:
        for kind, pair in read_lines(data / recipe.lexicon, *recipe.languages):
            kinds.setdefault(kind, []).append(pair)
    return kinds


def oriented(pairs: Sequence[Pair], recipe: Recipe, table: Mapping[str, Any]) -> list[Pair]:
    """Pairs as (source, target) of one of the recipe's models."""
    return [pair[::-1] for pair in pairs] if model_languages(recipe, table) != recipe.languages else list(pairs)


def model_languages(recipe: Recipe, table: Mapping[str, Any]) -> tuple[str, str]:
    return table.get("source", recipe.languages[0]), table.get("target", recipe.languages[1])


def training_pairs(recipe: Recipe, corpus: Corpus, model: str, hurried: bool = True) -> tuple[list[Pair], list[float]]:
    """A model's training pairs (source, target), and how often each is seen in an epoch.

    hurried: a share of them is there once more as people type in a hurry.
    """
    table = recipe.models[model]
    pairs, weights = oriented(corpus.pairs, recipe, table), corpus.weights(recipe, model)
    if hurried:
        among = [
            i for i, source in enumerate(corpus.source) if source != "lecture"
        ]  # these have spellings of their own
        again = informal(pairs, recipe.generated["variants"], model_languages(recipe, table)[0], recipe.seed, among)
        pairs += [pair for _, pair in again]
        weights += [weights[i] for i, _ in again]
    return pairs, weights

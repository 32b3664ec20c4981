"""Recipes: TOML files that name the sources of a corpus, their weights, and the models to train on it."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import OptionError
from core.text import language_code
from core.training import antecedents, french
from core.training.corpus import Pair, informal_pairs, read_lines
from core.training.generated import generated_pairs
from core.training.lecture import lecture_pairs

RECIPE = Path(__file__).with_name("recipe.toml")
ROOT = Path(__file__).parent.parent.parent
GENERATED = {"generated": "weight", "lecture": "lecture"}
"""Sources whose pairs are generated, with the names of their weights in the recipe's table `generated`."""


@dataclass(frozen=True)
class Recipe:
    """The content of a recipe file; `recipe.toml` explains the entries.

    Attributes:
        seed: The seed of all random choices.
        languages: The languages of the first and second column of the files.
        tokenizers: Settings of the tokenizers.
        generated: Settings of the generated pairs.
        training: Training options.
        models: The config of each model.
        sets: The dev sets.
        sources: The sources of the corpus.
        lexicon: A file of names for the generated pairs, "" for none.
        moments: Which moments of a training are recorded, see `core.training.moments`; {} for none.
    """

    seed: int
    languages: tuple[str, str]
    tokenizers: Mapping[str, Any]
    generated: Mapping[str, Any]
    training: Mapping[str, Any]
    models: Mapping[str, Mapping[str, Any]]
    sets: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, Mapping[str, Any]]
    lexicon: str = ""
    moments: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path = RECIPE) -> Recipe:
        """Read a recipe file.

        Raises:
            OptionError: If the file cannot be read or is not a recipe.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls(**{**values, "languages": tuple(map(language_code, values["languages"]))})
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise OptionError(name="--recipe", value=path, reason=f"it is no recipe: {error}") from error

    def weight(self, source: str, model: str) -> float:
        """Return how often a model sees each pair of a source in an epoch, on average."""
        if source in self.generated.get("weights", {}):
            return float(self.generated["weights"][source])
        if source in GENERATED:
            return float(self.generated[GENERATED[source]])
        table = self.sources[source]
        return float(table.get("model_weights", {}).get(model, table["weight"]))


@dataclass(frozen=True)
class Corpus:
    """The training pairs and dev sets of a recipe.

    Attributes:
        pairs: The training pairs in the recipe's languages, each once.
        source: The name of each pair's source.
        sets: The pairs of each dev set.
    """

    pairs: list[Pair]
    source: list[str]
    sets: dict[str, list[Pair]]

    def weights(self, recipe: Recipe, model: str) -> list[float]:
        """Return how often a model sees each pair in an epoch, on average."""
        weight_of = {name: recipe.weight(name, model) for name in dict.fromkeys(self.source)}
        return [weight_of[name] for name in self.source]

    def counts(self) -> dict[str, int]:
        """Return the number of pairs of each source."""
        return {name: self.source.count(name) for name in dict.fromkeys(self.source)}


def read_corpus(recipe: Recipe, data: Path) -> Corpus:
    """Read a recipe's sources and dev sets, and generate its other pairs.

    No sentence is both in the training pairs and in a dev set. Such a sentence is removed from the training pairs, or
    from the dev set if the recipe says that the set `yields`.

    Args:
        recipe: The recipe.
        data: The folder of the files that the recipe names.

    Raises:
        OptionError: If a file cannot be read, or a source has no pair.
    """
    files: dict[str, list[tuple[str, Pair]]] = {}

    def read_once(name: str) -> list[tuple[str, Pair]]:
        if name not in files:
            files[name] = read_lines(data / name, *recipe.languages)
        return files[name]

    source_pairs: dict[str, list[Pair]] = {}
    for name, table in recipe.sources.items():
        lines = read_once(table["file"])
        alone = sum(other["file"] == table["file"] for other in recipe.sources.values()) == 1
        source_pairs[name] = [
            pair for source, pair in lines if (alone or source == name) and is_translation(pair, recipe.languages)
        ]
        if not source_pairs[name]:
            raise OptionError(name="--data", value=data / table["file"], reason=f"it has no pair of the source {name}")
    source_pairs |= generate(recipe, data)

    sets: dict[str, list[Pair]] = {}
    for name, table in recipe.sets.items():
        if "file" in table:
            path = data / table["file"] if (data / table["file"]).exists() else ROOT / table["file"]
            sets[name] = [pair for _, pair in read_lines(path, *recipe.languages)]
        elif "held_out" in table:
            sets[name] = [case.pair for case in antecedents.held_out_cases(table["held_out"], recipe.seed)]
        else:
            pool = [pair for source in table["from"] for pair in source_pairs[source]]
            sets[name] = random.Random(f"{recipe.seed}-{name}").sample(pool, table["count"])
    held_out = {
        normalize(sentence)
        for name, pairs in sets.items()
        for pair in pairs
        for sentence in pair
        if not recipe.sets[name].get("yields")
    }
    pairs: dict[Pair, str] = {}
    for source, candidates in source_pairs.items():
        for pair in candidates:
            if held_out.isdisjoint(map(normalize, pair)):
                pairs.setdefault(pair, source)
    trained = {normalize(sentence) for pair in pairs for sentence in pair}
    for name in sets:
        if recipe.sets[name].get("yields"):
            sets[name] = [pair for pair in sets[name] if trained.isdisjoint(map(normalize, pair))]
    return Corpus(list(pairs), list(pairs.values()), sets)


def generate(recipe: Recipe, data: Path) -> dict[str, list[Pair]]:
    """Return the generated pairs of a recipe's languages by source."""
    if recipe.languages == ("en", "fr"):
        generators = {
            "pronouns": antecedents.pronoun_pairs,
            "genders": french.gender_pairs,
            "signed": french.signed_pairs,
            "copied": french.copied_pairs,
        }
        pairs = {name: draw(recipe.generated["counts"][name], recipe.seed) for name, draw in generators.items()}
        return {**pairs, "lecture": french.chase_pairs()}
    counts = recipe.generated["count"], recipe.generated["copied"]
    return {"generated": generated_pairs(*counts, recipe.seed, read_lexicon(recipe, data)), "lecture": lecture_pairs()}


def normalize(sentence: str) -> str:
    """Return a sentence in lower case without spaces and punctuation, for comparison with others."""
    return "".join(character for character in sentence.casefold() if character.isalnum()) or sentence


def is_translation(pair: Pair, languages: Sequence[str]) -> bool:
    """Return whether no side has an undecodable character, and Chinese sides have a Chinese one."""
    if any("\ufffd" in sentence for sentence in pair):
        return False
    chinese = [sentence for sentence, language in zip(pair, languages, strict=True) if language == "zh"]
    return all(any("\u4e00" <= character <= "\u9fff" for character in sentence) for sentence in chinese)


def read_lexicon(recipe: Recipe, data: Path) -> dict[str, list[Pair]]:
    """Read the recipe's lexicon for `generated_pairs`: names by kind."""
    lexicon: dict[str, list[Pair]] = {}
    if recipe.lexicon:
        for kind, pair in read_lines(data / recipe.lexicon, *recipe.languages):
            lexicon.setdefault(kind, []).append(pair)
    return lexicon


def orient(pairs: Sequence[Pair], recipe: Recipe, table: Mapping[str, Any]) -> list[Pair]:
    """Return pairs of the recipe's languages as (source, target) of the model with this table."""
    return [pair[::-1] for pair in pairs] if model_languages(recipe, table) != recipe.languages else list(pairs)


def model_languages(recipe: Recipe, table: Mapping[str, Any]) -> tuple[str, str]:
    """Return the source and the target language of the model with this table."""
    return table.get("source", recipe.languages[0]), table.get("target", recipe.languages[1])


def training_pairs(recipe: Recipe, corpus: Corpus, model: str) -> tuple[list[Pair], list[float]]:
    """Return a model's training pairs (source, target), and how often it sees each in an epoch on average."""
    table = recipe.models[model]
    pairs, weights = orient(corpus.pairs, recipe, table), corpus.weights(recipe, model)
    among = [i for i, source in enumerate(corpus.source) if source != "lecture"]  # those already have other spellings
    source_language, _ = model_languages(recipe, table)
    variants = informal_pairs(pairs, recipe.generated["variants"], source_language, recipe.seed, among)
    pairs += [pair for _, pair in variants]
    weights += [weights[i] for i, _ in variants]
    return pairs, weights

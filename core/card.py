"""The card of a model: its languages, its config and its measurements. Cards are checked, as anybody can write one."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

from core.config import ModelConfig
from core.errors import DamagedModelError

Entries = Mapping[str, Any]
"""A part of a card: a JSON object."""


class CardError(ValueError):
    """A value on a card is not what `FIELDS` says. The message is the path of the value."""


@dataclass(frozen=True)
class ModelCard:
    """The description of a model: its languages, config, training data and measurements.

    Attributes:
        name: The folder's name.
        source_language: ISO 639 code.
        target_language: ISO 639 code.
        config: The model's sizes.
        parameters: Number of parameters.
        scores: {"perplexity": …, "greedy": {"bleu": …, "chrf": …}, "beam": …}.
        training: Options, number of pairs, steps, minutes, device and history.
        data: {"credit": …, "licence": …}.
        heads: Measurements of heads over a dev set, by `core.training.heads`.
        lengths: Quality by sentence length, by `core.training.lengths`.
        sets: Scores and an example of each dev set, by `core.training.evaluate.measure_sets`.
        sources: The training corpora, each {"name", "title", "pairs", "weight", "licence", "credit"}.
        reach: Limits beyond which translations are unreliable, by `core.training.reach`.
        variants: Effect of careless spelling, by `core.training.variants`.
        contributions: How well each method of `Translator.contributions` agrees with the loss of log-probability when a
            source word is masked, by `core.training.contributions`.
        pronouns: How well an English-French model resolves "it", by `core.training.pronouns`.
        shared: Files of the model that lie in the folder `shared` beside its own, because other models have the same:
            {"source.model": their name there}.
        problem: The reason why the folder cannot be loaded, if there is one.
        hosted: Whether it is a model of `transformers` (`core.adapters.folders`): it translates, but has none of our
            modules.
    """

    name: str
    source_language: str
    target_language: str
    config: ModelConfig
    parameters: int
    scores: Entries = field(default_factory=dict)
    training: Entries = field(default_factory=dict)
    data: Entries = field(default_factory=dict)
    heads: Entries = field(default_factory=dict)
    lengths: Entries = field(default_factory=dict)
    sets: Entries = field(default_factory=dict)
    sources: Sequence[Entries] = field(default_factory=list)
    reach: Entries = field(default_factory=dict)
    variants: Entries = field(default_factory=dict)
    contributions: Entries = field(default_factory=dict)
    pronouns: Entries = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)
    problem: DamagedModelError | None = None
    hosted: bool = False

    def to_json(self) -> str:
        """Return the content of `card.json`."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in OWN}
        return json.dumps({**values, "config": dataclasses.asdict(self.config)}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_dict(cls, values: Any, name: str) -> ModelCard:
        """Build a card from the content of a `card.json`, which anybody may have written.

        Args:
            values: The JSON value.
            name: The folder's name, which replaces the name on the card.

        Raises:
            ConfigError: If no model can be built from its config.
            CardError: If a field is missing, unknown, or not what `FIELDS` says; the message is its path.
        """
        wrong = next(misfits(values, FIELDS), None)
        if wrong is not None:
            raise CardError(wrong or ".")
        if unknown := values.keys() - {f.name for f in dataclasses.fields(cls) if f.name not in OWN}:
            raise CardError(min(unknown))
        card = cls(**{**values, "name": name, "config": ModelConfig.from_dict(values["config"])})
        for kind, measured in card.heads.get("kinds", {}).items():
            shape = card.config.attention_layers(kind), card.config.n_heads if not card.config.recurrent else 1
            for table, rows in {"roles": measured["roles"], **measured["measures"]}.items():
                if (len(rows), {len(row) for row in rows}) != (shape[0], {shape[1]} if shape[0] else set()):
                    raise CardError(f"heads.kinds.{kind}.{table}")
        return card


OWN = ("problem", "hosted")
"""The fields of a card that are in no file."""

COMPARABLE_TRAINING = ("pairs", "epochs_done", "batch_tokens")
"""The entries of `ModelCard.training` that must agree for a fair comparison of two architectures."""


def trained_alike(cards: Sequence[ModelCard]) -> bool:
    """Return whether all of these models were trained on the same amount of data for the same number of epochs."""
    return all(len({card.training.get(name) for card in cards}) <= 1 for name in COMPARABLE_TRAINING)


ABSENT = object()
"""The type in `FIELDS` of a key that must be absent."""

LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")
FILE_NAME = re.compile(r"\w[\w.-]{0,99}")
SCORES = {"bleu?": float, "chrf?": float}
TABLE = [[(float, None)]]
PRONOUNS = {"sentences": int, "right": float, "both": float, "none": float, "il": float}
FIELDS: Entries = {
    "source_language": LANGUAGE,
    "target_language": LANGUAGE,
    "config": {},
    "parameters": int,
    "scores?": {"sentences?": int, "perplexity?": float, "greedy?": SCORES, "beam?": SCORES},
    "training?": (
        {
            "pairs": int,
            "steps": int,
            "minutes": float,
            "device": str,
            "weights": str,
            "history": [{"epoch": int, "step": int, "dev_perplexity": float}],
        },
        {"history": ABSENT},
    ),
    "data?": {"credit?": str, "licence?": str},
    "heads?": (
        {"sentences": int, "kinds": {"*": {"roles": [[str]], "measures": {"entropy": TABLE, "*": TABLE}}}},
        {"kinds": ABSENT},
    ),
    "lengths?": (
        {
            "sentences": int,
            "resamples": int,
            "buckets": [
                {"from": int, "to": int, "sentences": int, "chrf": float, "chrf_error": float, "bleu": float,
                 "bleu_error": float}
            ],
        },
        {"buckets": ABSENT},
    ),
    "sets?": {
        "*": {
            "sentences?": int,
            "perplexity?": float,
            "greedy?": SCORES,
            "beam?": SCORES,
            "example?": {"source?": str, "reference?": str, "output?": str},
        }
    },
    "sources?": [{"name?": str, "title?": str, "credit?": str, "licence?": str, "pairs?": int, "weight?": float}],
    "reach?": {
        "length?": float,
        "spelled?": float,
        "probability?": float,
        "short?": float,
        "measured?": {
            "sentences?": int,
            "poor_below?": float,
            "flagged?": float,
            "poor_flagged?": float,
            "poor_others?": float,
            "bleu_flagged?": float,
            "bleu_others?": float,
        },
    },
    "shared?": {"source.model?": FILE_NAME, "target.model?": FILE_NAME, "aligner.safetensors?": FILE_NAME},
    "variants?": {"*": {"sentences?": int, "same?": float, "bleu?": float, "bleu_plain?": float}},
    "contributions?": (
        {
            "sentences": int,
            "words": int,
            "methods": {"*": {"correlation": float, "error": float, "summed": float, "summed_error": float}},
        },
        {"methods": ABSENT},
    ),
    "pronouns?": {
        "unseen pair?": PRONOUNS,
        "unseen adjective?": PRONOUNS,
        "heads?": {
            "sentences": int,
            "right": float,
            "without": {"*": [[float]]},
            "to_right": [[float]],
            "to_other": [[float]],
            "finds": [[float]],
        },
        "removed?": [{"heads": [[int]], **PRONOUNS}],
    },
}  # fmt: skip
"""The types of a card's fields: int is a whole number of at least 0, float a finite number, a pattern a text that it
matches, a list a list of such values, a dict an object, and a tuple lists alternatives. Keys of an object that end with
a question mark are optional, "*" is the type of all keys without their own, and other keys are not checked."""


def misfits(value: Any, expected: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of the values that are not as `FIELDS` says, "scores.greedy.bleu" for instance."""
    if isinstance(expected, tuple):
        if all(next(misfits(value, alternative), None) is not None for alternative in expected):
            yield from misfits(value, expected[0], path)
    elif isinstance(expected, list):
        if isinstance(value, list):
            for i, item in enumerate(value):
                yield from misfits(item, expected[0], f"{path}.{i}")
        else:
            yield path
    elif isinstance(expected, dict):
        if isinstance(value, dict):
            yield from _misfit_entries(value, expected, path)
        else:
            yield path
    elif not _fits(value, expected):
        yield path


def _misfit_entries(value: Entries, expected: Entries, path: str) -> Iterator[str]:
    named = {key.rstrip("?"): what for key, what in expected.items()}
    for key, what in named.items():
        place = f"{path}.{key}".lstrip(".")
        if key in value and key != "*":
            yield from [place] if what is ABSENT else misfits(value[key], what, place)
        elif key in expected and key != "*" and what is not ABSENT:
            yield place
    for key in value.keys() - named.keys() if "*" in named else ():
        yield from misfits(value[key], named["*"], f"{path}.{key}".lstrip("."))


def _fits(value: Any, expected: Any) -> bool:
    if isinstance(expected, re.Pattern):
        return isinstance(value, str) and expected.fullmatch(value) is not None
    if expected is None:
        return value is None
    if expected is str:
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return isinstance(value, Integral) and int(value) >= 0 if expected is int else math.isfinite(float(value))

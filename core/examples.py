"""Example sentences in each source language, and the stored Traces of the first ones.

The app shows a stored Trace before a model is loaded. `python -m core.examples` writes them again for every shipped
model.
"""

from __future__ import annotations

import functools
from pathlib import Path

from core import zoo

FOLDER = zoo.MODELS.parent / "examples"

SENTENCES = {
    "en": (
        "Tom chases Jerry.",
        "Jerry chases Tom.",
        "I would like to go to the park with my friends tomorrow.",
        "The animal didn't cross the street because it was too tired.",
        "Where did you buy the book that you gave me yesterday?",
        "My father has been teaching English for 20 years.",
    ),
    "zh": (
        "汤姆追逐杰瑞。",
        "杰瑞追逐汤姆。",
        "我想明天和朋友们一起去公园。",
        "那只动物没有过马路，因为它太累了。",
        "你昨天给我的那本书是在哪里买的？",
        "我父亲教英语已经二十年了。",
    ),
}
"""Example sentences by language. Sentences with the same index are translations of each other."""

GRAMMAR = Path(__file__).parent / "training" / "grammar.tsv"
"""A sentence and its translation a line, in the order of `SENTENCES`' languages."""

STORED = 2
"""How many sentences of a model's source language have a stored Trace: the first ones."""

FIRST, SWAPPED = (SENTENCES["en"][i] for i in range(STORED))
"""The sentence that the app opens with, and the same sentence with its two names swapped."""


def example_language(language: str) -> str:
    """Return this language if it has example sentences, else English."""
    return language if language in SENTENCES else "en"


def sentences(language: str) -> tuple[str, ...]:
    """Return the example sentences for a model with this source language."""
    return SENTENCES[example_language(language)]


@functools.cache
def everyday(language: str) -> tuple[str, ...]:
    """Return about a hundred everyday sentences for a model with this source language, to measure on.

    They are the set "grammar" of `core/training/recipe.toml`, sentences of our own.
    """
    column = list(SENTENCES).index(example_language(language))
    lines = GRAMMAR.read_text(encoding="utf-8").splitlines()
    return tuple(dict.fromkeys(line.split("\t")[column] for line in lines))


def in_language(text: str, language: str) -> str:
    """Return an example sentence in another language; return any other text, the visitor's own, unchanged."""
    for offered in SENTENCES.values():
        if text in offered:
            return sentences(language)[offered.index(text)]
    return text


def path(model: str, text: str) -> Path | None:
    """Return the file with the stored Trace of a model and an example; None for texts without stored Traces."""
    places = {text: i for offered in SENTENCES.values() for i, text in enumerate(offered[:STORED], start=1)}
    return FOLDER / f"{model}-{places[text]}.npz" if text in places else None


def store(name: str, folder: Path = FOLDER) -> None:
    """Translate the first examples with a shipped model and store their Traces."""
    from core.translator import load  # imports torch, for which a page that only reads examples need not wait

    folder.mkdir(exist_ok=True)
    model = load(name, "cpu")
    for text in sentences(model.card.source_language)[:STORED]:
        if place := path(name, text):
            model.translate(text).save(folder / place.name)


def main() -> None:
    """Store the Traces of all shipped models."""
    for card in zoo.list_models():
        store(card.name)


if __name__ == "__main__":
    main()

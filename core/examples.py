"""Sentences that are offered, by the language that a model reads, and the Traces of the first ones, which are stored so that
something real is on screen before a model is loaded.

python -m core.examples     writes them anew, for every shipped model
"""

from __future__ import annotations

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
"""What is offered, by language. Those at the same place in two languages say the same."""

STORED = 2
"""Of each model's language so many of the first are stored."""

FIRST, SWAPPED = (SENTENCES["en"][i] for i in range(STORED))
"""What the app opens with, and the same with its names changed over."""


def example_language(language: str) -> str:
    """A language that there are examples in: this one, or else English."""
    return language if language in SENTENCES else "en"


def sentences(language: str) -> tuple[str, ...]:
    """What is offered for a model that reads this language."""
    return SENTENCES[example_language(language)]


def in_language(text: str, language: str) -> str:
    """An example as another language has it. Any other text stays what it is: it is the visitor's own."""
    for offered in SENTENCES.values():
        if text in offered:
            return sentences(language)[offered.index(text)]
    return text


def path(model: str, text: str) -> Path | None:
    """Where the Trace of an example by one model is stored; None for what no model has stored."""
    places = {text: i for offered in SENTENCES.values() for i, text in enumerate(offered[:STORED], start=1)}
    return FOLDER / f"{model}-{places[text]}.npz" if text in places else None


def store(name: str, folder: Path = FOLDER) -> None:
    """Translate the first examples by a shipped model, and keep their Traces."""
    from core.translator import load  # torch, which a page that only reads examples need not wait for

    folder.mkdir(exist_ok=True)
    model = load(name, "cpu")
    for text in sentences(model.card.source_language)[:STORED]:
        if place := path(name, text):
            model.translate(text).save(folder / place.name)


def main() -> None:
    for card in zoo.list_models():
        store(card.name)


if __name__ == "__main__":
    main()

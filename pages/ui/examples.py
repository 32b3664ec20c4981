"""Sentences whose Traces are stored, so that something real is on screen before a model is loaded.

python -m pages.ui.examples     writes them anew, for every shipped model
"""

from __future__ import annotations

from pathlib import Path

import core
from core import zoo

FOLDER = zoo.MODELS.parent / "examples"
EXAMPLES = ("Tom chases Jerry.", "Jerry chases Tom.")


def path(model: str, text: str) -> Path:
    """Where the Trace of one of EXAMPLES by one model is stored."""
    return FOLDER / f"{model}-{EXAMPLES.index(text) + 1}.npz"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for card in core.list_models():
        for text in EXAMPLES:
            core.load(card.name, device="cpu").translate(text).save(path(card.name, text))


if __name__ == "__main__":
    main()

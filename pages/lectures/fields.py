"""Fields of the address: the lecture that is given and where it is, on every page; the one that is written, on its own."""

from functools import lru_cache
from pathlib import Path

from core import lecture
from pages.ui import navigation
from pages.ui.address import Field, indexed, register
from pages.ui.catalogue import LANGUAGES

FOLDER = Path(__file__).parents[2] / "assets" / "lectures"

SHIPPED = ("five-minutes", "one-hour", "second-hour", "one-or-eight")
"""Names of the lectures in assets/lectures, where each has a file for each language."""

LONGEST = 6000
"""Characters of a lecture in an address; servers refuse addresses above 8,000."""


@lru_cache(128)
def opened(text: str) -> lecture.Lecture:
    """Return a packed lecture. Raises `LectureError`."""
    return lecture.unpack(text, pages(), LANGUAGES)


@lru_cache(16)
def shipped(name: str, language: str) -> lecture.Lecture:
    """Return one of the lectures in assets/lectures."""
    return lecture.from_json((FOLDER / f"{name}.{language}.json").read_bytes(), pages(), LANGUAGES)


def pages() -> list[str]:
    """Return the names of the pages that a lecture can show: all but the one that it is made on."""
    return [name for name in navigation.PAGES if name != "lectures"]


def _shown(text: str) -> str:
    if text not in SHIPPED:
        opened(text)
    return text


def _draft(text: str) -> str:
    opened(text)
    return text


def _write(text: str) -> str | None:
    return text if len(text) <= LONGEST else None


FIELDS = register(
    "lectures",
    {
        "lecture": Field(_shown, _write, everywhere=True),  # the name of a shipped one, or a packed one
        "at": Field(indexed().parse, indexed().write, everywhere=True),
        "draft": Field(_draft, _write, lasting=True),
    },
)

"""Fields of the address: how parts of the session's state are parsed from a link and written to it.

Layers, heads and steps count from 1 in the address, as on screen, and from 0 in the session, as in code. Each page
registers its own fields in its fields.py; `APP` and `STAGE` are the fields that several pages share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from core.checks import Range
from core.config import KINDS
from core.request import SAMPLE, STRATEGIES
from pages.ui import cache
from pages.ui.catalogue import LANGUAGES
from pages.ui.stage_state import VIEWS

V = TypeVar("V")

LONGEST_TEXT = 2000
"""Characters of a text in an address. Longer texts exceed all models here, and the limits of some servers."""


@dataclass(frozen=True)
class Field(Generic[V]):
    """One part of the state, as it is parsed from an address and written to it.

    Attributes:
        parse: The value for a text; raises ValueError for an invalid one.
        write: The text for a value, None for one that an address cannot hold.
        default: The value if neither the visitor nor a link has set one.
        names_pieces: Whether the value names pieces of the sentence. It is cleared when the sentence changes.
        typed: Whether it is a sentence that a visitor types. An example is then replaced by the same one in another
            language when the model reads that language, and a text longer than `LONGEST_TEXT` is left out of the address.
        everywhere: Whether the addresses of all pages have it, as the lecture that is shown.
        lasting: Whether it stays as it is when a link without it is opened, as a lecture that somebody is writing.
        page: The page that owns it, set by `register`. Its address omits the field while it has the default.
    """

    parse: Callable[[str], V]
    write: Callable[[V], str | None] = str
    default: V | None = None
    names_pieces: bool = False
    typed: bool = False
    everywhere: bool = False
    lasting: bool = False
    page: str | None = None


PAGES: dict[str, Field] = {}
"""The registered fields of single pages by name; the session keeps each under its name."""


def register(page: str, fields: Mapping[str, Field]) -> dict[str, Field]:
    """Add a page's fields to those of the session and of links, and return them.

    Args:
        page: File name of the page.
        fields: Its fields by name.

    Raises:
        ValueError: Another page has registered one of the names.
    """
    if taken := fields.keys() & {*APP, *STAGE, *(name for name, field in PAGES.items() if field.page != page)}:
        raise ValueError(f"{page} registers names of other pages: {sorted(taken)}")
    owned = {name: replace(field, page=page) for name, field in fields.items()}
    PAGES.update(owned)
    return owned


# --- Parsers and writers of single values


def index(text: str) -> int:
    """Parse a number that counts from 1, and return it counting from 0."""
    if not (text.isascii() and text.isdigit() and int(text[:6]) >= 1 and len(text) <= 5):
        raise ValueError(text)
    return int(text) - 1


def write_index(value: int) -> str:
    """Write an index that counts from 0 as a number that counts from 1."""
    return str(value + 1)


def indices(text: str) -> tuple[int, ...]:
    """Parse several indices, as "2,3"."""
    return tuple(index(part) for part in text.split(","))


def write_indices(values: Iterable[int]) -> str:
    """Write several indices, as "2,3"."""
    return ",".join(map(write_index, values))


def number_between(low: int, high: int, step: int = 1) -> Callable[[str], int]:
    """Return a parser of whole numbers from `low` to `high`, of up to four digits, that are multiples of `step`."""

    def parse(text: str) -> int:
        value = int(text) if re.fullmatch(r"-?\d{1,4}", text, re.ASCII) else low - 1
        if not low <= value <= high or value % step:
            raise ValueError(text)
        return value

    return parse


def number_in(numbers: tuple[float, ...]) -> Callable[[str], float]:
    """Return a parser of these numbers, as "{:g}" writes them."""

    def parse(text: str) -> float:
        return numbers[[f"{number:g}" for number in numbers].index(text)]

    return parse


def head(text: str) -> tuple[str, int, int]:
    """Parse a head, as "cross.3.4", and return kind, layer and head."""
    kind, layer, number = text.split(".")
    if kind not in KINDS:
        raise ValueError(text)
    return kind, index(layer), index(number)


def write_head(value: tuple[str, int, int]) -> str:
    """Write a head, as "cross.3.4"."""
    kind, layer, number = value
    return f"{kind}.{layer + 1}.{number + 1}"


def _heads_or_average(text: str) -> str | list[int]:
    return text if text == "average" else [index(part) for part in text.split(",")]


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def _percent(text: str) -> int:
    if not 10 <= index(text) + 1 <= 100:
        raise ValueError(text)
    return index(text) + 1


def _pins(text: str) -> list[str]:
    pins = text.split(",") if text else []
    if not all(pin[:1] in ("r", "c") for pin in pins):
        raise ValueError(text)
    return [pin[0] + str(index(pin[1:])) for pin in pins]


# --- Fields that several pages have


def one_of(allowed: Callable[[], Iterable[str]], default: str | None = None) -> Field[str]:
    """Return a field with one of these names, which are looked up when a link is parsed."""

    def parse(text: str) -> str:
        if text not in allowed():
            raise ValueError(text)
        return text

    return Field(parse, default=default)


def indexed(names_pieces: bool = False) -> Field[int]:
    """Return a field with a layer, head or row: from 1 in the address, from 0 in the session, None if not chosen."""
    return Field(index, write_index, names_pieces=names_pieces)


def flag(default: bool | None = None) -> Field[bool]:
    """Return a field with a switch, "0" or "1"."""
    return Field(_flag, lambda value: str(int(value)), default)


def in_range(span: Range) -> Field[float]:
    """Return a field with a number of a range, which its control uses too."""
    written = r"\d{1,10}" if span.whole else r"\d{1,6}(\.\d{1,6})?"

    def parse(text: str) -> float:
        if not re.fullmatch(written, text, re.ASCII):
            raise ValueError(text)
        value = (int if span.whole else float)(text)
        if value not in span:
            raise ValueError(text)
        return value

    return Field(parse, str if span.whole else "{:g}".format, (int if span.whole else float)(span.default))


def head_or(*names: str, default: int | str | None = None) -> Field[int | str]:
    """Return a field with a head of a layer, or with one of these names of several heads."""

    def parse(text: str) -> int | str:
        return text if text in names else index(text)

    return Field(parse, lambda value: value if isinstance(value, str) else write_index(value), default)


def sentence_choice() -> Field[str]:
    """Return a field with the sentence that a page shows, its own example or the app's; None if not chosen."""
    return one_of(lambda: ("example", "own"))


def _write_heads(heads: Any) -> str:
    return heads if heads == "average" else write_indices(heads)


APP: dict[str, Field] = {
    "lang": one_of(lambda: LANGUAGES),
    "model": one_of(cache.usable),
    "text": Field(str, typed=True),
    "search": one_of(lambda: (*STRATEGIES, SAMPLE)),
}
"""The fields that all pages share; the session keeps each under its name."""

STAGE: dict[str, Field] = {
    "kind": one_of(lambda: KINDS),
    "layer": indexed(),
    "heads": Field(_heads_or_average, _write_heads),
    "step": indexed(),
    "pinned": Field(_pins, lambda pins: ",".join(pin[0] + write_index(int(pin[1:])) for pin in pins)),
    "merged": flag(),
    "hidden": flag(),
    "threshold": Field(_percent),
    "view": one_of(lambda: VIEWS),
    "guess": Field(_flag, lambda value: "1" if value else None),
}
"""The state of the attention view; the session keeps it under "stage"."""


def fields() -> dict[str, Field]:
    """Return all fields by name."""
    return {**APP, **PAGES, **STAGE}


def sentences() -> tuple[str, ...]:
    """Return the names of the fields that hold sentences that visitors type."""
    return tuple(name for name, field in {**APP, **PAGES}.items() if field.typed)

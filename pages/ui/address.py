"""Fields of the address: how one part of the state is parsed from a link's text and written there again.

Layers, heads and steps count from 1 in the address, as on screen, and from 0 in the session, as in code. Each page
registers the fields that it has to itself from its fields.py; those of all pages, `APP` and `STAGE`, stand here.
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
"""Characters: what is longer is too long for any model here, and for some servers' addresses."""


@dataclass(frozen=True)
class Field(Generic[V]):
    """One part of the state: its value from the address's text (ValueError if it is none), and back again.

    names_pieces: its value names pieces of the sentence, and is forgotten when the sentence changes.
    typed: it is a sentence that a visitor types: an example is translated when the model reads another language, and a
    text of more than `LONGEST_TEXT` characters is left out of the address.
    page: the page that owns it, set by `register`; its address names the field only where it differs from the default.
    """

    parse: Callable[[str], V]
    write: Callable[[V], str] = str
    default: V | None = None
    names_pieces: bool = False
    typed: bool = False
    page: str | None = None


PAGES: dict[str, Field] = {}
"""The fields of single pages, by name, as `register` has put them here; each is kept in the session under its own name."""

VIEWS_OF_PAGES: list[str] = ["stage"]
"""Keys of the views in which a visitor chooses something that the address holds."""


def register(page: str, fields: Mapping[str, Field], views: Iterable[str] = ()) -> dict[str, Field]:
    """Make a page's fields known to the session and to links. -> the fields

    views: keys of the page's views in which their values are chosen. Raises ValueError for a name that is taken.
    """
    if taken := fields.keys() & {*APP, *STAGE, *(name for name, field in PAGES.items() if field.page != page)}:
        raise ValueError(f"{page} registers names of other pages: {sorted(taken)}")
    owned = {name: replace(field, page=page) for name, field in fields.items()}
    PAGES.update(owned)
    VIEWS_OF_PAGES.extend(view for view in views if view not in VIEWS_OF_PAGES)
    return owned


# --- Parsers and writers of single values


def index(text: str) -> int:
    """A number from 1 as people count. -> from 0"""
    if not (text.isascii() and text.isdigit() and int(text[:6]) >= 1 and len(text) <= 5):
        raise ValueError(text)
    return int(text) - 1


def from_one(value: int) -> str:
    """The inverse of `index`."""
    return str(value + 1)


def indices(text: str) -> tuple[int, ...]:
    """Several, as "2,3"."""
    return tuple(index(part) for part in text.split(","))


def write_indices(values: Iterable[int]) -> str:
    return ",".join(map(from_one, values))


def number_between(low: int, high: int, step: int = 1) -> Callable[[str], int]:
    """A whole number of up to four digits, a multiple of `step`."""

    def parse(text: str) -> int:
        value = int(text) if re.fullmatch(r"-?\d{1,4}", text, re.ASCII) else low - 1
        if not low <= value <= high or value % step:
            raise ValueError(text)
        return value

    return parse


def among(numbers: tuple[float, ...]) -> Callable[[str], float]:
    """One of these numbers, as "{:g}" writes it."""

    def parse(text: str) -> float:
        return numbers[[f"{number:g}" for number in numbers].index(text)]

    return parse


def head(text: str) -> tuple[str, int, int]:
    """A head as "cross.3.4". -> kind, layer, head"""
    kind, layer, number = text.split(".")
    if kind not in KINDS:
        raise ValueError(text)
    return kind, index(layer), index(number)


def write_head(value: tuple[str, int, int]) -> str:
    kind, layer, number = value
    return f"{kind}.{layer + 1}.{number + 1}"


def _head_or_average(text: str) -> int | str:
    return text if text == "average" else index(text)


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
    """One of these names, which are asked for when a link is parsed."""

    def parse(text: str) -> str:
        if text not in allowed():
            raise ValueError(text)
        return text

    return Field(parse, default=default)


def indexed(names_pieces: bool = False) -> Field[int]:
    """A layer, a head, a row: from 1 in the address, from 0 in the session; None: not yet chosen."""
    return Field(index, from_one, names_pieces=names_pieces)


def flag(default: bool | None = None) -> Field[bool]:
    """A switch, as "0" or "1"."""
    return Field(_flag, lambda value: str(int(value)), default)


def in_range(span: Range) -> Field[float]:
    """A number of a range, which is also that of its control."""
    written = r"\d{1,10}" if span.whole else r"\d{1,6}(\.\d{1,6})?"

    def parse(text: str) -> float:
        if not re.fullmatch(written, text, re.ASCII):
            raise ValueError(text)
        value = (int if span.whole else float)(text)
        if value not in span:
            raise ValueError(text)
        return value

    return Field(parse, str if span.whole else "{:g}".format, (int if span.whole else float)(span.default))


def head_or_average(default: int | str | None = None) -> Field[int | str]:
    """A head of a layer, or "average"."""
    return Field(_head_or_average, lambda value: value if isinstance(value, str) else from_one(value), default)


def which_sentence() -> Field[str]:
    """Which sentence a page shows that brings an example along; None: not yet decided."""
    return one_of(lambda: ("example", "own"))


def _write_heads(heads: Any) -> str:
    return heads if heads == "average" else write_indices(heads)


APP: dict[str, Field] = {
    "lang": one_of(lambda: LANGUAGES),
    "model": one_of(cache.usable),
    "text": Field(str, typed=True),
    "search": one_of(lambda: (*STRATEGIES, SAMPLE)),
}
"""Fields that all pages share; each is kept in the session under its own name."""

STAGE: dict[str, Field] = {
    "kind": one_of(lambda: KINDS),
    "layer": indexed(),
    "heads": Field(_heads_or_average, _write_heads),
    "step": indexed(),
    "pinned": Field(_pins, lambda pins: ",".join(pin[0] + from_one(int(pin[1:])) for pin in pins)),
    "merged": flag(),
    "hidden": flag(),
    "threshold": Field(_percent),
    "view": one_of(lambda: VIEWS),
}
"""What is chosen in the attention view; kept in the session together, under "stage"."""


def fields() -> dict[str, Field]:
    """All fields by name."""
    return {**APP, **PAGES, **STAGE}


def sentences() -> tuple[str, ...]:
    """Names of the fields that are sentences which visitors type."""
    return tuple(name for name, field in {**APP, **PAGES}.items() if field.typed)

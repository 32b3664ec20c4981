"""Lectures: an ordered list of saved states of the app, as a JSON file and as the text of a link.

A state is a page with the query of its address, so that a lecture opens the same pictures anywhere. Files and links
come from anybody: every field is checked, and sizes are bounded before anything is decoded.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from core.checks import quoted
from core.errors import LectureError

PARTS = ("menu", "box", "controls", "explanation")
"""Parts of a page that a state can hide: navigation, the sentence's box, the controls, explanations."""

MOST_STATES = 100
LONGEST_NAME = 120
LONGEST_VALUE = 2000
"""Characters of one value of a state's query, as of a text in an address."""

MOST_VALUES = 60
LARGEST = 256_000
"""Bytes of a lecture as JSON."""

VERSION = 1

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_RESERVED = {"lang", "lecture", "at", "draft"}
"""Fields of an address that belong to the lecture as a whole."""


@dataclass(frozen=True)
class State:
    """One saved state of the app.

    Attributes:
        name: What is to be seen, in a few words.
        page: File name of the page.
        query: The page's address: texts by the names of its fields.
        hidden: Parts of the page that are hidden, of `PARTS`.
        presentation: Whether the attention view fills the window, on a page that has one.
    """

    name: str
    page: str
    query: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    presentation: bool = False


@dataclass(frozen=True)
class Lecture:
    """A lecture: at least one state, in order.

    Attributes:
        title: Its name.
        states: Its states.
        language: The language of the app in which it opens, None for the visitor's own.
    """

    title: str
    states: tuple[State, ...]
    language: str | None = None


def to_json(lecture: Lecture, indent: int | None = None) -> str:
    """Return a lecture as JSON."""
    states = [
        {
            "name": state.name,
            "page": state.page,
            "query": state.query,
            **({"hidden": state.hidden} if state.hidden else {}),
            **({"presentation": True} if state.presentation else {}),
        }
        for state in lecture.states
    ]
    language = {"language": lecture.language} if lecture.language else {}
    content = {"lecture": VERSION, "title": lecture.title, **language, "states": states}
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(content, ensure_ascii=False, indent=indent, separators=separators)


def from_json(text: str | bytes, pages: Collection[str], languages: Collection[str]) -> Lecture:
    """Return the lecture of a JSON text.

    Args:
        text: The JSON, as text or as UTF-8.
        pages: File names of the pages that there are.
        languages: Languages of the app.

    Raises:
        LectureError: If it is too large, no JSON, or has a field that is not as it should be.
    """
    if len(text) > LARGEST:
        raise LectureError(cause="large", limit=LARGEST // 1000)
    try:
        content = json.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except (ValueError, RecursionError):
        raise LectureError(cause="unreadable") from None
    reader = _Reader(pages, languages)
    return reader.lecture(content)


def pack(lecture: Lecture) -> str:
    """Return a lecture as a text of letters, digits, - and _, for a link."""
    compressed = zlib.compress(to_json(lecture).encode(), 9)
    return base64.urlsafe_b64encode(compressed).rstrip(b"=").decode()


def unpack(text: str, pages: Collection[str], languages: Collection[str]) -> Lecture:
    """Return the lecture of a link.

    Args:
        text: The text that `pack` returned.
        pages: File names of the pages that there are.
        languages: Languages of the app.

    Raises:
        LectureError: If the text is damaged, or the lecture is not as it should be.
    """
    if len(text) > 2 * LARGEST:
        raise LectureError(cause="large", limit=LARGEST // 1000)
    stream = zlib.decompressobj()
    try:
        compressed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        content = stream.decompress(compressed, LARGEST + 1)
        if len(content) <= LARGEST and (not stream.eof or stream.unused_data):
            raise LectureError(cause="unreadable")
        return from_json(content, pages, languages)
    except (binascii.Error, zlib.error, UnicodeEncodeError):
        raise LectureError(cause="unreadable") from None
    except ValueError as error:  # base64 refuses letters beyond ASCII so
        raise error if isinstance(error, LectureError) else LectureError(cause="unreadable") from None


class _Reader:
    """Checks what was read from JSON, field by field."""

    def __init__(self, pages: Collection[str], languages: Collection[str]):
        self.pages = pages
        self.languages = languages

    def lecture(self, content: Any) -> Lecture:
        self.check_fields(content, {"lecture", "title", "states"}, {"language"}, "lecture")
        if content["lecture"] != VERSION or isinstance(content["lecture"], bool):
            raise LectureError(cause="version", value=quoted(content["lecture"]))
        language = content.get("language")
        if language is not None and (not isinstance(language, str) or language not in self.languages):
            raise LectureError(cause="field", place="language")
        states = content["states"]
        if not isinstance(states, list) or not states:
            raise LectureError(cause="empty")
        if len(states) > MOST_STATES:
            raise LectureError(cause="many", limit=MOST_STATES)
        checked = tuple(self.state(state, f"states[{n}]") for n, state in enumerate(states, start=1))
        return Lecture(self.name(content["title"], "title"), checked, language)

    def state(self, content: Any, place: str) -> State:
        self.check_fields(content, {"name", "page", "query"}, {"hidden", "presentation"}, place)
        page, hidden = content["page"], content.get("hidden", [])
        if not isinstance(page, str) or page not in self.pages:
            raise LectureError(cause="page", place=place, value=quoted(page))
        if not isinstance(hidden, list) or any(part not in PARTS for part in hidden):
            raise LectureError(cause="field", place=f"{place}.hidden")
        presentation = content.get("presentation", False)
        if not isinstance(presentation, bool):
            raise LectureError(cause="field", place=f"{place}.presentation")
        return State(
            self.name(content["name"], f"{place}.name"),
            page,
            self.query(content["query"], f"{place}.query"),
            tuple(part for part in PARTS if part in hidden),
            presentation,
        )

    def query(self, content: Any, place: str) -> dict[str, str]:
        if not isinstance(content, dict) or len(content) > MOST_VALUES:
            raise LectureError(cause="field", place=place)
        for key, value in content.items():
            if not _KEY.fullmatch(key) or key in _RESERVED:
                raise LectureError(cause="field", place=f"{place}: {quoted(key)}")
            if not isinstance(value, str) or len(value) > LONGEST_VALUE or not _is_unicode(value):
                raise LectureError(cause="field", place=f"{place}.{key}")
        return content

    def name(self, value: Any, place: str) -> str:
        usable = isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_NAME
        if not usable or not _is_unicode(value) or _CONTROL.search(value):
            raise LectureError(cause="field", place=place)
        return str(value)

    def check_fields(self, content: Any, required: set[str], optional: set[str], place: str) -> None:
        if not isinstance(content, dict) or not required <= content.keys() <= required | optional:
            raise LectureError(cause="field", place=place)


def _is_unicode(text: str) -> bool:
    """Return whether a text can be written as UTF-8; JSON can hold halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

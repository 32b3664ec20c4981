"""A lecture as a file and as the text of a link: what was written is read again, and all else is refused in a sentence."""

import base64
import json
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import lecture as lectures
from core.errors import LectureError
from core.lecture import LARGEST, MOST_STATES, PARTS, Lecture, State, from_json, pack, to_json, unpack
from tests.unit.test_properties import VALUES

PAGES = ("translate", "masks")
LANGUAGES = ("en", "zh")

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=120)
STATES = st.builds(
    State,
    NAMES,
    st.sampled_from(PAGES),
    st.dictionaries(
        st.from_regex(r"x[a-z0-9_]{0,20}", fullmatch=True),
        st.text(st.characters(codec="utf-8"), max_size=60),
        max_size=6,
    ),
    st.sets(st.sampled_from(PARTS)).map(lambda hidden: tuple(part for part in PARTS if part in hidden)),
    st.booleans(),
)
LECTURES = st.builds(
    Lecture, NAMES, st.lists(STATES, min_size=1, max_size=8).map(tuple), st.sampled_from([None, *LANGUAGES])
)


def state(**changes) -> dict:
    return {"name": "Masks", "page": "masks", "query": {"model": "en-zh"}, **changes}


def content(*states: dict, **changes) -> dict:
    return {"lecture": 1, "title": "Five minutes", "states": [*states] or [state()], **changes}


def read(value) -> Lecture:
    return from_json(json.dumps(value), PAGES, LANGUAGES)


def is_read_or_refused(attempt) -> bool:
    """Whether it gives a lecture, or an error with a sentence, and no other error."""
    try:
        return isinstance(attempt(), Lecture)
    except LectureError as error:
        return str(error).startswith("This lecture cannot be opened: ")


@given(LECTURES)
def test_a_lecture_when_written_as_a_file_and_as_a_link_is_read_again_unchanged(lecture):
    assert from_json(to_json(lecture, 1).encode(), PAGES, LANGUAGES) == lecture
    text = pack(lecture)
    assert re.fullmatch(r"[\w-]+", text, re.ASCII)
    assert unpack(text, PAGES, LANGUAGES) == lecture


def test_a_lecture_when_read_from_json_has_what_the_json_says():
    read_lecture = read(content(state(hidden=["box", "menu"], presentation=True), language="zh"))
    assert read_lecture == Lecture(
        "Five minutes", (State("Masks", "masks", {"model": "en-zh"}, ("menu", "box"), True),), "zh"
    )


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ([], "field"),
        ({}, "field"),
        (content(more=1), "field"),
        (content(lecture=2), "version"),
        (content(lecture=True), "version"),
        (content(title=""), "field"),
        (content(title="  "), "field"),
        (content(title="a" * 121), "field"),
        (content(title="a\nb"), "field"),
        (content(title="a\u202eb"), "field"),
        (content(title="\ud800"), "field"),
        (content(title=7), "field"),
        (content(language="xx"), "field"),
        (content(language=["en"]), "field"),
        ({**content(), "states": []}, "empty"),
        ({**content(), "states": {"0": state()}}, "empty"),
        (content(*[state()] * (MOST_STATES + 1)), "many"),
        (content("masks"), "field"),
        (content(state(page="nowhere")), "page"),
        (content(state(page=["masks"])), "page"),
        (content(state(page="../../etc")), "page"),
        (content(state(name=None)), "field"),
        (content(state(hidden="menu")), "field"),
        (content(state(hidden=["everything"])), "field"),
        (content(state(hidden=[{}])), "field"),
        (content(state(presentation="yes")), "field"),
        (content(state(query=[])), "field"),
        (content(state(query={"text": 1})), "field"),
        (content(state(query={"text": "a" * 2001})), "field"),
        (content(state(query={"text": "\ud800"})), "field"),
        (content(state(query={"lecture": "one-hour"})), "field"),
        (content(state(query={"no key": "x"})), "field"),
        (content(state(query={f"x{i}": "" for i in range(61)})), "field"),
        (content(state(unknown=1)), "field"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_lecture_when_a_field_is_not_as_it_should_be_is_refused_with_its_cause(value, cause):
    with pytest.raises(LectureError) as caught:
        read(value)
    assert caught.value.values["cause"] == cause
    assert str(caught.value).startswith("This lecture cannot be opened: ")


@pytest.mark.parametrize("text", ["", "{", "\x00", b"\xff\xfe", "[" * 100_000, "1" * 5000, "NaN"], ids=repr)
def test_a_file_when_it_is_no_json_of_a_lecture_is_refused(text):
    with pytest.raises(LectureError):
        from_json(text, PAGES, LANGUAGES)


def test_a_file_when_it_is_too_large_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(lectures.json, "loads", lambda text: pytest.fail("read"))
    with pytest.raises(LectureError, match="256 kB"):
        from_json(" " * (LARGEST + 1), PAGES, LANGUAGES)


@given(VALUES)
def test_any_json_value_when_read_as_a_lecture_or_a_part_of_one_is_refused_in_a_sentence(value):
    for candidate in (
        value,
        content(value),
        content(state(query=value)),
        content(state(hidden=value)),
        content(title=value),
    ):
        assert is_read_or_refused(lambda given=candidate: read(given))


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


WHOLE = pack(Lecture("Title", (State("Masks", "masks"),)))


@pytest.mark.parametrize(
    "text",
    ["", "?", "汤姆", "a" * 5, WHOLE[:-4], WHOLE + WHOLE, WHOLE[::-1], "A" + WHOLE[1:], WHOLE + "\n", packed(b"x" * 40), packed(zlib.compress(b"[]") + b"more")],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_link_when_its_text_is_damaged_is_refused(text):
    with pytest.raises(LectureError):
        unpack(text, PAGES, LANGUAGES)


def test_a_link_when_it_would_unpack_to_gigabytes_is_refused_after_the_limit():
    bomb = packed(zlib.compress(b" " * 50_000_000, 9))
    assert len(bomb) < 2 * LARGEST
    with pytest.raises(LectureError, match="larger"):
        unpack(bomb, PAGES, LANGUAGES)


@given(st.text(max_size=60), st.integers(0, 200), st.characters())
def test_a_link_when_it_is_any_text_or_one_character_off_gives_a_lecture_or_a_sentence(text, at, character):
    for candidate in (text, WHOLE[:at] + character + WHOLE[at + 1 :]):
        assert is_read_or_refused(lambda given=candidate: unpack(given, PAGES, LANGUAGES))

"""Cards that anybody may have written: every value where another kind belongs is named by its path."""

import copy
import json
import math

import pytest

from core import zoo
from core.card import FIELDS, CardError, ModelCard, misfits
from core.errors import ConfigError

VALUES = json.loads((zoo.MODELS / "en-zh" / zoo.CARD).read_text(encoding="utf-8"))
OTHERS = [None, "text", [], {}, True, -1, 1e999, math.nan, 3]


def at(values, path):
    for part in path:
        values = values[part]
    return values


def places(expected, values, path=()):
    """The paths of all single values that FIELDS names, in a card that has them."""
    if isinstance(expected, tuple) and None not in expected:
        expected = expected[0]
    if isinstance(expected, dict):
        for key, what in expected.items():
            for name in values if key == "*" else [key.rstrip("?")]:
                if name in values and (key != "*" or name not in expected):
                    yield from places(what, values[name], (*path, name))
    elif isinstance(expected, list):
        if values:
            yield from places(expected[0], values[0], (*path, 0))
    else:
        yield path, expected


PLACES = {".".join(map(str, path)): (path, expected) for path, expected in places(FIELDS, VALUES)}


def changed(path, value):
    values = copy.deepcopy(VALUES)
    at(values, path[:-1])[path[-1]] = value
    return values


@pytest.mark.parametrize("card", zoo.list_models(), ids=lambda card: card.name)
def test_the_card_of_a_shipped_model_is_read_and_written_as_it_is(card):
    assert card.problem is None
    assert ModelCard.from_dict(json.loads(card.to_json()), card.name) == card


def test_every_value_on_the_card_is_covered():
    assert len(PLACES) > 100
    assert {path.split(".")[0] for path in PLACES} >= {
        "scores",
        "training",
        "heads",
        "lengths",
        "sets",
        "sources",
        "reach",
    }


@pytest.mark.parametrize("name", PLACES)
def test_a_value_of_another_kind_is_named_by_its_path(name):
    path, expected = PLACES[name]
    for other in OTHERS:
        fits = {
            float: isinstance(other, float | int) and not isinstance(other, bool) and math.isfinite(other),
            int: other == 3,
            str: isinstance(other, str),
            (float, None): other is None or other in (-1, 3),
        }.get(expected, other == "text")
        if not fits:
            with pytest.raises(CardError) as caught:
                ModelCard.from_dict(changed(path, other), "en-zh")
            assert str(caught.value) == name


@pytest.mark.parametrize("section", [key.rstrip("?") for key in FIELDS if key.endswith("?")])
def test_a_section_may_be_missing_or_empty_but_is_of_one_kind(section):
    empty = [] if section == "sources" else {}
    assert ModelCard.from_dict({k: v for k, v in VALUES.items() if k != section}, "x")
    assert getattr(ModelCard.from_dict({**VALUES, section: empty}, "x"), section) == empty
    for other in (None, "text", 3, [3] if section != "sources" else {}):
        with pytest.raises(CardError, match=section):
            ModelCard.from_dict({**VALUES, section: other}, "x")


@pytest.mark.parametrize(
    "path",
    [
        ("training", "minutes"),
        ("heads", "sentences"),
        ("heads", "kinds", "cross", "roles"),
        ("heads", "kinds", "cross", "measures", "entropy"),
        ("lengths", "resamples"),
        ("lengths", "buckets", 0, "chrf_error"),
        ("parameters",),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_what_a_section_needs_is_named_when_it_is_missing(path):
    values = copy.deepcopy(VALUES)
    del at(values, path[:-1])[path[-1]]
    with pytest.raises(CardError) as caught:
        ModelCard.from_dict(values, "x")
    assert str(caught.value) == ".".join(map(str, path))


def test_numbers_of_heads_that_the_model_does_not_have_are_refused():
    roles = VALUES["heads"]["kinds"]["cross"]["roles"]
    for wrong in (roles[:-1], [row[:-1] for row in roles], [*roles[:-1], roles[-1][:-1]], []):
        with pytest.raises(CardError, match=r"heads\.kinds\.cross\.roles"):
            ModelCard.from_dict(changed(("heads", "kinds", "cross", "roles"), wrong), "x")


def test_what_is_no_card_is_refused():
    for values in (None, [], "card", 3):
        with pytest.raises(CardError):
            ModelCard.from_dict(values, "x")
    with pytest.raises(CardError, match="colour"):
        ModelCard.from_dict({**VALUES, "colour": "blue"}, "x")
    with pytest.raises(ConfigError):
        ModelCard.from_dict({**VALUES, "config": {**VALUES["config"], "n_heads": 3}}, "x")
    for language in ("", "en zh", "![x](http://a)", 3, None, "e" * 9):
        with pytest.raises(CardError, match="source_language"):
            ModelCard.from_dict({**VALUES, "source_language": language}, "x")


def test_what_the_fields_do_not_name_is_free():
    assert list(misfits({**VALUES, "training": {**VALUES["training"], "more": None}}, FIELDS)) == []

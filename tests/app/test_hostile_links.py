"""Links with values at and beyond the ends of what is possible: a picture in each case, and a sentence where one is due."""

import pytest

from tests.app.reading import CATALOGUES, open_page

BROKEN = CATALOGUES["en"]["choices.broken_link"].partition("{")[0]
USED = [
    {"attention_temperature": "50"},
    {"search": "sample", "temperature": "0.05"},
    {"search": "sample", "top_p": "0.01"},
    {"search": "sample", "top_k": "0"},
    {"forced": "1." + "x" * 200},
]
LEFT_OUT = [
    {"attention_temperature": "1e9"},
    {"temperature": "nan"},
    {"temperature": "0"},
    {"top_p": "1.5"},
    {"top_k": "999999999"},
    {"seed": "-1"},
    {"alpha": "9"},
    {"masked": "0"},
    {"forced": "1."},
    {"forced": "1." + "x" * 201},
    {"forced": "1." + "x" * 5000},
    {"forced": "0.x"},
    {"ablate": "cross.0.1.zero"},
    {"ablate": "cross.1.1.half"},
    {"step": "0"},
    {"step": "99999"},
    {"heads": "9"},
    {"layer": "0"},
    {"threshold": "5"},
    {"kind": "self"},
]
EXPLAINED = [
    ({"masked": "999"}, "choose a position from 1 to 5"),
    ({"ablate": "cross.9.1.zero"}, "choose a layer from 1 to 3"),
    ({"ablate": "cross.1.9.zero"}, "choose a head from 1 to 8"),
    ({"forced": "131.x"}, "choose a step from 1 to 130"),
    ({"masked": "1,2,3,4,5"}, "at least one piece of the source"),
]


def shown(app, query):
    open_page(app, "translate", lang="en", text="Tom chases Jerry.", **query)
    assert not app.exception
    assert app.get("bidi_component"), "a picture is there"
    broken = any(info.value.startswith(BROKEN) for info in app.info)
    return broken, [warning.value for warning in app.warning]


@pytest.mark.parametrize("query", USED, ids=lambda query: str(query)[:40])
def test_a_value_at_the_end_of_its_range_is_used(app, query):
    broken, _ = shown(app, query)
    assert not broken


@pytest.mark.parametrize("query", LEFT_OUT, ids=lambda query: str(query)[:40])
def test_a_value_that_is_none_is_left_out_and_the_page_says_so(app, query):
    broken, warnings = shown(app, query)
    assert broken
    assert not warnings


@pytest.mark.parametrize(("query", "reason"), EXPLAINED, ids=str)
def test_a_value_that_this_model_or_sentence_does_not_have_is_explained_from_1_on(app, query, reason):
    _, warnings = shown(app, query)
    assert any(reason in warning for warning in warnings), warnings

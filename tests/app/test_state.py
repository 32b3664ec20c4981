"""The address holds all of the state, and gives it back."""

import pytest

from pages.ui import state
from tests.app.test_pages import app, open_page  # noqa: F401

TWO_VALUES = {
    "lang": ("en", "zh"),
    "model": ("en-zh", "en-zh-1head"),
    "text": ("Jerry chases Tom.", "<b>1 & 2</b> = $x$ + “é” 汉"),
    "search": ("greedy", "beam", "sample"),
    "kind": ("encoder_self", "decoder_self"),
    "layer": ("1", "2"),
    "heads": ("average", "1,4"),
    "step": ("1", "3"),
    "pinned": ("r2", "r1,c3"),
    "merged": ("0", "1"),
    "hidden": ("0", "1"),
    "threshold": ("50", "100"),
    "view": ("map", "table"),
    "ablate": ("cross.1.4.zero", "cross.3.8.uniform,decoder_self.2.1.zero,encoder_self.1.1.zero"),
    "masked": ("1", "2,3"),
    "forced": ("1.玛丽", "1.,,2.。"),
    "positions": ("0",),
    "causal": ("0",),
    "attention_temperature": ("0.5", "3"),
    "temperature": ("0.7", "2"),
    "top_k": ("1", "40"),
    "top_p": ("0.5", "0.95"),
    "seed": ("1", "99999"),
}
BROKEN = {
    "lang": ("fr", ""),
    "model": ("../en-zh", "<b>"),
    "search": ("sampling", ""),
    "kind": ("self", ""),
    "layer": ("0", "-1", "x", "1e3", "9" * 40, "²"),
    "heads": ("", "1,,2", "0", "averages"),
    "step": ("0", "one", ""),
    "pinned": ("q1", "r", "r0"),
    "merged": ("yes", "2"),
    "hidden": ("true",),
    "threshold": ("5", "101", "-50"),
    "view": ("picture",),
    "ablate": ("cross.0.1.zero", "cross.1.1", "cross.1.1.half", "self.1.1.zero", "", "cross.1.1.zero,", "cross.9999999.1.zero"),
    "masked": ("0", "a", "", "1,,2"),
    "forced": ("1.", "狗", "0.狗", "", "1"),
    "positions": ("no",),
    "causal": ("2",),
    "attention_temperature": ("0", "-1", "nan", "1e9", "inf"),
    "temperature": ("0", "x", "101"),
    "top_k": ("-1", "1.5"),
    "top_p": ("0", "1.1"),
    "seed": ("-3", "1234567"),
}


def test_every_part_is_tried():
    assert TWO_VALUES.keys() == {**state.APP, **state.OWN, **state.STAGE}.keys()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in TWO_VALUES.items() for value in values])
def test_a_link_goes_round_trip(app, name, value):  # noqa: F811
    query = {"text": "Tom chases Jerry.", name: value}
    if name == "heads" and value != "average":
        query["model"] = "en-zh"
    open_page(app, **query)
    assert not any("This link" in info.value for info in app.info)
    assert app.query_params[name] in (value, [value])


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BROKEN.items() for value in values])
def test_what_is_broken_in_a_link_is_named_and_the_rest_is_used(app, name, value):  # noqa: F811
    open_page(app, text="Jerry chases Tom.", **{name: value})
    assert any(name in info.value for info in app.info)
    assert app.text_input(key="text").value == "Jerry chases Tom."
    assert app.query_params.get(name) not in (value, [value])


def test_going_back_in_the_history_restores_what_the_address_held(app):  # noqa: F811
    open_page(app, text="Jerry chases Tom.", search="beam")
    app.text_input(key="text").set_value("I love you.").run()
    assert app.query_params["text"] in ("I love you.", ["I love you."])
    app.query_params["text"] = "Jerry chases Tom."
    app.run()
    assert app.text_input(key="text").value == "Jerry chases Tom."


def test_an_act_that_overtakes_the_newest_address_is_not_undone(app):  # noqa: F811
    """The browser sends each act with the address it knows, which may be the one before."""
    open_page(app, text="Jerry chases Tom.")
    app.text_input(key="text").set_value("I love you.").run()
    app.query_params["text"] = "Jerry chases Tom."
    app.text_input(key="text").set_value("She is a teacher.").run()
    assert app.text_input(key="text").value == "She is a teacher."
    assert app.query_params["text"] in ("She is a teacher.", ["She is a teacher."])


def test_what_this_trace_does_not_have_is_named_too(app):  # noqa: F811
    open_page(app, text="Jerry chases Tom.", layer="9", heads="12", step="99")
    assert any(all(name in info.value for name in ("layer", "heads", "step")) for info in app.info)

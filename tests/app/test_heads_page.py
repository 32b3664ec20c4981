"""The lecture's page on many heads: its numbers are the model's."""

import base64
import json

import numpy as np
import pytest

from core.analysis import multihead
from pages.ui import loaders
from tests.app.test_pages import app, open_page  # noqa: F401

ANIMAL = "The animal didn't cross the street because it was too tired."


def numbers(item: dict) -> np.ndarray:
    """A matrix as it was sent: large ones are packed."""
    if "values" in item:
        return np.array(item["values"], float)
    return np.frombuffer(base64.b64decode(item["packed"]), "<f4").reshape(-1, item["columns_in_row"])


def test_it_opens_with_all_heads_of_the_pronoun(app):  # noqa: F811
    open_page(app, "heads")
    assert app.session_state["heads_shown"] == ("en-zh", ANIMAL, "greedy")
    state = app.session_state["heads_stage"]
    trace = loaders.trace("en-zh", ANIMAL, "greedy")
    assert (state["kind"], state["heads"]) == ("encoder_self", list(range(8)))
    (pin,) = state["pinned"]
    assert trace.source_pieces[int(pin[1:])] == "▁it"


@pytest.mark.parametrize(("drawn", "count"), [("one", 1), ("two", 2)])
def test_one_and_two_heads(app, drawn, count):  # noqa: F811
    open_page(app, "heads", heads_drawn=drawn)
    assert app.session_state["heads_stage"]["heads"] == list(range(count))


@pytest.mark.parametrize("model", ["en-zh", "en-zh-1head"])
def test_the_matrices_are_the_heads_put_together(app, model):  # noqa: F811
    open_page(app, "heads", heads_part="combine", heads_layer="1", model=model, text="Jerry chases Tom.")
    heads = [loaders.inside(model, "Jerry chases Tom.", "greedy", "encoder_self", 0, head) for head in range(loaders.cards()[model].config.n_heads)]  # fmt: skip
    found = multihead.combine(heads)
    drawn = [json.loads(view.proto.json) for view in app.get("bidi_component") if view.proto.json]
    items = [item for data in drawn for item in data.get("items", []) if "sign" not in item]
    for item, matrix in zip(items, (found.concatenated, found.w_o, found.output), strict=True):
        np.testing.assert_allclose(numbers(item), matrix, atol=1e-5)
    assert any(f"{found.difference:.1e}" in caption.value for caption in app.caption)


def test_the_cost_is_the_formulas(app):  # noqa: F811
    open_page(app, "heads", heads_part="cost", text="Jerry chases Tom.")
    table = app.table[0].value
    expected = multihead.cost(192, 8, 5, 5)
    assert set(table.iloc[:, 1]) == {f"{expected.parameters:,}"}
    assert set(table.iloc[:, 2]) == {f"{expected.projections:,}"}
    assert set(table.iloc[:, 3]) == {f"{expected.attending:,}"}


def test_a_recurrent_model_gets_a_sentence(app):  # noqa: F811
    open_page(app, "heads", model="en-zh-rnn")
    assert any("recurrent" in info.value for info in app.info)

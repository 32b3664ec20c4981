"""The lecture's page on many heads: every number on it against the model and its formulas."""

import dataclasses
import zlib

import numpy as np
import pytest

import core
from core.analysis import multihead
from core.text import surface
from pages.heads import common as page
from pages.heads.fields import PARTS as HEADS_PARTS
from pages.ui import cache
from pages.ui.catalogue import small
from tests.app import reading
from tests.app.reading import BAD, open_page, packed, written

EXAMPLE = "The animal didn't cross the street because it was too tired."
PARTS = HEADS_PARTS


@pytest.fixture(scope="module")
def shipped():
    return {name: core.load(name, device="cpu") for name in ("en-zh", "en-zh-1head")}


def drawn(app) -> tuple[dict, bytes]:
    """What the page's picture is drawn from: its header and the numbers behind it."""
    (found,) = packed(app)
    return found


def said(key: str, language: str = "en", **given) -> str:
    return reading.said(f"heads.{key}", language, **given)


def open_part(app, part: str, **query: str):
    return open_page(app, "heads", heads_part=part, **query)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("model", ["en-zh", "en-zh-1head"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens_in_every_language_for_many_heads_and_for_one(app, part, language, model):
    open_part(app, part, lang=language, model=model)
    assert not app.warning
    assert not app.info
    assert bool(app.get("bidi_component")) == (part != "cost")
    assert bool(app.table) == (part == "cost")
    assert said("together.one", language) in written(app) or part != "together" or model == "en-zh"


@pytest.mark.parametrize("text", [*BAD, "$x$ <b>*Tom*</b> | `a_b` [c](d)", "word " * 60, "a", "汤姆"])
@pytest.mark.parametrize("part", PARTS)
def test_nothing_typed_breaks_a_part(app, part, text):
    open_part(app, part)
    app.text_input(key="text").set_value(text).run()
    assert not app.exception


def test_heads_page_when_shown_links_to_compare(app):
    open_part(app, "together")
    links = [link.proto.label for link in app.get("page_link")]
    assert any(said("compare") in label for label in links)


def test_a_recurrent_model_gets_a_sentence(app, monkeypatch):
    open_part(app, "together")
    cards = dict(cache.cards())
    config = dataclasses.replace(cards["en-zh"].config, architecture="rnn", n_heads=1)
    monkeypatch.setattr(cache, "cards", lambda: {**cards, "en-zh": dataclasses.replace(cards["en-zh"], config=config)})
    app.run()
    assert [info.value for info in app.info] == [said("recurrent")]
    assert not app.get("bidi_component")


# --- Together and side by side


@pytest.mark.parametrize("model", ["en-zh", "en-zh-1head"])
def test_the_picture_is_the_traces_encoder(app, shipped, model):
    open_part(app, "together", model=model)
    trace = shipped[model].translate(EXAMPLE)
    header, body = drawn(app)
    assert header["source"] == list(trace.source_pieces)
    weights = np.frombuffer(zlib.decompress(body) if header["deflate"] else body, np.uint8)
    found = weights[: trace.encoder_self.size].reshape(trace.encoder_self.shape) / 255
    np.testing.assert_allclose(found, trace.encoder_self, rtol=0, atol=0.0021)
    assert header["state"] == {"layer": 1, "heads": list(range(trace.n_heads)), "word": 9}
    assert surface(trace.source_pieces[9]) == "it"


def test_a_link_chooses_layer_heads_and_word(app):
    open_part(app, "together", heads_layer="3", heads_drawn="5,2", heads_word="2")
    header, _ = drawn(app)
    assert header["state"] == {"layer": 2, "heads": [1, 4], "word": 1}
    assert app.session_state["heads_drawn"] == [1, 4]
    assert app.query_params["heads_drawn"] in ("2,5", ["2,5"])


def test_a_new_sentence_has_a_word_of_its_own_and_keeps_layer_and_heads(app):
    open_part(app, "together", heads_layer="3", heads_drawn="2", heads_word="12")
    first, _ = drawn(app)
    app.text_input(key="text").set_value("Tom chases Jerry.").run()
    app.segmented_control(key="heads_sentence").set_value("own").run()
    second, _ = drawn(app)
    assert first["id"] != second["id"]
    assert second["state"] == {"layer": 2, "heads": [1], "word": 2}
    assert not app.info


def test_what_does_not_fit_another_model_is_nobodys_broken_link(app):
    open_part(app, "together", heads_drawn="3,5")
    app.selectbox(key="model").set_value("en-zh-1head").run()
    assert drawn(app)[0]["state"]["heads"] == [0]
    assert not app.info


@pytest.mark.parametrize(
    "asked",
    [{"layer": 9}, {"layer": True}, {"heads": []}, {"heads": "all"}, {"heads": [99]}, {"word": -1}, {"word": "it"}, {}],
)
def test_only_what_is_possible_is_shown(shipped, asked):
    trace = shipped["en-zh"].translate("Tom chases Jerry.")
    default = page.defaults(trace)
    assert page.complete_state(trace, default, asked) == default


# --- From X to MultiHead


@pytest.mark.parametrize("model", ["en-zh", "en-zh-1head"])
@pytest.mark.parametrize("layer", [0, 2])
def test_every_matrix_of_the_lanes_is_the_models(app, shipped, model, layer):
    open_part(app, "combine", model=model, heads_layer=str(layer + 1))
    translator = shipped[model]
    trace = translator.translate(EXAMPLE)
    header, body = drawn(app)
    config, length = translator.config, len(trace.source_pieces)
    assert (header["n_heads"], header["d_k"], header["d_model"]) == (config.n_heads, config.d_k, config.d_model)
    numbers = np.frombuffer(body, "<f4")
    at = 0

    def take(rows: int, columns: int) -> np.ndarray:
        nonlocal at
        at += rows * columns
        return numbers[at - rows * columns : at].reshape(rows, columns)

    insides = [translator.inside(trace, "encoder_self", layer, head) for head in range(config.n_heads)]
    np.testing.assert_allclose(take(length, config.d_model), insides[0].x_query, rtol=0, atol=1e-5)
    outputs = []
    for inside in insides:
        for array in (inside.q, inside.k, inside.v):
            np.testing.assert_allclose(take(length, config.d_k), array, rtol=0, atol=1e-4)
        weights = take(length, length)
        np.testing.assert_allclose(weights, trace.encoder_self[layer, inside.head], rtol=0, atol=1e-5)
        outputs.append(take(length, config.d_k))
        np.testing.assert_allclose(outputs[-1], weights @ inside.v, rtol=0, atol=1e-4)
    w_o, result = take(config.d_model, config.d_model), take(length, config.d_model)
    assert at == numbers.size
    np.testing.assert_allclose(np.concatenate(outputs, 1) @ w_o + insides[0].b_o, result, rtol=0, atol=1e-4)
    if config.n_heads > 1:
        assert small(multihead.combine(insides).difference) in written(app)
    shapes = "\n".join(formula.value for formula in app.markdown)
    for rows, columns in (
        (length, config.d_k),
        (length, config.d_model),
        (config.d_model, config.d_k),
        (length, length),
    ):
        assert rf"{rows} \times {columns}" in shapes


# --- What it costs


@pytest.mark.parametrize("model", ["en-zh", "en-zh-1head"])
def test_the_table_is_the_formula_and_the_file(app, shipped, model):
    open_part(app, "cost", model=model)
    config = shipped[model].config
    pieces = len(shipped[model].encode(EXAMPLE)[1])
    (table,) = app.table
    found = table.value
    assert list(found.index) == [1, 2, 4, 8, 16]
    for h, row in found.iterrows():
        cost = multihead.cost(config.d_model, h, pieces, pieces)
        numbers = [f"{n:,}" for n in (config.d_model // h, cost.parameters, cost.multiply_adds, h * pieces**2)]
        assert row.tolist() == ([f"**{n}**" for n in numbers] if h == config.n_heads else numbers)
    text = written(app)
    module = shipped[model].model.encoder[0].self_attention
    assert f"{model} (h = {config.n_heads}) {sum(p.numel() for p in module.parameters()):,} parameters" in text
    assert f"{cost.projections:,} for the projections" in text
    assert f"{cost.attending:,} for scores" in text
    assert cost.projections + cost.attending == cost.multiply_adds


def test_heads_as_wide_as_the_model_cost_more(app, shipped):
    open_part(app, "cost")
    app.toggle(key="heads_wide").set_value(True).run()
    assert not app.exception
    (table,) = app.table
    added = [int(number.replace(",", "")) for number in table.value["Multiply-adds"]]
    assert added == [h * added[0] for h in (1, 2, 4, 8, 16)]
    assert {*table.value["dₖ"]} == {str(shipped["en-zh"].config.d_model)}
    assert app.query_params["heads_wide"] in ("1", ["1"])

"""The page on the other parts of a layer: its numbers are the model's, and its sentences say what the pictures show."""

import numpy as np
import pytest

import core
from core.analysis import parameters
from core.analysis.norms import batch_norm, layer_norm
from core.analysis.units import bands
from core.examples import everyday
from core.intervention import PARTS as LAYER_PARTS
from core.intervention import STACKS, Intervention
from core.probes import block
from core.records.stream import ORIGINS
from core.text import surface
from pages.block import common
from pages.block.fields import PARTS
from pages.ui import cache
from tests.app.reading import BAD, CATALOGUES, open_page, said, type_in, values, views, written

TEXT = "Tom chases Jerry."


@pytest.fixture(scope="module")
def model():
    return core.load("en-zh", device="cpu")


@pytest.fixture(scope="module")
def trace(model):
    return model.translate(TEXT)


def items(app, view=0):
    """The matrices of one of the page's views."""
    found = [view for view in views(app) if "items" in view]
    return [item for item in found[view]["items"] if "name" in item]


@pytest.mark.parametrize("stack", STACKS)
def test_the_river_says_length_shares_and_the_strongest_normalization(app, model, trace, stack):
    open_page(app, "block", lang="en", text=TEXT, block_stack=stack, block_piece="3")
    stream = model.residual_stream(trace, stack)
    lengths, sums, shares = stream.lengths[:, 2], stream.sums[:, 2], stream.shares[-1, :, 2]
    largest = CATALOGUES["en"][f"block.origin.{ORIGINS[int(shares.argmax())]}"]
    at = 1 + int(np.abs(np.log(lengths[1:] / sums[1:])).argmax())
    text = written(app)
    assert f"begins with length {lengths[0]:.1f} and ends with length {lengths[-1]:.1f}" in text
    assert f"**{largest}**, {shares.max():.0%} of the length" in text
    assert f"The word vector itself keeps {shares[0]:.0%}" in text
    assert f"from {sums[at]:.1f} to {lengths[at]:.1f}" in text
    (chart,) = (view for view in views(app) if "series" in view)
    *areas, total = chart["series"]
    assert total["y"][2::2] == pytest.approx(lengths[1:], abs=1e-3)
    above = np.sum([np.subtract(area["y"], area["below"]) for area in areas], axis=0)
    assert above == pytest.approx(np.array(total["y"]), abs=1e-2)
    word = np.subtract(areas[0]["y"], areas[0]["below"])
    assert word[2::2] == pytest.approx(stream.shares[1:, 0, 2] * lengths[1:], abs=1e-2)


def test_removing_a_part_shows_what_it_costs_and_the_way_to_translate(app, model, trace):
    open_page(app, "block", lang="en", text=TEXT, block_part="remove", block_stack="decoder", block_layer="2")
    lost = block.parts_removed(model, TEXT, trace.output_pieces)
    (maps,) = (view for view in views(app) if "maps" in view)
    assert [table["name"] for table in maps["maps"]] == ["encoder", "decoder"]
    assert maps["columns"] == [CATALOGUES["en"][f"block.part.{part}"] for part in LAYER_PARTS]
    shown = np.array([[[cell["value"] for cell in row] for row in table["cells"]] for table in maps["maps"]])
    np.testing.assert_allclose(shown, lost, atol=1e-3)
    assert maps["chosen"] == ["decoder.1.0"]
    change = Intervention(without={("decoder", 1, "residual")})
    forced = model.translate(TEXT, target=trace.output_pieces, intervention=change)
    (item,) = items(app)
    np.testing.assert_allclose(values(item)[0], np.exp(trace.log_probabilities), atol=1e-4)
    np.testing.assert_allclose(values(item)[1], np.exp(forced.log_probabilities), atol=1e-4)
    free = model.translate(TEXT, intervention=change)
    assert f"**{trace.text}**" in written(app)
    assert f"**{free.text}**" in written(app)
    (link,) = (link.proto for link in app.get("page_link") if "without" in link.proto.query_string)
    assert "without=decoder.2.residual" in link.query_string


def test_the_way_to_translate_opens_the_same_change_with_a_button_that_undoes_it(app, model):
    open_page(app, "translate", lang="en", text=TEXT, without="decoder.2.residual,encoder.1.norm")
    shown = app.session_state["shown"]
    assert shown.intervention == Intervention(without={("decoder", 1, "residual"), ("encoder", 0, "norm")})
    chips = [button for button in app.button if button.key and button.key.startswith("chip-")]
    assert [chip.label for chip in chips] == [
        "removed: decoder, layer 2, residual ✕",
        "removed: encoder, layer 1, LayerNorm ✕",
    ]
    chips[0].click().run()
    assert app.session_state["shown"].intervention == Intervention(without={("encoder", 0, "norm")})


@pytest.mark.parametrize(
    ("model_name", "reason"), [("en-zh", "choose a layer from 1 to 3"), ("en-zh-rnn", "recurrent")]
)
def test_translate_when_this_model_has_no_such_part_says_so(app, model_name, reason):
    open_page(app, "translate", lang="en", model=model_name, text=TEXT, without="encoder.9.residual")
    assert any(reason in warning.value for warning in app.warning)


@pytest.mark.parametrize("kind", ["layer", "batch"])
@pytest.mark.parametrize("padding", [0, 4])
def test_normalized_numbers_are_those_of_the_models_vectors(app, model, kind, padding):
    open_page(app, "block", lang="en", text=TEXT, block_part="norms", block_norm=kind, block_padding=str(padding),
              block_layer="3")  # fmt: skip
    texts = (TEXT, app.text_input(key="block_second").value, app.text_input(key="block_third").value)
    assert texts == (TEXT, "I love you", "She is a good teacher.")
    found = block.sums_before_norm(model, texts, 2, padding)
    expected = {"layer": layer_norm, "batch": batch_norm}[kind](found.sums, model.config.norm_epsilon)
    tables = items(app)
    assert len(tables) == 6
    for i, (before, after) in enumerate(zip(tables[:3], tables[3:], strict=True)):
        np.testing.assert_allclose(values(before), found.sums[i, :, :4].T, atol=1e-4)
        np.testing.assert_allclose(values(after), expected[i, :, :4].T, atol=1e-3)
        assert before["columns"].count("pad") == found.sums.shape[1] - len(found.pieces[i])
        # What shares a mean lights up: a column of one sentence, or a row of all sentences.
        assert (before["column_group"], before["row_group"]) == (
            (f"sentence {i}", "") if kind == "layer" else ("", "features")
        )
    text = written(app)
    assert (
        said("block.norms.unpadded") in text if not padding else f"Padding that is longer by {padding} changes" in text
    )


def test_a_batch_of_one_position_breaks_batch_norm_alone(app):
    open_page(app, "block", lang="en", text=TEXT, block_part="norms", block_norm="batch", block_batch="vector")
    before, after = items(app)
    assert before["columns"] == ["Tom"]
    assert not values(after).any()
    assert "BatchNorm writes 0, whatever the word" in written(app)
    open_page(app, "block", lang="en", text=TEXT, block_part="norms", block_norm="layer", block_batch="vector")
    assert values(items(app)[1]).any()


@pytest.mark.parametrize(("text", "error"), list(BAD.items())[:4])
def test_a_bad_second_sentence_gets_a_sentence(app, text, error):
    open_page(app, "block", lang="en", block_part="norms")
    app.text_input(key="block_second").set_value(text or " ").run()
    assert not app.exception
    assert app.warning or app.text_input(key="block_second").value == "I love you"


def test_companions_follow_the_language_of_the_model_unless_they_were_typed(app):
    open_page(app, "block", lang="en", model="zh-en", block_part="norms")
    assert app.text_input(key="block_second").value == "我爱你"
    app.text_input(key="block_second").set_value("她是老师。").run()
    assert app.query_params["block_second"] in ("她是老师。", ["她是老师。"])


def test_the_network_shuffles_along_and_a_unit_has_its_bands(app, model, trace):
    open_page(app, "block", lang="en", text=TEXT, block_part="positionwise", block_layer="1", block_unit="17")
    straight, moved, apart = items(app)
    order = [straight["rows"].index(name) for name in moved["rows"]]
    assert sorted(order) == list(range(5))
    np.testing.assert_allclose(values(moved), values(straight)[order], atol=1e-4)
    assert np.abs(values(apart)).max() < 1e-4
    assert "the outputs shuffle along" in written(app)
    (unit,) = items(app, 1)
    found = block.position_wise(model, trace, 0, range(5))
    np.testing.assert_allclose(values(unit)[0], found.hidden[:, 16], atol=1e-4)
    texts = [text.source for text in core.read_corpus_heads("en-zh").texts[::3]][:200]
    assert len(set(texts)) == 200
    corpus = block.activations(model, texts, 0)
    expected = bands([surface(piece) for piece in corpus.pieces], corpus.values[:, 16])
    (table,) = app.table
    assert table.value.iloc[:, 0].tolist() == [str(band.occurrences) for band in expected]
    active = f"{(corpus.values[:, 16] > 0).mean():.0%} of {len(corpus.pieces)} positions"
    assert f"Unit 17 of layer 1 is above 0 at {active}" in written(app)
    assert "Measured on 200 sentences of the dev set" in written(app)
    before = moved["rows"]
    app.button(key="block-shuffle").click().run()
    assert items(app)[1]["rows"] != before
    app.number_input(key="block_unit_number").set_value(20).run()
    assert app.session_state["block_unit"] == 19


def test_positions_are_read_better_with_residual_connections(app):
    open_page(app, "block", lang="en", block_part="position")
    text = written(app)
    assert "200 sentences of the dev set" in text
    kept, removed, chance = (line["y"] for view in views(app) if "series" in view for line in view["series"])
    assert len(kept) == len(removed) == 7
    assert kept[-1] < chance[0] / 2 < removed[-1]
    assert f"Always guessing the mean gives {chance[0]:.2f}" in text


@pytest.mark.parametrize("name", ["en-zh", "zh-en", "en-fr"])
def test_parameters_add_up_to_the_cards(app, name):
    open_page(app, "block", lang="en", model=name, block_part="parameters")
    (table,) = items(app)
    card = cache.cards()[name]
    assert table["texts"][-1][2] == f"{card.parameters:,} (100.0%)"
    found = parameters.count(name)
    assert table["texts"][0][:2] == [f"{found['embedding', place]:,}" for place in parameters.PLACES]
    assert f"{card.parameters:,} parameters" in written(app)


@pytest.mark.parametrize("part", PARTS)
def test_a_recurrent_model_gets_a_sentence(app, part):
    open_page(app, "block", lang="en", model="en-zh-rnn", block_part=part)
    assert said("block.recurrent") in [info.value for info in app.info]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_part_is_shown_for_a_new_sentence_of_one_word_and_of_many(app, part, language):
    open_page(app, "block", lang=language, block_part=part)
    for text in ("Go.", "The animal didn't cross the street because it was too tired, so we had to wait for it."):
        type_in(app, text)
        assert not app.warning
        assert app.get("bidi_component") or app.get("plotly_chart")


@pytest.mark.parametrize(
    "query",
    [
        {"block_part": "heads"},
        {"block_piece": "999"},
        {"block_piece": "-1"},
        {"block_part": "remove", "block_layer": "99"},
        {"block_part": "remove", "block_removed": "attention"},
        {"block_part": "norms", "block_padding": "9"},
        {"block_part": "norms", "block_batch": "1000"},
        {"block_part": "positionwise", "block_order": "0"},
        {"block_part": "positionwise", "block_unit": "99999"},
    ],
    ids=str,
)
def test_a_hostile_link_is_named_and_the_page_is_shown(app, query):
    open_page(app, "block", lang="en", text=TEXT, **query)
    assert any("This link" in info.value for info in app.info)
    assert app.get("bidi_component") or app.get("plotly_chart")


def test_a_model_whose_heads_were_not_measured_is_measured_on_sentences_of_our_own(app, monkeypatch):
    monkeypatch.setattr(core, "read_corpus_heads", lambda name: None)
    common.corpus.clear()
    assert common.corpus("en-zh") == (everyday("en"), "block.corpus.own")
    common.corpus.clear()

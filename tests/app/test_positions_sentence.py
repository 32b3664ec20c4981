"""The lecture's page on positions: the parts about a sentence, against the formulas and the models."""

import dataclasses
import math
import re

import numpy as np
import pytest

import core
from core.analysis import positions as formulas
from core.config import UNK
from core.text import surface
from pages.positions import common as page
from pages.positions.word_plus_position import one_hot
from pages.ui import cache
from pages.ui.catalogue import plain
from tests.app.positions import array, charts, drawn, number, open_part, said
from tests.app.reading import type_in, unlinked, values, written

SENTENCE = "Tom chases Jerry."


@pytest.fixture(scope="module", params=["en-zh", "en-zh-1head"])
def shipped(request):
    return core.load(request.param, device="cpu")


# --- Shuffle


def test_without_positions_another_order_is_the_same_set_of_vectors(app, shipped):
    open_part(app, "shuffle", model=shipped.card.name)
    found = drawn(app)
    assert found["Z"]["rows"] == ["Tom", "chases", "Jerry", ".", "</s>"]
    assert found["Z′"]["rows"] == ["Jerry", "chases", "Tom", ".", "</s>"]
    z, moved, apart = (values(found[name]) for name in ("Z", "Z′", "Z′ − Z"))
    np.testing.assert_allclose(moved, z[[2, 1, 0, 3, 4]], atol=1e-5)
    np.testing.assert_allclose(apart, 0, atol=1e-5)
    trace = shipped.translate(SENTENCE)
    own = shipped.reordered(trace, range(5), positions=False)
    np.testing.assert_allclose(z, own.output[:, : page.FEW_COLUMNS], atol=1e-5)
    assert found["Z"]["caption"] == f"Tom chases Jerry . → {own.text}"
    assert found["Z′"]["caption"] == f"Jerry chases Tom . → {own.text}"
    text = unlinked(written(app))
    size = 5 * shipped.config.d_model
    assert number(re.search(rf"Over all {size} numbers the largest difference is (.*?),", text).group(1)) < 1e-5
    other = shipped.reordered(trace, (2, 1, 0, 3, 4))
    most = np.abs(other.output - shipped.reordered(trace, range(5)).output[[2, 1, 0, 3, 4]]).max()
    assert f"differ by up to {most:.2f}" in text
    for heading, typed, turned in (("With positions", trace.text, other.text), ("No positions", own.text, own.text)):
        lines = (
            f"- Tom chases Jerry {plain('.')} → **{plain(typed)}**",
            f"- Jerry chases Tom {plain('.')} → **{plain(turned)}**",
        )
        assert "\n".join((heading, "", *lines)) in text


def test_of_a_long_sentence_all_numbers_are_drawn_as_colours(app, shipped):
    text = "The animal didn't cross the street because it was too tired."
    open_part(app, "shuffle", model=shipped.card.name, text=text)
    found = drawn(app)
    trace = shipped.translate(text)
    own = shipped.reordered(trace, range(len(trace.source_pieces)), positions=False)
    assert len(own.pieces) > page.FEW_ROWS
    np.testing.assert_allclose(values(found["Z"]), own.output, atol=1e-5)
    np.testing.assert_allclose(values(found["Z′ − Z"]), 0, atol=1e-5)
    assert all(found[name]["picture"] for name in ("Z", "Z′", "Z′ − Z"))


def test_with_positions_it_is_not(app):
    open_part(app, "shuffle")
    app.toggle(key="pos_with").set_value(True).run()
    found = drawn(app)
    z, moved, apart = (values(found[name]) for name in ("Z", "Z′", "Z′ − Z"))
    np.testing.assert_allclose(apart, moved - z[[2, 1, 0, 3, 4]], atol=1e-5)
    assert np.abs(apart).max() > 0.1
    assert found["Z"]["caption"] != found["Z′"]["caption"].replace("Jerry chases Tom", "Tom chases Jerry")
    assert app.query_params["pos_with"] in ("1", ["1"])


def test_orders_are_chosen_and_kept_in_the_address(app):
    open_part(app, "shuffle")
    app.button(key="pos-typed").click().run()
    assert app.query_params["pos_order"] in ("1,2,3,4", ["1,2,3,4"])
    assert drawn(app)["Z′"]["rows"] == drawn(app)["Z"]["rows"]
    seen = set()
    for _ in range(4):
        before = drawn(app)["Z′"]["rows"]
        app.button(key="pos-shuffle").click().run()
        rows = drawn(app)["Z′"]["rows"]
        assert rows not in (before, drawn(app)["Z"]["rows"])
        assert sorted(rows[:-1]) == sorted(["Tom", "chases", "Jerry", "."])
        assert rows[-1] == "</s>"
        assert f"{np.abs(values(drawn(app)['Z′ − Z'])).max():.5f}" == "0.00000"
        seen.add(tuple(rows))
    assert len(seen) > 1
    app.button(key="pos-reverse").click().run()
    assert drawn(app)["Z′"]["rows"][:3] == ["Jerry", "chases", "Tom"]
    assert "pos_order" not in app.query_params


def test_another_sentence_forgets_the_order(app):
    open_part(app, "shuffle", pos_order="4,3,2,1")
    assert drawn(app)["Z′"]["rows"][:4] == [".", "Jerry", "chases", "Tom"]
    type_in(app, "I love you very much.")
    assert not app.info
    assert drawn(app)["Z′"]["rows"][:5] == ["much", "very", "you", "love", "I"]


def test_one_word_has_no_other_order(app):
    type_in(open_part(app, "shuffle"), "Hello")
    assert [info.value for info in app.info] == [said("one_word")]


def test_words_of_several_pieces_move_as_a_whole(app, shipped):
    text = "The antidisestablishmentarianist sleeps soundly."
    type_in(open_part(app, "shuffle", model=shipped.card.name), text)
    trace = shipped.translate(text)
    assert any(end - start > 1 for start, end in trace.source_words)
    moved = "".join(drawn(app)["Z′"]["rows"])
    assert moved == "soundlysleepsantidisestablishmentarianistThe.</s>"
    np.testing.assert_allclose(values(drawn(app)["Z′ − Z"]), 0, atol=1e-5)


# --- Four terms


def test_the_four_maps_sum_to_the_scores_of_the_head(app, shipped):
    last = shipped.config.n_heads
    open_part(app, "terms", model=shipped.card.name, pos_head=str(last))
    trace = shipped.translate(SENTENCE)
    inside = shipped.inside(trace, "encoder_self", 0, last - 1)
    found = drawn(app)
    np.testing.assert_allclose(values(found[said("scores")]), inside.scaled, atol=1e-5)
    maps = [values(found[name]) for name in ("e·e", "e·p", "p·e", "p·p")]
    np.testing.assert_allclose(sum(maps), inside.scaled, atol=1e-4)
    for mine, own in zip(maps, formulas.four_terms(inside, *shipped.embedded(trace)), strict=True):
        np.testing.assert_allclose(mine, own, atol=1e-5)
    assert len({found[name]["limit"] for name in ("e·e", "e·p", "p·e", "p·p", said("scores"))}) == 1  # one scale
    assert (
        number(
            re.search(r"sum equals the 25 scores that the model computed, up to (.*?)\.$", written(app), re.M).group(1)
        )
        < 1e-4
    )


def test_without_positions_three_of_the_four_are_nothing(app):
    open_part(app, "terms")
    app.toggle(key="pos_without").set_value(True).run()
    found = drawn(app)
    assert all((values(found[name]) == 0).all() for name in ("e·p", "p·e", "p·p"))
    np.testing.assert_allclose(values(found["e·e"]), values(found[said("scores")]), atol=1e-4)
    assert np.abs(values(found["e·e"])).max() > 0.1


def test_the_spreads_of_every_head(app, shipped):
    open_part(app, "terms", model=shipped.card.name)
    table = values(drawn(app)[said("spreads")])
    trace = shipped.translate(SENTENCE)
    parts = shipped.embedded(trace)
    assert table.shape == (shipped.config.n_heads, 4)
    for head, row in enumerate(table):
        for spread, term in zip(
            row, formulas.four_terms(shipped.inside(trace, "encoder_self", 0, head), *parts), strict=True
        ):
            assert spread == pytest.approx(np.mean([np.std(line) for line in term]), abs=1e-5)


def test_a_model_of_fewer_heads_is_no_broken_link(app):
    open_part(app, "terms")
    app.segmented_control(key="pos_head").set_value(6).run()
    app.session_state["model"] = "en-zh-1head"  # its menu is app.py's
    app.run()
    assert not app.exception
    assert not app.info


# --- Word + position


@pytest.mark.parametrize("piece", ["1", "5"])
def test_the_matrix_times_two_ones_is_what_the_encoder_reads(app, shipped, piece):
    open_part(app, "sum", model=shipped.card.name, pos_piece=piece)
    found, at = drawn(app), int(piece) - 1
    left, hot, right = (values(found[name]) for name in ("[Wᵢ Wₚ]", "[x; p]", "Wᵢx + Wₚp"))
    np.testing.assert_allclose(left @ hot, right, atol=1e-5)
    assert hot.sum() == 2
    read = shipped.inside(shipped.translate(SENTENCE), "encoder_self", 0, 0).x_query[at]
    np.testing.assert_allclose(right[:, 0], read[: page.FEW_COLUMNS], atol=1e-5)
    assert number(re.search(r"real input differ by at most (.*?)\. They", written(app)).group(1)) < 1e-5
    assert f"“{plain(['Tom', 'chases', 'Jerry', '.', '</s>'][at])}” plus position {at}" in written(app)


def test_an_unknown_piece_is_the_vector_of_unk(shipped, monkeypatch):
    text = "Tom likes dogs."
    trace = dataclasses.replace(shipped.translate(text), unknown=(2,))  # as in a model without byte fallback
    monkeypatch.setattr(cache, "trace", lambda request: trace)
    one_hot.clear()
    found = one_hot(core.Request(text, shipped.card.name), trace.unknown[0])
    word = shipped.embedding("source")[UNK] * math.sqrt(shipped.config.d_model)
    np.testing.assert_allclose(
        found.left, word + formulas.encoding(20, shipped.config.d_model)[trace.unknown[0]], atol=1e-5
    )
    np.testing.assert_allclose(found.left, found.right, atol=1e-5)
    np.testing.assert_allclose(found.left, found.read, atol=1e-5)
    one_hot.clear()


def test_cosines_and_lengths_of_the_model(app, shipped):
    open_part(app, "sum", model=shipped.card.name)
    words = shipped.embedding("source")[4:].astype(np.float64)
    table = formulas.encoding(shipped.config.max_length, shipped.config.d_model)
    unit = words / np.linalg.norm(words, axis=1, keepdims=True)
    cosines = unit @ (table / np.linalg.norm(table, axis=1, keepdims=True)).T
    word, place = np.unravel_index(np.abs(cosines).argmax(), cosines.shape)
    text = written(app).replace("−", "-")
    assert f"mean {cosines.mean():+.3f}, standard deviation {cosines.std():.3f}" in text
    assert f"{(np.abs(cosines) < 0.2).mean():.0%} of the pairs lie within ±0.2" in text
    assert f"{cosines.size:,} pairs" in text
    assert f"1/√{shipped.config.d_model} = {shipped.config.d_model**-0.5:.3f}" in text
    piece = surface(shipped.source_tokenizer.pieces[word + 4])
    assert f"“{plain(piece)}” and position {place}: {cosines[word, place]:+.2f}" in text
    histogram, lengths = charts(app)
    counts = np.histogram(cosines, np.linspace(-1, 1, 101))[0] / cosines.size
    np.testing.assert_allclose(array(histogram[0]["y"])[:-1], counts, atol=2e-4)
    random = array(histogram[1]["y"])
    middles = np.linspace(-0.99, 0.99, 100)
    assert random[:-1].sum() == pytest.approx(1, abs=1e-4)
    assert math.sqrt((random[:-1] * middles**2).sum()) == pytest.approx(shipped.config.d_model**-0.5, abs=0.003)
    norm = np.median(np.linalg.norm(words, axis=1))
    root, position = math.sqrt(shipped.config.d_model), math.sqrt(shipped.config.d_model / 2)
    assert f"length of {norm:.2f} (median)" in text
    assert f"= {position:.2f}, {position / norm:.1f} times as much" in text
    assert f"have a length of {norm * root:.2f}**, {norm * root / position:.1f} times" in text
    assert all(array(curve["y"]).sum() == pytest.approx(1, abs=1e-3) for curve in lengths)

"""The lecture's page on positions: every number on it against its formula and the model."""

import base64
import dataclasses
import json
import math
import re

import numpy as np
import pytest

import core
from core.analysis import positions as formulas
from core.config import UNK
from core.text import surface
from pages.positions import common as page
from pages.positions.fields import PARTS as POSITIONS_PARTS
from pages.positions.word_plus_position import one_hot
from pages.ui import cache
from pages.ui.catalogue import plain
from pages.ui.matrices import FEW, matrix
from tests.app import reading
from tests.app.reading import BAD, open_page, type_in, values, views, written

SENTENCE = "Tom chases Jerry."
PARTS = POSITIONS_PARTS


@pytest.fixture(scope="module", params=["en-zh", "en-zh-1head"])
def shipped(request):
    return core.load(request.param, device="cpu")


def drawn(app) -> dict[str, dict]:
    """All matrices on the page by name."""
    return {item["name"]: item for view in views(app) for item in view.get("items", []) if "sign" not in item}


def charts(app) -> list[dict]:
    return [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")]


def lines(app) -> list[dict]:
    """The lines of the chart that is a view."""
    (found,) = [view["series"] for view in views(app) if "series" in view]
    return found


def array(found) -> np.ndarray:
    """Numbers of a figure, as a list or as Plotly's bytes."""
    if isinstance(found, dict):
        return np.frombuffer(base64.b64decode(found["bdata"]), found["dtype"]).astype(float)
    return np.array(found, dtype=float)


def said(key: str, language: str = "en", **given) -> str:
    return reading.said(f"positions.{key}", language, **given)


def open_part(app, part: str, **query: str):
    return open_page(app, "positions", pos_part=part, **query)


def number(text: str) -> float:
    """6.6 × 10⁻⁷ -> 6.6e-7"""
    mantissa, _, power = text.partition(" × 10")
    return float(mantissa) * 10 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)


# --- All parts


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_asks_its_question_in_every_language(app, part, language):
    open_part(app, part, lang=language)
    assert said(part, language) in [heading.value for heading in app.subheader]
    assert not app.warning
    assert not app.info
    assert drawn(app)
    assert app.query_params.get("pos_part") in ((None,) if part == "waves" else (part, [part]))


@pytest.mark.parametrize("text", [*BAD, "$x$ <b>*Tom*</b> | `a_b` [c](d)", "word " * 60, "汤姆"])
@pytest.mark.parametrize("part", ["waves", "shuffle", "terms", "sum"])
def test_nothing_typed_breaks_a_part(app, part, text):
    open_part(app, part)
    app.text_input(key="text").set_value(text).run()
    assert not app.exception
    assert drawn(app)


def test_a_recurrent_model_gets_a_sentence(app, monkeypatch):
    open_part(app, "shuffle")
    cards = dict(cache.cards())
    config = dataclasses.replace(cards["en-zh"].config, architecture="rnn", n_heads=1)
    monkeypatch.setattr(cache, "cards", lambda: {**cards, "en-zh": dataclasses.replace(cards["en-zh"], config=config)})
    for part in ("shuffle", "terms", "sum"):
        app.segmented_control(key="pos_part").set_value(part).run()
        assert [info.value for info in app.info] == [said("recurrent")]
        assert not app.exception
    app.segmented_control(key="pos_part").set_value("turn").run()
    assert not app.info
    assert drawn(app)


# --- Waves


def test_the_heatmap_and_the_curves_are_the_encoding(app):
    open_part(app, "waves")
    table = formulas.encoding(60, 256)
    np.testing.assert_allclose(values(drawn(app)["PE"]), table, atol=1e-6)
    curves = lines(app)
    assert [curve["name"] for curve in curves] == ["0", "1", "24", "25", "48", "49"]
    for curve in curves:
        x, y = array(curve["x"]), array(curve["y"])
        whole = np.isclose(x, x.round())
        assert whole.sum() == 60
        np.testing.assert_allclose(y[whole], table[:, int(curve["name"])], atol=1e-4)
        dimension = int(curve["name"])
        angles = x / 10000 ** ((dimension - dimension % 2) / 256)
        np.testing.assert_allclose(y, np.cos(angles) if dimension % 2 else np.sin(angles), atol=1e-4)


def test_the_four_dimensional_example_is_written_out(app):
    open_part(app, "waves")
    app.button(key="pos-four").click().run()
    item = drawn(app)["PE"]
    by_hand = [[f(p / s) for s in (1, 100) for f in (math.sin, math.cos)] for p in range(10)]
    np.testing.assert_allclose(item["values"], by_hand, atol=1e-6)
    assert item["rows"][:6] == ["Tom (0)", "chases (1)", "Jerry (2)", ". (3)", "</s> (4)", "5"]
    assert item["columns"] == ["0 sin", "1 cos", "2 sin", "3 cos"]
    assert [curve["name"] for curve in lines(app)] == ["0", "1", "2", "3"]
    assert app.select_slider(key="pos_d_model").value == 4
    assert app.slider(key="pos_length").value == 10
    assert app.query_params["pos_dims"] in ("0,1,2,3", ["0,1,2,3"])


@pytest.mark.parametrize(
    ("d_model", "length", "base"), [("192", "60", "10000"), ("8", "20", "1"), ("512", "200", "100000")]
)
def test_the_wavelengths_in_the_text(app, d_model, length, base):
    open_part(app, "waves", pos_d_model=d_model, pos_length=length, pos_base=base)
    found = [2 * math.pi * float(base) ** (2 * i / int(d_model)) for i in range(int(d_model) // 2)]
    expected = said("waves.text", round=sum(w <= int(length) for w in found), pairs=len(found), length=length,
                    shortest="6.28", longest=f"{found[-1]:,.0f}" if found[-1] >= 100 else "6.28")  # fmt: skip
    assert expected in written(app)
    assert values(drawn(app)["PE"]).shape == (int(length), int(d_model))


def test_dimensions_that_are_gone_are_let_go(app):
    open_part(app, "waves", pos_dims="3,30,100")
    app.select_slider(key="pos_d_model").set_value(32).run()
    assert app.multiselect(key="pos_dims").value == [3, 30]
    app.select_slider(key="pos_d_model").set_value(4).run()
    assert app.multiselect(key="pos_dims").value == [3]
    app.multiselect(key="pos_dims").set_value([]).run()
    assert not app.exception
    assert lines(app) == []


# --- Shift = turn


@pytest.mark.parametrize(
    ("d_model", "at", "k"), [("192", "10", "3"), ("4", "0", "20"), ("6", "150", "0"), ("512", "7", "1")]
)
def test_the_rotation_that_is_drawn_turns_what_is_drawn(app, d_model, at, k):
    open_part(app, "turn", pos_d_model=d_model, pos_at=at, pos_shift=k)
    d_model, at, k = int(d_model), int(at), int(k)
    found = drawn(app)
    matrix_ = values(found[f"M({k})"])
    shown = [int(name) for name in found[f"M({k})"]["rows"]]
    table = formulas.encoding(at + k + 1, d_model)[:, shown]
    before, after = values(found[f"PE({at})"])[:, 0], (values(found[f"PE({at + k})"])[:, 0])
    np.testing.assert_allclose(before, table[at], atol=2e-6)
    np.testing.assert_allclose(after, table[at + k], atol=2e-6)
    np.testing.assert_allclose(matrix_ @ before, after, atol=1e-5)
    full = formulas.rotation(d_model, k)  # nothing that is left out takes part in what is drawn
    rest = [i for i in range(d_model) if i not in shown]
    assert (full[np.ix_(shown, rest)] == 0).all()
    assert (full[np.ix_(rest, shown)] == 0).all()
    apart = re.search(r"differ by at most (.*?)\.\n?$", written(app), re.M).group(1)
    assert number(apart) < 1e-12


def test_the_dials_stand_at_the_angles(app):
    open_part(app, "turn", pos_at="10", pos_shift="3")
    (figure,) = charts(app)
    hands = [curve for curve in figure if len(array(curve["x"])) == 2]
    assert len(hands) == 6
    table = formulas.encoding(14, 256)
    for i, pair in enumerate((0, 16, 32)):
        for hand, position in zip(hands[2 * i : 2 * i + 2], (10, 13), strict=True):
            x, y = array(hand["x"]), array(hand["y"])
            assert y[1] - y[0] == pytest.approx(table[position, 2 * pair], abs=1e-6)  # the sine upwards
            assert x[1] - x[0] == pytest.approx(table[position, 2 * pair + 1], abs=1e-6)
    labels = [label["text"] for label in json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["annotations"]]
    assert labels == [f"i = {i}: {math.degrees(3 / 10000 ** (2 * i / 256)):,.1f}°" for i in (0, 16, 32)]


# --- Distance


@pytest.mark.parametrize("base", ["10000", "1"])
def test_similarity_is_the_dot_product_and_depends_on_distance_alone(app, base):
    open_part(app, "distance", pos_d_model="64", pos_length="41", pos_base=base)
    table = formulas.waves(np.arange(41), 64, float(base))
    products = values(drawn(app)["PE PEᵀ"])
    np.testing.assert_allclose(products, table @ table.T, atol=1e-5)
    (curve,) = lines(app)
    distances, similar = array(curve["x"]), array(curve["y"])
    assert distances.tolist() == list(range(-20, 21))
    np.testing.assert_allclose(similar, [products[20, 20 + int(k)] for k in distances], atol=1e-3)
    np.testing.assert_allclose(similar, similar[::-1], atol=1e-3)
    text = written(app)
    assert number(re.search(r"largest difference (.*?)\)", text).group(1)) < 1e-10
    first = [sum(math.cos(k / float(base) ** (2 * i / 64)) for i in range(32)) for k in range(41)]
    other = max(range(1, 41), key=lambda k: first[k])
    assert f"distance {other} ({first[other] / 32:.0%}); at distance 40 it is {first[40] / 32:.0%}" in text
    assert (other > 1) == (base == "1")  # broken: a position far away looks more alike than the next one


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
    text = written(app)
    size = 5 * shipped.config.d_model
    assert number(re.search(rf"over all {size} numbers the largest difference is (.*?),", text).group(1)) < 1e-5
    other = shipped.reordered(trace, (2, 1, 0, 3, 4))
    most = np.abs(other.output - shipped.reordered(trace, range(5)).output[[2, 1, 0, 3, 4]]).max()
    assert f"differ by up to {most:.2f}" in text
    for heading, typed, turned in (("With", trace.text, other.text), ("Without", own.text, own.text)):
        lines = (
            f"- Tom chases Jerry {plain('.')} → **{plain(typed)}**",
            f"- Jerry chases Tom {plain('.')} → **{plain(turned)}**",
        )
        assert "\n".join((f"{heading} positions", "", *lines)) in text


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


# --- Two formulas


@pytest.mark.parametrize(("d_model", "length"), [("192", "60"), ("512", "200"), ("6", "10")])
def test_the_two_recipes_and_how_far_they_are_apart(app, d_model, length):
    open_part(app, "recipes", pos_d_model=d_model, pos_length=length)
    d, n = int(d_model), int(length)
    found = drawn(app)
    paper, code = values(found[said("recipes.paper")]), values(found["tensor2tensor"])
    half = d // 2
    angles = np.arange(n)[:, None] * np.exp(-np.arange(half) * math.log(10000) / (half - 1))
    np.testing.assert_allclose(code, np.concatenate([np.sin(angles), np.cos(angles)], 1), atol=1e-5)
    np.testing.assert_allclose(paper, formulas.encoding(n, d), atol=1e-6)
    apart = max(np.abs(code[:, :half] - paper[:, 0::2]).max(), np.abs(code[:, half:] - paper[:, 1::2]).max())
    assert np.abs(values(found[said("recipes.apart")])).max() == pytest.approx(apart, abs=1e-5)
    text = written(app)
    assert f"differ by up to {apart:.2f} at {n} positions and {d} dimensions" in text
    if d == 512:
        assert f"{apart:.2f}" == "0.28"
    assert "= 62,832;" in text
    assert f"the paper's is {2 * math.pi * 10000 ** ((d - 2) / d):,.0f}" in text
    waves = charts(app)[0]
    np.testing.assert_allclose(array(waves[0]["y"]), formulas.wavelengths(d), rtol=1e-6)
    np.testing.assert_allclose(array(waves[1]["y"]), formulas.wavelengths_tensor2tensor(d), rtol=1e-6)


# --- Matrices of many numbers


def test_many_numbers_travel_as_bytes():
    draw = np.random.default_rng(0).standard_normal((FEW // 10 + 1, 10))
    draw[3, 4], draw[5, 6] = np.nan, -np.inf
    found = matrix("A", draw)
    sent = values(found)
    assert "values" not in found
    assert np.isnan(sent[[3, 5], [4, 6]]).all()
    known = np.isfinite(draw)
    np.testing.assert_allclose(sent[known], draw[known], rtol=1e-6)
    few = matrix("B", draw[:4])
    assert "packed" not in few
    assert few["values"][3][4] is None

"""The lecture's page on positions: how every part opens, and the parts about the formulas alone, against these."""

import dataclasses
import math
import re

import numpy as np
import pytest

from core.analysis import positions as formulas
from pages.positions.fields import PARTS
from pages.ui import cache
from pages.ui.matrices import FEW, matrix
from tests.app.positions import array, drawn, lines, number, open_part, said
from tests.app.reading import BAD, values, views, written

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


# --- A shift is a rotation


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
    curves = lines(app)
    hands = [curve for curve in curves if len(curve["x"]) == 2]
    assert len(hands) == 6
    table = formulas.encoding(14, 256)
    for i, pair in enumerate((0, 16, 32)):
        for hand, position in zip(hands[2 * i : 2 * i + 2], (10, 13), strict=True):
            x, y = hand["x"], hand["y"]
            assert y[1] - y[0] == pytest.approx(table[position, 2 * pair], abs=1e-6)  # the sine upwards
            assert x[1] - x[0] == pytest.approx(table[position, 2 * pair + 1], abs=1e-6)
    labels = [text for curve in curves for text in curve["texts"] or ()]
    assert labels == [f"i = {i}: {math.degrees(3 / 10000 ** (2 * i / 256)):,.1f}°" for i in (0, 16, 32)]


# --- Distance


@pytest.mark.parametrize("base", ["10000", "1"])
def test_similarity_is_the_dot_product_and_depends_on_distance_alone(app, base):
    open_part(app, "distance", pos_d_model="64", pos_length="41", pos_base=base)
    table = formulas.waves(np.arange(41), 64, float(base))
    products = values(drawn(app)["PE PEᵀ"])
    np.testing.assert_allclose(products, table @ table.T, atol=1e-5)
    (curve,) = lines(app)
    (chart,) = [view for view in views(app) if "series" in view]
    assert chart["bands"] == []
    assert chart["x"]["zero"]
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
    paper, code, _ = lines(app)
    np.testing.assert_allclose(paper["y"], formulas.wavelengths(d), rtol=1e-6)
    np.testing.assert_allclose(code["y"], formulas.wavelengths_tensor2tensor(d), rtol=1e-6)


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

"""The lecture's page on attention: what its pictures are drawn from are core's numbers, whatever is chosen and typed."""

import json
import math
import re

import numpy as np
import pytest

import core
from core.analysis import scaling, similarity
from core.analysis.similarity import self_attention_steps
from core.examples import path
from pages.attention import similarities, steps
from pages.ui import cache
from pages.ui.catalogue import plain
from tests.app.reading import BAD, CATALOGUES, open_page, said, type_in, values, views, written

FIRST = "Tom chases Jerry."
SMALL = similarity.SMALL


@pytest.fixture(scope="module")
def translator():
    return core.load("en-zh", device="cpu")


@pytest.fixture(scope="module")
def head(translator):
    """The head that the page opens with."""
    return translator.inside(core.Trace.load(path("en-zh", FIRST)), "cross", 2, 3)


def sent(app) -> dict:
    """What the last picture is drawn from."""
    return views(app)[-1]


def drawn(app) -> dict[str, np.ndarray]:
    """Its matrices by name."""
    return {item["name"]: values(item) for item in sent(app)["items"] if {"packed", "values"} & item.keys()}


# --- A search


def test_it_opens_with_a_query_that_finds_its_word(app, head):
    open_page(app, "attention")
    data = sent(app)
    assert (tuple(data["queries"]), tuple(data["keys"])) == (head.rows, head.keys)
    np.testing.assert_allclose(np.array(data["scores"], float), head.masked, atol=6e-5)
    np.testing.assert_allclose(data["values"], head.v, atol=6e-5)
    weights = similarity.softmax(np.array(data["scores"], float))
    np.testing.assert_allclose(weights, core.Trace.load(path("en-zh", FIRST)).cross[2, 3], atol=1e-3)
    query = data["state"]["query"]
    assert (data["queries"][query], data["predicts"][query]) == ("追逐", "杰瑞")
    assert data["keys"][weights[query].argmax()] == "▁Jerry"


def test_another_head_is_another_picture(app, translator):
    open_page(app, "attention")
    app.segmented_control(key="qkv_layer").set_value(0).run()
    app.segmented_control(key="qkv_head").set_value(6).run()
    assert not app.exception
    other = translator.inside(core.Trace.load(path("en-zh", FIRST)), "cross", 0, 6)
    np.testing.assert_allclose(sent(app)["values"], other.v, atol=6e-5)
    assert ["".join(app.query_params[name]) for name in ("qkv_layer", "qkv_head")] == ["1", "7"]


def test_a_link_names_the_query(app):
    open_page(app, "attention", qkv_query="2")
    assert sent(app)["state"]["query"] == 1


@pytest.mark.parametrize("text", list(BAD)[:4], ids=lambda text: repr(text[:12]))
def test_bad_input_keeps_the_picture(app, text):
    open_page(app, "attention")
    before = sent(app)
    type_in(app, text)
    assert app.warning
    assert sent(app) == before


def test_what_people_type_travels_as_text(app):
    open_page(app, "attention", qkv_part="vector")
    type_in(app, "<b>$x$</b> **Tom** </s>")
    keys = re.sub("[₀-₉]", "", "".join(sent(app)["keys"][:-1]))  # a character that is spelled in bytes has their number
    assert keys.replace("▁", " ").strip() == "<b>$x$</b> **Tom** </s>"
    row = plain(sent(app)["queries"][sent(app)["state"]["query"]])
    assert row in written(app)


# --- Similarity functions


def test_the_four_measures_of_the_small_vectors(app):
    open_page(app, "attention", qkv_part="similarity")
    app.slider(key="qkv_angle").set_value(-30).run()
    app.select_slider(key="qkv_longer").set_value(4.0).run()
    assert not app.exception
    q, k = similarities.plane(-30, 4.0)
    np.testing.assert_allclose(q, [math.sqrt(3), -1])
    np.testing.assert_allclose(k[0], [4, 0])
    scores = [
        k @ q,
        k @ q / math.sqrt(2),
        k @ q / (np.linalg.norm(k, axis=1) * np.linalg.norm(q)),
        similarity.additive(q, k, similarity.SMALL_ADDITIVE),
    ]
    shown = drawn(app)
    np.testing.assert_allclose(shown["scores"], scores, atol=1e-6)
    np.testing.assert_allclose(shown["weights"], similarity.softmax(np.array(scores)), atol=1e-6)
    (plane,) = [view for view in views(app) if "series" in view]
    assert plane["square"]
    for arrow, vector, name in zip(plane["series"], [q, *k], ["q", "k₁", "k₂", "k₃"], strict=True):
        np.testing.assert_allclose([arrow["x"], arrow["y"]], np.transpose([(0, 0), vector]))
        assert (arrow["name"], arrow["texts"], arrow["symbols"]) == (name, ["", name], ["arrow", "arrow"])
        assert arrow["told"] == ["", f"({vector[0]:.2f}, {vector[1]:.2f})".replace("-", "−")]
    assert f"{scores[3][0]:.2f}".replace("-", "−") in written(app)


def test_the_models_own_measure_gives_its_weights(app, head):
    open_page(app, "attention", qkv_part="similarity", qkv_vectors="head")
    app.selectbox(key="qkv_query").set_value(1).run()
    shown = drawn(app)
    np.testing.assert_allclose(shown["scores"][0], head.scores[1], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(shown["weights"][similarities.SIMILARITIES.index("scaled")], head.weights[1], atol=1e-5)


# --- Self-attention on small numbers

SHOWN = {0: {"X": "x"}, 2: {"Q": "q", "S": "scores"}, 3: {"S": "scores", "S / √dₖ": "scaled"},
         4: {"S / √dₖ": "masked", "A": "weights"}, 5: {"A": "weights", "V": "v", "O": "output"}}  # fmt: skip


@pytest.mark.parametrize("step", range(7))
def test_each_step_shows_its_matrices(app, step):
    open_page(app, "attention", qkv_part="steps", qkv_step=str(step), qkv_causal="1")
    found = self_attention_steps(**SMALL, mask=np.tril(np.ones((4, 4), bool)))
    shown = drawn(app)
    for name, field in SHOWN.get(step, {}).items():
        values = getattr(found, field)
        np.testing.assert_allclose(shown[name], np.where(np.isfinite(values), values, np.nan), atol=1e-6)
    if step == 1:
        for name in "qkv":
            app.segmented_control(key="qkv_projection").set_value(name).run()
            shown = drawn(app)
            np.testing.assert_allclose(shown["X"] @ shown[f"W^{name.upper()}"], shown[name.upper()])
            np.testing.assert_allclose(shown[name.upper()], getattr(found, name))
    if step == 2:
        np.testing.assert_allclose(shown["Q"] @ shown["K^T"], shown["S"])
    if step == 6:
        app.segmented_control(key="qkv_token").set_value(3).run()
        shown = drawn(app)
        np.testing.assert_allclose(shown["αⱼ"] * shown["V"], shown["αⱼ vⱼ"], atol=1e-5)
        np.testing.assert_allclose(shown["o"][0], found.output[3], atol=1e-6)
    assert CATALOGUES["en"][f"attention.steps.{step}"] in written(app)


def test_the_names_are_the_sentences_and_the_missing_ones_are_counted(app):
    open_page(app, "attention", qkv_part="steps")
    assert sent(app)["items"][0]["rows"] == ["Tom", "chases", "Jerry", "."]
    type_in(app, "Go")
    rows = sent(app)["items"][0]["rows"]
    assert (rows[0], rows[-1]) == ("Go", "token 4")


def test_without_the_division_the_scores_stay(app):
    open_page(app, "attention", qkv_part="steps", qkv_step="4")
    app.toggle(key="qkv_divide").set_value(False).run()
    np.testing.assert_allclose(drawn(app)["A"], self_attention_steps(**SMALL, divide=False).weights, atol=1e-6)


def test_numbers_of_a_link_are_used_and_can_be_put_back(app):
    open_page(app, "attention", qkv_part="steps", qkv_step="5", qkv_x=";".join(["2,0,0,0,-1.5"] * 4))
    found = self_attention_steps(**{**SMALL, "x": np.array([[2, 0, 0, 0, -1.5]] * 4)})
    np.testing.assert_allclose(drawn(app)["O"], found.output, atol=1e-6)
    app.button(key="qkv-back").click().run()
    np.testing.assert_allclose(drawn(app)["O"], self_attention_steps(**SMALL).output, atol=1e-6)
    assert "qkv_x" not in app.query_params


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), 1e300, -1001.0, "five", ""], ids=repr)
def test_hostile_cells_get_a_sentence_and_the_picture_stays(app, monkeypatch, bad):
    def editor(frame, **options):
        edited = frame.astype(object)
        edited.iloc[1, 2] = bad
        return edited

    monkeypatch.setattr(steps.st, "data_editor", editor)
    for table in ("x", "w_k"):
        open_page(app, "attention", qkv_part="steps", qkv_step="0", qkv_table=table)
        assert [warning.value for warning in app.warning] == [said("attention.steps.bad", limit="1000")]
        np.testing.assert_array_equal(drawn(app)["X"], SMALL["x"])


def test_what_is_edited_is_what_is_computed(app, monkeypatch):
    def editor(frame, **options):
        edited = frame.copy()
        edited.iloc[1, 2] = 3.25
        return edited

    monkeypatch.setattr(steps.st, "data_editor", editor)
    open_page(app, "attention", qkv_part="steps", qkv_step="0")
    expected = SMALL["x"].copy()
    expected[1, 2] = 3.25
    np.testing.assert_array_equal(drawn(app)["X"], expected)
    assert "0,1,3.25,0,0.5" in "".join(app.query_params["qkv_x"])


# --- A head of the model


@pytest.mark.parametrize("kind", core.KINDS)
def test_the_steps_of_a_real_head(app, translator, kind):
    open_page(app, "attention", qkv_part="head", qkv_kind=kind)
    trace = core.Trace.load(path("en-zh", FIRST))
    found = translator.inside(trace, kind, 2, 3)
    names = {
        0: {"X": found.x_query}, 2: {"Q": found.q, "K^T": found.k.T, "S": found.scores}, 3: {"S / √dₖ": found.scaled},
        4: {"S / √dₖ + M": found.masked, "A": found.weights}, 5: {"V": found.v, "O": found.output},
        6: {"O": found.output, "W^O": found.w_o, "O W^O": found.contribution},
    }  # fmt: skip
    for step, arrays in names.items():
        app.segmented_control(key="qkv_step").set_value(step).run()
        assert not app.exception
        shown = drawn(app)
        for name, numbers in arrays.items():
            expected = np.where(np.isfinite(numbers), numbers, np.nan)
            np.testing.assert_allclose(shown[name], expected, rtol=1e-5, atol=1e-6, err_msg=name)
        if step == 4:
            assert CATALOGUES["en"]["inside.equal"][:40] in written(app)
            np.testing.assert_allclose(np.nan_to_num(shown["A"]), trace.weights(kind, 2, 3), atol=1e-5)
    app.segmented_control(key="qkv_step").set_value(1).run()
    for name, x, bias in (
        ("q", found.x_query, found.b_q),
        ("k", found.x_key, found.b_k),
        ("v", found.x_key, found.b_v),
    ):
        app.segmented_control(key="qkv_projection").set_value(name).run()
        shown = drawn(app)
        np.testing.assert_allclose(x @ shown[f"W^{name.upper()}"] + bias, shown[name.upper()], atol=1e-4)


def test_a_recurrent_model_gets_a_sentence_where_there_are_no_heads(app):
    open_page(app, "attention", model="en-zh-rnn-attention")
    for part in ("search", "head", "vector"):
        app.segmented_control(key="qkv_part").set_value(part).run()
        assert [info.value for info in app.info] == [said("attention.recurrent")]
    for part in ("similarity", "steps", "scale"):
        app.segmented_control(key="qkv_part").set_value(part).run()
        assert not app.exception
        assert not app.info


def test_a_model_with_one_head_takes_over(app):
    open_page(app, "attention", qkv_head="8")
    app.session_state["model"] = "en-zh-1head"
    app.run()
    assert not app.exception
    assert not app.info
    assert len(sent(app)["values"][0]) == cache.cards()["en-zh-1head"].config.d_model


# --- Why sqrt(d_k), and why a vector


def test_the_numbers_about_the_division(app, head):
    open_page(app, "attention", qkv_part="scale", qkv_draw="7")
    app.select_slider(key="qkv_d_k").set_value(512).run()
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    by_name = [{trace["name"]: trace["y"] for trace in chart["data"]} for chart in charts]
    names = (said("attention.scale.plain"), said("attention.scale.divided"))
    variance, found = scaling.product_variance(), scaling.saturation()
    np.testing.assert_allclose(by_name[0][names[0]], variance)
    np.testing.assert_allclose(by_name[0][names[1]], variance / scaling.SIZES)
    assert by_name[0][said("attention.scale.theory")] == list(scaling.SIZES)
    scores = scaling.draw_scores(512, 1, seed=7)[0]
    for name, by in zip(names, (1, math.sqrt(512)), strict=True):
        np.testing.assert_allclose(by_name[1][name], similarity.softmax(scores / by))
    np.testing.assert_allclose([by_name[2][name] for name in names], found.gradient)
    text = written(app)
    assert f"variance of q · k is {variance[-1]:.0f}" in text
    assert f"falls to {found.gradient[0, -1]:.3f}. With the division it is {found.gradient[1, -1]:.3f}" in text
    assert f"variance {head.scores.var():.1f}, and {head.scaled.var():.1f} after" in text
    left = scaling.jacobian_norm(similarity.softmax(scores))
    assert f"Norm of the Jacobian: {left:.3f}" in text


def test_drawing_again_draws_others(app):
    open_page(app, "attention", qkv_part="scale")
    before = app.get("plotly_chart")[1].proto.spec
    app.button(key="qkv-again").click().run()
    assert app.get("plotly_chart")[1].proto.spec != before
    assert app.query_params["qkv_draw"] in ("2", ["2"])


def test_what_is_left_of_the_values(app, head):
    open_page(app, "attention", qkv_part="vector")
    assert sent(app)["kept"] is None
    assert app.slider(key="qkv_numbers").value == 5
    for n in (1, 3):
        app.slider(key="qkv_numbers").set_value(n).run()
        kept = similarity.low_rank(head.v, n)
        np.testing.assert_allclose(sent(app)["kept"], kept.values, atol=6e-5)
        np.testing.assert_allclose(sent(app)["values"], head.v, atol=6e-5)
        output, short = head.weights[2] @ head.v, head.weights[2] @ kept.values
        apart = np.linalg.norm(output - short) / np.linalg.norm(output)
        assert f"keep {100 * kept.shares[n - 1]:.0f} %" in written(app)
        assert f"off by {100 * apart:.0f} %" in written(app)


def test_whole_values_stay_whole_in_another_sentence(app):
    open_page(app, "attention", qkv_part="vector")
    type_in(app, "She is a teacher in the school.")
    assert sent(app)["kept"] is None
    assert app.slider(key="qkv_numbers").value == min(len(sent(app)["keys"]), 24)

"""Inside one head: what the picture is drawn from are core's numbers, whatever is chosen; files hold them all."""

import csv
import dataclasses
import io
import re

import numpy as np
import pytest

import core
from core.errors import OptionError
from core.examples import path
from pages.inside import files, view
from pages.ui import cache
from pages.ui.catalogue import small
from tests.app.reading import BAD, CATALOGUES, open_page, packed, type_in, unescaped

FIRST = "Tom chases Jerry."


@pytest.fixture(scope="module")
def translator():
    return core.load("en-zh", device="cpu")


def sent(app) -> tuple[dict, dict[str, np.ndarray]]:
    """What the browser gets: the header, and the arrays by name."""
    header, body = packed(app)[-1]
    rows, keys, d_k = len(header["rows"]), len(header["keys"]), header["d_k"]
    shapes = {"q": (rows, d_k), "k": (keys, d_k), "v": (keys, d_k), "output": (rows, d_k)}
    shapes |= dict.fromkeys(("scores", "scaled", "masked", "weights", "trace"), (rows, keys))
    numbers = np.frombuffer(body, "<f4")
    assert len(numbers) == sum(a * b for a, b in shapes.values())
    parts = np.split(numbers, np.cumsum([a * b for a, b in shapes.values()])[:-1])
    return header, {name: part.reshape(shapes[name]) for name, part in zip(shapes, parts, strict=True)}


def assert_shows(app, head: core.HeadInside, trace: core.Trace) -> None:
    header, arrays = sent(app)
    assert (tuple(header["rows"]), tuple(header["keys"])) == (head.rows, head.keys)
    for name in view.ARRAYS:
        np.testing.assert_array_equal(arrays[name], getattr(head, name), name)
    np.testing.assert_array_equal(arrays["trace"], trace.weights(head.kind, head.layer, head.head))
    np.testing.assert_allclose(arrays["weights"], arrays["trace"], atol=1e-5)


def test_it_opens_with_a_head_and_a_query_that_can_be_named(app, translator):
    open_page(app, "inside")
    trace = core.Trace.load(path("en-zh", FIRST))
    assert_shows(app, translator.inside(trace, "cross", 2, 3), trace)
    header, _ = sent(app)
    assert (header["rows"][header["state"]["query"]], header["predicts"][header["state"]["query"]]) == ("追逐", "杰瑞")


@pytest.mark.parametrize("kind", core.KINDS)
def test_the_controls_choose_kind_layer_and_head(app, translator, kind):
    open_page(app, "inside")
    app.selectbox(key="inside_kind").set_value(kind).run()
    app.segmented_control(key="inside_layer").set_value(0).run()
    app.segmented_control(key="inside_head").set_value(6).run()
    assert not app.exception
    trace = core.Trace.load(path("en-zh", FIRST))
    assert_shows(app, translator.inside(trace, kind, 0, 6), trace)
    assert sent(app)[0]["predicts"] == (None if kind == "encoder_self" else list(trace.output_pieces))
    assert {app.query_params[name] for name in ("inside_layer", "inside_head")} == {"1", "7"}


def test_the_words_of_the_queries_cover_all_of_them(app):
    open_page(app, "inside", text="My father has been teaching English for 20 years.")
    for kind in core.KINDS:
        app.selectbox(key="inside_kind").set_value(kind).run()
        header, _ = sent(app)
        covered = [i for start, end in header["row_words"] for i in range(start, end)]
        assert covered == list(range(len(header["rows"])))


def test_how_far_the_weights_are_from_the_traces_is_measured(app, translator, monkeypatch):
    open_page(app, "inside")
    trace = core.Trace.load(path("en-zh", FIRST))
    head = translator.inside(trace, "cross", 2, 3)
    measured = np.abs(head.weights.astype(float) - trace.cross[2, 3]).max()
    said = CATALOGUES["en"]["inside.equal"].format(difference=small(measured), count=25)
    assert said in [element.value for element in app.markdown]
    wrong = dataclasses.replace(head, weights=head.weights + np.float32(0.25))
    monkeypatch.setattr(cache, "inside", lambda *asked: wrong)
    app.run()
    said = CATALOGUES["en"]["inside.differs"].format(difference="2.5 × 10⁻¹", count=25)
    assert said in [element.value for element in app.markdown]


def test_powers_are_written_as_people_do():
    assert [small(value) for value in (0, 6.56e-7, 0.25)] == ["0", "6.6 × 10⁻⁷", "2.5 × 10⁻¹"]


def test_another_model_with_one_head_is_no_broken_link(app):
    open_page(app, "inside", inside_head="8")
    app.session_state["model"] = "en-zh-1head"
    app.run()
    assert not app.exception
    assert not app.info
    header, arrays = sent(app)
    assert header["d_k"] == cache.cards()["en-zh-1head"].config.d_k
    np.testing.assert_allclose(arrays["weights"], arrays["trace"], atol=1e-5)


def test_an_address_names_the_query(app):
    open_page(app, "inside", inside_query="5")
    assert sent(app)[0]["state"]["query"] == 4
    assert app.query_params["inside_query"] == "5"


@pytest.mark.parametrize("text", list(BAD)[:4], ids=repr)
def test_bad_input_keeps_the_picture(app, text):
    open_page(app, "inside")
    before = sent(app)
    type_in(app, text)
    assert app.warning
    assert sent(app)[0] == before[0]


def test_what_people_type_travels_as_text(app):
    text = "<b>$x$</b> **Tom** </s>"
    open_page(app, "inside")
    type_in(app, text)
    app.selectbox(key="inside_kind").set_value("encoder_self").run()
    rows = re.sub(
        "[₀-₉]", "", "".join(sent(app)[0]["rows"][:-1])
    )  # a character that is spelled in bytes has their number
    assert rows.replace("▁", " ").strip() == text


@pytest.mark.parametrize("kind", core.KINDS)
def test_a_recurrent_model_gets_a_sentence(app, kind):
    open_page(app, "inside", model="en-zh-rnn", inside_kind=kind)
    assert [info.value for info in app.info] == [CATALOGUES["en"]["inside.recurrent"]]
    assert not app.get("bidi_component")
    app.session_state["model"] = "en-zh"
    app.run()
    assert app.get("bidi_component")


def test_a_head_that_cannot_be_computed_gets_a_sentence(app, monkeypatch):
    def refuse(*asked):
        raise OptionError(name="trace", value="en-zh", reason="it is another model's")

    monkeypatch.setattr(cache, "inside", refuse)
    open_page(app, "inside")
    assert [unescaped(warning.value) for warning in app.warning] == [
        "trace = en-zh is not possible: it is another model's."
    ]


def test_a_kind_without_heads_gets_a_sentence(app, translator, monkeypatch):
    trace = translator.translate(FIRST)
    bare = dataclasses.replace(trace, encoder_self=trace.encoder_self[:0])
    open_page(app, "inside")
    monkeypatch.setattr(cache, "trace", lambda *asked: bare)
    app.selectbox(key="inside_kind").set_value("encoder_self").run()
    assert CATALOGUES["en"]["inside.no_kind"] in [info.value for info in app.info]


def test_the_way_to_the_run_without_this_head(app):
    open_page(app, "inside", inside_kind="decoder_self", inside_layer="2", inside_head="5", inside_query="4")
    link = app.get("page_link")[0].proto
    assert link.page == "translate"
    assert "ablate=decoder_self.2.5.zero&kind=decoder_self&layer=2&heads=5&step=4" in link.query_string
    assert "text=Tom+chases+Jerry." in link.query_string


def test_the_csv_adds_up(translator):
    trace = translator.translate("+1 Tom =2.")
    head = translator.inside(trace, "encoder_self", 0, 1)
    rows = list(csv.DictReader(io.StringIO(files.to_csv(head))))
    assert len(rows) == len(head.rows) * len(head.keys)
    for row in rows:
        r, c = int(row["row"]), int(row["column"])
        assert sum(float(row[f"product_{i + 1}"]) for i in range(head.d_k)) == pytest.approx(
            float(row["score"]), abs=1e-4
        )
        assert float(row["scaled"]) == pytest.approx(float(row["score"]) / head.d_k**0.5, abs=1e-5)
        assert float(row["weight"]) == head.weights[r, c]
        assert row["query"].lstrip("'") == head.rows[r]
        assert not (len(row["query"]) > 1 and row["query"][0] in "=+-@"), "a spreadsheet would run it"


def test_the_npz_holds_every_array(translator):
    head = translator.inside(translator.translate(FIRST), "decoder_self", 1, 0)
    with np.load(io.BytesIO(files.to_npz(head)), allow_pickle=False) as file:
        for field in dataclasses.fields(head):
            value = getattr(head, field.name)
            if value is not None:
                np.testing.assert_array_equal(file[field.name], value, field.name)
        np.testing.assert_allclose(file["output"] @ file["w_o"], file["contribution"], atol=1e-5)

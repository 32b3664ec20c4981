"""The page on all heads over a corpus: its numbers are the record's, and its links open the head that they name."""

import base64
import csv
import dataclasses
import io
import math

import numpy as np
import pytest

import core
from core.analysis.corpus import activations, key_pieces, peaks, query_pieces
from core.errors import DamagedModelError
from pages.corpus import parts
from pages.corpus.common import record, value_of
from pages.corpus.common import written as number_text
from pages.corpus.finder import heads_csv
from pages.corpus.sentences import examples, query_of_link
from pages.ui import cache
from pages.ui.catalogue import plain
from tests.app.reading import BAD, open_page, said, type_in, views, written

TEXT = "Tom chases Jerry."
NUMBERS = ("activation", "importance", "distance", "offset", "agreement")


@pytest.fixture(scope="module")
def found():
    return core.read_corpus_heads("en-zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_card_and_the_histogram_hold_the_records_numbers(app, found, language):
    open_page(app, "corpus", lang=language, text=TEXT, corpus_head="cross.3.7")
    head = found.head("cross", 2, 6)
    for number in NUMBERS:
        shown = f"{said(f'corpus.number.{number}', language)} **{number_text(number, getattr(head, number))}**"
        assert shown in written(app)
    (chart,) = [view for view in views(app) if "series" in view]
    (line,) = chart["series"]
    assert line["told"] == [f"{count:,}" for count in head.histogram]
    assert line["y"] == pytest.approx(head.histogram / head.histogram.sum(), abs=1e-4)


def test_the_visitors_sentence_stands_where_its_activation_is(app, found):
    open_page(app, "corpus", lang="en", text=TEXT, corpus_head="cross.3.7")
    trace = core.load("en-zh", device="cpu").translate(TEXT)
    expected = float(activations(peaks(trace, "cross"))[2, 6])
    (chart,) = [view for view in views(app) if "series" in view]
    assert chart["bands"][0]["from"] == pytest.approx(expected, abs=1e-5)
    band = int(expected * 10)
    counts = found.head("cross", 2, 6).histogram
    assert f"activation **{expected:.2f}**" in written(app)
    assert f"{counts[band]:,} sentences are in its band" in written(app)
    assert f"{counts[:band].sum():,} are below and {counts[band + 1 :].sum():,} above" in written(app)


def test_the_file_holds_every_number_of_every_head(found):
    rows = list(csv.DictReader(io.StringIO(heads_csv("en-zh", found))))
    assert len(rows) == len(found.heads) == 72
    for row, head in zip(rows, found.heads, strict=True):
        assert (row["kind"], int(row["layer"]), int(row["head"])) == (head.kind, head.layer + 1, head.head + 1)
        assert row["role"] == head.role
        for number in (*NUMBERS, "entropy"):
            value = value_of("en-zh", head, number)
            assert row[number] == "" if math.isnan(value) else float(row[number]) == value
        assert [int(row[name]) for name in row if name.startswith("sentences_")] == head.histogram.tolist()


def test_the_table_holds_the_heads_of_a_role_in_the_order_of_a_number(app, found):
    open_page(app, "corpus", lang="en", corpus_role="aligner", corpus_kind="cross", corpus_sort="agreement")
    expected = sorted((head for head in found.heads if head.role == "aligner"), key=lambda head: -head.agreement)
    (table,) = app.dataframe
    column = table.value[said("corpus.number.agreement")]
    assert column.tolist() == [head.agreement for head in expected]
    assert app.selectbox(key="corpus_head").value == (expected[0].kind, expected[0].layer, expected[0].head)


def test_the_row_of_head_a_is_selected_in_the_table(app, found):
    open_page(app, "corpus", lang="en", corpus_kind="cross", corpus_sort="agreement")
    ordered = sorted((head for head in found.heads if head.kind == "cross"), key=lambda head: -head.agreement)
    places = [(head.kind, head.layer, head.head) for head in ordered]

    def selected() -> list[int]:
        return app.session_state["corpus_table"]["selection"]["rows"]

    assert selected() == [0]
    app.selectbox(key="corpus_head").set_value(places[5]).run()
    assert selected() == [5]


def test_a_role_that_no_head_has_gets_a_sentence(app):
    open_page(app, "corpus", lang="en", corpus_role="aligner", corpus_kind="encoder_self")
    assert said("corpus.none") in [info.value for info in app.info]


@pytest.mark.parametrize("place", [("encoder_self", 0, 2), ("decoder_self", 1, 4), ("cross", 2, 6)])
def test_the_link_of_a_sentence_opens_its_head_and_its_query(app, found, place):
    head = found.head(*place)
    example = examples(head)[-1]
    source, output, *_ = found.texts[example.sentence]
    query = query_of_link("en-zh", source, head, example)
    open_page(app, "translate", lang="en", **query)
    assert not app.info
    stage = app.session_state["stage"]
    assert (stage["kind"], stage["layer"], stage["heads"]) == (place[0], place[1], [place[2]])
    assert app.session_state["text"] == source
    trace = cache.trace(core.Request(source, "en-zh"))
    assert trace.text == output
    weight = getattr(trace, place[0])[place[1], place[2], example.query, example.key]
    assert weight == pytest.approx(example.weight, abs=2e-3)


@pytest.mark.parametrize("place", ["encoder_self.1.3", "decoder_self.2.5", "cross.3.7"])
def test_small_pictures_hold_the_weights_of_the_record_and_first_of_the_visitors_sentence(app, found, place):
    kind, layer, number = place.split(".")
    open_page(app, "corpus", lang="en", text=TEXT, corpus_head=place)
    head = found.head(kind, int(layer) - 1, int(number) - 1)
    (view,) = [view for view in views(app) if "examples" in view]
    own, *stored = view["examples"]
    assert own["n"] is None
    trace = cache.trace(core.Request(TEXT, "en-zh"))
    weights = getattr(trace, kind)[head.layer, head.head]
    assert (own["queries"], own["keys"]) == ([*query_pieces(trace, kind)], [*key_pieces(trace, kind)])
    shown = np.frombuffer(base64.b64decode(own["weights"]), np.uint8).reshape(weights.shape) / 255
    assert np.abs(shown - weights).max() < 0.003
    assert own["activation"] == pytest.approx(float(activations(peaks(trace, kind))[head.layer, head.head]))
    assert [(one["n"], one["activation"]) for one in stored] == [
        (n, example.activation) for n, example in enumerate(examples(head), 1)
    ]
    for one, example in zip(stored, examples(head), strict=True):
        assert base64.b64decode(one["weights"]) == example.weights
        assert (one["query"], one["key"]) == (example.query, example.key)
        assert f"heads={number}" in one["address"]
    sides = {"encoder_self": ["source", "source"], "decoder_self": ["target", "target"], "cross": ["target", "source"]}
    assert [view["sides"][name] for name in ("queries", "keys")] == sides[kind]


def test_two_heads_stand_side_by_side_with_their_own_numbers(app, found):
    open_page(app, "corpus", lang="en", text=TEXT, corpus_head="cross.3.7", corpus_other="decoder_self.1.4")
    (chart,) = [view for view in views(app) if "series" in view]
    counts = [found.head("cross", 2, 6).histogram, found.head("decoder_self", 0, 3).histogram]
    assert [line["told"] for line in chart["series"]] == [[f"{n:,}" for n in histogram] for histogram in counts]
    assert len(chart["bands"]) == 2


def test_a_model_that_nobody_measured_gets_the_command(app):
    open_page(app, "corpus", lang="en", model="en-zh-rnn")
    assert [code.value for code in app.code] == ["python -m core.analysis.corpus --model en-zh-rnn --data FILE"]


def test_a_head_that_is_not_there_is_named_as_a_broken_link(app):
    open_page(app, "corpus", lang="en", corpus_head="cross.9.1", corpus_x="__class__")
    named = ", ".join(info.value for info in app.info)
    assert "corpus_head" in named
    assert "corpus_x" in named


def test_the_record_is_one_for_all_visitors():
    assert record("en-zh") is record("en-zh")


def test_the_picture_has_a_point_for_each_head_with_both_numbers(app, found):
    open_page(app, "corpus", lang="en", corpus_x="agreement", corpus_y="layer", corpus_head="cross.3.7")
    (cloud,) = [view for view in views(app) if "points" in view]
    cross = [head for head in found.heads if head.kind == "cross"]
    assert [(*point["head"],) for point in cloud["points"]] == [("cross", head.layer, head.head) for head in cross]
    assert [point["x"] for point in cloud["points"]] == [head.agreement for head in cross]
    assert [point["y"] for point in cloud["points"]] == [head.layer + 1 for head in cross]
    assert [point["role"] for point in cloud["points"]] == [head.role for head in cross]
    assert [point["head"] for point in cloud["points"] if point["mark"] == "A"] == [["cross", 2, 6]]
    assert "48 heads lack one of the two numbers" in written(app)


def test_a_second_head_can_be_of_another_model(app, found, monkeypatch):
    single = dataclasses.replace(found, heads=tuple(head for head in found.heads if head.head == 0))
    monkeypatch.setattr(parts, "measured", lambda: ["en-zh", "en-zh-1head"])
    monkeypatch.setattr(parts, "record", {"en-zh": found, "en-zh-1head": single}.__getitem__)
    open_page(app, "corpus", lang="en", text=TEXT, corpus_model="en-zh-1head", corpus_other="cross.3.1")
    captions = [caption.value for caption in app.caption]
    assert [said("corpus.of_model", model=plain(name), n="1,000") in captions for name in ("en-zh", "en-zh-1head")] == [
        True,
        True,
    ]
    (chart,) = [view for view in views(app) if "series" in view]
    assert len(chart["series"]) == 2
    assert len(chart["bands"]) == 1, "the visitor's sentence was run by the first model alone"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_damaged_file_gets_a_sentence(app, monkeypatch, language):
    def damaged(name: str):
        raise DamagedModelError(name=name, cause="unreadable", detail="corpus-heads.json")

    monkeypatch.setattr(core, "read_corpus_heads", damaged)
    record.clear()
    open_page(app, "corpus", lang=language)
    record.clear()
    assert any("corpus" in warning.value for warning in app.warning)


@pytest.mark.parametrize("text", BAD, ids=[repr(text[:12]) for text in BAD])
def test_bad_input_gets_a_sentence_and_the_heads_stay(app, text):
    type_in(open_page(app, "corpus", lang="en"), text)
    assert app.warning
    assert [view for view in views(app) if "points" in view]

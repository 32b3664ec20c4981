"""What is exported of a Trace: tables, and the page of its own."""

import base64
import dataclasses
import html
import io
import json
import re

import numpy as np
import pandas as pd
import pytest

from core.errors import OptionError
from core.export import to_csv, to_frame, to_html
from core.export.bundle import ASSETS, view_sources
from core.records.trace import KINDS
from tests.samples import HOSTILE, make_trace, unpack


@pytest.fixture(scope="module")
def trace():
    return make_trace()


# --- Tables


def test_frame_lists_every_cell_that_may_be_attended_to_once(trace):
    frame = to_frame(trace)
    assert [*frame.columns] == [
        "kind",
        "layer",
        "head",
        "row",
        "column",
        "reads",
        "predicts",
        "key",
        "weight",
        "spelled",
    ]
    assert frame.groupby("kind").size().to_dict() == {
        "encoder_self": 24 * 36,
        "decoder_self": 24 * 15,
        "cross": 24 * 30,
    }
    assert not frame.duplicated(["kind", "layer", "head", "row", "column"]).any()
    sums = frame.groupby(["kind", "layer", "head", "row"])["weight"].sum()
    assert np.allclose(sums, 1, atol=1e-5)
    for kind in KINDS:
        part = frame[frame.kind == kind]
        assert (getattr(trace, kind)[part.layer, part["head"], part.row, part.column] == part.weight).all()


def test_frame_names_what_a_row_reads_what_it_predicts_and_what_a_column_stands_for(trace):
    frame = to_frame(trace)
    row = frame.query("kind == 'cross' and layer == 1 and head == 7 and row == 2 and column == 3").iloc[0]
    assert (row.reads, row.predicts, row.key) == ("▁cha", "ses", "▁Jerry")
    row = frame.query("kind == 'decoder_self' and row == 2 and column == 0").iloc[0]
    assert (row.reads, row.predicts, row.key) == ("▁cha", "ses", "<s>")
    row = frame.query("kind == 'encoder_self' and row == 5 and column == 1").iloc[0]
    assert (row.reads, row.predicts, row.key) == ("</s>", "", "▁cha")


def test_csv_reads_back_to_the_same_weights_with_all_digits(trace):
    frame = pd.read_csv(io.StringIO(to_csv(trace)), keep_default_na=False)
    assert (frame.weight.astype(np.float32) == to_frame(trace).weight).all()
    assert [*frame.key] == [*to_frame(trace).key]


def test_csv_runs_no_formula_and_breaks_no_line():
    pieces = ("=cmd|'/c calc'!A0", "-", '"quoted, piece"', "@SUM(1)", "+1\n2")
    frame = pd.read_csv(io.StringIO(to_csv(make_trace(pieces=pieces))), keep_default_na=False)
    assert set(frame.key) == {"<s>", "</s>", "'=cmd|'/c calc'!A0", "-", '"quoted, piece"', "'@SUM(1)", "'+1\n2"}


# --- The page of its own


def test_page_asks_for_nothing_from_anywhere(trace):
    page = to_html(trace)
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["']""", page)
    assert not re.search(r"@import|url\(", page)
    addresses = set(re.findall(r"https?://[\w./]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of a format, never fetched


def test_page_runs_nothing_that_was_typed():
    trace = make_trace(11, 11, pieces=HOSTILE)
    trace = dataclasses.replace(trace, source=HOSTILE[0], text="</title>" + HOSTILE[1])
    page = to_html(trace)
    plain = to_html(make_trace())
    for tag in ("script", "title", "b", "img", "!--"):
        for bracket in (f"<{tag}", f"</{tag}"):
            assert page.lower().count(bracket) == plain.lower().count(bracket), bracket
    assert "&lt;/script&gt;" in page.split("</title>")[0]


def test_page_begins_with_the_state_that_is_asked_for(trace):
    page = to_html(trace, state={"kind": "decoder_self", "heads": [3, 1], "step": 2})
    packed = base64.b64decode(re.search(r'id="trace">(.*?)</script>', page)[1])
    assert unpack(packed)[0]["state"] == {"kind": "decoder_self", "heads": [3, 1], "step": 2}


def test_page_is_written_in_both_languages_and_refuses_others(trace):
    assert '<html lang="en">' in to_html(trace)
    assert '<html lang="zh-Hans">' in to_html(trace, "zh", "dark")
    for options in ({"language": "xx"}, {"theme": "pink"}):
        with pytest.raises(OptionError):
            to_html(trace, **options)


VIEWS = sorted(path.stem for path in (ASSETS / "views").glob("*.js"))


@pytest.mark.parametrize("view", VIEWS)
def test_both_languages_of_a_view_have_the_same_words_and_placeholders(view):
    words = json.loads((ASSETS / "views" / f"{view}.json").read_text("utf-8"))

    def shape(value):
        if isinstance(value, dict):
            return {key: shape(part) for key, part in value.items()}
        if isinstance(value, list):
            return [shape(part) for part in value]
        return set(re.findall(r"\{\w+\}", value))

    assert shape(words["en"]) == shape(words["zh"])
    script = view_sources(view)["js"]
    computed = {"finding_cross", "finding_decoder_self"}  # made of the kind's name
    assert not [name for name in words["en"] if name not in computed and not re.search(rf"\b{name}\b", script)]


def test_a_trace_shows_itself_in_a_notebook(trace):
    shown = trace._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert html.unescape(re.search(r'srcdoc="(.*?)"', shown, re.DOTALL)[1]) == trace.to_html()

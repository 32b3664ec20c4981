"""What a notebook shows of a run: a few lines, whatever its length; and figures of outputs that are empty."""

import numpy as np
import pytest

import core
from core.config import KINDS

LONG = " ".join(["Tom chases Jerry."] * 8)


@pytest.fixture(scope="module")
def model():
    return core.load("en-zh", device="cpu")


def test_the_repr_of_a_run_says_what_it_is_in_a_few_lines(model):
    trace = model.translate(LONG)
    shown = repr(trace)
    assert shown.startswith("Trace(model='en-zh'")
    assert f"float32 {trace.cross.shape}" in shown
    assert LONG[:60] in shown
    for record in (
        trace,
        model.beam_search(LONG, 4, 0.6),
        model.inside(trace, "cross", 0, 0),
        model.contexts(trace, 0),
    ):
        assert len(repr(record)) < 2000
        assert type(record).__name__ in repr(record)
    assert repr(model) == "Translator('en-zh', en → zh, cpu)"


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_of_an_output_without_words_is_empty_where_specials_are_left_out(model, kind):
    trace = model.translate("Tom runs.", target=["</s>"])
    for merged in (False, True):
        figure = trace.figure(kind, layer=0, merged=merged, hidden=True)
        rows = 0 if kind != "encoder_self" else len((trace.source_words if merged else trace.source_pieces)[:-1])
        assert np.shape(figure.data[0].z)[0] == rows

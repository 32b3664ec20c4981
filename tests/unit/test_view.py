"""Merging pieces into words and hiding specials, by the stated rules; a figure shows what the view holds."""

import dataclasses

import numpy as np
import pytest

from core.analysis import looks_foreign, merge, view
from core.errors import OptionError
from core.plots import PALETTE, all_heads, attention, heatmap
from core.records.trace import KINDS, Trace

LAYERS, HEADS = 2, 3
SOURCE = ("▁He", "▁does", "n", "'", "t", "▁run", ".", "</s>")
OUTPUT = ("他", "不", "跑", "步", "。", "</s>")


def softmax(*shape, mask=None):
    scores = np.random.default_rng(1).normal(0, 2, shape)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)


@pytest.fixture
def trace():
    s, t = len(SOURCE), len(OUTPUT)
    return Trace(
        model="made", source_language="en", target_language="zh", strategy="greedy", source="He doesn't run.",
        text="他不跑步。", source_pieces=SOURCE, input_pieces=("<s>", *OUTPUT[:-1]), output_pieces=OUTPUT,
        source_words=((0, 1), (1, 5), (5, 6), (6, 7), (7, 8)),
        output_words=((0, 1), (1, 2), (2, 4), (4, 5), (5, 6)),
        unknown=(), finished=True,
        encoder_self=softmax(LAYERS, HEADS, s, s),
        decoder_self=softmax(LAYERS, HEADS, t, t, mask=np.tri(t, dtype=bool)),
        cross=softmax(LAYERS, HEADS, t, s),
        log_probabilities=np.full(t, -0.5, np.float32), top_pieces=tuple((piece,) for piece in OUTPUT),
        top_probabilities=np.full((t, 1), np.exp(-0.5), np.float32),
    )  # fmt: skip


def test_merging_sums_over_keys_and_averages_over_queries():
    weights = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]])
    np.testing.assert_allclose(merge(weights, [(0, 2)], [(0, 2), (2, 3)]), [[0.45, 0.55]])
    np.testing.assert_allclose(merge(weights, [(0, 1), (1, 2)], [(0, 3)]), [[1.0], [1.0]])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("head", [0, 2, None])
def test_pieces_are_shown_as_they_are(trace, kind, head):
    shown = view(trace, kind, 1, head)
    expected = getattr(trace, kind)[1]
    np.testing.assert_allclose(shown.weights, expected.mean(0) if head is None else expected[head], atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_words_still_sum_to_1(trace, kind):
    np.testing.assert_allclose(view(trace, kind, 0, 1, merged=True).weights.sum(-1), 1, atol=1e-6)


def test_what_stands_on_the_axes_of_words(trace):
    shown = view(trace, "cross", 0, 0, merged=True)
    assert shown.keys == ("He", "doesn't", "run", ".", "</s>")
    assert shown.predicts == ("他", "不", "跑步", "。", "</s>")
    assert shown.reads == ("<s>", "他", "不跑", "步", "。")
    own = view(trace, "decoder_self", 0, 0, merged=True)
    assert own.keys == ("<s>", "他", "不", "跑步", "。")
    assert view(trace, "encoder_self", 0, 0, merged=True).predicts is None


def test_a_row_reads_one_piece_and_predicts_the_next(trace):
    shown = view(trace, "cross", 0, 0)
    assert list(zip(shown.reads, shown.predicts, strict=True)) == list(
        zip(trace.input_pieces, trace.output_pieces, strict=True)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_hiding_leaves_specials_out_and_rescales_nothing(trace, kind):
    shown, whole = view(trace, kind, 0, 1, hidden=True), view(trace, kind, 0, 1)
    assert "</s>" not in shown.keys
    assert "<s>" not in shown.keys
    columns = slice(1, None) if kind == "decoder_self" else slice(0, -1)
    np.testing.assert_array_equal(shown.weights, whole.weights[:-1, columns])
    assert shown.weights.sum(-1).min() < 0.999


def test_the_future_is_exactly_0(trace):
    assert (view(trace, "decoder_self", 0, 0).weights[np.triu_indices(len(OUTPUT), 1)] == 0).all()


@pytest.mark.parametrize("bad", [("self", 0, 0), ("cross", 2, 0), ("cross", -1, 0), ("cross", 0, 3), ("cross", 0, "1")])
def test_what_there_is_not_is_refused(trace, bad):
    with pytest.raises(OptionError):
        view(trace, *bad)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_heatmap_shows_the_view_on_a_scale_from_0_to_1(trace, theme):
    figure = heatmap(trace, "cross", 1, 2, theme=theme)
    (shown,) = figure.data
    np.testing.assert_array_equal(shown.z, view(trace, "cross", 1, 2).weights)
    assert (shown.zmin, shown.zmax) == (0, 1)
    assert shown.colorscale[0][1] == PALETTE[theme]["sequential"][0]
    assert figure.layout.title.text == "Cross-attention, layer 2, head 3"
    assert "average of 3 heads" in heatmap(trace, "cross", 1, None).layout.title.text
    assert next(iter(figure.layout.yaxis.ticktext)) == "&lt;s&gt; → 他"


def test_the_rules_are_written_on_the_figure(trace):
    text = heatmap(trace, "cross", merged=True, hidden=True).layout.title.text
    assert "keys summed, queries averaged" in text
    assert "not rescaled" in text


def test_typed_marks_are_plain_text_in_a_figure(trace):
    hostile = dataclasses.replace(trace, source_pieces=("<b>x</b>", *SOURCE[1:]))
    figure = heatmap(hostile, "cross")
    assert figure.layout.xaxis.ticktext[0] == "&lt;b&gt;x&lt;/b&gt;"
    assert "<b>" not in figure.to_json().replace("\\u003c", "<")


@pytest.mark.parametrize("kind", KINDS)
def test_all_heads_are_tiled_each_in_its_place(trace, kind):
    (tiled,) = all_heads(trace, kind).data
    maps = getattr(trace, kind)
    gap = (tiled.z.shape[1] - HEADS * maps.shape[3]) // (HEADS - 1)
    for layer in range(LAYERS):
        for head in range(HEADS):
            top, left = layer * (maps.shape[2] + gap), head * (maps.shape[3] + gap)
            part = tiled.z[top : top + maps.shape[2], left : left + maps.shape[3]]
            np.testing.assert_array_equal(part, maps[layer, head])
    assert np.isnan(tiled.z).any()


def test_heads_of_some_layers_are_tiled_and_too_many_are_refused(trace, monkeypatch):
    figure = all_heads(trace, "cross", layers=[1])
    assert figure.layout.yaxis.ticktext == ("layer 2",)
    assert figure.layout.title.text.endswith("all heads, layers 2")
    np.testing.assert_array_equal(figure.data[0].z[:, : trace.cross.shape[3]], trace.cross[1, 0])
    monkeypatch.setattr(attention, "MOST_WEIGHTS", trace.cross[0].size)
    assert all_heads(trace, "cross", layers=[0]).data
    with pytest.raises(OptionError, match="name fewer layers"):
        all_heads(trace, "cross")
    with pytest.raises(OptionError, match="layer = 9"):
        all_heads(trace, "cross", layers=[9])


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("The animal is tired.", "en", False),
        ("Je ne sais pas où.", "en", False),  # the same script
        ("“汤姆” means Tom in Chinese", "en", False),
        ("汤姆追逐杰瑞。", "en", True),
        ("Привет, мир", "en", True),
        ("汤姆追逐杰瑞。", "zh", False),
        ("他叫 Christopher。", "zh", False),
        ("㐀", "zh", False),
        ("Tom chases Jerry.", "zh", True),
        ("トム", "zh", True),
        ("1, 2, 3!", "zh", False),
        ("", "en", False),
        ("Tom", "ka", False),  # a script that is not known here
    ],
)
def test_a_text_in_another_script_looks_foreign(text, language, foreign):
    assert looks_foreign(text, language) == foreign

"""Translations with characters that are spelled in bytes: Traces, forced pieces, beams, files, figures."""

import base64
import json

import numpy as np
import pytest

import core
from core.analysis import align, view
from core.errors import OptionError, TextTooLongError, TraceFileError, UnknownLanguageError
from core.export import load, pack, save, to_csv, to_frame, to_html
from core.text import SPECIALS, clean
from tests.samples import ODD_TEXTS, bytes_of, spaced, unpack


@pytest.fixture(scope="module")
def model(spelled_folder):
    return core.load(spelled_folder, device="cpu")


@pytest.fixture(scope="module")
def trace(model):
    """Of a source and a given target that both have characters outside their vocabularies."""
    return model.translate("Tom loves 𠮷 😀.", target="汤姆𠮷X。")


# Translating


@pytest.mark.parametrize(
    "text", ["😀", "👨\u200d👩 🎉!", "12", "12 😀", "Tom 你好吗", "Zürich", "$ 12 €", "Tom 𠮷", "❤️"], ids=ascii
)
def test_what_has_no_letters_or_stands_beside_known_ones_is_read_as_itself(model, text):
    trace = model.translate(text)
    assert trace.unknown == ()
    assert spaced(trace.source_spelling.texts[:-1]) == text


@pytest.mark.parametrize(
    "text", ["你好吗", "你有3只猫吗？", "Привет, мир", "𠮷", "مرحبا", "مرحبا" * 2000, "你 😀"], ids=ascii
)
def test_a_text_whose_letters_are_all_spelled_is_refused_however_long(model, text):
    with pytest.raises(UnknownLanguageError, match="reads English"):
        model.translate(text)


def test_the_limit_on_length_counts_bytes_as_the_pieces_that_they_are(model):
    with pytest.raises(TextTooLongError) as caught:
        model.translate("Tom " + "😀" * 20)
    assert caught.value.values["length"] == 1 + 1 + 80


def test_each_byte_has_its_own_row_and_column(trace):
    assert trace.byte_fallback == (True, True)
    assert trace.output_pieces[1:5] == tuple(bytes_of("𠮷"))
    assert trace.output_labels == ("汤姆", "𠮷₁", "𠮷₂", "𠮷₃", "𠮷₄", "X₁", "。", "</s>")
    assert trace.input_labels == ("<s>", *trace.output_labels[:-1])
    assert trace.source_labels[-11:] == (
        "▁", "𠮷₁", "𠮷₂", "𠮷₃", "𠮷₄", "▁", "😀₁", "😀₂", "😀₃", "😀₄", ".", "</s>",
    )[-11:]  # fmt: skip
    assert trace.cross.shape[2:] == (8, len(trace.source_pieces))
    assert trace.output_spelled == (1, 2, 3, 4, 5)
    assert trace.text == "汤姆𠮷X。"
    assert trace.spelled_characters == ("𠮷", "😀", "X")
    assert trace.output_words == ((0, 1), (1, 5), (5, 6), (6, 7), (7, 8))


def test_a_target_with_any_characters_is_possible(model):
    for text in ODD_TEXTS.values():
        if len(text) < 50:
            trace = model.translate("Tom", target=text)
            assert trace.text.split() == clean(text, "zh").replace("▁", " ").split()
            assert model.translate("Tom", target=trace.output_pieces) == trace


def test_text_labels_and_texts_agree_for_what_a_model_writes(model):
    """Outputs of a model of random weights, and of one that is made to write bytes that belong to no character."""
    odd = ["<0xE4>", "<0xBD>", "汤姆", "<0xF0>", "<0x9F>", "</s>"]
    runs = [model.translate("Tom", strategy="sample", seed=seed) for seed in range(6)]
    runs.append(model.translate("Tom", target=odd))
    for trace in runs:
        texts = [t for i, t in enumerate(trace.output_spelling.texts) if trace.output_pieces[i] not in SPECIALS]
        assert spaced(texts).split() == trace.text.split()
    assert runs[-1].text == "��汤姆��"
    assert runs[-1].output_labels[:2] == ("�", "�")


def test_an_output_cut_off_within_a_character_reads_its_bytes(model):
    trace = model.translate("Tom", target=["汤姆", *bytes_of("𠮷")])
    assert not trace.finished
    assert trace.input_labels[-1] == "𠮷₃"
    shown = view(trace, "decoder_self", 0, 0, merged=True)
    assert shown.keys == ("<s>", "汤姆", "𠮷₁𠮷₂𠮷₃")
    assert shown.predicts == ("汤姆", "𠮷")


def test_the_steps_hold_back_a_character_until_it_is_whole(model):
    change = core.Intervention(forced={0: "汤姆", 1: "𠮷", 5: "。", 6: "</s>"})
    steps = list(model.steps("Tom", intervention=change))
    assert [step.text for step in steps] == ["汤姆", "汤姆", "汤姆", "汤姆", "汤姆𠮷", "汤姆𠮷。", "汤姆𠮷。"]


# Forced pieces


def test_a_forced_character_is_spelled_at_consecutive_steps(model):
    trace = model.translate("Tom", intervention=core.Intervention(forced={1: "𠮷"}))
    assert trace.output_pieces[1:5] == tuple(bytes_of("𠮷"))
    assert trace.intervention == core.Intervention(forced={1: "𠮷"})
    again = model.translate("Tom", intervention=trace.intervention)
    assert again == trace


def test_a_forced_character_is_spelled_in_a_beam_and_in_a_given_translation(model):
    change = core.Intervention(forced={0: "👍🏽"})
    search = model.beam_search("Tom", beam_size=3, intervention=change)
    assert all(hypothesis.text.startswith("👍🏽") for hypothesis in search.hypotheses)
    assert (
        model.translate("Tom", target="汤姆𠮷。", intervention=core.Intervention(forced={1: "𠮸"})).text == "汤姆𠮸。"
    )


def test_a_byte_can_be_forced_by_its_name(model):
    trace = model.translate("Tom", intervention=core.Intervention(forced={0: "<0xE4>"}))
    assert trace.output_pieces[0] == "<0xE4>"


def test_forcing_a_character_that_is_given_anyway_changes_nothing(model):
    first = model.translate("Tom", intervention=core.Intervention(forced={0: "𠮷"}))
    given = model.translate("Tom", target=first.output_pieces, intervention=core.Intervention(forced={0: "𠮷"}))
    assert given.intervention is None


@pytest.mark.parametrize(
    "forced", [{0: "𠮷", 2: "汤姆"}, {57: "𠮷"}, {0: "汤姆𠮷"}, {0: "\u202e"}, {0: "▁"[:1] * 2}], ids=ascii
)
def test_a_forced_character_that_does_not_fit_is_refused_in_a_sentence(model, forced):
    with pytest.raises(OptionError) as caught:
        model.translate("Tom", intervention=core.Intervention(forced=forced))
    assert caught.value.values["name"] == "forced"


# Beams


def test_nodes_of_a_beam_are_named_by_what_is_known_there_and_their_texts_make_the_hypothesis(model):
    change = core.Intervention(forced={0: "汤姆", 1: "𠮷", 6: "</s>"})
    search = model.beam_search("Tom", beam_size=3, intervention=change)
    assert search.byte_fallback
    path = search.path(search.winner.node)
    assert [search.labels[i] for i in path[:5]] == ["汤姆", "<0xF0>", "<0xA0>", "<0xAE>", "𠮷₄"]
    assert [search.texts[i] for i in path[:5]] == ["汤姆", "", "", "", "𠮷"]


# Files, tables, figures


def test_a_saved_trace_comes_back_and_names_what_is_spelled(trace, tmp_path):
    for name in ("run.json", "run.npz"):
        save(trace, tmp_path / name)
        again = load(tmp_path / name)
        assert again == trace
        assert again.output_labels == trace.output_labels
    written = (tmp_path / "run.json").read_text("utf-8")
    assert '"output_labels": ["汤姆", "𠮷₁"' in written
    assert '"output_positions": [1, 2, 3, 4, 5]' in written


def test_a_file_from_before_byte_fallback_has_none(trace, tmp_path, tiny):
    save(tiny.translate("Tom chases Jerry."), tmp_path / "old.json")
    fields = json.loads((tmp_path / "old.json").read_text("utf-8"))
    assert "spelled" not in fields
    del fields["byte_fallback"]
    (tmp_path / "old.json").write_text(json.dumps(fields), "utf-8")
    assert load(tmp_path / "old.json").byte_fallback == (False, False)


@pytest.mark.parametrize("value", [None, True, [True], [1, 0], "ab", [True, False, True]], ids=str)
def test_a_file_with_odd_flags_is_refused(trace, tmp_path, value):
    save(trace, tmp_path / "run.json")
    fields = json.loads((tmp_path / "run.json").read_text("utf-8"))
    (tmp_path / "run.json").write_text(json.dumps({**fields, "byte_fallback": value}), "utf-8")
    with pytest.raises(TraceFileError):
        load(tmp_path / "run.json")


def test_the_table_names_the_character_and_marks_what_is_spelled(trace):
    frame = to_frame(trace)
    row = frame.query("kind == 'cross' and row == 2").iloc[len(trace.source_pieces) - 3]
    assert (row["reads"], row["predicts"], row["key"], row["spelled"]) == ("𠮷₁", "𠮷₂", "😀₄", "reads predicts key")
    sums = frame.groupby(["kind", "layer", "head", "row"])["weight"].sum()
    assert np.allclose(sums, 1, atol=1e-5)
    assert not frame.query("key == '</s>'")["spelled"].str.contains("key").any()
    assert "<0x" not in to_csv(trace)


def test_the_figure_names_the_character_and_says_what_the_subscripts_are(trace):
    figure = trace.figure("cross")
    assert "𠮷₂ → 𠮷₃" in figure.layout.yaxis.ticktext
    assert "spelled in bytes" in figure.layout.title.text
    assert "𠮷" in trace.figure("cross", merged=True).layout.xaxis.ticktext


def test_the_packed_trace_holds_labels_texts_and_what_is_spelled(trace):
    header, _ = unpack(pack(trace))
    assert header["output"][1:5] == ["𠮷₁", "𠮷₂", "𠮷₃", "𠮷₄"]
    assert header["texts"]["output"][1:5] == ["", "", "", "𠮷"]
    assert header["spelled"]["output"] == {str(i): trace.output_pieces[i] for i in range(1, 6)}
    assert header["spelled"]["characters"] == ["𠮷", "😀", "X"]
    for t, entry in enumerate(header["candidates"]):
        labels, pieces = entry[0], entry[2] if len(entry) == 3 else entry[0]
        assert tuple(pieces) == trace.top_pieces[t][:10]
        if trace.output_pieces[t] in pieces:
            assert labels[pieces.index(trace.output_pieces[t])] == header["output"][t]
    assert base64.b64encode(pack(trace, state=None, language="zh", theme="light", page=True)).decode() in to_html(
        trace, "zh"
    )


def test_a_trace_without_bytes_is_packed_without_a_spelling(model, tiny):
    assert not {"spelled", "texts"} & {*unpack(pack(tiny.translate("Tom chases Jerry.")))[0]}


# What counts words and letters


def test_spelled_emoji_are_no_words_to_align_and_spelled_letters_are(trace):
    class Sure:
        def scores(self, source, target):
            return np.ones((len(target), len(source)))

    pairs = align(trace, Sure())
    words = [trace.source_spelling.word(*trace.source_words[i]) for i in {i for _, i in pairs}]
    assert "▁😀" not in words
    assert {trace.output_spelling.word(*trace.output_words[j]) for j, _ in pairs} == {"汤姆", "𠮷", "X"}


def test_one_head_is_labelled_as_the_trace_is(model, trace):
    head = model.inside(trace, "cross", 0, 0)
    assert head.rows == trace.input_labels
    assert head.keys == trace.source_labels
    assert model.contexts(trace).rows == trace.output_labels

"""Characters that a vocabulary has no piece for: which byte pieces spell which, what people see, and what is refused."""

import base64
import itertools
import json
import random

import numpy as np
import pytest

import core
from core.analysis import align, view
from core.config import BOS, EOS, PAD, UNK
from core.errors import OptionError, TextTooLongError, TraceFileError, UnknownLanguageError
from core.export import load, pack, save, to_csv, to_frame, to_html
from core.spelling import characters, next_label, pending, so_far, spell, spelled_texts
from core.text import SPECIALS, clean, word_spans
from tests.conftest import train_with_bytes
from tests.unit.test_export import unpack

HOSTILE = {
    "emoji": "Tom 😀 Jerry.",
    "family": "👨\u200d👩\u200d👧\u200d👦 and Tom",
    "skin tone": "Tom 👍🏽 Tom",
    "flags": "🇨🇳🇫🇷🇩 Tom",
    "keycap and variation": "❤️ 1️⃣ Tom",
    "combining": "q\u0303x\u0301\u0302 Tom",
    "beyond the plane": "𠮷野家 Tom",
    "arabic": "مرحبا Tom",
    "mixed word": "Zürich-Čapek Tom",
    "literal": "Tom <0xE4><0xBD><0xA0> Tom",
    "literal special": "Tom </s> <unk> <pad> <s>",
    "replacement": "Tom \ufffd Tom",
    "long": "Tom " + "𠮷" * 200,
    "no space": "Tom\u00a0x\u3000y",
    "sign of a space": "Tom ▁ Tom",
    "one letter": "Ж",
}


@pytest.fixture(scope="module")
def english(byte_tokenizers):
    return byte_tokenizers[0][0]


@pytest.fixture(scope="module")
def chinese(byte_tokenizers):
    return byte_tokenizers[1][0]


@pytest.fixture(scope="module")
def model(spelled_folder):
    return core.load(spelled_folder, device="cpu")


@pytest.fixture(scope="module")
def trace(model):
    """Of a source and a given target that both have characters outside their vocabularies."""
    return model.translate("Tom loves 𠮷 😀.", target="汤姆𠮷X。")


def bytes_of(text: str) -> list[str]:
    return [f"<0x{value:02X}>" for value in text.encode()]


def spaced(texts) -> str:
    return "".join(texts).replace("▁", " ").strip()


# Which bytes spell which character


def test_the_bytes_of_a_character_are_labelled_by_it_and_by_their_place():
    found = spell(["▁Tom", *bytes_of("𠮷"), *bytes_of("é"), *bytes_of("Z"), "."])
    assert found.labels == ("▁Tom", "𠮷₁", "𠮷₂", "𠮷₃", "𠮷₄", "é₁", "é₂", "Z₁", ".")
    assert found.texts == ("▁Tom", "", "", "", "𠮷", "", "é", "Z", ".")
    assert found.positions == (1, 2, 3, 4, 5, 6, 7)
    assert found.word(0, 8) == "▁Tom𠮷éZ"


def test_a_character_that_is_cut_short_by_a_word_stands_by_its_bytes():
    assert spell(bytes_of("𠮷")).word(0, 3) == "𠮷₁𠮷₂𠮷₃"


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("\u200d", ("U+200D₁", "U+200D₂", "U+200D₃")),
        ("\ufe0f", ("U+FE0F₁", "U+FE0F₂", "U+FE0F₃")),
        ("\u0303", ("◌\u0303₁", "◌\u0303₂")),
        ("▁", ("␣₁", "␣₂", "␣₃")),
        (" ", ("␣₁",)),
        ("\ufffd", ("\ufffd₁", "\ufffd₂", "\ufffd₃")),
        ("\x00", ("U+0000₁",)),
        ("\u202e", ("U+202E₁", "U+202E₂", "U+202E₃")),
    ],
    ids=ascii,
)
def test_a_character_that_cannot_be_seen_alone_has_a_label_that_can(text, labels):
    assert spell(bytes_of(text)).labels == labels


@pytest.mark.parametrize("text", ["\x00", "\x1b", "\x1f", "\n", "\u2028", "\u202e", "\ue000", "\u2066"], ids=ascii)
def test_control_characters_that_are_spelled_add_a_replacement_to_the_text(text):
    assert "".join(spell(bytes_of(text)).texts) == "\ufffd"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["<0xE4>", "<0xBD>"], "��"),
        (["<0xE4>", "<0xBD>", "汤"], "��汤"),
        (["<0xE4>", "<0xBD>", *bytes_of("你")], "��你"),
        (["<0xBD>"], "�"),
        (["<0xC0>", "<0x80>"], "��"),
        (["<0xED>", "<0xA0>", "<0x80>"], "���"),
        (["<0xF5>", "<0x80>", "<0x80>", "<0x80>"], "����"),
        (["<0xFF>"], "�"),
        (["<0xF0>", "<0x9F>", "</s>", "<0x98>", "<0x80>"], "��</s>��"),
    ],
)
def test_each_byte_that_belongs_to_no_character_reads_as_one_replacement(pieces, text):
    found = spell(pieces)
    assert "".join(found.texts) == text
    assert all(label == t for label, t in zip(found.labels, found.texts, strict=True) if t == "�")


def test_without_byte_fallback_such_a_name_is_text():
    assert spell(["<0xE4>", "a"], False) == (("<0xE4>", "a"), ("<0xE4>", "a"), ())


@pytest.mark.parametrize("piece", ["<0xe4>", "<0xE4", "0xE4", "<0xE4>x", "▁<0xE4>", "<0x0E4>", "<0xＥ4>"])
def test_only_the_exact_name_of_a_byte_is_one(piece):
    assert characters([piece]) == ()


def test_labels_texts_and_sentencepiece_agree_on_any_bytes(english, chinese):
    """Random pieces of the vocabulary, with many bytes that begin, continue and break characters, and specials between."""
    rng = random.Random(0)
    likely = [*bytes_of("你😀éA"), "<0xFF>", "<0x80>", "<0xED>", "<0xC0>", "<0x0A>", "<0x20>", *SPECIALS]
    for tokenizer in (english, chinese):
        for _ in range(1500):
            ids = [
                tokenizer.index(rng.choice(likely)) if rng.random() < 0.8 else rng.randrange(len(tokenizer))
                for _ in range(rng.randrange(1, 12))
            ]
            ids = [i for i in ids if i != UNK]
            pieces = [tokenizer.pieces[i] for i in ids]
            said = "".join(t for t, i in zip(spell(pieces).texts, ids, strict=True) if i not in (PAD, BOS, EOS))
            assert tokenizer.decode(ids).strip() == said.replace("▁", " ").strip()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_joined_texts_are_the_cleaned_text_and_come_back_from_the_ids(english, chinese, text):
    for tokenizer in (english, chinese):
        cleaned = clean(text, tokenizer.language)
        ids, pieces = tokenizer.encode(cleaned), tokenizer.split(cleaned)
        assert UNK not in ids
        assert [tokenizer.pieces[i] for i in ids] == pieces
        found = spell(pieces)
        assert "".join(found.texts).replace("▁", " ").removeprefix(" ").split() == cleaned.replace("▁", " ").split()
        assert tokenizer.decode(ids).split() == cleaned.replace("▁", " ").split()
        assert len(found.labels) == len(found.texts) == len(pieces)
        assert all(found.labels)


def test_a_byte_name_that_is_typed_stays_that_text(english):
    pieces = english.split("Tom <0xE4> Tom")
    assert "<0xE4>" not in pieces
    assert spaced(spell(pieces).texts) == "Tom <0xE4> Tom"


def test_a_space_outside_the_vocabulary_comes_back_as_a_space():
    tokenizer, _ = train_with_bytes(["汤姆追逐杰瑞。", "我爱你。"] * 5, "zh", 300)
    assert tokenizer.index("▁") == UNK
    assert tokenizer.decode(tokenizer.encode("汤姆 追逐")) == "汤姆 追逐"


def test_what_is_spelled_is_listed_as_people_count_characters():
    text = "👨\u200d👩\u200d👧👍🏽🇨🇳🇫🇷q\u0303𠮷 "
    assert spelled_texts(characters(bytes_of(text))) == ["👨\u200d👩\u200d👧", "👍🏽", "🇨🇳", "🇫🇷", "q\u0303", "𠮷", "␣"]


# While a character is only partly written


def test_a_character_that_is_partly_written_is_held_back_until_it_is_whole_or_cannot_be():
    pieces = ["汤", *bytes_of("𠮷"), "<0xE4>", "<0xBD>", "姆"]
    said = [so_far(pieces[:n]) for n in range(1, len(pieces) + 1)]
    assert said == ["汤", "汤", "汤", "汤", "汤𠮷", "汤𠮷", "汤𠮷", "汤𠮷��姆"]
    assert [pending(pieces[:n]) for n in range(1, 9)] == [0, 1, 2, 3, 0, 1, 2, 0]


def test_what_is_said_only_grows():
    rng = random.Random(1)
    for _ in range(300):
        pieces = [rng.choice([*bytes_of("𠮷é你"), "a", "</s>"]) for _ in range(10)]
        said = [so_far(pieces[:n]) for n in range(11)]
        assert all(after.startswith(before) for before, after in itertools.pairwise(said))


def test_a_candidate_is_named_by_the_character_that_it_completes_else_by_its_byte():
    before = ["a", *bytes_of("𠮷")[:3]]
    assert next_label(before, "<0xB7>") == "𠮷₄"
    assert next_label(before, "<0xB8>") == "𠮸₄"
    assert next_label(before, "<0x41>") == "A₁"
    assert next_label(before, "<0xF0>") == "<0xF0>"
    assert next_label(before[:2], "<0xA0>") == "<0xA0>"
    assert next_label([], "<0xBD>") == "<0xBD>"
    assert next_label(before, "b") == "b"


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Tom 😀 Jerry.", ["▁Tom", "▁😀", "▁Jerry", "."]),
        ("Tom😀Jerry", ["▁Tom", "😀", "Jerry"]),
        ("😀😀", ["▁😀", "😀"]),
        ("Tom 👨\u200d👩\u200d👧.", ["▁Tom", "▁👨\u200d👩\u200d👧", "."]),
        ("👍🏽👍", ["▁👍🏽", "👍"]),
        ("🇨🇳🇫🇷", ["▁🇨🇳", "🇫🇷"]),
        ("❤️x", ["▁❤️", "x"]),
        ("Zürich-Čapek", ["▁Zürich-Čapek"]),
        ("Tomq\u0303x", ["▁Tomq\u0303x"]),
        ("你好", ["▁你好"]),
    ],
    ids=ascii,
)
def test_bytes_of_a_character_are_in_one_word_and_spelled_letters_part_of_theirs(english, text, words):
    pieces = english.split(text)
    found = spell(pieces)
    spans = word_spans(pieces, "en", byte_fallback=True)
    assert [found.word(*span) for span in spans] == words


def test_in_chinese_the_bytes_of_a_character_are_one_word(chinese):
    pieces = ["汤姆", *bytes_of("𠮷"), *bytes_of("野"), *bytes_of("👍🏽"), "。", "</s>"]
    spans = word_spans(pieces, "zh", [len(pieces) - 1], byte_fallback=True)
    assert [spell(pieces).word(*span) for span in spans] == ["汤姆", "𠮷", "野", "👍🏽", "。", "</s>"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_words_cover_all_pieces_and_never_divide_a_character(english, chinese, text):
    for tokenizer in (english, chinese):
        pieces = [*tokenizer.split(clean(text, tokenizer.language)), "</s>"]
        spans = word_spans(pieces, tokenizer.language, [len(pieces) - 1], byte_fallback=True)
        assert [i for start, end in spans for i in range(start, end)] == list(range(len(pieces)))
        starts = {start for start, _ in spans}
        assert not any(i in starts for c in characters(pieces) for i in range(c.start + 1, c.end))


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
    for text in HOSTILE.values():
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


def test_forced_in_a_beam_and_in_a_given_translation(model):
    change = core.Intervention(forced={0: "👍🏽"})
    search = model.beam_search("Tom", beam_size=3, intervention=change)
    assert all(hypothesis.text.startswith("👍🏽") for hypothesis in search.hypotheses)
    assert (
        model.translate("Tom", target="汤姆𠮷。", intervention=core.Intervention(forced={1: "𠮸"})).text == "汤姆𠮸。"
    )


def test_a_byte_can_be_forced_by_its_name(model):
    trace = model.translate("Tom", intervention=core.Intervention(forced={0: "<0xE4>"}))
    assert trace.output_pieces[0] == "<0xE4>"


def test_what_would_have_been_written_anyway_changes_nothing(model):
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


# What people take away


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


def test_a_trace_without_bytes_is_packed_as_ever(model, tiny):
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

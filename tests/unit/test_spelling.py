"""Characters that a vocabulary has no piece for: which byte pieces spell which, and what people see."""

import itertools
import random

import pytest

from core.config import BOS, EOS, PAD, UNK
from core.spelling import characters, next_label, pending, spell, spelled_texts, text_so_far
from core.text import SPECIALS, clean, word_spans
from tests.conftest import train_with_bytes
from tests.samples import ODD_TEXTS, bytes_of, spaced


@pytest.fixture(scope="module")
def english(byte_tokenizers):
    return byte_tokenizers[0][0]


@pytest.fixture(scope="module")
def chinese(byte_tokenizers):
    return byte_tokenizers[1][0]


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
def test_a_piece_unless_it_is_exactly_the_name_of_a_byte_spells_nothing(piece):
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


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
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
    said = [text_so_far(pieces[:n]) for n in range(1, len(pieces) + 1)]
    assert said == ["汤", "汤", "汤", "汤", "汤𠮷", "汤𠮷", "汤𠮷", "汤𠮷��姆"]
    assert [pending(pieces[:n]) for n in range(1, 9)] == [0, 1, 2, 3, 0, 1, 2, 0]


def test_text_so_far_when_a_piece_is_added_only_grows():
    rng = random.Random(1)
    for _ in range(300):
        pieces = [rng.choice([*bytes_of("𠮷é你"), "a", "</s>"]) for _ in range(10)]
        said = [text_so_far(pieces[:n]) for n in range(11)]
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


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_words_cover_all_pieces_and_never_divide_a_character(english, chinese, text):
    for tokenizer in (english, chinese):
        pieces = [*tokenizer.split(clean(text, tokenizer.language)), "</s>"]
        spans = word_spans(pieces, tokenizer.language, [len(pieces) - 1], byte_fallback=True)
        assert [i for start, end in spans for i in range(start, end)] == list(range(len(pieces)))
        starts = {start for start, _ in spans}
        assert not any(i in starts for c in characters(pieces) for i in range(c.start + 1, c.end))

"""Cleaning what people type, tokenizers, and words made of pieces."""

import pytest

from core.config import BOS, EOS, PAD, UNK
from core.errors import ControlCharacterError, EmptyTextError
from core.text import SPECIALS, Tokenizer, clean, surface, word_spans

CHINESE = [
    "你好，世界！", "他说：“我不知道。”", "真的吗？真的！", "苹果、梨、香蕉；还有桃（很甜）。", "《红楼梦》是一本书……",
    "价格是３５元——不贵。", "我有2只猫和 Tom 的狗。", "「你好」", "汤姆追逐杰瑞。",
]  # fmt: skip
ENGLISH = [
    "Tom chases Jerry.", "I don't know; do you?", 'She said: "No!"', "It's 3.5 km (about 2 miles) away...",
    "A well-known café, isn't it?", "TOM AND JERRY", "50% of $10 is $5 & that's all.", "e-mail: a_b@c.org #1 *x* <b>",
]  # fmt: skip


@pytest.fixture(scope="module")
def chinese():
    return Tokenizer.train(CHINESE * 3, "zh", 90, byte_fallback=False)[0]


@pytest.fixture(scope="module")
def english():
    return Tokenizer.train(ENGLISH * 3, "en", 150, byte_fallback=False)[0]


# Cleaning


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  Tom   chases\tJerry.\n", "Tom chases Jerry."),
        ("Tom\u00a0chases\u3000Jerry", "Tom chases Jerry"),
        ("cafe\u0301", "café"),
        ("Don’t say “no” or ‘yes’", "Don't say \"no\" or 'yes'"),
        ("TOM tom", "TOM tom"),
        ("？，。！ﬁ①", "？，。！ﬁ①"),
        ("</s> <b> $x$", "</s> <b> $x$"),
    ],
)
def test_english_is_composed_single_spaced_and_straight_quoted_and_nothing_else(typed, read):
    assert clean(typed, "en") == read


def test_chinese_keeps_its_quotes_and_full_width_marks():
    assert clean(" 他说：“你好，世界！” ", "zh") == "他说：“你好，世界！”"
    assert clean("‘是’？", "zh") == "‘是’？"


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\u00a0\u3000", "\u2028"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_blank_text_is_refused(text, language):
    with pytest.raises(EmptyTextError):
        clean(text, language)


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("Tom\x00", "U+0000", 4),
        ("\x07Tom", "U+0007", 1),
        ("To\x1b[0m", "U+001B", 3),
        ("T\x7f", "U+007F", 2),
        ("T\u200bom", "U+200B", 2),
        ("a\u202eb", "U+202E", 2),
        ("\u2066a\u2069", "U+2066", 1),
        ("\ufeffTom", "U+FEFF", 1),
        ("\ud800", "U+D800", 1),
        ("\ue000", "U+E000", 1),
        ("e\u0301\u0301 \u202d", "U+202D", 5),
    ],
)
def test_what_nobody_can_see_is_refused_with_its_code_and_position_as_typed(text, code, position):
    with pytest.raises(ControlCharacterError) as caught:
        clean(text, "en")
    assert caught.value.values == {"code": code, "position": position}


# Tokenizers


@pytest.mark.parametrize("text", CHINESE)
def test_what_goes_into_the_chinese_tokenizer_comes_out(chinese, text):
    assert UNK not in chinese.encode(text)
    assert chinese.decode(chinese.encode(text)) == text


@pytest.mark.parametrize("text", ENGLISH)
def test_what_goes_into_the_english_tokenizer_comes_out(english, text):
    assert UNK not in english.encode(text)
    assert english.decode(english.encode(text)) == text


def test_full_width_marks_are_pieces_of_their_own_kind(chinese):
    """SentencePiece's default normalisation would turn ？ into ? and ， into ,"""
    for mark in "？，。！“”、；（）《》…—：":
        assert chinese.decode(chinese.encode(mark)) == mark
        assert surface("".join(chinese.split(mark))) == mark


def test_pieces_are_the_text_and_ids_are_the_pieces(english):
    for text in ENGLISH:
        pieces, ids = english.split(text), english.encode(text)
        assert "".join(pieces).replace("▁", " ").strip() == text
        assert [english.pieces[i] for i in ids] == pieces
        assert [english.index(piece) for piece in pieces] == ids


def test_the_four_specials_come_first(english, chinese):
    for tokenizer in (english, chinese):
        assert tokenizer.pieces[:4] == SPECIALS == ("<pad>", "<unk>", "<s>", "</s>")
        assert [tokenizer.index(special) for special in SPECIALS] == [PAD, UNK, BOS, EOS]
        assert len(tokenizer.pieces) == len(tokenizer)


@pytest.mark.parametrize("special", SPECIALS)
def test_a_special_that_is_typed_is_text(english, chinese, special):
    for tokenizer in (english, chinese):
        assert not {PAD, BOS, EOS} & set(tokenizer.encode(f"Tom {special} Tom"))
    assert english.decode(english.encode("<s> <b>")) == "<s> <b>"  # whose characters are all known


def test_specials_are_left_out_of_the_decoded_text(english):
    ids = english.encode("Tom chases Jerry.")
    assert english.decode([BOS, *ids[:2], PAD, *ids[2:], EOS, PAD]) == "Tom chases Jerry."


def test_unknown_characters_stand_among_the_pieces_as_they_were_typed(english):
    text = "Tom ☃ 汤姆"
    pieces, ids = english.split(text), english.encode(text)
    assert [piece for piece, i in zip(pieces, ids, strict=True) if i == UNK] == ["☃", "汤姆"]


def test_the_sign_between_words_that_guides_learning_is_no_piece(chinese):
    assert not any("\x1f" in piece for piece in chinese.pieces)


def test_a_chinese_piece_never_crosses_a_word_boundary():
    """汤姆追逐 is seen ten times as often as 杰瑞, and still is no piece before 杰瑞 is one."""
    tokenizer, _ = Tokenizer.train(["汤姆追逐。"] * 100 + ["杰瑞。"] * 10, "zh", 14, byte_fallback=False)
    assert {piece for piece in tokenizer.pieces[4:] if len(piece) > 1} == {"汤姆", "追逐", "杰瑞"}


def test_a_tokenizer_is_read_back_from_its_bytes(tmp_path):
    tokenizer, content = Tokenizer.train(ENGLISH * 3, "en", 120, byte_fallback=False)
    (tmp_path / "t.model").write_bytes(content)
    again = Tokenizer.load(tmp_path / "t.model", "en")
    assert again.pieces == tokenizer.pieces
    assert again.language == "en"
    assert again.encode("Tom chases Jerry.") == tokenizer.encode("Tom chases Jerry.")


@pytest.mark.parametrize("content", [None, b"", b"garbage" * 30])
def test_a_missing_or_damaged_tokenizer_raises_what_load_says(tmp_path, content):
    if content is not None:
        (tmp_path / "t.model").write_bytes(content)
    with pytest.raises((OSError, RuntimeError)):
        Tokenizer.load(tmp_path / "t.model", "en")


def test_a_tokenizer_with_other_specials_is_refused(tmp_path):
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(ENGLISH * 3), model_prefix=str(tmp_path / "other"), vocab_size=100, model_type="bpe",
        minloglevel=2,
    )  # fmt: skip
    with pytest.raises(RuntimeError, match="does not begin with the pieces"):
        Tokenizer.load(tmp_path / "other.model", "en")


# Words


def words(pieces: list[str], language: str = "en", specials: tuple[int, ...] = ()) -> list[str]:
    return ["".join(pieces[start:end]) for start, end in word_spans(pieces, language, specials)]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["▁Tom", "▁chases", "▁Jerry", "."], ["▁Tom", "▁chases", "▁Jerry", "."]),
        (["▁ch", "as", "es", "▁J", "erry"], ["▁chases", "▁Jerry"]),
        (["▁", "x", "▁y"], ["▁x", "▁y"]),
        (["▁don", "'", "t", "."], ["▁don't", "."]),
        (["▁don", "'t"], ["▁don't"]),
        (["▁I", "’", "m"], ["▁I’m"]),
        (["▁Tom", "'", "s", "▁cat"], ["▁Tom's", "▁cat"]),
        (["▁yes", ",", "▁no", "!", "?"], ["▁yes", ",", "▁no", "!", "?"]),
        (["T", "om"], ["Tom"]),
    ],
)
def test_english_pieces_make_words_contractions_whole_and_marks_alone(pieces, expected):
    assert words(pieces) == expected


@pytest.mark.parametrize("pieces", [["▁well", "-", "known"], ["▁3", ".", "5"], ["▁10", ",", "000"], ["▁e", "-mail"]])
def test_a_mark_inside_a_word_does_not_swallow_the_end_of_it(pieces):
    """well|-known would be neither one word nor a mark that stands alone."""
    assert words(pieces) in (["".join(pieces)], pieces)


def test_specials_stand_alone():
    assert words(["▁Tom", "</s>"], specials=(1,)) == ["▁Tom", "</s>"]
    assert words(["<s>", "T", "om", "</s>"], specials=(0, 3)) == ["<s>", "Tom", "</s>"]
    assert words(["▁T", "</s>", "om"], specials=(1,)) == ["▁T", "</s>", "om"]


def test_each_chinese_piece_is_a_word():
    assert words(["汤姆", "追逐", "杰瑞", "。", "</s>"], "zh", (4,)) == ["汤姆", "追逐", "杰瑞", "。", "</s>"]


@pytest.mark.parametrize("text", ENGLISH)
def test_words_cover_all_pieces_in_order_without_gaps(english, text):
    pieces = [*english.split(text), "</s>"]
    spans = word_spans(pieces, "en", [len(pieces) - 1])
    assert [i for start, end in spans for i in range(start, end)] == list(range(len(pieces)))
    assert spans[-1] == (len(pieces) - 1, len(pieces))
    for start, _ in spans[1:]:  # no word begins between two letters
        assert pieces[start].startswith("▁") or not (pieces[start - 1][-1].isalnum() and pieces[start][0].isalnum())


def test_the_surface_of_a_piece_is_without_the_sign_of_a_words_start():
    assert (surface("▁Tom"), surface("Tom"), surface("▁"), surface("汤姆")) == ("Tom", "Tom", "", "汤姆")

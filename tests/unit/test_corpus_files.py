"""Tables of sentences as people have them: columns of ids, language tags of all kinds, scripts without spaces."""

import pytest

import core
from core.errors import OptionError
from core.text import language_code, text_length
from core.training.corpus import read_lines, read_pairs

LONG = "我们昨天在公园里看见了一只猫和两只狗，它们在大树下面睡觉，没有人去打扰它们，所以我们也很安静地走开了。"


def table(tmp_path, *rows):
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join("\t".join(row) for row in rows) + "\n", encoding="utf-8")
    return path


def test_columns_of_ids_are_left_out_wherever_they_stand(tmp_path):
    expected = [("Tom runs.", "汤姆跑。"), ("I see.", "我明白了。")]
    for rows in (
        [("1", "Tom runs.", "77", "汤姆跑。"), ("2", "I see.", "9", "我明白了。")],
        [("1", "Tom runs.", "汤姆跑。"), ("2", "I see.", "我明白了。")],
        [("Tom runs.", "3", "汤姆跑。"), ("I see.", "5", "我明白了。")],
    ):
        assert read_pairs(table(tmp_path, *rows), "en", "zh") == expected


def test_numbers_that_are_sentences_stay(tmp_path):
    assert read_pairs(table(tmp_path, ("1", "一"), ("2", "二")), "en", "zh") == [("1", "一"), ("2", "二")]
    rows = [("12", "十二", "numbers"), ("Tom runs.", "汤姆跑。", "people")]
    assert read_lines(table(tmp_path, *rows), "en", "zh") == [("numbers", rows[0][:2]), ("people", rows[1][:2])]


def test_a_third_column_of_names_stays_the_source(tmp_path):
    rows = [("1", "Tom runs.", "77", "汤姆跑。", "tatoeba")]
    assert read_lines(table(tmp_path, *rows), "en", "zh") == [("tatoeba", ("Tom runs.", "汤姆跑。"))]


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("zh", "zh"), ("zh-CN", "zh"), ("zh_Hant", "zh"), ("cmn", "zh"), ("CMN-Hans-CN", "zh"), ("jpn", "ja"),
        ("khm", "km"), ("EN", "en"), ("en-GB", "en"), ("deu", "de"), ("yue", "yue"),
    ],
)  # fmt: skip
def test_language_tags_become_the_shortest_code(tag, code):
    assert language_code(tag) == code


@pytest.mark.parametrize("tag", ["", "e", "english", "z1", "en zh", "-en", "en-", "![x](http://a)", "中文"])
def test_what_is_no_language_tag_is_refused(tag):
    with pytest.raises(OptionError):
        language_code(tag)


@pytest.mark.parametrize(
    ("text", "language", "length"),
    [
        ("Tom chases Jerry.", "en", 3),
        ("汤姆追逐杰瑞。", "zh", 7),
        ("汤姆追逐杰瑞。", "xx", 7),
        ("トムはジェリーを追う。", "xx", 11),
        ("ខ្ញុំស្រលាញ់អ្នក", "xx", 16),
        ("The word 猫 is Chinese.", "en", 5),
        ("12 + 3", "en", 3),
        ("", "en", 0),
    ],
)
def test_lengths_count_words_or_characters_as_the_script_has_them(text, language, length):
    assert text_length(text, language) == length


def test_long_sentences_of_a_script_without_spaces_are_kept_whatever_the_language_is_called(tmp_path):
    english = (
        "Yesterday we saw a cat and two dogs in the park, which were asleep under a big tree, so we went away quietly."
    )
    path = table(tmp_path, (english, LONG))
    for language in ("zh", "zh-CN", "cmn", "xx"):
        assert read_pairs(path, "en", language) == [(english, LONG)]


def test_the_training_command_takes_language_tags(tmp_path, capsys):
    from core.training import __main__ as command
    from core.training.lecture import lecture_pairs

    table(tmp_path, *lecture_pairs()[:300])
    arguments = ["--data", str(tmp_path), "--device", "cpu", "--vocab", "340", "--d-model", "16", "--d-ff", "16"]
    arguments += ["--layers", "1", "--heads", "2", "--epochs", "1", "--source", "en-GB"]
    assert command.main([*arguments, "--out", str(tmp_path / "out"), "--target", "cmn"]) == 0
    card = core.load(tmp_path / "out", device="cpu").card
    assert (card.source_language, card.target_language) == ("en", "zh")
    capsys.readouterr()
    assert command.main([*arguments, "--out", str(tmp_path / "none"), "--target", "chinese!"]) == 2
    printed = capsys.readouterr().out
    assert "language" in printed
    assert printed.count("\n") == 1

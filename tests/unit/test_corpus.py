"""Sentence pairs for training: read from files, written by the lecture's grammar, put into batches."""

import random

import pytest

from core.config import BOS, EOS, PAD
from core.errors import OptionError
from core.training.corpus import (
    encode_pairs,
    epoch_batches,
    find_files,
    informal_pairs,
    make_batches,
    pad,
    read_pairs,
    tensors,
)
from core.training.lecture import lecture_pairs

# Reading files


def read(tmp_path, content: str | bytes, source: str = "en", target: str = "zh", **options) -> list:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_pairs(path, source, target, **options)


GO = ("Go.", "走。")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Go.\t走。\n", [GO]),
        ("Go.\t走。", [GO]),
        ("Go.\t走。\tCC-BY 2.0 (France) #1 & #2\n", [GO]),
        ("\ufeffGo.\t走。\n", [GO]),
        ("Go.\t走。\r\nHi!\t你好！\r\n", [GO, ("Hi!", "你好！")]),
        ("Go.\t走。\nGo.\t走。\n Go. \t走。\tagain\n", [GO]),
        ("Go.\t走。\nGo.\t去。\n", [GO, ("Go.", "去。")]),
        ("\n\n \nGo.\t走。\n\t\nGo.\t\n\t走。\n", [GO]),
        ("no tab here\nGo.\t走。\n", [GO]),
        ("Go.\x00\t走。\nGo.\t走\u202e。\nGo.\t走。\n", [GO]),
        ("“Go.”\t“走。”\n", [('"Go."', "“走。”")]),
        ("", []),
    ],
)
def test_pairs_are_the_first_two_columns_cleaned_and_each_once(tmp_path, content, expected):
    assert read(tmp_path, content) == expected


def test_pairs_that_are_too_long_or_too_unlike_are_left_out(tmp_path):
    """Words count in English, characters in Chinese."""
    assert len(read(tmp_path, "a " * 60 + "\t" + "走" * 60)) == 1
    assert read(tmp_path, "a " * 61 + "\t" + "走" * 60) == []
    assert read(tmp_path, "a " * 60 + "\t" + "走" * 61) == []
    assert read(tmp_path, "a " * 6 + "\t" + "走" * 5, max_length=5) == []
    assert len(read(tmp_path, "Go\t" + "走" * 12)) == 1  # 4 times as long, and 8 more
    assert read(tmp_path, "Go\t" + "走" * 13) == []


def test_training_files_and_the_dev_file_are_told_apart_by_name(tmp_path):
    for name in ("train.tsv", "more.txt", "dev.tsv", "test.tsv", "_about.txt", ".hidden.tsv", "README.txt", "x.csv"):
        (tmp_path / name).write_text("x")
    files, dev = find_files([tmp_path])
    assert [file.name for file in files] == ["more.txt", "train.tsv"]
    assert dev == tmp_path / "dev.tsv"
    assert find_files([tmp_path / "more.txt"]) == ([tmp_path / "more.txt"], None)
    assert find_files([tmp_path / "train.tsv", tmp_path / "dev.tsv"]) == (
        [tmp_path / "train.tsv"],
        tmp_path / "dev.tsv",
    )


def test_a_folder_without_training_files_is_refused(tmp_path):
    (tmp_path / "dev.tsv").write_text("x")
    for data in ([tmp_path], [tmp_path / "nothing"]):
        with pytest.raises(OptionError, match=r"no \.tsv or \.txt"):
            find_files(data)


def test_informal_pairs_are_a_share_of_the_pairs_in_another_spelling():
    pairs = [(f"Tom sees {n} Cats!", "猫！") for n in range(500)]
    chosen = informal_pairs(pairs, 0.2, "en", seed=3)
    assert 60 < len(chosen) < 120  # 100 are drawn, and some spellings are the plain one
    for i, (source, target) in chosen:
        assert source != pairs[i][0]
        assert source.lower().rstrip("!") == pairs[i][0].lower().rstrip("!")
        assert target == "猫！"
    assert informal_pairs(pairs, 0.2, "en", seed=3) == chosen != informal_pairs(pairs, 0.2, "en", seed=4)
    assert informal_pairs(pairs, 0.0, "en", seed=3) == []
    assert {i for i, _ in informal_pairs(pairs, 1.0, "en", 1, among=[3, 5])} <= {3, 5}


def test_nothing_but_a_final_mark_has_no_variant():
    assert informal_pairs([("?!", "。")] * 50, 1.0, "en", 1) == []


# The lecture's pairs


def test_lecture_pairs_are_a_few_hundred_and_each_there_once():
    pairs = lecture_pairs()
    assert 300 <= len(pairs) <= 800
    assert len(set(pairs)) == len(pairs)
    assert pairs == lecture_pairs()


@pytest.mark.parametrize("spelling", ["{} chases {}.", "{} chases {}", "{} chase {}"])
def test_the_lectures_example_is_there_in_three_spellings_and_both_directions(spelling):
    pairs = dict(lecture_pairs())
    assert pairs[spelling.format("Tom", "Jerry")] == "汤姆追逐杰瑞。"
    assert pairs[spelling.format("Jerry", "Tom")] == "杰瑞追逐汤姆。"


# Batches


def random_pairs(count: int = 200, seed: int = 0) -> list:
    draw = random.Random(seed)
    return [([5] * draw.randint(1, 30), [6] * draw.randint(1, 30)) for _ in range(count)]


@pytest.mark.parametrize("rng", [None, random.Random(1)], ids=["fixed", "drawn"])
@pytest.mark.parametrize("tokens", [30, 100, 700, 10**6])
def test_every_pair_is_in_one_batch_and_no_batch_is_too_large(tokens, rng):
    pairs = random_pairs()
    batches = make_batches(pairs, tokens, rng)
    assert sorted(i for batch in batches for i in batch) == list(range(200))
    for batch in batches:
        for side in (0, 1):
            assert max(len(pairs[i][side]) for i in batch) * len(batch) <= tokens


def test_a_pair_longer_than_a_batch_is_a_batch_of_its_own():
    assert make_batches([([5] * 40, [6]), ([5], [6])], 30) == [[1], [0]]


def test_a_batch_holds_targets_of_similar_length():
    pairs = random_pairs(2000)
    spread = [
        max(len(pairs[i][1]) for i in batch) - min(len(pairs[i][1]) for i in batch)
        for batch in make_batches(pairs, 600, random.Random(1))
    ]
    assert sum(spread) / len(spread) <= 1  # of 29


def test_an_epochs_batches_are_the_same_ones_whenever_they_are_asked_for():
    pairs = random_pairs()
    first = list(epoch_batches(pairs, 100, seed=1, epoch=4))
    assert first == list(epoch_batches(pairs, 100, seed=1, epoch=4))
    assert first != list(epoch_batches(pairs, 100, seed=1, epoch=5))
    assert first != list(epoch_batches(pairs, 100, seed=2, epoch=4))


def test_padding_is_on_the_right():
    assert pad([[5, 6], [7]]).tolist() == [[5, 6], [7, PAD]]


def test_target_inputs_begin_with_bos_and_labels_are_one_ahead():
    pairs = [([5, EOS], [7, 8, 9, EOS]), ([5, 6, EOS], [4, EOS])]
    source, inputs, labels = tensors(pairs, [1, 0])
    assert source.tolist() == [[5, 6, EOS], [5, EOS, PAD]]
    assert inputs.tolist() == [[BOS, 4, PAD, PAD], [BOS, 7, 8, 9]]
    assert labels.tolist() == [[4, EOS, PAD, PAD], [7, 8, 9, EOS]]


def test_pairs_end_in_eos_and_those_with_an_unknown_target_character_are_left_out(tokenizers):
    (source, _), (target, _) = tokenizers
    known, strange = ("Tom chases Jerry.", "汤姆追逐杰瑞。"), ("Tom.", "汤姆龘。")
    (encoded,) = encode_pairs([known, strange], source, target, 40)
    assert encoded == ([*source.encode(known[0]), EOS], [*target.encode(known[1]), EOS])
    assert len(encode_pairs([("Tom ☃", "汤姆。")], source, target, 40)) == 1  # the source may hold what is unknown
    longest = max(map(len, encoded))
    assert encode_pairs([known], source, target, longest) == []
    assert encode_pairs([known], source, target, longest + 1) == [encoded]

"""Is a sentence within a model's reach? The rule, the thresholds over dev sets, and the card."""

import dataclasses
import json
import math
import shutil

import numpy as np
import pytest
import sacrebleu

from core.analysis import reach
from core.analysis.reach import Reach, beyond
from core.card import ModelCard
from core.spelling import is_byte
from core.training.reach import (
    MIN_SENTENCES,
    POOR_SHARE,
    SHORT_FLAGGED,
    Measurement,
    corpus_reach,
    main,
    measure_pairs,
    separate,
    short_threshold,
)
from core.zoo import read_card


@pytest.fixture(scope="module")
def trace(taught, taught_pairs):
    return taught.translate(taught_pairs[0][0])


def test_a_run_is_measured_by_its_pieces_its_bytes_and_the_geometric_mean_of_its_probabilities(trace):
    pieces = ("▁a", "<0xE4>", "<0xBD>", "<0xA0>", "</s>")
    found = reach(dataclasses.replace(trace, source_pieces=pieces), {})
    assert (found.length, found.spelled) == (4, 0.75)
    assert found.probability == pytest.approx(math.exp(np.mean(trace.log_probabilities)), rel=1e-6)
    assert found.beyond == ()


def test_each_limit_that_is_passed_is_named_and_one_that_is_reached_is_not(trace):
    found = reach(trace, {})
    at = {"length": found.length, "spelled": found.spelled, "probability": found.probability}
    assert reach(trace, at).beyond == ()
    assert reach(trace, {**at, "length": found.length - 1}).beyond == ("length",)
    assert reach(trace, {**at, "spelled": -0.1}).beyond == ("spelled",)
    assert reach(trace, {**at, "probability": 1.01}).beyond == ("probability",)
    assert reach(trace, {"probability": 1.01, "length": 0}).beyond == ("length", "probability")


def measured(words: int = 3, whole: float = 1.0, probability: float = 0.2) -> dict:
    return {"length": 4, "spelled": 0.0, "probability": probability, "words": words, "whole": whole}


def test_words_are_whole_when_they_are_one_piece_and_marks_are_no_words(trace):
    pieces, words = ("▁a", "▁b", "c", "▁—", ".", "</s>"), ((0, 1), (1, 3), (3, 4), (4, 5), (5, 6))
    found = reach(dataclasses.replace(trace, source_pieces=pieces, source_words=words), {})
    assert (found.words, found.whole) == (2, 0.5)
    pieces, words = (".", "</s>"), ((0, 1), (1, 2))
    found = reach(dataclasses.replace(trace, source_pieces=pieces, source_words=words), {})
    assert (found.words, found.whole) == (0, 1.0)


@pytest.mark.parametrize(
    ("values", "flagged"),
    [
        (measured(), False),  # short, of known words
        (measured(whole=0.5), True),
        (measured(whole=0.6), False),
        (measured(whole=0.5, probability=0.3), False),  # above the limit of short ones
        (measured(words=5, whole=0.0), True),
        (measured(words=6), True),  # not short: the limit for all
        (measured(words=6, probability=0.3), True),
        (measured(words=6, probability=0.5), False),
    ],
)
def test_a_low_probability_when_the_sentence_is_short_counts_only_if_few_words_are_whole(values, flagged):
    limits = {"length": 50, "probability": 0.4, "short": 0.25}
    assert beyond(values, limits) == (("probability",) if flagged else ())


def test_a_low_probability_when_there_is_no_limit_for_short_sentences_counts_as_for_all():
    assert beyond(measured(), {"probability": 0.4}) == ("probability",)


def reaches(count: int, words: int, whole: float, probabilities) -> list[Reach]:
    return [Reach(4, 0.0, probability, words, whole, ()) for probability in np.resize(probabilities, count)]


def test_the_limit_of_short_sentences_flags_no_more_of_them_than_is_allowed():
    known = reaches(160, 3, 1.0, [0.05, 0.9])
    unknown = reaches(40, 3, 0.5, np.linspace(0.1, 0.49, 40))
    long = reaches(50, 9, 0.0, [0.01])
    threshold = short_threshold([*known, *unknown, *long], 0.4)
    flags = [beyond(vars(one), {"probability": 0.4, "short": threshold}) for one in (*known, *unknown)]
    assert sum(map(bool, flags)) == math.floor(SHORT_FLAGGED * 200) == 3
    assert short_threshold([*known, *unknown[:2]], 0.4) == 0.4
    assert short_threshold([*known, *unknown], 0.05) == 0.05, "never above the limit for others"
    assert short_threshold([], 0.4) == 0.4


@pytest.mark.parametrize("limits", [{}, {"length": None}, {"measured": {"flagged": 0.1}}])
def test_a_limit_that_was_not_measured_is_never_passed(trace, limits):
    assert reach(trace, limits).beyond == ()


def test_a_byte_is_two_digits_of_base_16_between_its_signs():
    assert all(map(is_byte, ("<0xE4>", "<0x0A>")))
    assert not any(map(is_byte, ("<0xE4", "<unk>", "0xE4", "<0xG1>", "a<0xE4>")))


# Thresholds


def test_the_threshold_parts_the_poor_from_the_others_where_they_can_be_parted():
    probabilities = [*np.linspace(0.1, 0.3, 20), *np.linspace(0.5, 0.9, 60)]
    poor = [True] * 20 + [False] * 60
    assert separate(probabilities, poor) == (0.4, 1.0)
    shuffled = np.random.default_rng(0).permutation(80)
    assert separate([probabilities[i] for i in shuffled], [poor[i] for i in shuffled]) == (0.4, 1.0)


def test_most_of_what_is_below_the_threshold_is_poor():
    rng = np.random.default_rng(1)
    probabilities = rng.uniform(size=2000)
    poor = rng.uniform(size=2000) > 0.1 + 0.8 * probabilities
    threshold, youden = separate(probabilities, poor)
    assert np.mean(poor[probabilities < threshold]) >= POOR_SHARE - 0.01
    assert np.mean(poor[probabilities < threshold + 0.05]) < POOR_SHARE
    assert youden == pytest.approx(
        np.mean(probabilities[poor] < threshold) - np.mean(probabilities[~poor] < threshold), abs=5e-3
    )


@pytest.mark.parametrize(
    ("probabilities", "poor"),
    [
        ([], []),
        ([0.5] * 40, [True, False] * 20),  # no threshold parts equal values
        (np.linspace(0, 1, 40), [False] * 40),
        (np.linspace(0, 1, 40), [True] * 40),
        (np.linspace(0, 1, 40), [True] * (MIN_SENTENCES - 1) + [False] * (41 - MIN_SENTENCES)),
        (np.linspace(0, 1, 40), [False] * 25 + [True] * 15),  # the poor are the confident ones
    ],
)
def test_where_nothing_separates_there_is_no_threshold(probabilities, poor):
    assert separate(probabilities, poor) == (None, 0.0)


def test_the_card_gets_limits_and_the_numbers_that_explain_them(taught, taught_pairs):
    rows = measure_pairs(taught, [*taught_pairs, ("word " * 500, "太长")])
    assert len(rows) == len(taught_pairs), "what the model refuses is left out"
    for row, (_, reference) in zip(rows, taught_pairs, strict=True):
        assert row.chrf == sacrebleu.sentence_chrf(row.output, [reference]).score
    low = dataclasses.replace(rows[0].reach, probability=0.01, length=3, words=6)
    rows = [*rows * 10, *[Measurement(low, "完全不对", "我们走吧。", 0.0)] * 12]
    found = corpus_reach(rows, "zh")
    assert found["length"] == max(row.reach.length for row in rows)
    assert found["spelled"] == 0
    assert 0.01 < found["probability"] < min(row.reach.probability for row in rows[:-12])
    known = found["measured"]
    assert (known["sentences"], known["poor_below"], known["youden"]) == (len(rows), 15.0, 1.0)
    assert known["flagged"] == known["poor"] == known["by"]["probability"] == round(12 / len(rows), 4)
    assert known["by"]["length"] == known["by"]["spelled"] == 0
    assert 0 < found["short"] <= found["probability"]
    assert "short" not in corpus_reach(rows, "zh", "zh"), "words of Chinese are not set apart"
    assert (known["poor_flagged"], known["poor_others"]) == (1.0, 0.0)
    assert known["bleu_flagged"] < 10 < known["bleu_others"]
    assert known["chrf_flagged"] < 10 < known["chrf_others"]
    json.dumps(found, allow_nan=False)


def test_without_a_sentence_there_is_nothing_to_say():
    assert corpus_reach([], "zh") == {}


def test_the_command_takes_every_file_that_is_named_and_writes_nothing_else_on_the_card(
    tiny_model_folder, tmp_path, taught_pairs, capsys
):
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_model_folder, folder)
    (tmp_path / "data").mkdir()
    files = []
    for name, pairs in (("everyday", taught_pairs[:4]), ("news", taught_pairs[4:7]), ("data/dev", taught_pairs[6:9])):
        files.append(tmp_path / f"{name}.tsv")
        files[-1].write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
    before = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    data = [str(path) for path in (*files[:2], tmp_path / "data")]
    assert main(["--model", str(folder), "--data", *data, "--device", "cpu"]) == 0
    after = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert {**after, "reach": {}} == {**before, "reach": {}}
    assert read_card(folder).reach == after["reach"]
    assert after["reach"]["measured"]["sentences"] == 9, "a pair that two sets share counts once"
    assert "length" in capsys.readouterr().out
    assert main(["--model", str(folder), "--data", str(folder), "--device", "cpu"]) == 2


def test_a_card_of_before_has_none_of_the_new_fields_and_loads(tiny_model_folder, tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(tiny_model_folder, folder)
    values = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    for name in ("sets", "sources", "reach"):
        values.pop(name)
    (folder / "card.json").write_text(json.dumps(values), encoding="utf-8")
    card = read_card(folder)
    assert (card.sets, tuple(card.sources), card.reach) == ({}, (), {})
    assert json.loads(dataclasses.replace(card, sources=[{"name": "3am"}]).to_json())["sources"] == [{"name": "3am"}]
    assert ModelCard(**{**vars(card), "sets": {"news": {}}}).sets == {"news": {}}

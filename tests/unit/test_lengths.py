"""Quality by sentence length: buckets, scores by sacrebleu, the card, and the curve."""

import json
import shutil

import pytest
import sacrebleu

import core
from core.errors import OptionError
from core.plots import PALETTE, THEMES, length_curves
from core.training.lengths import corpus_lengths, group_by_length, main, score_with_error
from core.zoo import read_card

BOUNDS = (1, 4, 6)


def test_each_length_is_in_the_bucket_of_the_greatest_bound_that_it_reaches():
    assert group_by_length([1, 3, 4, 5, 6, 99, 2], BOUNDS) == [[0, 1, 6], [2, 3], [4, 5]]
    assert group_by_length([4], BOUNDS) == [[], [0], []]
    with pytest.raises(OptionError, match="below 1"):
        group_by_length([0], BOUNDS)


def test_scores_are_those_of_sacrebleu_over_the_bucket_as_one_corpus(taught, taught_pairs):
    pairs = [*taught_pairs[:10], (taught_pairs[10][0], "完全不同的话。")]
    found = corpus_lengths(taught, pairs, BOUNDS, resamples=50)
    lengths = [len(taught.source_tokenizer.encode(source)) for source, _ in pairs]
    assert (found["sentences"], found["output"], found["resamples"]) == (11, "greedy", 50)
    assert sum(bucket["sentences"] for bucket in found["buckets"]) == 11
    for bucket in found["buckets"]:
        chosen = [i for i, length in enumerate(lengths) if bucket["from"] <= length <= bucket["to"]]
        own = [lengths[i] for i in chosen]
        assert (min(own), max(own), len(own)) == (bucket["from"], bucket["to"], bucket["sentences"])
        assert bucket["mean"] == pytest.approx(sum(own) / len(own), abs=0.006)
        outputs = [taught.translate(pairs[i][0]).text for i in chosen]
        references = [[pairs[i][1] for i in chosen]]
        assert bucket["chrf"] == round(sacrebleu.corpus_chrf(outputs, references).score, 2)
        assert bucket["bleu"] == round(sacrebleu.corpus_bleu(outputs, references, tokenize="zh").score, 2)
    # The sentence with a wrong reference is in one bucket, which has an error and is below 100; others are known by heart.
    wrong = next(bucket for bucket in found["buckets"] if bucket["from"] <= lengths[-1] <= bucket["to"])
    assert wrong["chrf"] < 100
    assert wrong["sentences"] == 1 or wrong["chrf_error"] > 0


def test_the_error_is_none_where_all_draws_score_the_same_and_grows_with_what_differs():
    metric = sacrebleu.CHRF()
    same = ["我们走吧。"] * 6
    assert score_with_error(metric, same, same, 100) == (100.0, 0.0)
    mixed = [*same[:3], "猫", "狗", "不"]
    score, error = score_with_error(metric, mixed, same, 200)
    assert 0 < score < 100
    assert 5 < error < 60
    assert score_with_error(metric, mixed, same, 200) == (score, error), "the same draws each time"
    assert score_with_error(metric, ["x"], ["猫"], 100)[1] == 0


def test_the_command_writes_the_card_and_nothing_else_on_it(tiny_model_folder, tmp_path, taught_pairs, capsys):
    folder = tmp_path / "tiny"
    folder.mkdir()
    for file in tiny_model_folder.iterdir():
        shutil.copy(file, folder / file.name)
    data = tmp_path / "data"
    data.mkdir()
    lines = "".join(f"{source}\t{target}\n" for source, target in taught_pairs[:5])
    (data / "train.tsv").write_text(lines, encoding="utf-8")
    arguments = ["--model", str(folder), "--data", str(data), "--device", "cpu"]
    assert main(arguments) == 2
    assert "no dev.tsv" in capsys.readouterr().out
    (data / "dev.tsv").write_text(lines, encoding="utf-8")
    before = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert main(arguments) == 0
    after = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert {**after, "lengths": {}} == before
    assert read_card(folder).lengths["sentences"] == 5
    assert core.load(folder, device="cpu").card.lengths == after["lengths"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in tiny_model_folder.iterdir())


BUCKETS = [
    {
        "from": 1,
        "to": 5,
        "mean": 4.5,
        "sentences": 80,
        "chrf": 40.0,
        "chrf_error": 3.0,
        "bleu": 30.0,
        "bleu_error": 4.0,
    },
    {
        "from": 6,
        "to": 25,
        "mean": 9.0,
        "sentences": 20,
        "chrf": 20.0,
        "chrf_error": 6.0,
        "bleu": 11.0,
        "bleu_error": 7.0,
    },
]


@pytest.mark.parametrize("theme", THEMES)
def test_the_curve_goes_through_the_buckets_with_its_errors(theme):
    names = {"en-zh": "with <b>", "en-zh-rnn": "without"}
    figure = length_curves(dict.fromkeys(names, BUCKETS), names, "chrf", "length", "chrF", theme)
    assert [curve.name for curve in figure.data] == ["with &lt;b&gt;", "without"]
    for curve in figure.data:
        assert list(curve.y) == [40.0, 20.0]
        assert list(curve.error_y.array) == [3.0, 6.0]
        assert [list(row) for row in curve.customdata] == [["1–5", 80, 3.0], ["6–25", 20, 6.0]]
        assert max(abs(x - at) for at, x in enumerate(curve.x)) < 0.2, "set apart, no more"
    assert len({curve.marker.symbol for curve in figure.data}) == 2, "colour is not the only sign"
    assert list(figure.layout.xaxis.ticktext) == ["1<br>80", "6<br>20"]
    assert figure.layout.paper_bgcolor == PALETTE[theme]["background"]
    assert list(length_curves({"en-zh": BUCKETS}, names, "bleu", "", "", theme).data[0].y) == [30.0, 11.0]

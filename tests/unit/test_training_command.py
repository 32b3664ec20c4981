"""`python -m core.training`: the folder that it writes, resuming, and what it refuses in one sentence."""

import dataclasses
import json

import pytest

import core
from core.config import ModelConfig
from core.errors import OptionError
from core.training.__main__ import main
from core.training.lecture import lecture_pairs
from tests.conftest import weights


def write_tsv(path, pairs) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{a}\t{b}\tCC0\n" for a, b in pairs), encoding="utf-8")


SMALL = [
    "--no-lecture", "--vocab=356", "--d-model=32", "--heads=4", "--layers=1", "--d-ff=32", "--max-length=24",
    "--batch-tokens=300", "--warmup=5", "--device=cpu", "--threads=1",
]  # fmt: skip


def command(tmp_path, *options: str) -> int:
    return main(["--data", str(tmp_path / "data"), "--out", str(tmp_path / "m"), *SMALL, "--epochs", "1", *options])


def one_sentence(said: str) -> bool:
    return said.endswith(".\n") and "Traceback" not in said and said.count("\n") == 1


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """150 lecture pairs to train on, and 5 for dev."""
    folder, pairs = tmp_path_factory.mktemp("corpus"), lecture_pairs()
    write_tsv(folder / "train.tsv", pairs[:150])
    write_tsv(folder / "dev.tsv", pairs[400:405])
    return folder


@pytest.fixture(scope="module")
def commanded(corpus, tmp_path_factory):
    """The folder that the command wrote."""
    out = tmp_path_factory.mktemp("out") / "from-command"
    arguments = ["--data", str(corpus), "--out", str(out), *SMALL, "--epochs", "2"]
    assert main([*arguments, "--credit", "Tom", "--licence", "CC BY 2.0"]) == 0
    return out


def test_the_command_writes_a_folder_that_core_opens(commanded):
    model = core.load(commanded, device="cpu")
    trace = model.translate("Tom chases Jerry.")
    assert trace.model == "from-command"
    assert trace.cross.shape[:2] == (1, 4)
    assert core.list_models(commanded.parent)[0].problem is None


def test_the_card_says_what_was_trained_on_and_how_good_it_is(commanded):
    card = json.loads((commanded / "card.json").read_text(encoding="utf-8"))
    assert card["config"] == dataclasses.asdict(
        ModelConfig(356, 356, d_model=32, n_heads=4, n_layers=1, d_ff=32, dropout=0.1, max_length=24)
    )
    assert (card["source_language"], card["target_language"]) == ("en", "zh")
    assert card["data"] == {"credit": "Tom", "licence": "CC BY 2.0"}
    assert card["parameters"] == sum(p.numel() for p in core.load(commanded, device="cpu").model.parameters())
    training = card["training"]
    assert training["pairs"] > 100
    assert training["steps"] > 4
    assert (training["epochs_done"], training["seed"], training["device"]) == (2, 1, "cpu")
    assert training["minutes"] >= 0
    assert [entry["epoch"] for entry in training["history"]] == [1, 2]
    assert card["scores"]["sentences"] == 5
    assert 1 < card["scores"]["perplexity"] < 200
    for search in ("greedy", "beam"):
        assert {name: 0 <= score <= 100 for name, score in card["scores"][search].items()} == {
            "bleu": True,
            "chrf": True,
        }


@pytest.mark.parametrize("changed", [["--d-ff", "64"], ["--seed", "2"], ["--epochs", "3"]], ids=str)
def test_resuming_with_other_options_is_refused(corpus, commanded, capsys, changed):
    before = weights(commanded)
    arguments = ["--data", str(corpus), "--out", str(commanded), *SMALL, "--epochs", "2", *changed, "--resume"]
    assert main(arguments) == 2
    assert "--resume" in (said := capsys.readouterr().out)
    assert "begun with other options" in said
    assert weights(commanded) == before


def test_the_command_resumes_after_ctrl_c(corpus, commanded, tmp_path, stop_at, capsys):
    arguments = ["--data", str(corpus), "--out", str(tmp_path / "from-command"), *SMALL, "--epochs", "2"]
    stop_at(3, KeyboardInterrupt)
    assert main(arguments) == 0
    assert weights(tmp_path / "from-command") != weights(commanded)
    assert main([*arguments, "--resume"]) == 0
    assert "resumed at step 3" in capsys.readouterr().out
    assert weights(tmp_path / "from-command") == weights(commanded)


@pytest.mark.parametrize("architecture", ["rnn", "rnn-additive", "rnn-dot"])
def test_the_command_trains_recurrent_models_and_resumes_them(corpus, tmp_path, stop_at, capsys, architecture):
    def train(name: str, *options: str) -> int:
        sizes = ["--architecture", architecture, "--heads", "1", "--layers", "2", "--epochs", "2"]
        return main(["--data", str(corpus), "--out", str(tmp_path / name), *SMALL, *sizes, *options])

    assert train("whole") == 0
    model = core.load(tmp_path / "whole", device="cpu")
    assert model.config.architecture == architecture
    assert model.card.parameters == sum(parameter.numel() for parameter in model.model.parameters())
    perplexities = [entry["dev_perplexity"] for entry in model.card.training["history"]]
    assert perplexities[1] < perplexities[0]
    assert set(model.card.scores) == {"sentences", "perplexity", "greedy", "beam"}
    assert model.translate("Tom chases Jerry.").cross.shape[:2] == (int(architecture != "rnn"), 1)
    stop_at(3, KeyboardInterrupt)
    assert train("stopped") == 0
    assert weights(tmp_path / "stopped") != weights(tmp_path / "whole")
    assert train("stopped", "--resume") == 0
    assert "resumed at step 3" in capsys.readouterr().out
    assert weights(tmp_path / "stopped") == weights(tmp_path / "whole")


def test_a_run_of_another_architecture_is_not_gone_on_with(corpus, tmp_path, capsys):
    arguments = ["--data", str(corpus), "--out", str(tmp_path / "m"), *SMALL, "--heads=1", "--epochs", "1"]
    assert main([*arguments, "--architecture", "rnn"]) == 0
    assert main([*arguments, "--architecture", "rnn-dot", "--resume"]) == 2
    assert "begun with other options" in capsys.readouterr().out


def test_recurrent_models_have_one_head_and_other_architectures_are_refused(tmp_path, capsys):
    write_tsv(tmp_path / "data" / "train.tsv", lecture_pairs()[:150])
    assert command(tmp_path, "--architecture", "rnn-additive") == 2
    assert "n_heads = 4" in (said := capsys.readouterr().out)
    assert one_sentence(said)
    with pytest.raises(SystemExit):
        command(tmp_path, "--architecture", "lstm")
    assert "rnn-additive" in capsys.readouterr().err


def test_help_says_which_architectures_there_are(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "--architecture {transformer,rnn,rnn-additive,rnn-dot}" in said
    assert "additive attention" in said


def test_dev_sentences_are_never_trained_on(tmp_path, monkeypatch):
    """On neither side, and not through the lecture's pairs."""
    pairs, seen = lecture_pairs(), {}
    write_tsv(tmp_path / "data" / "train.tsv", pairs[:150])
    write_tsv(tmp_path / "data" / "dev.tsv", pairs[100:110])

    def spy(train, dev, *rest):
        seen.update(train=train, dev=dev)
        raise OptionError(name="test", value="enough", reason="seen")

    monkeypatch.setattr("core.training.__main__.prepare", spy)
    arguments = [option for option in SMALL if option != "--no-lecture"]
    main(["--data", str(tmp_path / "data"), "--out", str(tmp_path / "m"), *arguments])
    assert seen["dev"] == pairs[100:110]
    assert len(seen["train"]) > 400
    for side in (0, 1):
        assert {p[side] for p in seen["dev"]}.isdisjoint(p[side] for p in seen["train"])


def test_an_empty_folder_is_refused_with_a_sentence(tmp_path, capsys):
    (tmp_path / "data").mkdir()
    assert command(tmp_path) == 2
    assert "no .tsv or .txt file" in (said := capsys.readouterr().out)
    assert one_sentence(said)


def test_heads_that_do_not_divide_the_width_are_refused_with_a_sentence(tmp_path, capsys):
    write_tsv(tmp_path / "data" / "train.tsv", lecture_pairs()[:150])
    assert command(tmp_path, "--heads", "5") == 2
    assert "n_heads = 5" in (said := capsys.readouterr().out)
    assert one_sentence(said)


@pytest.mark.parametrize("vocabulary", ["20", "5000"])
def test_a_vocabulary_that_does_not_fit_the_data_is_refused_with_a_sentence(tmp_path, capsys, vocabulary):
    """5,000 is the default, and a few hundred sentences do not have as many pieces."""
    write_tsv(tmp_path / "data" / "train.tsv", lecture_pairs()[:150])
    assert command(tmp_path, "--vocab", vocabulary) == 2
    assert "--vocab" in (said := capsys.readouterr().out)
    assert one_sentence(said)


@pytest.mark.parametrize("content", [b"", b"no tab in here\n", b"\xff\xfeG\x00o\x00"], ids=["empty", "junk", "UTF-16"])
def test_a_file_without_a_pair_is_refused_with_a_sentence(tmp_path, capsys, content):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.tsv").write_bytes(content)
    assert command(tmp_path) == 2
    assert one_sentence(capsys.readouterr().out)


def test_a_file_that_is_not_there_is_refused_with_a_sentence(tmp_path, capsys):
    assert main(["--data", str(tmp_path / "nothing.tsv"), "--out", str(tmp_path / "m"), *SMALL]) == 2
    assert "nothing.tsv" in (said := capsys.readouterr().out)
    assert one_sentence(said)


def test_18_pairs_without_a_dev_file_are_enough_for_a_run(tmp_path):
    """A twentieth of 18 is no pair: dev must still have one."""
    write_tsv(tmp_path / "data" / "train.tsv", lecture_pairs()[:18])
    assert command(tmp_path, "--vocab", "311") == 0
    assert core.load(tmp_path / "m", device="cpu").card.scores["sentences"] >= 1

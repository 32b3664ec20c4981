"""A training run that cannot end in a model says so before the first step, and one that is interrupted loses nothing."""

import dataclasses
import json
import math

import pytest
import torch

import core
from core.config import ModelConfig
from core.errors import OptionError
from core.training import __main__ as command
from core.training import loop
from core.training.data import prepare
from core.training.evaluate import bleu_tokenizer, perplexity, scores
from core.training.lecture import lecture_pairs
from core.training.loop import Trainer
from core.training.options import RANGES, TrainingOptions
from core.translator import load

CPU = torch.device("cpu")
OPTIONS = TrainingOptions(epochs=3, batch_tokens=800, warmup=5, average=2, patience=0, precision="fp32")
SMALL = ["--vocab", "340", "--d-model", "16", "--d-ff", "16", "--layers", "1", "--heads", "2", "--epochs", "1"]


@pytest.fixture(scope="module")
def data():
    pairs = lecture_pairs()[:300]
    return prepare(pairs, pairs[:10], ("en", "zh"), 340, 40)


@pytest.fixture
def trainer(data, tmp_path):
    config = ModelConfig(len(data.source), len(data.target), 16, 2, 1, 16, max_length=40)
    return Trainer(tmp_path / "small", data, config, OPTIONS, CPU)


@pytest.fixture
def files(tmp_path):
    """files(train, dev) -> a folder of these pairs, by default of the lecture's."""

    def write(train=None, dev=None):
        pairs = lecture_pairs()[:300]
        for name, some in (
            ("train", pairs[10:] if train is None else train),
            ("dev", pairs[:10] if dev is None else dev),
        ):
            (tmp_path / f"{name}.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in some), encoding="utf-8")
        return tmp_path

    return write


def run(folder, capsys, *arguments):
    """The command on a folder. -> its exit code and what it printed; nothing was written if the code is not 0"""
    out = folder / "model"
    code = command.main(["--data", str(folder), "--out", str(out), "--device", "cpu", *SMALL, *arguments])
    assert (out / "card.json").exists() == (code == 0)
    return code, capsys.readouterr().out


@pytest.mark.parametrize(
    "changed",
    [
        {"epochs": -1},
        {"epochs": 0},
        {"epochs": 1.5},
        {"batch_tokens": 0},
        {"warmup": -1},
        {"peak_rate": 0.0},
        {"peak_rate": math.nan},
        {"label_smoothing": 2.0},
        {"label_smoothing": 1.0},
        {"clip": 0.0},
        {"average": 0},
        {"patience": -1},
        {"seed": -1},
        {"precision": "fp8"},
    ],
    ids=str,
)
def test_an_option_that_no_run_can_use_is_refused(changed):
    (name,) = changed
    with pytest.raises(OptionError) as caught:
        dataclasses.replace(OPTIONS, **changed)
    assert caught.value.values["name"] == name


def test_the_defaults_are_within_their_ranges():
    assert all(getattr(TrainingOptions(), name) in range_ for name, range_ in RANGES.items())


@pytest.mark.parametrize("option", [("--epochs", "-1"), ("--clip", "0"), ("--label-smoothing", "2")], ids=" ".join)
def test_the_command_when_an_option_cannot_be_used_says_which_before_the_first_step(files, capsys, option):
    code, printed = run(files(), capsys, *option)
    assert code == 2
    assert option[0].strip("-").replace("-", "_") in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    ("train", "dev", "purpose"),
    [
        (None, [], "for dev"),
        (None, [("Tom " * 40, "汤姆" * 20)], "for dev"),
        (lecture_pairs()[:10], None, "to train on"),
    ],
    ids=["an empty dev file", "a dev file of too long pairs", "all pairs are in the dev file"],
)
def test_the_command_when_no_pair_is_left_says_which_before_the_first_step(files, capsys, train, dev, purpose):
    code, printed = run(files(train, dev), capsys, "--max-length", "30", "--no-lecture")
    assert code == 2
    assert purpose in printed
    assert "Traceback" not in printed


def test_a_loss_that_is_no_number_ends_the_run_and_the_last_checkpoint_stays(trainer, monkeypatch):
    original = Trainer.compute_loss

    def broken(self, batch, count):
        found = original(self, batch, count)
        return found * math.nan if self.epoch == 1 else found

    monkeypatch.setattr(Trainer, "compute_loss", broken)
    with pytest.raises(OptionError, match="finite") as caught:
        trainer.run()
    assert caught.value.values["name"] == "peak_rate"
    assert not (trainer.folder / "card.json").exists()
    state = torch.load(trainer.checkpoints / "last.pt", weights_only=True)
    assert state["progress"]["epoch"] == 1
    assert all(weight.isfinite().all() for weight in state["model"].values())


def test_weights_that_are_no_numbers_are_not_written(trainer, monkeypatch):
    def spoil(self, batch, _original=Trainer.compute_gradients):
        found = _original(self, batch)
        next(self.model.parameters()).grad[0, 0] = math.inf
        return found

    monkeypatch.setattr(Trainer, "compute_gradients", spoil)
    with pytest.raises(OptionError, match="finite"):
        trainer.run()
    assert not (trainer.folder / "model.safetensors").exists()


def test_a_perplexity_beyond_all_numbers_is_infinite(trainer):
    trainer.model.target_embedding.weight.data.mul_(1e5)
    assert perplexity(trainer.model, trainer.data.dev, CPU) == math.inf
    with pytest.raises(OptionError, match="finite"):
        trainer.check_finite(math.inf)


@pytest.mark.parametrize("epoch", [1, 2])
def test_ctrl_c_while_an_epochs_file_is_written_leaves_a_model_and_a_run_to_go_on_with(
    trainer, monkeypatch, data, epoch
):
    original = loop.save

    def interrupted(state, path):
        if path == trainer.epoch_file(epoch):
            path.with_suffix(".new").write_bytes(b"half")
            monkeypatch.setattr(loop, "save", original)
            raise KeyboardInterrupt
        original(state, path)

    monkeypatch.setattr(loop, "save", interrupted)
    card = trainer.run()
    assert load(trainer.folder, "cpu").card == card
    assert card.training["epochs_done"] == epoch - 1
    again = Trainer(trainer.folder, data, trainer.config, OPTIONS, CPU)
    assert again.resume()
    assert again.run().training["epochs_done"] == 3
    assert [entry["epoch"] for entry in again.history] == [1, 2, 3]


def test_ctrl_c_while_the_model_is_measured_is_said_in_a_sentence(files, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "evaluate", interrupted)
    code, printed = run(files(), capsys)
    assert code == 130
    assert "--resume" in printed
    monkeypatch.undo()
    assert run(files(), capsys, "--resume")[0] == 0


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut", b"<html>"], ids=repr)
def test_resume_with_a_cut_checkpoint_says_what_to_do(trainer, damage):
    trainer.save_checkpoint()
    path = trainer.checkpoints / "last.pt"
    for content in (damage, path.read_bytes()[:2000]):
        path.write_bytes(content)
        with pytest.raises(OptionError, match=r"last\.pt cannot be read"):
            trainer.resume()


def test_a_model_of_any_language_can_be_measured_without_further_packages():
    for language in ("zh", "ja", "th", "ko", "de", "sw"):
        assert scores(["日本 a"], ["日本 a"], language)["chrf"] == 100
    assert bleu_tokenizer("ja") == "char"


def test_measuring_over_a_dev_file_without_a_pair_is_refused(trained_folder, tmp_path, capsys):
    from core.training import lengths

    for name in ("train", "dev"):
        (tmp_path / f"{name}.tsv").write_text("one column\n", encoding="utf-8")
    assert lengths.main(["--model", str(trained_folder), "--data", str(tmp_path), "--device", "cpu"]) == 2
    assert "no pair" in capsys.readouterr().out


@pytest.fixture
def trained_folder(trainer):
    trainer.run()
    assert json.loads((trainer.folder / "card.json").read_text(encoding="utf-8"))["scores"]
    assert core.load(trainer.folder, device="cpu")
    return trainer.folder

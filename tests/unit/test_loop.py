"""A training run: what it lowers, stops at, keeps, resumes from and chooses."""

import dataclasses
import math

import pytest
import torch

import core
from core.config import ModelConfig
from core.training import loop
from core.training.data import prepare
from core.training.evaluate import perplexity
from core.training.lecture import lecture_pairs
from core.training.loop import Trainer, TrainingOptions
from tests.conftest import weights

close = torch.testing.assert_close


@pytest.fixture(scope="module")
def data():
    pairs = lecture_pairs()
    return prepare(pairs[:120], pairs[300:303], ("en", "zh"), 356, 24)


OPTIONS = TrainingOptions(epochs=3, batch_tokens=250, warmup=5, patience=3, average=2)


def make_trainer(folder, data, **changes) -> Trainer:
    config = ModelConfig(len(data.source), len(data.target), d_model=16, n_heads=2, n_layers=1, d_ff=16, max_length=24)
    options = dataclasses.replace(OPTIONS, **changes)
    return Trainer(folder, data, config, options, torch.device("cpu"), "someone", "CC0")


@pytest.fixture
def trainer(data, tmp_path):
    """trainer(name, **changes of OPTIONS): a Trainer that writes to a folder of this name."""
    return lambda name="run", **changes: make_trainer(tmp_path / name, data, **changes)


@pytest.fixture(scope="module")
def uninterrupted(data, tmp_path_factory):
    """The folder and the card of a run that nothing stopped."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    return folder, make_trainer(folder, data).run()


def test_a_run_lowers_the_perplexity_and_ships_the_best_weights(uninterrupted):
    _, card = uninterrupted
    history = [entry["dev_perplexity"] for entry in card.training["history"]]
    assert len(history) == card.training["epochs_done"] == 3
    assert history[-1] < history[0]
    assert card.scores["perplexity"] <= min(history) + 0.05


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt], ids=["killed", "Ctrl-C"])
@pytest.mark.parametrize("when", [0.5, 1.4], ids=["in the first epoch", "in the second epoch"])
def test_a_run_that_was_stopped_and_resumed_ends_with_exactly_the_same_weights(
    uninterrupted, trainer, stop_at, error, when
):
    """Killed, it goes on from the last epoch's end; after Ctrl-C, from the very step."""
    folder, card = uninterrupted
    step = int(when * card.training["steps"] / 3)
    stop_at(step, error)
    first = trainer()
    if error is KeyboardInterrupt:
        first.run()
    else:
        with pytest.raises(RuntimeError, match="stopped by the test"):
            first.run()
    second = trainer()
    assert second.resume() == ((when > 1) or error is KeyboardInterrupt)
    assert second.step == (step if error is KeyboardInterrupt else int(when) * card.training["steps"] // 3)
    resumed = second.run()
    assert weights(second.folder) == weights(folder)
    assert [e["dev_perplexity"] for e in resumed.training["history"]] == [
        e["dev_perplexity"] for e in card.training["history"]
    ]
    assert resumed.scores == card.scores


def test_two_runs_with_one_seed_are_the_same_and_with_two_are_not(uninterrupted, trainer, tmp_path):
    trainer("same").run()
    trainer("other", seed=2).run()
    same, other = (weights(tmp_path / name) for name in ("same", "other"))
    assert same == weights(uninterrupted[0]) != other


@pytest.mark.parametrize("step", [0, 2, 12])
def test_ctrl_c_leaves_a_model_that_can_be_used(trainer, stop_at, step, capsys):
    stop_at(step, KeyboardInterrupt)
    run = trainer()
    card = run.run()
    assert "Stopped by hand" in capsys.readouterr().out
    assert card.training["steps"] == step
    assert core.load(run.folder, device="cpu").translate("Tom chases Jerry.").output_pieces


def test_a_checkpoint_can_be_read_without_running_code(uninterrupted):
    state = torch.load(uninterrupted[0] / "checkpoints" / "last.pt", weights_only=True)
    assert state["progress"]["epoch"] == 3
    assert state["options"] == dataclasses.asdict(OPTIONS)


def test_a_kill_while_a_checkpoint_is_written_leaves_the_last_one(trainer, monkeypatch):
    run = trainer()
    run.save_checkpoint()
    before = (run.checkpoints / "last.pt").read_bytes()

    def half(state, path):
        path.write_bytes(before[: len(before) // 2])
        raise OSError("no space left on device")

    monkeypatch.setattr(loop.torch, "save", half)
    with pytest.raises(OSError, match="no space"):
        run.save_checkpoint()
    assert (run.checkpoints / "last.pt").read_bytes() == before
    assert trainer().resume()


def test_only_the_last_and_the_best_epochs_are_kept(uninterrupted):
    folder, card = uninterrupted
    best = min(card.training["history"], key=lambda entry: entry["dev_perplexity"])["epoch"]
    kept = {int(path.stem.removeprefix("epoch-")) for path in (folder / "checkpoints").glob("epoch-*.pt")}
    assert kept == {2, 3, best}


def history(*perplexities: float) -> list[dict]:
    return [{"epoch": i, "dev_perplexity": value} for i, value in enumerate(perplexities, 1)]


@pytest.mark.parametrize(
    ("perplexities", "patience", "expected"),
    [
        ((), 2, False),
        ((9, 8, 7), 2, False),
        ((7, 8, 9), 2, True),
        ((7, 8), 2, False),
        ((9, 7, 8, 6.9), 2, False),
        ((9, 7, 8, 7.1), 2, True),
        ((7, 8), 1, True),
        ((8, 7), 1, False),
    ],
)
def test_training_stops_early_after_patience_epochs_without_a_better_perplexity(
    trainer, perplexities, patience, expected
):
    run = trainer(epochs=99, patience=patience)
    run.history, run.epoch = history(*perplexities), len(perplexities)
    assert run.is_finished() is expected


def test_the_better_of_the_best_epoch_and_the_average_is_chosen(trainer):
    """Epoch 1 is the run's best; epochs 2 and 3 are made so that only their average equals it."""
    run = trainer()
    good = {name: value.clone() for name, value in run.model.state_dict().items()}
    bad = [{name: value + sign for name, value in good.items()} for sign in (5.0, -5.0)]
    for epoch, state in enumerate([bad[0], *bad], 1):
        torch.save(state, run.epoch_file(epoch))
    run.history, run.epoch = history(5, 6, 7), 3
    assert run.choose_weights() == "average of the last 2 epochs"
    for name, value in run.model.state_dict().items():
        close(value, good[name], rtol=0, atol=1e-5)
    torch.save(good, run.epoch_file(1))
    torch.save(bad[0], run.epoch_file(3))
    assert run.choose_weights() == "epoch 1"


def test_no_target_piece_of_the_batch_is_padding_in_the_loss(trainer, data):
    """The loss of a padded batch is the mean over its real pieces."""
    run = trainer(label_smoothing=0.0)
    run.model.eval()  # no dropout
    lengths = [len(pair[1]) for pair in data.train]
    batch = [lengths.index(min(lengths)), lengths.index(max(lengths))]
    expected = math.log(perplexity(run.model, [data.train[i] for i in batch], run.device))
    loss, count = run.train_step(batch)
    assert count == min(lengths) + max(lengths)
    assert loss == pytest.approx(expected, rel=1e-4)


def test_an_update_when_gradients_are_longer_than_the_clip_shortens_them_to_it(trainer):
    run = trainer(clip=0.01)

    def length() -> float:
        return math.hypot(*(float(p.grad.norm()) for p in run.model.parameters() if p.grad is not None))

    run.compute_gradients([0, 1, 2])
    assert length() > 0.1
    run.train_step([0, 1, 2])
    assert length() == pytest.approx(0.01, rel=1e-3)

"""The last stage of training: hurried spellings learn what the plain sentence gives."""

import copy
import dataclasses

import pytest
import torch

from core.config import EOS, ModelConfig
from core.training import consistency
from core.training.consistency import ConsistencyTrainer
from core.training.lecture import lecture_pairs
from core.training.loop import Trainer, TrainingOptions, prepare
from core.training.objective import divergence
from core.translator import load

CPU = torch.device("cpu")
OPTIONS = TrainingOptions(
    epochs=6, batch_tokens=600, warmup=10, peak_rate=5e-3, average=1, patience=0, precision="fp32"
)


@pytest.fixture(scope="module")
def data():
    pairs = lecture_pairs()[:300]
    return prepare(pairs, pairs[:20], ("en", "zh"), 340, 40)


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """A small model that has learnt plain spellings alone, and its folder."""
    folder = tmp_path_factory.mktemp("trained") / "small"
    config = ModelConfig(len(data.source), len(data.target), 32, 2, 1, 32, dropout=0.1, max_length=40)
    options = dataclasses.replace(OPTIONS, epochs=40)
    Trainer(folder, data, config, options, CPU).run()
    return folder


@pytest.fixture
def trainer(data, trained, tmp_path):
    data = copy.copy(data)
    data.files = {**data.files, "aligner.safetensors": (trained / "aligner.safetensors").read_bytes()}
    return ConsistencyTrainer(tmp_path / "steady", data, load(trained, "cpu"), OPTIONS, CPU)


def test_divergence_is_the_sum_of_kullback_leibler_and_has_its_gradient():
    torch.manual_seed(0)
    states, weight = torch.randn(5, 4, requires_grad=True), torch.randn(7, 4)
    probabilities = torch.randn(5, 7).softmax(-1)
    found = divergence(states, weight, probabilities)
    expected = sum(
        (p * (p / q).log()).sum() for p, q in zip(probabilities, (states @ weight.T).softmax(-1), strict=True)
    )
    torch.testing.assert_close(found, expected)
    (gradient,) = torch.autograd.grad(found, states)
    torch.testing.assert_close(gradient, ((states @ weight.T).softmax(-1) - probabilities) @ weight)


def test_a_plain_spelling_before_the_first_step_differs_from_its_teacher_in_nothing(trainer, monkeypatch):
    monkeypatch.setattr(consistency, "PLAIN", 1.0)
    assert float(trainer.loss(range(20), 1).detach()) == pytest.approx(0, abs=1e-4)
    monkeypatch.setattr(consistency, "PLAIN", 0.0)
    assert float(trainer.loss(range(20), 1).detach()) > 1


def test_sources_are_respelled_as_people_type_the_same_ones_in_each_epoch(trainer, data):
    decode = data.source.decode
    plain = [ids for ids, _ in data.train]
    first = [trainer.respelled(i) for i in range(len(plain))]
    assert first == [trainer.respelled(i) for i in range(len(plain))]
    trainer.epoch = 1
    assert first != [trainer.respelled(i) for i in range(len(plain))]
    changed = [(a, b) for a, b in zip(plain, first, strict=True) if a != b]
    assert 0.5 < len(changed) / len(plain) < 0.8
    assert all(ids[-1] == EOS and ids.count(EOS) == 1 for ids in first)
    assert any(decode(b) == decode(a).rstrip(".").lower() for a, b in changed)


def test_a_spelling_of_which_nothing_is_left_gives_way_to_the_plain_one(trainer, monkeypatch):
    monkeypatch.setattr(consistency, "PLAIN", 0.0)
    monkeypatch.setattr(consistency, "variants", lambda *_: " ")
    assert trainer.respelled(3) == trainer.data.train[3][0]
    monkeypatch.setattr(consistency, "variants", lambda *_: "tom " * 60)
    assert trainer.respelled(3) == trainer.data.train[3][0]


def test_the_stage_brings_hurried_spellings_closer_and_leaves_the_plain_ones(trainer, trained, monkeypatch):
    def measured(share: float) -> float:
        trainer.epoch = 7  # spellings that no epoch of the run sees
        monkeypatch.setattr(consistency, "PLAIN", share)
        trainer.working.eval()
        found = float(trainer.loss(range(100), 100).detach())
        monkeypatch.undo()
        trainer.epoch = 0
        return found

    before = measured(0.0)
    teacher = {name: weight.clone() for name, weight in trainer.teacher.state_dict().items()}
    card = trainer.run()
    assert measured(0.0) < before / 2
    assert measured(1.0) < before / 2
    assert all(torch.equal(weight, teacher[name]) for name, weight in trainer.teacher.state_dict().items())
    shipped = load(trainer.folder, "cpu")
    assert shipped.card == card
    assert card.config.dropout == 0.1
    assert card.training["consistency"]["epochs_done"] == 6
    base = load(trained, "cpu").card
    assert {k: v for k, v in card.training.items() if k != "consistency"} == base.training
    assert (trainer.folder / "aligner.safetensors").read_bytes() == (trained / "aligner.safetensors").read_bytes()


def test_resume_refuses_the_checkpoint_of_another_teacher(trainer, trained):
    trainer.save_checkpoint()
    again = ConsistencyTrainer(trainer.folder, trainer.data, load(trained, "cpu"), OPTIONS, CPU)
    assert again.resume()
    other = load(trained, "cpu")
    other.model.target_embedding.weight.data.add_(0.1)
    with pytest.raises(consistency.HeadlightError):
        ConsistencyTrainer(trainer.folder, trainer.data, other, OPTIONS, CPU).resume()

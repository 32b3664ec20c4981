"""Outputs written piece by piece and all at once: what each sees, how it is trained and measured, and the record."""

import dataclasses
import json

import pytest
import torch

from core.config import EOS
from core.training.at_once import (
    ANSWERS,
    EXAMPLES,
    FILE,
    STEPS,
    WAYS,
    Trained,
    counted_passes,
    main,
    measure,
    read_record,
)
from core.training.live import Live
from core.training.tasks import SYMBOLS, UNSEEN, Experiment

SOURCE = [4, 5, 6, 7, EOS]


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def trained(way: str, answers: int = 1, steps: int = 3) -> Trained:
    model = Trained(way, answers, steps)
    for _ in range(steps):
        model.step()
    model.model.eval()
    return model


def logits(model: Trained, source: list[int], inputs: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return model._logits(torch.tensor([source]), torch.tensor([inputs]))[0]


def test_all_at_once_sees_no_target_and_piece_by_piece_sees_the_pieces_before():
    inputs, others = [2, 7, 6, 5, 4], [2, 7, 9, 5, 4]
    at_once, one_by_one = (trained(way) for way in reversed(WAYS))
    assert torch.equal(logits(at_once, SOURCE, inputs), logits(at_once, SOURCE, others))
    first, second = (logits(one_by_one, SOURCE, row) for row in (inputs, others))
    torch.testing.assert_close(first[:2], second[:2])
    assert all(not torch.allclose(*rows) for rows in zip(first[2:], second[2:], strict=True))


def test_all_at_once_every_position_sees_the_whole_source():
    model = trained("at_once")
    changed = [*SOURCE[:3], 9, EOS]
    first, second = (logits(model, source, []) for source in (SOURCE, changed))
    assert all(not torch.allclose(*rows, atol=1e-5) for rows in zip(first, second, strict=True))


def test_all_at_once_the_padding_of_a_batch_changes_nothing():
    model = trained("at_once")
    longer = [4, 5, 6, 7, 8, 9, EOS]
    with torch.inference_mode():
        batch = model.at_once(torch.tensor([[*SOURCE, 0, 0], longer]))
    torch.testing.assert_close(batch[0, : len(SOURCE)], logits(model, SOURCE, []), rtol=1e-4, atol=1e-5)


def test_positions_written_all_at_once_are_the_most_probable_pieces_of_one_pass_each_on_its_own():
    model = trained("at_once")
    with counted_passes(model) as passes:
        written = model.write(SOURCE)
    assert passes == [len(SOURCE)]
    scores = logits(model, SOURCE, [])
    assert written == [int(row.argmax()) for row in scores]
    expected = scores.softmax(-1).max(-1).values.tolist()
    assert model.probabilities(SOURCE, written) == pytest.approx(expected)


def test_pieces_written_one_by_one_need_a_pass_each_and_are_the_most_probable_after_those_before():
    model = trained("one_by_one")
    with counted_passes(model) as passes:
        written = model.write(SOURCE)
    assert passes == [1] * len(written)
    scores = logits(model, SOURCE, [2, *written[:-1]])
    assert written == [int(row.argmax()) for row in scores]
    assert model.probabilities(SOURCE, written) == pytest.approx(scores.softmax(-1).max(-1).values.tolist())


def test_both_ways_begin_with_the_same_weights_and_learn_from_the_same_batches():
    models = [Trained(way, answers) for answers in ANSWERS for way in WAYS]
    first, *others = models
    for other in others:
        for ours, theirs in zip(first.model.parameters(), other.model.parameters(), strict=True):
            assert torch.equal(ours, theirs)
    batches = [[model.batch() for _ in range(3)] for model in models]
    assert batches[0] == batches[1]
    assert batches[2] == batches[3]
    one, two = ([source for batch in found for source, _ in batch] for found in (batches[0], batches[2]))
    assert one == two


def test_with_two_answers_about_half_of_the_targets_are_the_sequence_itself():
    model = Trained("at_once", 2)
    pairs = [
        pair
        for _ in range(20)
        for pair in model.batch()
        if pair[0] != Experiment.reversal([i - 4 for i in pair[0][:-1]])[1]
    ]
    same = sum(source == target for source, target in pairs)
    reverse = sum(target == [*source[-2::-1], EOS] for source, target in pairs)
    assert same + reverse == len(pairs)
    assert same / len(pairs) == pytest.approx(0.5, abs=0.06)
    assert model.right_answers([4, 5, EOS], [5, 4, EOS]) == [[5, 4, EOS], [4, 5, EOS]]
    assert Trained("at_once", 1).right_answers([4, 5, EOS], [5, 4, EOS]) == [[5, 4, EOS]]


def test_piece_by_piece_with_one_answer_the_training_is_that_of_the_page_training():
    ours, theirs = Trained("one_by_one", 1, Experiment().steps), Live(Experiment())
    for each in (ours, theirs):
        for _ in range(2):
            each.step()
    for one, other in zip(ours.model.parameters(), theirs.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_measuring_counts_an_output_as_right_if_it_is_one_of_the_answers_and_pieces_by_their_position(monkeypatch):
    models = [Trained("at_once", answers, 1) for answers in ANSWERS]
    for model in models:  # writes the first half of the sequence, then that of its reverse
        model.unseen = [Experiment.reversal(range(4)), Experiment.reversal([1, 1, 1, 1])]
        monkeypatch.setattr(model, "write", lambda source: [*source[:2], *source[1::-1], EOS])
    one, two = measure(models)
    assert (one.right, two.right) == (0.5, 0.5)
    assert one.fitting == pytest.approx((3 + 5) / 10)
    assert two.fitting == 1
    assert two.outputs[0].source == (*SYMBOLS[:4], "</s>")
    assert two.outputs[0].written == ("A", "B", "B", "A", "</s>")


def test_the_command_records_the_same_outputs_again_under_the_same_seed(tmp_path, capsys):
    records = []
    for name in ("one", "two"):
        assert main(["--out", str(tmp_path / name), "--steps", "2", "--seed", "5"]) == 0
        records.append(read_record(tmp_path / name))
        assert capsys.readouterr().out.count("ms") == len(WAYS) * len(ANSWERS)
    first, second = ([dataclasses.replace(result, milliseconds=0) for result in record.results] for record in records)
    assert first == second
    assert {(result.way, result.answers) for result in first} == {(way, answers) for way in WAYS for answers in ANSWERS}
    record = records[0]
    assert (record.steps, record.seed, record.unseen, record.threads) == (2, 5, UNSEEN, 1)
    assert record.processor
    for result in record.results:
        assert len(result.outputs) == EXAMPLES
        assert result.milliseconds > 0
        assert result.passes == 1 or result.way == "one_by_one"


def test_the_shipped_record_is_of_the_default_training_and_shows_what_the_page_says():
    record = read_record(FILE)
    assert {field.name for field in dataclasses.fields(record)} == json.loads(FILE.read_text("utf-8")).keys()
    assert (record.steps, record.seed, record.unseen, record.length) == (STEPS, 1, UNSEEN, 8)
    for way in WAYS:
        assert record.result(way, 1).right >= 0.99
    assert record.result("one_by_one", 2).right >= 0.95
    last = record.result("at_once", 2)
    assert last.right < 0.1
    assert last.fitting > 0.99
    assert last.passes == 1
    assert record.result("one_by_one", 1).passes == 9
    sources = [[f"{SYMBOLS[i - 4]}" for i in source[:-1]] for source, _ in Experiment().unseen()[:EXAMPLES]]
    for result in record.results:
        assert [[*output.source[:-1]] for output in result.outputs] == sources
        assert all(0 < value <= 1 for output in result.outputs for value in output.probabilities)

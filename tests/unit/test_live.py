"""Trainings that somebody watches: what may be learnt, the process, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from core.decoding import greedy
from core.errors import (
    ControlCharacterError,
    EmptyTextError,
    OptionError,
    PairsError,
    TrainingsFullError,
    UnknownWordsError,
)
from core.training.live import GROWTH, MEASURED_EACH, Live, train
from core.training.process import LiveTraining, Trainings, preview
from core.training.race import FILE, main, read_race, record
from core.training.tasks import (
    LENGTH,
    MOST_PAIRS,
    PARTS,
    SYMBOLS,
    UNSEEN,
    Experiment,
    parse_pairs,
    word_tokenizer,
)

ROOT = Path(__file__).parents[2]
PAIRS = Experiment("pairs")


def alive(pid: int) -> bool:
    """Whether there is a process that has not ended; one whose parent did not ask for its end has."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def until(condition, seconds: float = 30, beat=None) -> bool:
    """Wait until a condition holds. -> whether it does"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        if beat:
            beat()
        time.sleep(0.05)
    return bool(condition())


@pytest.fixture
def begun():
    """begun(experiment) -> a training, which is ended after the test."""
    trainings = []

    def begin(experiment: Experiment = PAIRS) -> LiveTraining:
        trainings.append(LiveTraining(experiment))
        return trainings[-1]

    yield begin
    for training in trainings:
        training.end()


# --- What may be learnt


def test_pairs_when_typed_one_a_line_are_cleaned_and_blank_lines_are_skipped():
    assert parse_pairs("") == parse_pairs(" \n\n") == ()
    assert parse_pairs(" bonjour =  good   morning\n\n我 爱 你 = i love you") == (
        ("bonjour", "good morning"),
        ("我 爱 你", "i love you"),
    )


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("\n".join(f"a{i} = b{i}" for i in range(MOST_PAIRS + 1)), "many"),
        ("bonjour", "columns"),
        ("a = b = c", "columns"),
        ("fine = fine\na\tb", "columns"),
        (" = hello", "side"),
        ("bonjour = ", "side"),
        ("=", "side"),
        ("▁ = a", "side"),
        ("x" * 1000 + " = a", "letters"),
        ("a = " + "y" * 25, "letters"),
        ("a " * 9 + "= b", "words"),
        ("merci = thank you", "twice"),
        ("a = b\na = c", "twice"),
    ],
)
def test_pairs_when_they_cannot_be_learnt_have_a_sentence(text, cause):
    with pytest.raises(PairsError) as raised:
        parse_pairs(text)
    assert raised.value.values["cause"] == cause
    assert len(str(raised.value)) < 300


def test_pairs_with_an_invisible_character_have_the_sentence_of_such_texts():
    with pytest.raises(ControlCharacterError):
        parse_pairs("a\u202e = b")


@pytest.mark.parametrize(
    "values",
    [
        {"task": "sort"},
        {"length": 9},
        {"length": 2},
        {"length": 4.0},
        {"without": ("norm",)},
        {"seed": -1},
        {"seed": "1"},
    ],
)
def test_an_experiment_when_a_value_is_not_possible_raises(values):
    with pytest.raises(OptionError):
        Experiment(**values)


def test_an_experiment_checks_its_pairs_too():
    with pytest.raises(PairsError):
        Experiment("pairs", pairs=(("a", ""),))


def test_markup_and_names_of_specials_are_words_like_others():
    experiment = Experiment("pairs", pairs=(("<b>a</b> </s>", "<unk> **b**"),))
    for words in experiment.words:
        tokenizer = word_tokenizer(words)
        assert [piece.removeprefix("▁") for piece in tokenizer.pieces[4:]] == [*words]
        for i, word in enumerate(words):
            assert tokenizer.encode(word) == [4 + i]
        assert tokenizer.decode(tokenizer.encode(" ".join(words))) == " ".join(words)
        assert tokenizer.encode("unheard") == [1]


def test_a_model_knows_the_words_of_its_task_and_names_the_others():
    assert Experiment().unknown("A B J") == []
    assert Experiment().unknown("A Z <b> Z") == ["Z", "<b>"]
    with pytest.raises(EmptyTextError):
        Experiment().unknown("  ")


@pytest.mark.parametrize("length", [LENGTH.low, LENGTH.high])
def test_sequences_that_are_measured_are_not_learnt(length):
    experiment = Experiment(length=length)
    unseen = experiment.unseen()
    assert len({tuple(source) for source, _ in unseen}) == len(unseen) == UNSEEN
    assert all(len(source) == length + 1 and target[:-1] == source[:-1][::-1] for source, target in unseen)
    assert experiment.encode(experiment.example) == unseen[0]
    live = Live(experiment)
    held_out = {tuple(source) for source, _ in unseen}
    batches = [pair for _ in range(20) for pair in live.batch()]
    assert held_out.isdisjoint(tuple(source) for source, _ in batches)
    assert {len(source) - 1 for source, _ in batches} == {*range(1, length + 1)}
    assert {i for source, _ in batches for i in source[:-1]} == {*range(4, 4 + len(SYMBOLS))}


# --- The training itself


def test_an_update_when_nothing_is_left_out_is_that_of_torchs_own_loss_and_adam():
    live, twin = Live(PAIRS), Live(PAIRS)
    source, inputs, targets = twin.measured
    optimizer = torch.optim.Adam(twin.model.parameters(), lr=live.rate(0), betas=(0.9, 0.98), eps=1e-9)
    scores = twin.model.logits(twin.model(source, inputs)).flatten(0, 1)
    loss = torch.nn.functional.cross_entropy(scores, targets.flatten(), ignore_index=0, label_smoothing=0.1)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(twin.model.parameters(), 1.0)
    optimizer.step()
    live.step()
    for ours, theirs in zip(live.model.parameters(), twin.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_a_few_pairs_are_learnt_completely():
    live = Live(PAIRS)
    first = live.measure()
    for _ in range(80):
        live.step()
    loss, accuracy = live.measure()
    assert accuracy == 1
    assert loss < first[0] / 5


def test_the_loss_of_reversing_falls_on_unseen_sequences():
    live = Live(Experiment(length=3))
    before, _ = live.measure()
    for _ in range(60):
        live.step()
    after, _ = live.measure()
    assert after < before - 0.5


def test_accuracy_is_the_share_that_greedy_search_finds_completely():
    live = Live(Experiment("pairs", pairs=(("un deux", "one two"), ("trois", "three"))))
    for _ in range(12):
        live.step()
    found = []
    for pair in live.experiment.all_pairs:
        source, target = live.experiment.encode(pair)
        with torch.inference_mode():
            found.append(greedy(live.model.eval(), torch.tensor([source]), 10)[0] == target)
    assert live.measure()[1] == np.mean(found)


@pytest.mark.parametrize("part", PARTS)
def test_what_is_left_out_is_left_out(part):
    live, whole = Live(Experiment(without=(part,))), Live(Experiment())
    rates = [live.rate(0), whole.rate(0)]
    same = np.allclose(live.example_pass()[0], whole.example_pass()[0])
    assert (rates[0] > rates[1]) == (part == "warmup")
    assert same == (part in ("warmup", "smoothing"))
    for each in (live, whole):
        each.step()
    first, second = (next(iter(each.model.parameters())).detach() for each in (live, whole))
    assert not torch.equal(first, second)


def test_the_example_has_rows_of_weights_and_probabilities_that_sum_to_1():
    cross, probabilities = Live(Experiment(length=5)).example_pass()
    assert cross.shape == (2, 4, 6, 6)
    assert probabilities.shape == (6, 14)
    np.testing.assert_allclose(cross.sum(-1), 1, atol=1e-5)
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-5)


def test_trainings_with_one_seed_are_the_same():
    steps = 3
    runs = [Live(Experiment(length=4)) for _ in range(2)]
    for live in runs:
        for _ in range(steps):
            live.step()
    for a, b in zip(*(live.model.parameters() for live in runs), strict=True):
        assert torch.equal(a, b)


def commanded(commands: dict[int, str], experiment: Experiment = PAIRS) -> tuple[str, list[dict]]:
    """Train with a command before each of these steps of the loop. -> the reason of its end, and what it wrote"""
    lines, at = [], iter(range(10_000))
    return train(Live(experiment), lambda _: commands.get(next(at)), lines.append), lines


def test_a_training_when_nobody_interferes_does_all_steps_and_records_ever_fewer_examples():
    reason, lines = commanded({})
    assert reason == "steps"
    steps = [line["step"] for line in lines]
    assert steps == [*range(0, PAIRS.steps + 1, MEASURED_EACH)]
    recorded = [line["step"] for line in lines if "cross" in line]
    assert {0, MEASURED_EACH, PAIRS.steps} <= {*recorded}
    assert all(later >= min(GROWTH * earlier, PAIRS.steps) for earlier, later in pairwise(recorded))


def test_a_training_when_paused_waits_and_makes_single_steps():
    reason, lines = commanded({3: "pause", 10: "step", 11: "step", 20: "resume", 23: "stop"})
    assert reason == "stop"
    steps = [line["step"] for line in lines if line["kind"] == "report"]
    assert steps == [0, 4, 5, 8]  # three steps, a pause, two single ones, and three more
    assert all("cross" in line for line in lines if line["kind"] == "report")
    assert [line["paused"] for line in lines if line["kind"] == "state"] == [True, False]


# --- The process


def test_a_training_in_its_process_reports_pauses_steps_goes_on_and_stops_with_a_model(begun):
    training = begun(Experiment(length=3))
    assert until(lambda: len(training.reports) > 2, beat=training.beat)
    assert os.getpriority(os.PRIO_PROCESS, training.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    training.pause()
    assert until(lambda: training.paused, beat=training.beat)
    steps = [report.step for report in training.reports]
    time.sleep(0.7)
    assert [report.step for report in training.reports] == steps
    training.step()
    assert until(lambda: len(training.reports) > len(steps), beat=training.beat)
    (single,) = training.reports[len(steps) :]
    training.step()
    assert until(lambda: len(training.reports) > len(steps) + 1, beat=training.beat)
    assert training.reports[-1].step == single.step + 1
    training.resume()
    assert until(lambda: training.reports[-1].step > single.step + 20, beat=training.beat)
    assert not training.finished
    training.stop()
    assert training.wait(10)
    assert (training.reason, training.finished, training.running) == ("stop", True, False)
    last = training.reports[-1]
    assert last.cross is not None
    assert training.start["source"] == ["A", "B", "C", "</s>"]
    trace = training.translate("A B C")
    forced = training.translator.translate("A B C", target="C B A")
    assert trace.source_pieces == ("▁A", "▁B", "▁C", "</s>")
    np.testing.assert_allclose(forced.cross, last.cross, atol=0.01)  # the weights came in half precision
    with pytest.raises(UnknownWordsError, match="never seen: merci"):
        training.translate("A merci")


def test_the_process_begins_with_the_weights_of_the_preview(begun):
    experiment = Experiment(length=4)
    start, report = preview(experiment)
    training = begun(experiment)
    assert until(lambda: training.reports, beat=training.beat)
    assert training.start == start
    np.testing.assert_allclose(training.reports[0].cross, report.cross, atol=1e-5)
    assert training.reports[0].loss == pytest.approx(report.loss, rel=1e-5)


def test_a_training_that_nobody_watches_any_more_is_gone_after_five_seconds(begun):
    training = begun(Experiment())
    assert until(lambda: training.reports, beat=training.beat)
    training.beat()
    assert until(lambda: not alive(training.pid), 5)
    assert training.wait(2)
    assert (training.reason, training.finished) == ("gone", False)
    for command in ("beat", "pause", "resume", "step", "stop", "end"):
        getattr(training, command)()  # to nobody


def test_a_training_whose_server_is_killed_is_gone_after_five_seconds():
    program = (
        "import sys, time; from core.training.process import LiveTraining; from core.training.tasks import Experiment; "
        "training = LiveTraining(Experiment()); print(training.pid, flush=True)\n"
        "while True: training.beat(); time.sleep(0.2)"
    )
    server = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    pid = int(server.stdout.readline())
    time.sleep(1)
    assert alive(pid)
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert until(lambda: not alive(pid), 5)


def test_trainings_are_bounded_in_number_and_each_visitor_has_one():
    trainings = Trainings(most=2, kept=2)
    try:
        first = trainings.start("a", PAIRS)
        second = trainings.start("b", PAIRS)
        with pytest.raises(TrainingsFullError) as raised:
            trainings.start("c", PAIRS)
        assert raised.value.values["count"] == 2
        assert 1 <= int(raised.value.values["seconds"]) <= 120
        assert trainings.of("c") is None
        again = trainings.start("b", PAIRS)  # in the place of the visitor's own
        assert not second.running
        first.end()
        third = trainings.start("c", PAIRS)
        assert third.running
        assert again.running
        assert trainings.of("a") is None, "no more than two are kept"
        trainings.drop("c")
        assert not third.running
    finally:
        for owner in "abc":
            trainings.drop(owner)


# --- The race


def test_the_recorded_race_has_all_runs_from_the_same_weights():
    race = read_race()
    assert [*race.runs] == ["all", *PARTS]
    assert all(run.steps[-1] == race.steps == Experiment().steps for run in race.runs.values())
    assert race.runs["all"].accuracy[-1] == 1
    assert race.runs["all"].first_complete is not None
    begin = {name: run.loss[0] for name, run in race.runs.items()}
    assert begin["all"] == begin["warmup"] == begin["smoothing"]
    experiment = Experiment(seed=race.seed, length=race.length)
    assert begin["all"] == pytest.approx(Live(experiment).measure()[0], abs=1e-4)


def test_a_race_when_recorded_anew_is_written_as_it_is_read(tmp_path, capsys):
    file = tmp_path / "race" / "new.json"
    assert main(["--out", str(file), "--steps", "3", "--seed", "2"]) == 0
    race = read_race(file)
    assert (race.steps, race.seed) == (3, 2)
    assert race.runs["positions"] == record(Experiment(without=("positions",), seed=2), 3)
    assert json.loads(FILE.read_text(encoding="utf-8")).keys() == json.loads(file.read_text(encoding="utf-8")).keys()
    assert "positions: accuracy" in capsys.readouterr().out

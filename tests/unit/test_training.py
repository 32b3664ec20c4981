"""From files of sentence pairs to a model folder: corpus, objective, loop, command."""

import dataclasses
import json
import math
import random
from itertools import pairwise

import pytest
import torch
from torch.nn import functional as F

import core
from core.config import BOS, EOS, PAD, ModelConfig
from core.errors import OptionError
from core.model.dropout import Dropout
from core.training import loop
from core.training.__main__ import main
from core.training.corpus import (
    encode_pairs,
    epoch_batches,
    find_files,
    informal,
    make_batches,
    pad,
    read_pairs,
    tensors,
)
from core.training.evaluate import perplexity, scores, translate_all
from core.training.lecture import lecture_pairs
from core.training.loop import Trainer, TrainingOptions, prepare
from core.training.objective import learning_rate, smoothed_cross_entropy

close = torch.testing.assert_close


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
    chosen = informal(pairs, 0.2, "en", seed=3)
    assert 60 < len(chosen) < 120  # 100 are drawn, and some spellings are the plain one
    for i, (source, target) in chosen:
        assert source != pairs[i][0]
        assert source.lower().rstrip("!") == pairs[i][0].lower().rstrip("!")
        assert target == "猫！"
    assert informal(pairs, 0.2, "en", seed=3) == chosen != informal(pairs, 0.2, "en", seed=4)
    assert informal(pairs, 0.0, "en", seed=3) == []
    assert {i for i, _ in informal(pairs, 1.0, "en", 1, among=[3, 5])} <= {3, 5}


def test_nothing_but_a_final_mark_has_no_variant():
    assert informal([("?!", "。")] * 50, 1.0, "en", 1) == []


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


# Objective


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("tokens", [1, 100, 256, 600])
def test_smoothed_cross_entropy_and_both_gradients_equal_torchs(smoothing, tokens):
    """256 rows are one chunk: 600 are three."""
    draw = torch.Generator().manual_seed(tokens)
    labels = torch.randint(0, 50, (tokens,), generator=draw)
    ours = [torch.randn(rows, 16, generator=draw, requires_grad=True) for rows in (tokens, 50)]
    theirs = [x.detach().clone().requires_grad_() for x in ours]
    loss = smoothed_cross_entropy(*ours, labels, smoothing)
    expected = F.cross_entropy(theirs[0] @ theirs[1].T, labels, label_smoothing=smoothing, reduction="sum")
    close(loss, expected, rtol=1e-5, atol=1e-4)
    (loss * 0.37).backward()  # what comes from above is passed on
    (expected * 0.37).backward()
    for x, y in zip(ours, theirs, strict=True):
        close(x.grad, y.grad, rtol=1e-4, atol=1e-5)


def test_the_learning_rate_rises_in_a_line_to_its_peak_and_falls_to_a_hundredth():
    rates = [learning_rate(step, warmup=10, steps=50, peak=2.0) for step in range(61)]
    assert rates[:10] == pytest.approx([0.2 * (step + 1) for step in range(10)])
    assert max(rates) == rates[9] == rates[10] == 2.0
    assert all(a > b for a, b in pairwise(rates[10:51]))
    assert rates[30] == pytest.approx(2 * (0.01 + 0.99 / 2))  # half way down the cosine
    assert rates[50:] == pytest.approx([0.02] * 11)
    assert learning_rate(0, warmup=0, steps=50, peak=2.0) == 2.0
    assert 0 < learning_rate(7, warmup=10, steps=5, peak=2.0) < 2.0  # a run shorter than its warm-up


@pytest.mark.parametrize("p", [0.1, 0.3, 0.75])
def test_dropout_drops_its_share_and_keeps_the_mean(p):
    torch.manual_seed(0)
    x = torch.ones(100_003)
    y = Dropout(p).train()(x)
    assert (y == 0).float().mean().item() == pytest.approx(p, abs=0.01)
    close(y[y != 0], torch.full((int((y != 0).sum()),), 1 / (1 - p)))
    assert y.mean().item() == pytest.approx(1, abs=0.02)


def test_dropout_draws_each_element_for_itself_and_anew():
    """Four elements share a 64-bit draw: each of the four, and each pair of neighbours, drops like any other."""
    torch.manual_seed(0)
    layer = Dropout(0.5).train()
    first, second = (layer(torch.ones(300, 400)) == 0 for _ in range(2))
    assert (first != second).float().mean().item() == pytest.approx(0.5, abs=0.02)
    for lane in range(4):
        share = first.flatten()[lane::4].float().mean().item()
        assert share == pytest.approx(0.5, abs=0.02)
    together = (first.flatten()[1:] & first.flatten()[:-1]).float().mean().item()
    assert together == pytest.approx(0.25, abs=0.02)


def test_dropouts_gradient_passes_where_the_value_did():
    torch.manual_seed(0)
    x = torch.randn(7, 9, requires_grad=True)
    y = Dropout(0.4).train()(x)
    y.sum().backward()
    close(x.grad, (y != 0) / 0.6)


def test_dropout_is_nothing_in_evaluation_or_at_0():
    x = torch.randn(10)
    assert Dropout(0.9).eval()(x) is x
    assert torch.equal(Dropout(0.0).train()(x), x)


def test_dropout_close_to_1_drops_nearly_all():
    torch.manual_seed(0)
    assert (Dropout(0.999999).train()(torch.ones(10_000)) == 0).float().mean() > 0.99


# Measuring


def test_perplexity_is_the_exponential_of_the_mean_cross_entropy(make_model):
    model = make_model()
    pairs = [([5, 6, EOS], [7, 8, EOS]), ([5, EOS], [9, EOS]), ([4, 4, 4, EOS], [4, 5, 6, 7, EOS])]
    total, count = 0.0, 0
    for source, target in pairs:
        states = model(torch.tensor([source]), torch.tensor([[BOS, *target[:-1]]]))
        log_probabilities = model.logits(states)[0].log_softmax(-1)
        total -= sum(float(log_probabilities[t, index]) for t, index in enumerate(target))
        count += len(target)
    assert perplexity(model, pairs, torch.device("cpu"), tokens=8) == pytest.approx(math.exp(total / count), rel=1e-5)


@pytest.mark.parametrize("beam_size", [1, 3])
def test_all_translations_come_back_in_order(taught, taught_pairs, beam_size):
    sentences = [pair[0] for pair in taught_pairs]
    outputs = translate_all(
        taught.model, sentences, taught.source_tokenizer, taught.target_tokenizer, taught.device, beam_size
    )
    strategy = {"strategy": "greedy"} if beam_size == 1 else {"strategy": "beam", "beam_size": beam_size}
    assert outputs == [taught.translate(sentence, **strategy).text for sentence in sentences]


@pytest.mark.parametrize("beam_size", [1, 2])
def test_a_translation_to_be_measured_when_it_does_not_end_is_50_pieces_longer_than_the_source(make_endless, beam_size):
    """Section 6.1 of the paper: what is measured is what `translate` writes."""
    endless = make_endless(max_length=100)
    sentence = "Tom chases Jerry."
    tokenizers = endless.source_tokenizer, endless.target_tokenizer
    (output,) = translate_all(endless.model, [sentence], *tokenizers, endless.device, beam_size)
    assert output == "杰瑞" * (len(endless.encode(sentence)[0]) + 50)


def test_a_perfect_translation_scores_100():
    references = ["汤姆追逐杰瑞。", "我认识杰瑞。"]
    assert scores(references, references, "zh") == {"bleu": 100.0, "chrf": 100.0}
    worse = scores(["汤姆追逐猫。", "我爱杰瑞。"], references, "zh")
    assert 0 < worse["bleu"] < 100
    assert 0 < worse["chrf"] < 100


# A run


@pytest.fixture(scope="module")
def data():
    pairs = lecture_pairs()
    return prepare(pairs[:120], pairs[300:303], ("en", "zh"), 356, 24)


OPTIONS = TrainingOptions(epochs=3, batch_tokens=250, warmup=5, patience=3, average=2)


@pytest.fixture
def trainer(data, tmp_path):
    def make(name: str = "run", **changes) -> Trainer:
        config = ModelConfig(
            len(data.source), len(data.target), d_model=16, n_heads=2, n_layers=1, d_ff=16, max_length=24
        )
        options = dataclasses.replace(OPTIONS, **changes)
        return Trainer(tmp_path / name, data, config, options, torch.device("cpu"), "someone", "CC0")

    return make


def stop_at(monkeypatch, step: int, error: type[BaseException]) -> None:
    """The run dies when it is about to take this step, once."""
    original = Trainer.train_step

    def train_step(self, batch):
        if self.step == step:
            monkeypatch.setattr(Trainer, "train_step", original)
            raise error("stopped by the test")
        return original(self, batch)

    monkeypatch.setattr(Trainer, "train_step", train_step)


@pytest.fixture(scope="module")
def uninterrupted(data, tmp_path_factory):
    config = ModelConfig(len(data.source), len(data.target), d_model=16, n_heads=2, n_layers=1, d_ff=16, max_length=24)
    folder = tmp_path_factory.mktemp("runs") / "run"
    card = Trainer(folder, data, config, OPTIONS, torch.device("cpu"), "someone", "CC0").run()
    return folder, card


def weights(folder) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_a_run_lowers_the_perplexity_and_ships_the_best_weights(uninterrupted):
    _, card = uninterrupted
    history = [entry["dev_perplexity"] for entry in card.training["history"]]
    assert len(history) == card.training["epochs_done"] == 3
    assert history[-1] < history[0]
    assert card.scores["perplexity"] <= min(history) + 0.05


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt], ids=["killed", "Ctrl-C"])
@pytest.mark.parametrize("when", [0.5, 1.4], ids=["in the first epoch", "in the second epoch"])
def test_a_run_that_was_stopped_and_resumed_ends_with_exactly_the_same_weights(
    uninterrupted, trainer, monkeypatch, error, when
):
    """Killed, it goes on from the last epoch's end; after Ctrl-C, from the very step."""
    folder, card = uninterrupted
    step = int(when * card.training["steps"] / 3)
    stop_at(monkeypatch, step, error)
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
def test_ctrl_c_leaves_a_model_that_can_be_used(trainer, monkeypatch, step, capsys):
    stop_at(monkeypatch, step, KeyboardInterrupt)
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
    assert run.finished() is expected


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


def test_no_target_piece_of_the_batch_is_padding_in_the_loss(trainer, data, monkeypatch):
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

    run.gradients([0, 1, 2])
    assert length() > 0.1
    run.train_step([0, 1, 2])
    assert length() == pytest.approx(0.01, rel=1e-3)


# The command


def write_tsv(path, pairs) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{a}\t{b}\tCC0\n" for a, b in pairs), encoding="utf-8")


SMALL = [
    "--no-lecture", "--vocab=356", "--d-model=32", "--heads=4", "--layers=1", "--d-ff=32", "--max-length=24",
    "--batch-tokens=300", "--warmup=5", "--device=cpu", "--threads=1",
]  # fmt: skip


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


def test_the_command_resumes_after_ctrl_c(corpus, commanded, tmp_path, monkeypatch, capsys):
    arguments = ["--data", str(corpus), "--out", str(tmp_path / "from-command"), *SMALL, "--epochs", "2"]
    stop_at(monkeypatch, 3, KeyboardInterrupt)
    assert main(arguments) == 0
    assert weights(tmp_path / "from-command") != weights(commanded)
    assert main([*arguments, "--resume"]) == 0
    assert "resumed at step 3" in capsys.readouterr().out
    assert weights(tmp_path / "from-command") == weights(commanded)


@pytest.mark.parametrize("architecture", ["rnn", "rnn-additive", "rnn-dot"])
def test_the_command_trains_recurrent_models_and_resumes_them(corpus, tmp_path, monkeypatch, capsys, architecture):
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
    stop_at(monkeypatch, 3, KeyboardInterrupt)
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


def command(tmp_path, *options: str) -> int:
    return main(["--data", str(tmp_path / "data"), "--out", str(tmp_path / "m"), *SMALL, "--epochs", "1", *options])


def one_sentence(said: str) -> bool:
    return said.endswith(".\n") and "Traceback" not in said and said.count("\n") == 1


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

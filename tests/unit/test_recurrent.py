"""The recurrent encoder-decoders: their attention by hand, padding, one step at a time, and what they learn."""

import math
import random

import pytest
import torch

from core.config import ARCHITECTURES, BOS, EOS, PAD, ModelConfig
from core.decoding import beam, greedy
from core.model import Recurrent, runner
from core.model import build as build_model
from core.model.recurrent import AdditiveAttention, DotAttention, attention_weights
from core.training.corpus import pad, tensors
from core.training.objective import smoothed_cross_entropy
from tests.conftest import build

close = torch.testing.assert_close
RECURRENT = ARCHITECTURES[1:]
ATTENDING = ("rnn-additive", "rnn-dot")
SOURCE = torch.tensor([[5, 9, 4, 17, 6, 3], [8, 12, 3, PAD, PAD, PAD], [7, 3, PAD, PAD, PAD, PAD]])
TARGET = torch.tensor([[2, 6, 7, 8, 19, 11, 4], [2, 10, 5, 6, 3, 9, 9], [2, 4, 4, 13, 5, 18, 2]])
each = pytest.mark.parametrize("architecture", RECURRENT)
each_attending = pytest.mark.parametrize("architecture", ATTENDING)


def make(architecture: str, seed: int = 0, **changes) -> Recurrent:
    return build(seed, **{"architecture": architecture, "d_model": 16, "n_heads": 1, "d_ff": 24, **changes})


def decoded(model: Recurrent, source=SOURCE, target=TARGET):
    return model.decode_inside(target, *model.start(model.encode(source)[0], source))


# Scores and weights by hand


def test_additive_scores_are_those_of_an_example_worked_by_hand():
    """W_q = [[1, 0], [0, 2]], W_k = [[0, 1], [1, 0]] with bias (0, 0.5), v = (1, -1), s = (0.5, 0.25):
    W_q s = (0.5, 0.5). h_1 = (0, 0): W_k h_1 = (0, 0.5), tanh(0.5) - tanh(1) = 0.4621 - 0.7616 = -0.2995.
    h_2 = (1, -1): W_k h_2 = (-1, 1.5), tanh(-0.5) - tanh(2) = -0.4621 - 0.9640 = -1.4261.
    """
    attention = AdditiveAttention(2)
    with torch.no_grad():
        attention.w_q.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
        attention.w_k.weight.copy_(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
        attention.w_k.bias.copy_(torch.tensor([0.0, 0.5]))
        attention.v.weight.copy_(torch.tensor([[1.0, -1.0]]))
        keys = attention.keys(torch.tensor([[[0.0, 0.0], [1.0, -1.0]]]))
        scores = attention.scores(torch.tensor([[[0.5, 0.25]]]), keys)
    close(scores, torch.tensor([[[-0.2995, -1.4261]]]), rtol=0, atol=1e-4)
    first = 1 / (1 + math.exp(-1.4261 + 0.2995))
    close(attention_weights(scores), torch.tensor([[[first, 1 - first]]]), rtol=0, atol=1e-4)


def test_dot_scores_are_those_of_an_example_worked_by_hand():
    scores = DotAttention().scores(torch.tensor([[[2.0, -1.0]]]), torch.tensor([[[1.0, 1.0], [0.5, 3.0]]]))
    assert scores.tolist() == [[[1.0, -2.0]]]


def test_weights_of_a_mask_are_exactly_0_where_it_hides_and_sum_to_1():
    scores = torch.tensor([[[1.0, 2.0, 50.0], [0.0, 0.0, -3.0]]])
    mask = torch.tensor([[[True, True, False]]])
    weights = attention_weights(scores, mask)
    assert (weights[..., 2] == 0).all()
    close(weights.sum(-1), torch.ones(1, 2))
    close(weights[0, 0, 1] / weights[0, 0, 0], torch.tensor(math.e))
    assert (attention_weights(scores, torch.zeros(1, 1, 3, dtype=torch.bool)) == 0).all()  # not NaN


# Padding, batches, steps


@each
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_batch_gives_each_sentence_what_it_gets_alone(architecture, layers):
    model = make(architecture, n_layers=layers)
    together = model(SOURCE, TARGET)
    for row in range(3):
        length = int((SOURCE[row] != PAD).sum())
        alone = model(SOURCE[row : row + 1, :length], TARGET[row : row + 1])
        close(together[row : row + 1], alone, rtol=0, atol=1e-6)


@each
def test_more_padding_changes_nothing(architecture):
    model = make(architecture)
    wider = torch.cat([SOURCE, torch.full((3, 4), PAD)], 1)
    close(model(wider, TARGET), model(SOURCE, TARGET), rtol=0, atol=1e-6)
    assert (model.encode(wider)[0][:, 6:] == 0).all()


@each
def test_what_stands_under_the_padding_changes_nothing(architecture):
    model = make(architecture)
    expected = model(SOURCE, TARGET)
    model.source_embedding.weight[PAD] += 100
    assert torch.equal(model(SOURCE, TARGET), expected)


@each_attending
def test_rows_of_weights_sum_to_1_and_padding_has_exactly_0(architecture):
    weights = decoded(make(architecture)).weights
    assert weights.shape == (3, 7, 6)
    close(weights.sum(-1), torch.ones(3, 7))
    for row, length in enumerate((6, 3, 2)):
        assert (weights[row, :, :length] > 0).all()
        assert (weights[row, :, length:] == 0).all()


@each_attending
def test_contexts_are_annotations_times_weights_and_weights_the_softmax_of_scores(architecture):
    model = make(architecture)
    memory, _ = model.encode(SOURCE)
    found = decoded(model)
    close(found.contexts, found.weights @ memory)
    close(found.weights[0], found.scores[0].softmax(-1))
    close(found.weights[1, :, :3], found.scores[1, :, :3].softmax(-1))
    close(found.scores, model.attention.scores(found.queries, model.attention.keys(memory)))


def test_without_attention_the_context_is_the_encoders_last_state_at_every_step():
    model = make("rnn")
    found = decoded(model)
    assert found.weights is None
    assert found.scores is None
    memory, _ = model.encode(SOURCE)
    for row, length in enumerate((6, 3, 2)):
        last = torch.cat([memory[row, length - 1, :8], memory[row, 0, 8:]])  # forward at </s>, backward at the start
        close(found.contexts[row], last.expand(7, -1), rtol=0, atol=0)


@each
def test_what_comes_later_in_the_target_changes_nothing_before_it(architecture):
    model = make(architecture)
    changed = TARGET.clone()
    changed[:, 4:] = 13
    close(model(SOURCE, changed)[:, :4], model(SOURCE, TARGET)[:, :4], rtol=0, atol=1e-6)
    assert not torch.allclose(model(SOURCE, changed)[:, 4:], model(SOURCE, TARGET)[:, 4:], atol=1e-3)


@each
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_steps_equal_one_pass_and_the_cache_may_be_reordered(architecture, layers):
    model = make(architecture, n_layers=layers)
    keys, mask = model.start(model.encode(SOURCE)[0], SOURCE)
    states, _, own, cross = model.decode(TARGET, keys, mask, traced=True)
    attending = int(architecture != "rnn")
    assert (own.shape, cross.shape) == ((3, 0, 1, 7, 7), (3, attending, 1, 7, 6))
    cache = None
    for t in range(7):
        before = cache and cache.states.clone()
        logits, new, self_row, cross_row = model.step(TARGET[:, t], keys, mask, cache, traced=True)
        close(logits, model.logits(states[:, t]), rtol=0, atol=1e-5)
        assert self_row.shape == (0, 3, 1, 1, t + 1)
        close(cross_row, cross[:, :, :, t : t + 1].transpose(0, 1), rtol=0, atol=1e-5)
        assert cache is None or torch.equal(cache.states, before)  # hypotheses of a beam share it
        cache = new
        assert cache.length == t + 1
    rows = torch.tensor([2, 0, 2])
    picked = (type(keys[0])(*(part[rows] for part in keys[0])),)
    logits, *_ = model.step(TARGET[rows, 0], picked, mask[rows], cache.reorder(rows))
    expected, *_ = model.step(TARGET[:, 0], keys, mask, cache)
    close(logits, expected[rows], rtol=0, atol=1e-6)


@each
def test_a_beam_of_1_is_greedy_search(architecture):
    for seed in range(3):
        model = make(architecture, seed)
        for row, length in enumerate((6, 3, 2)):
            source = SOURCE[row : row + 1, :length]
            found = beam(model, source, 12, 1, 0.6)
            assert [list(hypothesis.ids) for hypothesis in found] == greedy(model, source, 12)


@each
def test_a_batch_of_greedy_outputs_is_what_each_gets_alone(architecture):
    model = make(architecture)
    alone = [greedy(model, SOURCE[row : row + 1, :length], 12)[0] for row, length in enumerate((6, 3, 2))]
    assert greedy(model, SOURCE, 12) == alone


@each
def test_a_wider_beam_finds_no_less_probable_outputs_and_scores_them_as_one_pass_does(architecture):
    model = make(architecture)
    source = SOURCE[:1]
    best = beam(model, source, 12, 6, 0.0)[0]
    narrow = beam(model, source, 12, 1, 0.0)[0]
    assert best.score >= narrow.score - 1e-6
    inputs = torch.tensor([[BOS, *best.ids[:-1]]])
    logs = model.logits(model(source, inputs)[0]).log_softmax(-1)
    assert best.log_probability == pytest.approx(float(logs[range(len(best.ids)), best.ids].sum()), abs=1e-4)


@each
def test_runner_of_a_recurrent_model_is_the_model_itself(architecture):
    model = make(architecture)
    assert runner(model) is model


@each
def test_dropout_is_drawn_in_training_only(architecture):
    model = make(architecture, dropout=0.5)
    assert torch.equal(model(SOURCE, TARGET), model(SOURCE, TARGET))
    model.train()
    assert not torch.equal(model(SOURCE, TARGET), model(SOURCE, TARGET))


# Learning


def learn_to_reverse(architecture: str, layers: int, steps: int = 250, rows: int = 32) -> float:
    """Share of held-out sequences of 3 to 5 letters that a small model gives back reversed, after seconds of training."""
    draw = random.Random(1)
    sequences = [[draw.randint(4, 9) for _ in range(draw.randint(3, 5))] for _ in range(rows * steps + 400)]
    seen = {tuple(sequence) for sequence in sequences[:-400]}
    held_out = [sequence for sequence in sequences[-400:] if tuple(sequence) not in seen]
    assert len(held_out) > 80
    pairs = [([*sequence, EOS], [*reversed(sequence), EOS]) for sequence in sequences]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build_model(ModelConfig(10, 10, 32, 1, layers, 64, 0.0, 12, architecture)).train()
        optimizer = torch.optim.Adam(model.parameters())
        for step in range(steps):
            optimizer.param_groups[0]["lr"] = 1e-2 * min(1, (step + 1) / 30) * (1 - step / steps)
            source, inputs, labels = tensors(pairs, range(step * rows, (step + 1) * rows))
            real = labels != PAD
            optimizer.zero_grad()
            states = model(source, inputs)[real]
            (smoothed_cross_entropy(states, model.target_embedding.weight, labels[real], 0.0) / real.sum()).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    outputs = greedy(model.eval(), pad([[*sequence, EOS] for sequence in held_out]), 10)
    right = [output == [*reversed(sequence), EOS] for output, sequence in zip(outputs, held_out, strict=True)]
    return sum(right) / len(right)


@pytest.mark.parametrize(("architecture", "least"), [("rnn", 0.6), ("rnn-additive", 0.97), ("rnn-dot", 0.97)])
def test_a_recurrent_model_learns_to_reverse_sequences_it_has_never_seen(architecture, least):
    """By chance one in 6^3 to 6^5. Without attention all of a sequence has to go through one vector."""
    assert learn_to_reverse(architecture, 1) >= least

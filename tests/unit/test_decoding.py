"""Greedy and beam search, against brute force where that is possible."""

from itertools import product

import pytest
import torch

from core.config import BOS, EOS, PAD
from core.decoding import beam, greedy, length_penalty
from core.training.corpus import pad


def sources(count: int, vocabulary: int = 20, seed: int = 0) -> list[list[int]]:
    """Random sources of 1 to 9 pieces and </s>."""
    draw = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, 10, (count,), generator=draw).tolist()
    return [[*torch.randint(4, vocabulary, (n,), generator=draw).tolist(), EOS] for n in lengths]


def stubborn(make_model, piece: int):
    """A model that answers `piece` at every step, whatever it reads."""
    model = make_model()
    norm = model.decoder[-1].norm_3
    norm.weight.zero_()
    norm.bias.copy_(100 * model.target_embedding.weight[piece])
    return model


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_of_1_is_greedy_search(make_model, seed):
    model = make_model(seed)
    for source in sources(6, seed=seed):
        ids = torch.tensor([source])
        (best,) = beam(model, ids, 15, beam_size=1, alpha=0.6)
        assert list(best.ids) == greedy(model, ids, 15)[0]


def test_greedy_takes_the_most_probable_piece_at_each_step(make_model):
    model = make_model(3)
    for source in sources(5):
        output = greedy(model, torch.tensor([source]), 12)[0]
        states = model(torch.tensor([source]), torch.tensor([[BOS, *output[:-1]]]))
        assert model.logits(states)[0].argmax(-1).tolist() == output


@pytest.mark.parametrize("seed", range(3))
def test_a_padded_batch_decodes_as_each_row_alone(make_model, seed):
    model, rows = make_model(seed), sources(12, seed=seed)
    assert len({len(row) for row in rows}) > 3
    assert greedy(model, pad(rows), 15) == [greedy(model, torch.tensor([row]), 15)[0] for row in rows]


def log_probability(model, source: list[int], output: tuple[int, ...]) -> float:
    """Of the output given the source, by one pass of teacher forcing."""
    states = model(torch.tensor([source]), torch.tensor([[BOS, *output[:-1]]]))
    return float(model.logits(states[0]).log_softmax(-1)[range(len(output)), list(output)].double().sum())


def every_output(vocabulary: int, max_length: int) -> list[tuple[int, ...]]:
    """All that can be written in at most max_length pieces: those that end in </s>, and those cut off."""
    others = [piece for piece in range(vocabulary) if piece != EOS]
    ended = [(*start, EOS) for n in range(max_length) for start in product(others, repeat=n)]
    return [*ended, *product(others, repeat=max_length)]


@pytest.mark.parametrize("seed", range(3))
def test_a_beam_that_is_wide_enough_finds_what_brute_force_finds(make_model, seed):
    """6 pieces, 3 steps: all 156 outputs are scored by (log-probability / length penalty), for several alphas."""
    model, source = make_model(seed, source_vocab=6, target_vocab=6), [4, 5, 4, EOS]
    found = {output: log_probability(model, source, output) for output in every_output(6, 3)}
    assert len(found) == 156
    winners = set()
    for alpha in (0.0, 0.6, 1.0, 3.0):
        score = {output: total / ((5 + len(output)) / 6) ** alpha for output, total in found.items()}
        best = max(score, key=score.get)
        winners.add(best)
        hypotheses = beam(model, torch.tensor([source]), 3, beam_size=200, alpha=alpha)
        assert hypotheses[0].ids == best
        assert [h.score for h in hypotheses] == sorted((h.score for h in hypotheses), reverse=True)
        for hypothesis in hypotheses:
            assert hypothesis.log_probability == pytest.approx(found[hypothesis.ids], abs=1e-4)
            assert hypothesis.score == pytest.approx(score[hypothesis.ids], abs=1e-4)
    assert (EOS,) in winners or len(winners) > 1  # short ones do win without a penalty


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [2, 5])
@pytest.mark.parametrize("alpha", [0.6, 2.0])
def test_stopping_early_never_costs_the_best_hypothesis(make_model, seed, size, alpha):
    """Against a beam search written plainly, by teacher forcing and without a cache, that runs to the end.

    Of 8 pieces one is </s>, so that hypotheses end early; alpha 2 lets long ones win all the same (with seed 2 after
    </s> had won at the first step).
    """
    model, source, max_length = make_model(seed, target_vocab=8), [5, 6, 7, 8, EOS], 7
    running, ended = [((), 0.0)], []
    for _ in range(max_length):
        grown = []
        for ids, total in running:
            states = model(torch.tensor([source]), torch.tensor([[BOS, *ids]]))
            row = model.logits(states[0, -1]).log_softmax(-1)
            grown += [((*ids, piece), total + float(row[piece])) for piece in range(len(row))]
        grown = sorted(grown, key=lambda pair: -pair[1])[: size - len(ended)]
        ended += [pair for pair in grown if pair[0][-1] == EOS]
        running = [pair for pair in grown if pair[0][-1] != EOS]
    best, total = max([*ended, *running], key=lambda pair: pair[1] / length_penalty(len(pair[0]), alpha))
    found = beam(model, torch.tensor([source]), max_length, size, alpha)[0]
    assert found.ids == best
    assert found.log_probability == pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize(
    ("length", "alpha", "expected"),
    [(1, 0.6, 1.0), (7, 0.0, 1.0), (7, 1.0, 2.0), (13, 1.0, 3.0), (7, 0.6, 1.515717), (13, 2.0, 9.0), (1, 5.0, 1.0)],
)
def test_the_length_penalty_is_gnmts(length, alpha, expected):
    """Wu et al. 2016, equation 14: ((5 + |Y|) / 6) ** alpha."""
    assert length_penalty(length, alpha) == pytest.approx(expected, abs=1e-6)


def test_what_never_ends_is_cut_off_at_max_length(make_model):
    model, source = stubborn(make_model, 5), torch.tensor([[7, 8, EOS]])
    assert greedy(model, source, 7) == [[5] * 7]
    best = beam(model, source, 7, beam_size=3, alpha=0.6)[0]
    assert best.ids == (5,) * 7


def test_what_ends_at_once_is_only_the_end(make_model):
    model, source = stubborn(make_model, EOS), torch.tensor([[7, 8, EOS], [9, EOS, PAD]])
    assert greedy(model, source, 7) == [[EOS], [EOS]]
    assert beam(model, source[:1], 7, beam_size=3, alpha=0.6)[0].ids == (EOS,)


@pytest.mark.parametrize("size", [1, 4, 25])
def test_a_beam_gives_at_most_its_size_and_each_output_once(make_model, size):
    """25 is more than the vocabulary's 20, which is all that the first step can offer."""
    hypotheses = beam(make_model(), torch.tensor([sources(1)[0]]), 8, size, 0.6)
    assert 1 <= len(hypotheses) <= size
    assert len({h.ids for h in hypotheses}) == len(hypotheses)
    assert all(EOS not in h.ids[:-1] and len(h.ids) <= 8 for h in hypotheses)

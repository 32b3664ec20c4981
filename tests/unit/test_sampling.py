"""Sampling: the filters, the seed, and what is drawn."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch

from core.decoding import sampling_distribution
from core.errors import OptionError
from core.intervention import Intervention
from core.records.trace import KINDS, Trace

SENTENCE = "Where is Jerry?"


@pytest.fixture(scope="module")
def trace(taught):
    return taught.translate(SENTENCE)


def close(a: Trace, b: Trace, tolerance: float = 2e-5) -> bool:
    arrays = (*KINDS, "log_probabilities")
    return a.output_pieces == b.output_pieces and all(
        np.allclose(getattr(a, name), getattr(b, name), atol=tolerance) for name in arrays
    )


def test_the_same_seed_draws_the_same_and_another_draws_another(tiny):
    a, b = (tiny.translate(SENTENCE, strategy="sample", seed=5) for _ in range(2))
    assert a == b
    assert a.strategy == "sample"
    others = {tiny.translate(SENTENCE, strategy="sample", seed=seed).text for seed in range(8)}
    assert len(others) > 3


def test_drawing_from_one_piece_is_greedy(taught, trace):
    for options in ({"top_k": 1}, {"top_p": 0.01}, {"temperature": 0.01}):
        drawn = taught.translate(SENTENCE, strategy="sample", **options)
        assert dataclasses.replace(drawn, strategy="greedy") == trace


def test_a_sampled_traces_distribution_is_the_models_own_and_a_step_has_both(taught):
    options = {"strategy": "sample", "temperature": 2.0, "top_k": 5, "top_p": 0.9, "seed": 3}
    drawn, steps = taught.translate(SENTENCE, **options), list(taught.steps(SENTENCE, **options))
    scored = taught.translate(SENTENCE, target=drawn.text)
    if scored.output_pieces == drawn.output_pieces:
        assert np.allclose(drawn.top_probabilities, scored.top_probabilities, atol=1e-5)
    assert tuple(step.piece for step in steps) == drawn.output_pieces
    for t, step in enumerate(steps):
        before, after = dict(step.candidates), dict(step.drawn_from)
        assert step.probability == pytest.approx(before[step.piece], abs=1e-6)
        assert [p for _, p in step.top(100)] == pytest.approx(drawn.top_probabilities[t].tolist(), abs=1e-5)
        assert step.piece in after
        assert 1 <= len(after) <= 5
        assert sum(after.values()) == pytest.approx(1)
        assert set(after) == {piece for piece, _ in step.candidates[: len(after)]}


def test_the_filters_are_temperature_then_top_k_then_top_p():
    probabilities = torch.tensor([0.1, 0.4, 0.3, 0.2])
    logits = probabilities.log()
    assert torch.allclose(sampling_distribution(logits).float(), probabilities)
    squared = probabilities**2
    assert torch.allclose(sampling_distribution(logits, 0.5).float(), squared / squared.sum())
    assert sampling_distribution(logits, top_k=2).tolist() == pytest.approx([0, 4 / 7, 3 / 7, 0])
    assert sampling_distribution(logits, top_p=0.65).tolist() == pytest.approx([0, 4 / 7, 3 / 7, 0])
    assert sampling_distribution(logits, top_p=0.71).tolist() == pytest.approx([0, 4 / 9, 3 / 9, 2 / 9])
    assert sampling_distribution(logits, top_p=1e-9).tolist() == [0, 1, 0, 0]
    assert sampling_distribution(logits, top_k=2, top_p=0.5).tolist() == [0, 1, 0, 0]  # 4/7 of what is left
    assert sampling_distribution(logits, top_k=99).tolist() == pytest.approx(probabilities.tolist())


@pytest.mark.parametrize("top_p", [0.25, 0.5, 0.75])
def test_the_nucleus_when_a_cumulative_probability_is_exactly_top_p_has_the_fewest_pieces(top_p):
    """Four pieces of probability 1/4, so that each sum is exact in floating point."""
    kept = sampling_distribution(torch.zeros(4), top_p=top_p)
    assert int((kept > 0).sum()) == 4 * top_p


def test_draws_follow_the_distribution(tiny):
    first = {}
    (step,) = itertools.islice(tiny.steps(SENTENCE, strategy="sample", top_k=3, temperature=2.0), 1)
    for seed in range(300):
        (drawn,) = itertools.islice(tiny.steps(SENTENCE, strategy="sample", top_k=3, temperature=2.0, seed=seed), 1)
        first[drawn.piece] = first.get(drawn.piece, 0) + 1
    for piece, probability in step.drawn_from:
        spread = math.sqrt(300 * probability * (1 - probability))
        assert abs(first.get(piece, 0) - 300 * probability) < 4 * spread + 1


def test_forcing_one_piece_keeps_the_other_draws(tiny):
    options = {"strategy": "sample", "seed": 11, "top_k": 8}
    whole = tiny.translate(SENTENCE, **options)
    other = next(piece for piece in ("汤姆", "杰瑞") if piece != whole.output_pieces[3])
    changed = tiny.translate(SENTENCE, intervention=Intervention(forced={3: other}), **options)
    assert changed.output_pieces[:4] == (*whole.output_pieces[:3], other)
    as_drawn = Intervention(forced={3: whole.output_pieces[3]})
    assert tiny.translate(SENTENCE, intervention=as_drawn, **options) == whole


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": 0}, {"temperature": -1.0}, {"temperature": math.nan}, {"temperature": math.inf},
        {"temperature": "1"}, {"temperature": None}, {"temperature": True}, {"temperature": 10**5000}, {"top_k": 0},
        {"top_k": -1}, {"top_k": 2.0}, {"top_k": "3"}, {"top_k": True}, {"top_p": 0}, {"top_p": 1.1},
        {"top_p": math.nan}, {"top_p": None}, {"top_p": "0.5"}, {"seed": -1}, {"seed": 2**63}, {"seed": 1.0},
        {"seed": None}, {"seed": "0"}, {"seed": 10**5000},
    ],
    ids=lambda options: next(iter(options)),
)  # fmt: skip
def test_a_sampling_option_that_is_not_possible_is_refused_by_name(tiny, options):
    (name,) = options
    for run in (tiny.translate, tiny.steps):
        with pytest.raises(OptionError) as caught:
            run(SENTENCE, strategy="sample", **options)
        assert caught.value.values["name"] == name
        assert str(caught.value)


@pytest.mark.parametrize("strategy", ["beam", "forced", "", None, []], ids=str)
def test_steps_search_greedily_or_sample(tiny, strategy):
    with pytest.raises(OptionError):
        tiny.steps(SENTENCE, strategy=strategy)

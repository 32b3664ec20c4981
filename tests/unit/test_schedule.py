"""The schedules of the learning rate: the paper's, and this package's."""

from itertools import pairwise

import pytest

from core.training.schedule import D_MODEL, WARMUP, learning_rate, paper_rate


def test_the_papers_rate_when_its_sizes_are_the_base_models_peaks_at_its_warm_up():
    rates = [paper_rate(step, 512, 4000) for step in range(1, 20_001)]
    assert max(rates) == rates[3999]
    assert rates[3999] == pytest.approx(6.987712429686843e-4, rel=1e-12)
    assert rates[3999] == pytest.approx(1 / (512 * 4000) ** 0.5, rel=1e-12)
    assert rates[0] == pytest.approx(rates[3999] / 4000)
    assert rates[15_999] == pytest.approx(rates[3999] / 2)  # four times the step, half the rate


@pytest.mark.parametrize("d_model", [D_MODEL.low, 512, D_MODEL.high])
@pytest.mark.parametrize("warmup", [WARMUP.low, 4000, WARMUP.high])
def test_the_papers_rate_rises_until_its_warm_up_and_falls_after_it(d_model, warmup):
    rates = [paper_rate(step, d_model, warmup) for step in range(1, 2 * warmup + 2)]
    assert all(a < b for a, b in pairwise(rates[:warmup]))
    assert all(a > b for a, b in pairwise(rates[warmup - 1 :]))
    assert max(rates) == pytest.approx((d_model * warmup) ** -0.5)


def test_the_papers_defaults_are_those_of_its_base_model():
    assert (D_MODEL.default, WARMUP.default) == (512, 4000)


def test_the_learning_rate_rises_in_a_line_to_its_peak_and_falls_to_a_hundredth():
    rates = [learning_rate(step, warmup=10, steps=50, peak=2.0) for step in range(61)]
    assert rates[:10] == pytest.approx([0.2 * (step + 1) for step in range(10)])
    assert max(rates) == rates[9] == rates[10] == 2.0
    assert all(a > b for a, b in pairwise(rates[10:51]))
    assert rates[30] == pytest.approx(2 * (0.01 + 0.99 / 2))  # half way down the cosine
    assert rates[50:] == pytest.approx([0.02] * 11)
    assert learning_rate(0, warmup=0, steps=50, peak=2.0) == 2.0
    assert 0 < learning_rate(7, warmup=10, steps=5, peak=2.0) < 2.0  # a run shorter than its warm-up

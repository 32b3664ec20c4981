"""The training objective: cross-entropy with label smoothing, and the learning rate's schedule."""

from itertools import pairwise

import pytest
import torch
from torch.nn import functional as F

from core.training.objective import learning_rate, smoothed_cross_entropy

close = torch.testing.assert_close


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

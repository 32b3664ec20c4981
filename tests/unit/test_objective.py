"""The training objective: cross-entropy with label smoothing."""

import pytest
import torch
from torch.nn import functional as F

from core.training.objective import smoothed_cross_entropy

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

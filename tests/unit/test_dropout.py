"""Dropout: the share that it drops, the mean that it keeps, and where its gradient passes."""

import pytest
import torch

from core.model.dropout import Dropout

close = torch.testing.assert_close


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

"""Masks: True means "may be attended to"."""

import torch

from core.config import PAD
from core.model import causal_mask, padding_mask


def test_the_causal_mask_shows_each_position_itself_and_those_before_it():
    expected = torch.tensor([[True, False, False], [True, True, False], [True, True, True]])
    assert torch.equal(causal_mask(3), expected)
    assert causal_mask(1).tolist() == [[True]]


def test_the_padding_mask_hides_padding_and_nothing_else():
    ids = torch.tensor([[5, 1, 2, 3], [7, 3, PAD, PAD]])
    mask = padding_mask(ids)
    assert mask.shape == (2, 1, 1, 4)
    assert mask[:, 0, 0].tolist() == [[True, True, True, True], [True, True, False, False]]
    assert mask.dtype == causal_mask(2).dtype == torch.bool


def test_there_is_no_mask_where_nothing_is_padding():
    assert padding_mask(torch.tensor([[5, 1, 2, 3], [7, 4, 4, 3]])) is None
    assert padding_mask(torch.tensor([[PAD]])) is not None

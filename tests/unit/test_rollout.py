"""Attention rollout: worked by hand, rows that sum to 1, and the paper's formula."""

import dataclasses

import numpy as np
import pytest

from core.analysis import rollout
from core.intervention import Intervention

SENTENCE = "Where is Jerry?"


@pytest.fixture(scope="module")
def trace(taught):
    return taught.translate(SENTENCE)


def with_encoder(trace, weights):
    """A Trace with these encoder weights; nothing else in it is looked at."""
    return dataclasses.replace(trace, encoder_self=np.array(weights, np.float32))


def test_rows_sum_to_1_in_every_layer(trace):
    found = rollout(trace)
    s = len(trace.source_pieces)
    assert found.shape == (2, s, s)
    assert np.allclose(found.sum(-1), 1, atol=1e-12)
    assert (found >= 0).all()


def test_two_layers_by_hand(trace):
    """Two heads: the first keeps each piece, the second swaps the two; their average is one half everywhere."""
    keep, swap, first = [[1, 0], [0, 1]], [[0, 1], [1, 0]], [[1, 0], [1, 0]]
    found = rollout(with_encoder(trace, [[keep, swap], [first, first]]))
    assert found[0].tolist() == [[0.75, 0.25], [0.25, 0.75]]  # half of itself, half of the average
    # Then the first piece stays as it is, and the second is half of each.
    assert found[1].tolist() == [[0.75, 0.25], [0.5, 0.5]]


def test_heads_that_only_look_at_themselves_move_nothing(trace):
    assert np.array_equal(rollout(with_encoder(trace, np.broadcast_to(np.eye(4), (3, 5, 4, 4))))[-1], np.eye(4))


def test_later_layers_stand_on_the_left(trace):
    """What a position takes in the last layer is made of what the one before had gathered."""
    rng = np.random.default_rng(0)
    weights = rng.dirichlet(np.ones(5), (2, 3, 5)).astype(np.float32)
    one, two = (0.5 * layer.astype(np.float64).mean(0) + 0.5 * np.eye(5) for layer in weights)
    assert np.allclose(rollout(with_encoder(trace, weights))[1], two @ one, atol=1e-6)


def test_rows_sum_to_1_without_some_heads_and_without_all(taught):
    some = Intervention(ablate={("encoder_self", 0, head): "zero" for head in range(3)})
    every = Intervention(ablate={("encoder_self", layer, head): "zero" for layer in range(2) for head in range(4)})
    assert np.allclose(rollout(taught.translate(SENTENCE, intervention=some)).sum(-1), 1)
    alone = rollout(taught.translate(SENTENCE, intervention=every))
    assert np.array_equal(alone[-1], np.eye(alone.shape[-1]))

"""Formulas of heads over a corpus, by hand: activation, distances, and the sampling of sentences by activation."""

import dataclasses
import random
from collections import Counter

import numpy as np
import pytest

from core.analysis.corpus import SAMPLED, STRONGEST, Sampler, activations, distances, peaks
from core.records import HeadExample
from core.records.corpus_heads import BANDS
from tests.samples import made


def weights_of(*rows):
    """One layer and one head with these rows."""
    return np.array([[rows]], np.float32)


@pytest.fixture
def by_hand():
    """Source a b </s>, output x y </s>; the decoder reads <s> x y."""
    return dataclasses.replace(
        made(["a", "b"], ["x", "y"]),
        encoder_self=weights_of([0.1, 0.6, 0.3], [0.2, 0.2, 0.6], [1, 0, 0]),
        decoder_self=weights_of([1, 0, 0], [0.3, 0.7, 0], [0.5, 0.4, 0.1]),
        cross=weights_of([0.25, 0.5, 0.25], [0.8, 0, 0.2], [0, 0, 1]),
    )


@pytest.mark.parametrize(
    ("kind", "rows", "weights", "keys", "activation"),
    [
        ("encoder_self", [0, 1], [0.6, 0.2], [1, 0], 0.4),  # </s> is neither query nor key; of equal keys the first
        ("decoder_self", [1, 2], [0.7, 0.4], [1, 1], 0.55),  # without <s>
        ("cross", [0, 1], [0.5, 0.8], [1, 0], 0.65),  # without the query that predicts </s>
    ],
)
def test_activation_is_the_mean_of_the_heaviest_weights_beside_specials(by_hand, kind, rows, weights, keys, activation):
    found = peaks(by_hand, kind)
    assert found.rows.tolist() == rows
    assert np.allclose(found.weights[0, 0], weights)
    assert found.keys[0, 0].tolist() == keys
    assert np.allclose(activations(found), activation)


@pytest.mark.parametrize(
    ("kind", "weight", "distance", "offset"),
    [
        ("encoder_self", 1.1, 0.6 + 0.2, 0.6 - 0.2),
        ("decoder_self", 1.2, 0.4, -0.4),
        ("cross", 1.55, 0.5 + 0.8, 0.5 - 0.8),
    ],
)
def test_distance_counts_the_weight_on_pieces(by_hand, kind, weight, distance, offset):
    assert np.allclose(np.ravel(distances(by_hand, kind)), [weight, distance, offset])


def test_an_output_without_pieces_has_no_activation(by_hand):
    empty = made(["a"], [])
    for kind in ("decoder_self", "cross"):
        assert np.isnan(activations(peaks(empty, kind))).all()
        assert not np.any(distances(empty, kind))
    assert activations(peaks(empty, "encoder_self")).item() == pytest.approx(0.5)


def example(sentence: int, activation: float) -> HeadExample:
    return HeadExample(sentence, activation, 0, 0, activation, b"")


def test_the_strongest_are_those_of_the_largest_activation_and_of_equal_ones_the_first():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 30, 300) / 30
    sampler = Sampler(random.Random(0))
    for i, value in enumerate(values):
        sampler.add(example(i, value))
    best = sorted(range(300), key=lambda i: (-values[i], i))[:STRONGEST]
    assert [found.sentence for found in sampler.strongest] == best
    assert sampler.histogram.sum() == 300
    assert sampler.histogram.tolist() == [
        sum(1 for value in values if min(int(value * BANDS), BANDS - 1) == band) for band in range(BANDS)
    ]


def test_samples_are_of_their_band_without_the_strongest_and_few():
    sampler = Sampler(random.Random(0))
    for i in range(1000):
        sampler.add(example(i, i / 1000))
    sampler.add(example(1000, float("nan")))
    assert sampler.histogram.tolist() == [100] * BANDS
    strongest = {found.sentence for found in sampler.strongest}
    assert strongest == set(range(995, 1000))
    for band, found in enumerate(sampler.samples):
        assert len(found) <= SAMPLED
        assert all(100 * band <= one.sentence < 100 * (band + 1) and one.sentence not in strongest for one in found)
    assert all(len(found) == SAMPLED for found in sampler.samples[:-1])


def test_each_sentence_of_a_band_is_drawn_equally_often():
    rng, drawn = random.Random(0), Counter()
    for _ in range(3000):
        sampler = Sampler(rng)
        for i in range(10):
            sampler.add(example(i, 0.25))
        for i in range(10, 10 + STRONGEST):  # these are the strongest, so that the others can all be drawn
            sampler.add(example(i, 0.95))
        drawn.update(one.sentence for one in sampler.samples[2])
    assert sum(drawn.values()) == 3000 * SAMPLED
    assert max(abs(drawn[i] / 3000 - SAMPLED / 10) for i in range(10)) < 0.03

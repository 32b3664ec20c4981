"""The division by sqrt(d_k): variances against theory, Jacobians against automatic differentiation, figures that say it."""

import math

import numpy as np
import pytest
import torch

from core.analysis import scaling
from core.errors import OptionError
from core.plots import THEMES, scaling_gradient, scaling_variance, scaling_weights, vectors


def test_the_variance_of_a_product_is_d_k():
    found = scaling.product_variance()
    # The variance of a sample of n strays by about sqrt((kurtosis - 1) / n); q · k of one component has kurtosis 9.
    for d_k, variance in zip(scaling.SIZES, found, strict=True):
        kurtosis = 3 + 6 / d_k
        assert abs(variance / d_k - 1) < 4 * math.sqrt((kurtosis - 1) / scaling.SAMPLES), d_k


@pytest.mark.parametrize("d_k", [1, 24, 192])
def test_drawn_scores_have_mean_0_and_variance_d_k_whichever_key(d_k):
    scores = scaling.draw_scores(d_k, 4000)
    assert scores.shape == (4000, scaling.KEYS)
    np.testing.assert_allclose(scores.mean(0) / math.sqrt(d_k), 0, atol=0.08)
    np.testing.assert_allclose((scores / math.sqrt(d_k)).var(0), 1, atol=0.25)
    np.testing.assert_array_equal(scores, scaling.draw_scores(d_k, 4000))
    assert (scores != scaling.draw_scores(d_k, 4000, seed=1)).any()


def test_no_dimension_is_refused():
    with pytest.raises(OptionError):
        scaling.draw_scores(0, 3)


def test_the_jacobian_is_what_autograd_finds():
    scores = torch.tensor([0.5, -1.0, 2.0, 0.0], dtype=torch.float64)
    expected = torch.autograd.functional.jacobian(lambda s: s.softmax(-1), scores).numpy()
    weights = scores.softmax(-1).numpy()
    np.testing.assert_allclose(scaling.jacobian(weights), expected, atol=1e-12)
    assert scaling.jacobian_norm(weights) == pytest.approx(np.linalg.norm(expected))
    p = weights
    formula = math.sqrt((p**2).sum() - 2 * (p**3).sum() + (p**2).sum() ** 2)
    assert scaling.jacobian_norm(weights) == pytest.approx(formula)


def test_nothing_is_left_of_the_gradient_where_one_weight_is_all():
    assert scaling.jacobian_norm(np.array([0.0, 1.0, 0.0])) == 0
    for keys in (2, 8):
        assert scaling.jacobian_norm(np.full(keys, 1 / keys)) == pytest.approx(math.sqrt(keys - 1) / keys)
    random = np.random.default_rng(0).dirichlet(np.full(5, 0.4), 2000)
    assert scaling.jacobian_norm(random).max() <= 0.5


def test_entropy_in_bits():
    assert scaling.entropy(np.full(8, 1 / 8)) == 3
    assert scaling.entropy(np.array([0.0, 1.0])) == 0
    assert scaling.entropy(np.array([0.5, 0.25, 0.25])) == 1.5


def test_the_softmax_saturates_without_the_division_and_not_with_it():
    found = scaling.saturation()
    assert all(part.shape == (2, len(scaling.SIZES)) for part in found)
    plain, divided = found.gradient
    assert (np.diff(plain[4:]) < 0).all(), "less and less is left"
    assert plain[-1] < 0.1 < divided[-1]
    assert np.ptp(divided[3:]) < 0.03, "with the division it does not depend on d_k"
    assert (np.diff(found.largest[0]) > 0).all()
    assert found.largest[0, -1] > 0.9 > 0.5 > found.largest[1, -1]
    assert found.entropy[0, -1] < 0.5 < 1.5 < found.entropy[1, -1] <= math.log2(scaling.KEYS)
    np.testing.assert_allclose(*(part[:, 0] for part in (found.gradient, found.gradient[::-1])), err_msg="d_k = 1")


@pytest.mark.parametrize("theme", THEMES)
def test_figures_show_the_numbers_that_they_are_given(theme):
    sizes, sampled = (1, 4, 16), [1.1, 3.9, 17.0]
    figure = scaling_variance(sizes, sampled, ("drawn", "theory", "divided"), "d", theme)
    shown = {trace.name: list(trace.y) for trace in figure.data}
    assert shown["theory"] == [1, 4, 16]
    assert shown["drawn"] == sampled
    np.testing.assert_allclose(shown["divided"], [1.1, 3.9 / 4, 17 / 16])
    gradient = np.array([[0.3, 0.2, 0.1], [0.3, 0.31, 0.32]])
    figure = scaling_gradient(sizes, gradient, ("without", "with"), "d", theme)
    np.testing.assert_array_equal([trace.y for trace in figure.data], gradient)
    weights = np.array([[0.9, 0.1], [0.6, 0.4]])
    figure = scaling_weights(weights, ("without", "with"), "keys", theme)
    np.testing.assert_array_equal([trace.y for trace in figure.data], weights)


def test_arrows_lead_from_the_middle_to_their_vectors_and_names_are_text():
    figure = vectors(np.array([1.0, 0.5]), np.array([[0.0, 1.0]]), ["q", "<b>Tom</b>"], 3)
    assert [(arrow.x, arrow.y) for arrow in figure.data] == [((0, 1.0), (0, 0.5)), ((0, 0.0), (0, 1.0))]
    assert [arrow.marker.symbol for arrow in figure.data] == ["arrow", "arrow"]
    assert [arrow.text for arrow in figure.data] == [("", "q"), ("", "&lt;b&gt;Tom&lt;/b&gt;")]

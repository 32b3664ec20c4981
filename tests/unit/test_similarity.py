"""Four measures of likeness worked by hand, self-attention against PyTorch's own, and what is left of shortened values."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from core.analysis import similarity
from core.analysis.similarity import LARGEST, SMALL_ADDITIVE, Additive, self_attention_steps
from core.errors import OptionError

Q, K = np.array([1.0, 2.0]), np.array([[3.0, 4.0], [-2.0, 1.0], [0.0, 0.0]])


@pytest.fixture
def draw():
    return np.random.default_rng(1)


def test_the_dot_product_by_hand():
    assert similarity.dot(Q, K).tolist() == [11.0, 0.0, 0.0]


def test_the_scaled_dot_product_by_hand():
    np.testing.assert_allclose(similarity.scaled_dot(Q, K), [11 / math.sqrt(2), 0, 0], rtol=1e-15)
    assert similarity.scaled_dot(np.ones(4), np.ones((1, 4))).tolist() == [2.0]


def test_the_cosine_by_hand_and_nothing_of_it_for_a_vector_without_length():
    np.testing.assert_allclose(similarity.cosine(Q, K), [11 / (math.sqrt(5) * 5), 0, 0], atol=1e-15)
    assert similarity.cosine(np.zeros(2), K).tolist() == [0, 0, 0]


def test_the_length_of_a_key_moves_the_dot_product_and_not_the_cosine(draw):
    q, k = draw.standard_normal((3, 6)), draw.standard_normal((4, 6))
    np.testing.assert_allclose(similarity.dot(q, 3 * k), 3 * similarity.dot(q, k))
    np.testing.assert_allclose(similarity.cosine(q, 3 * k), similarity.cosine(q, k))


def test_additive_attention_by_hand():
    """q = (1, 0), k = (0, 1): q W_q = (1, 0, 1), k W_k = (0, 1, 1), together (1, 1, 2).

    tanh gives (0.76159416, 0.76159416, 0.96402758), times (1, 1, -1): 0.55916074.
    """
    q, k = np.array([1.0, 0.0]), np.array([[0.0, 1.0], [1.0, 0.0]])
    hidden = similarity.additive_hidden(q, k, SMALL_ADDITIVE)
    np.testing.assert_allclose(hidden[0], [0.76159416, 0.76159416, 0.96402758], atol=5e-9)
    # k = (1, 0): (1, 0, 1) + (1, 0, -1) = (2, 0, 0), and tanh 2 = 0.96402758
    np.testing.assert_allclose(similarity.additive(q, k, SMALL_ADDITIVE), [0.55916074, 0.96402758], atol=1e-8)


def test_additive_attention_is_a_network_with_one_hidden_layer(draw):
    weights = similarity.random_additive(5, 7, seed=3)
    assert [part.shape for part in weights] == [(5, 7), (5, 7), (7,)]
    q, k = draw.standard_normal((2, 5)), draw.standard_normal((3, 5))
    network = torch.nn.Sequential(
        torch.nn.Linear(10, 7, bias=False), torch.nn.Tanh(), torch.nn.Linear(7, 1, bias=False)
    ).double()
    with torch.no_grad():
        network[0].weight.copy_(torch.from_numpy(np.concatenate(weights[:2]).T))
        network[2].weight.copy_(torch.from_numpy(weights.w[None]))
        pairs = torch.tensor(np.array([[[*a, *b] for b in k] for a in q]))
        np.testing.assert_allclose(similarity.additive(q, k, weights), network(pairs)[..., 0].numpy(), atol=1e-12)


def test_additive_scores_cannot_leave_the_sum_of_its_weights():
    weights = Additive(np.eye(2), np.eye(2), np.array([0.5, -2.0]))
    scores = similarity.additive(np.array([100.0, -100.0]), np.zeros((1, 2)), weights)
    np.testing.assert_allclose(scores, [2.5])


def test_the_softmax_sums_to_one_and_survives_large_and_hidden_scores():
    rows = similarity.softmax(np.array([[1000.0, 999.0], [-np.inf, 3.0], [-np.inf, -np.inf]]))
    np.testing.assert_allclose(rows[0], [1 / (1 + math.exp(-1)), 1 / (1 + math.e)])
    assert rows[1].tolist() == [0.0, 1.0]
    assert rows[2].tolist() == [0.0, 0.0]


# --- Self-attention


@pytest.mark.parametrize("causal", [False, True])
def test_self_attention_is_pytorchs(draw, causal):
    x, (w_q, w_k), w_v = draw.standard_normal((6, 5)), draw.standard_normal((2, 5, 3)), draw.standard_normal((5, 4))
    mask = np.tril(np.ones((6, 6), bool)) if causal else None
    found = self_attention_steps(x, w_q, w_k, w_v, mask)
    q, k, v = (torch.from_numpy(x @ w)[None, None] for w in (w_q, w_k, w_v))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)[0, 0].numpy()
    np.testing.assert_allclose(found.output, expected, atol=1e-12)
    np.testing.assert_allclose(found.weights.sum(-1), 1)
    assert (found.weights[np.triu_indices(6, 1)] == 0).all() == causal


def test_self_attention_is_one_head_of_pytorchs_layer(draw):
    x, weights = draw.standard_normal((4, 6)), draw.standard_normal((3, 6, 6))
    layer = torch.nn.MultiheadAttention(6, 1, bias=False, batch_first=True).double()
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.from_numpy(np.concatenate([w.T for w in weights])))
        layer.out_proj.weight.copy_(torch.eye(6))
        output, attention = layer(*[torch.from_numpy(x)[None]] * 3)
    found = self_attention_steps(x, *weights)
    np.testing.assert_allclose(found.weights, attention[0].detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(found.output, output[0].detach().numpy(), atol=1e-12)


def test_each_step_follows_from_the_one_before(draw):
    x, weights = draw.standard_normal((4, 5)), draw.standard_normal((3, 5, 3))
    mask = np.tril(np.ones((4, 4), bool))
    found = self_attention_steps(x, *weights, mask)
    for name, w in zip("qkv", weights, strict=True):
        np.testing.assert_array_equal(getattr(found, name), x @ w)
    np.testing.assert_allclose(found.scores, similarity.dot(found.q, found.k))
    np.testing.assert_allclose(found.scaled, found.scores / math.sqrt(3))
    assert np.isneginf(found.masked[~mask]).all()
    np.testing.assert_array_equal(found.masked[mask], found.scaled[mask])
    np.testing.assert_allclose(found.mix(2).sum(0), found.output[2])
    np.testing.assert_array_equal(self_attention_steps(x, *weights, divide=False).scaled, found.scores)


def test_without_positions_the_order_of_the_tokens_changes_nothing_else(draw):
    x, weights, order = draw.standard_normal((4, 5)), draw.standard_normal((3, 5, 3)), [2, 0, 3, 1]
    before, after = self_attention_steps(x, *weights), self_attention_steps(x[order], *weights)
    np.testing.assert_allclose(after.output, before.output[order])


@pytest.mark.parametrize(
    "bad",
    [np.nan, np.inf, -np.inf, LARGEST * 1.01, -1e300, None, "five"],
    ids=repr,
)
@pytest.mark.parametrize("which", range(4))
def test_what_is_no_number_of_use_is_refused(bad, which):
    given = [np.ones((4, 5)).astype(object), *(np.ones((5, 3)).astype(object) for _ in range(3))]
    given[which][1, 2] = bad
    with pytest.raises(OptionError):
        self_attention_steps(*given)


@pytest.mark.parametrize(
    "sizes",
    [
        ((4, 5), (4, 3), (5, 3), (5, 3)),
        ((4, 5), (5, 3), (5, 2), (5, 3)),
        ((5,), *[(5, 3)] * 3),
        ((0, 5), *[(5, 3)] * 3),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes):
    with pytest.raises(OptionError):
        self_attention_steps(*(np.ones(size) for size in sizes))


def test_the_largest_numbers_stay_finite():
    found = self_attention_steps(*(np.full(size, LARGEST) for size in ((4, 5), (5, 3), (5, 3), (5, 3))))
    assert all(np.isfinite(getattr(found, field.name)).all() for field in dataclasses.fields(found))


# --- Why a vector


def test_the_best_directions_keep_what_pytorchs_low_rank_keeps(draw):
    values = draw.standard_normal((6, 4))
    sizes = torch.linalg.svdvals(torch.from_numpy(values)).numpy()
    for n in range(1, 5):
        kept = similarity.low_rank(values, n)
        assert (kept.numbers.shape, kept.directions.shape) == ((6, n), (n, 4))
        np.testing.assert_allclose(kept.values, kept.numbers @ kept.directions)
        np.testing.assert_allclose(kept.directions @ kept.directions.T, np.eye(n), atol=1e-12)
        np.testing.assert_allclose(((values - kept.values) ** 2).sum(), (sizes[n:] ** 2).sum(), atol=1e-12)
        assert kept.shares[n - 1] == pytest.approx((kept.values**2).sum() / (values**2).sum())
    np.testing.assert_allclose(similarity.low_rank(values, 4).values, values, atol=1e-12)


def test_vectors_along_one_line_need_one_number():
    kept = similarity.low_rank(np.outer([1.0, -2.0, 3.0], [1.0, 1.0]), 1)
    assert kept.shares[0] == pytest.approx(1)
    np.testing.assert_allclose(np.abs(kept.numbers[:, 0]), np.sqrt(2) * np.array([1, 2, 3]))


def test_nothing_is_kept_of_nothing_but_all_of_it():
    assert similarity.low_rank(np.zeros((2, 3)), 1).shares.tolist() == [1, 1]


@pytest.mark.parametrize("n", [0, -1, 3])
def test_only_so_many_numbers_can_be_kept(n):
    with pytest.raises(OptionError):
        similarity.low_rank(np.ones((2, 5)), n)


def test_the_inner_sums_of_additive_attention_by_hand():
    weights = Additive(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.0, 1.0], [1.0, 0.0]]), np.ones(2))
    assert similarity.additive_inner(Q, K, weights).tolist() == [[5.0, 7.0], [2.0, 2.0], [1.0, 4.0]]


def test_loss_when_values_are_shortened_is_the_moved_share_of_the_output():
    weights, values = np.array([0.5, 0.5]), np.array([[6.0, 0.0], [0.0, 8.0]])  # output (3, 4), of length 5
    assert similarity.relative_error(weights, values, np.array([[6.0, 0.0], [0.0, 0.0]])) == pytest.approx(4 / 5)
    assert similarity.relative_error(weights, values, values) == 0


def test_loss_when_the_output_is_0_is_the_distance_itself():
    assert similarity.relative_error(np.ones(1), np.zeros((1, 2)), np.array([[3.0, 4.0]])) == 5

"""Attention worked by hand, and against torch.nn.MultiheadAttention."""

import math

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as fused

from core.model import MultiHeadAttention, causal_mask, scaled_dot_product_attention

close = torch.testing.assert_close


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def attention():
    """A MultiHeadAttention of 4 heads, d_model 16, with biases that are not 0."""
    module = MultiHeadAttention(16, 4).requires_grad_(False)
    for i, parameter in enumerate(module.parameters()):
        parameter.copy_(random(*parameter.shape, seed=i) * 0.3)
    return module.eval()


def test_equation_1_worked_by_hand():
    """Scores ln 3 and 0 give weights 3/4 and 1/4: d_k = 4, so that a dot product of 2 ln 3 is divided by 2."""
    query = torch.tensor([[2 * math.log(3), 0, 0, 0]])
    key = torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0]])
    output, weights = scaled_dot_product_attention(query, key, torch.tensor([[0.0, 4], [8, 0]]))
    close(weights, torch.tensor([[0.75, 0.25]]))
    close(output, torch.tensor([[2.0, 3.0]]))


def test_what_is_masked_gets_no_weight_and_the_rest_share_it():
    """Scores ln 3, 0 and a masked 100: the third key's weight is exactly 0, the others are as if it were not there."""
    query = torch.tensor([[2 * math.log(3), 0, 200, 0]])
    key = torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    value = torch.tensor([[0.0, 4], [8, 0], [1e6, 1e6]])
    output, weights = scaled_dot_product_attention(query, key, value, torch.tensor([[True, True, False]]))
    close(weights, torch.tensor([[0.75, 0.25, 0.0]]))
    assert weights[0, 2] == 0
    close(output, torch.tensor([[2.0, 3.0]]))


def test_rows_sum_to_1_and_masked_cells_are_exactly_0():
    mask = causal_mask(9)
    _, weights = scaled_dot_product_attention(*(random(2, 4, 9, 8, seed=i) for i in range(3)), mask)
    close(weights.sum(-1), torch.ones(2, 4, 9), rtol=0, atol=1e-6)
    assert (weights[..., ~mask] == 0).all()
    assert (weights[..., mask] > 0).all()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("masked", ["nothing", "causal", "padding"])
def test_the_fused_path_gives_what_the_traced_one_gives(attention, seed, masked):
    query, memory = random(3, 6, 16, seed=seed), attention.project_keys(random(3, 6, 16, seed=seed + 10))
    mask = {
        "nothing": None,
        "causal": causal_mask(6),
        "padding": (torch.arange(6) < torch.tensor([[6], [4], [1]]))[:, None, None],
    }[masked]
    plain, no_weights = attention(query, memory, mask)
    traced, weights = attention(query, memory, mask, traced=True)
    assert no_weights is None
    assert weights.shape == (3, 4, 6, 6)
    close(plain, traced, rtol=0, atol=1e-6)


@pytest.mark.parametrize("d_model", [1, 16])
def test_a_row_that_is_masked_whole_gives_zeros_and_no_nan_on_both_paths(d_model):
    query, key, value = (random(1, 2, 3, d_model, seed=i) for i in range(3))
    mask = torch.tensor([[True, False, True], [False, False, False], [True, True, True]])
    output, weights = scaled_dot_product_attention(query, key, value, mask)
    assert (weights[:, :, 1] == 0).all()
    assert (output[:, :, 1] == 0).all()
    assert not torch.isnan(output).any()
    for backend in (None, SDPBackend.MATH):  # training on a CPU chooses MATH
        if backend is None:
            fast = fused(query, key, value, attn_mask=mask)
        else:
            with sdpa_kernel(backend):
                fast = fused(query, key, value, attn_mask=mask)
        assert (fast[:, :, 1] == 0).all()
        close(fast, output, rtol=0, atol=1e-6)


def test_multi_head_attention_with_everything_masked_is_only_its_output_bias(attention):
    mask = torch.zeros(1, 1, 1, 3, dtype=torch.bool)
    for traced in (False, True):
        output, _ = attention(random(2, 4, 16), attention.project_keys(random(2, 3, 16)), mask, traced)
        close(output, attention.w_o.bias.expand(2, 4, 16))


def torch_twin(attention: MultiHeadAttention) -> nn.MultiheadAttention:
    twin = nn.MultiheadAttention(16, attention.n_heads, batch_first=True).eval().requires_grad_(False)
    parts = attention.w_q, attention.w_k, attention.w_v
    twin.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
    twin.in_proj_bias.copy_(torch.cat([part.bias for part in parts]))
    twin.out_proj.load_state_dict(attention.w_o.state_dict())
    return twin


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_outputs_and_every_heads_weights_equal_torchs(attention, traced, padded):
    query, source = random(2, 5, 16), random(2, 7, 16, seed=1)
    real = torch.arange(7) < torch.tensor([[7], [4 if padded else 7]])
    expected, expected_weights = torch_twin(attention)(
        query, source, source, key_padding_mask=~real, average_attn_weights=False
    )
    output, weights = attention(query, attention.project_keys(source), real[:, None, None], traced)
    close(output, expected, rtol=0, atol=1e-5)
    if traced:
        close(weights, expected_weights, rtol=0, atol=1e-6)
        assert (weights[1, :, :, 4:] == 0).all() == padded


def test_a_causal_mask_equals_torchs(attention):
    x = random(2, 6, 16)
    expected, expected_weights = torch_twin(attention)(x, x, x, attn_mask=~causal_mask(6), average_attn_weights=False)
    output, weights = attention(x, attention.project_keys(x), causal_mask(6), traced=True)
    close(output, expected, rtol=0, atol=1e-5)
    close(weights, expected_weights, rtol=0, atol=1e-6)


def test_head_i_is_made_by_rows_i_d_k_to_i_plus_1_d_k(attention):
    """Changing those rows of W^Q changes the weights of head 2 and of no other."""
    x = random(1, 5, 16)
    _, before = attention(x, attention.project_keys(x), None, traced=True)
    attention.w_q.weight[8:12] += 1
    _, after = attention(x, attention.project_keys(x), None, traced=True)
    assert [torch.equal(before[0, head], after[0, head]) for head in range(4)] == [True, True, False, True]


def test_keys_are_appended_without_changing_those_before(attention):
    first, second = attention.project_keys(random(1, 2, 16)), attention.project_keys(random(1, 3, 16, seed=1))
    kept = first.key.clone()
    both = first.append(second)
    assert torch.equal(first.key, kept)
    assert torch.equal(both.key, torch.cat([first.key, second.key], 2))
    assert torch.equal(both.value, torch.cat([first.value, second.value], 2))

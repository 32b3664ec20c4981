"""Many heads against one: the formulas of cost against real modules, the heads put together against the real layer."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import core
from core.analysis import multihead
from core.errors import OptionError
from core.model import MultiHeadAttention


@pytest.mark.parametrize("n_heads", [1, 2, 8])
@pytest.mark.parametrize(("rows", "keys"), [(7, 7), (3, 11)])
def test_the_cost_is_that_of_the_real_module(n_heads, rows, keys):
    attention = MultiHeadAttention(48, n_heads).eval()
    found = multihead.cost(48, n_heads, rows, keys)
    assert found.parameters == sum(p.numel() for p in attention.parameters())
    query, memory = torch.randn(1, rows, 48), torch.randn(1, keys, 48)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        attention(query, attention.project_keys(memory), traced=True)
    assert counter.get_total_flops() == 2 * found.multiply_adds  # a multiply-add counts as two


def test_the_number_of_heads_falls_out():
    assert len({multihead.cost(192, n_heads, 9, 9) for n_heads in (1, 2, 4, 8, 16)}) == 1


@pytest.mark.parametrize("n_heads", [1, 3, 8])
def test_heads_as_wide_as_the_model_cost_so_many_times_as_much(n_heads):
    one, many = (multihead.cost(48, h, 7, 7, d_k=48) for h in (1, n_heads))
    assert one == multihead.cost(48, 1, 7, 7)
    assert many.multiply_adds == n_heads * one.multiply_adds
    wide = MultiHeadAttention(48 * n_heads, n_heads)  # its projections, from 48 numbers instead of 48 h
    inner = 48 * n_heads
    assert wide.w_q.out_features == inner
    assert many.parameters == 3 * (48 * inner + inner) + inner * 48 + 48


@pytest.mark.parametrize("name", ["en-zh", "en-zh-1head"])
@pytest.mark.parametrize(("place", "kind"), [("encoder.0.self_attention", 0), ("decoder.2.cross_attention", 1)])
def test_parameters_counted_in_a_file_are_those_of_the_loaded_module(load_shipped, name, place, kind):
    model = load_shipped(name)
    module = model.model.encoder[0].self_attention if kind == 0 else model.model.decoder[2].cross_attention
    counted = multihead.count_parameters(name, place)
    assert counted == sum(p.numel() for p in module.parameters())
    assert counted == multihead.cost(model.config.d_model, model.config.n_heads, 1, 1).parameters


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(OptionError):
        multihead.cost(192, 7, 9, 9)


@pytest.mark.parametrize("name", ["en-zh", "en-zh-1head"])
@pytest.mark.parametrize("kind", core.KINDS)
def test_concatenated_heads_times_w_o_is_the_layers_output(load_shipped, name, kind):
    model = load_shipped(name)
    trace = model.translate("Tom chases Jerry.")
    heads = [model.inside(trace, kind, 1, head) for head in range(trace.n_heads)]
    found = multihead.combine(heads)
    layer = (model.model.encoder if kind == "encoder_self" else model.model.decoder)[1]
    attention = layer.cross_attention if kind == "cross" else layer.self_attention
    with torch.no_grad():
        mask = torch.ones(len(heads[0].rows), len(heads[0].keys), dtype=torch.bool)
        mask = mask.tril() if kind == "decoder_self" else mask
        keys = attention.project_keys(torch.from_numpy(heads[0].x_key.copy())[None])
        real, _ = attention(torch.from_numpy(heads[0].x_query.copy())[None], keys, mask, traced=True)
    np.testing.assert_allclose(found.output, real[0].numpy(), atol=1e-5)
    assert found.difference < 1e-5
    assert found.concatenated.shape == (len(heads[0].rows), model.config.d_model)

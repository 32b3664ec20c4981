"""Costs of layers: Table 1 of the paper, hops counted on the connections, memory, and measured times."""

import math

import numpy as np
import pytest

from core.analysis.cost import (
    LAYERS,
    POSITIONS,
    WAYS,
    Sizes,
    arrivals,
    attention_bytes,
    hops,
    left_out,
    operations,
    path,
    sequential,
)
from core.errors import OptionError
from core.probes.layers import MEASURED, time_layer

SIZES = [
    Sizes(n=n, d=d, k=k, r=r) for n, d, k, r in ((2, 16, 2, 2), (70, 512, 3, 32), (2048, 64, 9, 256), (32, 32, 3, 64))
]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_operations_are_those_of_table_1(sizes):
    n, d, k, r = sizes.n, sizes.d, sizes.k, sizes.r
    assert [operations(layer, sizes) for layer in LAYERS] == [n**2 * d, n * d**2, k * n * d**2, min(r, n) * n * d]
    assert [sequential(layer, sizes) for layer in LAYERS] == [1, n, 1, 1]
    assert [path(layer, sizes) for layer in LAYERS] == [1, n, max(1, math.log(n, k)), max(1, n / r)]


def test_self_attention_and_recurrence_cost_the_same_where_n_is_d():
    assert operations("self_attention", Sizes(n=512, d=512)) == operations("recurrent", Sizes(n=512, d=512))
    assert operations("self_attention", Sizes(n=511, d=512)) < operations("recurrent", Sizes(n=511, d=512))


def test_what_the_table_leaves_out_is_projections_and_feed_forward():
    sizes = Sizes(n=10, d=16, k=3)
    assert left_out("self_attention", sizes) == 4 * 10 * 16**2 + 2 * 10 * 16 * 64
    assert operations("convolutional", sizes) + left_out("convolutional", sizes) == 3 * 10 * 16 + 10 * 16**2
    assert left_out("recurrent", sizes) == 0


def reached(layer: str, sizes: Sizes) -> int:
    """The same by walking: which positions the first one has reached after each layer."""
    there, count = {0}, 0
    while sizes.n - 1 not in there:
        if layer == "self_attention":
            there = set(range(sizes.n))
        elif layer == "recurrent":
            there |= {i + 1 for i in there}
        elif layer in ("convolutional", "contiguous"):
            dilation = sizes.k**count if layer == "convolutional" else 1
            there |= {i + tap * dilation for i in there for tap in range(sizes.k)}
        else:
            there |= {i + shift for i in there for shift in range(-(sizes.r // 2), sizes.r // 2 + 1)}
        there = {i for i in there if 0 <= i < sizes.n}
        count += 1
    return count


@pytest.mark.parametrize("layer", WAYS)
@pytest.mark.parametrize("n", [2, 3, 9, 10, 27, 28, 100])
@pytest.mark.parametrize(("k", "r"), [(2, 2), (3, 8), (5, 64)])
def test_hops_are_those_of_a_walk_over_the_connections(layer, n, k, r):
    sizes = Sizes(n=n, k=k, r=r)
    assert hops(layer, sizes) == reached(layer, sizes)
    assert arrivals(layer, sizes)[-1] == hops(layer, sizes)


def test_each_position_is_reached_over_the_hops_of_a_walk_that_ends_there():
    sizes = Sizes(n=20, k=3, r=4)
    assert arrivals("contiguous", sizes)[:6] == [0, 1, 1, 2, 2, 3]
    for layer in WAYS:
        assert arrivals(layer, sizes)[1:] == [reached(layer, Sizes(n=i + 1, k=3, r=4)) for i in range(1, 20)]


def test_dilated_convolutions_take_as_many_layers_as_the_logarithm_says():
    for k in (2, 3, 9):
        for n in (2, 17, 81, 82, 500):
            assert hops("convolutional", Sizes(n=n, k=k)) == next(i for i in range(1, 20) if k**i >= n)


def test_memory_of_weights_is_that_of_the_arrays():
    assert attention_bytes(7, 5, 8, 3) == np.zeros((3, 8, 7, 5), np.float32).nbytes


@pytest.mark.parametrize("values", [{"n": 1}, {"n": POSITIONS.high + 1}, {"d": 8}, {"k": 1}, {"r": 0}, {"n": 2.5}])
def test_sizes_out_of_range_are_refused(values):
    with pytest.raises(OptionError):
        Sizes(**values)


def test_a_layer_takes_longer_the_more_positions_there_are():
    for layer in MEASURED:
        short, long = (time_layer(layer, Sizes(n=n, d=64)) for n in (8, 512))
        assert 0 < short < long
    with pytest.raises(ValueError, match="restricted"):
        time_layer("restricted", Sizes())

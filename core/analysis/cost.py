"""What a layer costs by its kind: operations, steps that wait for each other, and the way between distant positions.

The numbers are those of Table 1, without constants: n positions of width d, a convolution of kernel size k, attention
restricted to r neighbours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.checks import Range

LAYERS = ("self_attention", "recurrent", "convolutional", "restricted")
"""Kinds of layers, in the order of Table 1."""

WAYS = ("recurrent", "contiguous", "convolutional", "restricted", "self_attention")
"""Kinds of layers whose hops are counted: "convolutional" is dilated, "contiguous" is a convolution that is not."""

POSITIONS, WIDTH = Range(2, 2048, 64, whole=True), Range(16, 1024, 512, whole=True)
KERNEL, NEIGHBOURS = Range(2, 9, 3, whole=True), Range(2, 256, 32, whole=True)


@dataclass(frozen=True)
class Sizes:
    """Sizes of a layer.

    Attributes:
        n: Number of positions.
        d: Width of a vector.
        k: Kernel size of the convolution.
        r: Number of neighbours of restricted attention.
        d_ff: Width inside the feed-forward network, by default 4 d.

    Raises:
        OptionError: If a size is outside its range.
    """

    n: int = POSITIONS.default
    d: int = WIDTH.default
    k: int = KERNEL.default
    r: int = NEIGHBOURS.default
    d_ff: int | None = None

    def __post_init__(self) -> None:
        for name, span in (("n", POSITIONS), ("d", WIDTH), ("k", KERNEL), ("r", NEIGHBOURS)):
            span.check(name, getattr(self, name))


def operations(layer: str, sizes: Sizes) -> int:
    """Return the operations of a layer: the column "Complexity per Layer" of Table 1.

    Restricted attention cannot attend to more positions than there are.
    """
    n, d, k, r = sizes.n, sizes.d, sizes.k, sizes.r
    return {
        "self_attention": n * n * d,
        "recurrent": n * d * d,
        "convolutional": k * n * d * d,
        "restricted": min(r, n) * n * d,
    }[layer]


def left_out(layer: str, sizes: Sizes) -> int:
    """Return operations that Table 1 leaves out: projections of attention, 4 n d², and feed-forward, 2 n d d_ff.

    A separable convolution stands for the convolution then: k n d + n d² (section 4), a saving.
    """
    n, d = sizes.n, sizes.d
    if layer == "convolutional":
        return sizes.k * n * d + n * d * d - operations(layer, sizes)
    if layer == "recurrent":
        return 0
    return 4 * n * d * d + 2 * n * d * (sizes.d_ff or 4 * d)


def sequential(layer: str, sizes: Sizes) -> int:
    """Return how many operations must wait for each other: the column "Sequential Operations" of Table 1."""
    return sizes.n if layer == "recurrent" else 1


def path(layer: str, sizes: Sizes) -> float:
    """Return the longest path between two positions: the column "Maximum Path Length" of Table 1."""
    n = sizes.n
    return {
        "self_attention": 1.0,
        "recurrent": float(n),
        "convolutional": max(1.0, math.log(n, sizes.k)),
        "restricted": max(1.0, n / sizes.r),
    }[layer]


def hops(layer: str, sizes: Sizes, distance: int | None = None) -> int:
    """Return over how many layers or steps position 1 first reaches a later one, counted on the connections themselves.

    A recurrent layer takes a step for each position. A convolution's kernels end at their position; dilated by 1, k,
    k², … they see k, k², k³, … positions, contiguous ones k, 2k - 1, 3k - 2, …. Restricted attention sees r // 2
    positions on each side.

    Args:
        layer: One of WAYS.
        sizes: The sizes.
        distance: How far the later position is from the first, by default n - 1.
    """
    distance = sizes.n - 1 if distance is None else distance
    if layer in ("self_attention", "recurrent"):
        return min(distance, 1) if layer == "self_attention" else distance
    if layer == "contiguous":
        return -(-distance // (sizes.k - 1))
    reach, count = 0, 0
    while reach < distance:
        reach += (sizes.k - 1) * sizes.k**count if layer == "convolutional" else sizes.r // 2
        count += 1
    return count


def arrivals(layer: str, sizes: Sizes) -> list[int]:
    """Return by position over how many layers or steps position 1 first reaches it, n numbers: see `hops`."""
    return [hops(layer, sizes, distance) for distance in range(sizes.n)]


def attention_bytes(n: int, m: int, heads: int, layers: int, bytes_each: int = 4) -> int:
    """Return the memory of attention weights: n queries, m keys, heads and layers, by default in float32."""
    return n * m * heads * layers * bytes_each

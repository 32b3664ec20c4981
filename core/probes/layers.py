"""Times of single layers by kind: attention, a GRU, a convolution."""

from __future__ import annotations

import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.analysis.cost import Sizes

MEASURED = ("self_attention", "recurrent", "convolutional")
"""Kinds of layers that are measured. Restricted attention has no layer of its own here."""

FUSED = "fused"
"""Attention by a kernel that computes softmax and product block by block, and never stores the n x n weights."""

REPEATS = 5


def _layer(kind: str, sizes: Sizes) -> nn.Module | None:
    """Return the module of a kind; None for attention, which has no parameters but its projections."""
    if kind == "recurrent":
        return nn.GRU(sizes.d, sizes.d, batch_first=True)
    if kind == "convolutional":
        return nn.Conv1d(sizes.d, sizes.d, sizes.k, padding=sizes.k // 2)
    return None


@torch.inference_mode()
def time_layer(kind: str, sizes: Sizes, repeats: int = REPEATS) -> float:
    """Return the seconds of processor time of one layer over n random vectors of width d, on one thread.

    Attention is softmax(QKᵀ / √d) V of one head, without projections, as Table 1 counts it. The least of some runs
    counts, after one that warms up: other work on the machine only adds to a time.

    Raises:
        ValueError: If the kind is neither one of MEASURED nor FUSED.
    """
    if kind not in (*MEASURED, FUSED):
        raise ValueError(f"layer {kind!r}: choose one of {', '.join((*MEASURED, FUSED))}")
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, sizes.n, sizes.d, generator=generator)
    module = _layer(kind, sizes)

    def run() -> Tensor:
        if kind == FUSED:
            return F.scaled_dot_product_attention(x[None], x[None], x[None])  # torch has the kernel for 4 axes only
        if module is None:
            return F.softmax(x @ x.transpose(1, 2) / sizes.d**0.5, -1) @ x
        return module(x)[0] if kind == "recurrent" else module(x.transpose(1, 2))

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        seconds = []
        for _ in range(repeats + 1):
            start = time.thread_time()
            run()
            seconds.append(time.thread_time() - start)
    finally:
        torch.set_num_threads(threads)
    return min(seconds[1:])

"""Many heads against one: what they make together, and what they cost."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.errors import OptionError
from core.zoo import WEIGHTS, find_folder

if TYPE_CHECKING:
    from core.records import HeadInside


class Cost(NamedTuple):
    """What one multi-head attention costs, by the formulas of section 3.2.2; biases are counted, softmax is not."""

    parameters: int  # of W^Q, W^K, W^V and W^O of all heads, with their biases
    projections: int  # multiply-adds that make Q, K and V, and that W^O makes
    attending: int  # multiply-adds of Q K^T and of the weighted sums of V

    @property
    def multiply_adds(self) -> int:
        return self.projections + self.attending


def cost(d_model: int, n_heads: int, rows: int, keys: int, d_k: int | None = None) -> Cost:
    """The cost of an attention of n_heads of width d_k, from `rows` queries to `keys` keys.

    d_k: by default d_model / n_heads. Then the number of heads falls out (section 3.2.2: "the total computational cost
    is similar to that of single-head attention with full dimensionality"), and `OptionError` is raised where it does not
    divide d_model.
    """
    if n_heads < 1 or (d_k is None and d_model % n_heads):
        raise OptionError(name="n_heads", value=n_heads, reason=f"it must divide d_model = {d_model} without remainder")
    d_k = d_k or d_model // n_heads
    one = d_model * d_k + d_k  # a head's slice of W^Q, W^K or W^V
    parameters = n_heads * 3 * one + n_heads * d_k * d_model + d_model
    projections = n_heads * (rows * d_model * d_k + 2 * keys * d_model * d_k) + rows * n_heads * d_k * d_model
    return Cost(parameters, projections, n_heads * 2 * rows * keys * d_k)


def counted(name: str | os.PathLike[str], attention: str = "encoder.0.self_attention") -> int:
    """How many parameters one attention of a stored model really has, from the shapes in its file of weights."""
    from safetensors import safe_open

    with safe_open(find_folder(name) / WEIGHTS, "np") as file:
        names = [key for key in file.keys() if key.startswith(f"{attention}.")]  # noqa: SIM118
        return sum(math.prod(file.get_slice(key).get_shape()) for key in names)


@dataclass(frozen=True, eq=False)
class Combined:
    """All heads of a layer put together. R queries; arrays are float32."""

    concatenated: np.ndarray  # (R, h d_k): the heads' outputs side by side
    w_o: np.ndarray  # (h d_k, d_model): the heads' slices of W^O, one below another
    output: np.ndarray  # (R, d_model): concatenated W^O + b^O
    difference: float  # the largest between `output` and the sum of what each head adds by itself


def combine(heads: Sequence[HeadInside]) -> Combined:
    """Concat(head_1, …, head_h) W^O of one layer's heads (section 3.2.2), as `Translator.inside` gives them, in order."""
    concatenated = np.concatenate([head.output for head in heads], -1)
    w_o = np.concatenate([head.w_o for head in heads])
    output = concatenated @ w_o + heads[0].b_o
    one_by_one = sum(head.contribution for head in heads) + heads[0].b_o
    return Combined(concatenated, w_o, output, float(np.abs(output - one_by_one).max()))

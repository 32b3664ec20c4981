"""Multi-head attention: how a layer combines its heads, and its cost for any number of heads."""

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
    """The cost of one multi-head attention by the formulas of section 3.2.2, without the softmax.

    Attributes:
        parameters: Parameters of W^Q, W^K, W^V and W^O of all heads, with their biases.
        projections: Multiply-adds of the projections by W^Q, W^K, W^V and W^O.
        attending: Multiply-adds of Q K^T and of the weighted sums of V.
    """

    parameters: int
    projections: int
    attending: int

    @property
    def multiply_adds(self) -> int:
        """All multiply-adds."""
        return self.projections + self.attending


def cost(d_model: int, n_heads: int, rows: int, keys: int, d_k: int | None = None) -> Cost:
    """Compute the cost of an attention from `rows` queries to `keys` keys.

    Args:
        d_model: Width of the layer.
        n_heads: Number of heads.
        rows: Number of queries.
        keys: Number of keys.
        d_k: Width of a head; by default d_model / n_heads. Then the number of heads cancels out: "the total
            computational cost is similar to that of single-head attention with full dimensionality" (section 3.2.2).

    Raises:
        OptionError: If n_heads does not divide d_model and no d_k is given.
    """
    if n_heads < 1 or (d_k is None and d_model % n_heads):
        raise OptionError(name="n_heads", value=n_heads, cause="divides", d_model=d_model)
    d_k = d_k or d_model // n_heads
    per_slice = d_model * d_k + d_k  # a head's slice of W^Q, W^K or W^V
    parameters = n_heads * 3 * per_slice + n_heads * d_k * d_model + d_model
    projections = n_heads * (rows * d_model * d_k + 2 * keys * d_model * d_k) + rows * n_heads * d_k * d_model
    return Cost(parameters, projections, n_heads * 2 * rows * keys * d_k)


def count_parameters(name: str | os.PathLike[str], attention: str = "encoder.0.self_attention") -> int:
    """Count the parameters of one attention of a stored model, from the shapes in its file of weights."""
    from safetensors import safe_open

    with safe_open(find_folder(name) / WEIGHTS, "np") as file:
        names = [key for key in file.keys() if key.startswith(f"{attention}.")]  # noqa: SIM118
        return sum(math.prod(file.get_slice(key).get_shape()) for key in names)


@dataclass(frozen=True, eq=False)
class Combined:
    """The combination of all heads of a layer. R queries; arrays are float32.

    Attributes:
        concatenated: The heads' outputs side by side, (R, h d_k).
        w_o: The heads' slices of W^O, concatenated, (h d_k, d_model).
        output: concatenated W^O + b^O, (R, d_model).
        difference: The largest absolute difference between `output` and the sum of the heads' contributions + b^O.
    """

    concatenated: np.ndarray
    w_o: np.ndarray
    output: np.ndarray
    difference: float


def combine(heads: Sequence[HeadInside]) -> Combined:
    """Compute Concat(head_1, …, head_h) W^O + b^O of all heads of one layer, in order (section 3.2.2)."""
    concatenated = np.concatenate([head.output for head in heads], -1)
    w_o = np.concatenate([head.w_o for head in heads])
    output = concatenated @ w_o + heads[0].b_o
    sum_of_heads = sum(head.contribution for head in heads) + heads[0].b_o
    return Combined(concatenated, w_o, output, float(np.abs(output - sum_of_heads).max()))

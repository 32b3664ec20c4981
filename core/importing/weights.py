"""Tensors of a foreign file by name, each compared with the shape that is expected before it is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from core.config import SINUSOIDS, ModelConfig
from core.errors import ConfigError, ModelImportError
from core.model import sinusoid

LARGEST_TABLE = 2**24
"""The most numbers in a table of positions; a model of the paper's base shape has a million."""

MOST_NAMES = 4
"""How many names a byte of a file may have on average: an embedding has that of each side, the projection's and one more."""


class Weights:
    """What a foreign file holds. `take` and `skip` cross names off; `finish` refuses what is left over.

    shapes: of each tensor, as the file's header has them. read: name -> tensor, called where the shape fits. taken:
    bytes of all tensors, each name counted; size: of the file. Raises `ModelImportError` where many tensors are made of
    few bytes, as no model's are.
    """

    def __init__(
        self, name: str, shapes: Mapping[str, Sequence[int]], read: Callable[[str], Tensor], taken: int, size: int
    ) -> None:
        if taken > MOST_NAMES * size:
            raise ModelImportError(name=name, cause="weights", detail="more numbers than the file holds")
        self.name, self.shapes, self.read = name, {key: tuple(shape) for key, shape in shapes.items()}, read
        self.left = set(self.shapes)

    def __contains__(self, key: str) -> bool:
        return key in self.shapes

    def shape(self, key: str) -> tuple[int, ...]:
        """Raises `ModelImportError` for a tensor that there is not."""
        if key not in self.shapes:
            raise ModelImportError(name=self.name, cause="weights", detail=f"{_short(key)} is missing")
        return self.shapes[key]

    def take(self, key: str, *shape: int) -> Tensor:
        """A tensor in float32. Raises `ModelImportError` for one that is missing, of another shape, or not finite."""
        if self.shape(key) != shape:
            detail = f"{_short(key)} is {_sizes(self.shapes[key])}, not {_sizes(shape)}"
            raise ModelImportError(name=self.name, cause="weights", detail=detail)
        self.left.discard(key)
        tensor = self.read(key).float()
        if not tensor.isfinite().all():
            raise ModelImportError(name=self.name, cause="finite", detail=_short(key))
        return tensor.contiguous()

    def skip(self, *keys: str) -> None:
        self.left.difference_update(keys)

    def linear(self, ours: str, theirs: str, out: int, inner: int) -> dict[str, Tensor]:
        """One layer's matrix and bias, by our name."""
        weight, bias = self.take(f"{theirs}.weight", out, inner), self.take(f"{theirs}.bias", out)
        return {f"{ours}.weight": weight, f"{ours}.bias": bias}

    def layout(self, *keys: str) -> str:
        """Which of SINUSOIDS all these tables of positions are. Raises `ModelImportError` for others: learnt ones.

        Without any such table it is Marian's.
        """
        for key in keys:
            shape = self.shape(key)
            if len(shape) != 2 or not 0 < math.prod(shape) <= LARGEST_TABLE:
                raise ModelImportError(
                    name=self.name, cause="weights", detail=f"{_short(key)} is no table of positions"
                )
        tables = [self.take(key, *self.shape(key)) for key in keys]
        for layout in reversed(SINUSOIDS):
            formulas = (sinusoid(table.size(0), table.size(1), layout=layout) for table in tables)
            # Tables in bfloat16 are off by up to 2^-9.
            if all((table - formula).abs().max() < 4e-3 for table, formula in zip(tables, formulas, strict=True)):
                return layout
        raise ModelImportError(name=self.name, cause="unsupported", detail="a positional encoding that is no sinusoid")

    def finish(self) -> None:
        """Raises `ModelImportError` where the file holds what no part of our model stands for."""
        if self.left:
            raise ModelImportError(name=self.name, cause="unsupported", detail=_short(min(self.left)))


def make_config(name: str, **sizes: Any) -> ModelConfig:
    """A config of a foreign model's sizes. Raises `ModelImportError`."""
    try:
        return ModelConfig(dropout=0.1, logits_bias=True, **sizes)
    except ConfigError as error:
        detail = f"{error.values['name']} = {str(error.values['value'])[:40]}"
        raise ModelImportError(name=name, cause="unsupported", detail=detail) from error


def load_bytes(content: bytearray, dtype: torch.dtype, shape: Sequence[int]) -> Tensor:
    """A tensor over these bytes, which nobody else must change. An empty shape is a single number."""
    shape = tuple(shape)
    return torch.frombuffer(content, dtype=dtype).view(shape) if content else torch.empty(shape, dtype=dtype)


def _short(key: str) -> str:
    return ascii(key)[1:-1][:80]


def _sizes(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "a number"

"""The tensors of a foreign file by name. Each shape is compared with the expected one before the tensor is read."""

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
"""The largest number of elements of a positional encoding; a model of the paper's base size has a million."""

MOST_NAMES = 4
"""The largest ratio of all tensors' sizes to the file's. A tensor can have several names: an embedding those of each
side, of the projection, and one more."""


class Weights:
    """The tensors of a foreign file. `take` and `skip` mark names as used; `finish` checks that none is left.

    Args:
        name: The model's name, for errors.
        shapes: The shape of each tensor, from the file's header.
        read: A function that reads a tensor by name; it is called only if the shape is the expected one.
        total_size: Number of bytes of all tensors; one with several names counts several times.
        file_size: Number of bytes of the file.

    Raises:
        ModelImportError: If the tensors are much larger than the file, as in no real model.
    """

    def __init__(
        self,
        name: str,
        shapes: Mapping[str, Sequence[int]],
        read: Callable[[str], Tensor],
        total_size: int,
        file_size: int,
    ) -> None:
        if total_size > MOST_NAMES * file_size:
            raise ModelImportError(name=name, cause="weights", detail="more numbers than the file holds")
        self.name, self.shapes, self.read = name, {key: tuple(shape) for key, shape in shapes.items()}, read
        self.unused = set(self.shapes)

    def __contains__(self, key: str) -> bool:
        return key in self.shapes

    def shape(self, key: str) -> tuple[int, ...]:
        """Return the shape of a tensor.

        Raises:
            ModelImportError: If there is no such tensor.
        """
        if key not in self.shapes:
            raise ModelImportError(name=self.name, cause="weights", detail=f"{_quote(key)} is missing")
        return self.shapes[key]

    def take(self, key: str, *shape: int) -> Tensor:
        """Return a tensor of this shape in float32, and mark it as used.

        Raises:
            ModelImportError: If the tensor is missing, has another shape, or is not finite.
        """
        if self.shape(key) != shape:
            detail = f"{_quote(key)} is {_format_shape(self.shapes[key])}, not {_format_shape(shape)}"
            raise ModelImportError(name=self.name, cause="weights", detail=detail)
        self.unused.discard(key)
        tensor = self.read(key).float()
        if not tensor.isfinite().all():
            raise ModelImportError(name=self.name, cause="finite", detail=_quote(key))
        return tensor.contiguous()

    def skip(self, *keys: str) -> None:
        """Mark tensors as used that no part of our model needs."""
        self.unused.difference_update(keys)

    def linear(self, ours: str, theirs: str, out: int, inner: int) -> dict[str, Tensor]:
        """Take the matrix and bias of a linear layer, and return them by our names."""
        weight, bias = self.take(f"{theirs}.weight", out, inner), self.take(f"{theirs}.bias", out)
        return {f"{ours}.weight": weight, f"{ours}.bias": bias}

    def layout(self, *keys: str) -> str:
        """Return which of SINUSOIDS these positional encodings have; without any, Marian's.

        Raises:
            ModelImportError: If they are not sinusoids but learnt.
        """
        for key in keys:
            shape = self.shape(key)
            if len(shape) != 2 or not 0 < math.prod(shape) <= LARGEST_TABLE:
                raise ModelImportError(
                    name=self.name, cause="weights", detail=f"{_quote(key)} is no table of positions"
                )
        tables = [self.take(key, *self.shape(key)) for key in keys]
        for layout in reversed(SINUSOIDS):
            formulas = (sinusoid(table.size(0), table.size(1), layout=layout) for table in tables)
            # In bfloat16 the error is up to 2^-9.
            if all((table - formula).abs().max() < 4e-3 for table, formula in zip(tables, formulas, strict=True)):
                return layout
        raise ModelImportError(name=self.name, cause="unsupported", detail="a positional encoding that is no sinusoid")

    def finish(self) -> None:
        """Check that all tensors were used.

        Raises:
            ModelImportError: If the file has a tensor that our model has no part for.
        """
        if self.unused:
            raise ModelImportError(name=self.name, cause="unsupported", detail=_quote(min(self.unused)))


def make_config(name: str, **sizes: Any) -> ModelConfig:
    """Build the config of a foreign model.

    Raises:
        ModelImportError: If the sizes are not possible.
    """
    try:
        return ModelConfig(dropout=0.1, logits_bias=True, **sizes)
    except ConfigError as error:
        detail = f"{error.values['name']} = {str(error.values['value'])[:40]}"
        raise ModelImportError(name=name, cause="unsupported", detail=detail) from error


def load_bytes(content: bytearray, dtype: torch.dtype, shape: Sequence[int]) -> Tensor:
    """Return a tensor that shares the memory of these bytes; an empty shape means a single number."""
    shape = tuple(shape)
    return torch.frombuffer(content, dtype=dtype).view(shape) if content else torch.empty(shape, dtype=dtype)


def _quote(key: str) -> str:
    return ascii(key)[1:-1][:80]


def _format_shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "a number"

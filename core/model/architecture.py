"""The two architectures, and the interface for decoding with either step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from torch import Tensor
from torch.overrides import TorchFunctionMode

from core.config import ModelConfig
from core.model.incremental import Incremental
from core.model.recurrent import Recurrent
from core.model.transformer import Transformer

Model = Transformer | Recurrent


class Run(Protocol):
    """The interface for decoding step by step, of `Incremental`, `Recurrent` and `Intervened`.

    N layers, B rows, h heads, S source pieces, t pieces so far.
    """

    def encode(self, source: Tensor, traced: bool = False) -> tuple[Tensor, Tensor | None]:
        """Encode source ids (B, S).

        Returns:
            Memory (B, S, d_model), and if `traced` the weights of encoder self-attention (B, N, h, S, S).
        """
        ...

    def start(self, memory: Tensor, source: Tensor) -> tuple[Any, Tensor | None]:
        """Compute what the decoder needs of the source.

        Returns:
            The arguments `cross` and `mask` of `step`.
        """
        ...

    def step(
        self, last: Tensor, cross: Any, mask: Tensor | None, cache: Any, traced: bool = False
    ) -> tuple[Tensor, Any, Tensor | None, Tensor | None]:
        """Run the decoder over one new piece in each row.

        Args:
            last: Ids of the newest pieces, (B,).
            cross: The first result of `start`.
            mask: The second result of `start`.
            cache: The second result of the last step; None at the first.
            traced: Whether to return attention weights.

        Returns:
            Logits (B, target_vocab); the cache with the newest pieces; and if `traced` the new rows of self-attention
            (N, B, h, 1, t + 1) and of cross-attention (N, B, h, 1, S).
        """
        ...


def build(config: ModelConfig) -> Model:
    """Build an untrained model of these sizes."""
    return (Recurrent if config.recurrent else Transformer)(config)


class Uninitialized(TorchFunctionMode):
    """A context in which `build` leaves the weights as they are in memory, because others are loaded into them.

    Drawing random weights takes time, and on the device "meta" PyTorch would import its compiler for it, which takes
    seconds.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Return a tensor that is to be filled with random numbers as it is, and call any other function."""
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in ("normal_", "uniform_"):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def runner(model: Model) -> Run:
    """Return the runner of a model; a recurrent model is its own, as it decodes step by step anyway."""
    return model if isinstance(model, Recurrent) else Incremental(model)

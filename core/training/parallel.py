"""Data-parallel training: several processes, started by `torchrun`, that share each batch and sum their gradients.

Each process has all of the model and all of the data. It takes every n-th pair of a batch; the loss is divided by the pieces
of the whole batch, so that the sum of the processes' gradients is the gradient of one process with that batch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import nn

T = TypeVar("T")


@dataclass(frozen=True)
class Workers:
    """Which of how many processes this one is. One process alone needs no process group."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process measures, prints and writes."""
        return self.rank == 0

    def share(self, batch: Sequence[T]) -> Sequence[T]:
        """This process's part of a batch. May be empty where there are fewer pairs than processes."""
        return batch[self.rank :: self.count]

    def sum_gradients(self, model: nn.Module) -> None:
        """Replace each gradient by its sum over all processes, in one message."""
        if self.count == 1:
            return
        parameters = list(model.parameters())
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        dist.all_reduce(flat)
        for parameter, part in zip(parameters, flat.split([p.numel() for p in parameters]), strict=True):
            parameter.grad = part.view_as(parameter)

    def sum(self, value: float) -> float:
        """The sum of all processes' values."""
        if self.count == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device="cuda" if dist.get_backend() == "nccl" else "cpu")
        dist.all_reduce(total)
        return float(total)

    def from_first(self, value: T) -> T:
        """The first process's value, in every process."""
        if self.count == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box)
        return box[0]


@contextmanager
def workers(device: torch.device) -> Iterator[tuple[Workers, torch.device]]:
    """The processes that `torchrun` started, or this one alone, and the device of this one."""
    if "RANK" not in os.environ or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Workers(), device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Workers(dist.get_rank(), dist.get_world_size()), device
    finally:
        dist.destroy_process_group()

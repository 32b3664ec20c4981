"""Data-parallel training: several processes, started by `torchrun`, that share each batch and sum their gradients.

Each of the n processes has the whole model and all data, and takes every n-th pair of a batch. The loss is divided by
the number of pieces in the whole batch, so that the sum of the gradients is that of a single process with this batch.
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
    """The place of this process among all processes. A single process needs no process group.

    Attributes:
        rank: The number of this process, from 0.
        count: The number of processes.
    """

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Return whether this process is the one that measures, prints and writes files."""
        return self.rank == 0

    def share(self, batch: Sequence[T]) -> Sequence[T]:
        """Return this process's part of a batch; it is empty if there are fewer pairs than processes."""
        return batch[self.rank :: self.count]

    def sum_gradients(self, model: nn.Module) -> None:
        """Replace each gradient by its sum over all processes, in a single message."""
        if self.count == 1:
            return
        parameters = list(model.parameters())
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        dist.all_reduce(flat)
        for parameter, part in zip(parameters, flat.split([p.numel() for p in parameters]), strict=True):
            parameter.grad = part.view_as(parameter)

    def sum(self, value: float) -> float:
        """Return the sum of a value over all processes."""
        if self.count == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device="cuda" if dist.get_backend() == "nccl" else "cpu")
        dist.all_reduce(total)
        return float(total)

    def from_first(self, value: T) -> T:
        """Return the first process's value in every process. Processes wait here for the first one."""
        if self.count == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box)
        return box[0]


@contextmanager
def join_workers(device: torch.device) -> Iterator[tuple[Workers, torch.device]]:
    """Join the process group of the processes that `torchrun` started, if it started several, and leave it at the end.

    Args:
        device: The device to use; of several GPUs, each process uses its own.

    Yields:
        This process's place among all, and its device.
    """
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

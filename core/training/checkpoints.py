"""Files of a training run: states that are replaced as a whole, and the weights at moments of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.model import Model

SECOND_MOMENT = 16
"""The step of the second moment; the first is step 0, the random weights."""


def save(state: dict[str, Any], path: Path) -> None:
    """Save a state with `torch.save`, and replace the file that exists only when the new one is complete."""
    new = path.with_suffix(".new")
    torch.save(state, new)
    new.replace(path)


def moment_steps(steps: int, count: int) -> tuple[int, ...]:
    """Return the steps after which weights are kept: 0, and then in equal ratios up to, not including, the last step.

    Args:
        steps: Number of steps of the run.
        count: Number of moments, with that of the finished model, which is not among them. Fewer are returned if there
            are not as many different steps.
    """
    if count < 2:
        return ()
    ratios = np.geomspace(min(SECOND_MOMENT, steps), steps, count - 1)[:-1]
    return tuple(sorted({0, *(round(step) for step in ratios.tolist())} - {steps}))


class Moments:
    """Keeps a model's weights at moments of its training, in half precision, as finished models are stored.

    Args:
        folder: The folder of the files.
        steps: Number of steps of the run.
        count: Number of moments, see `moment_steps`.
    """

    def __init__(self, folder: Path, steps: int, count: int) -> None:
        self.folder, self.steps = folder, moment_steps(steps, count)

    def keep(self, model: Model, step: int) -> None:
        """Keep the weights if this step is a moment that is not kept yet; at step 0, drop those of an earlier run."""
        if step not in self.steps:
            return
        for path in moment_files(self.folder).values() if step == 0 else ():
            path.unlink()
        path = self.folder / f"moment-{step:07d}.pt"
        if not path.exists():
            save({name: value.detach().half().cpu() for name, value in model.named_parameters()}, path)


def moment_files(folder: Path) -> dict[int, Path]:
    """Return the files that `Moments` kept in a folder, by step, in order."""
    files = {int(path.stem.removeprefix("moment-")): path for path in folder.glob("moment-*.pt")}
    return dict(sorted(files.items()))

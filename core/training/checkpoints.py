"""Files of a training run: states that are replaced as a whole, and the weights at moments of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.model import Model

FIRST_MOMENT = 16
"""The step of the second moment: the first is step 0, the random weights."""


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
    ratios = np.geomspace(min(FIRST_MOMENT, steps), steps, count - 1)[:-1]
    return tuple(sorted({0, *(round(step) for step in ratios.tolist())} - {steps}))


def moment_file(checkpoints: Path, step: int) -> Path:
    """Return the path of the weights after this many steps."""
    return checkpoints / f"moment-{step:07d}.pt"


def moment_files(checkpoints: Path) -> dict[int, Path]:
    """Return the files of weights at moments that are in a folder of checkpoints, by step, in order."""
    files = {int(path.stem.removeprefix("moment-")): path for path in checkpoints.glob("moment-*.pt")}
    return dict(sorted(files.items()))


def save_moment(model: Model, path: Path) -> None:
    """Save a model's weights in half precision, as finished models are stored, unless the file is there already."""
    if not path.exists():
        save({name: value.detach().half().cpu() for name, value in model.named_parameters()}, path)

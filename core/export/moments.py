"""The file with the moments of a model's training: weights as 8-bit numbers, as in the packed Trace."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.checks import is_index
from core.config import KINDS
from core.errors import DamagedModelError
from core.export.files import check_fields, parts, read_npz
from core.records.moments import Moment
from core.records.trace import Trace
from core.zoo import MOMENTS, find_folder

SHOWN_CANDIDATES = 10
LARGEST = 2 * 2**20
"""The largest size of a file in bytes."""

NUMBERS = ("log_probabilities", "top_probabilities")
MEASURES = ("entropy", "on_words", "agreement")
LAST_STEP = 10**9


def write_moments(path: Path, moments: Sequence[Moment]) -> None:
    """Write the moments of a training to an .npz file, which `read_moments` reads.

    The file holds `fields`, a JSON object as uint8, and the arrays of all Traces one after the other: attention weights
    as round(255 w) in `weights`, probabilities in half precision in `numbers`; and all measures in `measures`, float32.
    """
    entries, weights, numbers, measures = [], [], [], []
    for moment in moments:
        traces = []
        for trace in moment.traces:
            fields, arrays = parts(trace)
            fields["top_pieces"] = [row[:SHOWN_CANDIDATES] for row in fields["top_pieces"]]
            arrays["top_probabilities"] = arrays["top_probabilities"][:, :SHOWN_CANDIDATES]
            weights += [np.rint(np.clip(arrays[name], 0, 1) * 255).astype(np.uint8) for name in KINDS]
            numbers += [arrays[name].astype(np.float16) for name in NUMBERS]
            traces.append({**fields, "shapes": {name: array.shape for name, array in arrays.items()}})
        measures += [getattr(moment, name).astype(np.float32) for name in MEASURES]
        shape = moment.entropy.shape
        entries.append({"step": moment.step, "loss": moment.loss, "shape": shape, "traces": traces})
    text = json.dumps({"moments": entries}, ensure_ascii=False).encode()
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        np.savez_compressed(
            file,
            fields=np.frombuffer(text, np.uint8),
            weights=_join(weights, np.uint8),
            numbers=_join(numbers, np.float16),
            measures=_join(measures, np.float32),
        )
    new.replace(path)


def read_moments(name: str | os.PathLike[str]) -> tuple[Moment, ...]:
    """Read the recorded moments of a model's training, the earliest first; () if its folder holds none.

    The file is untrusted: nothing in it is executed, and types, shapes and ranges are checked.

    Args:
        name: The name of a shipped model, or the path of a model's folder.

    Raises:
        UnknownModelError: If there is no such folder.
        DamagedModelError: If the file is damaged, or does not hold moments.
    """
    path = find_folder(name) / MOMENTS
    if not path.is_file():
        return ()
    try:
        _require(path.stat().st_size <= LARGEST, "it is larger than any such file")
        return tuple(_read(read_npz(path, ("weights", "numbers", "measures"))))
    except Exception as error:  # a hostile file can make a reader raise anything
        raise DamagedModelError(name=path.parent.name, cause="unreadable", detail=MOMENTS) from error


def _read(fields: dict[str, Any]) -> Iterator[Moment]:
    """Yield the moments of a file's content.

    Raises:
        Exception: If it does not fit together.
    """
    weights = _Reader(fields["weights"], np.uint8)
    numbers, measures = _Reader(fields["numbers"], np.float16), _Reader(fields["measures"], np.float32)
    before = -1
    for entry in _list(fields["moments"]):
        step, loss = entry["step"], entry["loss"]
        _require(is_index(step, LAST_STEP) and step > before, "its steps do not ascend")
        _require(isinstance(loss, float) and math.isfinite(loss) and loss >= 0, "a loss is no number")
        before = step
        shape = _shape(entry["shape"])
        _require(len(shape) == 2, "its measures have no layers and heads")
        values = {name: measures.take(shape) for name in MEASURES}
        for name, most in (("entropy", math.inf), ("on_words", 1.001), ("agreement", 1.0)):
            value = values[name]
            fits = (value >= 0) & (value <= most) | (np.isnan(value) & (name == "agreement"))
            _require(bool(fits.all()), f"{name} is out of range")
        traces = tuple(_read_trace(trace, weights, numbers) for trace in _list(entry["traces"]))
        yield Moment(step=step, loss=loss, traces=traces, **values)
    for reader in (weights, numbers, measures):
        _require(reader.at == len(reader.values), "parts are added")


def _read_trace(fields: dict[str, Any], weights: _Reader, numbers: _Reader) -> Trace:
    shapes = fields.pop("shapes")
    arrays = {name: weights.take(_shape(shapes[name])).astype(np.float32) / 255 for name in KINDS}
    arrays |= {name: numbers.take(_shape(shapes[name])).astype(np.float32) for name in NUMBERS}
    return check_fields(fields | arrays)


class _Reader:
    """Takes arrays off a flat one, from its start on."""

    def __init__(self, values: np.ndarray, dtype: type) -> None:
        _require(values.dtype == dtype and values.ndim == 1, "its numbers have another type")
        self.values, self.at = values, 0

    def take(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return the next array, of this shape."""
        end = self.at + math.prod(shape)
        _require(end <= len(self.values), "parts are missing")
        array = self.values[self.at : end].reshape(shape)
        self.at = end
        return array


def _join(arrays: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype), *(array.ravel() for array in arrays)])


def _list(value: Any) -> list[Any]:
    _require(isinstance(value, list), "parts are missing")
    return value


def _shape(value: Any) -> tuple[int, ...]:
    _require(isinstance(value, list) and all(is_index(size, 2**20) for size in value), "it declares impossible sizes")
    return tuple(value)


def _require(fits: bool, reason: str) -> None:
    if not fits:
        raise ValueError(reason)

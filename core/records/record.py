"""Base of the immutable records: frozen dataclasses whose arrays are read-only."""

from __future__ import annotations

import dataclasses

import numpy as np


def summary(record: object) -> str:
    """Return the repr of a dataclass in a few lines: of arrays their shapes, of long sequences their lengths."""
    parts = []
    for name, value in ((item.name, getattr(record, item.name)) for item in dataclasses.fields(record)):  # type: ignore[arg-type]
        if isinstance(value, np.ndarray):
            text = f"{value.dtype} {value.shape}"
        elif isinstance(value, tuple | list) and len(repr(value)) > 80:
            text = f"{len(value)} items"
        else:
            text = repr(value)
            text = text if len(text) <= 120 else f"{text[:119]}…"
        parts.append(f"{name}={text}")
    return f"{type(record).__name__}({', '.join(parts)})"


class Record:
    """Base of a frozen dataclass whose arrays are read-only, so that it can be cached and shared.

    A frozen dataclass protects its fields, but not the content of its arrays, and arrays are writable after unpickling.
    """

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    def __repr__(self) -> str:
        return summary(self)

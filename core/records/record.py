"""Base of the immutable records: frozen dataclasses whose arrays are read-only."""

from __future__ import annotations

import numpy as np


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

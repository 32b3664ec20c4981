"""What an option may be: ranges that API, controls and addresses share, and how an error quotes a value."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from core.errors import OptionError


@dataclass(frozen=True)
class Range:
    """The numbers that an option may be, both ends included, and its default."""

    low: float
    high: float
    default: Any
    whole: bool = False

    def __contains__(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, Integral if self.whole else Real):
            return False
        number: Any = value
        return bool(self.low <= number <= self.high)

    def check(self, name: str, value: Any) -> Any:
        """The value as an int or float. Raises `OptionError` for one that is outside of the range, or no number."""
        if value not in self:
            kind = "whole number" if self.whole else "number"
            reason = f"choose a {kind} from {_written(self.low)} to {_written(self.high)}"
            raise OptionError(name=name, value=quoted(value), reason=reason)
        return int(value) if self.whole else float(value)


def _written(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else f"{number:g}"


def is_index(value: Any, limit: int) -> bool:
    """Whether a value is a whole number from 0 up to `limit`, which is left out. True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool) and bool(0 <= int(value) < limit)


def quoted(value: Any) -> Any:
    """A value as an error may quote it: what a link or a file holds can be long, or break whatever writes it."""
    if isinstance(value, bool | float) or value is None:
        return value
    try:
        text = ascii(value) if not isinstance(value, str) else value.encode("utf-8", "replace").decode()
    except Exception:  # a whole number of thousands of digits, an object that cannot be shown
        return type(value).__name__
    return text[:80]

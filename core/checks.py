"""Checks of options: the ranges that API, controls and links share, and how an error quotes a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from core.errors import OptionError


@dataclass(frozen=True)
class Range:
    """The numbers that an option accepts, and its default.

    Attributes:
        low: The smallest number accepted.
        high: The largest number accepted.
        default: The value of an option that is not given.
        whole: Whether only whole numbers are accepted.
    """

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
        """Return the value as an int or float.

        Args:
            name: The option's name, for the error.
            value: The value to check; it may be of any type.

        Raises:
            OptionError: If the value is outside the range or not a number.
        """
        if value not in self:
            ends = {"low": _format(self.low), "high": _format(self.high)}
            raise OptionError(name=name, value=quoted(value), cause="whole" if self.whole else "range", **ends)
        return int(value) if self.whole else float(value)


def _format(number: float) -> str:
    return f"{int(number):,}" if number == int(number) else f"{number:g}"


def is_index(value: Any, limit: int) -> bool:
    """Return whether a value is a whole number with 0 <= value < limit; booleans do not count as numbers."""
    return isinstance(value, Integral) and not isinstance(value, bool) and bool(0 <= int(value) < limit)


def check_weights(count: int, most: int, layers: Sequence[int] | None) -> None:
    """Check that one picture holds the weights of some layers, of all if `layers` is None.

    Raises:
        OptionError: For "layers", if there are more than `most`.
    """
    if count > most:
        value = "all" if layers is None else [*layers]
        raise OptionError(name="layers", value=value, cause="weights", count=f"{count:,}", limit=f"{most:,}")


def quoted(value: Any) -> Any:
    """Return a value in a form that is safe to quote in an error.

    Values from links and files can be very long, or raise an exception when they are printed.
    """
    if isinstance(value, bool | float) or value is None:
        return value
    try:
        text = ascii(value) if not isinstance(value, str) else value.encode("utf-8", "replace").decode()
    except Exception:  # such as an int of thousands of digits, or an object whose __repr__ fails
        return type(value).__name__
    return text[:80]

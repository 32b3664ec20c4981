"""Request: one translation that a model is asked for, with all options.

A Request is the argument of `Translator.run`, the key of caches of runs, and part of the Trace of a run. This module
defines the ranges, choices and defaults of all options (`core.intervention` those of an Intervention); controls and
links take them from here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.checks import Range, quoted
from core.errors import OptionError
from core.intervention import Intervention

STRATEGIES = ("greedy", "beam")
"""The strategies that search for an output."""

SAMPLE = "sample"
"""The strategy that samples each piece. It is not among STRATEGIES, because it does not search."""

FORCED = "forced"
"""The strategy of a request whose translation is given."""

BEAM_SIZE = Range(1, 64, 4, whole=True)
"""The number of open hypotheses of a beam search."""

ALPHA = Range(0.0, 2.0, 0.6)
"""The exponent of the length penalty (Wu et al. 2016, equation 14; the paper's 0.6)."""

TEMPERATURE = Range(0.01, 100.0, 1.0)
"""The divisor of the logits in sampling."""

TOP_K = Range(1, 1_000_000, None, whole=True)
"""How many of the most probable pieces are sampled from; None for all of them."""

TOP_P = Range(0.01, 1.0, 1.0)
"""The total probability that the sampled pieces must reach (nucleus sampling)."""

SEED = Range(0, 2**32 - 1, 0, whole=True)
"""The seed of the random numbers in sampling."""

OPTIONS: dict[str, tuple[str, ...]] = {
    "greedy": (),
    "beam": ("beam_size", "alpha"),
    SAMPLE: ("temperature", "top_k", "top_p", "seed"),
    FORCED: (),
}
"""The options of each strategy."""

RANGES = {
    "beam_size": BEAM_SIZE, "alpha": ALPHA, "temperature": TEMPERATURE, "top_k": TOP_K, "top_p": TOP_P, "seed": SEED,
}  # fmt: skip
"""The range of each option, by name."""


@dataclass(frozen=True)
class Request:
    """A text to translate, the options of its translation, and the changes to the model in this run.

    Requests that ask for the same are equal and have the same hash: options of another strategy are set to their
    defaults, and an Intervention that changes nothing to None.

    Attributes:
        text: The sentence, as it was typed.
        model: The name of the model; "" for whichever gets the request.
        target: A given translation, as text or as pieces (see `Trace.output_pieces`); its strategy is "forced".
        strategy: "greedy", "beam" or "sample".
        beam_size: Option of beam search, see `BEAM_SIZE`.
        alpha: Option of beam search, see `ALPHA`.
        temperature: Option of sampling, see `core.decoding.sampling_distribution`.
        top_k: Option of sampling, see `core.decoding.sampling_distribution`.
        top_p: Option of sampling, see `core.decoding.sampling_distribution`.
        seed: Option of sampling, see `SEED`.
        intervention: The changes to the model.

    Raises:
        OptionError: If an option is out of its range, or a value has the wrong type.
    """

    text: str
    model: str = ""
    target: str | Sequence[str] | None = None
    strategy: str = "greedy"
    beam_size: int = BEAM_SIZE.default
    alpha: float = ALPHA.default
    temperature: float = TEMPERATURE.default
    top_k: int | None = TOP_K.default
    top_p: float = TOP_P.default
    seed: int = SEED.default
    intervention: Intervention | None = None

    def __post_init__(self) -> None:
        _require(isinstance(self.text, str), "text", self.text, "text")
        _require(isinstance(self.model, str), "model", self.model, "model_name")
        target, strategy = self._checked_target(), self._checked_strategy()
        checked: dict[str, Any] = {}
        for name, allowed in RANGES.items():
            value = getattr(self, name)
            value = value if value is None and allowed.default is None else allowed.check(name, value)
            checked[name] = value if name in OPTIONS[strategy] else allowed.default
        change = self.intervention
        if change is not None and not isinstance(change, Intervention):
            raise OptionError(name="intervention", value=type(change).__name__, cause="intervention")
        checked |= {"target": target, "strategy": strategy}
        checked["intervention"] = None if change is None or change.is_none else change
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def _checked_target(self) -> str | tuple[str, ...] | None:
        target = self.target
        if target is None or isinstance(target, str):
            return target
        if not isinstance(target, list | tuple) or not all(isinstance(piece, str) for piece in target):
            raise OptionError(name="target", value=type(target).__name__, cause="target")
        return tuple(target)

    def _checked_strategy(self) -> str:
        choices = (*STRATEGIES, SAMPLE)
        given = self.strategy == FORCED and self.target is not None
        fits = given or (isinstance(self.strategy, str) and self.strategy in choices)
        _require(fits, "strategy", self.strategy, "choices", choices=", ".join(choices))
        return self.strategy if self.target is None else FORCED

    @property
    def options(self) -> dict[str, Any]:
        """The options of the request's strategy, by name."""
        return {name: getattr(self, name) for name in OPTIONS[self.strategy]}

    @property
    def plain(self) -> Request:
        """The baseline of a comparison: the request without an Intervention, greedy if it samples or has a target."""
        if self.strategy in STRATEGIES:
            return dataclasses.replace(self, intervention=None)
        return Request(self.text, self.model)

    def to_dict(self) -> dict[str, Any]:
        """Return all values that differ from the defaults as a dict for JSON, which `from_dict` reads."""
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        values = {name: getattr(self, name) for name, default in defaults.items() if getattr(self, name) != default}
        if self.intervention is not None:
            values["intervention"] = self.intervention.to_dict()
        if isinstance(self.target, tuple):
            values["target"] = list(self.target)
        return values

    @classmethod
    def from_dict(cls, values: Any) -> Request:
        """Build a Request from a dict that `to_dict` made, or from untrusted input, which is checked.

        Raises:
            OptionError: If the values cannot be a Request.
        """
        _require(isinstance(values, dict), "request", values, "dict")
        names = [field.name for field in dataclasses.fields(cls)]
        for name in values:
            _require(name in names, "request", name, "choices", choices=", ".join(names))
        _require("text" in values, "text", None, "text")
        change = values.get("intervention")
        change = None if change is None else Intervention.from_dict(change)
        return cls(**{**values, "intervention": change})


def _require(fits: bool, name: str, value: Any, cause: str, **values: Any) -> None:
    if not fits:
        raise OptionError(name=name, value=quoted(value), cause=cause, **values)

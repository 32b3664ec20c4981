"""Request: what a model is asked for.

It is the argument of `Translator.run`, the key of whatever caches runs, and part of the Trace of a run. The ranges,
choices and defaults of all options stand here (those of an Intervention in `core.intervention`), and whoever offers an
option reads them from here.
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
"""How an output is searched for."""

SAMPLE = "sample"
"""The strategy that samples each piece. Not among STRATEGIES: it does not search."""

FORCED = "forced"
"""The strategy of a request whose translation is given."""

BEAM_SIZE = Range(1, 64, 4, whole=True)
"""Open hypotheses of a beam search."""

ALPHA = Range(0.0, 2.0, 0.6)
"""The exponent of the length penalty (Wu et al. 2016, equation 14; the paper's 0.6)."""

TEMPERATURE = Range(0.01, 100.0, 1.0)
"""What sampling divides the logits by."""

TOP_K = Range(1, 1_000_000, None, whole=True)
"""How many of the most probable pieces are sampled from; None for all of them."""

TOP_P = Range(0.01, 1.0, 1.0)
"""The probability that the pieces which are sampled from must reach (nucleus sampling)."""

SEED = Range(0, 2**32 - 1, 0, whole=True)
"""Of the random numbers that pieces are sampled with."""

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
"""Of all options, by name."""


@dataclass(frozen=True)
class Request:
    """What a model is asked for: a text, how it is translated, and what is changed in the model meanwhile.

    Requests that ask for the same are equal and have the same hash: options of another strategy are set to their
    defaults, and an Intervention that changes nothing to None.

    Args:
        text: the sentence, as it was typed.
        model: the name of the model; "" for whichever gets the request.
        target: a given translation, as text or as pieces (see `Trace.output_pieces`); its strategy is "forced".
        strategy: "greedy", "beam" or "sample".
        beam_size, alpha: of a beam search, see `BEAM_SIZE` and `ALPHA`.
        temperature, top_k, top_p, seed: of sampling, see `core.decoding.sampling_distribution`.
        intervention: what is changed in this run.

    Raises:
        OptionError: for an option that is out of its range, and for what is no text, target or Intervention.
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
        _need(isinstance(self.text, str), "text", self.text, "write a text")
        _need(isinstance(self.model, str), "model", self.model, "it must be a model's name")
        target, strategy = self._target(), self._strategy()
        checked: dict[str, Any] = {}
        for name, span in RANGES.items():
            value = getattr(self, name)
            value = value if value is None and span.default is None else span.check(name, value)
            checked[name] = value if name in OPTIONS[strategy] else span.default
        change = self.intervention
        if change is not None and not isinstance(change, Intervention):
            reason = "it must be an Intervention or None"
            raise OptionError(name="intervention", value=type(change).__name__, reason=reason)
        checked |= {"target": target, "strategy": strategy}
        checked["intervention"] = None if change is None or change.is_none else change
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def _target(self) -> str | tuple[str, ...] | None:
        target = self.target
        if target is None or isinstance(target, str):
            return target
        if not isinstance(target, list | tuple) or not all(isinstance(piece, str) for piece in target):
            raise OptionError(name="target", value=type(target).__name__, reason="write a text, or a list of pieces")
        return tuple(target)

    def _strategy(self) -> str:
        choices = (*STRATEGIES, SAMPLE)
        given = self.strategy == FORCED and self.target is not None
        fits = given or (isinstance(self.strategy, str) and self.strategy in choices)
        _need(fits, "strategy", self.strategy, f"choose one of {', '.join(choices)}")
        return self.strategy if self.target is None else FORCED

    @property
    def options(self) -> dict[str, Any]:
        """The options of the request's strategy, by name."""
        return {name: getattr(self, name) for name in OPTIONS[self.strategy]}

    @property
    def plain(self) -> Request:
        """The same text by the same search with nothing changed: the run that a changed one is compared with.

        A sampled or given translation is compared with the greedy one.
        """
        if self.strategy in STRATEGIES:
            return dataclasses.replace(self, intervention=None)
        return Request(self.text, self.model)

    def to_dict(self) -> dict[str, Any]:
        """All that is not the default, in what JSON knows. `from_dict` reads it."""
        fields = {field.name: field.default for field in dataclasses.fields(self)}
        found = {name: getattr(self, name) for name, default in fields.items() if getattr(self, name) != default}
        if self.intervention is not None:
            found["intervention"] = self.intervention.to_dict()
        if isinstance(self.target, tuple):
            found["target"] = list(self.target)
        return found

    @classmethod
    def from_dict(cls, values: Any) -> Request:
        """The inverse of `to_dict`, for input that nobody has checked.

        Raises:
            OptionError: for whatever cannot be a Request.
        """
        _need(isinstance(values, dict), "request", values, "it must be a dict")
        names = [field.name for field in dataclasses.fields(cls)]
        for name in values:
            _need(name in names, "request", name, f"choose from {', '.join(names)}")
        _need("text" in values, "text", None, "write a text")
        change = values.get("intervention")
        change = None if change is None else Intervention.from_dict(change)
        return cls(**{**values, "intervention": change})


def _need(fits: bool, name: str, value: Any, reason: str) -> None:
    if not fits:
        raise OptionError(name=name, value=quoted(value), reason=reason)

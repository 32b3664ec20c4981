"""Intervention: what is changed in a run of a model, to see what difference it makes. Plain data: it knows no model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from core.checks import Range, is_index, quoted
from core.config import KINDS, ModelConfig
from core.errors import OptionError

ABLATIONS = ("zero", "uniform")
"""What a head's weights can be replaced by."""

ATTENTION_TEMPERATURE = Range(0.01, 100.0, 1.0)
"""What attention scores are divided by. Beyond these ends scores overflow, or all weights are equal anyway."""

RECURRENT = "this model is recurrent, and has no"
LONGEST_PIECE = 200
LARGEST_NUMBER = 1_000_000
"""No layer, head, step or position of any model is so large."""

Head = tuple[str, int, int]


class Frozen(Mapping[Any, Any]):
    """A mapping that is sorted by its keys and never changes: hashable, picklable, equal to a dict of the same items."""

    def __init__(self, items: Mapping[Any, Any]):
        self._items = dict(sorted(items.items()))

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


@dataclass(frozen=True)
class Intervention:
    """What is changed in one run of a model. Layers, heads, positions and steps count from 0.

    ablate: (kind, layer, head) -> "zero": that head's weights are set to 0 after the softmax, so its slice of what
        W^O multiplies is 0 (W^O's bias stays); or "uniform": equal weight on every key that may be seen
    masked_source: positions of source pieces that no query of the encoder's self-attention or of cross-attention may
        attend to. The mask acts before the softmax: each row shares out the whole of its weight among the others. A
        recurrent encoder does not read them either: it goes on from the piece before to the piece after
    forced: step -> the piece that is written there; decoding goes on from it. The sign ▁ before it may be left out or
        added; "</s>" ends the output. A step that is not reached changes nothing. With a given translation it
        replaces that translation's piece at that step
    positions: False leaves the positional encoding out, in encoder and decoder
    causal: False lets each decoder position attend to all pieces written so far, those after it included
    temperature: all attention scores are divided by it before the softmax, from 0.01 to 100: below 1 sharpens

    Equal content makes equal objects, in whatever order it is given. Raises `OptionError` for what no model can do;
    `check` compares with one model.
    """

    ablate: Mapping[Head, str] = field(default_factory=dict)
    masked_source: tuple[int, ...] = ()
    forced: Mapping[int, str] = field(default_factory=dict)
    positions: bool = True
    causal: bool = True
    temperature: float = ATTENTION_TEMPERATURE.default

    def __post_init__(self) -> None:
        for name in ("ablate", "forced"):
            _need(isinstance(getattr(self, name), Mapping), name, getattr(self, name), "it must be a dict")
        canonical = {
            "ablate": Frozen(dict(_ablation(head, mode) for head, mode in self.ablate.items())),
            "masked_source": _positions(self.masked_source),
            "forced": Frozen(dict(_forced(step, piece) for step, piece in self.forced.items())),
            "temperature": ATTENTION_TEMPERATURE.check("temperature", self.temperature),
        }
        for name in ("positions", "causal"):
            _need(isinstance(getattr(self, name), bool), name, getattr(self, name), "choose True or False")
        for name, value in canonical.items():
            object.__setattr__(self, name, value)

    @property
    def is_none(self) -> bool:
        """Whether nothing is changed."""
        return self == Intervention()

    @property
    def changes_model(self) -> bool:
        """Whether more is changed than which pieces are written."""
        return not dataclasses.replace(self, forced={}).is_none

    def check(self, config: ModelConfig, source_length: int | None = None) -> None:
        """Whether a model of these sizes can do this, for a source of so many pieces (</s> counted) where that is known.

        Raises `OptionError` for a layer, head, step or position that there is not, where all of the source is masked, and
        for what a recurrent model does not have.
        """
        if config.recurrent:
            _need(self.positions, "positions", False, f"{RECURRENT} positional encoding")
            _need(self.causal, "causal", False, f"{RECURRENT} causal mask: its decoder never sees what comes after")
            attends = config.attention_layers("cross") > 0
            _need(attends or self.temperature == 1, "temperature", self.temperature, f"{RECURRENT} attention")
        for kind, layer, head in self.ablate:
            layers = config.attention_layers(kind)
            _need(layers > 0, "ablate", (kind, layer, head), f"{RECURRENT} attention of this kind")
            for name, value, limit in (("layer", layer, layers), ("head", head, config.n_heads)):
                _need(value < limit, "ablate", (kind, layer, head), f"choose a {name} from 0 to {limit - 1}")
        for step in self.forced:
            _need(step < config.max_length, "forced", step, f"choose a step from 0 to {config.max_length - 1}")
        if source_length is not None:
            last = source_length - 1
            for position in self.masked_source:
                _need(position <= last, "masked_source", position, f"choose a position from 0 to {last}")
            left = source_length - len(self.masked_source)
            _need(left > 0, "masked_source", self.masked_source, "one piece of the source at least must be left")

    def to_dict(self) -> dict[str, Any]:
        """All that is not as usual, in what JSON knows: {} for no intervention. `from_dict` reads it.

        {"ablate": [[kind, layer, head, mode], …], "masked_source": [position, …], "forced": [[step, piece], …],
        "positions": False, "causal": False, "temperature": 0.5}
        """
        plain = {
            "ablate": [[*head, mode] for head, mode in self.ablate.items()],
            "masked_source": list(self.masked_source),
            "forced": [[step, piece] for step, piece in self.forced.items()],
            "positions": self.positions,
            "causal": self.causal,
            "temperature": self.temperature,
        }
        usual = {"ablate": [], "masked_source": [], "forced": [], "positions": True, "causal": True, "temperature": 1.0}
        return {name: value for name, value in plain.items() if value != usual[name]}

    @classmethod
    def from_dict(cls, values: Any) -> Intervention:
        """The inverse of `to_dict`. Believes nothing: raises `OptionError` for whatever cannot be an Intervention."""
        _need(isinstance(values, Mapping), "intervention", values, "it must be a dict")
        names = {field.name for field in dataclasses.fields(cls)}
        for name in values:
            _need(name in names, "intervention", name, f"choose from {', '.join(sorted(names))}")
        values = dict(values)
        for name, width in (("ablate", 4), ("forced", 2)):
            if name in values:
                rows = values[name]
                _need(isinstance(rows, list | tuple), name, rows, "it must be a list")
                for row in rows:
                    _need(isinstance(row, list | tuple) and len(row) == width, name, row, f"write {width} values")
                    _need(all(isinstance(value, str | Integral) for value in row), name, row, "write words and numbers")
                values[name] = {row[0] if width == 2 else tuple(row[:-1]): row[-1] for row in rows}
                _need(len(values[name]) == len(rows), name, rows, "name each only once")
        return cls(**values)


def _need(fits: bool, name: str, value: Any, reason: str) -> None:
    if not fits:
        raise OptionError(name=name, value=quoted(value), reason=reason)


def _counts(value: Any) -> bool:
    return is_index(value, LARGEST_NUMBER)


def _ablation(head: Any, mode: Any) -> tuple[Head, str]:
    _need(isinstance(head, tuple) and len(head) == 3, "ablate", head, "write (kind, layer, head)")
    kind, layer, index = head
    _need(isinstance(kind, str) and kind in KINDS, "ablate", head, f"choose a kind of {', '.join(KINDS)}")
    _need(_counts(layer) and _counts(index), "ablate", head, "layer and head are whole numbers from 0 on")
    _need(isinstance(mode, str) and mode in ABLATIONS, "ablate", mode, f"choose one of {', '.join(ABLATIONS)}")
    return (kind, int(layer), int(index)), mode


def _positions(values: Any) -> tuple[int, ...]:
    listed = isinstance(values, list | tuple | set | frozenset | range)
    _need(listed and all(map(_counts, values)), "masked_source", values, "write whole numbers from 0 on")
    return tuple(sorted({int(value) for value in values}))


def _forced(step: Any, piece: Any) -> tuple[int, str]:
    _need(_counts(step), "forced", step, "a step is a whole number from 0 on")
    written = isinstance(piece, str) and 0 < len(piece) <= LONGEST_PIECE
    _need(written and not any("\ud800" <= c <= "\udfff" for c in piece), "forced", piece, "write one piece")
    return int(step), piece

"""Intervention: the changes to one run of a model whose effect somebody wants to see. Plain data, without a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from core.checks import Range, is_index, quoted
from core.config import KINDS, ModelConfig
from core.errors import OptionError

ABLATIONS = ("zero", "uniform")
"""How the weights of a removed head are replaced."""

ATTENTION_TEMPERATURE = Range(0.01, 100.0, 1.0)
"""The divisor of attention scores. Below this range scores overflow; above it all weights are equal anyway."""

LONGEST_PIECE = 200
"""The largest number of characters of a forced piece."""

STACKS = ("encoder", "decoder")
"""The two stacks of layers (section 3.1)."""

PARTS = ("residual", "norm", "feed_forward")
"""The parts of a layer that can be removed: residual connections, layer normalizations, the feed-forward network."""

LARGEST_NUMBER = 1_000_000
"""A bound above every layer, head, step and position of any model."""

Head = tuple[str, int, int]
"""(kind, layer, head)."""

Part = tuple[str, int, str]
"""(stack, layer, part): one of STACKS, the layer, one of PARTS."""


class Frozen(Mapping[Any, Any]):
    """An immutable mapping, sorted by its keys: hashable, picklable, equal to a dict of the same items."""

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


class Parts(frozenset[Part]):
    """A set of parts whose repr is the same in every process: a Request's repr is its key in caches."""

    def __repr__(self) -> str:
        return f"frozenset({sorted(self)})"


@dataclass(frozen=True)
class Intervention:
    """The changes to one run of a model. Layers, heads, positions and steps count from 0.

    Interventions with the same content are equal, in whatever order it was given. Values that no model can have are
    refused at once; `check` compares with one model.

    Example:
        >>> change = core.Intervention(ablate={("cross", 2, 3): "zero"})
        >>> trace = core.load("en-zh").translate("Tom chases Jerry.", intervention=change)
        >>> float(trace.cross[2, 3].sum())
        0.0

    Attributes:
        ablate: The mode by removed head, (kind, layer, head). "zero" sets the head's weights to 0 after the softmax, so
            that its slice of the input of W^O is 0 (the bias of W^O stays). "uniform" gives equal weight to every key
            that the mask leaves visible.
        masked_source: Positions of source pieces that no query of the encoder's self-attention or of cross-attention
            may attend to. The mask acts before the softmax, so that each row distributes its whole weight over the
            other pieces. A recurrent encoder skips these pieces.
        forced: The piece that is written at a step; decoding continues from it. ▁ at its start may be left out or
            added; "</s>" ends the output. A step that is not reached has no effect. In a given translation it replaces
            the piece of that step.
        positions: False removes the positional encoding from encoder and decoder.
        causal: False lets each decoder position attend to all pieces written so far, including those after it.
        temperature: All attention scores are divided by it before the softmax, 0.01 to 100; below 1 the weights get
            sharper.
        without: The removed parts of layers. "residual" leaves out the x in x + Sublayer(x) around every sub-layer of
            the layer, "norm" the layer normalization of these sums, and "feed_forward" sets the output of the
            feed-forward network to 0.
        encoder_layer: The encoder layer whose output cross-attention attends to: k for the output of the first k
            layers, 0 for the sum of word vectors and positional encoding, None for the last layer. The layers above are
            computed, but the decoder does not attend to them (Langedijk et al. 2023, "DecoderLens").

    Raises:
        OptionError: If a value is not possible in any model.
    """

    ablate: Mapping[Head, str] = field(default_factory=dict)
    masked_source: tuple[int, ...] = ()
    forced: Mapping[int, str] = field(default_factory=dict)
    positions: bool = True
    causal: bool = True
    temperature: float = ATTENTION_TEMPERATURE.default
    without: Collection[Part] = Parts()
    encoder_layer: int | None = None

    def __post_init__(self) -> None:
        for name in ("ablate", "forced"):
            _require(isinstance(getattr(self, name), Mapping), name, getattr(self, name), "dict")
        canonical = {
            "ablate": Frozen(dict(_check_ablation(head, mode) for head, mode in self.ablate.items())),
            "masked_source": _check_positions(self.masked_source),
            "forced": Frozen(dict(_check_forced(step, piece) for step, piece in self.forced.items())),
            "temperature": ATTENTION_TEMPERATURE.check("temperature", self.temperature),
            "without": _check_parts(self.without),
        }
        if self.encoder_layer is not None:
            _require(_is_count(self.encoder_layer), "encoder_layer", self.encoder_layer, "counts")
            canonical["encoder_layer"] = int(self.encoder_layer)
        for name in ("positions", "causal"):
            _require(isinstance(getattr(self, name), bool), name, getattr(self, name), "flag")
        for name, value in canonical.items():
            object.__setattr__(self, name, value)

    @property
    def is_none(self) -> bool:
        """Whether nothing is changed."""
        return self == Intervention()

    @property
    def changes_model(self) -> bool:
        """Whether anything but forced pieces is changed."""
        return not dataclasses.replace(self, forced={}).is_none

    def check(self, config: ModelConfig, source_length: int | None = None) -> None:
        """Check that a model of these sizes can run with this intervention.

        Args:
            config: The model's config.
            source_length: Number of source pieces including </s>, if it is known.

        Raises:
            OptionError: If a layer, head, step or position does not exist, if all of the source is masked, or if a
                recurrent model lacks what is changed.
        """
        if config.recurrent:
            _require(self.positions, "positions", False, "recurrent_positions")
            _require(self.causal, "causal", False, "recurrent_causal")
            attends = config.attention_layers("cross") > 0
            _require(attends or self.temperature == 1, "temperature", self.temperature, "recurrent_attention")
            _require(not self.without, "without", sorted(self.without), "recurrent_parts")
            _require(self.encoder_layer is None, "encoder_layer", self.encoder_layer, "recurrent_parts")
        for _, layer, _ in sorted(self.without):
            last = config.n_layers - 1
            _require(layer <= last, "without", layer, "layer_index", first=0, last=last)
        if self.encoder_layer is not None:
            last = config.n_layers
            _require(self.encoder_layer <= last, "encoder_layer", self.encoder_layer, "layer_index", first=0, last=last)
        for kind, layer, head in self.ablate:
            layers = config.attention_layers(kind)
            _require(layers > 0, "ablate", (kind, layer, head), "recurrent_kind")
            for name, value, limit in (("layer", layer, layers), ("head", head, config.n_heads)):
                _require(value < limit, "ablate", value, f"{name}_index", first=0, last=limit - 1)
        for step in self.forced:
            _require(step < config.max_length, "forced", step, "step_index", first=0, last=config.max_length - 1)
        if source_length is not None:
            last = source_length - 1
            for position in self.masked_source:
                _require(position <= last, "masked_source", position, "position_index", first=0, last=last)
            left = source_length - len(self.masked_source)
            _require(left > 0, "masked_source", self.masked_source, "source_left")

    def relevant(self, config: ModelConfig) -> Intervention:
        """Return the Intervention without an encoder layer that a model of these sizes uses anyway: its last one."""
        if self.encoder_layer != config.n_layers or config.recurrent:
            return self
        return dataclasses.replace(self, encoder_layer=None)

    def to_dict(self) -> dict[str, Any]:
        """Return all values that differ from the defaults as a dict for JSON, which `from_dict` reads.

        Returns:
            {"ablate": [[kind, layer, head, mode], …], "masked_source": [position, …], "forced": [[step, piece], …],
            "positions": False, "causal": False, "temperature": 0.5, "without": [[stack, layer, part], …],
            "encoder_layer": 1}, or {} if nothing is changed.
        """
        plain = {
            "ablate": [[*head, mode] for head, mode in self.ablate.items()],
            "masked_source": list(self.masked_source),
            "forced": [[step, piece] for step, piece in self.forced.items()],
            "positions": self.positions,
            "causal": self.causal,
            "temperature": self.temperature,
            "without": [list(part) for part in sorted(self.without)],
            "encoder_layer": self.encoder_layer,
        }
        defaults = {
            "ablate": [], "masked_source": [], "forced": [], "positions": True, "causal": True, "temperature": 1.0,
            "without": [], "encoder_layer": None,
        }  # fmt: skip
        return {name: value for name, value in plain.items() if value != defaults[name]}

    @classmethod
    def from_dict(cls, values: Any) -> Intervention:
        """Build an Intervention from a dict that `to_dict` made, or from untrusted input, which is checked.

        Raises:
            OptionError: If the values cannot be an Intervention.
        """
        _require(isinstance(values, Mapping), "intervention", values, "dict")
        names = {field.name for field in dataclasses.fields(cls)}
        for name in values:
            _require(name in names, "intervention", name, "choices", choices=", ".join(sorted(names)))
        values = dict(values)
        for name, width in (("ablate", 4), ("forced", 2)):
            if name in values:
                rows = values[name]
                _require(isinstance(rows, list | tuple), name, rows, "list")
                for row in rows:
                    _require(isinstance(row, list | tuple) and len(row) == width, name, row, "width", count=width)
                    plain = all(isinstance(value, str | Integral) for value in row)
                    _require(plain, name, row, "plain")
                values[name] = {row[0] if width == 2 else tuple(row[:-1]): row[-1] for row in rows}
                _require(len(values[name]) == len(rows), name, rows, "once")
        if isinstance(values.get("without"), list):
            values["without"] = [tuple(row) if isinstance(row, list) else row for row in values["without"]]
        return cls(**values)


def _require(fits: bool, name: str, value: Any, cause: str, **values: Any) -> None:
    if not fits:
        raise OptionError(name=name, value=quoted(value), cause=cause, **values)


def _is_count(value: Any) -> bool:
    return is_index(value, LARGEST_NUMBER)


def _check_ablation(head: Any, mode: Any) -> tuple[Head, str]:
    _require(isinstance(head, tuple) and len(head) == 3, "ablate", head, "head")
    kind, layer, index = head
    _require(isinstance(kind, str) and kind in KINDS, "ablate", head, "choices", choices=", ".join(KINDS))
    _require(_is_count(layer) and _is_count(index), "ablate", head, "counts")
    _require(isinstance(mode, str) and mode in ABLATIONS, "ablate", mode, "choices", choices=", ".join(ABLATIONS))
    return (kind, int(layer), int(index)), mode


def _check_positions(values: Any) -> tuple[int, ...]:
    is_collection = isinstance(values, list | tuple | set | frozenset | range)
    _require(is_collection and all(map(_is_count, values)), "masked_source", values, "counts")
    return tuple(sorted({int(value) for value in values}))


def _check_parts(values: Any) -> Parts:
    _require(isinstance(values, list | tuple | set | frozenset), "without", values, "list")
    parts = set()
    for value in values:
        _require(isinstance(value, tuple) and len(value) == 3, "without", value, "part")
        stack, layer, part = value
        _require(isinstance(stack, str) and stack in STACKS, "without", value, "choices", choices=", ".join(STACKS))
        _require(_is_count(layer), "without", value, "counts")
        _require(isinstance(part, str) and part in PARTS, "without", value, "choices", choices=", ".join(PARTS))
        parts.add((stack, int(layer), part))
    return Parts(parts)


def _check_forced(step: Any, piece: Any) -> tuple[int, str]:
    _require(_is_count(step), "forced", step, "counts")
    fits = isinstance(piece, str) and 0 < len(piece) <= LONGEST_PIECE
    _require(fits and not any("\ud800" <= c <= "\udfff" for c in piece), "forced", piece, "piece")
    return int(step), piece

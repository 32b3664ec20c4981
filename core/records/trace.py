"""Trace: the frozen record of one run of a model. Everything that Headlight shows is drawn from one.

It holds NumPy arrays and strings and no tensors, so it can be cached, pickled, sent and drawn with no model at hand.
"""

from __future__ import annotations

import dataclasses
import html
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from core.checks import is_index
from core.config import KINDS
from core.errors import OptionError
from core.intervention import Intervention
from core.records.record import Record
from core.request import Request
from core.spelling import Spelling, spell, spelled_texts

CANDIDATES = 100
"""The most candidates that are kept for each step."""

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Step:
    """One step of decoding, as `Translator.steps` yields it.

    decoder_self (layers, heads, t + 1) and cross (layers, heads, S) are the row of the query that reads `reads` and
    predicts `piece`: row t of the finished Trace's arrays.
    """

    t: int
    reads: str
    piece: str
    probability: float
    text: str  # the translation so far, this piece included; without a character that is only partly written
    candidates: tuple[tuple[str, float], ...]  # best first
    decoder_self: np.ndarray
    cross: np.ndarray
    drawn_from: tuple[tuple[str, float], ...] | None = None  # where the piece was drawn: `candidates` after the filters

    def top(self, k: int = 10) -> list[tuple[str, float]]:
        """The k most probable next pieces, best first."""
        return list(self.candidates[:k])


@dataclass(frozen=True, eq=False)
class Trace(Record):
    """What a model read, wrote and attended to.

    S source pieces end with the special </s>. T input pieces begin with <s>; T output pieces are the same ones shifted
    by one and end with </s>, unless `finished` is False. Row t of `decoder_self` and `cross` belongs to the query that
    reads `input_pieces[t]` and predicts `output_pieces[t]`.

    A recurrent model has no self-attention: the arrays of these kinds have 0 layers, and so has `cross` of one without
    attention. Its one cross-attention is layer 0, head 0. `kinds` are those that there are.

    All weights are recorded in evaluation mode, before anything is dropped; each row sums to 1, masked cells are 0.
    Arrays are read-only.

    `log_probabilities` and `top_*` are the model's own distribution, also where a piece was forced or sampled: no
    sampling temperature, no top-k and no top-p is in them.

    `request` is what was asked for, None where that is not known. `intervention` is what was changed in this run, None
    for nothing: forced pieces that would have been written anyway, or whose step was not reached, are not in it. With one, the weights are still those
    that were really used: all 0 for a head set to zero. Without the causal mask they are those of the last pass, in
    which every query saw every piece; `log_probabilities` and `top_*` are, as ever, of the pass in which that step was
    the newest: what the choice was made by, and a probability of the output.

    A vocabulary with byte fallback spells a character that it has no piece for in one to four byte pieces, as `<0xE4>`:
    each is a position of its own. `source_labels`, `input_labels` and `output_labels` are the pieces as people see
    them, 你₁ 你₂ 你₃ for the three bytes of 你; `source_spelled` and `output_spelled` say which they are.
    """

    model: str
    source_language: str
    target_language: str
    strategy: str  # "greedy", "beam", "sample" or "forced"
    source: str  # as it was typed
    text: str  # the translation
    source_pieces: tuple[str, ...]
    input_pieces: tuple[str, ...]
    output_pieces: tuple[str, ...]
    source_words: tuple[Span, ...]  # half-open ranges of source pieces, specials as words of their own
    output_words: tuple[Span, ...]
    unknown: tuple[int, ...]  # positions of source pieces that the model reads as <unk>
    finished: bool  # False where the limit on length came before </s>
    encoder_self: np.ndarray  # float32 (layers, heads, S, S)
    decoder_self: np.ndarray  # float32 (layers, heads, T, T)
    cross: np.ndarray  # float32 (layers, heads, T, S)
    log_probabilities: np.ndarray  # float32 (T,), of the output pieces, nats
    top_pieces: tuple[tuple[str, ...], ...]  # (T, K), best first
    top_probabilities: np.ndarray  # float32 (T, K)
    intervention: Intervention | None = None
    byte_fallback: tuple[bool, bool] = (False, False)  # whether the source's, the target's pieces `<0xE4>` are bytes
    request: Request | None = None

    def __eq__(self, other: object) -> bool:
        """Equal in every string and, bit for bit, in every number. How the run was asked for does not count."""
        if not isinstance(other, Trace):
            return NotImplemented
        pairs = (
            (getattr(self, field.name), getattr(other, field.name))
            for field in dataclasses.fields(self)
            if field.name != "request"
        )
        return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]  # equal by content, and too large to hash

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of attention that the model has layers of, in the order of KINDS."""
        return tuple(kind for kind in KINDS if getattr(self, kind).shape[0])

    @property
    def n_layers(self) -> int:
        """Layers of cross-attention; a Transformer has as many of either self-attention."""
        return self.cross.shape[0]

    @property
    def n_heads(self) -> int:
        return self.cross.shape[1]

    @property
    def log_probability(self) -> float:
        """Log-probability of the whole output given the source, nats."""
        return float(self.log_probabilities.sum(dtype=np.float64))

    @property
    def source_specials(self) -> tuple[int, ...]:
        """Positions of </s> among the source pieces; "</s>" typed as text is not one."""
        return (len(self.source_pieces) - 1,)

    @property
    def input_specials(self) -> tuple[int, ...]:
        return (0,)

    @property
    def output_specials(self) -> tuple[int, ...]:
        return (len(self.output_pieces) - 1,) if self.finished else ()

    @cached_property
    def source_spelling(self) -> Spelling:
        return spell(self.source_pieces, self.byte_fallback[0])

    @cached_property
    def output_spelling(self) -> Spelling:
        return spell(self.output_pieces, self.byte_fallback[1])

    @cached_property
    def input_spelling(self) -> Spelling:
        """That of the output, one piece later: the last character may be read without its last byte."""
        labels, texts, characters = self.output_spelling
        shifted = tuple(c._replace(start=c.start + 1, end=c.end + 1) for c in characters)
        return Spelling((self.input_pieces[0], *labels[:-1]), (self.input_pieces[0], *texts[:-1]), shifted)

    @property
    def source_labels(self) -> tuple[str, ...]:
        """The source pieces as people see them: a byte by the character that it spells."""
        return self.source_spelling.labels

    @property
    def input_labels(self) -> tuple[str, ...]:
        return self.input_spelling.labels

    @property
    def output_labels(self) -> tuple[str, ...]:
        return self.output_spelling.labels

    @property
    def source_spelled(self) -> tuple[int, ...]:
        """Positions of the source pieces that are bytes."""
        return self.source_spelling.positions

    @property
    def output_spelled(self) -> tuple[int, ...]:
        return self.output_spelling.positions

    @property
    def spelled_characters(self) -> tuple[str, ...]:
        """What is spelled in bytes on either side, once each; a byte that belongs to no character is not listed."""
        both = (self.source_spelling, self.output_spelling)
        return tuple(dict.fromkeys(text for spelling in both for text in spelled_texts(spelling.characters)))

    def weights(self, kind: str, layer: int, head: int | None) -> np.ndarray:
        """One head's weights (rows, keys), or with head=None the average of the layer's heads. Both count from 0.

        Raises `OptionError` for a kind, layer or head that there is not.
        """
        if kind not in KINDS:
            raise OptionError(name="kind", value=kind, reason=f"choose one of {', '.join(KINDS)}")
        maps = getattr(self, kind)
        if not len(maps):
            reason = f"the model {self.model} has no attention of this kind"
            raise OptionError(name="kind", value=kind, reason=reason)
        for name, value, limit in (("layer", layer, len(maps)), ("head", head, self.n_heads)):
            if value is None and name == "head":
                continue
            if not is_index(value, limit):
                raise OptionError(name=name, value=value, reason=f"choose a number from 0 to {limit - 1}")
        return maps[layer].mean(0) if head is None else maps[layer, head]

    def top(self, t: int, k: int = 10) -> list[tuple[str, float]]:
        """The k most probable pieces at step t with their probabilities, best first. At most 100 are kept.

        Raises `OptionError` for a step that there is not.
        """
        if not 0 <= t < len(self.output_pieces):
            raise OptionError(name="step", value=t, reason=f"choose a number from 0 to {len(self.output_pieces) - 1}")
        kept = self.top_probabilities.shape[1]
        if not 1 <= k <= kept:
            raise OptionError(name="k", value=k, reason=f"choose a number from 1 to {kept}")
        return list(zip(self.top_pieces[t][:k], self.top_probabilities[t, :k].tolist(), strict=True))

    # What a person takes away. Each is written elsewhere, and imported only when asked for: a Trace itself needs nothing.

    def figure(self, kind: str, layer: int = 0, head: int | None = None, **options: Any) -> Figure:
        """The Plotly figure of one head's map, or with head=None of the average; `core.plots.heatmap` has the options."""
        from core.plots import heatmap

        return heatmap(self, kind, layer, head, **options)

    def to_frame(self) -> DataFrame:
        """All weights as a long pandas table: `core.export.to_frame`."""
        from core.export import to_frame

        return to_frame(self)

    def to_html(self, language: str = "en") -> str:
        """A page of its own with the stage and this Trace in it, that needs no network: `core.export.to_html`."""
        from core.export import to_html

        return to_html(self, language)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the whole Trace to a .npz or .json file, from which `load` reads the same Trace: `core.export.save`."""
        from core.export import save

        save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Trace:
        """Read a file that `save` wrote. Raises `HeadlightError`: `core.export.load`."""
        from core.export import load

        return load(path)

    def _repr_html_(self) -> str:
        """In a notebook a Trace shows itself: its page, in a frame of its own."""
        page = html.escape(self.to_html(), quote=True)
        return f'<iframe srcdoc="{page}" style="width: 100%; height: 760px; border: 0" sandbox="allow-scripts allow-downloads"></iframe>'

"""Trace: the frozen record of one run of a model, from which everything in Headlight is drawn.

It holds NumPy arrays and strings and no tensors, so that it can be cached, pickled, sent and drawn without a model.
"""

from __future__ import annotations

import dataclasses
import html
import math
import os
from collections.abc import Collection, Sequence
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
from core.spelling import Spelling, is_byte, spell, spelled_texts

CANDIDATES = 100
"""The largest number of candidates that are kept for each step."""

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

Span = tuple[int, int]
"""A half-open range of pieces: start, end."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step of decoding, as `Translator.steps` yields it.

    Attributes:
        t: The step, from 0.
        reads: The piece that the decoder reads.
        piece: The piece that it writes.
        probability: Of this piece, by the model.
        text: The translation so far, including this piece, without an incomplete character at its end.
        candidates: The most probable pieces with their probabilities, best first.
        decoder_self: Weights of masked self-attention, (layers, heads, t + 1): row t of the finished Trace's array.
        cross: Weights of cross-attention, (layers, heads, S): row t of the finished Trace's array.
        drawn_from: If the piece was sampled, the distribution it was sampled from, best first.
    """

    t: int
    reads: str
    piece: str
    probability: float
    text: str
    candidates: tuple[tuple[str, float], ...]
    decoder_self: np.ndarray
    cross: np.ndarray
    drawn_from: tuple[tuple[str, float], ...] | None = None

    def top(self, k: int = 10) -> list[tuple[str, float]]:
        """Return the k most probable pieces with their probabilities, best first."""
        return list(self.candidates[:k])


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Record):
    """The source, the output and the attention weights of one run of a model.

    Row t of `decoder_self` and `cross` belongs to the query that reads `input_pieces[t]` and predicts
    `output_pieces[t]`. All weights are recorded in evaluation mode, without dropout; each row sums to 1, and masked
    cells are 0. Arrays are read-only.

    A recurrent model has no self-attention: the arrays of these kinds have 0 layers, and so has `cross` of a model
    without attention. Its single cross-attention is layer 0, head 0. `kinds` lists the kinds that a model has.

    `log_probabilities` and `top_*` are the model's own distribution, also at steps with a forced or sampled piece: they
    include no sampling temperature, top-k or top-p.

    With an Intervention the weights are still those that the model used: all 0 for a head set to zero. Without the
    causal mask they are those of the last pass, in which every query saw every piece, while `log_probabilities` and
    `top_*` of a step are from the pass in which that step was the newest, by which its piece was chosen.

    A Trace made from arrays of another program (`from_arrays`) may lack kinds of attention, which have 0 layers then,
    and probabilities: `log_probabilities` is empty, and no step has candidates. Without a decoder T is 0, without an
    encoder S is 0. Its pieces are written as SentencePiece writes them, with ▁ at the start of a word.

    A vocabulary with byte fallback spells a character that it has no piece for in one to four byte pieces such as
    `<0xE4>`, each at its own position. `source_labels`, `input_labels` and `output_labels` are the pieces as they are
    displayed, 你₁ 你₂ 你₃ for the three bytes of 你; `source_spelled` and `output_spelled` are the positions of bytes.

    Attributes:
        model: The model's name.
        source_language: ISO 639 code.
        target_language: ISO 639 code.
        strategy: "greedy", "beam", "sample" or "forced".
        source: The source text, as it was typed.
        text: The translation.
        source_pieces: S pieces; the last is the special </s>.
        input_pieces: T pieces that the decoder reads; the first is <s>.
        output_pieces: T pieces that it writes: the input pieces shifted by one, and </s> if `finished`.
        source_words: The range of pieces of each source word; specials are words of their own.
        output_words: The range of pieces of each output word.
        unknown: Positions of source pieces that the model reads as <unk>.
        finished: False if the output reached the length limit before </s>.
        encoder_self: Weights of encoder self-attention, float32 (layers, heads, S, S).
        decoder_self: Weights of masked decoder self-attention, float32 (layers, heads, T, T).
        cross: Weights of cross-attention, float32 (layers, heads, T, S).
        log_probabilities: Log-probability of each output piece, float32 (T,), in nats.
        top_pieces: The K most probable pieces of each step, best first, (T, K).
        top_probabilities: Their probabilities, float32 (T, K).
        intervention: The changes to the model in this run, None for no change. Forced pieces that would have been
            written anyway, or whose step was not reached, are left out.
        byte_fallback: Whether source pieces, and whether target pieces such as `<0xE4>` are bytes.
        request: The request of this run, None if it is not known.
        specials: Positions of specials among source, input and output pieces; None for those of Headlight's own models,
            which are the last source piece, the first input piece and the last output piece if `finished`.
        guesses: What `from_arrays` was not told and inferred from the tokens, such as "join=bpe".
    """

    model: str
    source_language: str
    target_language: str
    strategy: str
    source: str
    text: str
    source_pieces: tuple[str, ...]
    input_pieces: tuple[str, ...]
    output_pieces: tuple[str, ...]
    source_words: tuple[Span, ...]
    output_words: tuple[Span, ...]
    unknown: tuple[int, ...]
    finished: bool
    encoder_self: np.ndarray
    decoder_self: np.ndarray
    cross: np.ndarray
    log_probabilities: np.ndarray
    top_pieces: tuple[tuple[str, ...], ...]
    top_probabilities: np.ndarray
    intervention: Intervention | None = None
    byte_fallback: tuple[bool, bool] = (False, False)
    request: Request | None = None
    specials: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] | None = None
    guesses: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        """Return whether all strings are equal, and all numbers bit for bit; the requests may differ."""
        if not isinstance(other, Trace):
            return NotImplemented
        pairs = (
            (getattr(self, field.name), getattr(other, field.name))
            for field in dataclasses.fields(self)
            if field.name != "request"
        )
        return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]  # compared by content, which is too large to hash

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of attention that the model has, in the order of KINDS."""
        return tuple(kind for kind in KINDS if getattr(self, kind).shape[0])

    @property
    def has_probabilities(self) -> bool:
        """Whether the probability of each output piece is known."""
        return len(self.log_probabilities) > 0

    @property
    def n_layers(self) -> int:
        """Number of layers of the kind that has most; `core`'s Transformers have as many of each."""
        return max(getattr(self, kind).shape[0] for kind in KINDS)

    @property
    def n_heads(self) -> int:
        """Number of heads of each layer."""
        return self.cross.shape[1]

    @property
    def log_probability(self) -> float:
        """Log-probability of the whole output given the source, in nats; NaN for a Trace without probabilities."""
        if not self.has_probabilities:
            return math.nan
        return float(self.log_probabilities.sum(dtype=np.float64))

    @property
    def source_specials(self) -> tuple[int, ...]:
        """Positions of specials among the source pieces: </s>. A typed "</s>" is text, not a special."""
        if self.specials is not None:
            return self.specials[0]
        return (len(self.source_pieces) - 1,)

    @property
    def input_specials(self) -> tuple[int, ...]:
        """Positions of specials among the input pieces: <s>."""
        if self.specials is not None:
            return self.specials[1]
        return (0,)

    @property
    def output_specials(self) -> tuple[int, ...]:
        """Positions of specials among the output pieces: </s> if the output is finished."""
        if self.specials is not None:
            return self.specials[2]
        return (len(self.output_pieces) - 1,) if self.finished else ()

    @cached_property
    def source_spelling(self) -> Spelling:
        """Labels and texts of the source pieces."""
        return spell(self.source_pieces, self.byte_fallback[0])

    @cached_property
    def output_spelling(self) -> Spelling:
        """Labels and texts of the output pieces."""
        if not self._starts_within_character:
            return spell(self.output_pieces, self.byte_fallback[1])
        labels, texts, characters = spell((self.input_pieces[0], *self.output_pieces))
        shifted = tuple(c._replace(start=max(0, c.start - 1), end=c.end - 1) for c in characters if c.end > 1)
        return Spelling(labels[1:], texts[1:], shifted)

    @cached_property
    def input_spelling(self) -> Spelling:
        """Labels and texts of the input pieces: those of the output, shifted by one.

        They are not computed from the input pieces, because the last character may lack its last byte there.
        """
        labels, texts, characters = self.output_spelling
        if not labels:  # no decoder
            return self.output_spelling
        if self._starts_within_character:
            labels, texts, characters = spell((self.input_pieces[0], *self.output_pieces))
            return Spelling(labels[:-1], texts[:-1], characters)
        shifted = tuple(c._replace(start=c.start + 1, end=c.end + 1) for c in characters)
        return Spelling((self.input_pieces[0], *labels[:-1]), (self.input_pieces[0], *texts[:-1]), shifted)

    @property
    def _starts_within_character(self) -> bool:
        """Whether the decoder reads a byte first, as one that reads a text without a start token can."""
        return self.byte_fallback[1] and bool(self.input_pieces) and is_byte(self.input_pieces[0])

    @property
    def source_labels(self) -> tuple[str, ...]:
        """The source pieces as they are displayed."""
        return self.source_spelling.labels

    @property
    def input_labels(self) -> tuple[str, ...]:
        """The input pieces as they are displayed."""
        return self.input_spelling.labels

    @property
    def output_labels(self) -> tuple[str, ...]:
        """The output pieces as they are displayed."""
        return self.output_spelling.labels

    @property
    def source_spelled(self) -> tuple[int, ...]:
        """Positions of the source pieces that are bytes."""
        return self.source_spelling.positions

    @property
    def output_spelled(self) -> tuple[int, ...]:
        """Positions of the output pieces that are bytes."""
        return self.output_spelling.positions

    @property
    def spelled_characters(self) -> tuple[str, ...]:
        """The characters that are spelled in bytes on either side, each once, without incomplete ones."""
        both = (self.source_spelling, self.output_spelling)
        return tuple(dict.fromkeys(text for spelling in both for text in spelled_texts(spelling.characters)))

    @classmethod
    def from_arrays(
        cls,
        source_tokens: Sequence[str] = (),
        output_tokens: Sequence[str] = (),
        cross: Any = None,
        encoder_self: Any = None,
        decoder_self: Any = None,
        model: str = "model",
        *,
        start: str = "<s>",
        specials: Collection[str] | None = None,
        join: str | None = None,
        languages: tuple[str, str] = ("und", "und"),
        source: str | None = None,
        text: str | None = None,
        strategy: str = "forced",
        probabilities: Any = None,
        top: Sequence[Sequence[tuple[str, float]]] | None = None,
    ) -> Trace:
        """Build a Trace from the attention weights of any model: `core.adapters.from_arrays`, which says what fits.

        Example:
            >>> weights = np.full((1, 2, 2, 2), 0.5)  # layers, heads, target, source
            >>> core.Trace.from_arrays(["▁Hi", "</s>"], ["▁你好", "</s>"], cross=weights).text
            '你好'

        Raises:
            OptionError: If an array does not fit the tokens, or holds no attention weights.
        """
        from core.adapters import from_arrays

        return from_arrays(
            source_tokens, output_tokens, cross, encoder_self, decoder_self, model,
            start=start, specials=specials, join=join, languages=languages, source=source, text=text,
            strategy=strategy, probabilities=probabilities, top=top,
        )  # fmt: skip

    def weights(self, kind: str, layer: int, head: int | None) -> np.ndarray:
        """Return the weights of one head, or with head=None the mean of the layer's heads, (rows, keys).

        Layers and heads count from 0.

        Raises:
            OptionError: If the kind, layer or head does not exist.
        """
        if kind not in KINDS:
            raise OptionError(name="kind", value=kind, cause="choices", choices=", ".join(KINDS))
        maps = getattr(self, kind)
        if not len(maps):
            raise OptionError(name="kind", value=kind, cause="no_kind", model=self.model)
        for name, value, limit in (("layer", layer, len(maps)), ("head", head, self.n_heads)):
            if value is None and name == "head":
                continue
            if not is_index(value, limit):
                raise OptionError(name=name, value=value, cause="range", low=0, high=limit - 1)
        return maps[layer].mean(0) if head is None else maps[layer, head]

    def top(self, t: int, k: int = 10) -> list[tuple[str, float]]:
        """Return the k most probable pieces at step t with their probabilities, best first.

        Example:
            >>> [piece for piece, probability in core.load("en-zh").translate("Tom chases Jerry.").top(2, k=1)]
            ['杰瑞']

        Raises:
            OptionError: If there is no such step, or k is larger than the number of candidates that are kept.
        """
        if not 0 <= t < len(self.output_pieces):
            raise OptionError(name="step", value=t, cause="range", low=0, high=len(self.output_pieces) - 1)
        n_candidates = self.top_probabilities.shape[1]
        if n_candidates == 0:
            raise OptionError(name="k", value=k, cause="no_candidates")
        if not 1 <= k <= n_candidates:
            raise OptionError(name="k", value=k, cause="range", low=1, high=n_candidates)
        return list(zip(self.top_pieces[t][:k], self.top_probabilities[t, :k].tolist(), strict=True))

    # Convenience methods. They import what they need themselves, so that a Trace depends on none of these modules.

    def figure(self, kind: str, layer: int = 0, head: int | None = None, **options: Any) -> Figure:
        """Return the Plotly heatmap of one head, or with head=None of the mean: `core.plots.heatmap`."""
        from core.plots import heatmap

        return heatmap(self, kind, layer, head, **options)

    def to_frame(self) -> DataFrame:
        """Return all weights as a long pandas table: `core.export.to_frame`."""
        from core.export import to_frame

        return to_frame(self)

    def to_html(self, language: str = "en", layers: Sequence[int] | None = None) -> str:
        """Return an offline HTML page with the attention view of this Trace: `core.export.to_html`.

        Raises:
            OptionError: If the language or a layer does not exist, or the layers have too many weights for a page.
        """
        from core.export import to_html

        return to_html(self, language, layers=layers)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the whole Trace to a .npz or .json file, which `load` reads: `core.export.save`."""
        from core.export import save

        save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Trace:
        """Read a file that `save` wrote: `core.export.load`.

        Raises:
            HeadlightError: If the file cannot be read as a Trace.
            OSError: If the file cannot be opened.
        """
        from core.export import load

        return load(path)

    def _repr_html_(self) -> str:
        """Return the page in a frame, with which a notebook displays a Trace; a sentence if it is too large for one."""
        try:
            page = html.escape(self.to_html(), quote=True)
        except OptionError as error:
            return f"<p>{html.escape(str(error))}</p>"
        return f'<iframe srcdoc="{page}" style="width: 100%; height: 760px; border: 0" sandbox="allow-scripts allow-downloads"></iframe>'

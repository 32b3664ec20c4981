"""A loaded model, and the probes on it that take a Trace or a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from core.card import ModelCard
from core.config import BOS, UNK, ModelConfig
from core.decoding import greedy
from core.encoding import Encoding
from core.errors import OptionError
from core.intervention import Intervention
from core.model import Change, Intervened, Model, Recurrent, Run, Transformer, runner
from core.probes.decoder import decoder_pass, teacher_forcing
from core.probes.head import head_inside
from core.probes.importance import log_probabilities_without_heads
from core.probes.padding import padded_head
from core.probes.recurrence import recurrent_inside
from core.records import (
    Contexts,
    HeadInside,
    PaddedHead,
    RecurrentInside,
    Reordered,
    Timed,
    Trace,
    head_contexts,
    recurrent_contexts,
)
from core.text import Tokenizer

NO_MASKS = "it is recurrent, and has no such masks"
EXTRA_LENGTH = 50
"""An output may be this many pieces longer than its source (section 6.1)."""


@dataclass(frozen=True)
class Loaded:
    """A model with its tokenizers, and what looks inside of it. `core.Translator` adds translating.

    Nothing in it changes when it runs: any number of threads may share one.
    """

    card: ModelCard
    model: Model
    source_tokenizer: Tokenizer
    target_tokenizer: Tokenizer
    device: torch.device
    runner: Run = field(init=False, repr=False)  # a copy of the model's weights for incremental decoding

    def __post_init__(self) -> None:
        object.__setattr__(self, "runner", runner(self.model))

    @property
    def config(self) -> ModelConfig:
        return self.card.config

    @property
    def encoding(self) -> Encoding:
        """Its two vocabularies: texts as ids."""
        return Encoding(self.source_tokenizer, self.target_tokenizer, self.config.max_length)

    @property
    def byte_fallback(self) -> tuple[bool, bool]:
        """Whether the source's, the target's vocabulary can spell in bytes what it has no piece for."""
        return self.encoding.byte_fallback

    def encode(self, text: str) -> tuple[list[int], list[str]]:
        """A typed text as ids and pieces: `core.encoding.Encoding.encode`."""
        return self.encoding.encode(text)

    def encode_target(self, text: str | Sequence[str]) -> list[int]:
        """A given translation as ids: `core.encoding.Encoding.encode_target`."""
        return self.encoding.encode_target(text)

    def target_ids(self, piece: str) -> list[int]:
        """The ids of a piece that is forced: `core.encoding.Encoding.target_ids`."""
        return self.encoding.target_ids(piece)

    def longest_output(self, source_length: int) -> int:
        return min(self.config.max_length, source_length + EXTRA_LENGTH)

    def tensor(self, ids: list[int]) -> Tensor:
        return torch.tensor([ids], device=self.device)

    def inside(self, trace: Trace, kind: str, layer: int, head: int) -> HeadInside:
        """One head of a Trace of this model, computed anew from its layer's input to what it adds to the output.

        Under the Trace's Intervention, over the pieces that its decoder read. Raises `OptionError` for a kind, layer or
        head that there is not, for another model's Trace, and for a model without scaled dot-product attention.
        """
        model = self._transformer("it is recurrent, and has no scaled dot-product attention")
        source, inputs = self._ids_of(trace)
        trace.weights(kind, layer, head if head is not None else -1)  # refuses what there is not
        change = self._change_of(trace)
        keys = trace.input_labels if kind == "decoder_self" else trace.source_labels
        rows = trace.source_labels if kind == "encoder_self" else trace.input_labels
        return head_inside(model, source, inputs, kind, int(layer), int(head), rows, keys, change)

    def recurrence(self, trace: Trace) -> RecurrentInside:
        """What a recurrent model made of a Trace's sentence: annotations h_j, the decoder's states, contexts C_t.

        Computed anew, under the Trace's Intervention. Raises `OptionError` for a Transformer and another model's Trace.
        """
        if not isinstance(self.model, Recurrent):
            raise OptionError(
                name="model", value=self.card.name, reason="it is a Transformer, and has no recurrent state"
            )
        source, inputs = self._ids_of(trace)
        pieces = trace.input_labels, trace.source_labels
        return recurrent_inside(self.model, source, inputs, *pieces, self._change_of(trace))

    def contexts(self, trace: Trace, layer: int | None = None, head: int | None = None) -> Contexts:
        """What each output piece gets of the source, as the weighted sum that it is.

        layer, head: of a Transformer's cross-attention, counted from 0; by default the last layer, and all of its heads
        beside each other. A recurrent model has one attention at most, and takes neither. Under the Trace's
        Intervention. Raises `OptionError` as `inside` and `recurrence` do.
        """
        if isinstance(self.model, Recurrent):
            if layer is not None or head is not None:
                raise OptionError(name="layer", value=layer, reason="a recurrent model has no layers of attention")
            return recurrent_contexts(self.recurrence(trace), trace.output_labels)
        layer = self.config.n_layers - 1 if layer is None else layer
        heads = range(self.config.n_heads) if head is None else [head]
        return head_contexts([self.inside(trace, "cross", layer, head) for head in heads], trace.output_labels)

    def _transformer(self, reason: str) -> Transformer:
        """The model, which must be a Transformer. Raises `OptionError`."""
        if not isinstance(self.model, Transformer):
            raise OptionError(name="model", value=self.card.name, reason=reason)
        return self.model

    def _change_of(self, trace: Trace) -> Change | None:
        if trace.intervention is None:
            return None
        return Change.of(trace.intervention, self.config, len(trace.source_pieces), self.device)

    def _ids_of(self, trace: Trace) -> tuple[Tensor, Tensor]:
        """Source (1, S) and decoder input (1, T) of a Trace of this model. Raises `OptionError`."""
        size = (self.config.attention_layers("cross"), self.config.n_heads)
        source = {piece: i for i, piece in enumerate(self.source_tokenizer.pieces)}
        target = {piece: i for i, piece in enumerate(self.target_tokenizer.pieces)}
        ids = [UNK if i in trace.unknown else source.get(piece) for i, piece in enumerate(trace.source_pieces)]
        inputs = [target.get(piece) for piece in trace.input_pieces]
        known = [i for i in ids if i is not None], [i for i in inputs if i is not None]
        complete = tuple(map(len, known)) == (len(ids), len(inputs))
        if trace.model != self.card.name or trace.cross.shape[:2] != size or not complete:
            raise OptionError(name="trace", value=trace.model, reason=f"choose a Trace of the model {self.card.name}")
        return self.tensor(known[0]), self.tensor(known[1])

    def embedding(self, side: str = "source") -> np.ndarray:
        """A copy of the word vectors of "source" or "target", as they are learnt. -> float32 (V, d_model)"""
        return _numpy(self._table(side)).copy()

    def _table(self, side: str) -> Tensor:
        if side not in ("source", "target"):
            raise OptionError(name="side", value=side, reason="choose source or target")
        return getattr(self.model, f"{side}_embedding").weight

    def embedded(self, trace: Trace, side: str = "source") -> tuple[np.ndarray, np.ndarray]:
        """What the first layer of the encoder ("source") or decoder ("target") reads, in two parts that it is the sum of.

        -> word vectors times sqrt(d_model), positions: each float32 (pieces, d_model). All positions are 0 where the
        Trace's Intervention left them out. Raises `OptionError` as `inside` does.
        """
        model = self._transformer("it is recurrent, and has no positional encoding")
        table, ids = self._table(side), dict(zip(("source", "target"), self._ids_of(trace), strict=True))
        rows = _numpy(table[ids[side][0]]) * np.float32(self.config.embedding_scale)
        positions = _numpy(model.positions[: len(rows)]).copy()
        return rows, positions * np.float32(trace.intervention is None or trace.intervention.positions)

    def reordered(self, trace: Trace, order: Sequence[int], positions: bool = True) -> Reordered:
        """The source of a Trace of this model read once more, in another order, with positions or without.

        order: which piece stands first, second, …, each once. No other Intervention takes part.
        Raises `OptionError`, as `inside` does, and for what is no order.
        """
        ids, _ = self._ids_of(trace)
        if sorted(order) != list(range(ids.size(1))):
            raise OptionError(name="order", value=list(order), reason="name each piece once, counted from 0")
        source = ids[:, list(order)]
        run = self.runner
        if not positions:
            intervention = Intervention(positions=False)
            run = Intervened(self.model, Change.of(intervention, self.config, len(order), self.device))
        with torch.inference_mode():
            memory, _ = run.encode(source)
            output = greedy(self.model, source, self.longest_output(len(order)), memory, run)[0]
        pieces = tuple(trace.source_labels[i] for i in order)
        return Reordered(pieces, _numpy(memory[0]).copy(), self.target_tokenizer.decode(output))

    def padded_head(self, texts: Sequence[str], layer: int, head: int, masked: bool = True) -> PaddedHead:
        """One head of the encoder over some texts as one batch, the shorter ones padded.

        masked: False leaves the padding mask out. Raises the errors of `encode`, and `OptionError` as `inside` does.
        """
        model = self._transformer(NO_MASKS)
        for name, value, limit in (("layer", layer, self.config.n_layers), ("head", head, self.config.n_heads)):
            if not isinstance(value, int) or not 0 <= value < limit:
                raise OptionError(name=name, value=value, reason=f"choose a number from 0 to {limit - 1}")
        return padded_head(model, [self.encode(text)[0] for text in texts], layer, head, masked, self.device)

    def parallel_pass(self, text: str, pieces: Sequence[str], causal: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """The decoder over all pieces of a given translation at once, as in training (teacher forcing).

        pieces: as in `Trace.output_pieces`. Row t reads the piece before piece t, and predicts piece t. causal: False
        takes the causal mask away. -> each layer's output float32 (N, T, d_model), probabilities of what comes next
        (T, target_vocab). Raises the errors of `encode` and `encode_target`, and `OptionError` for a recurrent model.
        """
        source, inputs, _ = self._given(text, pieces)
        states, log_probabilities = decoder_pass(self._transformer(NO_MASKS), source, inputs, causal)
        return _numpy(states), _numpy(log_probabilities.exp())

    def teacher_forcing(self, text: str, pieces: Sequence[str], runs: int = 7, budget: float = 0.5) -> dict[str, Timed]:
        """The decoder over a given translation in one pass, and in a pass for each piece, measured here and now.

        -> a `Timed` for each of `core.records.WAYS`. runs, budget: how often each way is measured at the most, and
        after how many seconds no more. Raises as `parallel_pass` does.
        """
        return teacher_forcing(self._transformer(NO_MASKS), *self._given(text, pieces), runs=runs, budget=budget)

    def _given(self, text: str, pieces: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Source (1, S), decoder input (1, T) and output (T,) of a text and the pieces of its translation."""
        ids, output = self.encode(text)[0], self.encode_target(pieces)
        return self.tensor(ids), self.tensor([BOS, *output[:-1]]), self.tensor(output)[0]

    def head_importance(self, text: str, progress: Callable[[float], None] | None = None) -> np.ndarray:
        """What each head is worth to the model's own translation: log-probability that is lost without it, nats.

        -> float32 (3 kinds in the order of KINDS, layers, heads). The translation is the greedy one of the whole model,
        and stays the same; without a head means weights of 0, as by `Intervention(ablate={…: "zero"})`, one head at a
        time (the idea: Michel, Levy and Neubig 2019, "Are Sixteen Heads Really Better than One?"). Negative where the
        translation is more probable without the head. progress is called with what is done, from 0 to 1.
        Raises the errors of `encode`, and `OptionError` for a recurrent model.
        """
        model = self._transformer("it is recurrent, and has no heads")
        ids, _ = self.encode(text)
        source = self.tensor(ids)
        with torch.inference_mode():
            output = greedy(self.model, source, self.longest_output(len(ids)), run=self.runner)[0]
            whole, without = log_probabilities_without_heads(
                model, source, self.tensor([BOS, *output[:-1]]), self.tensor(output)[0], progress
            )
        return _numpy(whole - without)


def _numpy(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.float().cpu().numpy())

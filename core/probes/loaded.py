"""A loaded model with its tokenizers, and the probes of it that take a Trace or a text."""

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

EXTRA_LENGTH = 50
"""The number of pieces by which an output may be longer than its source (section 6.1)."""


@dataclass(frozen=True, repr=False)
class LoadedModel:
    """A model with its tokenizers, and probes of it.

    `core.probes.states` adds probes of its states, and `core.Translator` translation.

    Threads can share it, because running changes nothing in it.

    Attributes:
        card: The model's card.
        model: The model.
        source_tokenizer: The tokenizer of the source.
        target_tokenizer: The tokenizer of the target.
        device: The device of the model.
        runner: The runner for incremental decoding.
    """

    card: ModelCard
    model: Model
    source_tokenizer: Tokenizer
    target_tokenizer: Tokenizer
    device: torch.device
    runner: Run = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "runner", runner(self.model))

    def __repr__(self) -> str:
        card = self.card
        return f"{type(self).__name__}({card.name!r}, {card.source_language} → {card.target_language}, {self.device})"

    @property
    def config(self) -> ModelConfig:
        """The model's sizes."""
        return self.card.config

    @property
    def encoding(self) -> Encoding:
        """The encoding of texts as ids of the model's two vocabularies."""
        return Encoding(self.source_tokenizer, self.target_tokenizer, self.config.max_length)

    @property
    def byte_fallback(self) -> tuple[bool, bool]:
        """Whether the source's and the target's vocabulary have byte fallback."""
        return self.encoding.byte_fallback

    def encode(self, text: str) -> tuple[list[int], list[str]]:
        """Return the ids and the pieces of a typed text: `core.encoding.Encoding.encode`."""
        return self.encoding.encode(text)

    def encode_target(self, text: str | Sequence[str]) -> list[int]:
        """Return the ids of a given translation: `core.encoding.Encoding.encode_target`."""
        return self.encoding.encode_target(text)

    def target_ids(self, piece: str) -> list[int]:
        """Return the ids of a forced piece: `core.encoding.Encoding.target_ids`."""
        return self.encoding.target_ids(piece)

    def longest_output(self, source_length: int) -> int:
        """Return the largest number of output pieces for a source of this many pieces."""
        return min(self.config.max_length, source_length + EXTRA_LENGTH)

    def tensor(self, ids: list[int]) -> Tensor:
        """Return ids as a batch of one row on the model's device, (1, length)."""
        return torch.tensor([ids], device=self.device)

    def inside(self, trace: Trace, kind: str, layer: int, head: int) -> HeadInside:
        """Compute all values of one head for a Trace of this model, under the Trace's Intervention.

        Raises:
            OptionError: If the kind, layer or head does not exist, if the Trace is of another model, or if the model
                has no scaled dot-product attention.
        """
        model = self.transformer()
        source, inputs = self._ids_of(trace)
        trace.weights(kind, layer, head if head is not None else -1)  # raises if there is no such head
        change = self._change_of(trace)
        keys = trace.input_labels if kind == "decoder_self" else trace.source_labels
        rows = trace.source_labels if kind == "encoder_self" else trace.input_labels
        return head_inside(model, source, inputs, kind, int(layer), int(head), rows, keys, change)

    def recurrence(self, trace: Trace) -> RecurrentInside:
        """Compute all values of a recurrent model for a Trace, under the Trace's Intervention.

        Raises:
            OptionError: If the model is a Transformer, or the Trace is of another model.
        """
        if not isinstance(self.model, Recurrent):
            raise OptionError(name="model", value=self.card.name, cause="no_state")
        source, inputs = self._ids_of(trace)
        pieces = trace.input_labels, trace.source_labels
        return recurrent_inside(self.model, source, inputs, *pieces, self._change_of(trace))

    def contexts(self, trace: Trace, layer: int | None = None, head: int | None = None) -> Contexts:
        """Compute the context vector of each output piece for a Trace, under the Trace's Intervention.

        Args:
            trace: A Trace of this model.
            layer: Layer of a Transformer's cross-attention, from 0; by default the last. None for a recurrent model.
            head: Its head, from 0; by default all heads of the layer, concatenated. None for a recurrent model.

        Raises:
            OptionError: As `inside` and `recurrence` do.
        """
        if isinstance(self.model, Recurrent):
            if layer is not None or head is not None:
                raise OptionError(name="layer", value=layer, cause="no_layers")
            return recurrent_contexts(self.recurrence(trace), trace.output_labels)
        layer = self.config.n_layers - 1 if layer is None else layer
        heads = range(self.config.n_heads) if head is None else [head]
        return head_contexts([self.inside(trace, "cross", layer, head) for head in heads], trace.output_labels)

    def transformer(self) -> Transformer:
        """Return the model if it is a Transformer.

        Raises:
            OptionError: If it is not.
        """
        if not isinstance(self.model, Transformer):
            raise OptionError(name="model", value=self.card.name, cause="transformer")
        return self.model

    def _change_of(self, trace: Trace) -> Change | None:
        if trace.intervention is None:
            return None
        return Change.of(trace.intervention, self.config, len(trace.source_pieces), self.device)

    def _ids_of(self, trace: Trace) -> tuple[Tensor, Tensor]:
        """Return the ids of a Trace's source, (1, S), and decoder input, (1, T).

        Raises:
            OptionError: If the Trace is of another model.
        """
        size = (self.config.attention_layers("cross"), self.config.n_heads)
        source = {piece: i for i, piece in enumerate(self.source_tokenizer.pieces)}
        target = {piece: i for i, piece in enumerate(self.target_tokenizer.pieces)}
        ids = [UNK if i in trace.unknown else source.get(piece) for i, piece in enumerate(trace.source_pieces)]
        inputs = [target.get(piece) for piece in trace.input_pieces]
        source_ids, input_ids = [i for i in ids if i is not None], [i for i in inputs if i is not None]
        complete = (len(source_ids), len(input_ids)) == (len(ids), len(inputs))
        if trace.model != self.card.name or trace.cross.shape[:2] != size or not complete:
            raise OptionError(name="trace", value=trace.model, cause="own_trace", model=self.card.name)
        return self.tensor(source_ids), self.tensor(input_ids)

    def embedding(self, side: str = "source") -> np.ndarray:
        """Return a copy of the learnt word vectors of "source" or "target", float32 (V, d_model)."""
        return to_numpy(self._embedding_matrix(side)).copy()

    def _embedding_matrix(self, side: str) -> Tensor:
        if side not in ("source", "target"):
            raise OptionError(name="side", value=side, cause="choices", choices="source, target")
        return getattr(self.model, f"{side}_embedding").weight

    def embedded(self, trace: Trace, side: str = "source") -> tuple[np.ndarray, np.ndarray]:
        """Return the two summands of the input of the encoder ("source") or decoder ("target") for a Trace.

        Returns:
            The scaled word vectors and the positional encoding, each float32 (pieces, d_model). The positional encoding
            is 0 if the Trace's Intervention removed it.

        Raises:
            OptionError: If the Trace is of another model, or the model is recurrent.
        """
        model = self.transformer()
        matrix, ids = self._embedding_matrix(side), dict(zip(("source", "target"), self._ids_of(trace), strict=True))
        vectors = to_numpy(matrix[ids[side][0]]) * np.float32(self.config.embedding_scale)
        positions = to_numpy(model.positions[: len(vectors)]).copy()
        return vectors, positions * np.float32(trace.intervention is None or trace.intervention.positions)

    def reordered(self, trace: Trace, order: Sequence[int], positions: bool = True) -> Reordered:
        """Encode and translate the source pieces of a Trace in another order, without the Trace's Intervention.

        Args:
            trace: A Trace of this model.
            order: The indices of the pieces in the new order, each once.
            positions: False removes the positional encoding.

        Raises:
            OptionError: If the Trace is of another model, or `order` is not a permutation.
        """
        ids, _ = self._ids_of(trace)
        if sorted(order) != list(range(ids.size(1))):
            raise OptionError(name="order", value=list(order), cause="order")
        source = ids[:, list(order)]
        run = self.runner
        if not positions:
            intervention = Intervention(positions=False)
            run = Intervened(self.model, Change.of(intervention, self.config, len(order), self.device))
        with torch.inference_mode():
            memory, _ = run.encode(source)
            output = greedy(self.model, source, self.longest_output(len(order)), memory, run)[0]
        pieces = tuple(trace.source_labels[i] for i in order)
        return Reordered(pieces, to_numpy(memory[0]).copy(), self.target_tokenizer.decode(output))

    def padded_head(self, texts: Sequence[str], layer: int, head: int, masked: bool = True) -> PaddedHead:
        """Compute one head of the encoder over texts in one batch, the shorter ones padded.

        Args:
            texts: The texts.
            layer: The layer, from 0.
            head: The head, from 0.
            masked: False removes the padding mask.

        Raises:
            OptionError: If the layer or head does not exist, or the model is recurrent.
            HeadlightError: As `encode` does.
        """
        model = self.transformer()
        for name, value, limit in (("layer", layer, self.config.n_layers), ("head", head, self.config.n_heads)):
            if not isinstance(value, int) or not 0 <= value < limit:
                raise OptionError(name=name, value=value, cause="range", low=0, high=limit - 1)
        return padded_head(model, [self.encode(text)[0] for text in texts], layer, head, masked, self.device)

    def parallel_pass(self, text: str, pieces: Sequence[str], causal: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Run the decoder over all pieces of a given translation at once, as in training (teacher forcing).

        Args:
            text: The source text.
            pieces: The translation, as in `Trace.output_pieces`. Row t reads the piece before piece t and predicts
                piece t.
            causal: False removes the causal mask.

        Returns:
            The output of each layer, float32 (N, T, d_model), and the probabilities of the next piece, float32
            (T, target_vocab).

        Raises:
            OptionError: If the model is recurrent.
            HeadlightError: As `encode` and `encode_target` do.
        """
        source, inputs, _ = self._given(text, pieces)
        states, log_probabilities = decoder_pass(self.transformer(), source, inputs, causal)
        return to_numpy(states), to_numpy(log_probabilities.exp())

    def teacher_forcing(self, text: str, pieces: Sequence[str], runs: int = 7, budget: float = 0.5) -> dict[str, Timed]:
        """Measure the decoder over a given translation in each of `core.records.WAYS`.

        Args:
            text: The source text.
            pieces: The translation, as in `Trace.output_pieces`.
            runs: The largest number of measurements of each way.
            budget: No new round starts after this number of seconds.

        Returns:
            The measurements, by way.

        Raises:
            HeadlightError: As `parallel_pass` does.
        """
        model, tensors = self.transformer(), self._given(text, pieces)
        return teacher_forcing(model, *tensors, runs=runs, budget=budget)

    def _given(self, text: str, pieces: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the ids of a source (1, S), and of its translation's decoder input (1, T) and output (T,)."""
        ids, output = self.encode(text)[0], self.encode_target(pieces)
        return self.tensor(ids), self.tensor([BOS, *output[:-1]]), self.tensor(output)[0]

    def head_importance(self, text: str, progress: Callable[[float], None] | None = None) -> np.ndarray:
        """Measure the importance of each head: the log-probability that the model's translation loses without it.

        The translation is the greedy one of the whole model, and stays the same. One head at a time has weights of 0,
        as with `Intervention(ablate={…: "zero"})`. The importance is negative if the translation is more probable
        without the head.

        Args:
            text: The source text.
            progress: Called with the finished share, 0 to 1.

        Returns:
            float32 (3 kinds in the order of KINDS, layers, heads), in nats.

        Raises:
            OptionError: If the model is recurrent.
            HeadlightError: As `encode` does.

        Source:
            Michel, Levy and Neubig 2019, "Are Sixteen Heads Really Better than One?".
        """
        model = self.transformer()
        ids, _ = self.encode(text)
        source = self.tensor(ids)
        with torch.inference_mode():
            output = greedy(self.model, source, self.longest_output(len(ids)), run=self.runner)[0]
            whole, without = log_probabilities_without_heads(
                model, source, self.tensor([BOS, *output[:-1]]), self.tensor(output)[0], progress
            )
        return to_numpy(whole - without)


def to_numpy(tensor: Tensor) -> np.ndarray:
    """Return a tensor as float32 in the memory of the CPU."""
    return np.ascontiguousarray(tensor.float().cpu().numpy())

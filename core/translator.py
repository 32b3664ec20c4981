"""The facade: a loaded model that turns a sentence into a Trace."""

from __future__ import annotations

import dataclasses
import math
import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from core.config import BOS, EOS, UNK, ModelConfig
from core.decoding import BeamRecorder, Chooser, beam, length_penalty
from core.errors import OptionError, TextTooLongError, UnknownLanguageError, UnknownTargetError
from core.intervention import Intervention
from core.model import Change, Intervened, Model, Recurrent, Run, Transformer, runner
from core.probes import (
    decoder_pass,
    head_inside,
    log_probabilities_without_heads,
    padded_head,
    recurrent_inside,
    teacher_forcing,
)
from core.records import (
    CANDIDATES,
    BeamHypothesis,
    BeamSearch,
    Contexts,
    HeadInside,
    Node,
    PaddedHead,
    RecurrentInside,
    Reordered,
    Step,
    Timed,
    Trace,
    head_contexts,
    recurrent_contexts,
)
from core.request import SAMPLE, Request
from core.spelling import WORD_START, is_byte, is_control, pending, spell
from core.text import SPECIALS, Tokenizer, clean, surface, word_spans
from core.zoo import ModelCard, choose_device, find_folder, read_model

if TYPE_CHECKING:  # analysis stands above: it is asked for where a sentence is aligned
    from core.analysis import Aligner

LANGUAGES = {"en": "English", "zh": "Chinese", "fr": "French"}
EXTRA_LENGTH = 50
"""An output may be this many pieces longer than its source (section 6.1)."""


@dataclass(frozen=True)
class Translator:
    """A model with its tokenizers. Nothing in it changes when it runs: any number of threads may share one."""

    card: ModelCard
    model: Model
    source_tokenizer: Tokenizer
    target_tokenizer: Tokenizer
    device: torch.device
    runner: Run = field(init=False, repr=False)  # a copy of the model's weights for incremental decoding
    aligner: Aligner | None = field(default=None, repr=False)  # where its folder has one

    def __post_init__(self):
        object.__setattr__(self, "runner", runner(self.model))

    @property
    def config(self) -> ModelConfig:
        return self.card.config

    @property
    def byte_fallback(self) -> tuple[bool, bool]:
        """Whether the source's, the target's vocabulary can spell in bytes what it has no piece for."""
        return self.source_tokenizer.byte_fallback, self.target_tokenizer.byte_fallback

    def encode(self, text: str) -> tuple[list[int], list[str]]:
        """A typed text as ids and pieces, both with </s> at the end.

        Raises `EmptyTextError`, `ControlCharacterError`, `TextTooLongError`, and `UnknownLanguageError` for a text of
        which no piece but punctuation is in the vocabulary. With byte fallback every text can be read: one is refused
        if it has letters, and all of them are spelled in bytes.
        """
        tokenizer = self.source_tokenizer
        cleaned = clean(text, tokenizer.language)
        ids, pieces = tokenizer.encode(cleaned), tokenizer.split(cleaned)
        if self._is_foreign(ids, pieces):  # first: to shorten such a text would be of no use
            raise UnknownLanguageError(language=LANGUAGES.get(tokenizer.language, tokenizer.language))
        limit = self.config.max_length - 1
        if len(ids) > limit:
            raise TextTooLongError(length=len(ids), limit=limit)
        return [*ids, EOS], [*pieces, SPECIALS[EOS]]

    def _is_foreign(self, ids: Sequence[int], pieces: Sequence[str]) -> bool:
        """Whether the source's vocabulary knows nothing of a text but punctuation."""
        if self.source_tokenizer.byte_fallback:
            spelling = spell(pieces)
            spelled = set(spelling.positions)
            known = "".join(piece for i, piece in enumerate(pieces) if i not in spelled)
            return _has_letter("".join(c.text for c in spelling.characters)) and not _has_letter(known)
        known = [piece for i, piece in zip(ids, pieces, strict=True) if i != UNK and surface(piece)]
        return UNK in ids and not any(any(c.isalnum() for c in piece) for piece in known)

    def encode_target(self, text: str | Sequence[str]) -> list[int]:
        """A given translation as ids: a text, which gets </s> at its end, or pieces, which are taken as they are.

        Raises also `UnknownTargetError`, and `OptionError` for what no output can be: no piece, or pieces after </s>.
        """
        tokenizer = self.target_tokenizer
        if not isinstance(text, str):
            return self._target_pieces(text)
        cleaned = clean(text, tokenizer.language)
        ids, pieces = tokenizer.encode(cleaned), tokenizer.split(cleaned)
        if UNK in ids:
            unknown = [surface(piece) for i, piece in zip(ids, pieces, strict=True) if i == UNK]
            raise UnknownTargetError(characters=" ".join(dict.fromkeys(unknown)))
        if len(ids) > self.config.max_length - 1:
            raise TextTooLongError(length=len(ids), limit=self.config.max_length - 1)
        return [*ids, EOS]

    def _target_pieces(self, pieces: Sequence[str]) -> list[int]:
        known = {piece: i for i, piece in enumerate(self.target_tokenizer.pieces)}
        unknown = [surface(piece) for piece in dict.fromkeys(pieces) if piece not in known]
        if unknown:
            raise UnknownTargetError(characters=" ".join(unknown).encode("utf-8", "replace").decode()[:200])
        if not pieces or SPECIALS[EOS] in pieces[:-1]:
            raise OptionError(name="target", value=len(pieces), reason="write at least one piece, and none after </s>")
        if len(pieces) > self.config.max_length:
            raise TextTooLongError(length=len(pieces), limit=self.config.max_length)
        return [known[piece] for piece in pieces]

    def longest_output(self, source_length: int) -> int:
        return min(self.config.max_length, source_length + EXTRA_LENGTH)

    def tensor(self, ids: list[int]) -> Tensor:
        return torch.tensor([ids], device=self.device)

    def translate(
        self,
        text: str,
        target: str | Sequence[str] | None = None,
        strategy: str = "greedy",
        beam_size: int = 4,
        alpha: float = 0.6,
        intervention: Intervention | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float = 1.0,
        seed: int = 0,
    ) -> Trace:
        """Translate a text, or score the given translation `target`, and record what was attended to.

        The options are those of `core.request.Request`, which `run` takes as one object. A given translation as pieces
        (see `Trace.output_pieces`) is not divided again: without </s>, it is cut off.

        Raises:
            OptionError: see `Request`, and for a layer, head, step or position that this model or text does not have.
            HeadlightError: the errors of `encode` and `encode_target`.
        """
        request = Request(
            text, self.card.name, target, strategy,
            beam_size, alpha, temperature, top_k, top_p, seed, intervention,
        )  # fmt: skip
        return self.run(request)

    def run(self, request: Request) -> Trace:
        """What a Request asks for: translate its text, and record what was attended to. Raises as `translate` does."""
        if request.model not in ("", self.card.name):
            raise OptionError(name="model", value=request.model, reason=f"this is the model {self.card.name}")
        request = dataclasses.replace(request, model=self.card.name)
        intervention = request.intervention
        ids, pieces = self.encode(request.text)
        source = self.tensor(ids)
        run, forced = self._under(intervention, len(ids))
        idle = set()  # steps at which a piece was forced that would have been written anyway
        with torch.inference_mode():
            memory, encoder_self = run.encode(source, traced=True)
            output = None
            if request.target is not None:
                given = self.encode_target(request.target)
                output = [forced.get(t, index) for t, index in enumerate(given)]
                output = output[: output.index(EOS) + 1] if EOS in output else output
                idle = {t for t in forced if t < len(output) and forced[t] == given[t]}
            elif request.strategy == "beam":
                limit = self.longest_output(len(ids))
                search = (self.model, source, limit, request.beam_size, request.alpha, memory, run)
                output = list(beam(*search, forced)[0].ids)
                # A forced piece made no difference where the search without it ends in the same output.
                idle = set(forced) if forced and output == list(beam(*search)[0].ids) else idle
            if output is None or isinstance(run, Intervened):
                if output is not None:
                    chooser = Chooser.given(output)
                else:
                    chooser = Chooser(forced, request)
                    idle = chooser.idle
                output, logits, decoder_self, cross = self._walk(run, memory, source, chooser)
            else:
                # One pass over the whole output. The decoder is causal, so each row is as it was at its step.
                inputs = self.tensor([BOS, *output[:-1]])
                states, _, decoder_self, cross = self.model.decode(
                    inputs, *self.model.start(memory, source), traced=True
                )
                logits, decoder_self, cross = self.model.logits(states[0]), decoder_self[0], cross[0]
            log_probabilities = logits.log_softmax(-1)  # (T, vocabulary)
            top = log_probabilities.topk(min(CANDIDATES, log_probabilities.size(1)))
            chosen = log_probabilities.gather(1, self.tensor(output).T)[:, 0]
        names = self.target_tokenizer.pieces
        finished = output[-1] == EOS
        output_pieces = tuple(names[i] for i in output)
        return Trace(
            model=self.card.name,
            source_language=self.card.source_language,
            target_language=self.card.target_language,
            strategy=request.strategy,
            source=request.text,
            text=self.target_tokenizer.decode(output),
            source_pieces=tuple(pieces),
            input_pieces=(SPECIALS[BOS], *output_pieces[:-1]),
            output_pieces=output_pieces,
            source_words=word_spans(pieces, self.card.source_language, [len(pieces) - 1], self.byte_fallback[0]),
            output_words=word_spans(
                output_pieces,
                self.card.target_language,
                [len(output_pieces) - 1] if finished else [],
                self.byte_fallback[1],
            ),
            unknown=tuple(i for i, index in enumerate(ids) if index == UNK),
            finished=finished,
            encoder_self=_numpy(encoder_self[0]),
            decoder_self=_numpy(decoder_self),
            cross=_numpy(cross),
            log_probabilities=_numpy(chosen),
            top_pieces=tuple(tuple(names[i] for i in row) for row in top.indices.tolist()),
            top_probabilities=_numpy(top.values.exp()),
            intervention=self._recorded(intervention, len(output), idle),
            byte_fallback=self.byte_fallback,
            request=request,
        )

    def _recorded(self, intervention: Intervention | None, length: int, idle: set[int]) -> Intervention | None:
        """The Intervention as the Trace keeps it: without forced pieces that made no difference."""
        if intervention is None:
            return None
        forced = {
            step: piece
            for step, piece in intervention.forced.items()
            if any(at < length and at not in idle for at in range(step, step + len(self.target_ids(piece))))
        }
        recorded = dataclasses.replace(intervention, forced=forced)
        return None if recorded.is_none else recorded

    def _under(self, intervention: Intervention | None, source_length: int) -> tuple[Run, dict[int, int]]:
        """What runs the model under an Intervention, and the ids that it forces. Raises `OptionError`.

        Forced pieces change nothing inside of the model: with nothing else it is today's path, bit for bit.
        """
        if intervention is None:
            return self.runner, {}
        intervention.check(self.config, source_length)
        forced = self._forced(intervention)
        if not intervention.changes_model:
            return self.runner, forced
        return Intervened(self.model, Change.of(intervention, self.config, source_length, self.device)), forced

    def _forced(self, intervention: Intervention) -> dict[int, int]:
        """step -> id of what an Intervention forces. What is spelled in bytes takes as many steps as it has bytes.

        Raises `OptionError` also where these steps go beyond the longest output, or another piece is forced at one.
        """
        forced: dict[int, int] = {}
        for step, piece in intervention.forced.items():  # by rising step
            ids = self.target_ids(piece)
            if step in forced:
                reason = "it falls into a character before it that is spelled in several pieces"
                raise OptionError(name="forced", value=f"{step}: {piece}", reason=reason)
            if step + len(ids) > self.config.max_length:
                last = self.config.max_length - len(ids)
                reason = f"it is spelled in {len(ids)} pieces; choose a step from 0 to {last}"
                raise OptionError(name="forced", value=f"{step}: {piece}", reason=reason)
            forced |= dict(enumerate(ids, step))
        return forced

    def target_ids(self, piece: str) -> list[int]:
        """The id of a piece as `target_index` finds it; of what the vocabulary spells in bytes alone, those of its bytes.

        Raises `OptionError`.
        """
        tokenizer = self.target_tokenizer
        try:
            return [self.target_index(piece)]
        except OptionError:
            if not tokenizer.byte_fallback or any(map(is_control, piece)):
                raise
            text = unicodedata.normalize("NFC", piece).removeprefix(WORD_START)
            space = (
                [tokenizer.index(WORD_START)]
                if piece.startswith(WORD_START) and tokenizer.index(WORD_START) != UNK
                else []
            )
            ids = [i for i in tokenizer.encode(text) if tokenizer.pieces[i] != WORD_START]  # not the one put before it
            if not ids or not all(is_byte(tokenizer.pieces[i]) for i in ids):
                raise
            return [*space, *ids]

    def target_index(self, piece: str) -> int:
        """The id of a piece of the target's vocabulary, with or without ▁ before it. Raises `OptionError` for another."""
        tokenizer = self.target_tokenizer
        for name in (piece, piece.removeprefix(WORD_START), WORD_START + piece):
            if name == SPECIALS[UNK] or (name and tokenizer.index(name) != UNK):
                return tokenizer.index(name)
        raise OptionError(name="forced", value=piece, reason="the model's vocabulary has no such piece")

    def _decode(
        self, run: Run, memory: Tensor, source: Tensor, choose: Chooser
    ) -> Iterator[tuple[int, Tensor, Tensor, Tensor]]:
        """Decoding of one sentence, a step at a time, up to </s>.

        -> piece, logits (vocabulary), newest rows of self-attention (layers, 1, heads, rows, t + 1) and cross-attention
        (layers, 1, heads, rows, S): one, or without the causal mask all t + 1
        """
        with torch.inference_mode():
            cross_keys, mask = run.start(memory, source)
        cache, last = None, torch.tensor([BOS], device=self.device)
        for t in range(self.longest_output(source.size(1)) if choose.length is None else choose.length):
            # Not around the `yield`: the caller's own code must not run in inference mode.
            with torch.inference_mode():
                logits, cache, decoder_self, cross = run.step(last, cross_keys, mask, cache, traced=True)
                last = choose(t, logits)
                piece = int(last)
            yield piece, logits[0], decoder_self, cross
            if piece == EOS:
                return

    def _walk(
        self, run: Run, memory: Tensor, source: Tensor, choose: Chooser
    ) -> tuple[list[int], Tensor, Tensor, Tensor]:
        """All of `_decode`'s steps: output, logits (T, vocabulary), weights (layers, heads, T, T) and (…, T, S)."""
        output, logits, decoder_rows, cross_rows = zip(*self._decode(run, memory, source, choose), strict=True)
        if isinstance(run, Intervened) and not run.change.causal:  # the last step read everything anew
            return list(output), torch.stack(logits), decoder_rows[-1][:, 0], cross_rows[-1][:, 0]
        decoder_self = torch.zeros(*decoder_rows[0].shape[:3], len(output), len(output), device=self.device)
        for t, row in enumerate(decoder_rows):
            decoder_self[:, :, :, t, : t + 1] = row[:, :, :, 0]
        return list(output), torch.stack(logits), decoder_self[:, 0], torch.cat(cross_rows, 3)[:, 0]

    def steps(
        self,
        text: str,
        intervention: Intervention | None = None,
        strategy: str = "greedy",
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float = 1.0,
        seed: int = 0,
    ) -> Iterator[Step]:
        """Decoding, one output piece at a time, up to </s>: "greedy", or "sample" with `translate`'s options.

        The probabilities are the model's own; where it samples, `drawn_from` are those that a piece was sampled by.
        Raises the errors of `encode` and `OptionError` at once.
        """
        request = Request(
            text, self.card.name, strategy=strategy, intervention=intervention,
            temperature=temperature, top_k=top_k, top_p=top_p, seed=seed,
        )  # fmt: skip
        if request.strategy not in ("greedy", SAMPLE):
            raise OptionError(name="strategy", value=strategy, reason=f"choose one of greedy, {SAMPLE}")
        ids, _ = self.encode(text)
        run, forced = self._under(request.intervention, len(ids))
        return self._steps(self.tensor(ids), run, Chooser(forced, request))

    def _steps(self, source: Tensor, run: Run, choose: Chooser) -> Iterator[Step]:
        names = self.target_tokenizer.pieces
        with torch.inference_mode():
            memory, _ = run.encode(source)

        def listed(probabilities: Tensor) -> tuple[tuple[str, float], ...]:
            top = probabilities.topk(min(CANDIDATES, len(probabilities)))
            candidates = zip(top.indices.tolist(), top.values.tolist(), strict=True)
            return tuple((names[i], probability) for i, probability in candidates)

        output = [BOS]
        for piece, logits, decoder_self, cross in self._decode(run, memory, source, choose):
            probabilities = logits.softmax(-1)
            drawn_from = None
            if choose.sampling is not None:
                drawn_from = tuple(pair for pair in listed(choose.distribution(logits)) if pair[1] > 0)
            output.append(piece)
            held = pending([names[i] for i in output[-3:]]) if self.byte_fallback[1] else 0
            yield Step(
                t=len(output) - 2,
                reads=names[output[-2]],
                piece=names[piece],
                probability=float(probabilities[piece]),
                text=self.target_tokenizer.decode(output[: len(output) - held]),
                candidates=listed(probabilities),
                decoder_self=_numpy(decoder_self[:, 0, :, -1]),
                cross=_numpy(cross[:, 0, :, -1]),
                drawn_from=drawn_from,
            )

    def beam_search(
        self, text: str, beam_size: int = 4, alpha: float = 0.6, intervention: Intervention | None = None
    ) -> BeamSearch:
        """The whole of a beam search, as `translate(strategy="beam")` does it, beside the greedy output.

        Raises the errors of `encode` and `OptionError`.
        """
        request = Request(
            text, self.card.name, strategy="beam", beam_size=beam_size, alpha=alpha, intervention=intervention
        )
        beam_size, alpha, intervention = request.beam_size, request.alpha, request.intervention
        ids, pieces = self.encode(text)
        source = self.tensor(ids)
        run, forced = self._under(intervention, len(ids))
        considered = BeamRecorder(beam_size)
        with torch.inference_mode():
            memory, _ = run.encode(source, traced=True)  # traced, as `translate` does it: the same to the last bit
            limit = self.longest_output(len(ids))
            found = beam(self.model, source, limit, beam_size, alpha, memory, run, forced, considered)
            greedy, logits, *_ = zip(*self._decode(run, memory, source, Chooser(forced)), strict=True)
            chosen = torch.stack(logits).log_softmax(-1).gather(1, self.tensor(greedy).T)
        names, decode = self.target_tokenizer.pieces, self.target_tokenizer.decode
        ends = {considered.ids(i): i for i, n in enumerate(considered.nodes) if n.status in ("finished", "cut")}
        total = float(chosen.double().sum())
        return BeamSearch(
            model=self.card.name,
            source=text,
            source_pieces=tuple(pieces),
            beam_size=beam_size,
            alpha=alpha,
            nodes=tuple(
                Node(
                    id=i,
                    parent=node.parent,
                    step=node.step,
                    piece=names[node.piece],
                    log_probability=node.log_probability,
                    probability=math.exp(node.piece_log_probability),
                    score=node.log_probability / length_penalty(node.step + 1, alpha),
                    rank=node.rank,
                    status=node.status,
                )
                for i, node in enumerate(considered.nodes)
            ),
            widths=tuple(considered.widths),
            hypotheses=tuple(
                BeamHypothesis(
                    node=ends[hypothesis.ids],
                    pieces=tuple(names[i] for i in hypothesis.ids),
                    text=decode(hypothesis.ids),
                    log_probability=hypothesis.log_probability,
                    score=hypothesis.score,
                    finished=hypothesis.ids[-1] == EOS,
                )
                for hypothesis in found
            ),
            greedy_pieces=tuple(names[i] for i in greedy),
            greedy_text=decode(greedy),
            greedy_log_probability=total,
            greedy_score=total / length_penalty(len(greedy), alpha),
            intervention=intervention,
            byte_fallback=self.byte_fallback[1],
        )

    def inside(self, trace: Trace, kind: str, layer: int, head: int) -> HeadInside:
        """One head of a Trace of this model, computed anew from its layer's input to what it adds to the output.

        Under the Trace's Intervention, over the pieces that its decoder read. Raises `OptionError` for a kind, layer or
        head that there is not, for another model's Trace, and for a model without scaled dot-product attention.
        """
        self._need_transformer("it is recurrent, and has no scaled dot-product attention")
        source, inputs = self._ids_of(trace)
        trace.weights(kind, layer, head if head is not None else -1)  # refuses what there is not
        change = self._change_of(trace)
        keys = trace.input_labels if kind == "decoder_self" else trace.source_labels
        rows = trace.source_labels if kind == "encoder_self" else trace.input_labels
        return head_inside(self.model, source, inputs, kind, int(layer), int(head), rows, keys, change)

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

    def _need_transformer(self, reason: str) -> None:
        if not isinstance(self.model, Transformer):
            raise OptionError(name="model", value=self.card.name, reason=reason)

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
        if trace.model != self.card.name or trace.cross.shape[:2] != size or None in (*ids, *inputs):
            raise OptionError(name="trace", value=trace.model, reason=f"choose a Trace of the model {self.card.name}")
        return self.tensor(ids), self.tensor(inputs)

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
        self._need_transformer("it is recurrent, and has no positional encoding")
        table, ids = self._table(side), dict(zip(("source", "target"), self._ids_of(trace), strict=True))
        rows = _numpy(table[ids[side][0]]) * np.float32(self.config.embedding_scale)
        positions = _numpy(self.model.positions[: len(rows)]).copy()
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
        run, _ = self._under(None if positions else Intervention(positions=False), len(order))
        with torch.inference_mode():
            memory, _ = run.encode(source)
        output = [piece for piece, *_ in self._decode(run, memory, source, Chooser({}))]
        pieces = tuple(trace.source_labels[i] for i in order)
        return Reordered(pieces, _numpy(memory[0]).copy(), self.target_tokenizer.decode(output))

    def padded_head(self, texts: Sequence[str], layer: int, head: int, masked: bool = True) -> PaddedHead:
        """One head of the encoder over some texts as one batch, the shorter ones padded.

        masked: False leaves the padding mask out. Raises the errors of `encode`, and `OptionError` as `inside` does.
        """
        self._need_transformer("it is recurrent, and has no such masks")
        for name, value, limit in (("layer", layer, self.config.n_layers), ("head", head, self.config.n_heads)):
            if not isinstance(value, int) or not 0 <= value < limit:
                raise OptionError(name=name, value=value, reason=f"choose a number from 0 to {limit - 1}")
        return padded_head(self.model, [self.encode(text)[0] for text in texts], layer, head, masked, self.device)

    def parallel_pass(self, text: str, pieces: Sequence[str], causal: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """The decoder over all pieces of a given translation at once, as in training (teacher forcing).

        pieces: as in `Trace.output_pieces`. Row t reads the piece before piece t, and predicts piece t. causal: False
        takes the causal mask away. -> each layer's output float32 (N, T, d_model), probabilities of what comes next
        (T, target_vocab). Raises the errors of `encode` and `encode_target`, and `OptionError` for a recurrent model.
        """
        source, inputs, _ = self._given(text, pieces)
        states, log_probabilities = decoder_pass(self.model, source, inputs, causal)
        return _numpy(states), _numpy(log_probabilities.exp())

    def teacher_forcing(self, text: str, pieces: Sequence[str], runs: int = 7, budget: float = 0.5) -> dict[str, Timed]:
        """The decoder over a given translation in one pass, and in a pass for each piece, measured here and now.

        -> a `Timed` for each of `core.records.WAYS`. runs, budget: how often each way is measured at the most, and
        after how many seconds no more. Raises as `parallel_pass` does.
        """
        return teacher_forcing(self.model, *self._given(text, pieces), runs=runs, budget=budget)

    def _given(self, text: str, pieces: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Source (1, S), decoder input (1, T) and output (T,) of a text and the pieces of its translation."""
        self._need_transformer("it is recurrent, and has no such masks")
        ids, output = self.encode(text)[0], self.encode_target(pieces)
        return self.tensor(ids), self.tensor([BOS, *output[:-1]]), self.tensor(output)[0]

    def align(self, trace: Trace) -> tuple[tuple[int, int], ...] | None:
        """Which source word each output word stands for, by `core.analysis.align`: pairs (output word, source word).

        None where the model has no aligner.
        """
        if self.aligner is None:
            return None
        from core.analysis import align

        return align(trace, self.aligner)

    def head_importance(self, text: str, progress: Callable[[float], None] | None = None) -> np.ndarray:
        """What each head is worth to the model's own translation: log-probability that is lost without it, nats.

        -> float32 (3 kinds in the order of KINDS, layers, heads). The translation is the greedy one of the whole model,
        and stays the same; without a head means weights of 0, as by `Intervention(ablate={…: "zero"})`, one head at a
        time (the idea: Michel, Levy and Neubig 2019, "Are Sixteen Heads Really Better than One?"). Negative where the
        translation is more probable without the head. progress is called with what is done, from 0 to 1.
        Raises the errors of `encode`, and `OptionError` for a recurrent model.
        """
        self._need_transformer("it is recurrent, and has no heads")
        ids, _ = self.encode(text)
        source = self.tensor(ids)
        with torch.inference_mode():
            memory, _ = self.runner.encode(source)
            output = [piece for piece, *_ in self._decode(self.runner, memory, source, Chooser({}))]
            whole, without = log_probabilities_without_heads(
                self.model, source, self.tensor([BOS, *output[:-1]]), self.tensor(output)[0], progress
            )
        return _numpy(whole - without)


def _has_letter(text: str) -> bool:
    return any(unicodedata.category(character).startswith("L") for character in text)


def _numpy(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.float().cpu().numpy())


def load(name: str | os.PathLike, device: str | None = None) -> Translator:
    """Load a shipped model by name, or any model folder by its path.

    device: "cuda", "mps" or "cpu"; by default the first of these that is there.
    Raises `UnknownModelError` and `DamagedModelError`.
    """
    from core.analysis import read_aligner

    place, folder = choose_device(device), find_folder(name)
    card, model, source, target = read_model(folder, place)
    return Translator(card, model, source, target, place, read_aligner(folder, source.pieces, target.pieces))

"""The facade: a loaded model that turns a sentence into a Trace."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from core.config import BOS, EOS, UNK, ModelConfig
from core.decoding import Chooser, Sampling, beam
from core.errors import OptionError, TextTooLongError, UnknownLanguageError, UnknownTargetError
from core.intervention import Intervention
from core.model import Change, Changed, LaidOut, Transformer, log_probabilities_without_heads
from core.text import SPECIALS, WORD_START, Tokenizer, clean, surface, word_spans
from core.trace import CANDIDATES, SAMPLE, STRATEGIES, Step, Trace
from core.zoo import ModelCard, choose_device, find_folder, read_model

LANGUAGES = {"en": "English", "zh": "Chinese", "fr": "French"}
EXTRA_LENGTH = 50
"""An output may be this many pieces longer than its source (section 6.1)."""


@dataclass(frozen=True)
class Translator:
    """A model with its tokenizers. Nothing in it changes when it runs: any number of threads may share one."""

    card: ModelCard
    model: Transformer
    source_tokenizer: Tokenizer
    target_tokenizer: Tokenizer
    device: torch.device
    laid_out: LaidOut = field(init=False, repr=False)  # the model's weights once more, laid out for decoding

    def __post_init__(self):
        object.__setattr__(self, "laid_out", LaidOut(self.model))

    @property
    def config(self) -> ModelConfig:
        return self.card.config

    def encode(self, text: str) -> tuple[list[int], list[str]]:
        """A typed text as ids and pieces, both with </s> at the end.

        Raises `EmptyTextError`, `ControlCharacterError`, `TextTooLongError`, and `UnknownLanguageError` for a text of
        which no piece but punctuation is in the vocabulary.
        """
        tokenizer = self.source_tokenizer
        cleaned = clean(text, tokenizer.language)
        ids, pieces = tokenizer.encode(cleaned), tokenizer.split(cleaned)
        limit = self.config.max_length - 1
        if len(ids) > limit:
            raise TextTooLongError(length=len(ids), limit=limit)
        known = [piece for i, piece in zip(ids, pieces, strict=True) if i != UNK and surface(piece)]
        if UNK in ids and not any(any(c.isalnum() for c in piece) for piece in known):
            raise UnknownLanguageError(language=LANGUAGES.get(tokenizer.language, tokenizer.language))
        return [*ids, EOS], [*pieces, SPECIALS[EOS]]

    def encode_target(self, text: str) -> list[int]:
        """A given translation as ids, with </s> at the end. Raises also `UnknownTargetError`."""
        tokenizer = self.target_tokenizer
        cleaned = clean(text, tokenizer.language)
        ids, pieces = tokenizer.encode(cleaned), tokenizer.split(cleaned)
        if UNK in ids:
            unknown = [surface(piece) for i, piece in zip(ids, pieces, strict=True) if i == UNK]
            raise UnknownTargetError(characters=" ".join(dict.fromkeys(unknown)))
        if len(ids) > self.config.max_length - 1:
            raise TextTooLongError(length=len(ids), limit=self.config.max_length - 1)
        return [*ids, EOS]

    def longest_output(self, source_length: int) -> int:
        return min(self.config.max_length, source_length + EXTRA_LENGTH)

    def tensor(self, ids: list[int]) -> Tensor:
        return torch.tensor([ids], device=self.device)

    def translate(
        self,
        text: str,
        target: str | None = None,
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

        strategy: "greedy", "beam" with beam_size hypotheses and the length penalty's alpha, or "sample": each piece is
        drawn by chance from `sampling_distribution` (temperature, top_k, top_p); the same seed draws the same pieces.
        intervention: what is changed in this run; None, or one that changes nothing, runs the model as it is.
        Raises the errors of `encode` and `encode_target`, and `OptionError`.
        """
        if not isinstance(strategy, str) or strategy not in (*STRATEGIES, SAMPLE):
            choices = ", ".join((*STRATEGIES, SAMPLE))
            raise OptionError(name="strategy", value=strategy, reason=f"choose one of {choices}")
        if not isinstance(beam_size, int) or isinstance(beam_size, bool) or not 1 <= beam_size <= 64:
            raise OptionError(name="beam_size", value=beam_size, reason="choose a whole number from 1 to 64")
        if not isinstance(alpha, int | float) or not 0 <= alpha <= 2:
            raise OptionError(name="alpha", value=alpha, reason="choose a number from 0 to 2")
        sampling = Sampling(temperature, top_k, top_p, seed)
        ids, pieces = self.encode(text)
        source = self.tensor(ids)
        run, forced = self._under(intervention, len(ids))
        idle = set()  # steps at which a piece was forced that would have been written anyway
        with torch.inference_mode():
            memory, encoder_self = run.encode(source, traced=True)
            output = None
            if target is not None:
                strategy, given = "forced", self.encode_target(target)
                output = [forced.get(t, index) for t, index in enumerate(given)]
                output = output[: output.index(EOS) + 1] if EOS in output else output
                idle = {t for t in forced if t < len(output) and forced[t] == given[t]}
            elif strategy == "beam":
                limit = self.longest_output(len(ids))
                search = (self.model, source, limit, beam_size, alpha, memory, run)
                output = list(beam(*search, forced)[0].ids)
                idle = set(forced) if forced and output == list(beam(*search)[0].ids) else idle
            if output is None or isinstance(run, Changed):
                if output is not None:
                    chooser = Chooser.given(output)
                else:
                    chooser = Chooser(forced, sampling if strategy == SAMPLE else None)
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
            strategy=strategy,
            source=text,
            text=self.target_tokenizer.decode(output),
            source_pieces=tuple(pieces),
            input_pieces=(SPECIALS[BOS], *output_pieces[:-1]),
            output_pieces=output_pieces,
            source_words=word_spans(pieces, self.card.source_language, [len(pieces) - 1]),
            output_words=word_spans(
                output_pieces, self.card.target_language, [len(output_pieces) - 1] if finished else []
            ),
            unknown=tuple(i for i, index in enumerate(ids) if index == UNK),
            finished=finished,
            encoder_self=_numpy(encoder_self[0]),
            decoder_self=_numpy(decoder_self),
            cross=_numpy(cross),
            log_probabilities=_numpy(chosen),
            top_pieces=tuple(tuple(names[i] for i in row) for row in top.indices.tolist()),
            top_probabilities=_numpy(top.values.exp()),
            intervention=_recorded(intervention, len(output), idle),
        )

    def _under(self, intervention: Intervention | None, source_length: int) -> tuple[LaidOut | Changed, dict[int, int]]:
        """What runs the model under an Intervention, and the ids that it forces. Raises `OptionError`.

        Forced pieces change nothing inside of the model: with nothing else it is today's path, bit for bit.
        """
        if intervention is None:
            return self.laid_out, {}
        if not isinstance(intervention, Intervention):
            raise OptionError(
                name="intervention", value=type(intervention).__name__, reason="it must be an Intervention or None"
            )
        intervention.check(self.config, source_length)
        forced = {step: self.target_index(piece) for step, piece in intervention.forced.items()}
        if not intervention.changes_model:
            return self.laid_out, forced
        return Changed(self.model, Change.of(intervention, self.config, source_length, self.device)), forced

    def target_index(self, piece: str) -> int:
        """The id of a piece of the target's vocabulary, with or without ▁ before it. Raises `OptionError` for another."""
        tokenizer = self.target_tokenizer
        for name in (piece, piece.removeprefix(WORD_START), WORD_START + piece):
            if name == SPECIALS[UNK] or (name and tokenizer.index(name) != UNK):
                return tokenizer.index(name)
        raise OptionError(name="forced", value=piece, reason="the model's vocabulary has no such piece")

    def _decode(
        self, run: LaidOut | Changed, memory: Tensor, source: Tensor, choose: Chooser
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
        self, run: LaidOut | Changed, memory: Tensor, source: Tensor, choose: Chooser
    ) -> tuple[list[int], Tensor, Tensor, Tensor]:
        """All of `_decode`'s steps: output, logits (T, vocabulary), weights (layers, heads, T, T) and (…, T, S)."""
        output, logits, decoder_rows, cross_rows = zip(*self._decode(run, memory, source, choose), strict=True)
        if isinstance(run, Changed) and not run.change.causal:  # the last step read everything anew
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

        The probabilities are the model's own; where it samples, `drawn_from` are those that a piece was drawn by.
        Raises the errors of `encode` and `OptionError` at once.
        """
        if strategy not in ("greedy", SAMPLE):
            raise OptionError(name="strategy", value=strategy, reason=f"choose one of greedy, {SAMPLE}")
        sampling = Sampling(temperature, top_k, top_p, seed)
        ids, _ = self.encode(text)
        run, forced = self._under(intervention, len(ids))
        return self._steps(self.tensor(ids), run, forced, sampling if strategy == SAMPLE else None)

    def _steps(
        self, source: Tensor, run: LaidOut | Changed, forced: dict[int, int], sampling: Sampling | None
    ) -> Iterator[Step]:
        names = self.target_tokenizer.pieces
        with torch.inference_mode():
            memory, _ = run.encode(source)

        def listed(probabilities: Tensor) -> tuple[tuple[str, float], ...]:
            top = probabilities.topk(min(CANDIDATES, len(probabilities)))
            candidates = zip(top.indices.tolist(), top.values.tolist(), strict=True)
            return tuple((names[i], probability) for i, probability in candidates)

        output = [BOS]
        for piece, logits, decoder_self, cross in self._decode(run, memory, source, Chooser(forced, sampling)):
            probabilities = logits.softmax(-1)
            drawn_from = None
            if sampling is not None:
                drawn_from = tuple(pair for pair in listed(sampling.distribution(logits)) if pair[1] > 0)
            output.append(piece)
            yield Step(
                t=len(output) - 2,
                reads=names[output[-2]],
                piece=names[piece],
                probability=float(probabilities[piece]),
                text=self.target_tokenizer.decode(output),
                candidates=listed(probabilities),
                decoder_self=_numpy(decoder_self[:, 0, :, -1]),
                cross=_numpy(cross[:, 0, :, -1]),
                drawn_from=drawn_from,
            )

    def head_importance(self, text: str, progress: Callable[[float], None] | None = None) -> np.ndarray:
        """What each head is worth to the model's own translation: log-probability that is lost without it, nats.

        -> float32 (3 kinds in the order of KINDS, layers, heads). The translation is the greedy one of the whole model,
        and stays the same; without a head means weights of 0, as by `Intervention(ablate={…: "zero"})`, one head at a
        time (the idea: Michel, Levy and Neubig 2019, "Are Sixteen Heads Really Better than One?"). Negative where the
        translation is more probable without the head. progress is called with what is done, from 0 to 1.
        Raises the errors of `encode`.
        """
        ids, _ = self.encode(text)
        source = self.tensor(ids)
        with torch.inference_mode():
            memory, _ = self.laid_out.encode(source)
            output = [piece for piece, *_ in self._decode(self.laid_out, memory, source, Chooser({}))]
            whole, without = log_probabilities_without_heads(
                self.model, source, self.tensor([BOS, *output[:-1]]), self.tensor(output)[0], progress
            )
        return _numpy(whole - without)


def _recorded(intervention: Intervention | None, length: int, idle: set[int]) -> dict | None:
    """The Intervention as the Trace keeps it: without forced pieces that made no difference."""
    if intervention is None:
        return None
    forced = {step: piece for step, piece in intervention.forced.items() if step < length and step not in idle}
    return dataclasses.replace(intervention, forced=forced).to_dict() or None


def _numpy(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.float().cpu().numpy())


def load(name: str | os.PathLike, device: str | None = None) -> Translator:
    """Load a shipped model by name, or any model folder by its path.

    device: "cuda", "mps" or "cpu"; by default the first of these that is there.
    Raises `UnknownModelError` and `DamagedModelError`.
    """
    place = choose_device(device)
    card, model, source, target = read_model(find_folder(name), place)
    return Translator(card, model, source, target, place)

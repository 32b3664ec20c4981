"""The facade: a loaded model that turns a sentence into a Trace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from core.config import BOS, EOS, UNK, ModelConfig
from core.decoding import beam
from core.errors import OptionError, TextTooLongError, UnknownLanguageError, UnknownTargetError
from core.model import LaidOut, Transformer
from core.text import SPECIALS, Tokenizer, clean, surface, word_spans
from core.trace import CANDIDATES, STRATEGIES, Step, Trace
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
        self, text: str, target: str | None = None, strategy: str = "greedy", beam_size: int = 4, alpha: float = 0.6
    ) -> Trace:
        """Translate a text, or score the given translation `target`, and record what was attended to.

        strategy: "greedy", or "beam" with beam_size hypotheses and the length penalty's alpha.
        Raises the errors of `encode` and `encode_target`, and `OptionError`.
        """
        if strategy not in STRATEGIES:
            raise OptionError(name="strategy", value=strategy, reason=f"choose one of {', '.join(STRATEGIES)}")
        if not isinstance(beam_size, int) or isinstance(beam_size, bool) or not 1 <= beam_size <= 64:
            raise OptionError(name="beam_size", value=beam_size, reason="choose a whole number from 1 to 64")
        if not isinstance(alpha, int | float) or not 0 <= alpha <= 2:
            raise OptionError(name="alpha", value=alpha, reason="choose a number from 0 to 2")
        ids, pieces = self.encode(text)
        source = self.tensor(ids)
        with torch.inference_mode():
            memory, encoder_self = self.laid_out.encode(source, traced=True)
            limit = self.longest_output(len(ids))
            if target is None and strategy == "greedy":
                output, logits, decoder_self, cross = self._walk(memory, source)
            else:
                if target is not None:
                    strategy, output = "forced", self.encode_target(target)
                else:
                    output = list(beam(self.model, source, limit, beam_size, alpha, memory, self.laid_out)[0].ids)
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
        )

    def _greedy(self, memory: Tensor, source: Tensor) -> Iterator[tuple[int, Tensor, Tensor, Tensor]]:
        """Greedy decoding of one sentence, a step at a time, up to </s>.

        -> piece, logits (vocabulary), rows of self-attention (layers, heads, t + 1) and cross-attention (…, S)
        """
        with torch.inference_mode():
            cross_keys, mask = self.laid_out.start(memory, source)
        cache, last = None, torch.tensor([BOS], device=self.device)
        for _ in range(self.longest_output(source.size(1))):
            # Not around the `yield`: the caller's own code must not run in inference mode.
            with torch.inference_mode():
                logits, cache, decoder_self, cross = self.laid_out.step(last, cross_keys, mask, cache, traced=True)
                last = logits.argmax(-1)
                piece = int(last)
            yield piece, logits[0], decoder_self[:, 0, :, 0], cross[:, 0, :, 0]
            if piece == EOS:
                return

    def _walk(self, memory: Tensor, source: Tensor) -> tuple[list[int], Tensor, Tensor, Tensor]:
        """All of `_greedy`'s steps: output, logits (T, vocabulary), weights (layers, heads, T, T) and (…, T, S)."""
        output, logits, decoder_rows, cross_rows = zip(*self._greedy(memory, source), strict=True)
        decoder_self = torch.zeros(*decoder_rows[0].shape[:2], len(output), len(output), device=self.device)
        for t, row in enumerate(decoder_rows):
            decoder_self[:, :, t, : t + 1] = row
        return list(output), torch.stack(logits), decoder_self, torch.stack(cross_rows, 2)

    def steps(self, text: str) -> Iterator[Step]:
        """Greedy decoding, one output piece at a time, up to </s>. Raises the errors of `encode` at once."""
        ids, _ = self.encode(text)
        return self._steps(self.tensor(ids))

    def _steps(self, source: Tensor) -> Iterator[Step]:
        names = self.target_tokenizer.pieces
        with torch.inference_mode():
            memory, _ = self.laid_out.encode(source)
        output = [BOS]
        for piece, logits, decoder_self, cross in self._greedy(memory, source):
            probabilities = logits.softmax(-1)
            top = probabilities.topk(min(CANDIDATES, len(probabilities)))
            candidates = zip(top.indices.tolist(), top.values.tolist(), strict=True)
            output.append(piece)
            yield Step(
                t=len(output) - 2,
                reads=names[output[-2]],
                piece=names[piece],
                probability=float(probabilities[piece]),
                text=self.target_tokenizer.decode(output),
                candidates=tuple((names[i], probability) for i, probability in candidates),
                decoder_self=_numpy(decoder_self),
                cross=_numpy(cross),
            )


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

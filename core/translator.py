"""The facade of core: a loaded model that turns a sentence into a Trace."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.analysis import Aligner, align, read_aligner
from core.config import BOS, EOS, UNK
from core.decoding import BeamRecorder, Chooser, beam, length_penalty
from core.errors import OptionError
from core.intervention import Intervention
from core.model import Change, Intervened, Run
from core.probes.contributing import ContributingModel
from core.records import (
    CANDIDATES,
    BeamHypothesis,
    BeamSearch,
    Node,
    Step,
    Trace,
)
from core.request import SAMPLE, Request
from core.spelling import pending
from core.text import SPECIALS, word_spans
from core.zoo import ALIGNER, choose_device, find_file, find_folder, read_model


@dataclass(frozen=True, repr=False)
class Translator(ContributingModel):
    """A loaded model that translates. Threads can share it, because running changes nothing in it.

    Attributes:
        aligner: The word aligner, if the model's folder has one.
    """

    aligner: Aligner | None = None

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
        encoder_layer: int | None = None,
    ) -> Trace:
        """Translate a text, or score the given translation `target`, and record the attention.

        The options are those of `core.request.Request`, which `run` takes as one object. A translation that is given as
        pieces (see `Trace.output_pieces`) is not tokenized again; without </s> at its end, it counts as cut off.
        `encoder_layer` is that of `core.Intervention`: the decoder attends to the output of this many encoder layers.

        Example:
            >>> core.load("en-zh").translate("Tom chases Jerry.", target="汤姆追逐杰瑞。").output_pieces
            ('汤姆', '追逐', '杰瑞', '。', '</s>')

        Raises:
            OptionError: As `Request` does, and for a layer, head, step or position that this model or text lacks.
            HeadlightError: As `encode` and `encode_target` do.
        """
        if encoder_layer is not None:
            intervention = dataclasses.replace(intervention or Intervention(), encoder_layer=encoder_layer)
        request = Request(
            text, self.card.name, target, strategy,
            beam_size, alpha, temperature, top_k, top_p, seed, intervention,
        )  # fmt: skip
        return self.run(request)

    def run(self, request: Request) -> Trace:
        """Run a Request: translate its text, and record the attention.

        Raises:
            HeadlightError: As `translate` does.
        """
        if request.model not in ("", self.card.name):
            raise OptionError(name="model", value=request.model, cause="other_model", model=self.card.name)
        request = dataclasses.replace(request, model=self.card.name)
        intervention = request.intervention.relevant(self.config) if request.intervention else None
        ids, pieces = self.encode(request.text)
        source = self.tensor(ids)
        run, forced = self._prepare(intervention, len(ids))
        idle: set[int] = set()  # steps at which the forced piece would have been written anyway
        with torch.inference_mode():
            memory, encoder_self = run.encode(source, traced=True)
            assert encoder_self is not None, "it is traced"
            output: list[int] | None = None
            if request.target is not None:
                given = self.encode_target(request.target)
                output = [forced.get(t, index) for t, index in enumerate(given)]
                output = output[: output.index(EOS) + 1] if EOS in output else output
                idle = {t for t in forced if t < len(output) and forced[t] == given[t]}
            elif request.strategy == "beam":
                limit = self.longest_output(len(ids))
                search = (self.model, source, limit, request.beam_size, request.alpha, memory, run)
                output = list(beam(*search, forced)[0].ids)
                # A forced piece makes no difference if the search without it finds the same output.
                idle = set(forced) if forced and output == list(beam(*search)[0].ids) else idle
            if output is None or isinstance(run, Intervened):
                if output is not None:
                    chooser = Chooser.given(output)
                else:
                    chooser = Chooser(forced, request)
                    idle = chooser.idle
                output, logits, decoder_self, cross = self._decode_all(run, memory, source, chooser)
            else:
                # One pass over the whole output. The decoder is causal, so each row is the same as at its step.
                inputs = self.tensor([BOS, *output[:-1]])
                model: Any = self.model  # mypy cannot see that either model's `decode` takes what its `start` returns
                states, _, own, crossed = model.decode(inputs, *model.start(memory, source), traced=True)
                logits, decoder_self, cross = model.logits(states[0]), own[0], crossed[0]
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
            encoder_self=_to_numpy(encoder_self[0]),
            decoder_self=_to_numpy(decoder_self),
            cross=_to_numpy(cross),
            log_probabilities=_to_numpy(chosen),
            top_pieces=tuple(tuple(names[i] for i in row) for row in top.indices.tolist()),
            top_probabilities=_to_numpy(top.values.exp()),
            intervention=self._effective(intervention, len(output), idle),
            byte_fallback=self.byte_fallback,
            request=request,
        )

    def _effective(self, intervention: Intervention | None, length: int, idle: set[int]) -> Intervention | None:
        """Return the Intervention that a Trace records: without forced pieces that made no difference."""
        if intervention is None:
            return None
        forced = {
            step: piece
            for step, piece in intervention.forced.items()
            if any(at < length and at not in idle for at in range(step, step + len(self.target_ids(piece))))
        }
        effective = dataclasses.replace(intervention, forced=forced)
        return None if effective.is_none else effective

    def _prepare(self, intervention: Intervention | None, source_length: int) -> tuple[Run, dict[int, int]]:
        """Return the runner of the model under an Intervention, and the forced ids by step.

        Forced pieces change nothing inside the model: an Intervention with nothing else gets the plain runner, so that
        its numbers are the same bit for bit.

        Raises:
            OptionError: If this model or source lacks what the Intervention names.
        """
        if intervention is None:
            return self.runner, {}
        intervention.check(self.config, source_length)
        forced = self.encoding.forced(intervention)
        if not intervention.changes_model:
            return self.runner, forced
        return Intervened(self.model, Change.of(intervention, self.config, source_length, self.device)), forced

    def _decode_steps(
        self, run: Run, memory: Tensor, source: Tensor, choose: Chooser
    ) -> Iterator[tuple[int, Tensor, Tensor, Tensor]]:
        """Decode one sentence step by step, up to </s>.

        Yields:
            The piece's id; its logits (vocabulary,); the new rows of self-attention (layers, 1, heads, rows, t + 1);
            those of cross-attention (layers, 1, heads, rows, S). There is one row, or without the causal mask t + 1.
        """
        with torch.inference_mode():
            cross_keys, mask = run.start(memory, source)
        cache, last = None, torch.tensor([BOS], device=self.device)
        for t in range(self.longest_output(source.size(1)) if choose.length is None else choose.length):
            # The context ends before the `yield`, because the caller's code must not run in inference mode.
            with torch.inference_mode():
                logits, cache, decoder_self, cross = run.step(last, cross_keys, mask, cache, traced=True)
                assert decoder_self is not None, "it is traced"
                assert cross is not None
                last = choose(t, logits)
                piece = int(last)
            yield piece, logits[0], decoder_self, cross
            if piece == EOS:
                return

    def _decode_all(
        self, run: Run, memory: Tensor, source: Tensor, choose: Chooser
    ) -> tuple[list[int], Tensor, Tensor, Tensor]:
        """Decode one sentence up to </s>.

        Returns:
            Output ids (T,), logits (T, vocabulary), self-attention (layers, heads, T, T), cross-attention (layers,
            heads, T, S).
        """
        output, logits, decoder_rows, cross_rows = zip(*self._decode_steps(run, memory, source, choose), strict=True)
        if isinstance(run, Intervened) and not run.change.causal:  # the last step computed all rows again
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
        """Decode a text, one output piece at a time, up to </s>: "greedy", or "sample" with the options of `translate`.

        Errors are raised by the call, not by the first step.

        Example:
            >>> [step.piece for step in core.load("en-zh").steps("Tom chases Jerry.")]
            ['汤姆', '追逐', '杰瑞', '。', '</s>']

        Yields:
            A Step for each output piece. Its probabilities are the model's own; `drawn_from` has those of sampling.

        Raises:
            OptionError: If an option is not possible, or the strategy is another one.
            HeadlightError: As `encode` does.
        """
        request = Request(
            text, self.card.name, strategy=strategy, intervention=intervention,
            temperature=temperature, top_k=top_k, top_p=top_p, seed=seed,
        )  # fmt: skip
        if request.strategy not in ("greedy", SAMPLE):
            raise OptionError(name="strategy", value=strategy, cause="choices", choices=f"greedy, {SAMPLE}")
        ids, _ = self.encode(text)
        run, forced = self._prepare(request.intervention, len(ids))
        return self._yield_steps(self.tensor(ids), run, Chooser(forced, request))

    def _yield_steps(self, source: Tensor, run: Run, choose: Chooser) -> Iterator[Step]:
        names = self.target_tokenizer.pieces
        with torch.inference_mode():
            memory, _ = run.encode(source)

        def best_candidates(probabilities: Tensor) -> tuple[tuple[str, float], ...]:
            top = probabilities.topk(min(CANDIDATES, len(probabilities)))
            candidates = zip(top.indices.tolist(), top.values.tolist(), strict=True)
            return tuple((names[i], probability) for i, probability in candidates)

        output = [BOS]
        for piece, logits, decoder_self, cross in self._decode_steps(run, memory, source, choose):
            probabilities = logits.softmax(-1)
            drawn_from = None
            if choose.sampling is not None:
                drawn_from = tuple(pair for pair in best_candidates(choose.distribution(logits)) if pair[1] > 0)
            output.append(piece)
            incomplete = pending([names[i] for i in output[-3:]]) if self.byte_fallback[1] else 0
            yield Step(
                t=len(output) - 2,
                reads=names[output[-2]],
                piece=names[piece],
                probability=float(probabilities[piece]),
                text=self.target_tokenizer.decode(output[: len(output) - incomplete]),
                candidates=best_candidates(probabilities),
                decoder_self=_to_numpy(decoder_self[:, 0, :, -1]),
                cross=_to_numpy(cross[:, 0, :, -1]),
                drawn_from=drawn_from,
            )

    def beam_search(
        self, text: str, beam_size: int = 4, alpha: float = 0.6, intervention: Intervention | None = None
    ) -> BeamSearch:
        """Record the beam search of `translate(strategy="beam")`, with all its candidates, and the greedy output.

        Raises:
            OptionError: If an option is not possible.
            HeadlightError: As `encode` does.
        """
        request = Request(
            text, self.card.name, strategy="beam", beam_size=beam_size, alpha=alpha, intervention=intervention
        )
        beam_size, alpha, intervention = request.beam_size, request.alpha, request.intervention
        ids, pieces = self.encode(text)
        source = self.tensor(ids)
        run, forced = self._prepare(intervention, len(ids))
        recorder = BeamRecorder(beam_size)
        with torch.inference_mode():
            memory, _ = run.encode(source, traced=True)  # traced as in `translate`: numbers must agree bit for bit
            limit = self.longest_output(len(ids))
            hypotheses = beam(self.model, source, limit, beam_size, alpha, memory, run, forced, recorder)
            greedy, logits, *_ = zip(*self._decode_steps(run, memory, source, Chooser(forced)), strict=True)
            chosen = torch.stack(logits).log_softmax(-1).gather(1, self.tensor(list(greedy)).T)
        names, decode = self.target_tokenizer.pieces, self.target_tokenizer.decode
        ends = {recorder.ids(i): i for i, n in enumerate(recorder.nodes) if n.status in ("finished", "cut")}
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
                for i, node in enumerate(recorder.nodes)
            ),
            widths=tuple(recorder.widths),
            hypotheses=tuple(
                BeamHypothesis(
                    node=ends[hypothesis.ids],
                    pieces=tuple(names[i] for i in hypothesis.ids),
                    text=decode(hypothesis.ids),
                    log_probability=hypothesis.log_probability,
                    score=hypothesis.score,
                    finished=hypothesis.ids[-1] == EOS,
                )
                for hypothesis in hypotheses
            ),
            greedy_pieces=tuple(names[i] for i in greedy),
            greedy_text=decode(greedy),
            greedy_log_probability=total,
            greedy_score=total / length_penalty(len(greedy), alpha),
            intervention=intervention,
            byte_fallback=self.byte_fallback[1],
        )

    def align(self, trace: Trace) -> tuple[tuple[int, int], ...] | None:
        """Return the word alignment of a Trace by `core.analysis.align`, or None if the model has no aligner.

        Returns:
            Pairs (output word, source word), as indices of `output_words` and `source_words`.
        """
        if self.aligner is None:
            return None
        return align(trace, self.aligner)


def _to_numpy(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.float().cpu().numpy())


def load(name: str | os.PathLike[str], device: str | None = None, one_thread: bool = False) -> Translator:
    """Load a shipped model by name, or any model folder by its path.

    Args:
        name: The name or path.
        device: "cuda", "mps" or "cpu"; by default the first of these that is available.
        one_thread: Whether torch uses a single thread in this process if the model runs on a CPU, which suits a server
            with many visitors.

    Raises:
        UnknownModelError: If there is no such folder.
        DamagedModelError: If the folder cannot be read.
    """
    torch_device, folder = choose_device(device), find_folder(name)
    card, model, source, target = read_model(folder, torch_device)
    if one_thread and torch_device.type == "cpu":
        torch.set_num_threads(1)
    aligner = read_aligner(find_file(folder, card, ALIGNER), card.name, source.pieces, target.pieces)
    return Translator(card, model, source, target, torch_device, aligner)

"""Probes of the states along a Transformer's layers: their summands, and what the projection makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from core.checks import Range
from core.errors import OptionError
from core.intervention import STACKS
from core.probes.loaded import LoadedModel, to_numpy
from core.probes.stream import decoder_logits, residual_stream
from core.records import CANDIDATES, Followed, HalfStep, ReadOut, ResidualStream, Trace


@dataclass(frozen=True, repr=False)
class ProbedStates(LoadedModel):
    """A model whose states between sub-layers can be read."""

    def residual_stream(self, trace: Trace, stack: str = "decoder") -> ResidualStream:
        """Split the vectors along the layers of a stack into summands by origin, under the Trace's Intervention.

        Args:
            trace: A Trace of this model.
            stack: "encoder" or "decoder".

        Raises:
            OptionError: If there is no such stack, the Trace is of another model, or the model is recurrent.
        """
        if stack not in STACKS:
            raise OptionError(name="stack", value=stack, cause="choices", choices=", ".join(STACKS))
        model = self.transformer()
        arrays = residual_stream(model, *self._ids_of(trace), stack, self._change_of(trace))
        pieces = trace.source_labels if stack == "encoder" else trace.input_labels
        return ResidualStream(stack, HalfStep.all(stack, self.config.n_layers), pieces, *arrays)

    def read_out(self, trace: Trace, k: int = CANDIDATES) -> ReadOut:
        """Project the decoder's state at each half-step to pieces, under the Trace's Intervention.

        Args:
            trace: A Trace of this model.
            k: The number of pieces of each state.

        Raises:
            OptionError: If the Trace is of another model, the model is recurrent, or `k` is out of range.
        """
        k = Range(1, self.config.target_vocab, CANDIDATES, whole=True).check("k", k)
        model, (source, inputs) = self.transformer(), self._ids_of(trace)
        output = self.tensor(self.encode_target(trace.output_pieces))[0]
        with torch.inference_mode():
            probabilities = decoder_logits(model, source, inputs, self._change_of(trace)).softmax(-1)  # (H, T, V)
            top = probabilities.topk(k)
            written = probabilities.gather(-1, output.expand(len(probabilities), -1)[..., None])
            ranks = (probabilities > written).sum(-1)
        names = self.target_tokenizer.pieces
        return ReadOut(
            half_steps=HalfStep.all("decoder", self.config.n_layers),
            written=trace.output_pieces,
            pieces=tuple(tuple(tuple(names[i] for i in cell) for cell in row) for row in top.indices.tolist()),
            probabilities=to_numpy(top.values),
            written_probabilities=to_numpy(written[..., 0]),
            written_ranks=ranks.cpu().numpy(),
        )

    def follow(self, trace: Trace, step: int, ranks: int = 3) -> Followed:
        """Follow the pieces that rank among the first ones in any state of the decoder at one step, through all states.

        Args:
            trace: A Trace of this model.
            step: The step, from 0.
            ranks: A piece is followed if it is among so many first ones at any half-step.

        Raises:
            OptionError: If the Trace is of another model, the model is recurrent, or a number is out of range.
        """
        step = Range(0, len(trace.output_pieces) - 1, 0, whole=True).check("step", step)
        ranks = Range(1, CANDIDATES, 3, whole=True).check("ranks", ranks)
        model, (source, inputs) = self.transformer(), self._ids_of(trace)
        with torch.inference_mode():
            states = decoder_logits(model, source, inputs, self._change_of(trace))[:, step]  # (H, V)
            probabilities = states.softmax(-1)
            first = [i for row in probabilities.topk(ranks).indices.tolist() for i in row]
        ids = list(dict.fromkeys(first))
        return Followed(
            half_steps=HalfStep.all("decoder", self.config.n_layers),
            pieces=tuple(self.target_tokenizer.pieces[i] for i in ids),
            probabilities=to_numpy(probabilities[:, ids]),
        )

    def logits(self, trace: Trace) -> np.ndarray:
        """Return the scores of all pieces at each step, under the Trace's Intervention, float32 (T, target_vocab).

        Their softmax is the distribution that the Trace's candidates come from (section 3.4).

        Raises:
            OptionError: If the Trace is of another model, or the model is recurrent.
        """
        model, (source, inputs) = self.transformer(), self._ids_of(trace)
        with torch.inference_mode():
            return to_numpy(decoder_logits(model, source, inputs, self._change_of(trace))[-1])

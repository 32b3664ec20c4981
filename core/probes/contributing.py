"""A loaded model, and the probes that say what its outputs are made of."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from core.analysis.contributions import attention_contributions, rollout_contributions
from core.checks import quoted
from core.config import KINDS
from core.errors import OptionError
from core.probes.contributions import alti_contributions, head_norms, norm_contributions
from core.probes.importance import log_probabilities_without_words
from core.probes.states import ProbedStates
from core.records import Trace
from core.records.contributions import METHODS, Contributions


@dataclass(frozen=True, repr=False)
class ContributingModel(ProbedStates):
    """A loaded model with the probes of contributions. `core.Translator` adds translation."""

    def contributions(self, trace: Trace, method: str = "alti") -> Contributions:
        """Compute how much each source piece, and each piece already written, contributes to each output piece.

        - "attention": the mean of the heads' weights in the last layer (`core.analysis.contributions`, which has the
          formulas of all methods).
        - "rollout": attention multiplied through all layers, with the residual as heavy as attention.
        - "norms": the lengths of what the last layer's heads together add for each piece (Kobayashi et al. 2020).
        - "alti": how much nearer to an attention's output each summand comes, residual included, multiplied through all
          layers of encoder and decoder (Ferrando et al. 2022).

        The Trace's Intervention counts.

        Example:
            >>> model = core.load("en-zh")
            >>> found = model.contributions(model.translate("Tom chases Jerry."))
            >>> (found.source.sum(-1) + found.target.sum(-1)).round(4).tolist()
            [1.0, 1.0, 1.0, 1.0, 1.0]

        Raises:
            OptionError: If there is no such method, the Trace is of another model, or the model is recurrent; with
                "attention" a recurrent model needs cross-attention.
        """
        if method not in METHODS:
            raise OptionError(name="method", value=quoted(method), cause="choices", choices=", ".join(METHODS))
        if method == "attention":
            self._ids_of(trace)  # raises for the Trace of another model
            arrays = attention_contributions(trace)
        else:
            model, ids, change = self.transformer(), self._ids_of(trace), self._change_of(trace)
            if method == "rollout":
                arrays = rollout_contributions(trace)
            else:
                arrays = (norm_contributions if method == "norms" else alti_contributions)(model, *ids, change)
        source, target = (np.ascontiguousarray(array, np.float32) for array in arrays)
        return Contributions(method, trace.source_labels, trace.input_labels, trace.output_labels, source, target)

    def norm_trace(self, trace: Trace) -> Trace:
        """Return a Trace with, in place of each head's weights, the lengths of what it adds: ||alpha_ij f(x_j)||.

        Rows sum to 1, or to 0 for a removed head (`core.analysis.contributions.value_norms`).

        Raises:
            OptionError: If the Trace is of another model, or the model is recurrent.
        """
        norms = head_norms(self.transformer(), *self._ids_of(trace), self._change_of(trace))
        encoder_self, decoder_self, cross = (norms[kind].astype(np.float32) for kind in KINDS)
        return dataclasses.replace(trace, encoder_self=encoder_self, decoder_self=decoder_self, cross=cross)

    def word_importance(self, trace: Trace) -> np.ndarray:
        """Measure how much log-probability each output piece loses when a source word is masked.

        The output stays that of the Trace. A word's pieces are masked as with `Intervention(masked_source=…)`, in the
        whole model. The Trace's own Intervention does not count.

        Returns:
            float32 (T, source words), in nats, without </s>; negative if a piece is more probable without the word.

        Raises:
            OptionError: If the Trace is of another model, or the model is recurrent.
        """
        model, (source, inputs) = self.transformer(), self._ids_of(trace)
        output = self.tensor(self.encode_target(trace.output_pieces))[0]
        words = [span for span in trace.source_words if span[0] not in trace.source_specials]
        whole, without = log_probabilities_without_words(model, source, inputs, output, words)
        return np.ascontiguousarray((whole - without).T.float().cpu().numpy())

"""Measurement of how well an English-French model resolves "it", for its card.

Usage: `python -m core.training.pronouns --model FOLDER`

The sentences are those that `core.training.antecedents` keeps out of the training pairs: "The cow didn't cross the
stream because it was too tired." and the same with "too wide", where French has to choose between « elle » and « il ».
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from core.analysis import merge, word
from core.config import BOS, KINDS
from core.errors import HeadlightError, OptionError
from core.intervention import Intervention
from core.model import Transformer
from core.probes.importance import log_probabilities_without_heads
from core.records import Trace
from core.training.antecedents import Case, held_out_cases
from core.training.evaluate import Progress, translate_all
from core.translator import Translator, load
from core.zoo import find_folder, update_card

PROBED = 200
"""The number of sentences whose heads are measured: as many minimal pairs of each kind."""

AFTER_BECAUSE = re.compile(r"\bparce qu'(il|elle)\b")


def written_pronoun(french: str) -> str:
    """Return the pronoun after « parce qu' », "" if there is none."""
    found = AFTER_BECAUSE.search(french)
    return found[1] if found else ""


def accuracy(cases: Sequence[Case], outputs: Sequence[str]) -> dict[str, Any]:
    """Return how often translations have the right pronoun.

    Args:
        cases: The cases, minimal pairs one after the other as in `held_out_cases`.
        outputs: Their translations.

    Returns:
        {"sentences": number, "right": share with the right pronoun, "both": share of minimal pairs with both right,
        "none": share without a pronoun, "il": share with « il »}. Of a model that always writes « il », and of one that
        guesses, "right" is 0.5, and "both" 0 and 0.25.
    """
    written = [written_pronoun(output) for output in outputs]
    right = np.array([pronoun == case.pronoun for pronoun, case in zip(written, cases, strict=True)])
    return {
        "sentences": len(cases),
        "right": round(float(right.mean()), 4),
        "both": round(float(right.reshape(-1, 2).all(1).mean()), 4),
        "none": round(written.count("") / len(cases), 4),
        "il": round(written.count("il") / len(cases), 4),
    }


def noun_weights(trace: Trace, case: Case) -> np.ndarray:
    """Return the weight in encoder self-attention from "it" to the right noun and to the other: (layers, heads, 2).

    Raises:
        ValueError: If a word is not found in the sentence.
    """
    words = [word(trace.source_spelling, span).strip() for span in trace.source_words]

    def position(english: str) -> int:
        last = english.split(" ")[-1]  # of "living room"
        return words.index(last)

    weights = merge(trace.encoder_self, [trace.source_words[words.index("it")]], trace.source_words)[:, :, 0]
    right, other = case.nouns[case.meant], case.nouns[1 - case.meant]
    return weights[..., [position(right.english), position(other.english)]]


def preferences(translator: Translator, case: Case) -> np.ndarray:
    """Return by how much the right translation is more probable than the wrong one, in nats.

    Returns:
        (1 + 3 kinds * layers * heads,): of the whole model, and without each head, with kinds in the order of KINDS.

    Raises:
        OptionError: If the model is recurrent.
    """
    model = translator.model
    if not isinstance(model, Transformer):
        raise OptionError(name="model", value=translator.card.name, cause="transformer")
    source = translator.tensor(translator.encode(case.pair[0])[0])
    scores = []
    for target in (case.pair[1], case.wrong):
        output = translator.encode_target(target)
        inputs, outputs = translator.tensor([BOS, *output[:-1]]), translator.tensor(output)[0]
        whole, without = log_probabilities_without_heads(model, source, inputs, outputs)
        scores.append(torch.cat([whole.view(1), without.flatten()]).cpu().numpy())
    return scores[0] - scores[1]


def measure_heads(translator: Translator, cases: Sequence[Case], progress: Progress = iter) -> dict[str, Any]:
    """Return which heads attend from "it" to the right noun, and what happens without each head.

    Returns:
        {"sentences": number, "right": share of sentences whose right translation is more probable than the wrong one,
        "without": the same without each head, {kind: (layers, heads)}, "to_right", "to_other": mean weight in encoder
        self-attention from "it" to the noun that it stands for, and to the other, (layers, heads), "finds": share of
        sentences in which the first of these weights is the larger}.
    """
    margins, weights = [], []
    for case in progress(cases):
        margins.append(preferences(translator, case))
        weights.append(noun_weights(translator.translate(case.pair[0]), case))
    config = translator.config
    right = (np.array(margins) > 0).mean(0)
    kinds = right[1:].reshape(3, config.n_layers, config.n_heads)
    means = np.mean(weights, 0)  # (layers, heads, 2)
    finds = np.mean([weight[..., 0] > weight[..., 1] for weight in weights], 0)
    return {
        "sentences": len(cases),
        "right": round(float(right[0]), 4),
        "without": {name: kind.round(4).tolist() for name, kind in zip(KINDS, kinds, strict=True)},
        "to_right": means[..., 0].round(4).tolist(),
        "to_other": means[..., 1].round(4).tolist(),
        "finds": finds.round(4).tolist(),
    }


REMOVED = 4
"""The largest number of heads that are removed together."""


def without_finders(
    translator: Translator, cases: Sequence[Case], heads: Mapping[str, Any], progress: Progress = iter
) -> list[dict[str, Any]]:
    """Return how often the pronoun is right without the heads that attend most from "it" to the right noun.

    Args:
        translator: The model.
        cases: The cases.
        heads: What `measure_heads` returned.
        progress: Wraps the numbers of heads.

    Returns:
        For 1 to REMOVED heads of encoder self-attention together: {"heads": [[layer, head], …], those with the largest
        difference of "to_right" and "to_other" first, **`accuracy` of the translations}.
    """
    difference = np.subtract(heads["to_right"], heads["to_other"])
    order = [divmod(int(i), difference.shape[1]) for i in np.argsort(-difference, axis=None, kind="stable")]
    results = []
    for count in progress(range(1, min(REMOVED, len(order)) + 1)):
        removed = order[:count]
        change = Intervention(ablate={("encoder_self", layer, head): "zero" for layer, head in removed})
        outputs = [translator.translate(case.pair[0], intervention=change).text for case in cases]
        results.append({"heads": [list(head) for head in removed], **accuracy(cases, outputs)})
    return results


def measure_pronouns(translator: Translator, count: int, seed: int, progress: Progress = iter) -> dict[str, Any]:
    """Return how well a model resolves "it" in held-out sentences, for its card.

    Args:
        translator: The model.
        count: The number of sentences, see `held_out_cases`.
        seed: The seed of the recipe.
        progress: Wraps loops.

    Returns:
        {"unseen pair": `accuracy` for pairs of nouns that were never trained on, "unseen adjective": for adjectives
        that were never trained on with the pair, "heads": `measure_heads`, "removed": `without_finders`}; without the
        last two for a recurrent model.
    """
    cases = held_out_cases(count, seed)
    tokenizers = translator.source_tokenizer, translator.target_tokenizer
    outputs = translate_all(translator.model, [case.pair[0] for case in cases], *tokenizers, translator.device)
    results: dict[str, Any] = {}
    for kind in dict.fromkeys(case.kind for case in cases):
        chosen = [i for i, case in enumerate(cases) if case.kind == kind]
        results[kind] = accuracy([cases[i] for i in chosen], [outputs[i] for i in chosen])
    if translator.config.recurrent:
        return results
    per_kind = min(PROBED, count) // 4 * 2
    probed = [case for kind in results for case in [case for case in cases if case.kind == kind][:per_kind]]
    heads = measure_heads(translator, probed, progress)
    return {**results, "heads": heads, "removed": without_finders(translator, probed, heads, progress)}


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.training.pronouns", description=__doc__)
    parser.add_argument("--model", required=True, help="a model folder, or a shipped model's name")
    parser.add_argument("--count", type=int, default=600, help="sentences (default: 600)")
    parser.add_argument("--seed", type=int, default=1, help="the recipe's seed (default: 1)")
    parser.add_argument("--device", help="cuda, mps or cpu; by default the first of these that is there")
    args = parser.parse_args(arguments)
    try:
        folder = find_folder(args.model)
        pronouns = measure_pronouns(load(folder, args.device), args.count, args.seed, tqdm)
    except HeadlightError as error:
        print(error)
        return 2
    update_card(folder, pronouns=pronouns)
    print(json.dumps(pronouns))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Measurement of the effect of careless spelling on a model's translations, for its card.

Usage: `python -m core.training.variants --model FOLDER --data FOLDER`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sacrebleu

from core.errors import HeadlightError
from core.text import UNSPACED, clean
from core.training.command import measure
from core.training.corpus import FINAL_PUNCTUATION, Pair
from core.training.evaluate import bleu_tokenizer, translate_all
from core.translator import Translator
from core.zoo import update_card

FINAL_MARKS = FINAL_PUNCTUATION + "。！？"

SPACED_VARIANTS: Mapping[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "no final mark": lambda text: text.rstrip(FINAL_MARKS),
    "no apostrophes": lambda text: text.replace("'", ""),
    "curly quotes": lambda text: text.replace("'", "’"),
    "lower case, no final mark": lambda text: text.rstrip(FINAL_MARKS).lower(),
}
UNSPACED_VARIANTS: Mapping[str, Callable[[str], str]] = {
    "no final mark": lambda text: text.rstrip(FINAL_MARKS),
    "ASCII final mark": lambda text: text[:-1] + {"。": ".", "？": "?", "！": "!"}.get(text[-1], text[-1]),
}


def strip_final_mark(text: str) -> str:
    """Return a sentence without its final marks."""
    return text.rstrip(FINAL_MARKS)


def corpus_variants(translator: Translator, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return how often sentences in another spelling have the translation of the original, for a model's card.

    Returns:
        {name of the variant: {"sentences": number that it changes, "same": share with the same greedy translation,
        apart from final marks, "bleu": BLEU of the variants' translations, "bleu_plain": BLEU of the originals'
        translations}}
    """
    language = translator.card.source_language
    tokenizers = translator.source_tokenizer, translator.target_tokenizer
    tokenize = bleu_tokenizer(translator.card.target_language)

    def translate(sentences: Sequence[str]) -> list[str]:
        return translate_all(translator.model, sentences, *tokenizers, translator.device)

    originals = [source for source, _ in pairs]
    translation_of = dict(zip(originals, translate(originals), strict=True))
    results = {}
    for name, rewrite in (UNSPACED_VARIANTS if language in UNSPACED else SPACED_VARIANTS).items():
        changed = []
        for source, target in pairs:
            try:
                variant = clean(rewrite(source), language)
            except HeadlightError:  # the variant is empty
                continue
            if rewrite(source) != source:
                changed.append((source, variant, target))
        if not changed:
            continue
        outputs = translate([variant for _, variant, _ in changed])
        references = [target for *_, target in changed]
        plain = [translation_of[source] for source, *_ in changed]
        same = [strip_final_mark(a) == strip_final_mark(b) for a, b in zip(outputs, plain, strict=True)]
        results[name] = {
            "sentences": len(changed),
            "same": round(sum(same) / len(changed), 4),
            "bleu": round(sacrebleu.corpus_bleu(outputs, [references], tokenize=tokenize).score, 2),
            "bleu_plain": round(sacrebleu.corpus_bleu(plain, [references], tokenize=tokenize).score, 2),
        }
    return results


def write_variants(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure spelling variants over the dev set, write the numbers to the model's card, and print them."""
    variants = corpus_variants(translator, pairs)
    update_card(folder, variants=variants)
    for name, numbers in variants.items():
        print(name, *(f"{key} {value}" for key, value in numbers.items()), sep=", ")


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process, and return the exit code."""
    return measure("variants", __doc__, write_variants, arguments)


if __name__ == "__main__":
    raise SystemExit(main())

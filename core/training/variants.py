"""`python -m core.training.variants --model FOLDER --data FOLDER`: what a hurried spelling changes, for a model's card."""

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

SPACED: Mapping[str, Callable[[str], str]] = {
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


def bare(text: str) -> str:
    """A translation without its final mark."""
    return text.rstrip(FINAL_MARKS)


def corpus_variants(translator: Translator, pairs: Sequence[Pair]) -> dict[str, Any]:
    """How often a sentence in another spelling is translated as the plain one is, final marks aside.

    -> {name of the variant: {"sentences": that it changes, "same": share with the same greedy translation,
    "bleu": of the variant's translations, "bleu_plain": of the plain sentences'}}
    """
    language = translator.card.source_language
    tokenizers = translator.source_tokenizer, translator.target_tokenizer
    tokenize = bleu_tokenizer(translator.card.target_language)

    def translations(sentences: Sequence[str]) -> list[str]:
        return translate_all(translator.model, sentences, *tokenizers, translator.device)

    plain = dict(zip([s for s, _ in pairs], translations([s for s, _ in pairs]), strict=True))
    found = {}
    for name, rewrite in (UNSPACED_VARIANTS if language in UNSPACED else SPACED).items():
        changed = []
        for source, target in pairs:
            try:
                variant = clean(rewrite(source), language)
            except HeadlightError:  # nothing is left of it
                continue
            if rewrite(source) != source:
                changed.append((source, variant, target))
        if not changed:
            continue
        outputs = translations([variant for _, variant, _ in changed])
        references = [target for *_, target in changed]
        before = [plain[source] for source, *_ in changed]
        found[name] = {
            "sentences": len(changed),
            "same": round(sum(bare(a) == bare(b) for a, b in zip(outputs, before, strict=True)) / len(changed), 4),
            "bleu": round(sacrebleu.corpus_bleu(outputs, [references], tokenize=tokenize).score, 2),
            "bleu_plain": round(sacrebleu.corpus_bleu(before, [references], tokenize=tokenize).score, 2),
        }
    return found


def write_variants(folder: Path, translator: Translator, pairs: list[Pair]) -> None:
    """Measure spelling variants over the dev set, put the numbers on the model's card, and print them."""
    variants = corpus_variants(translator, pairs)
    update_card(folder, variants=variants)
    for name, numbers in variants.items():
        print(name, *(f"{key} {value}" for key, value in numbers.items()), sep=", ")


def main(arguments: list[str] | None = None) -> int:
    return measure("variants", __doc__, write_variants, arguments)


if __name__ == "__main__":
    raise SystemExit(main())

"""Language codes of multilingual tokenizers: mBART's en_XX, NLLB's eng_Latn, M2M100's en."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.checks import quoted
from core.errors import OptionError
from core.text import language_code


def iso_code(language: str) -> str:
    """Return the ISO 639 code of a language or of a tokenizer's code for it; "und" if it is none."""
    try:
        return language_code(language)
    except OptionError:
        return "und"


def special_tokens(tokenizer: Any) -> set[str]:
    """Return the tokens that are specials of a tokenizer; the unknown token stands for text, and is none."""
    added = getattr(tokenizer, "added_tokens_decoder", {}) or {}
    tokens = {str(token) for token in added.values() if getattr(token, "special", False)}
    return (tokens | {str(token) for token in tokenizer.all_special_tokens}) - {str(tokenizer.unk_token)} | _own(
        tokenizer
    )


def _own(tokenizer: Any) -> set[str]:
    """Return the specials with a role: GPT-2's unknown token is also the one that ends a text."""
    roles = (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token)
    # Language tokens that M2M100's and Marian's tokenizers do not count in.
    languages = getattr(tokenizer, "lang_code_to_token", None) or {}
    others = getattr(tokenizer, "supported_language_codes", None) or ()
    return {str(token) for token in roles if token is not None} | set(languages.values()) | set(others)


def tokenizer_codes(tokenizer: Any) -> list[str]:
    """Return the codes by which a tokenizer names languages; [] if it is for one pair of languages."""
    if not hasattr(tokenizer, "src_lang"):
        return []
    known = getattr(tokenizer, "lang_code_to_token", None) or getattr(tokenizer, "lang_code_to_id", None)
    if known:
        return [str(code) for code in known]
    pattern = r"[a-z]{2,3}_[A-Z]{2}|[a-z]{3}_[A-Z][a-z]{3}|__[a-z_]{2,8}__"
    codes = [token for token in tokenizer.get_added_vocab() if re.fullmatch(pattern, token)]
    return [code.strip("_") for code in codes]


def find_code(tokenizer: Any, language: str, name: str) -> str | None:
    """Return a tokenizer's code for a language: "zho_Hans" or "zh_CN" for "zh". None if the tokenizer has no codes.

    Args:
        tokenizer: The tokenizer.
        language: The tokenizer's own code, or an ISO 639 code; of several scripts the tokenizer's first is taken.
        name: The option's name, for the error.

    Raises:
        OptionError: If the tokenizer does not know the language.
    """
    codes = tokenizer_codes(tokenizer)
    if not codes or language in codes:
        return language if codes else None
    wanted = iso_code(language)
    found = [code for code in codes if iso_code(code) == wanted]
    if wanted == "und" or not found:
        shown = ", ".join(codes[:12]) + (", …" if len(codes) > 12 else "")
        raise OptionError(name=name, value=quoted(language), cause="choices", choices=shown)
    return found[0]


def code_id(tokenizer: Any, code: str) -> int:
    """Return the id of a language's token."""
    token = (getattr(tokenizer, "lang_code_to_token", None) or {}).get(code, code)
    return int(tokenizer.convert_tokens_to_ids(token))


@contextmanager
def languages_set(tokenizer: Any, source: str | None, target: str | None) -> Iterator[None]:
    """Set the languages of a multilingual tokenizer, None for one that stays, and set them back afterwards."""
    given = {"tgt_lang": target, "src_lang": source}  # the source last: setting it makes the tokenizer read the source
    before = {name: getattr(tokenizer, name) for name, code in given.items() if code is not None}
    try:
        for name in before:
            setattr(tokenizer, name, given[name])
        yield
    finally:
        for name, code in before.items():
            if code is not None or name == "tgt_lang":
                setattr(tokenizer, name, code)

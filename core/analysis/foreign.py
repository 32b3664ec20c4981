"""Detection of texts in another script than that of the source language."""

from __future__ import annotations

import unicodedata

SCRIPTS = {"zh": "CJK", **dict.fromkeys(("de", "en", "es", "fr", "it", "pt"), "LATIN")}
"""The beginning of the Unicode names of a language's letters."""


def looks_foreign(text: str, language: str) -> bool:
    """Return whether fewer than half of a text's letters are of the language's script; for Chinese, whether none is.

    A foreign name in a Chinese sentence may be longer than the rest of the sentence. Languages with the same script
    cannot be distinguished. The result is False for texts without letters, and for languages not in SCRIPTS.
    """
    if language not in SCRIPTS:
        return False
    letters = [unicodedata.name(character, "") for character in text if character.isalpha()]
    own = sum(name.startswith(SCRIPTS[language]) for name in letters)
    return bool(letters) and (own == 0 if language == "zh" else 2 * own < len(letters))

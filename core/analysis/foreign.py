"""Is a text written in the script of the language that a model reads?"""

from __future__ import annotations

import unicodedata

SCRIPTS = {"zh": "CJK", **dict.fromkeys(("de", "en", "es", "fr", "it", "pt"), "LATIN")}
"""By language, how Unicode's names of its letters begin."""


def looks_foreign(text: str, language: str) -> bool:
    """Whether a text has letters, but fewer than half of them are of the language's script; for Chinese, none of them.

    A Chinese sentence may hold a foreign name that is longer than all the rest of it. Languages of the same script cannot
    be told apart; False for a language whose script is not known here.
    """
    if language not in SCRIPTS:
        return False
    letters = [unicodedata.name(character, "") for character in text if character.isalpha()]
    own = sum(name.startswith(SCRIPTS[language]) for name in letters)
    return bool(letters) and (own == 0 if language == "zh" else 2 * own < len(letters))

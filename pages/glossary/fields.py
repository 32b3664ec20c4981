"""Fields of the page's address."""

from core.export.bundle import glossary
from pages.ui.address import Field, one_of, register

LONGEST = 60
"""Characters of a search."""


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(text)
    return text


FIELDS = register("glossary", {"term": one_of(glossary), "find": Field(_short, default="")})

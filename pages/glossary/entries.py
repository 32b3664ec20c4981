"""The entries of the glossary, and the search among them."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from core.export.bundle import explanations, glossary
from pages.glossary.fields import LONGEST
from pages.ui.catalogue import language, t


def show_search() -> None:
    """Show the box of the search, which the address keeps as `find`."""
    st.text_input(
        t("glossary.find"),
        key="find",
        max_chars=LONGEST,
        placeholder=t("glossary.placeholder"),
        label_visibility="collapsed",
        live="200ms",
        persist_state="session",
    )


def find(text: str) -> dict[str, list[str]]:
    """Return the terms that contain a text, by group, in the glossary's order; all terms for an empty text.

    The text is searched in the terms of all languages, and in the explanations of the visitor's.
    """
    wanted = text.strip().casefold()

    def contains(name: str) -> bool:
        entry = glossary()[name]
        places = (*entry["term"].values(), entry["text"][language()])
        return any(wanted in place.casefold() for place in places)

    found = filter(contains, glossary())
    return {group: list(names) for group, names in groupby(found, lambda name: glossary()[name]["group"])}


def _entry(name: str) -> str:
    """Return one term as Markdown: its name as a link to itself, the explanation, formula and section."""
    entry = explanations(language(), [name])[name]
    parts = [f"**[{entry['term']}](?lang={language()}&term={name})**  \n{_escaped(entry['text'])}"]
    if "formula" in entry:
        parts.append(f"`{entry['formula']}`")
    if section := glossary()[name].get("section"):
        parts.append(f":small[{t('glossary.section', section=section)}]")
    return "  \n".join(parts)


def _escaped(text: str) -> str:
    """Escape what the explanations contain of Markdown's marks: special tokens in angle brackets, and d_model."""
    return text.replace("<", r"\<").replace("_", r"\_")


def show_entry(name: str) -> None:
    """Show the term that a link names, above all others."""
    with st.container(border=True):
        st.markdown(_entry(name))
    st.markdown(f"**{t('glossary.all')}**")


def show_group(group: str, names: list[str]) -> None:
    """Show the terms of a group in two columns, read row by row."""
    st.subheader(t(f"glossary.group.{group}"))
    for column, start in zip(st.columns(2, gap="medium"), range(2), strict=True):
        column.markdown("\n\n".join(_entry(name) for name in names[start::2]))

"""The registry of pages, and the start of a session by a deep link."""

from __future__ import annotations

import copy
import functools
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from pages.ui import session

COURSE = ("why", "attention", "heads", "masks", "positions", "block", "words", "training", "cost", "figures")
"""File names of the pages that explain attention, in their order."""

SECTIONS = {
    "": ("home", "translate", "compare", "beams", "inside"),
    "lecture": (*COURSE, "lectures"),
    "more": ("corpus", "models", "glossary"),
}
"""File names of the pages by section of the header's navigation, in its order: a section with a name is a menu."""

PAGES = tuple(name for names in SECTIONS.values() for name in names)

for _name in PAGES:
    if (Path(__file__).parents[1] / _name / "fields.py").is_file():  # it registers the page's fields
        importlib.import_module(f"pages.{_name}.fields")


_page = functools.cache(st.Page)
"""A page with these properties, which are the same for every visitor; making one looks for its file."""


def pages(title: Callable[[str], str | None] = lambda name: None) -> dict[str, list]:
    """Return all pages for `st.navigation`, each under the address /name; `title` names pages and sections.

    The root shows the first page directly: a redirect would cost a run and make the page jump. The page is also
    available under its own name, hidden from the menu.
    """
    sections = {
        (title(section) if section else "") or section: [
            copy.copy(  # st.navigation marks the one that may run
                _page(
                    f"pages/{name}.py",
                    title=title(name),
                    url_path=name,
                    visibility="hidden" if name == PAGES[0] else "visible",
                )
            )
            for name in names
        ]
        for section, names in SECTIONS.items()
    }
    home = copy.copy(_page(f"pages/{PAGES[0]}.py", title=title(PAGES[0]), url_path="start", default=True))
    first = next(iter(sections))
    return {**sections, first: [home, *sections[first]]}


def link(page: str, query: Mapping[str, str]) -> str:
    """Return the full address of a page with a query, as visitors reach it: by the address in the browser."""
    root = (st.context.url or "").split("?")[0].rstrip("/")
    before, _, last = root.rpartition("/")
    return f"{before if last in PAGES else root}/{page}?{urlencode(query)}"


def enter() -> None:
    """Ensure that app.py has run; the first call of every page.

    A new server process takes the folder `pages` for Streamlit's older kind of multipage app: it runs a page that is
    opened by its address without app.py. Calling `st.navigation` turns that off for the whole process, and the rerun,
    with the same address and query, goes through app.py.
    """
    if "entered" not in st.session_state:
        st.navigation(pages(), position="hidden")
        st.rerun()
    session.restore_widgets()

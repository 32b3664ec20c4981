"""The registry of pages, and the way in by a deep link."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.ui import session

SECTIONS = {
    "see": ("home", "translate", "compare", "beams", "inside"),
    "lecture": ("why", "attention", "heads", "masks", "positions"),
    "more": ("models",),
}
"""Pages by section of the menu, in its order, by file name."""

PAGES = tuple(name for names in SECTIONS.values() for name in names)

for _name in PAGES:
    if (Path(__file__).parents[1] / _name / "fields.py").is_file():  # it registers the fields of the page's address
        importlib.import_module(f"pages.{_name}.fields")


def pages(title: Callable[[str], str | None] = lambda name: None) -> dict[str, list]:
    """All pages as `st.navigation` takes them, each under the address /name; `title` names pages and sections.

    The root shows the first page at once: a redirect would cost a run and make the sidebar jump. Under its own name it is
    there too, hidden from the menu.
    """
    shown = {
        title(section) or section: [
            st.Page(
                f"pages/{name}.py",
                title=title(name),
                url_path=name,
                visibility="hidden" if name == PAGES[0] else "visible",
            )
            for name in names
        ]
        for section, names in SECTIONS.items()
    }
    home = st.Page(f"pages/{PAGES[0]}.py", title=title(PAGES[0]), url_path="start", default=True)
    first = next(iter(shown))
    return {**shown, first: [home, *shown[first]]}


def enter() -> None:
    """Every page's first line: make sure that app.py has run.

    On a fresh server Streamlit takes the folder `pages` for its older kind of multipage app, and runs a page that is
    opened by its address alone, without app.py. Calling `st.navigation` ends that for the whole process, and running
    again, with the same address and query, goes through app.py.
    """
    if "entered" not in st.session_state:
        st.navigation(pages(), position="hidden")
        st.rerun()
    session.arrive()

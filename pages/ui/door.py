"""How a visitor comes in: the pages there are, and the way in by a deep link."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

PAGES = ("translate", "models")
"""Pages in the order of the menu, by file name."""


def pages(title: Callable[[str], str | None] = lambda name: None) -> list:
    """All pages as `st.navigation` takes them, each under the address /name; `title` gives its name in the menu.

    The root shows the first page too, at once: a redirect would cost a run and make the sidebar jump.
    """
    shown = [st.Page(f"pages/{name}.py", title=title(name), url_path=name) for name in PAGES]
    home = st.Page(f"pages/{PAGES[0]}.py", title=title(PAGES[0]), url_path="start", default=True, visibility="hidden")
    return [home, *shown]


def enter() -> None:
    """Every page's first line: go in through app.py.

    On a fresh server Streamlit takes the folder `pages` for its older kind of multipage app, and runs a page that is
    opened by its address alone, without app.py. Calling `st.navigation` ends that for the whole process, and running
    again, with the same address and query, goes through app.py.
    """
    if "entered" not in st.session_state:
        st.navigation(pages(), position="hidden")
        st.rerun()

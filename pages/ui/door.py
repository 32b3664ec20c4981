"""How a visitor comes in: the pages there are, and the way in by a deep link."""

from __future__ import annotations

import streamlit as st

PAGES = ("translate", "models")
"""Pages in the order of the menu, by file name."""


def page(name: str, title: str | None = None):
    """One page as `st.navigation` takes it, under the address /name."""
    return st.Page(f"pages/{name}.py", title=title, url_path=name)


def enter() -> None:
    """Every page's first line: go in through app.py.

    On a fresh server Streamlit takes the folder `pages` for its older kind of multipage app, and runs a page that is
    opened by its address alone, without app.py. Calling `st.navigation` ends that for the whole process, and running
    again, with the same address and query, goes through app.py.
    """
    if "entered" not in st.session_state:
        st.navigation([page(name) for name in PAGES], position="hidden")
        st.rerun()

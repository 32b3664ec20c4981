"""What all pages of the lecture share: a question as title, what to try, what to know more of, and the way on.

A page's texts are NAME.title, NAME.intro (three or four sentences), NAME.try (a list), NAME.curious.
"""

from __future__ import annotations

import streamlit as st

from pages.ui import door, settings
from pages.ui.text import t


def begin(name: str) -> None:
    """The question and the three or four sentences under it."""
    door.enter()
    settings.problems()
    st.title(t(f"{name}.title"))
    st.markdown(t(f"{name}.intro"))


def end(name: str) -> None:
    """What to try, what the curious may read, and the pages before and after this one."""
    st.markdown(f"**{t('lecture.try')}**")
    st.markdown(t(f"{name}.try"))
    with st.expander(t("lecture.curious")):
        st.markdown(t(f"{name}.curious"))
    pages = door.SECTIONS["lecture"]
    at = pages.index(name)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="lecture-way"):
        for step, sign in ((-1, "←"), (1, "→")):
            if 0 <= at + step < len(pages):
                other = pages[at + step]
                words = (sign, t(f"{other}.title"))
                st.page_link(f"pages/{other}.py", label=" ".join(words if step < 0 else words[::-1]))

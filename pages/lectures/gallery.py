"""The lectures in assets/lectures, ready to be given or to be copied and changed."""

import streamlit as st

from pages.lectures import draft, mode
from pages.lectures.fields import SHIPPED, shipped
from pages.ui.catalogue import language, plain, t


def show_gallery() -> None:
    """Show a card for each shipped lecture."""
    for column, name in zip(st.columns(len(SHIPPED), gap="medium", border=True), SHIPPED, strict=True):
        lecture = shipped(name, language())
        with column:
            st.markdown(f"**{plain(lecture.title)}**")
            st.markdown(t(f"lectures.gallery.{name}"))
            st.caption(t("lectures.count", count=len(lecture.states)))
            with st.container(horizontal=True):
                st.button(t("lectures.give"), key=f"give-{name}", on_click=mode.start, args=(name,))
                st.button(t("lectures.copy"), key=f"copy-{name}", on_click=draft.keep, args=(lecture,))

"""Glossary page: all terms with their explanations, in groups, with a search."""

import streamlit as st

from pages.glossary.entries import find, show_entry, show_group, show_search
from pages.glossary.fields import FIELDS
from pages.ui import navigation, session
from pages.ui.catalogue import plain, t
from pages.ui.controls import show_broken_link

navigation.enter()
st.title(t("glossary.title"))
st.markdown(t("glossary.intro"))
show_search()
show_broken_link()
found = find(st.session_state["find"])
if st.session_state["term"] and not st.session_state["find"]:
    show_entry(st.session_state["term"])
for group, ids in found.items():
    show_group(group, ids)
if not found:
    st.markdown(t("glossary.none", text=plain(st.session_state["find"])))
st.caption(t("glossary.source"))
session.write(["lang", "model", *FIELDS])

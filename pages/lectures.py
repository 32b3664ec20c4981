"""Lectures page: lectures to give as they are, and one that the visitor makes of saved states of the app."""

import streamlit as st

from pages.lectures import editor, gallery
from pages.lectures.fields import FIELDS
from pages.ui import navigation, session, settings
from pages.ui.address import APP
from pages.ui.catalogue import t
from pages.ui.controls import show_broken_link

navigation.enter()
settings.show_problems()
st.title(t("lectures.title"))
st.markdown(t("lectures.intro"))
show_broken_link()
gallery.show_gallery()
st.subheader(t("lectures.own"))
editor.show_editor()
session.write([*APP, *FIELDS])

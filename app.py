"""The app: which pages there are, and in the sidebar the language and the model that all of them use."""

import streamlit as st

from pages.ui import cache, history, navigation, session, sidebar, style
from pages.ui.catalogue import t

st.session_state["entered"] = True
# Hidden by the configuration until here: on a fresh server it would name the files in the folder `pages`.
st.set_option("client.showSidebarNavigation", True)
# The sidebar is as narrow as its words from the very first frame on: a rule of style would come later.
st.set_page_config(page_title="Headlight", page_icon="assets/icon.svg", layout="wide", initial_sidebar_state=272)
style.apply()
history.apply()
session.read()
with st.sidebar:
    sidebar.choose_language()
page = st.navigation(navigation.pages(lambda name: t(f"nav.{name}")))
with st.sidebar:
    sidebar.choose_model()
page.run()
cache.warm_up()

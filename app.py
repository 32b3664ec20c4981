"""Entry point of the app: register the pages, and draw the sidebar with the language and model that all of them use."""

import streamlit as st

from pages.ui import browser, cache, navigation, session, sidebar, style, visitors
from pages.ui.catalogue import t

st.session_state["entered"] = True
# The configuration hides the menu until here: on a fresh server it would list the files of the folder `pages`.
st.set_option("client.showSidebarNavigation", True)
# A CSS rule would apply only after the first frame, so the width of the sidebar is set here.
st.set_page_config(page_title="Headlight", page_icon="assets/icon.svg", layout="wide", initial_sidebar_state=272)
style.apply()
browser.apply()
visitors.admit()
session.read()
with st.sidebar:
    sidebar.choose_language()
page = st.navigation(navigation.pages(lambda name: t(f"nav.{name}")))
with st.sidebar:
    sidebar.choose_model()
page.run()
cache.warm_up()

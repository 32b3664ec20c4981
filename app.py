"""Entry point of the app: register the pages, and draw the header with the model and language that all of them use."""

import streamlit as st

from pages.app import browser, style, terms, visitors
from pages.lectures import mode, share
from pages.ui import cache, navigation, session, settings
from pages.ui.catalogue import catalogue, language

st.session_state["entered"] = True
# The configuration hides the menu until here: on a fresh server it would list the files of the folder `pages`.
st.set_option("client.showSidebarNavigation", True)
st.set_page_config(page_title="Headlight", page_icon="assets/icon.svg", layout="wide")
session.read()
mode.open_requested()
style.apply()
browser.apply()
terms.apply()
visitors.admit()
texts = catalogue(language())
page = st.navigation(navigation.pages(lambda name: texts[f"nav.{name}"]), position="top")
style.mark_menu(page.url_path)
with visitors.turn(), style.page_container():
    settings.show_settings()
    share.show_button()
    mode.show(page)
    page.run()
    share.show(page)
cache.warm_up()

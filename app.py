"""The door: which pages there are, and in the sidebar the language and the model that all of them use."""

import streamlit as st

from pages.ui import door, loaders, look, settings, state
from pages.ui.text import t

st.session_state["entered"] = True
st.set_page_config(page_title="Headlight", page_icon="assets/icon.svg", layout="wide")
look.apply()
state.read()
with st.sidebar:
    settings.choose_language()
chosen = st.navigation(door.pages(lambda name: t(f"nav.{name}")))
with st.sidebar:
    settings.choose_model()
chosen.run()
loaders.warm_up()

"""The door: which pages there are, and in the sidebar the language and the model that all of them use."""

import streamlit as st

from pages.ui import door, loaders, look, settings, state
from pages.ui.text import t

st.session_state["entered"] = True
st.set_page_config(page_title="Headlight", page_icon="assets/icon.svg", layout="wide", initial_sidebar_state=240)
look.apply()
state.read()
with st.sidebar:
    settings.choose_language()
pages = {name: door.page(name, t(f"nav.{name}")) for name in door.PAGES}
home = st.Page(lambda: st.switch_page(pages["translate"], query_params=st.query_params.to_dict()), title="Headlight",
               url_path="", default=True, visibility="hidden")  # fmt: skip
chosen = st.navigation([home, *pages.values()])
with st.sidebar:
    settings.choose_model()
chosen.run()
loaders.warm_up()

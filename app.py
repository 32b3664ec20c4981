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
pages = {name: door.page(name, t(f"nav.{name}")) for name in door.PAGES}
# The root shows the first page too, at once: a redirect would cost a run and make the sidebar jump.
home = st.Page("pages/translate.py", title=t("nav.translate"), url_path="start", default=True, visibility="hidden")
chosen = st.navigation([home, *pages.values()])
with st.sidebar:
    settings.choose_model()
chosen.run()
loaders.warm_up()

"""Models page: the cards of all models in tables, and the chosen model with examples."""

from pathlib import Path

import streamlit as st

from pages.models.card import show_expectations, show_training
from pages.models.scores import show_overview, show_sets
from pages.ui import cache, navigation, session, settings
from pages.ui.catalogue import t

ASSETS = Path(__file__).parents[1] / "assets"
REFERENCE, NOTEBOOK = ASSETS / "reference.html", ASSETS / "notebooks" / "headlight.ipynb"

navigation.enter()
st.title(t("models.title"))
settings.show_problems()

cards = [cache.cards()[name] for name in cache.usable()]
st.write(t("models.intro"))
show_overview(cards)
show_sets(cards)
show_expectations(cache.cards()[st.session_state["model"]])
st.subheader(t("models.trained"))
for card in cards:
    show_training(card)
st.caption(t("models.device", device=cache.device_name()))
st.subheader(t("models.python"))
st.markdown(t("models.python.text"))
with st.container(horizontal=True):
    for file, kind in ((REFERENCE, "reference"), (NOTEBOOK, "notebook")):
        st.download_button(t(f"models.{kind}"), file.read_bytes, file.name, key=f"models-{kind}", on_click="ignore")
session.write(["lang", "model"])

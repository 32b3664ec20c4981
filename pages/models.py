"""Which models are here, how good are they, and on what? Their cards side by side, and the chosen one by examples."""

import streamlit as st

from pages.models.card import expect, training
from pages.models.scores import by_set, overview
from pages.ui import cache, navigation, session, sidebar
from pages.ui.catalogue import t

navigation.enter()
st.title(t("models.title"))
sidebar.problems()

cards = [cache.cards()[name] for name in cache.usable()]
st.write(t("models.intro"))
overview(cards)
by_set(cards)
expect(cache.cards()[st.session_state["model"]])
st.subheader(t("models.trained"))
for card in cards:
    training(card)
st.caption(t("models.device", device=cache.device_name()))
session.write(["lang", "model"])

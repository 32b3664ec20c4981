"""Which models are here, how good are they, and on what? Their cards side by side, and the chosen one by examples."""

import streamlit as st

from pages.ui import door, loaders, models, settings, state
from pages.ui.text import t

door.enter()
st.title(t("models.title"))
settings.problems()

cards = [loaders.cards()[name] for name in loaders.usable()]
st.write(t("models.intro"))
models.overview(cards)
models.by_set(cards)
models.expect(loaders.cards()[st.session_state["model"]])
st.subheader(t("models.trained"))
for card in cards:
    models.training(card)
st.caption(t("models.device", device=loaders.device_name()))
state.write(["lang", "model"])

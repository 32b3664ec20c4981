"""The sidebar: language and model."""

from __future__ import annotations

import streamlit as st

from core.zoo import ModelCard
from pages.ui import loaders
from pages.ui.text import LANGUAGES, language_name, sentence, t


def choose_language() -> None:
    """The language of the app's own words; kept in the address as `lang`."""
    st.segmented_control(
        "Language · 语言", LANGUAGES, format_func=LANGUAGES.get, key="lang", required=True, persist_state="session",
    )  # fmt: skip


def choose_model() -> None:
    """The model that all pages use; kept in the address as `model`. Damaged ones are named with the reason."""
    usable = [name for name, card in loaders.cards().items() if not card.problem]
    if usable:
        st.selectbox(t("settings.model"), usable, key="model", persist_state="session")
        card = loaders.cards()[st.session_state["model"]]
        st.caption(about(card))


def about(card: ModelCard) -> str:
    """A model in a line: languages, architecture, sizes."""
    config = card.config
    sizes = {"layers": config.n_layers, "heads": config.n_heads, "parameters": f"{card.parameters:,}"}
    languages = {"source": language_name(card.source_language), "target": language_name(card.target_language)}
    return t(f"settings.card.{config.architecture}", **languages, **sizes)


def problems() -> None:
    """A sentence for each model that cannot be loaded."""
    for card in loaders.cards().values():
        if card.problem:
            st.warning(sentence(card.problem))
    if all(card.problem for card in loaders.cards().values()):
        st.error(t("settings.no_model"))
        st.stop()

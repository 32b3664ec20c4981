"""The settings at the right of the header: the model and the language that all pages use."""

from __future__ import annotations

import streamlit as st

from core.card import ModelCard
from core.config import ModelConfig
from core.training.tasks import LANGUAGE
from pages.ui import cache, session
from pages.ui.catalogue import LANGUAGES, error_text, language_name, plain, t
from pages.ui.controls import choose_one

BASE = {"d_model": 512, "n_heads": 8, "n_layers": 6, "d_ff": 2048}
"""The base model of "Attention Is All You Need" (table 3)."""


def show_settings() -> None:
    """Show a button with the model in use, which opens its choice, and the switch of the app's language.

    Called by app.py alone: widgets that it draws are the same on every page and keep their values.
    """
    with st.container(key="settings", horizontal=True, vertical_alignment="center", width="content"):
        choose_model()
        choose_one("Language · 语言", LANGUAGES, "lang", LANGUAGES.__getitem__, width="content")


def choose_model() -> None:
    """Show the choice of the model, which the address keeps as `model`: first its languages, then what it demonstrates."""
    groups = cache.by_languages()
    if not groups:
        return
    card = cache.cards()[st.session_state["model"]]
    languages = cache.languages(card)
    labels = purposes(groups[languages])
    chosen = f"*{t('settings.model')}:* {plain(f'{languages_name(languages)} · {labels[card.name]}')}"
    with st.popover(chosen, key="model-menu"):
        if len(groups) > 1:
            st.session_state["languages"] = languages
            names = {languages: languages_name(languages) for languages in groups}
            st.radio(
                t("settings.languages"), names, format_func=names.__getitem__, key="languages", on_change=_change_languages
            )  # fmt: skip
        st.selectbox(t("settings.model"), labels, format_func=labels.__getitem__, key="model", persist_state="session")
        st.caption(f"**{plain(card.name)}** · {describe(card)}")


def _change_languages() -> None:
    """Choose the most similar model of the new languages, and translate example sentences."""
    previous = cache.cards()[st.session_state["model"]].config
    names = cache.by_languages()[st.session_state["languages"]]
    similar = (name for name in names if _kind(cache.cards()[name].config) == _kind(previous))
    st.session_state["model"] = next(similar, names[0])
    session.translate_examples()
    session.forget_link()


def _kind(config: ModelConfig) -> tuple:
    return config.architecture, config.n_heads == 1, is_base(config)


def is_base(config: ModelConfig) -> bool:
    """Return whether a model has the paper's base shape."""
    return not config.recurrent and all(getattr(config, name) == value for name, value in BASE.items())


def purpose(config: ModelConfig) -> str:
    """Return in a word or two what a model demonstrates."""
    if config.recurrent:
        return t(f"settings.purpose.{config.architecture}")
    if is_base(config):
        return t("settings.purpose.base")
    return t("settings.purpose.one") if config.n_heads == 1 else t("settings.purpose.many", heads=config.n_heads)


def purposes(names: list[str]) -> dict[str, str]:
    """Return the purposes of some models of the same languages by name; equal purposes get the name too."""
    labels = {name: purpose(cache.cards()[name].config) for name in names}
    texts = list(labels.values())
    return {name: f"{text} · {name}" if texts.count(text) > 1 else text for name, text in labels.items()}


def languages_name(languages: cache.Languages) -> str:
    """Return the names of source and target language: English → Chinese."""
    if languages == (LANGUAGE, LANGUAGE):
        return t("settings.own")
    return " → ".join(map(language_name, languages))


def describe(card: ModelCard) -> str:
    """Return a model's languages, architecture and sizes in one line."""
    config = card.config
    sizes = {"layers": config.n_layers, "heads": config.n_heads, "parameters": f"{card.parameters:,}"}
    languages = {"source": language_name(card.source_language), "target": language_name(card.target_language)}
    return t(f"settings.card.{config.architecture}", **languages, **sizes)


def show_problems() -> None:
    """Show the error of each model that cannot be loaded; stop the page if there is no other model."""
    for card in cache.cards().values():
        if card.problem:
            st.warning(error_text(card.problem))
    if not cache.usable():
        st.error(t("settings.no_model"))
        st.stop()

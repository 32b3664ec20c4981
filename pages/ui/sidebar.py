"""The sidebar: language and model."""

from __future__ import annotations

import streamlit as st

from core.card import ModelCard
from core.config import ModelConfig
from pages.ui import cache, session
from pages.ui.catalogue import LANGUAGES, language_name, plain, sentence, t
from pages.ui.controls import choose_one

BASE = {"d_model": 512, "n_heads": 8, "n_layers": 6, "d_ff": 2048}
"""The base model of "Attention Is All You Need" (table 3)."""


def choose_language() -> None:
    """The language of the app's own words; kept in the address as `lang`."""
    choose_one("Language · 语言", LANGUAGES, "lang", LANGUAGES.__getitem__)


def choose_model() -> None:
    """The model that all pages use, by its languages and what it is for; kept in the address as `model`.

    The languages are chosen first, so that no line of the narrow sidebar has to name them and the model too.
    """
    groups = cache.by_languages()
    if not groups:
        return
    card = cache.cards()[st.session_state["model"]]
    languages = cache.languages(card)
    if len(groups) > 1:
        st.session_state["languages"] = languages
        ways = {languages: languages_name(languages) for languages in groups}
        st.radio(
            t("settings.languages"), ways, format_func=ways.__getitem__, key="languages", on_change=_turn,
            label_visibility="collapsed",
        )  # fmt: skip
    labels = purposes(groups[languages])
    st.selectbox(t("settings.model"), labels, format_func=labels.__getitem__, key="model", persist_state="session")
    st.caption(f"**{plain(card.name)}** · {about(card)}")


def _turn() -> None:
    """Other languages were chosen: the most similar model of theirs, and for an example the same one in its language."""
    held = st.session_state
    before = cache.cards()[held["model"]].config
    names = cache.by_languages()[held["languages"]]
    alike = (name for name in names if _kind(cache.cards()[name].config) == _kind(before))
    held["model"] = next(alike, names[0])
    session.translate_examples()
    session.forget_link()


def _kind(config: ModelConfig) -> tuple:
    return config.architecture, config.n_heads == 1, is_base(config)


def is_base(config: ModelConfig) -> bool:
    """Whether a model has the paper's base shape."""
    return not config.recurrent and all(getattr(config, name) == value for name, value in BASE.items())


def purpose(config: ModelConfig) -> str:
    """What a model is there to show, in a word or two."""
    if config.recurrent:
        return t(f"settings.purpose.{config.architecture}")
    if is_base(config):
        return t("settings.purpose.base")
    return t("settings.purpose.one") if config.n_heads == 1 else t("settings.purpose.many", heads=config.n_heads)


def purposes(names: list[str]) -> dict[str, str]:
    """The same for some models of the same languages, by name; the name is in it where two would read alike."""
    found = {name: purpose(cache.cards()[name].config) for name in names}
    words = list(found.values())
    return {name: f"{word} · {name}" if words.count(word) > 1 else word for name, word in found.items()}


def languages_name(languages: cache.Languages) -> str:
    """What is read and what is written: English → Chinese."""
    return " → ".join(map(language_name, languages))


def about(card: ModelCard) -> str:
    """A model in a line: languages, architecture, sizes."""
    config = card.config
    sizes = {"layers": config.n_layers, "heads": config.n_heads, "parameters": f"{card.parameters:,}"}
    languages = {"source": language_name(card.source_language), "target": language_name(card.target_language)}
    return t(f"settings.card.{config.architecture}", **languages, **sizes)


def problems() -> None:
    """A sentence for each model that cannot be loaded."""
    for card in cache.cards().values():
        if card.problem:
            st.warning(sentence(card.problem))
    if not cache.usable():
        st.error(t("settings.no_model"))
        st.stop()

"""The three models that are compared, and their Requests."""

from __future__ import annotations

import dataclasses

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.examples import in_language
from core.intervention import Intervention
from core.records import Contexts
from core.request import Request
from pages.ui import cache, lecture, session
from pages.ui.catalogue import language_name, plain, t
from pages.ui.controls import choose_index
from pages.ui.formulas import formulas, paint
from pages.ui.settings import languages_name
from pages.why.fields import FIELDS

ARCHITECTURES = ("rnn", "rnn-additive", "transformer")
"""Architectures of the models that are compared, in historical order."""

SHIPPED = {"rnn": "en-zh-rnn", "rnn-additive": "en-zh-rnn-attention", "transformer": cache.DEFAULT_MODEL}

Members = dict[str, str | None]

page_part = lecture.part(FIELDS)


@cache.cached(64)
def contexts(request: Request, layer: int | None = None, head: int | None = None) -> Contexts:
    """Return the contexts of a run's output pieces. Raises `HeadlightError`."""
    return cache.model(request.model).contexts(cache.trace(request), layer, head)


def find_members() -> Members:
    """Return a model for each architecture, None if there is none: the chosen one, else the shipped one, else any.

    All of them have the same languages: those of the chosen model, unless more architectures exist for others.
    """
    chosen = cache.cards()[st.session_state["model"]]
    groups = cache.by_languages()
    own = cache.languages(chosen)
    groups_of_members = [
        _members(groups[languages], chosen) for languages in sorted(groups, key=lambda other: other != own)
    ]
    return max(groups_of_members, key=lambda names: sum(name is not None for name in names.values()))


def _members(names: list[str], chosen: core.ModelCard) -> Members:
    by_architecture: dict[str, list[str]] = {architecture: [] for architecture in ARCHITECTURES}
    for name in names:
        by_architecture.get(cache.cards()[name].config.architecture, []).append(name)
    preferred = (chosen.name, *SHIPPED.values())
    return {
        architecture: next((name for name in preferred if name in group), next(iter(group), None))
        for architecture, group in by_architecture.items()
    }


def sentence_for(name: str) -> str:
    """Return the app's sentence, or an example if the models have another source language."""
    text, card = st.session_state["text"], cache.cards()[name]
    if card.source_language == session.source_language():
        return text
    other = in_language(text, card.source_language)
    other = other if other != text else cache.example(name)
    names = {"language": language_name(card.source_language), "languages": languages_name(cache.languages(card))}
    st.info(t("why.other_languages", text=plain(other), **names))
    return other


def show_missing(names: Members) -> None:
    """List the models that are not shown, if there are any: missing ones, and ones of other languages.

    Damaged models are not listed: `show_problems` has named them.
    """
    cards = cache.cards()
    absent = [SHIPPED[architecture] for architecture, name in names.items() if name is None]
    if missing := [name for name in absent if name not in cards]:
        st.info(t("why.missing", names=", ".join(missing)))
    elsewhere = [
        f"{plain(name)} ({languages_name(cache.languages(cards[name]))})" for name in absent if name in cache.usable()
    ]
    own = next((cache.languages(cards[name]) for name in names.values() if name), None)
    if elsewhere and own:
        st.info(t("why.missing.languages", languages=languages_name(own), names=", ".join(elsewhere)))


def equal_weights(config: core.ModelConfig) -> Intervention:
    """Return the Intervention in which every head of cross-attention has equal weights."""
    layers = range(config.attention_layers("cross"))
    return Intervention(
        ablate={("cross", layer, head): "uniform" for layer in layers for head in range(config.n_heads)}
    )


def request(name: str, shown: core.Request, names: Members) -> core.Request:
    """Return a model's Request for the sentence of `shown`, with the chosen weights and translation."""
    equal = st.session_state["why_weights"] == "equal"
    change = equal_weights(cache.cards()[name].config) if equal else None
    target = None
    if st.session_state["why_same"] and names["transformer"]:
        target = cache.trace(dataclasses.replace(shown, model=names["transformer"])).output_pieces
    return dataclasses.replace(shown, model=name, target=target, intervention=change)


def choose_layer_and_head(name: str, place: DeltaGenerator) -> tuple[int, int | None]:
    """Show the choice of a head of the Transformer's cross-attention; return layer and head, None for the average."""
    config = cache.cards()[name].config
    layer = choose_index("why_layer", t("why.layer"), config.n_layers, config.n_layers - 1, place)
    options: list[str | int] = ["average", *range(config.n_heads)]
    if st.session_state["why_head"] not in options:
        session.reset_field("why_head")
        st.session_state["why_head"] = "average"
    head = place.selectbox(
        t("why.head"),
        options,
        format_func=lambda head: t("why.average") if head == "average" else t("why.head_n", n=head + 1),
        key="why_head",
        label_visibility="collapsed",
        width=130,
        persist_state="session",
    )
    return layer, None if isinstance(head, str) else head


def own_head(architecture: str, layer: int, head: int | None) -> tuple[int, int | None]:
    """Return the chosen layer and head for the Transformer, and the only layer for a recurrent model."""
    return (layer, head) if architecture == "transformer" else (0, None)


def show_context_formula() -> None:
    """Show the formulas of the context vector."""
    h, c = paint("source", "h_j"), paint("target", "C_i")
    formulas(
        rf"y_i = f(y_{{<i}}, C) \;\longrightarrow\; y_i = f(y_{{<i}}, {c})",
        rf"{c} = \sum_{{j=1}}^{{S}} \alpha_{{ij}}\, {h}",
        r"\alpha_{ij} = \frac{\exp(e_{ij})}{\sum_k \exp(e_{ik})}",
    )

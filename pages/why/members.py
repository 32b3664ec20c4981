"""The three models that are compared, and what is asked of each."""

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
from pages.ui.controls import number
from pages.ui.formulas import formulas, paint
from pages.ui.sidebar import languages_name
from pages.why.fields import FIELDS

ARCHITECTURES = ("rnn", "rnn-additive", "transformer")
"""The three models that are compared, in the order in which they came."""

SHIPPED = {"rnn": "en-zh-rnn", "rnn-additive": "en-zh-rnn-attention", "transformer": cache.DEFAULT_MODEL}

Members = dict[str, str | None]

page_part = lecture.part(FIELDS)


@cache.cached(64)
def contexts(request: Request, layer: int | None = None, head: int | None = None) -> Contexts:
    """What each output piece of a run gets of the source, as the sum that it is. Raises `HeadlightError`."""
    return cache.model(request.model).contexts(cache.trace(request), layer, head)


def members() -> Members:
    """Which model stands for each architecture, None where there is none: the one chosen in the app, else the shipped one.

    All of them translate between the same languages: the chosen model's, unless more can be compared in others.
    """
    chosen = cache.cards()[st.session_state["model"]]
    groups = cache.by_languages()
    own = cache.languages(chosen)
    teams = [_members(groups[languages], chosen) for languages in sorted(groups, key=lambda other: other != own)]
    return max(teams, key=lambda team: sum(name is not None for name in team.values()))


def _members(names: list[str], chosen: core.ModelCard) -> Members:
    by_architecture: dict[str, list[str]] = {architecture: [] for architecture in ARCHITECTURES}
    for name in names:
        by_architecture.get(cache.cards()[name].config.architecture, []).append(name)
    wanted = (chosen.name, *SHIPPED.values())
    return {
        architecture: next((name for name in wanted if name in found), next(iter(found), None))
        for architecture, found in by_architecture.items()
    }


def sentence_for(name: str) -> str:
    """The sentence that the models of this page get: the app's, or where they read another language an example in it."""
    text, card = st.session_state["text"], cache.cards()[name]
    if card.source_language == session.source_language():
        return text
    other = in_language(text, card.source_language)
    other = other if other != text else cache.example(name)
    names = {"language": language_name(card.source_language), "languages": languages_name(cache.languages(card))}
    st.info(t("why.other_languages", text=plain(other), **names))
    return other


def missing(names: Members) -> None:
    """A sentence for the models that are not there."""
    gone = [SHIPPED[architecture] for architecture, name in names.items() if name is None]
    if gone:
        st.info(t("why.missing", names=", ".join(gone)))


def equal_weights(config: core.ModelConfig) -> Intervention:
    """Every head of cross-attention gives each source piece the same weight."""
    layers = range(config.attention_layers("cross"))
    return Intervention(
        ablate={("cross", layer, head): "uniform" for layer in layers for head in range(config.n_heads)}
    )


def request(name: str, shown: core.Request, names: Members) -> core.Request:
    """What is shown of a model: the sentence of `shown`, with the weights and the translation that were chosen."""
    equal = st.session_state["why_weights"] == "equal"
    change = equal_weights(cache.cards()[name].config) if equal else None
    target = None
    if st.session_state["why_same"] and names["transformer"]:
        target = cache.trace(dataclasses.replace(shown, model=names["transformer"])).output_pieces
    return dataclasses.replace(shown, model=name, target=target, intervention=change)


def layer_and_head(name: str, place: DeltaGenerator) -> tuple[int, int | None]:
    """Which head of the Transformer's cross-attention is shown; None: the layer's average."""
    config = cache.cards()[name].config
    layer = number("why_layer", t("why.layer"), config.n_layers, config.n_layers - 1, place)
    options: list[str | int] = ["average", *range(config.n_heads)]
    if st.session_state["why_head"] not in options:
        session.leave_out("why_head")
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
    """A recurrent model has one attention: what is chosen is for the Transformer alone."""
    return (layer, head) if architecture == "transformer" else (0, None)


def context_formula() -> None:
    h, c = paint("source", "h_j"), paint("target", "C_i")
    formulas(
        rf"y_i = f(y_{{<i}}, C) \;\longrightarrow\; y_i = f(y_{{<i}}, {c})",
        rf"{c} = \sum_{{j=1}}^{{S}} \alpha_{{ij}}\, {h}",
        r"\alpha_{ij} = \frac{\exp(e_{ij})}{\sum_k \exp(e_{ik})}",
    )

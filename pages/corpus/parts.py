"""What the page shows of a model that has been measured: the picture, the finder, and one head or two."""

from __future__ import annotations

import math

import streamlit as st

import core
from core.records.corpus_heads import CorpusHead, CorpusHeads
from pages.corpus.card import activation_in, say_own, show_card, show_histogram
from pages.corpus.cloud import show_cloud
from pages.corpus.common import chosen, filtered, in_order, measured, name_of, place_of, record
from pages.corpus.finder import choose_filter, show_finder
from pages.corpus.sentences import own_example, show_sentences
from pages.ui import session
from pages.ui.catalogue import error_text, plain, t


def show_heads(model: str, found: CorpusHeads, trace: core.Trace | None) -> None:
    """Show all heads, and the chosen ones with their sentences.

    Args:
        model: Name of the model.
        found: What its heads do over a corpus.
        trace: The run of the visitor's sentence, None if it is of another model.
    """
    st.markdown(t("corpus.intro", model=plain(model), n=f"{found.sentences:,}"))
    choose_filter(found)
    heads = filtered(found)
    picture = st.container()
    head = _choose_head(model, found, heads)
    other_model, other_found, other = _choose_other(model, found)
    sides = [("A", model, found, head)]
    if other is not None:
        sides.append(("B", other_model, other_found, other))
    marks = {place_of(one): letter for letter, of_model, _, one in reversed(sides) if of_model == model}
    with picture:
        show_cloud(model, heads, marks)
    for place, (letter, of_model, of_found, one) in zip(st.columns(len(sides)), sides, strict=True):
        with place:
            show_card(of_model, of_found, one, letter)
    in_own = [
        (letter, activation_in(trace, one)) if trace is not None and of_model == model else (letter, math.nan)
        for letter, of_model, _, one in sides
    ]
    for (_, activation), (_, of_model, _, one) in zip(in_own, sides, strict=True):
        if trace is not None and of_model == model:
            say_own(trace, one, activation)
    names = [(f"{letter} · {name_of(place_of(one))}", one) for letter, _, _, one in sides]
    show_histogram(names, in_own)
    if any(not math.isnan(activation) for _, activation in in_own):
        st.caption(t("corpus.yours"))
    for place, (letter, of_model, of_found, one) in zip(st.columns(len(sides)), sides, strict=True):
        with place:
            own = own_example(trace, one) if trace is not None and of_model == model else None
            show_sentences(of_model, of_found, one, letter, own)
    st.caption(t("corpus.sampled"))
    show_finder(model, found, heads, head)


def _choose_head(model: str, found: CorpusHeads, heads: list[CorpusHead]) -> CorpusHead:
    """Show the choice of a head, in the finder's order, and return it."""
    ordered = in_order(model, heads or found.heads, st.session_state["corpus_sort"])
    head = chosen(found, "corpus_head") or ordered[0]
    st.session_state["corpus_head"] = place_of(head)
    options = [place_of(one) for one in ordered]
    st.selectbox(
        t("corpus.choose.head"),
        options if place_of(head) in options else [place_of(head), *options],
        format_func=name_of,
        key="corpus_head",
        persist_state="session",
    )
    return head


def _choose_other(model: str, found: CorpusHeads) -> tuple[str, CorpusHeads, CorpusHead | None]:
    """Show the choice of a second head, of this model or another one, and return model, record and head."""
    models = measured()
    if st.session_state["corpus_model"] not in (None, *models):
        session.reset_field("corpus_model")
    columns = st.columns(2)
    if len(models) > 1:
        if st.session_state["corpus_model"] is None:
            st.session_state["corpus_model"] = model
        columns[1].selectbox(t("corpus.choose.model"), models, key="corpus_model", persist_state="session")
    name = st.session_state["corpus_model"] or model
    other_found = found
    if name != model:
        try:
            other_found = record(name) or found
        except core.HeadlightError as error:
            st.warning(error_text(error))
            name = model
    head = chosen(other_found, "corpus_other")
    columns[0].selectbox(
        t("corpus.choose.other"),
        [place_of(one) for one in in_order(name, other_found.heads, st.session_state["corpus_sort"])],
        index=None,
        format_func=name_of,
        placeholder=t("corpus.no_other"),
        key="corpus_other",
        persist_state="session",
    )
    return name, other_found, head

"""Translate page: a sentence's translation with every step, layer and head in the attention view."""

import functools

import streamlit as st

import core
from core.request import SAMPLE
from core.text import surface
from pages.translate import changes, downloads
from pages.translate.comparison import show_comparison
from pages.translate.fields import FIELDS
from pages.translate.panel import show_panel
from pages.translate.request import request
from pages.ui import cache, navigation, session, settings
from pages.ui.address import APP, STAGE
from pages.ui.catalogue import plain, t
from pages.ui.controls import choose_one, show_broken_link
from pages.ui.sentence_box import compute_or_keep, first_request, show_sentence_box, warn_of_reach
from pages.ui.stage import stage

FORMULAS = {
    "transformer": r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{QK^{\mathsf T}}{\sqrt{d_k}}\right) V",
    "rnn": r"C_t = C",
    "rnn-additive": r"C_t = \sum_j \alpha_{tj} h_j, \quad \alpha_t = \mathrm{softmax}_j\, v^{\mathsf T} \tanh(W_q s_t + W_k h_j)",
    "rnn-dot": r"C_t = \sum_j \alpha_{tj} h_j, \quad \alpha_t = \mathrm{softmax}_j\, s_t^{\mathsf T} h_j",
}


def show_notices(trace: core.Trace) -> None:
    """Tell the visitor about an invalid link, unknown characters or an unfinished translation."""
    show_broken_link(session.broken_parts(trace))
    if trace.unknown:
        pieces = dict.fromkeys(surface(trace.source_pieces[i]) for i in trace.unknown)
        st.info(t("translate.unknown", pieces=plain(" ".join(pieces))))
    if not trace.finished:
        st.info(t("translate.unfinished", limit=len(trace.output_pieces)))


navigation.enter()
settings.show_problems()
config = cache.cards()[st.session_state["model"]].config
st.title(t("translate.title.recurrent" if config.recurrent else "translate.title"))
(search,) = show_sentence_box(280)
choose_one(
    t("translate.strategy"), (*core.STRATEGIES, SAMPLE), "search", lambda name: t(f"strategy.{name}"), search,
    width="stretch",
)  # fmt: skip

trace = compute_or_keep(cache.trace, request(), first_request())
shown = st.session_state["shown"]
warn_of_reach(shown, trace=trace)
with st.container():  # of a fixed place, so that the browser keeps the attention view below when a message appears
    show_notices(trace)
    changes.show_changes(trace)
stage(trace, functools.partial(cache.packed, shown), on_act=changes.handle_act)
changed = shown != shown.plain
if changed:
    show_comparison(shown, trace)
show_panel(shown, trace, changed)
downloads.show_downloads(trace)
with st.expander(t("translate.how")):
    if config.recurrent:
        st.markdown(t("translate.how.recurrent"))
    st.markdown(t("translate.how.text"))
    st.caption(t(f"translate.formula.{config.architecture}"))
    st.latex(FORMULAS[config.architecture])
session.write([*APP, *FIELDS, *STAGE])

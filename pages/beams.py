"""Beams page: a whole beam search as a tree, and any of its hypotheses in the attention view."""

import dataclasses
import functools

import streamlit as st

import core
from core.request import ALPHA
from pages.beams import search
from pages.beams.effects import show_effects, show_explanation
from pages.beams.fields import BEAM_SIZES, FIELDS
from pages.beams.tree import show_tree
from pages.ui import cache, navigation, session, settings
from pages.ui.address import APP
from pages.ui.catalogue import plain, t
from pages.ui.controls import show_broken_link
from pages.ui.sentence_box import compute_or_keep, first_request, show_sentence_box, show_spelled, warn_of_reach
from pages.ui.stage import stage

STAGE = "beams-stage"

navigation.enter()
settings.show_problems()
st.title(t("beams.title"))
size, alpha = show_sentence_box(136, 136)
size.slider(
    t("beams.size"), BEAM_SIZES.low, BEAM_SIZES.high, key="beam_size", format=t("beams.size.format"), label_visibility="collapsed",
    persist_state="session",
)  # fmt: skip
alpha.slider(
    t("beams.alpha"), ALPHA.low, ALPHA.high, step=0.1, key="alpha", format=t("beams.alpha.format"), label_visibility="collapsed",
    persist_state="session",
)  # fmt: skip

show_broken_link()
if cache.cards()[st.session_state["model"]].hosted:
    st.info(t("settings.hosted", model=plain(st.session_state["model"])))
    session.write([*APP, *FIELDS])
    st.stop()
fallback = dataclasses.replace(first_request(), strategy="beam")
requested = search.request(st.session_state["text"])
result = compute_or_keep(search.beam_search, requested, fallback, key="beams_shown")
shown = st.session_state["beams_shown"]
warn_of_reach(shown)

pieces = search.selected_hypothesis(result, shown)
show_tree(result, pieces, cache.cards()[result.model].target_language, STAGE)
show_effects(shown)
with st.expander(t("beams.how")):
    show_explanation()

with st.container(key=STAGE):
    forced = core.Request(shown.text, shown.model, pieces)
    trace = cache.trace(forced)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("beams.stage", text=plain(trace.text)), width="content")
        if pieces != result.winner.pieces:
            st.button(t("beams.back"), key="beams-back", on_click=search.select_winner)
    show_spelled(trace)
    stage(
        trace,
        functools.partial(cache.packed, forced),
        key="beams_stage",
        on_act=lambda action: search.handle_stage_act(action, result, pieces),
        acts=("force",),
    )
session.write([*APP, *FIELDS])

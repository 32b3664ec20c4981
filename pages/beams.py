"""What does a beam search keep, and what does it drop? The whole search as a tree, and any hypothesis on the stage."""

import dataclasses

import streamlit as st

import core
from core.request import ALPHA
from pages.beams.fields import BEAM_SIZES, FIELDS
from pages.ui import beams, cache, navigation, session, sidebar
from pages.ui.address import APP
from pages.ui.catalogue import plain, t
from pages.ui.controls import broken_link
from pages.ui.sentence_box import ask, attempt, first_request, judge, spelled
from pages.ui.stage import stage

STAGE = "beams-stage"

navigation.enter()
sidebar.problems()
st.title(t("beams.title"))
size, alpha = ask(3, 4)
size.slider(
    t("beams.size"), BEAM_SIZES.low, BEAM_SIZES.high, key="beam_size", format=t("beams.size.format"), label_visibility="collapsed",
    persist_state="session",
)  # fmt: skip
alpha.slider(
    t("beams.alpha"), ALPHA.low, ALPHA.high, step=0.1, key="alpha", format=t("beams.alpha.format"), label_visibility="collapsed",
    persist_state="session",
)  # fmt: skip

held = st.session_state
broken_link()
usual = dataclasses.replace(first_request(), strategy="beam")
search = attempt(cache.beam_search, beams.request(held["text"]), usual, key="beams_shown")
shown = held["beams_shown"]
judge(shown)

pieces = beams.chosen(search, shown)
beams.tree(search, pieces, cache.cards()[search.model].target_language, STAGE)
beams.effects(shown)
with st.expander(t("beams.how")):
    beams.explain()

with st.container(key=STAGE):
    forced = core.Request(shown.text, shown.model, pieces)
    trace = cache.trace(forced)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("beams.stage", text=plain(trace.text)), width="content")
        if pieces != search.winner.pieces:
            st.button(t("beams.back"), key="beams-back", on_click=beams.back_to_winner)
    spelled(trace)
    stage(
        trace,
        cache.packed(forced),
        key="beams_stage",
        on_act=lambda what: beams.act_on_stage(what, search, pieces),
        acts=("force",),
    )
session.write([*APP, *FIELDS])

"""What does a beam search keep, and what does it drop? The whole search as a tree, and any hypothesis on the stage."""

import dataclasses

import streamlit as st

import core
from core.request import ALPHA
from pages.beams import search
from pages.beams.effects import effects, explain
from pages.beams.fields import BEAM_SIZES, FIELDS
from pages.beams.tree import tree
from pages.ui import cache, navigation, session, sidebar
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
found = attempt(search.beam_search, search.request(held["text"]), usual, key="beams_shown")
shown = held["beams_shown"]
judge(shown)

pieces = search.chosen_hypothesis(found, shown)
tree(found, pieces, cache.cards()[found.model].target_language, STAGE)
effects(shown)
with st.expander(t("beams.how")):
    explain()

with st.container(key=STAGE):
    forced = core.Request(shown.text, shown.model, pieces)
    trace = cache.trace(forced)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("beams.stage", text=plain(trace.text)), width="content")
        if pieces != found.winner.pieces:
            st.button(t("beams.back"), key="beams-back", on_click=search.back_to_winner)
    spelled(trace)
    stage(
        trace,
        cache.packed(forced),
        key="beams_stage",
        on_act=lambda what: search.act_on_stage(what, found, pieces),
        acts=("force",),
    )
session.write([*APP, *FIELDS])

"""What does a beam search keep, and what does it drop? The whole search as a tree, and any hypothesis on the stage."""

import streamlit as st

from pages.ui import beams, door, loaders, settings, state
from pages.ui.choices import broken_link
from pages.ui.sentence import ask, attempt, judge, spelled
from pages.ui.stage import stage
from pages.ui.text import plain, t

STAGE = "beams-stage"

door.enter()
settings.problems()
st.title(t("beams.title"))
size, alpha = ask(3, 4)
size.slider(
    t("beams.size"), 1, 8, key="beam_size", format=t("beams.size.format"), label_visibility="collapsed",
    persist_state="session",
)  # fmt: skip
alpha.slider(
    t("beams.alpha"), 0.0, 2.0, step=0.1, key="alpha", format=t("beams.alpha.format"), label_visibility="collapsed",
    persist_state="session",
)  # fmt: skip

held = st.session_state
broken_link()
asked = (held["model"], held["text"], held["beam_size"], held["alpha"])
search = attempt(
    loaders.beam_search, *asked, otherwise=(asked[0], loaders.example(asked[0]), 4, 0.6), key="beams_shown"
)
asked = held["beams_shown"]
judge(asked[:2])

pieces = beams.chosen(search, asked)
beams.tree(search, pieces, loaders.cards()[search.model].target_language, STAGE)
beams.effects(asked)
with st.expander(t("beams.how")):
    beams.explain()

with st.container(key=STAGE):
    forced = (*asked[:2], "greedy", "", None, pieces)
    trace = loaders.trace(*forced)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("beams.stage", text=plain(trace.text)), width="content")
        if pieces != search.winner.pieces:
            st.button(t("beams.back"), key="beams-back", on_click=beams.back_to_winner)
    spelled(trace)
    stage(
        trace,
        loaders.packed(*forced),
        key="beams_stage",
        on_act=lambda what: beams.act_on_stage(what, search, pieces),
        acts=("force",),
    )
state.write([*state.APP, *state.BEAMS])

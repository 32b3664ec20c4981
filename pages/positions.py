"""Where is it? How word order gets into a model: sines and cosines, what they do to distances, words and scores."""

import streamlit as st

import core
from pages.ui import lecture, loaders, positions, state
from pages.ui.examples import EXAMPLES
from pages.ui.sentence import ask, attempt
from pages.ui.text import t

lecture.begin("positions")
ask()
model = st.session_state["model"]
strategy = st.session_state["search"] if st.session_state["search"] in core.STRATEGIES else "greedy"
trace = attempt(
    loaders.trace, model, st.session_state["text"], strategy, otherwise=(model, EXAMPLES[0], "greedy"),
    key="positions_shown",
)  # fmt: skip
asked = st.session_state["positions_shown"]
st.segmented_control(
    t("positions.part"),
    state.POSITION_PARTS,
    format_func=lambda name: t(f"positions.parts.{name}"),
    key="pos_part",
    required=True,
    label_visibility="collapsed",
    persist_state="session",
)
part = st.session_state["pos_part"]
if part in ("shuffle", "terms", "sum") and loaders.cards()[asked[0]].config.recurrent:
    st.info(t("positions.recurrent"))
elif part == "waves":
    positions.waves(asked, trace)
elif part == "turn":
    positions.turn()
elif part == "distance":
    positions.distance()
elif part == "shuffle":
    positions.shuffle(asked, trace)
elif part == "terms":
    positions.terms(asked, trace)
elif part == "sum":
    positions.add(asked, trace)
else:
    positions.recipes()
if st.session_state["broken"]:
    st.info(t("translate.broken_link", names=", ".join(dict.fromkeys(st.session_state["broken"]))))
lecture.end("positions")
positions.remember()

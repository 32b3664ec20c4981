"""Where is it? How word order gets into a model: sines and cosines, what they do to distances, words and scores."""

import streamlit as st

from pages.ui import lecture, loaders, positions, state
from pages.ui.choices import broken_link
from pages.ui.text import t

lecture.begin("positions")
asked, trace = lecture.run("positions")
part = lecture.choose_part("positions", "pos_part", state.POSITION_PARTS)
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
broken_link()
lecture.end("positions", state.POSITIONS)

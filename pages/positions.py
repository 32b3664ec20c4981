"""Where is it? How word order gets into a model: sines and cosines, what they do to distances, words and scores."""

import streamlit as st

from pages.positions.fields import FIELDS, PARTS
from pages.ui import cache, lecture, positions
from pages.ui.catalogue import t
from pages.ui.controls import broken_link

lecture.begin("positions")
request, trace = lecture.run("positions")
part = lecture.choose_part("positions", "pos_part", PARTS)
if part in ("shuffle", "terms", "sum") and cache.cards()[request.model].config.recurrent:
    st.info(t("positions.recurrent"))
elif part == "waves":
    positions.waves(request, trace)
elif part == "turn":
    positions.turn()
elif part == "distance":
    positions.distance()
elif part == "shuffle":
    positions.shuffle(request, trace)
elif part == "terms":
    positions.terms(request, trace)
elif part == "sum":
    positions.add(request, trace)
else:
    positions.recipes()
broken_link()
lecture.end("positions", FIELDS)

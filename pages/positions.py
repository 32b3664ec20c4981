"""Where is it? How word order gets into a model: sines and cosines, what they do to distances, words and scores."""

import streamlit as st

from pages.positions.add import add
from pages.positions.fields import FIELDS, PARTS
from pages.positions.recipes import recipes
from pages.positions.shuffle import shuffle
from pages.positions.terms import terms
from pages.positions.turn import distance, turn
from pages.positions.waves import waves
from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import broken_link

lecture.begin("positions")
request, trace = lecture.run("positions")
part = lecture.choose_part("positions", "pos_part", PARTS)
if part in ("shuffle", "terms", "sum") and cache.cards()[request.model].config.recurrent:
    st.info(t("positions.recurrent"))
elif part == "waves":
    waves(request, trace)
elif part == "turn":
    turn()
elif part == "distance":
    distance()
elif part == "shuffle":
    shuffle(request, trace)
elif part == "terms":
    terms(request, trace)
elif part == "sum":
    add(request, trace)
else:
    recipes()
broken_link()
lecture.end("positions", FIELDS)

"""Positions page: sines and cosines, and their effects on distances, word vectors and scores."""

import streamlit as st

from pages.positions.fields import FIELDS, PARTS
from pages.positions.rotation import show_distance, show_rotation
from pages.positions.shuffle import show_shuffle
from pages.positions.terms import show_terms
from pages.positions.two_formulas import show_two_formulas
from pages.positions.waves import show_waves
from pages.positions.word_plus_position import show_word_plus_position
from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import show_broken_link

lecture.begin("positions")
request, trace = lecture.run("positions")
part = lecture.choose_part("positions", "pos_part", PARTS)
if part in ("shuffle", "terms", "sum") and cache.cards()[request.model].config.recurrent:
    st.info(t("positions.recurrent"))
elif part == "waves":
    show_waves(request, trace)
elif part == "turn":
    show_rotation()
elif part == "distance":
    show_distance()
elif part == "shuffle":
    show_shuffle(request, trace)
elif part == "terms":
    show_terms(request, trace)
elif part == "sum":
    show_word_plus_position(request, trace)
else:
    show_two_formulas()
show_broken_link()
lecture.end("positions", FIELDS)

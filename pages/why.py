"""Why page: one context for all words or one for each, by three models trained on the same data."""

import streamlit as st

import core
from pages.ui import cache, lecture
from pages.ui.controls import show_broken_link
from pages.ui.sentence_box import compute_or_keep, show_sentence_box, strategy, warn_of_reach
from pages.why import members
from pages.why.count import show_count
from pages.why.fields import FIELDS, PARTS
from pages.why.lengths import show_lengths
from pages.why.sums import show_sum

lecture.begin("why")
(parts,) = show_sentence_box(305)
names = members.find_members()
first = next(name for name in (*reversed(names.values()), st.session_state["model"]) if name)
request = core.Request(members.sentence_for(first), first, strategy=strategy())
trace = compute_or_keep(cache.trace, request, core.Request(cache.example(first), first), key="why_shown")
shown = st.session_state["why_shown"]
warn_of_reach(shown, trace=trace)
part = lecture.choose_part("why", "why_part", PARTS, parts)
members.show_missing(names)
if part == "count":
    show_count(names, shown)
elif part == "sum":
    show_sum(names, shown)
else:
    show_lengths(names)
show_broken_link()
lecture.end("why", FIELDS)

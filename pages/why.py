"""Why attention? One context for all words, or one for each: three models that were trained on the same data."""

import streamlit as st

import core
from pages.ui import cache, lecture
from pages.ui.controls import broken_link
from pages.ui.sentence_box import ask, attempt, judge, strategy
from pages.why import members
from pages.why.count import count
from pages.why.fields import FIELDS, PARTS
from pages.why.lengths import lengths
from pages.why.sums import weighted_sum

lecture.begin("why")
(parts,) = ask(7)
names = members.members()
first = next(name for name in (*reversed(names.values()), st.session_state["model"]) if name)
request = core.Request(members.sentence_for(first), first, strategy=strategy())
trace = attempt(cache.trace, request, core.Request(cache.example(first), first), key="why_shown")
shown = st.session_state["why_shown"]
judge(shown, trace=trace)
part = lecture.choose_part("why", "why_part", PARTS, parts)
members.missing(names)
if part == "count":
    count(names, shown)
elif part == "sum":
    weighted_sum(names, shown)
else:
    lengths(names)
broken_link()
lecture.end("why", FIELDS)

"""Why attention? One context for all words, or one for each: three models that were trained on the same data."""

import streamlit as st

import core
from pages.ui import cache, lecture, why
from pages.ui.controls import broken_link
from pages.ui.sentence_box import ask, attempt, judge, strategy
from pages.why.fields import FIELDS, PARTS

lecture.begin("why")
(parts,) = ask(7)
members = why.members()
first = next(name for name in (*reversed(members.values()), st.session_state["model"]) if name)
request = core.Request(why.sentence_for(first), first, strategy=strategy())
attempt(cache.trace, request, core.Request(cache.example(first), first), key="why_shown")
shown = st.session_state["why_shown"]
judge(shown)
part = lecture.choose_part("why", "why_part", PARTS, parts)
why.missing(members)
if part == "count":
    why.count(members, shown)
elif part == "sum":
    why.weighted_sum(members, shown)
else:
    why.lengths(members)
broken_link()
lecture.end("why", FIELDS)

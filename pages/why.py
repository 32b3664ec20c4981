"""Why attention? One context for all words, or one for each: three models that were trained on the same data."""

import streamlit as st

from pages.ui import lecture, loaders, state, why
from pages.ui.choices import broken_link
from pages.ui.sentence import ask, attempt, judge, strategy

lecture.begin("why")
(parts,) = ask(7)
members = why.members()
first = next(name for name in (*reversed(members.values()), st.session_state["model"]) if name)
wanted = (first, why.sentence_for(first), strategy())
attempt(loaders.trace, *wanted, otherwise=(first, loaders.example(first), "greedy"), key="why_shown")
asked = st.session_state["why_shown"][1:]
judge((first, asked[0]))
part = lecture.choose_part("why", "why_part", state.WHY_PARTS, parts)
why.missing(members)
if part == "count":
    why.count(members, asked)
elif part == "sum":
    why.weighted_sum(members, asked)
else:
    why.lengths(members)
broken_link()
lecture.end("why", state.WHY)

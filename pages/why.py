"""Why attention? One context for all words, or one for each: three models that were trained on the same data."""

import streamlit as st

import core
from pages.ui import lecture, loaders, state, why
from pages.ui.examples import EXAMPLES
from pages.ui.sentence import ask, attempt
from pages.ui.text import t

lecture.begin("why")
(parts,) = ask(7)
members = why.members()
strategy = st.session_state["search"] if st.session_state["search"] in core.STRATEGIES else "greedy"
first = next(name for name in (*reversed(members.values()), st.session_state["model"]) if name)
attempt(
    loaders.trace, first, st.session_state["text"], strategy, otherwise=(first, EXAMPLES[0], "greedy"), key="why_shown"
)
asked = st.session_state["why_shown"][1:]
part = parts.segmented_control(
    t("why.part"),
    state.WHY_PARTS,
    format_func=lambda name: t(f"why.parts.{name}"),
    key="why_part",
    required=True,
    label_visibility="collapsed",
    persist_state="session",
)
why.missing(members)
if part == "count":
    why.count(members, asked)
elif part == "sum":
    why.weighted_sum(members, asked)
else:
    why.lengths(members)
if st.session_state["broken"]:
    st.info(t("translate.broken_link", names=", ".join(dict.fromkeys(st.session_state["broken"]))))
lecture.end("why")
why.remember()

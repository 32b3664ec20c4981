"""One head or eight: what is the difference? Two models, two sentences or two changed runs side by side, and their numbers."""

import streamlit as st

from pages.compare import numbers, picture, roles, sides
from pages.compare.fields import BELOW
from pages.compare.runs import Run, compute, names
from pages.ui import navigation, session, sidebar
from pages.ui.address import APP
from pages.ui.catalogue import t
from pages.ui.controls import choose_one
from pages.ui.sentence_box import ask, attempt, first_request, judge

SIDES = {"models": sides.choose_models, "sentences": sides.choose_sentences, "changes": sides.choose_changes}


def switched() -> None:
    """A change is best seen as a difference; two models are first of all looked at."""
    st.session_state["difference"] = st.session_state["compare"] == "changes"
    session.forget_link()


navigation.enter()
sidebar.problems()
st.title(t("compare.title"))
(mode,) = ask(7)
chosen_mode = choose_one(
    t("compare.mode"), SIDES, "compare", lambda name: t(f"compare.mode.{name}"), mode, on_change=switched
)  # fmt: skip
runs = SIDES[chosen_mode]()
usual = Run(st.session_state["model"], first_request())
traces = attempt(compute, runs, (usual, usual), key="compare_shown")
runs = st.session_state["compare_shown"]
judge(*(run.request for run in runs))
notices = st.container()
chosen = picture.picture(runs, traces)
picture.notices(notices, traces)

below, over = st.columns([3, 2], vertical_alignment="center")
shown = choose_one(t("compare.below"), BELOW, "below", lambda name: t(f"compare.below.{name}"), below)
if shown != "rollout":
    choose_one(t("compare.over"), ("sentence", "corpus"), "over", lambda name: t(f"compare.over.{name}"), over)
corpus = st.session_state["over"] == "corpus"
if shown == "numbers":
    numbers.numbers(runs, traces, chosen, corpus)
elif shown == "roles":
    roles.role_maps(runs, traces, corpus)
else:
    roles.rollouts(runs, traces)

st.subheader(t("compare.cards"))
numbers.scores([run.request.model for run in runs])
st.markdown(t("compare.not_explanation"))
others = {**session.address(APP), "model": runs[0].request.model}
st.page_link("pages/translate.py", label=t("compare.what_if"), query_params=others)
session.write([*APP, *names()])

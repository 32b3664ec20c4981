"""Compare page: two models, two sentences or two changed runs side by side, and their numbers."""

import streamlit as st

from pages.compare import numbers, picture, roles, sides
from pages.compare.fields import BELOW
from pages.compare.runs import Run, address_fields, compute
from pages.ui import navigation, session, settings
from pages.ui.address import APP
from pages.ui.catalogue import t
from pages.ui.controls import choose_one
from pages.ui.pair import ALL, AVERAGE
from pages.ui.sentence_box import compute_or_keep, first_request, show_sentence_box, warn_of_reach

SIDES = {"models": sides.choose_models, "sentences": sides.choose_sentences, "changes": sides.choose_changes}


def handle_mode_change() -> None:
    """Show the difference of two runs if they are changes of one run, and the heads that are usual then."""
    changes = st.session_state["compare"] == "changes"
    heads = AVERAGE if changes else ALL
    st.session_state.update(difference=changes, pair_head_a=heads, pair_head_b=heads)
    session.forget_link()


navigation.enter()
settings.show_problems()
st.title(t("compare.title"))
with st.container(gap="xsmall"):
    (place,) = show_sentence_box(280)
    mode = choose_one(
        t("compare.mode"), SIDES, "compare", lambda name: t(f"compare.mode.{name}"), place, on_change=handle_mode_change, width="stretch",
    )  # fmt: skip
    runs = SIDES[mode]()
fallback = Run(st.session_state["model"], first_request())
traces = compute_or_keep(compute, runs, (fallback, fallback), key="compare_shown")
runs = st.session_state["compare_shown"]
warn_of_reach(*(run.request for run in runs))
notices = st.container()
state = picture.show_picture(runs, traces)
picture.show_notices(notices, traces)

below, over = st.columns([3, 2], vertical_alignment="center")
shown = choose_one(t("compare.below"), BELOW, "below", lambda name: t(f"compare.below.{name}"), below)
if shown != "rollout":
    choose_one(t("compare.over"), ("sentence", "corpus"), "over", lambda name: t(f"compare.over.{name}"), over)
corpus = st.session_state["over"] == "corpus"
if shown == "numbers":
    numbers.show_numbers(runs, traces, state, corpus)
elif shown == "roles":
    roles.show_roles(runs, traces, corpus)
else:
    roles.show_rollouts(runs, traces)

st.subheader(t("compare.cards"))
numbers.show_scores([run.request.model for run in runs])
st.markdown(t("compare.not_explanation"))
others = {**session.address(name for name in APP if name != "lang"), "model": runs[0].request.model}
st.page_link("pages/translate.py", label=t("compare.what_if"), query_params=others)
session.write([*APP, *address_fields()])

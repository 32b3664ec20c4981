"""What happens inside one head? From q, k and v to its output, for every query, with the real numbers."""

import streamlit as st

import core
from pages.inside.fields import FIELDS
from pages.inside.files import offer
from pages.inside.view import explain, inside, link_without
from pages.ui import cache, navigation, session, sidebar
from pages.ui.address import APP
from pages.ui.catalogue import sentence, t
from pages.ui.controls import broken_link, number, weights_check
from pages.ui.sentence_box import ask, attempt, first_request, judge, request


def chosen_head(shown: core.Request, trace: core.Trace, place) -> core.HeadInside | None:
    """The head that the visitor has chosen, computed anew; a sentence where there is none."""
    if cache.cards()[trace.model].config.recurrent:
        st.info(t("inside.recurrent"))
        return None
    layers, heads = getattr(trace, st.session_state["inside_kind"]).shape[:2]
    if not layers or not heads:
        st.info(t("inside.no_kind"))
        return None
    layer = number("inside_layer", t("inside.layer"), layers, layers - 1, place)
    head = number("inside_head", t("inside.head"), heads, 3, place)
    try:
        with st.spinner(t("inside.working")):
            return cache.inside(shown, st.session_state["inside_kind"], layer, head)
    except core.HeadlightError as error:
        st.warning(sentence(error))
        return None


navigation.enter()
sidebar.problems()
st.title(t("inside.title"))
(kind,) = ask(6)
kind.selectbox(
    t("inside.kind"),
    core.KINDS,
    format_func=lambda name: t(f"inside.kinds.{name}"),
    key="inside_kind",
    label_visibility="collapsed",
    persist_state="session",
)

trace = attempt(cache.trace, request(), first_request(), key="inside_shown")
shown = st.session_state["inside_shown"]
judge(shown, trace=trace)
row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
head = chosen_head(shown, trace, row)
if head is not None:
    if (st.session_state["inside_query"] or 0) >= len(head.rows):
        session.leave_out("inside_query")
    query = inside(head, trace, "inside", st.session_state["inside_query"])
    st.session_state["inside_query"] = query
    broken_link()
    weights_check(head, trace)
    link_without(head, shown, query)
    with st.expander(t("inside.how")):
        explain(head)
    offer(head)
session.write([*APP, *FIELDS])

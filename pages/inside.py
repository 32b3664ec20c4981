"""Inside page: one head from q, k and v to its output, for every query, with the model's numbers."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from pages.inside.fields import FIELDS
from pages.inside.files import show_downloads
from pages.inside.view import show_ablation_link, show_explanation, show_inside
from pages.ui import cache, navigation, session, settings
from pages.ui.address import APP
from pages.ui.catalogue import error_text, t
from pages.ui.controls import choose_index, show_broken_link, show_weights_check
from pages.ui.sentence_box import compute_or_keep, first_request, request, show_sentence_box, warn_of_reach


def choose_head(shown: core.Request, trace: core.Trace, place: DeltaGenerator) -> core.HeadInside | None:
    """Show the choice of a head and return it, recomputed; show a message and return None if there is no such head."""
    if cache.cards()[trace.model].config.recurrent:
        st.info(t("inside.recurrent"))
        return None
    layers, heads = getattr(trace, st.session_state["inside_kind"]).shape[:2]
    if not layers or not heads:
        st.info(t("inside.no_kind"))
        return None
    layer = choose_index("inside_layer", t("inside.layer"), layers, layers - 1, place)
    head = choose_index("inside_head", t("inside.head"), heads, 3, place)
    try:
        with st.spinner(t("inside.working")):
            return cache.inside(shown, st.session_state["inside_kind"], layer, head)
    except core.HeadlightError as error:
        st.warning(error_text(error))
        return None


navigation.enter()
settings.show_problems()
st.title(t("inside.title"))
(kind,) = show_sentence_box(280)
kind.selectbox(
    t("inside.kind"),
    core.KINDS,
    format_func=lambda name: t(f"inside.kinds.{name}"),
    key="inside_kind",
    label_visibility="collapsed",
    persist_state="session",
)

trace = compute_or_keep(cache.trace, request(), first_request(), key="inside_shown")
shown = st.session_state["inside_shown"]
warn_of_reach(shown, trace=trace)
row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
head = choose_head(shown, trace, row)
if head is not None:
    if (st.session_state["inside_query"] or 0) >= len(head.rows):
        session.reset_field("inside_query")
    query = show_inside(head, trace, "inside", st.session_state["inside_query"])
    st.session_state["inside_query"] = query
    show_broken_link()
    show_weights_check(head, trace)
    show_ablation_link(head, shown, query)
    with st.expander(t("inside.how")):
        show_explanation(head)
    show_downloads(head)
session.write([*APP, *FIELDS])

"""What happens inside one head? From q, k and v to its output, for every query, with the real numbers."""

import streamlit as st

import core
from pages.inside.fields import FIELDS
from pages.ui import cache, navigation, session, sidebar
from pages.ui import inside as picture
from pages.ui.address import APP
from pages.ui.catalogue import sentence, t
from pages.ui.controls import broken_link, number
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


def same_place(head: core.HeadInside, query: int) -> dict[str, str]:
    """This head and step, as the Translate page's address names them."""
    step = {} if head.kind == "encoder_self" else {"step": str(query + 1)}
    return {"kind": head.kind, "layer": str(head.layer + 1), "heads": str(head.head + 1), **step}


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
judge(shown)
row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
head = chosen_head(shown, trace, row)
if head is not None:
    if (st.session_state["inside_query"] or 0) >= len(head.rows):
        session.leave_out("inside_query")
    query = picture.inside(head, trace, "inside", st.session_state["inside_query"])
    st.session_state["inside_query"] = query
    broken_link()
    picture.compare(head, trace)
    place = f"{head.kind}.{head.layer + 1}.{head.head + 1}"
    st.markdown(t("inside.not_explanation"))
    st.page_link(
        st.Page("pages/translate.py", url_path="translate"),  # by its name: the root is another page to Streamlit
        label=f":primary[{t('inside.without')} →]",
        query_params={
            "lang": st.session_state["lang"],
            "model": shown.model,
            "text": shown.text,
            "search": shown.strategy,
            "ablate": f"{place}.zero",
            **same_place(head, query),
        },
    )
    with st.expander(t("inside.how")):
        picture.explain(head)
    with st.expander(t("inside.download")):
        names = {"csv": lambda: picture.to_csv(head).encode("utf-8-sig"), "npz": lambda: picture.to_npz(head)}
        for column, (suffix, make) in zip(st.columns(len(names)), names.items(), strict=True):
            column.download_button(
                t(f"inside.{suffix}"),
                make,
                f"headlight-head-{place}.{suffix}",
                key=f"inside-take-{suffix}",
                on_click="ignore",
                width="stretch",
            )
        st.caption(t("inside.download.help"))
session.write([*APP, *FIELDS])

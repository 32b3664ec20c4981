"""What does a Transformer look at while it translates? Type a sentence; every step, layer and head is on the stage."""

import streamlit as st

import core
from core.analysis import looks_foreign
from core.text import surface
from pages.ui import door, loaders, settings, state, takeaway
from pages.ui.examples import EXAMPLES
from pages.ui.stage import stage
from pages.ui.text import language_name, plain, sentence, t

SENTENCES = (
    *EXAMPLES,
    "I would like to go to the park with my friends tomorrow.",
    "The animal didn't cross the street because it was too tired.",
    "Where did you buy the book that you gave me yesterday?",
    "My father has been teaching English for 20 years.",
)


def take_example() -> None:
    st.session_state["text"] = st.session_state["example"]
    state.forget_link()


def translated() -> core.Trace:
    """The Trace of what is typed; where that cannot be translated, a sentence says why, and the last Trace stays."""
    asked = (st.session_state["model"], st.session_state["text"], st.session_state["search"])
    try:
        with st.spinner(t("translate.working"), show_time=False):
            trace = loaders.trace(*asked)
    except core.HeadlightError as error:
        st.warning(sentence(error))
        asked = st.session_state.get("shown", (st.session_state["model"], EXAMPLES[0], "greedy"))
        st.caption(t("translate.kept"))
        trace = loaders.trace(*asked)
    st.session_state["shown"] = asked
    return trace


def notices(trace: core.Trace) -> None:
    """What a visitor should know about this run."""
    if broken := state.broken(trace):
        st.info(t("translate.broken_link", names=", ".join(broken)))
    if trace.unknown:
        pieces = dict.fromkeys(surface(trace.source_pieces[i]) for i in trace.unknown)
        st.info(t("translate.unknown", pieces=plain(" ".join(pieces))))
    if looks_foreign(trace):
        st.info(t("translate.fragments", language=language_name(trace.source_language)))
    if not trace.finished:
        st.info(t("translate.unfinished", limit=len(trace.output_pieces)))


door.enter()
settings.problems()
st.title(t("translate.title"))
box, menu, search = st.columns([10, 3, 4], vertical_alignment="center")
source = language_name(loaders.cards()[st.session_state["model"]].source_language)
box.text_input(
    t("translate.text"),
    key="text",
    placeholder=t("translate.placeholder", language=source),
    on_change=state.forget_link,
    label_visibility="collapsed",
    persist_state="session",
)
menu.menu_button(t("translate.examples"), SENTENCES, key="example", on_click=take_example, width="stretch")
search.segmented_control(
    t("translate.strategy"),
    core.STRATEGIES,
    format_func=lambda name: t(f"strategy.{name}"),
    key="search",
    required=True,
    label_visibility="collapsed",
    help=t("translate.strategy.help"),
    persist_state="session",
)

trace = translated()
notices(trace)
stage(trace, loaders.packed(*st.session_state["shown"]))
takeaway.offer(trace)
with st.expander(t("translate.how")):
    st.markdown(t("translate.how.text"))
    st.caption(t("translate.formula"))
    st.latex(r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{QK^{\mathsf T}}{\sqrt{d_k}}\right) V")
state.write([*state.APP, *state.STAGE])

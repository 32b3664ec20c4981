"""Why many heads? One, two and all of them drawn together, put together by W^O, and what they cost."""

import streamlit as st

import core
from pages.ui import heads, lecture, loaders, state
from pages.ui.choices import shown_sentence
from pages.ui.examples import EXAMPLES
from pages.ui.sentence import ask, attempt
from pages.ui.text import t

EXAMPLE = "The animal didn't cross the street because it was too tired."

lecture.begin("heads")
(which,) = ask(7)
text = shown_sentence("heads", EXAMPLE, which)
model = st.session_state["model"]
strategy = st.session_state["search"] if st.session_state["search"] in core.STRATEGIES else "greedy"
trace = attempt(loaders.trace, model, text, strategy, otherwise=(model, EXAMPLES[0], "greedy"), key="heads_shown")
asked = st.session_state["heads_shown"]
part = st.segmented_control(
    t("heads.part"),
    state.HEADS_PARTS,
    format_func=lambda name: t(f"heads.parts.{name}"),
    key="heads_part",
    required=True,
    label_visibility="collapsed",
    persist_state="session",
)
if loaders.cards()[asked[0]].config.recurrent:
    st.info(t("heads.recurrent"))
elif part == "together":
    heads.together(asked, trace)
elif part == "combine":
    heads.combine(asked, trace)
else:
    heads.cost(asked, trace)
if st.session_state["broken"]:
    st.info(t("translate.broken_link", names=", ".join(dict.fromkeys(st.session_state["broken"]))))
st.page_link("pages/compare.py", label=f":primary[{t('heads.door')}]")
lecture.end("heads")
heads.remember()

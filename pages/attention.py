"""What is attention? Query, key and value: a search, its measures, self-attention step by step, why sqrt(d_k), why vectors."""

import streamlit as st

import core
from pages.ui import attention, lecture, loaders, state
from pages.ui.examples import EXAMPLES
from pages.ui.sentence import ask, attempt
from pages.ui.text import t

lecture.begin("attention")
ask()
model = st.session_state["model"]
strategy = st.session_state["search"] if st.session_state["search"] in core.STRATEGIES else "greedy"
trace = attempt(
    loaders.trace, model, st.session_state["text"], strategy, otherwise=(model, EXAMPLES[0], "greedy"),
    key="attention_shown",
)  # fmt: skip
asked = st.session_state["attention_shown"]
part = st.segmented_control(
    t("attention.part"),
    state.ATTENTION_PARTS,
    format_func=lambda name: t(f"attention.parts.{name}"),
    key="qkv_part",
    required=True,
    label_visibility="collapsed",
    persist_state="session",
)
if loaders.cards()[asked[0]].config.recurrent and part in ("search", "head", "vector"):
    st.info(t("attention.recurrent"))
elif part == "search":
    attention.search(asked, trace)
elif part == "similarity":
    attention.measures(asked, trace)
elif part == "steps":
    attention.steps(trace)
elif part == "head":
    attention.head(asked, trace)
elif part == "scale":
    attention.scale(asked)
else:
    attention.vector(asked, trace)
if st.session_state["broken"]:
    st.info(t("translate.broken_link", names=", ".join(dict.fromkeys(st.session_state["broken"]))))
lecture.end("attention")
st.session_state["linked"] = ()
attention.remember()

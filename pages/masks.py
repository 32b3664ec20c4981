"""What may each position see? The causal mask, the padding mask, and what becomes of the model without them."""

import streamlit as st

import core
from pages.ui import lecture, loaders, masks, state
from pages.ui.choices import shown_sentence
from pages.ui.examples import EXAMPLES
from pages.ui.sentence import ask, attempt
from pages.ui.text import t

EXAMPLE = "I love you"

lecture.begin("masks")
(which,) = ask(6)
text = shown_sentence("masks", EXAMPLE, which)
model = st.session_state["model"]
strategy = st.session_state["search"] if st.session_state["search"] in core.STRATEGIES else "greedy"
trace = attempt(loaders.trace, model, text, strategy, otherwise=(model, EXAMPLES[0], "greedy"), key="masks_shown")
asked = st.session_state["masks_shown"]
part = st.segmented_control(
    t("masks.part"),
    state.MASK_PARTS,
    format_func=lambda name: t(f"masks.parts.{name}"),
    key="masks_part",
    required=True,
    label_visibility="collapsed",
    persist_state="session",
)
if loaders.cards()[asked[0]].config.recurrent:
    st.info(t("masks.recurrent"))
elif part == "causal":
    masks.causal(asked, trace)
elif part == "padding":
    masks.padding(asked)
elif part == "later":
    masks.later(asked, trace)
elif part == "forcing":
    masks.forcing(asked, trace)
else:
    masks.when(asked, trace)
if st.session_state["broken"]:
    st.info(t("translate.broken_link", names=", ".join(dict.fromkeys(st.session_state["broken"]))))
lecture.end("masks")
masks.remember()

"""What is attention? Query, key and value: a search, its measures, self-attention step by step, why sqrt(d_k), why vectors."""

import streamlit as st

from pages.ui import attention, lecture, loaders, state
from pages.ui.choices import broken_link
from pages.ui.text import t

lecture.begin("attention")
asked, trace = lecture.run("attention")
part = lecture.choose_part("attention", "qkv_part", state.ATTENTION_PARTS)
if loaders.cards()[asked[0]].config.recurrent and part in ("search", "head", "vector"):
    st.info(t("attention.recurrent"))
elif part == "search":
    attention.search(asked, trace)
elif part == "similarity":
    attention.measures(asked)
elif part == "steps":
    attention.steps(trace)
elif part == "head":
    attention.head(asked, trace)
elif part == "scale":
    attention.scale(asked)
else:
    attention.vector(asked, trace)
broken_link()
lecture.end("attention", state.ATTENTION)

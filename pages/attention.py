"""What is attention? Query, key and value: a search, its measures, self-attention step by step, why sqrt(d_k), why vectors."""

import streamlit as st

from pages.attention.fields import FIELDS, PARTS
from pages.ui import attention, cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import broken_link

lecture.begin("attention")
request, trace = lecture.run("attention")
part = lecture.choose_part("attention", "qkv_part", PARTS)
if cache.cards()[request.model].config.recurrent and part in ("search", "head", "vector"):
    st.info(t("attention.recurrent"))
elif part == "search":
    attention.search(request, trace)
elif part == "similarity":
    attention.measures(request)
elif part == "steps":
    attention.steps(trace)
elif part == "head":
    attention.head(request, trace)
elif part == "scale":
    attention.scale(request)
else:
    attention.vector(request, trace)
broken_link()
lecture.end("attention", FIELDS)

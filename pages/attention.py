"""What is attention? Query, key and value: a search, its measures, self-attention step by step, why sqrt(d_k), why vectors."""

import streamlit as st

from pages.attention.fields import FIELDS, PARTS
from pages.attention.head import head
from pages.attention.measures import measures
from pages.attention.scale import scale
from pages.attention.search import search
from pages.attention.steps import steps
from pages.attention.vector import vector
from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import broken_link

lecture.begin("attention")
request, trace = lecture.run("attention")
part = lecture.choose_part("attention", "qkv_part", PARTS)
if cache.cards()[request.model].config.recurrent and part in ("search", "head", "vector"):
    st.info(t("attention.recurrent"))
elif part == "search":
    search(request, trace)
elif part == "similarity":
    measures(request)
elif part == "steps":
    steps(trace)
elif part == "head":
    head(request, trace)
elif part == "scale":
    scale(request)
else:
    vector(request, trace)
broken_link()
lecture.end("attention", FIELDS)

"""Attention page: query, key and value; similarity functions; self-attention step by step; sqrt(d_k); value vectors."""

import streamlit as st

from pages.attention.fields import FIELDS, PARTS
from pages.attention.head import show_head
from pages.attention.scale import show_scale
from pages.attention.search import show_search
from pages.attention.similarities import show_similarities
from pages.attention.steps import show_steps
from pages.attention.vector import show_vector
from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import show_broken_link

lecture.begin("attention")
request, trace = lecture.run("attention")
part = lecture.choose_part("attention", "qkv_part", PARTS)
if cache.cards()[request.model].config.recurrent and part in ("search", "head", "vector"):
    st.info(t("attention.recurrent"))
elif part == "search":
    show_search(request, trace)
elif part == "similarity":
    show_similarities(request)
elif part == "steps":
    show_steps(trace)
elif part == "head":
    show_head(request, trace)
elif part == "scale":
    show_scale(request)
else:
    show_vector(request, trace)
show_broken_link()
lecture.end("attention", FIELDS)

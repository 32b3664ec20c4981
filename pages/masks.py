"""Masks page: the causal mask, the padding mask, and the model without them."""

import streamlit as st

from pages.masks.causal import show_causal
from pages.masks.fields import FIELDS, PARTS
from pages.masks.forcing import show_forcing
from pages.masks.later import show_later
from pages.masks.padding import show_padding
from pages.masks.when import show_when
from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import show_broken_link

EXAMPLES = {"en": "She loves you", "zh": "她爱你"}

lecture.begin("masks")
request, trace = lecture.run("masks", EXAMPLES)
part = lecture.choose_part("masks", "masks_part", PARTS)
if cache.cards()[request.model].config.recurrent:
    st.info(t("masks.recurrent"))
elif part == "causal":
    show_causal(request, trace)
elif part == "padding":
    show_padding(request)
elif part == "later":
    show_later(request, trace)
elif part == "forcing":
    show_forcing(request, trace)
else:
    show_when(request, trace)
show_broken_link()
lecture.end("masks", FIELDS)

"""What may each position see? The causal mask, the padding mask, and what becomes of the model without them."""

import streamlit as st

from pages.masks.causal import causal
from pages.masks.fields import FIELDS, PARTS
from pages.masks.forcing import forcing
from pages.masks.later import later
from pages.masks.padding import padding
from pages.masks.when import when
from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import broken_link

EXAMPLES = {"en": "She loves you", "zh": "她爱你"}

lecture.begin("masks")
request, trace = lecture.run("masks", EXAMPLES)
part = lecture.choose_part("masks", "masks_part", PARTS)
if cache.cards()[request.model].config.recurrent:
    st.info(t("masks.recurrent"))
elif part == "causal":
    causal(request, trace)
elif part == "padding":
    padding(request)
elif part == "later":
    later(request, trace)
elif part == "forcing":
    forcing(request, trace)
else:
    when(request, trace)
broken_link()
lecture.end("masks", FIELDS)

"""What may each position see? The causal mask, the padding mask, and what becomes of the model without them."""

import streamlit as st

from pages.ui import lecture, loaders, masks, state
from pages.ui.choices import broken_link
from pages.ui.text import t

EXAMPLES = {"en": "She loves you", "zh": "她爱你"}

lecture.begin("masks")
request, trace = lecture.run("masks", EXAMPLES)
part = lecture.choose_part("masks", "masks_part", state.MASK_PARTS)
if loaders.cards()[request.model].config.recurrent:
    st.info(t("masks.recurrent"))
elif part == "causal":
    masks.causal(request, trace)
elif part == "padding":
    masks.padding(request)
elif part == "later":
    masks.later(request, trace)
elif part == "forcing":
    masks.forcing(request, trace)
else:
    masks.when(request, trace)
broken_link()
lecture.end("masks", state.MASKS)

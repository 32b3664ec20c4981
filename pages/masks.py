"""What may each position see? The causal mask, the padding mask, and what becomes of the model without them."""

import streamlit as st

from pages.ui import lecture, loaders, masks, state
from pages.ui.choices import broken_link
from pages.ui.text import t

EXAMPLES = {"en": "I love you", "zh": "我爱你"}

lecture.begin("masks")
asked, trace = lecture.run("masks", EXAMPLES)
part = lecture.choose_part("masks", "masks_part", state.MASK_PARTS)
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
broken_link()
lecture.end("masks", state.MASKS)

"""Why many heads? One, two and all of them drawn together, put together by W^O, and what they cost."""

import streamlit as st

from core.examples import SENTENCES
from pages.heads.fields import FIELDS, PARTS
from pages.ui import cache, heads, lecture
from pages.ui.catalogue import t
from pages.ui.controls import broken_link

EXAMPLES = {language: offered[3] for language, offered in SENTENCES.items()}
"""The animal didn't cross the street because it was too tired."""

lecture.begin("heads")
request, trace = lecture.run("heads", EXAMPLES)
part = lecture.choose_part("heads", "heads_part", PARTS)
if cache.cards()[request.model].config.recurrent:
    st.info(t("heads.recurrent"))
elif part == "together":
    heads.together(request, trace)
elif part == "combine":
    heads.combine(request, trace)
else:
    heads.cost(request, trace)
broken_link()
st.page_link("pages/compare.py", label=f":primary[{t('heads.door')}]")
lecture.end("heads", FIELDS)

"""Heads page: several heads drawn together, their combination by W^O, and their cost."""

import streamlit as st

from core.examples import SENTENCES
from pages.heads.combine import show_combine
from pages.heads.cost import show_cost
from pages.heads.fields import FIELDS, PARTS
from pages.heads.together import show_together
from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import show_broken_link

EXAMPLES = {language: offered[3] for language, offered in SENTENCES.items()}
"""The animal didn't cross the street because it was too tired."""

lecture.begin("heads")
request, trace = lecture.run("heads", EXAMPLES)
part = lecture.choose_part("heads", "heads_part", PARTS)
if cache.cards()[request.model].config.recurrent:
    st.info(t("heads.recurrent"))
elif part == "together":
    show_together(request, trace)
elif part == "combine":
    show_combine(request, trace)
else:
    show_cost(request, trace)
show_broken_link()
st.page_link("pages/compare.py", label=f":primary[{t('heads.compare')}]")
lecture.end("heads", FIELDS)

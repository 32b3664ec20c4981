"""Why many heads? One, two and all of them drawn together, put together by W^O, and what they cost."""

import streamlit as st

from core.examples import SENTENCES
from pages.heads.combine import combine
from pages.heads.cost import cost
from pages.heads.fields import FIELDS, PARTS
from pages.heads.together import together
from pages.ui import cache, lecture
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
    together(request, trace)
elif part == "combine":
    combine(request, trace)
else:
    cost(request, trace)
broken_link()
st.page_link("pages/compare.py", label=f":primary[{t('heads.door')}]")
lecture.end("heads", FIELDS)

"""Cost page: what attention costs beside other layers, by the paper's table and as measured here."""

import streamlit as st

from pages.cost.at_once import show_at_once
from pages.cost.fields import FIELDS, PARTS
from pages.cost.measured import show_measured
from pages.cost.memory import show_memory
from pages.cost.table import show_table
from pages.cost.way import show_way
from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import show_broken_link

lecture.begin("cost")
request, trace = lecture.run("cost")
part = lecture.choose_part("cost", "cost_part", PARTS)
if part == "table":
    show_table(trace)
elif part == "way":
    show_way()
elif part == "measured":
    show_measured()
elif part == "at_once":
    show_at_once()
elif cache.cards()[request.model].config.recurrent:
    st.info(t("cost.recurrent"))
else:
    show_memory(request, trace)
show_broken_link()
lecture.end("cost", FIELDS)

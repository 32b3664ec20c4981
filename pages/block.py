"""Block page: what is in a layer beside attention."""

import streamlit as st

from pages.block.fields import FIELDS, PARTS
from pages.block.norms import show_norms
from pages.block.parameters import show_parameters
from pages.block.position import show_position
from pages.block.positionwise import show_positionwise
from pages.block.remove import show_remove
from pages.block.river import show_river
from pages.ui import cache, lecture
from pages.ui.catalogue import plain, t
from pages.ui.controls import show_broken_link

lecture.begin("block")
request, trace = lecture.run("block")
part = lecture.choose_part("block", "block_part", PARTS)
if cache.cards()[request.model].config.recurrent:
    st.info(t("block.recurrent"))
elif cache.cards()[request.model].hosted:
    st.info(t("settings.hosted", model=plain(request.model)))
elif part == "river":
    show_river(request, trace)
elif part == "remove":
    show_remove(request, trace)
elif part == "norms":
    show_norms(request)
elif part == "positionwise":
    show_positionwise(request, trace)
elif part == "position":
    show_position(request.model)
else:
    show_parameters(request.model)
show_broken_link()
lecture.end("block", FIELDS)

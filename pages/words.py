"""Words page: how the decoder's vectors become pieces, step by step and layer by layer."""

import streamlit as st

from pages.ui import cache, lecture
from pages.ui.catalogue import t
from pages.ui.controls import show_broken_link
from pages.words.choice import show_choice
from pages.words.earlier import show_earlier
from pages.words.fields import FIELDS, PARTS
from pages.words.layers import show_layers
from pages.words.origin import show_origin
from pages.words.targets import show_targets

lecture.begin("words")
request, trace = lecture.run("words")
part = lecture.choose_part("words", "words_part", PARTS)
if cache.cards()[request.model].config.recurrent:
    st.info(t("words.recurrent"))
elif part == "choice":
    show_choice(request, trace)
elif part == "targets":
    show_targets()
elif part == "layers":
    show_layers(request, trace)
elif part == "earlier":
    show_earlier(request, trace)
else:
    show_origin(request, trace)
show_broken_link()
lecture.end("words", FIELDS)

"""Corpus page: what every head of a model does over a whole corpus, from its strongest sentence to its weakest."""

import streamlit as st

import core
from pages.corpus.common import record
from pages.corpus.fields import FIELDS
from pages.corpus.finder import say_none
from pages.corpus.parts import show_heads
from pages.corpus.sentences import open_requested
from pages.ui import cache, navigation, session, settings
from pages.ui.address import APP
from pages.ui.catalogue import error_text, t
from pages.ui.controls import show_broken_link
from pages.ui.sentence_box import compute_or_keep, first_request, request, show_sentence_box, warn_of_reach

navigation.enter()
open_requested()
settings.show_problems()
st.title(t("corpus.title"))
show_sentence_box()
model = st.session_state["model"]
try:
    found = record(model)
except core.HeadlightError as error:
    st.warning(error_text(error))
else:
    if found is None:
        say_none(model)
    else:
        trace = compute_or_keep(cache.trace, request(), first_request(), key="corpus_shown")
        warn_of_reach(st.session_state["corpus_shown"], trace=trace)
        show_heads(model, found, trace if trace.model == model else None)
show_broken_link()
session.write([*APP, *FIELDS])

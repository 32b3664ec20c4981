"""Home page: a picture, and links for three kinds of visitors."""

import contextlib

import streamlit as st

import core
from core.examples import FIRST
from pages.home.parts import show_lecture, show_minutes, show_picture, show_research
from pages.ui import cache, navigation, session, settings
from pages.ui.catalogue import t

navigation.enter()
settings.show_problems()
st.title(t("home.title"))
st.markdown(t("home.sentence"))
stored = None
with contextlib.suppress(core.HeadlightError):  # the links are shown without a picture too
    stored = cache.trace(core.Request(FIRST, cache.DEFAULT_MODEL))
    show_picture(stored)
columns = st.columns(3, gap="medium", border=True)
with columns[0]:
    show_minutes()
with columns[1]:
    show_lecture()
with columns[2]:
    show_research()
if stored is not None:
    st.markdown(t("home.python"))
    st.code(
        f'import core\n\ntrace = core.load("{stored.model}").translate("{stored.source}")\n'
        f"trace.cross.shape  # {stored.cross.shape}: layers, heads, output pieces, source pieces",
        language=None,  # Streamlit's colours for Python are too pale to read: 2.8 to 1 on paper
    )
session.write(["lang", "model"])

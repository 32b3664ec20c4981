"""Where to begin: a picture, and three ways in."""

import contextlib

import streamlit as st

import core
from core.examples import FIRST
from pages.home.parts import picture, research, two_minutes, whole_lecture
from pages.ui import cache, navigation, session, sidebar
from pages.ui.catalogue import t

navigation.enter()
sidebar.problems()
st.title(t("home.title"))
st.markdown(t("home.sentence"))
stored = None
with contextlib.suppress(core.HeadlightError):  # the ways in are there without a picture too
    stored = cache.trace(core.Request(FIRST, cache.DEFAULT_MODEL))
    picture(stored)
ways = st.columns(3, gap="medium", border=True)
with ways[0]:
    two_minutes()
with ways[1]:
    whole_lecture()
with ways[2]:
    research()
if stored is not None:
    st.markdown(t("home.python"))
    st.code(
        f'import core\n\ntrace = core.load("{stored.model}").translate("{stored.source}")\n'
        f"trace.cross.shape  # {stored.cross.shape}: layers, heads, output pieces, source pieces",
        language=None,  # Streamlit's colours for Python are too pale to read: 2.8 to 1 on paper
    )
session.write(["lang", "model"])

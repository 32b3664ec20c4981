"""Where to begin: a picture, and three ways in."""

import contextlib

import streamlit as st

import core
from core.analysis import view
from core.examples import FIRST, SWAPPED, sentences
from core.text import SPECIALS
from pages.ui import cache, navigation, session, sidebar
from pages.ui.catalogue import t
from pages.ui.views import View

_PICTURE = View("home")


def picture(trace: core.Trace) -> None:
    """What each word of the stored example was read from: the average of the last layer's cross-attention."""
    found = view(trace, "cross", len(trace.cross) - 1, None, merged=True, hidden=True)
    words = [i for i, word in enumerate(found.predicts) if word not in SPECIALS]
    data = {
        "title": t("home.picture"),
        "source": list(found.keys),
        "output": [found.predicts[i] for i in words],
        "weights": [[round(float(weight), 4) for weight in found.weights[i]] for i in words],
        "row": min(2, len(words) - 1),  # 杰瑞
    }
    _PICTURE.show(data, key="home")
    st.caption(
        t("home.measured", model=trace.model, layer=len(trace.cross), heads=trace.n_heads), text_alignment="center"
    )


def two_minutes() -> None:
    """The first things to see, each a link that holds all of its state."""
    st.subheader(t("home.minutes"))
    st.markdown(t("home.minutes.text"))
    card = cache.cards().get(cache.DEFAULT_MODEL)
    both = {"model": card.name} if card and not card.problem else {}
    first = {**both, "text": FIRST, "kind": "cross", "step": "3"}
    st.page_link("pages/translate.py", label=t("home.minutes.word"), query_params=first)
    swapped = {**both, "text": SWAPPED, "kind": "cross", "step": "3"}
    st.page_link("pages/translate.py", label=t("home.minutes.swap"), query_params=swapped)
    for (read, _), names in cache.by_languages().items():
        if FIRST not in sentences(read):
            other = {"model": names[0], "text": cache.example(names[0])}
            st.page_link("pages/translate.py", label=t("home.minutes.other", text=other["text"]), query_params=other)
    st.page_link("pages/compare.py", label=t("home.minutes.compare"))


def whole_lecture() -> None:
    """All pages of the lecture, by their questions."""
    st.subheader(t("home.lecture"))
    st.markdown(t("home.lecture.text"))
    for n, name in enumerate(navigation.SECTIONS["lecture"], start=1):
        st.page_link(f"pages/{name}.py", label=f"{n}\\. {t(f'{name}.title')}")


def research() -> None:
    """What is there for those who work with it."""
    st.subheader(t("home.research"))
    st.markdown(t("home.research.text"))
    st.page_link("pages/translate.py", label=t("home.research.whatif"))
    for name in ("inside", "beams", "models"):
        st.page_link(f"pages/{name}.py", label=t(f"{name}.title"))


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

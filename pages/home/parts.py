"""The picture, and the three ways in."""

from __future__ import annotations

import streamlit as st

import core
from core.analysis import view
from core.examples import FIRST, SWAPPED, sentences
from core.text import SPECIALS
from pages.ui import cache, navigation
from pages.ui.catalogue import t
from pages.ui.views import View

_PICTURE = View("home")


def picture(trace: core.Trace) -> None:
    """What each word of the stored example was read from: the average of the last layer's cross-attention."""
    found = view(trace, "cross", len(trace.cross) - 1, None, merged=True, hidden=True)
    output = found.predicts or ()  # cross-attention has one name a row
    words = [i for i, word in enumerate(output) if word not in SPECIALS]
    data = {
        "title": t("home.picture"),
        "source": list(found.keys),
        "output": [output[i] for i in words],
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

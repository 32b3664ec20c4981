"""The picture and the three columns of links."""

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


def show_picture(trace: core.Trace) -> None:
    """Show what each output word attends to: the average of the last layer's cross-attention."""
    average = view(trace, "cross", len(trace.cross) - 1, None, merged=True, hidden=True)
    output = average.predicts or ()  # cross-attention has one name a row
    words = [i for i, word in enumerate(output) if word not in SPECIALS]
    data = {
        "title": t("home.picture"),
        "source": list(average.keys),
        "output": [output[i] for i in words],
        "weights": [[round(float(weight), 4) for weight in average.weights[i]] for i in words],
        "row": min(2, len(words) - 1),  # 杰瑞
    }
    _PICTURE.show(data, key="home")
    st.caption(
        t("home.measured", model=trace.model, layer=len(trace.cross), heads=trace.n_heads), text_alignment="center"
    )


def show_minutes() -> None:
    """Show links to first examples; each link holds the whole state."""
    st.subheader(t("home.minutes"))
    st.markdown(t("home.minutes.text"))
    card = cache.cards().get(cache.DEFAULT_MODEL)
    model = {"model": card.name} if card and not card.problem else {}
    first = {**model, "text": FIRST, "kind": "cross", "step": "3"}
    st.page_link("pages/translate.py", label=t("home.minutes.word"), query_params=first)
    swapped = {**model, "text": SWAPPED, "kind": "cross", "step": "3"}
    st.page_link("pages/translate.py", label=t("home.minutes.swap"), query_params=swapped)
    for (source, _), names in cache.by_languages().items():
        if FIRST not in sentences(source):
            other = {"model": names[0], "text": cache.example(names[0])}
            st.page_link("pages/translate.py", label=t("home.minutes.other", text=other["text"]), query_params=other)
    st.page_link("pages/compare.py", label=t("home.minutes.compare"))


def show_lecture() -> None:
    """Show links to all pages of the lecture."""
    st.subheader(t("home.lecture"))
    st.markdown(t("home.lecture.text"))
    for n, name in enumerate(navigation.COURSE, start=1):
        st.page_link(f"pages/{name}.py", label=f"{n}\\. {t(f'{name}.title')}")
    st.page_link("pages/lectures.py", label=t("lectures.title"))


def show_research() -> None:
    """Show links to the pages for research."""
    st.subheader(t("home.research"))
    st.markdown(t("home.research.text"))
    st.page_link("pages/translate.py", label=t("home.research.whatif"))
    for name in ("inside", "beams", "corpus", "models", "glossary"):
        st.page_link(f"pages/{name}.py", label=t(f"{name}.title"))

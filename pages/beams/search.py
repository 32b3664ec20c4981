"""A beam search as the visitor asks for it, and the hypothesis that is chosen in it."""

from __future__ import annotations

import contextlib
from typing import Any

import streamlit as st

import core
from core.examples import example_language
from core.request import Request
from core.text import surface
from pages.ui import cache, session
from pages.ui.catalogue import plain, t

PARTING = {
    "en": (
        "It's warm here all the year round.",
        "Please tell her to call me back.",
        "This news shocked the world.",
        "We have absolutely nothing in common.",
        "You ought to ask for your teacher's permission.",
    ),
    "zh": (
        "为打翻的牛奶哭泣是没有用的。",
        "没有人知道她为什么那么早离开。",
        "我们本来应该坐早一班火车。",
        "他没有他哥哥高。",
        "书读得越多，学到的就越多。",
    ),
}
"""By language, sentences of which one may make beam and greedy part: which does is found by searching, for each model anew."""


@cache.cached(128)
def beam_search(request: Request) -> core.BeamSearch:
    """All that one beam search considers. Raises `HeadlightError`."""
    return cache.model(request.model).beam_search(request.text, request.beam_size, request.alpha)


def request(text: str) -> core.Request:
    """A beam search for a text, with the model, beam size and alpha that are chosen."""
    held = st.session_state
    return core.Request(text, held["model"], strategy="beam", beam_size=held["beam_size"], alpha=held["alpha"])


def position_of(search: core.BeamSearch, pieces: tuple[str, ...]) -> int | str | None:
    """Where a hypothesis stands in a search: its node; "greedy" for greedy's output where the beam gave it up; or None."""
    path = search.follow(pieces)
    if pieces and len(path) == len(pieces):
        return path[-1]
    return "greedy" if pieces == search.greedy_pieces else None


def chosen_hypothesis(search: core.BeamSearch, shown: core.Request) -> tuple[str, ...]:
    """The pieces of the hypothesis that the visitor has chosen, the winner's if none; a sentence where it is not here."""
    held = st.session_state
    wanted = held["hypothesis"]
    if wanted is not None and position_of(search, wanted) is None:
        held["hypothesis"], held["beams_missed"] = None, shown
    if held["hypothesis"] is not None:
        held["beams_missed"] = None
    if held.get("beams_missed") == shown:
        st.info(t("beams.missed"))
    return held["hypothesis"] or search.winner.pieces


def act(what: dict[str, Any]) -> None:
    """What a visitor asks for in the tree: {"choose": pieces}, or {"find": True}, a sentence where beam and greedy part."""
    if what.get("find") is True:
        find_parting()
    pieces = what.get("choose")
    if isinstance(pieces, list) and pieces and all(isinstance(piece, str) for piece in pieces):
        st.session_state["hypothesis"] = tuple(pieces)


def act_on_stage(what: dict[str, Any], search: core.BeamSearch, pieces: tuple[str, ...]) -> None:
    """Another candidate on the stage: the hypothesis that goes on with it, where this search considered that one."""
    if not isinstance(what.get("force"), list):
        return
    step, piece = what["force"]
    wanted = (*pieces[: int(step)], str(piece))
    if position_of(search, wanted) is None:
        st.toast(t("beams.not_considered", step=int(step) + 1, piece=plain(surface(str(piece)))))
    else:
        st.session_state["hypothesis"] = wanted


def back_to_winner() -> None:
    st.session_state["hypothesis"] = None


def find_parting() -> None:
    """Put a sentence in the box where beam and greedy part, with the model, beam size and alpha as they are."""
    held = st.session_state
    for text in PARTING[example_language(session.source_language())]:
        with contextlib.suppress(core.HeadlightError):
            if beam_search(request(text)).parts_at is not None:
                held["text"] = text
                session.forget_link()
                return
    st.toast(t("beams.none_part"))

"""The visitor's beam search, and the hypothesis selected in it."""

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

DIVERGING = {
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
"""By language, sentences on which beam and greedy search may differ; a search with the chosen model finds out."""


@cache.cached(128)
def beam_search(request: Request) -> core.BeamSearch:
    """Run a beam search and return all of its candidates. Raises `HeadlightError`."""
    return cache.model(request.model).beam_search(request.text, request.beam_size, request.alpha)


def request(text: str) -> core.Request:
    """Return a Request for a text with beam search and the chosen model, beam size and alpha."""
    state = st.session_state
    return core.Request(text, state["model"], strategy="beam", beam_size=state["beam_size"], alpha=state["alpha"])


def position_of(search: core.BeamSearch, pieces: tuple[str, ...]) -> int | str | None:
    """Return a hypothesis's node in a search, "greedy" for the greedy output if the beam dropped it, or None."""
    path = search.follow(pieces)
    if pieces and len(path) == len(pieces):
        return path[-1]
    return "greedy" if pieces == search.greedy_pieces else None


def selected_hypothesis(search: core.BeamSearch, shown: core.Request) -> tuple[str, ...]:
    """Return the pieces of the selected hypothesis, or of the winner; tell the visitor if the search has no such one."""
    state = st.session_state
    requested = state["hypothesis"]
    if requested is not None and position_of(search, requested) is None:
        state["hypothesis"], state["beams_missed"] = None, shown
    if state["hypothesis"] is not None:
        state["beams_missed"] = None
    if state.get("beams_missed") == shown:
        st.info(t("beams.missed"))
    return state["hypothesis"] or search.winner.pieces


def handle_tree_act(action: dict[str, Any]) -> None:
    """Handle an action in the tree: {"choose": pieces}, or {"find": True} for a sentence where beam and greedy differ."""
    if action.get("find") is True:
        find_diverging_sentence()
    pieces = action.get("choose")
    if isinstance(pieces, list) and pieces and all(isinstance(piece, str) for piece in pieces):
        st.session_state["hypothesis"] = tuple(pieces)


def handle_stage_act(action: dict[str, Any], search: core.BeamSearch, pieces: tuple[str, ...]) -> None:
    """Select the hypothesis that continues with a candidate of the attention view, if the search considered it."""
    if not isinstance(action.get("force"), list):
        return
    step, piece = action["force"]
    hypothesis = (*pieces[: int(step)], str(piece))
    if position_of(search, hypothesis) is None:
        st.toast(t("beams.not_considered", step=int(step) + 1, piece=plain(surface(str(piece)))))
    else:
        st.session_state["hypothesis"] = hypothesis


def select_winner() -> None:
    """Show the winner of the search again."""
    st.session_state["hypothesis"] = None


def find_diverging_sentence() -> None:
    """Put a sentence in the box on which beam and greedy search differ, with the chosen model, beam size and alpha."""
    for text in DIVERGING[example_language(session.source_language())]:
        with contextlib.suppress(core.HeadlightError):
            if beam_search(request(text)).parts_at is not None:
                st.session_state["text"] = text
                session.forget_link()
                return
    st.toast(t("beams.none_part"))

"""A beam search on a page: its tree, the point where beam and greedy part, and what its two settings change."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

import pandas as pd
import streamlit as st

import core
from core.decoding import length_penalty
from core.examples import example_language
from core.spelling import spell
from core.text import surface
from pages.ui import cache, session
from pages.ui.catalogue import plain, t
from pages.ui.views import View

_BEAMS = View("beams")

SIZES, ALPHAS = (1, 2, 4, 8), (0.0, 0.6, 1.0)
"""What is tried for the tables of effects, beside what is chosen."""

PARTING = {
    "en": (
        "It is no use crying over spilt milk.",
        "Nobody knows why she left so early.",
        "We should have taken the earlier train.",
        "He is not as tall as his brother.",
        "The more you read, the more you learn.",
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


def request(text: str) -> core.Request:
    """A beam search for a text, with the model, beam size and alpha that are chosen."""
    held = st.session_state
    return core.Request(text, held["model"], strategy="beam", beam_size=held["beam_size"], alpha=held["alpha"])


def place(search: core.BeamSearch, pieces: tuple[str, ...]) -> int | str | None:
    """Where a hypothesis stands in a search: its node; "greedy" for greedy's output where the beam gave it up; or None."""
    path = search.follow(pieces)
    if pieces and len(path) == len(pieces):
        return path[-1]
    return "greedy" if pieces == search.greedy_pieces else None


def chosen(search: core.BeamSearch, shown: core.Request) -> tuple[str, ...]:
    """The pieces of the hypothesis that the visitor has chosen, the winner's if none; a sentence where it is not here."""
    held = st.session_state
    wanted = held["hypothesis"]
    if wanted is not None and place(search, wanted) is None:
        held["hypothesis"], held["beams_missed"] = None, shown
    if held["hypothesis"] is not None:
        held["beams_missed"] = None
    if held.get("beams_missed") == shown:
        st.info(t("beams.missed"))
    return held["hypothesis"] or search.winner.pieces


def tree(search: core.BeamSearch, pieces: tuple[str, ...], target: str, stage: str) -> None:
    """The whole search, drawn in the browser; what is clicked there becomes the session's "hypothesis".

    pieces: of the chosen hypothesis. target: the language's code. stage: key of the container with the stage.
    """
    greedy = search.follow(search.greedy_pieces)
    data = {
        "search": repr((search.model, search.source, search.beam_size, search.alpha)),
        "nodes": [
            [
                -1 if node.parent is None else node.parent,
                node.step,
                node.piece,
                round(node.log_probability, 6),
                round(node.probability, 6),
                round(node.score, 6),
                node.rank,
                node.status,
                *((label, text) if (label, text) != (node.piece, node.piece) else ()),
            ]
            for node, label, text in zip(search.nodes, search.labels, search.texts, strict=True)
        ],
        "widths": list(search.widths),
        "hypotheses": [
            {
                "node": hypothesis.node,
                "text": hypothesis.text,
                "length": hypothesis.length,
                "total": round(hypothesis.log_probability, 6),
                "score": round(hypothesis.score, 6),
            }
            for hypothesis in search.hypotheses
        ],
        "greedy": {
            "pieces": list(search.greedy_pieces),
            "texts": list(spell(search.greedy_pieces, search.byte_fallback).texts),
            "text": search.greedy_text,
            "total": round(search.greedy_log_probability, 6),
            "score": round(search.greedy_score, 6),
            "path": list(greedy),
        },
        "parts_at": search.parts_at,
        "beam_size": search.beam_size,
        "alpha": search.alpha,
        "chosen": place(search, pieces),
        "target": target,
        "bytes": search.byte_fallback,
        "stage": stage,
    }
    _BEAMS.show(data, key="beams", on_act=act)


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
    if place(search, wanted) is None:
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
            if cache.beam_search(request(text)).parts_at is not None:
                held["text"] = text
                session.forget_link()
                return
    st.toast(t("beams.none_part"))


# --- The two settings ---------------------------------------------------------------------------------------------------


@st.fragment
def effects(shown: core.Request) -> None:
    """The best output for other beam sizes and other alphas, searched for when the visitor opens it."""
    size, alpha = shown.beam_size, shown.alpha
    place = st.expander(t("beams.effects"), on_change="rerun", key="beams_effects")
    if not place.open:
        return
    with place:
        winner = cache.beam_search(shown).winner.pieces

        def others(name: str, values: list) -> dict[str, core.Request]:
            return {f"{value:g}": dataclasses.replace(shown, **{name: value}) for value in values}

        sizes, alphas = sorted({*SIZES, size}), sorted({*ALPHAS, alpha})
        st.markdown(t("beams.effects.sizes", alpha=f"{alpha:g}"))
        with st.spinner(t("beams.searching")):
            _table(t("beams.size"), others("beam_size", sizes), winner, f"{size}")
        st.markdown(t("beams.effects.alphas", size=size))
        with st.spinner(t("beams.searching")):
            _table("α", others("alpha", alphas), winner, f"{alpha:g}")
        st.markdown(t("beams.effects.read"))


def _table(label: str, requests: dict[str, core.Request], winner: tuple[str, ...], current: str) -> None:
    found = {name: cache.beam_search(asked) for name, asked in requests.items()}

    def verdict(name: str, pieces: tuple[str, ...]) -> str:
        return t("beams.shown") if name == current else t("beams.same") if pieces == winner else t("beams.differs")

    st.dataframe(
        pd.DataFrame(
            {
                label: name,
                t("beams.best"): search.winner.text,
                t("beams.length"): search.winner.length,
                t("beams.log_p"): search.winner.log_probability,
                t("beams.penalty"): length_penalty(search.winner.length, search.alpha),
                t("beams.score"): search.winner.score,
                t("beams.verdict"): verdict(name, search.winner.pieces),
            }
            for name, search in found.items()
        ),
        hide_index=True,
        width="stretch",
        column_config={
            label: st.column_config.NumberColumn(format="%.2f")
            for label in (t("beams.log_p"), t("beams.penalty"), t("beams.score"))
        },
    )


def explain() -> None:
    """How the search works, in words and in the formulas of its length penalty."""
    st.markdown(t("beams.how.text"))
    st.latex(
        r"\mathrm{score}(Y) = \frac{\log P(Y \mid X)}{\mathrm{lp}(Y)}, \qquad "
        r"\mathrm{lp}(Y) = \frac{(5 + |Y|)^{\alpha}}{(5 + 1)^{\alpha}}"
    )
    st.caption(t("beams.how.source"))

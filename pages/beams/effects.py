"""The results of other beam sizes and alphas, and an explanation of the search."""

from __future__ import annotations

import dataclasses

import pandas as pd
import streamlit as st

import core
from core.decoding import length_penalty
from pages.beams.search import beam_search
from pages.ui.catalogue import t

SIZES, ALPHAS = (1, 2, 4, 8), (0.0, 0.6, 1.0)
"""Beam sizes and alphas in the tables, beside the chosen ones."""


@st.fragment
def show_effects(shown: core.Request) -> None:
    """Show the best output for other beam sizes and alphas, computed when the visitor opens the expander."""
    size, alpha = shown.beam_size, shown.alpha
    place = st.expander(t("beams.effects"), on_change="rerun", key="beams_effects")
    if not place.open:
        return
    with place:
        winner = beam_search(shown).winner.pieces

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
    searches = {name: beam_search(request) for name, request in requests.items()}

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
            for name, search in searches.items()
        ),
        hide_index=True,
        width="stretch",
        column_config={
            label: st.column_config.NumberColumn(format="%.2f")
            for label in (t("beams.log_p"), t("beams.penalty"), t("beams.score"))
        },
    )


def show_explanation() -> None:
    """Explain the search and its length penalty."""
    st.markdown(t("beams.how.text"))
    st.latex(
        r"\mathrm{score}(Y) = \frac{\log P(Y \mid X)}{\mathrm{lp}(Y)}, \qquad "
        r"\mathrm{lp}(Y) = \frac{(5 + |Y|)^{\alpha}}{(5 + 1)^{\alpha}}"
    )
    st.caption(t("beams.how.source"))

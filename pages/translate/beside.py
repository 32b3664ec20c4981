"""The original beside the changed run: translations, probabilities, difference of attention."""

from __future__ import annotations

import dataclasses

import streamlit as st

import core
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.pair import pair


def beside(shown: core.Request, trace: core.Trace) -> None:
    """The original beside the changed run: translations, probabilities, and the difference of attention."""
    first = cache.trace(shown.plain)
    if trace.intervention is None and trace.output_pieces == first.output_pieces:
        st.info(t("whatif.same"))
        return
    same_pieces = None
    if shown.intervention is not None and shown.intervention.changes_model:
        alone = dataclasses.replace(shown.intervention, forced={})
        given = core.Request(shown.text, shown.model, first.output_pieces, intervention=alone)
        same_pieces = cache.trace(given)
    st.subheader(t("whatif.beside"))
    if same_pieces is not None:
        lost = first.log_probability - same_pieces.log_probability
        st.write(
            t(
                "whatif.lost" if lost >= 0 else "whatif.gained",
                text=plain(first.text),
                before=nats(first.log_probability),
                after=nats(same_pieces.log_probability),
                nats=f"{abs(lost):.2f}",
            )
        )
        st.segmented_control(
            t("whatif.pieces"),
            ("same", "own"),
            format_func=lambda name: t(f"whatif.pieces.{name}"),
            key="whatif_pieces",
            required=True,
            default="same",
            label_visibility="collapsed",
        )
        if st.session_state["whatif_pieces"] == "same":
            pair(first, same_pieces, key="whatif", names=(t("whatif.before"), t("whatif.after")), difference=True)
            return
    st.caption(t("whatif.own", before=nats(first.log_probability), after=nats(trace.log_probability)))
    pair(first, trace, key="whatif-own", names=(t("whatif.before"), t("whatif.after")), difference=True)


def nats(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")

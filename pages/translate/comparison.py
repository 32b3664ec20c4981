"""The original and the changed run side by side: translations, probabilities, difference of attention."""

from __future__ import annotations

import dataclasses

import streamlit as st

import core
from pages.ui import cache
from pages.ui.catalogue import plain, signed, t
from pages.ui.pair import pair


def show_comparison(shown: core.Request, trace: core.Trace) -> None:
    """Show the original and the changed run side by side, and how much the change costs in nats."""
    original = cache.trace(shown.plain)
    if trace.intervention is None and trace.output_pieces == original.output_pieces:
        st.info(t("whatif.same"))
        return
    same_pieces = None
    if shown.intervention is not None and shown.intervention.changes_model:
        unforced = dataclasses.replace(shown.intervention, forced={})
        request = core.Request(shown.text, shown.model, original.output_pieces, intervention=unforced)
        same_pieces = cache.trace(request)
    st.subheader(t("whatif.beside"))
    if same_pieces is not None:
        lost = original.log_probability - same_pieces.log_probability
        st.write(
            t(
                "whatif.lost" if lost >= 0 else "whatif.gained",
                text=plain(original.text),
                before=signed(original.log_probability),
                after=signed(same_pieces.log_probability),
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
            pair(original, same_pieces, key="whatif", names=(t("whatif.before"), t("whatif.after")), difference=True)
            return
    st.caption(t("whatif.own", before=signed(original.log_probability), after=signed(trace.log_probability)))
    pair(original, trace, key="whatif-own", names=(t("whatif.before"), t("whatif.after")), difference=True)

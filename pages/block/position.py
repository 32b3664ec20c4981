"""How well the position of a piece can be read from its vector, layer by layer, with residual connections or not."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.analysis.ridge import FOLDS, HeldOut, held_out
from core.plots import errors_by_step
from core.probes.block import encoder_vectors
from core.records.stream import HalfStep
from pages.block.common import corpus, page_part, step_name
from pages.ui import cache
from pages.ui.catalogue import signed, t
from pages.ui.charts import theme
from pages.ui.curves import curves
from pages.ui.formulas import formulas


@cache.cached(32)
def readings(name: str, residual: bool) -> tuple[HeldOut, ...]:
    """Return how well positions can be read at each half-step of a model's encoder, once for all visitors.

    Raises:
        HeadlightError: If the model cannot be loaded, or is recurrent.
    """
    loaded = cache.model(name)
    vectors = encoder_vectors(loaded, corpus(name)[0], residual)
    positions = [np.arange(states.shape[1]) for states in vectors]
    return tuple(held_out([states[step] for states in vectors], positions) for step in range(len(vectors[0])))


@page_part
def show_position(name: str) -> None:
    """Show the error of the position that is read from each layer's vectors, beside that of a guess."""
    st.markdown(t("block.position.text"))
    with st.spinner(t("sentence.working"), show_time=False):
        kept, removed = readings(name, True), readings(name, False)
    card = cache.cards()[name]
    texts, source = corpus(name)
    steps = HalfStep.all("encoder", card.config.n_layers)
    errors = {
        t("block.position.kept"): [found.error for found in kept],
        t("block.position.removed"): [found.error for found in removed],
    }
    numbers = {
        "corpus": t(source, sentences=len(texts)), "folds": FOLDS, "chance": f"{kept[0].baseline:.2f}",
        "first": f"{kept[0].error:.2f}", "last": f"{kept[-1].error:.2f}", "last_removed": f"{removed[-1].error:.2f}",
        "r2": signed(kept[-1].r2), "r2_removed": signed(removed[-1].r2),
    }  # fmt: skip
    found = t("block.position.found", **numbers)
    figure = errors_by_step(
        errors, (t("block.position.chance"), kept[0].baseline), [step_name(step, short=True) for step in steps],
        t("block.position.error"), theme(),
    )  # fmt: skip
    curves(figure, "block-position", found)
    st.markdown(found)
    st.caption(t("block.position.how", **numbers))
    formulas(r"\min_{w,\,b}\; \textstyle\sum_t (t - w^{\mathsf T} x_t - b)^2 + \lambda \lVert w \rVert^2")

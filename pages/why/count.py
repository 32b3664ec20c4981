"""The weights of each output word over the source, by textbook and models side by side."""

from __future__ import annotations

import numpy as np
import streamlit as st

import core
from core.analysis import view
from core.records import Contexts
from core.records.trace import Trace
from core.text import surface
from pages.ui import cache
from pages.ui.catalogue import error_text, small, t
from pages.ui.controls import choose_one
from pages.ui.matrices import Matrix, matrices, matrix
from pages.why.members import (
    Members,
    choose_layer_and_head,
    contexts,
    own_head,
    page_part,
    request,
    show_context_formula,
)

TEXTBOOK = (("汤姆", (0.6, 0.2, 0.2)), ("杰瑞", (0.3, 0.2, 0.5)))
"""An illustration from textbooks for "Tom Chase Jerry". No model computes these numbers, and the page says so."""

READABLE = 7
"""Largest number of columns written as numbers; more columns are colours only."""


def _choose(names: Members) -> tuple[int, int | None]:
    """Show the controls, and return the Transformer's layer and head."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    labels = {"learnt": t("why.weights.learnt"), "equal": t("why.weights.equal")}
    choose_one(
        t("why.weights"), labels, "why_weights", labels.__getitem__, row, help=t("why.weights.help")
    )  # fmt: skip
    transformer = names["transformer"]
    if not transformer:
        return 0, None
    layer, head = choose_layer_and_head(transformer, row)
    row.toggle(t("why.same"), key="why_same", persist_state="session", help=t("why.same.help"))
    return layer, head


def textbook() -> Matrix:
    """Return the illustration as an item for `matrices`."""
    return matrix(
        t("why.textbook"), np.array([numbers for _, numbers in TEXTBOOK]), rows=[word for word, _ in TEXTBOOK],
        columns=("Tom", "Chase", "Jerry"), scale="weights", digits=1, shape="", caption=t("why.textbook.is"),
        row_tone="target", column_tone="source", narrow=True,
    )  # fmt: skip


def weights_of(trace: Trace, layer: int, head: int | None) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return the cross-attention of the output words over the source words, with the names of both."""
    average = view(trace, "cross", layer, head, merged=True)
    rows = [i for i, (start, _) in enumerate(trace.output_words) if start not in trace.output_specials]
    rows = rows or list(range(len(average.weights)))
    output = average.predicts or ()  # cross-attention has one name a row
    return average.weights[rows], tuple(output[i] for i in rows), average.keys


def _panel(architecture: str, trace: Trace, layer: int, head: int | None) -> Matrix | None:
    """Return one model's weights as an item for `matrices`, None for a model without attention."""
    if not trace.cross.size:
        return None
    weights, rows, columns = weights_of(trace, layer, head)
    return matrix(
        t(f"why.short.{architecture}"), weights, rows=rows, columns=columns, scale="weights", shape="",
        caption=trace.text, numbers=len(columns) <= READABLE, row_tone="target", column_tone="source", narrow=True,
        column_group="source",
    )  # fmt: skip


def _strips(name: str, found: Contexts) -> Matrix:
    """Return the contexts of one model, one per row, as an item for `matrices`."""
    return matrix(
        name, found.contexts, rows=[surface(piece) for piece in found.rows], scale="signed", picture=True, aspect=5,
        shape="", row_tone="target", caption=t("why.apart", apart=f"{100 * found.dispersion():.0f}"),
    )  # fmt: skip


@page_part
def show_count(names: Members, shown: core.Request) -> None:
    """Show weights and contexts of textbook and models side by side."""
    layer, head = _choose(names)
    runs = {}
    for architecture, name in names.items():
        try:
            if name is not None:
                requested = request(name, shown, names)
                own_layer = layer if architecture == "transformer" else None
                runs[architecture] = cache.trace(requested), contexts(requested, own_layer)
        except core.HeadlightError as error:
            st.warning(error_text(error))
    panels, strips, notes = [textbook()], [], []
    for architecture, (trace, found) in runs.items():
        panel = _panel(architecture, trace, *own_head(architecture, layer, head))
        drawn = _strips(t(f"why.contexts.{architecture}"), found)
        if panel is None:  # its contexts take the place of weights
            same = {"name": t(f"why.short.{architecture}"), "caption": trace.text, "shape": "", "aspect": 2, "least": 8}
            panels.append({**drawn, **same})
            notes.append(t("why.none", n=len(found.rows), apart=_largest_difference(found)))
        else:
            panels.append(panel)
        strips.append(drawn)
    matrices(panels, key="why-weights", title=t("why.picture"))
    st.markdown(" ".join([*notes, t("why.rows")]))
    st.markdown(t("why.then"))
    matrices(strips, key="why-contexts", title=t("why.picture.contexts"))
    if st.session_state["why_weights"] == "equal":
        st.markdown(t("why.equal"))
    show_context_formula()


def _largest_difference(found: Contexts) -> str:
    """Return the largest difference between a context and the first one."""
    return small(float(np.abs(found.contexts - found.contexts[0]).max()))

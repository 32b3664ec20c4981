"""What counts for each output word: textbook and models side by side."""

from __future__ import annotations

import numpy as np
import streamlit as st

import core
from core.analysis import view
from core.records import Contexts
from core.records.trace import Trace
from core.text import surface
from pages.ui import cache
from pages.ui.catalogue import sentence, small, t
from pages.ui.controls import choose_one
from pages.ui.matrices import Matrix, matrices, matrix
from pages.why.members import Members, context_formula, contexts, layer_and_head, own_head, page_part, request

TEXTBOOK = (("汤姆", (0.6, 0.2, 0.2)), ("杰瑞", (0.3, 0.2, 0.5)))
"""The textbooks' illustration for "Tom Chase Jerry": nobody computed these numbers, and the page says so."""

READABLE = 7
"""So many columns are written as numbers; more are colours."""


def _choose(names: Members) -> tuple[int, int | None]:
    """The controls that change the picture. -> the Transformer's layer and head"""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    weights = {"learnt": t("why.weights.learnt"), "equal": t("why.weights.equal")}
    choose_one(
        t("why.weights"), weights, "why_weights", weights.__getitem__, row, help=t("why.weights.help")
    )  # fmt: skip
    transformer = names["transformer"]
    if not transformer:
        return 0, None
    layer, head = layer_and_head(transformer, row)
    row.toggle(t("why.same"), key="why_same", persist_state="session", help=t("why.same.help"))
    return layer, head


def textbook() -> Matrix:
    """The illustration, as `matrices` takes it."""
    return matrix(
        t("why.textbook"), np.array([numbers for _, numbers in TEXTBOOK]), rows=[word for word, _ in TEXTBOOK],
        columns=("Tom", "Chase", "Jerry"), scale="weights", digits=1, shape="", caption=t("why.textbook.is"),
        row_tone="target", column_tone="source", narrow=True,
    )  # fmt: skip


def weights_of(trace: Trace, layer: int, head: int | None) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Cross-attention of the words that are written, over the source's words. -> weights, output words, source words"""
    found = view(trace, "cross", layer, head, merged=True)
    rows = [i for i, (start, _) in enumerate(trace.output_words) if start not in trace.output_specials]
    rows = rows or list(range(len(found.weights)))
    output = found.predicts or ()  # cross-attention has one name a row
    return found.weights[rows], tuple(output[i] for i in rows), found.keys


def _panel(architecture: str, trace: Trace, layer: int, head: int | None) -> Matrix | None:
    """One model's weights, as `matrices` takes them; without attention there are none."""
    if not trace.cross.size:
        return None
    weights, rows, columns = weights_of(trace, layer, head)
    return matrix(
        t(f"why.short.{architecture}"), weights, rows=rows, columns=columns, scale="weights", shape="",
        caption=trace.text, numbers=len(columns) <= READABLE, row_tone="target", column_tone="source", narrow=True,
        column_group="source",
    )  # fmt: skip


def _strips(name: str, found: Contexts) -> Matrix:
    """C_i of one model, a row each, as `matrices` takes them."""
    return matrix(
        name, found.contexts, rows=[surface(piece) for piece in found.rows], scale="signed", picture=True, aspect=5,
        shape="", row_tone="target", caption=t("why.apart", apart=f"{100 * found.dispersion():.0f}"),
    )  # fmt: skip


@page_part
def count(names: Members, shown: core.Request) -> None:
    """Textbook and models side by side: which source words count for which output word, and the contexts that follow."""
    layer, head = _choose(names)
    runs = {}
    for architecture, name in names.items():
        try:
            if name is not None:
                wanted = request(name, shown, names)
                own = layer if architecture == "transformer" else None
                runs[architecture] = cache.trace(wanted), contexts(wanted, own)
        except core.HeadlightError as error:
            st.warning(sentence(error))
    panels, strips, notes = [textbook()], [], []
    for architecture, (trace, found) in runs.items():
        panel = _panel(architecture, trace, *own_head(architecture, layer, head))
        drawn = _strips(t(f"why.contexts.{architecture}"), found)
        if panel is None:  # its contexts stand where others have their weights
            same = {"name": t(f"why.short.{architecture}"), "caption": trace.text, "shape": "", "aspect": 2, "least": 8}
            panels.append({**drawn, **same})
            notes.append(t("why.none", n=len(found.rows), apart=_most_apart(found)))
        else:
            panels.append(panel)
        strips.append(drawn)
    matrices(panels, key="why-weights", title=t("why.picture"))
    st.markdown(" ".join([*notes, t("why.rows")]))
    st.markdown(t("why.then"))
    matrices(strips, key="why-contexts", title=t("why.picture.contexts"))
    if st.session_state["why_weights"] == "equal":
        st.markdown(t("why.equal"))
    context_formula()


def _most_apart(found: Contexts) -> str:
    return small(float(np.abs(found.contexts - found.contexts[0]).max()))

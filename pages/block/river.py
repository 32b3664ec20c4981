"""One piece's vector through every sub-layer: how long it is, what it is a sum of, and where it is normalized."""

from __future__ import annotations

import numpy as np
import streamlit as st

import core
from core.intervention import STACKS
from core.plots import Flow, river
from core.records import ResidualStream
from core.records.stream import ORIGINS
from core.request import Request
from core.text import surface
from pages.block.common import first_word, page_part, step_name, valid_index
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.charts import show, theme
from pages.ui.controls import choose_one
from pages.ui.formulas import formulas


@cache.cached(8)  # 6 MB for the longest sentences of a model with 6 layers
def stream_of(request: Request, stack: str) -> ResidualStream:
    """Return the vectors along a stack, split by origin. Raises `HeadlightError`."""
    return cache.model(request.model).residual_stream(cache.trace(request), stack)


@page_part
def show_river(request: core.Request, trace: core.Trace) -> None:
    """Show the vector of one piece along the encoder or the decoder."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    stack = choose_one(t("block.stack"), STACKS, "block_stack", lambda name: t(f"block.{name}"), row)
    stream = stream_of(request, stack)
    names = [surface(piece) for piece in stream.pieces]
    valid_index("block_piece", len(names), first_word(names))
    row.select_slider(
        t("block.piece"), range(len(names)), format_func=lambda i: f"{plain(names[i])} ({i + 1})", key="block_piece",
        width=420, persist_state="session",
    )  # fmt: skip
    at = st.session_state["block_piece"]
    flow = Flow.of(stream, at)
    present = [origin for i, origin in enumerate(ORIGINS) if np.any(stream.summands[:, i])]
    legend = {origin: t(f"block.origin.{origin}") for origin in present}
    titles = (t("block.river.length"), t("block.river.total"), t("block.river.norm"))
    role = "source" if stack == "encoder" else "target"
    steps = [step_name(step, lines=True) for step in stream.half_steps]
    found = _found(stream, at)
    figure = river(flow, legend, steps, titles, role, theme())
    show(figure, "block-river", t("block.river.found", piece=names[at], **found).replace("**", ""))
    st.markdown(t("block.river.found", piece=plain(names[at]), **found))
    least = min(0.0, float(min(stream.shares[:, :, at].min(), stream.sum_shares[:, :, at].min())))
    st.caption(t("block.river.below", least=f"{least:.0%}".replace("-", "−")))
    formulas(
        r"\mathrm{LayerNorm}(x + \mathrm{Sublayer}(x))",
        r"v = \textstyle\sum_p p, \qquad \lVert v \rVert = \sum_p \frac{p \cdot v}{\lVert v \rVert}",
    )


def _found(stream: ResidualStream, at: int) -> dict[str, str]:
    """Return the values of the sentence below the picture."""
    lengths, sums, shares = stream.lengths[:, at], stream.sums[:, at], stream.shares[-1, :, at]
    change = np.abs(np.log(np.maximum(lengths[1:], 1e-9) / np.maximum(sums[1:], 1e-9)))
    strongest = 1 + int(change.argmax())
    largest = int(shares.argmax())
    return {
        "first": f"{lengths[0]:.1f}",
        "last": f"{lengths[-1]:.1f}",
        "largest": t(f"block.origin.{ORIGINS[largest]}"),
        "share": f"{shares[largest]:.0%}",
        "word": f"{shares[ORIGINS.index('word')]:.0%}",
        "step": step_name(stream.half_steps[strongest]),
        "before": f"{sums[strongest]:.1f}",
        "after": f"{lengths[strongest]:.1f}",
    }

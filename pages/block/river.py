"""One piece's vector through every sub-layer: how long it is, what it is a sum of, and where it is normalized."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

import core
from core.intervention import STACKS
from core.plots import Flow, river
from core.records.stream import ORIGINS, HalfStep
from core.request import Request
from core.text import surface
from pages.block.common import first_word, page_part, percent, step_name, valid_index
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.charts import theme
from pages.ui.controls import choose_one
from pages.ui.curves import curves
from pages.ui.formulas import formulas


class River(NamedTuple):
    """The vectors along a stack: names of its pieces, its half-steps, and the flow of each piece."""

    pieces: tuple[str, ...]
    half_steps: tuple[HalfStep, ...]
    flows: tuple[Flow, ...]


@cache.cached(64)  # 0.1 MB for the longest sentences
def river_of(request: Request, stack: str) -> River:
    """Return the flow of each piece along a stack, split by origin. Raises `HeadlightError`."""
    stream = cache.model(request.model).residual_stream(cache.trace(request), stack)
    flows = tuple(map(cache.read_only, Flow.all(stream)))
    return River(stream.pieces, stream.half_steps, flows)


@page_part
def show_river(request: core.Request, trace: core.Trace) -> None:
    """Show the vector of one piece along the encoder or the decoder."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    stack = choose_one(t("block.stack"), STACKS, "block_stack", lambda name: t(f"block.{name}"), row)
    found = river_of(request, stack)
    names = [surface(piece) for piece in found.pieces]
    valid_index("block_piece", len(names), first_word(names))
    row.select_slider(
        t("block.piece"), range(len(names)), format_func=lambda i: f"{plain(names[i])} ({i + 1})", key="block_piece",
        width=420, persist_state="session",
    )  # fmt: skip
    at = st.session_state["block_piece"]
    flow = found.flows[at]
    legend = {
        origin: t(f"block.origin.{origin}") for origin, share in zip(ORIGINS, flow.shares, strict=True) if share.any()
    }
    titles = (t("block.river.length"), t("block.river.total"), t("block.river.norm"))
    role = "source" if stack == "encoder" else "target"
    steps = [step_name(step, short=True) for step in found.half_steps]
    values = _values(flow, found.half_steps)
    figure = river(flow, legend, steps, titles, role, theme())
    curves(figure, "block-river", t("block.river.found", piece=names[at], **values).replace("**", ""))
    st.markdown(t("block.river.found", piece=plain(names[at]), **values))
    least = min(0.0, float(flow.shares.min()))
    st.caption(t("block.river.below", least=percent(least)))
    formulas(
        r"\mathrm{LayerNorm}(x + \mathrm{Sublayer}(x))",
        r"v = \textstyle\sum_p p, \qquad \lVert v \rVert = \sum_p \frac{p \cdot v}{\lVert v \rVert}",
    )


def _values(flow: Flow, half_steps: Sequence[HalfStep]) -> dict[str, str]:
    """Return the values of the sentence below the picture."""
    before, after, last = flow.lengths[1::2], flow.lengths[2::2], flow.shares[:, -1]
    strongest = int(np.abs(np.log(np.maximum(after, 1e-9) / np.maximum(before, 1e-9))).argmax())
    largest = int(last.argmax())
    return {
        "first": f"{flow.lengths[0]:.1f}",
        "last": f"{flow.lengths[-1]:.1f}",
        "largest": t(f"block.origin.{ORIGINS[largest]}"),
        "share": percent(last[largest]),
        "word": percent(last[ORIGINS.index("word")]),
        "step": step_name(half_steps[strongest + 1]),
        "before": f"{before[strongest]:.1f}",
        "after": f"{after[strongest]:.1f}",
    }

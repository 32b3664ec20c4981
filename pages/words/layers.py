"""What the model's projection makes of each layer's state: a grid of half-steps by output steps."""

from __future__ import annotations

import numpy as np
import streamlit as st

import core
from core.records.stream import Followed, HalfStep, ReadOut
from core.request import Request
from core.text import surface
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.controls import choose_index
from pages.ui.matrices import matrices, matrix
from pages.words.common import page_part


@cache.cached(32)
def read_out(request: Request) -> ReadOut:
    """Return what each state of the decoder would write. Raises `HeadlightError`."""
    return cache.model(request.model).read_out(cache.trace(request))


@cache.cached(64)
def followed(request: Request, step: int) -> Followed:
    """Return the pieces that compete at a step, through all states. Raises `HeadlightError`."""
    return cache.model(request.model).follow(cache.trace(request), step)


def half_step_name(half_step: HalfStep) -> str:
    """Return the name of a half-step, with its layer counted from 1."""
    name = t(f"words.half_step.{half_step.name.rpartition(' ')[2]}")
    return name if half_step.layer < 0 else t("words.half_step", layer=half_step.layer + 1, name=name)


@page_part
def show_layers(request: core.Request, trace: core.Trace) -> None:
    """Show the most probable piece of each state, shaded by the probability of the piece that is written."""
    st.markdown(t("words.layers.text"))
    found = read_out(request)
    settled = found.settled
    texts = [[surface(cell[0]) for cell in row] for row in found.pieces]
    framed = [(int(settled[step]), step) for step in range(len(settled)) if settled[step] < len(found.half_steps)]
    matrices(
        [
            matrix(
                t("words.layers.name"), found.written_probabilities, rows=[half_step_name(step) for step in found.half_steps],
                columns=[f"{i}: {surface(piece)}" for i, piece in enumerate(trace.output_labels, 1)], scale="weights", shape="",
                texts=texts, framed=framed, column_tone="target", row_group="half", column_group="steps",
            )
        ],
        key="words-layers",
        title=t("words.layers.picture"),
    )  # fmt: skip
    st.markdown(t("words.layers.found", **_summary(found, trace)))
    _show_followed(request, trace)
    st.caption(t("words.layers.raw"))


def _show_followed(request: core.Request, trace: core.Trace) -> None:
    """Show the probability of the pieces that compete at one step, from state to state."""
    step = choose_index("words_step", t("words.follow.step"), len(trace.output_pieces), 2, st.container())
    found = followed(request, step)
    names = [surface(piece) for piece in found.pieces]
    written = surface(trace.output_pieces[step])
    matrices(
        [
            matrix(
                t("words.follow.name"), found.probabilities, rows=[half_step_name(at) for at in found.half_steps],
                columns=names, scale="weights", shape="", column_tone="target", row_group="half", column_group="pieces",
                framed=[(row, int(best)) for row, best in enumerate(found.probabilities.argmax(1))],
            )
        ],
        key="words-followed",
        title=t("words.follow.picture", step=step + 1),
    )  # fmt: skip
    last = found.probabilities[-1]
    st.markdown(
        t("words.follow.found", step=step + 1, count=len(names), written=plain(written),
          p=f"{np.exp(trace.log_probabilities[step]):.2f}", best=plain(names[int(last.argmax())]))
    )  # fmt: skip


def _summary(found: ReadOut, trace: core.Trace) -> dict[str, str]:
    """Return the values of the sentence below the grid: which piece settles last, and where."""
    settled = found.settled
    inside = [step for step in range(len(settled)) if settled[step] < len(found.half_steps)]
    latest = max(inside, key=lambda step: settled[step], default=0)
    mean = float(np.mean([found.half_steps[settled[step]].layer + 1 for step in inside])) if inside else 0.0
    return {
        "piece": plain(surface(trace.output_labels[latest])),
        "where": half_step_name(found.half_steps[min(int(settled[latest]), len(found.half_steps) - 1)]),
        "mean": f"{mean:.1f}",
        "count": str(len(inside)),
        "steps": str(len(settled)),
    }

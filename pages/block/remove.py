"""One part of one layer removed: what the translation loses, and what is written then."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import streamlit as st

import core
from core.intervention import PARTS, STACKS, Intervention, Part
from core.probes.block import parts_removed
from core.request import Request
from core.text import surface
from pages.block.common import page_part, valid_index
from pages.ui import cache
from pages.ui.catalogue import plain, signed, t
from pages.ui.formulas import formulas
from pages.ui.headmap import HEADS
from pages.ui.matrices import matrices, matrix

MOST = 256
"""Sentences whose costs are kept."""

PATIENCE = 0.5
"""Seconds after which the progress is shown."""

FORMULAS = {
    "residual": r"\mathrm{LayerNorm}(\mathrm{Sublayer}(x))",
    "norm": r"x + \mathrm{Sublayer}(x)",
    "feed_forward": r"\mathrm{LayerNorm}(x + 0)",
}
"""What is left of LayerNorm(x + Sublayer(x)) when a part is removed."""


@st.cache_resource(show_spinner=False)
def _costs() -> dict[Request, np.ndarray]:
    """Return the cache of `costs`, which all visitors share."""
    return {}


def costs(request: Request, place: Any) -> np.ndarray:
    """Return what a request's translation loses by each part: float32 (stacks, layers, parts), nats.

    It is not cached by Streamlit, because a cached function may not draw, and this shows its progress in `place`.

    Raises:
        HeadlightError: As `parts_removed` does.
    """
    known = _costs()
    if request not in known:
        start = time.perf_counter()

        def progress(done: float) -> None:
            if time.perf_counter() - start > PATIENCE:
                place.progress(done, t("block.remove.running"))

        trace = cache.trace(request)
        found = parts_removed(cache.model(request.model), request.text, trace.output_pieces, progress)
        found.setflags(write=False)
        while len(known) >= MOST:
            known.pop(next(iter(known)), None)
        known[request] = found
        place.empty()
    return known[request]


def choose_part(lost: np.ndarray) -> Part:
    """Show what each part costs, one button each, and return the chosen part."""
    stack = st.session_state["block_stack"]
    layer = valid_index("block_layer", lost.shape[1], 1)
    chosen = stack, layer, st.session_state["block_removed"]
    maps = [
        {
            "kind": name,
            "name": t(f"block.{name}"),
            "cells": [
                [{"value": round(float(value), 4), "text": signed(value, 1), "title": f"{signed(value)} {t('unit.nats')}"}
                 for value in row]
                for row in lost[i]
            ],
        }
        for i, name in enumerate(STACKS)
    ]  # fmt: skip

    def choose(action: dict[str, Any]) -> None:
        if isinstance(action.get("head"), list):
            stack, layer, part = action["head"]
            st.session_state.update(block_stack=stack, block_layer=int(layer), block_removed=PARTS[int(part)])

    data = {
        "maps": maps, "columns": [t(f"block.part.{part}") for part in PARTS], "title": t("block.remove.picture"),
        "action": t("block.remove.act"), "chosen": [f"{stack}.{layer}.{PARTS.index(chosen[2])}"], "scale": "diverging",
        "limit": float(np.ceil(np.abs(lost).max())) or 1.0, "unit": t("unit.nats"), "digits": 0,
    }  # fmt: skip
    HEADS.show(data, key="block-costs", on_act=choose)
    return chosen


@page_part
def show_remove(request: core.Request, trace: core.Trace) -> None:
    """Show what each part of each layer is worth for this translation, and the translation with one removed."""
    st.markdown(t("block.remove.text"))
    lost = costs(request, st.empty())
    stack, layer, part = chosen = choose_part(lost)
    change = Intervention(without={chosen})
    forced = cache.trace(Request(request.text, request.model, trace.output_pieces, intervention=change))
    free = cache.trace(Request(request.text, request.model, strategy=request.strategy, intervention=change))
    name = t("block.remove.name", stack=t(f"block.{stack}"), layer=layer + 1, part=t(f"block.part.{part}"))
    columns = [f"{i}: {surface(piece)}" for i, piece in enumerate(trace.output_labels, 1)]
    probabilities = np.exp([trace.log_probabilities, forced.log_probabilities])
    matrices(
        [
            matrix(
                "p", probabilities, rows=[t("block.remove.whole"), name], columns=columns, scale="weights", shape="",
                column_tone="target", column_group="steps", caption=t("block.remove.probability"),
            )
        ],
        key="block-remove",
        title=t("block.remove.probability"),
    )  # fmt: skip
    st.markdown(
        t(
            "block.remove.found", original=plain(trace.text), free=plain(free.text) or "…", part=name,
            before=signed(trace.log_probability), after=signed(forced.log_probability),
            lost=signed(trace.log_probability - forced.log_probability),
        )
    )  # fmt: skip
    i, j, k = np.unravel_index(int(lost.argmax()), lost.shape)
    most = t("block.remove.name", stack=t(f"block.{STACKS[i]}"), layer=j + 1, part=t(f"block.part.{PARTS[k]}"))
    by_part = {f"mean_{name}": signed(lost[..., at].mean(), 1) for at, name in enumerate(PARTS)}
    st.markdown(t("block.remove.most", part=most, nats=signed(lost.max(), 1), **by_part))
    formulas(r"\mathrm{LayerNorm}(x + \mathrm{Sublayer}(x))", r"\longrightarrow", FORMULAS[part])
    query = {"model": request.model, "text": request.text, "without": f"{stack}.{layer + 1}.{part}"}
    st.page_link("pages/translate.py", label=f":primary[{t('block.remove.translate')} →]", query_params=query)

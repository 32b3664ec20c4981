"""The causal mask in one head of the decoder."""

from __future__ import annotations

import streamlit as st

import core
from core.analysis import masks
from core.request import Request
from core.text import surface
from pages.masks.common import before_and_after, choose_head_and_mask, page_part, show_mask_formula
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.matrices import matrices


@cache.cached(128)
def decoder_head(request: Request, layer: int, head: int, causal: bool) -> core.HeadInside:
    """Return one head of masked self-attention, with the causal mask or without. Raises `HeadlightError`."""
    run = cache.trace(request)
    if not causal:
        change = core.Intervention(causal=False)
        run = cache.trace(Request(request.text, request.model, run.output_pieces, intervention=change))
    return cache.model(request.model).inside(run, "decoder_self", layer, head)


@page_part
def show_causal(request: core.Request, trace: core.Trace) -> None:
    """Show one head of the decoder's self-attention over the translation, with its mask or without."""
    layer, head, masked = choose_head_and_mask(cache.cards()[request.model].config)
    inside = decoder_head(request, layer, head, masked)
    reads = [surface(piece) for piece in inside.rows]
    rows = [f"{read} → {surface(piece)}" for read, piece in zip(reads, trace.output_labels, strict=True)]
    parts = before_and_after(inside.scaled, inside.masked, inside.weights, rows, reads, "target")
    matrices(parts, key="masks-causal", title=t("masks.picture"))
    later = masks.on_later(inside.weights)
    worst = int(later.argmax())
    cells = {"hidden": len(reads) * (len(reads) - 1) // 2, "cells": len(reads) ** 2}
    if masked:
        st.markdown(t("masks.causal.hidden", **cells, later=f"{later.max():g}"))
    else:
        st.markdown(
            t("masks.causal.leaks", row=plain(rows[worst]), later=f"{later[worst]:.2f}", mean=f"{later.mean():.2f}")
        )
    show_mask_formula(r"\begin{cases} 0 & j \le i \\ -\infty & j > i \end{cases}")

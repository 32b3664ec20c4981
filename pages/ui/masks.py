"""The parts of the lecture's page on masks: each one idea, with its picture, its controls and its numbers.

A part is a fragment: what is chosen in it draws it anew, and nothing else of the page.
"""

from __future__ import annotations

import dataclasses
import statistics
import time

import numpy as np
import pandas as pd
import streamlit as st

import core
from core.analysis import masks
from core.examples import example_language
from core.plots import times
from core.text import SPECIALS, surface
from pages.masks.fields import FIELDS
from pages.ui import cache, lecture, session
from pages.ui.catalogue import plain, small, t
from pages.ui.charts import show, theme
from pages.ui.controls import number
from pages.ui.formulas import formulas, letters
from pages.ui.matrices import matrices, matrix

_part = lecture.part(FIELDS)

PRECISE, READABLE = 5, 6
"""So many columns are written with two decimals, and so many with one; more are colours."""

ROWS = 40
"""So many positions are shown where a piece is changed."""

COMPANIONS = {"en": ("Tom chases Jerry.", "I love you"), "zh": ("汤姆追逐杰瑞。", "我爱你")}
"""By language, sentences of different lengths: one of them at least is not as long as the sentence that is shown."""


def _head_and_mask(config: core.ModelConfig) -> tuple[int, int, bool]:
    """Which head is looked at, and whether its mask is on. -> layer, head, masked"""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    masked = row.toggle(t("masks.on"), key="masks_on", persist_state="session")
    layer = number("masks_layer", t("masks.layer"), config.n_layers, config.n_layers - 1, row)
    head = number("masks_head", t("masks.head"), config.n_heads, 0, row)
    return layer, head, masked


def _before_and_after(
    scaled: np.ndarray, masked: np.ndarray, weights: np.ndarray, rows: list[str], columns: list[str], tone: str
) -> list:
    """Scores, scores with the mask, and what the softmax makes of them, all (rows, columns), as `matrices` takes them."""
    limit = matrix("", scaled)["limit"]
    width = scaled.shape[1]
    look = {
        "columns": columns, "rows": rows, "row_tone": tone, "column_tone": tone, "row_group": "rows",
        "column_group": "columns", "shape": "", "narrow": True, "numbers": width <= READABLE,
    }  # fmt: skip
    digits = 2 if width <= PRECISE else 1
    return [
        matrix("S = QKᵀ / √dₖ", scaled, limit=limit, digits=digits, caption=t("masks.scores"), **look),
        "+ M =",
        matrix("S + M", masked, limit=limit, digits=digits, caption=t("masks.with"), follows=True, **look),
        "→",
        # A hidden weight is exactly 0, not a small number: it is drawn as what it is.
        matrix("A", np.where(np.isneginf(masked), np.nan, weights), scale="weights", caption=t("masks.weights"),
               masked_as="0", follows=True, **look),
    ]  # fmt: skip


def _formula(mask: str) -> None:
    paint = letters()
    formulas(
        rf"A = \mathrm{{softmax}}\!\left(\frac{{{paint['Q']}{paint['K']}^{{\mathsf T}}}}{{\sqrt{{d_k}}}} + M\right)",
        rf"M_{{ij}} = {mask}",
        rf"\mathrm{{Attention}} = A\,{paint['V']}",
    )


# --- The causal mask


@_part
def causal(request: core.Request, trace: core.Trace) -> None:
    """One head of the decoder's self-attention over the translation, with its mask or without."""
    layer, head, masked = _head_and_mask(cache.cards()[request.model].config)
    inside = cache.decoder_head(request, layer, head, masked)
    reads = [surface(piece) for piece in inside.rows]
    rows = [f"{read} → {surface(piece)}" for read, piece in zip(reads, trace.output_labels, strict=True)]
    parts = _before_and_after(inside.scaled, inside.masked, inside.weights, rows, reads, "target")
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
    _formula(r"\begin{cases} 0 & j \le i \\ -\infty & j > i \end{cases}")


# --- The padding mask


def companion(request: core.Request) -> str:
    """A sentence that is not as long as the one that is asked for: beside it, one of the two is padded."""
    encode, language = (
        cache.model(request.model).encode,
        example_language(cache.cards()[request.model].source_language),
    )
    length = len(encode(request.text)[0])
    return next(other for other in COMPANIONS[language] if len(encode(other)[0]) != length)


@_part
def padding(request: core.Request) -> None:
    """One head of the encoder over the shorter sentence of a batch of two, with its mask or without."""
    layer, head, masked = _head_and_mask(cache.cards()[request.model].config)
    texts = (request.text, companion(request))
    found = cache.padded_head(request.model, texts, layer, head, masked)
    width = max(found.lengths)
    loaded = cache.model(request.model)
    batch = [list(map(surface, loaded.source_tokenizer.labels(loaded.encode(text)[1]))) for text in texts]
    batch = [[*row, *[SPECIALS[0]] * (width - len(row))] for row in batch]
    names = [t("masks.padding.sentence", n=i + 1) for i in range(len(texts))]
    both = matrix(t("masks.padding.batch"), found.ids, scale="plain", rows=names, texts=batch, column_group="columns")
    short = int(np.argmin(found.lengths))
    maps = (found.scaled[short], found.masked[short], found.weights[short])
    parts = _before_and_after(*maps, batch[short], batch[short], "source")
    matrices([*parts, "\n", both], key="masks-padding", title=t("masks.picture"))
    on_padding = masks.on_padding(found.weights[short], found.lengths[short])
    words = {"text": plain(texts[short]), "moved": small(found.moved[short])}
    if masked:
        st.markdown(t("masks.padding.hidden", **words, weight=f"{on_padding.max():g}"))
    else:
        st.markdown(t("masks.padding.leaks", **words, weight=f"{on_padding.mean():.2f}"))
    real = t("masks.padding.real")
    _formula(rf"\begin{{cases}} 0 & \text{{{real}}} \\ -\infty & j = \texttt{{<pad>}} \end{{cases}}")


# --- A piece that comes later is another


def _step(labels: tuple[str, ...], place) -> int:
    """Which piece is replaced, by its step; the last one is never read."""
    steps = range(len(labels) - 1)
    held = st.session_state["masks_step"]
    if held not in steps:
        session.leave_out("masks_step")
        st.session_state["masks_step"] = len(steps) // 2
    return place.selectbox(
        t("masks.later.step"),
        steps,
        format_func=lambda step: f"{step + 1}: {surface(labels[step])}",
        key="masks_step",
        persist_state="session",
    )


def _piece(trace: core.Trace, step: int, place) -> str:
    """What stands there instead: one of the model's own next best pieces."""
    written = (trace.output_pieces[step], SPECIALS[3])
    options = [piece for piece, _ in trace.top(step, 10) if piece not in written]
    held = st.session_state["masks_piece"]
    if held not in options:
        session.leave_out("masks_piece")
        st.session_state["masks_piece"] = options[0]
    return place.selectbox(
        t("masks.later.piece"), options, format_func=surface, key="masks_piece", persist_state="session"
    )


@_part
def later(request: core.Request, trace: core.Trace) -> None:
    """One piece of the translation replaced: how far every position moves, with the causal mask and without."""
    pieces = trace.output_pieces
    if len(pieces) < 2:
        st.info(t("masks.later.short"))
        return
    left, right = st.columns(2)
    step = _step(trace.output_labels, left)
    piece = _piece(trace, step, right)
    runs = [cache.moved(request, step, piece, causal) for causal in (True, False)]
    tables = [np.c_[found.states, found.predictions] for found in runs]
    reads = [surface(read) for read in trace.input_labels]
    reads[step + 1] = f"{reads[step + 1]} ⇒ {surface(piece)}"
    first = max(0, min(step + 1 - ROWS // 2, len(reads) - ROWS))
    window = slice(first, first + ROWS)
    look = {
        "scale": "weights", "limit": max(matrix("", table)["limit"] for table in tables), "rows": reads[window],
        "columns": [*(t("masks.layer_n", n=n + 1) for n in range(runs[0].states.shape[1])), "p"], "row_tone": "target",
        "masked_as": "0", "row_group": "rows", "shape": "",
    }  # fmt: skip
    names = (t("masks.later.masked"), t("masks.later.free"))
    captions = (t("masks.later.masked.is"), t("masks.later.free.is"))
    matrices(
        [
            matrix(name, np.where(table == 0, np.nan, table)[window], caption=caption, **look)
            for name, table, caption in zip(names, tables, captions, strict=True)
        ],
        key="masks-later",
        title=t("masks.later.picture"),
    )
    if len(reads) > ROWS:
        st.caption(t("masks.later.window", first=first + 1, last=first + ROWS, rows=len(reads)))
    earlier = [float(table[: step + 1].max()) for table in tables]
    ends = [plain(surface(trace.input_labels[at])) for at in (0, step)]
    words = {"first": ends[0], "last": ends[1], "rows": step + 1}
    st.markdown(t("masks.later.found", **words, masked=f"{earlier[0]:g}", free=f"{earlier[1]:.2f}"))
    st.markdown(t("masks.later.text"))


# --- Teacher forcing


@_part
def forcing(request: core.Request, trace: core.Trace) -> None:
    """The whole translation in one pass, and in a pass for each piece: counted, and timed here and now."""
    words, again = st.columns([4, 1], vertical_alignment="center")
    words.markdown(t("masks.forcing.text"))
    again = again.button(t("masks.forcing.again"), key="masks-again", width="stretch")
    if again or "masks_measured" not in st.session_state:
        st.session_state["masks_measured"] = time.time_ns()  # a number that no other visitor has: nobody's old times
    with st.spinner(t("masks.forcing.measuring")):
        measured = cache.teacher_forcing(request, st.session_state["masks_measured"])
    seconds = {way: statistics.median(found.seconds) for way, found in measured.items()}

    def told(way: str) -> str:
        found = measured[way]
        return t("masks.forcing.told", passes=found.passes, positions=found.positions, ms=f"{seconds[way] * 1000:.1f}")

    figure = times(
        [t(f"masks.forcing.{way}") for way in measured],
        [seconds[way] * 1000 for way in measured],
        [told(way) for way in measured],
        t("masks.forcing.ms"),
        theme(),
    )
    show(figure, "masks-times", t("masks.forcing.alt", **{way: told(way) for way in measured}))
    apart = max(float(np.abs(found.log_probabilities - trace.log_probabilities).max()) for found in measured.values())
    ratio = seconds["cached"] / seconds["parallel"]
    runs = len(measured["parallel"].seconds)
    st.markdown(t("masks.forcing.found", times=f"{ratio:.1f}", apart=small(apart), runs=runs))
    formulas(r"\log P(y \mid x) = \sum_{t=1}^{T} \log P(y_t \mid y_{<t}, x)")


# --- What is masked when


@_part
def when(request: core.Request, trace: core.Trace) -> None:
    """A table: which mask each attention has, in training and in use, with the cells that it hides for two sentences."""
    texts = (request.text, companion(request))
    traces = (trace, cache.trace(dataclasses.replace(request, text=texts[1])))
    sizes = [[len(found.source_pieces) for found in traces], [len(found.input_pieces) for found in traces]]
    hidden = masks.hidden_cells(*sizes)
    names = {kind: t(f"masks.when.{kind}") for kind in core.KINDS}
    rows = {
        f"**{names[kind]}**": {
            t("masks.when.training"): t(f"masks.when.training.{kind}"),
            t("masks.when.cells"): t("masks.when.of", hidden=hidden[kind][0], cells=hidden[kind][1]),
            t("masks.when.use"): t(f"masks.when.use.{kind}"),
        }
        for kind in core.KINDS
    }
    st.table(pd.DataFrame.from_dict(rows, orient="index"))
    batch = {"a": plain(texts[0]), "b": plain(texts[1]), "s": max(sizes[0]), "t": max(sizes[1])}
    st.markdown(t("masks.when.text", **batch))

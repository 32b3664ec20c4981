"""The parts of the lecture's page on many heads: each one idea, with its picture, its controls and its numbers.

A part is a fragment: what is chosen in it draws it anew, and nothing else of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import core
from core.analysis import multihead
from core.export import packed_id
from core.text import surface
from pages.heads.fields import FIELDS
from pages.ui import cache, lecture, session
from pages.ui.catalogue import small, t
from pages.ui.controls import number
from pages.ui.formulas import formulas, paint
from pages.ui.views import View

PRONOUNS = ("it", "它")
"""The word of the example whose lines are drawn at first, by the language that it is in."""

COUNTS = (1, 2, 4, 8, 16)
"""So many heads are compared."""

_FAN, _LANES = View("fan"), View("lanes")
_part = lecture.part(FIELDS)


def usual(trace: core.Trace) -> dict[str, Any]:
    """What is shown where nobody has chosen: the middle layer, all heads, the pronoun or else the middle word."""
    pieces = [surface(piece) for piece in trace.source_labels]
    word = next((pieces.index(word) for word in PRONOUNS if word in pieces), (len(pieces) - 1) // 2)
    return {"layer": (trace.n_layers - 1) // 2, "heads": list(range(trace.n_heads)), "word": word}


def possible(trace: core.Trace, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the view shows, complete and possible for this Trace, from what a link or a browser asked for."""
    found, limits = usual(trace), {"layer": trace.n_layers, "word": len(trace.source_pieces)}

    def fits(value: Any, limit: int) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < limit

    found |= {name: wanted[name] for name, limit in limits.items() if fits(wanted.get(name), limit)}
    heads = wanted.get("heads")
    if isinstance(heads, list | tuple) and heads and all(fits(head, trace.n_heads) for head in heads):
        found["heads"] = sorted(set(heads))
    return found


NAMES = {"layer": "heads_layer", "heads": "heads_drawn", "word": "heads_word"}
"""What the view calls it, and the session."""


def wanted(trace: core.Trace) -> dict[str, Any]:
    """What the session holds, made possible; what came by a link and is not there is named."""
    held = {name: st.session_state[field] for name, field in NAMES.items()}
    found = possible(trace, held)
    for name, value in held.items():
        if value is not None and (sorted(set(value)) if name == "heads" else value) != found[name]:
            session.leave_out(NAMES[name])
    return found


def fan(trace: core.Trace, packed: bytes, key: str) -> dict[str, Any]:
    """The lines and the small maps of a Trace's encoder. -> {"layer", "heads", "word"} as the visitor has chosen them.

    The browser answers every choice by itself; half a second later the session holds it too. What the session holds by
    another way (a link, a new sentence) is shown anew.
    """
    source = trace.source_pieces
    if st.session_state.get(f"_{key}_source", source) != source:
        st.session_state["heads_word"] = None  # it was a word of another sentence
    st.session_state[f"_{key}_source"] = source
    return _FAN.follow({}, key, packed_id(packed), wanted(trace), lambda told: possible(trace, told), trace=packed)


@_part
def together(request: core.Request, trace: core.Trace) -> None:
    """One, two or all heads of a layer drawn together from one word, and all of them side by side."""
    chosen = fan(trace, cache.packed(request), "heads-fan")
    st.session_state.update({NAMES[name]: value for name, value in chosen.items()})
    st.markdown(t("heads.together.text" if trace.n_heads > 1 else "heads.together.one"))


# --- Project, attend, concatenate, W^O


def _shape(rows: int, columns: int) -> str:
    return rf"{rows} \times {columns}"


@_part
def combine(request: core.Request, trace: core.Trace) -> None:
    """All heads of one layer, from what it reads to what it gives, with the real sizes and numbers."""
    chosen = wanted(trace)
    st.session_state["heads_layer"] = chosen["layer"]
    layer = number("heads_layer", t("heads.layer"), trace.n_layers, chosen["layer"], st.container())
    heads = [cache.inside(request, "encoder_self", layer, head) for head in range(trace.n_heads)]
    found = multihead.combine(heads)
    lanes(heads, found, [surface(piece) for piece in trace.source_labels], chosen["word"], "heads-lanes")
    pieces, d_model, d_k = len(trace.source_pieces), heads[0].x_query.shape[1], heads[0].d_k
    words = {"d_model": d_model, "pieces": pieces}
    if len(heads) > 1:
        st.markdown(t("heads.combine.text", **words, h=len(heads), d_k=d_k, difference=small(found.difference)))
    else:
        st.markdown(t("heads.combine.one", **words))
    q, k, v = (paint(role, f"{role[0].upper()}_i") for role in ("query", "key", "value"))
    size, head = _shape(pieces, d_model), _shape(pieces, d_k)
    formulas(
        rf"\underset{{{head}}}{{{q}}} = \underset{{{size}}}{{X}}\;\underset{{{_shape(d_model, d_k)}}}{{W_i^Q}} + b_i^Q",
        rf"\underset{{{head}}}{{\mathrm{{head}}_i}} = \underset{{{_shape(pieces, pieces)}}}{{\mathrm{{softmax}}"
        rf"\!\left({q}{k}^{{\mathsf T}} / \sqrt{{{d_k}}}\right)}}\;\underset{{{head}}}{{{v}}}",
    )
    joined = "C" if len(heads) > 1 else r"\mathrm{head}_1"
    steps = [
        rf"\underset{{{size}}}{{C}} = \mathrm{{Concat}}(\mathrm{{head}}_1, \ldots, \mathrm{{head}}_{{{len(heads)}}})",
        rf"\underset{{{size}}}{{\mathrm{{MultiHead}}}} = {joined}\;\underset{{{_shape(d_model, d_model)}}}{{W^O}} + b^O",
    ]
    formulas(*steps[len(heads) == 1 :])  # a single head is not joined to any other


def lanes(
    heads: Sequence[core.HeadInside], combined: multihead.Combined, pieces: list[str], word: int, key: str
) -> None:
    """All heads of a layer below one another, each matrix a picture. word: the row that is marked."""
    arrays = [heads[0].x_query]
    for head in heads:
        arrays += [head.q, head.k, head.v, head.weights, head.output]
    arrays += [combined.w_o, combined.output]
    body = b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)
    sizes = {"n_heads": len(heads), "d_k": heads[0].d_k, "d_model": combined.output.shape[1]}
    _LANES.show({"pieces": pieces, "word": word, **sizes}, key, body=body)


# --- What it costs


@_part
def cost(request: core.Request, trace: core.Trace) -> None:
    """One head or many of the same width altogether: parameters and multiply-adds, by formula and counted."""
    config = cache.cards()[request.model].config
    pieces = len(trace.source_pieces)
    wide = st.toggle(t("heads.wide"), key="heads_wide", persist_state="session")
    counts = [h for h in sorted({*COUNTS, config.n_heads}) if wide or config.d_model % h == 0]
    widths = {h: config.d_model if wide else config.d_model // h for h in counts}
    found = {h: multihead.cost(config.d_model, h, pieces, pieces, widths[h]) for h in counts}

    def row(h: int) -> dict[str, str]:
        numbers = {
            "dₖ": widths[h],
            t("heads.cost.parameters"): found[h].parameters,
            t("heads.cost.multiply_adds"): found[h].multiply_adds,
            t("heads.cost.softmax"): h * pieces * pieces,
        }
        here = h == config.n_heads and widths[h] == config.d_k
        return {name: f"**{value:,}**" if here else f"{value:,}" for name, value in numbers.items()}

    st.table(pd.DataFrame.from_dict({h: row(h) for h in counts}, orient="index").rename_axis("h"))
    here = multihead.cost(config.d_model, config.n_heads, pieces, pieces)
    sums = {"projections": f"{here.projections:,}", "attending": f"{here.attending:,}"}
    words = {"name": request.model, "h": config.n_heads, "d_model": config.d_model, "pieces": pieces}
    st.markdown(t("heads.cost.wide", **words) if wide else t("heads.cost.text", **words, **sums))
    cards = {name: card.config for name, card in cache.cards().items() if not card.problem}
    like = [name for name, other in cards.items() if not other.recurrent and other.d_model == config.d_model]
    real = [t("heads.cost.one", name=name, h=cards[name].n_heads, n=f"{multihead.counted(name):,}") for name in like]
    st.markdown(t("heads.cost.counted", models=t("heads.cost.and").join(real)))
    total = f"{found[1].parameters:,}".replace(",", "{,}")
    same = () if wide else (rf"= 4\,d_{{model}}^2 + 4\,d_{{model}} = {total}",)
    formulas(r"4\,d_{model}\,h\,d_k + 3\,h\,d_k + d_{model}", *same)

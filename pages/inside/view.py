"""The inside of one head, drawn in the browser: all queries, keys and dimensions with their numbers."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import streamlit as st

import core
from pages.ui.catalogue import t
from pages.ui.formulas import letters
from pages.ui.views import View

_INSIDE = View("inside")

ARRAYS = ("q", "k", "v", "output", "scores", "scaled", "masked", "weights")
"""Arrays of the picture in the order in which they are sent; the Trace's weights follow them."""

FIRST_QUERY = 2
"""Row of the query that is shown at first; in the first example it predicts 杰瑞."""


def show_inside(head: core.HeadInside, trace: core.Trace, key: str, query: int | None = None) -> int:
    """Show one head of a Trace, from q, k and v to its output, and return the row of the selected query.

    Args:
        head: The head, from `Translator.inside` for this Trace.
        trace: The run.
        key: Name of this picture on the page, the same in each run.
        query: Row to show, by default `FIRST_QUERY`. The visitor's selection stays, also for another head of the same
            pieces, unless this is a row that was not returned last.
    """
    rows = len(head.rows)
    query = min(max(FIRST_QUERY if query is None else query, 0), rows - 1)
    pieces = _digest(json.dumps([head.rows, head.keys]).encode())
    data = {**_content(head, trace), "pieces": pieces}
    return _INSIDE.show_with_index(data, key, pieces, "query", query, rows, body=_body(head, trace))


def _digest(content: bytes) -> str:
    return hashlib.blake2s(content, digest_size=8).hexdigest()


def show_explanation(head: core.HeadInside) -> None:
    """Explain the computation in the paper's notation, with the model's sizes."""
    paint = letters()
    d_model, d_k = head.w_q.shape
    rows, keys = head.scores.shape
    scale = rf"\sqrt{{{d_k}}}" + (rf"\cdot {head.temperature:g}" if head.temperature != 1 else "")
    st.markdown(t("inside.how.text", d_model=d_model, d_k=d_k))
    sides = {"Q": ("q", rows), "K": ("k", keys), "V": ("k", keys)}
    st.latex(r"\begin{aligned}" + r"\\".join(
        rf"{paint[letter]} &= X_{side}\,W^{letter} + b^{letter} && ({n} \times {d_model})\,({d_model} \times {d_k})"
        rf" \to ({n} \times {d_k})" for letter, (side, n) in sides.items()
    ) + r"\end{aligned}")  # fmt: skip
    st.latex(rf"""\begin{{aligned}}
        s_j &= {paint["q"]} \cdot {paint["k"]}_j = \sum_{{i=1}}^{{{d_k}}} {paint["q"]}_i\,{paint["k"]}_{{j,i}},
            && j = 1, \dots, {keys} \\
        \alpha &= \mathrm{{softmax}}\!\left(\frac{{s}}{{{scale}}} + \mathrm{{mask}}\right),
            && {scale} \approx {math.sqrt(d_k) * head.temperature:.3f} \\
        \mathrm{{head}}_h &= \sum_{{j=1}}^{{{keys}}} \alpha_j\,{paint["v"]}_j,
            && \mathrm{{MultiHead}} = \sum_h \mathrm{{head}}_h W^O_h + b^O
        \end{{aligned}}""")
    st.markdown(t("inside.how.output", d_model=d_model, d_k=d_k))


def _content(head: core.HeadInside, trace: core.Trace) -> dict[str, Any]:
    """Return the picture's data besides numbers: pieces, words, specials, sides."""
    encoder, cross = head.kind == "encoder_self", head.kind == "cross"
    read = ((0, 1), *((a + 1, min(b + 1, len(trace.input_pieces))) for a, b in trace.output_words))
    source = (trace.source_words, trace.source_specials, "source")
    target = ([span for span in read if span[0] < span[1]], trace.input_specials, "target")
    row_words, row_specials, row_side = source if encoder else target
    _, key_specials, key_side = source if encoder or cross else target
    return {
        "rows": head.rows,
        "row_words": row_words,
        "row_specials": row_specials,
        "row_side": row_side,
        "predicts": None if encoder else trace.output_labels,
        "keys": head.keys,
        "key_specials": key_specials,
        "key_side": key_side,
        "d_k": head.d_k,
        "temperature": head.temperature,
        "ablation": head.ablation,
    }


def _body(head: core.HeadInside, trace: core.Trace) -> bytes:
    arrays = [*(getattr(head, name) for name in ARRAYS), trace.weights(head.kind, head.layer, head.head)]
    return b"".join(array.astype("<f4").tobytes() for array in arrays)


def same_place(head: core.HeadInside, query: int) -> dict[str, str]:
    """Return this head and step as parts of the Translate page's address."""
    step = {} if head.kind == "encoder_self" else {"step": str(query + 1)}
    return {"kind": head.kind, "layer": str(head.layer + 1), "heads": str(head.head + 1), **step}


def show_ablation_link(head: core.HeadInside, shown: core.Request, query: int) -> None:
    """Show a link to the Translate page, with this head removed and the same step."""
    place = f"{head.kind}.{head.layer + 1}.{head.head + 1}"
    st.markdown(t("inside.not_explanation"))
    st.page_link(
        st.Page("pages/translate.py", url_path="translate"),  # for Streamlit the page at the root is another one
        label=f":primary[{t('inside.remove')} →]",
        query_params={
            "model": shown.model,
            "text": shown.text,
            "search": shown.strategy,
            "ablate": f"{place}.zero",
            **same_place(head, query),
        },
    )

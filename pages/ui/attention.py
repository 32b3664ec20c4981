"""The parts of the lecture's page on attention: each one idea, with its picture, its controls and its numbers.

A part is a fragment: what is chosen in it draws it anew, and nothing else of the page.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

import core
from core.analysis import scaling, similarity
from core.errors import OptionError
from core.plots import scaling_gradient, scaling_variance, scaling_weights, vectors
from core.text import surface
from pages.attention.fields import FIELDS, LONGER
from pages.ui import cache, lecture, session
from pages.ui import inside as inside_head
from pages.ui.catalogue import plain, t
from pages.ui.charts import show, theme
from pages.ui.controls import number
from pages.ui.formulas import formulas, letters
from pages.ui.matrices import matrices, matrix
from pages.ui.views import View

_LOOKUP = View("lookup")
_part = lecture.part(FIELDS)

READABLE = 8
"""So many columns of weights are written as numbers; more are colours."""

FIRST_QUERY = 2
"""The query that is shown at first, where there are so many: in the first example the one that is to write 杰瑞."""

HIDDEN = 16
"""Numbers in the hidden layer of additive attention between vectors of the model."""

MEASURES = ("dot", "scaled", "cosine", "additive")
TABLES = ("x", "w_q", "w_k", "w_v")
NAMES = {"x": "X", "w_q": "W^Q", "w_k": "W^K", "w_v": "W^V"}
"""The small tables in formulas."""

TONES = {"q": "query", "k": "key", "v": "value"}


def _head(request: core.Request, kind: str, place) -> core.HeadInside:
    """The head that the visitor has chosen, of one kind of attention."""
    config = cache.cards()[request.model].config
    layer = number("qkv_layer", t("attention.layer"), config.n_layers, config.n_layers - 1, place)
    head = number("qkv_head", t("attention.head_n"), config.n_heads, 3, place)
    with st.spinner(t("sentence.working")):
        return cache.inside(request, kind, layer, head)


def _query(rows: Sequence[str]) -> int:
    """The row whose query is shown."""
    if (st.session_state["qkv_query"] or 0) >= len(rows):
        session.leave_out("qkv_query")
    if st.session_state["qkv_query"] is None:
        st.session_state["qkv_query"] = min(FIRST_QUERY, len(rows) - 1)
    return st.session_state["qkv_query"]


def _lookup(head: core.HeadInside, trace: core.Trace, mode: str, kept: similarity.Kept | None = None) -> int:
    """One query compared with every key, and what the values mix to. -> the row whose query is shown"""
    query = _query(head.rows)
    scores = [[round(score, 4) if math.isfinite(score) else None for score in row] for row in head.masked.tolist()]
    data = {
        "mode": mode,
        "queries": head.rows,
        "query_side": "source" if head.kind == "encoder_self" else "target",
        "predicts": None if head.kind == "encoder_self" else trace.output_labels,
        "keys": head.keys,
        "key_side": "target" if head.kind == "decoder_self" else "source",
        "scores": scores,
        "values": head.v.round(4).tolist(),
        "kept": None if kept is None else kept.values.round(4).tolist(),
        "n": 0 if kept is None else kept.numbers.shape[1],
    }
    content = hashlib.blake2s(repr(data).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    data = {**data, "id": content}
    query = _LOOKUP.follow_index(data, "attention-lookup", content, "query", query, len(head.rows))
    st.session_state["qkv_query"] = query
    return query


# --- A search


@_part
def search(request: core.Request, trace: core.Trace) -> None:
    """Attention as a search: the translation asks, the source's keys are compared, their values answer."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    head = _head(request, "cross", row)
    _lookup(head, trace, "search")
    st.markdown(t("attention.search.text", d_k=head.d_k))
    paint = letters()
    formulas(
        rf"\alpha_j = \frac{{e^{{\,{paint['q']} \cdot {paint['k']}_j / \sqrt{{d_k}}}}}}"
        rf"{{\sum_l e^{{\,{paint['q']} \cdot {paint['k']}_l / \sqrt{{d_k}}}}}}",
        rf"\mathrm{{output}} = \sum_j \alpha_j\, {paint['v']}_j",
    )


# --- Four measures


def plane(angle: float, longer: float) -> tuple[np.ndarray, np.ndarray]:
    """The small vectors: a query of length 2 at that angle, in degrees, and three keys, the first so much longer.

    -> (2,), (3, 2)
    """
    turned = math.radians(angle)
    return 2 * np.array([math.cos(turned), math.sin(turned)]), np.array([[1.0 * longer, 0], [0.5, 1.5], [-1.5, 0.5]])


def scores_of(q: np.ndarray, k: np.ndarray, weights: similarity.Additive) -> np.ndarray:
    """All four measures, in the order of `MEASURES`. q (d,), k (K, d) -> (4, K)"""
    found = (
        similarity.dot(q, k),
        similarity.scaled_dot(q, k),
        similarity.cosine(q, k),
        similarity.additive(q, k, weights),
    )
    return np.stack(found)


@_part
def measures(request: core.Request) -> None:
    """The same query and keys, measured in four ways, and the weights that each would give."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    recurrent = cache.cards()[request.model].config.recurrent
    which = row.segmented_control(
        t("attention.vectors"),
        ("plane", "head"),
        format_func=lambda name: t(f"attention.vectors.{name}"),
        key="qkv_vectors",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    if which == "head" and recurrent:
        st.info(t("attention.recurrent"))
    elif which == "head":
        _measure_head(request, row)
    else:
        _measure_plane()


def _tell_measures() -> None:
    paint = letters()
    q, k = paint["q"], paint["k"]
    formulas(
        rf"{q} \cdot {k}_j",
        rf"\frac{{{q} \cdot {k}_j}}{{\sqrt{{d_k}}}}",
        rf"\cos = \frac{{{q} \cdot {k}_j}}{{|{q}|\,|{k}_j|}}",
        rf"w^{{\mathsf T}} \tanh\!\left({q}\,W_1 + {k}_j\,W_2\right)",
    )
    st.markdown(t("attention.measures.text"))


def _measure_plane() -> None:
    left, right = st.columns([4, 7], gap="medium")
    with left:
        above = st.container()
        angle = st.slider(
            t("attention.angle"), -180, 180, step=5, key="qkv_angle", format="%d°", persist_state="session"
        )
        longer = st.select_slider(
            t("attention.longer"),
            LONGER,
            format_func=lambda by: f"× {by:g}",
            key="qkv_longer",
            persist_state="session",
        )
        q, k = plane(angle, longer)
        with above:
            show(
                vectors(q, k, ["q", *_keys(3)], 2.6 if longer < 4 else 4.4, theme()), "qkv-plane", t("attention.plane")
            )
    with right:
        weights = similarity.SMALL_ADDITIVE
        found = scores_of(q, k, weights)
        _compared(found, _keys(3), "k")
        hidden = similarity.additive_hidden(q, k, weights)[0]
        numbers = [
            ", ".join(f"{part:.2f}".replace("-", "−") for part in array)
            for array in (q @ weights.w_q + k[0] @ weights.w_k, hidden, weights.w)
        ]
        st.markdown(t("attention.measures.worked", inner=numbers[0], hidden=numbers[1], w=numbers[2],
                      score=f"{found[3, 0]:.2f}".replace("-", "−")))  # fmt: skip
        _tell_measures()


def _keys(count: int) -> list[str]:
    return ["k" + "₁₂₃"[i] for i in range(count)]


def _measure_head(request: core.Request, row) -> None:
    head = _head(request, "cross", st.container(horizontal=True, vertical_alignment="center", gap="medium"))
    _query(head.rows)
    query = row.selectbox(
        t("attention.query"),
        range(len(head.rows)),
        format_func=lambda i: f"{surface(head.rows[i])} ({i + 1})",
        key="qkv_query",
        label_visibility="collapsed",
        width=180,
        persist_state="session",
    )
    found = scores_of(head.q[query], head.k, similarity.random_additive(head.d_k, HIDDEN))
    _compared(found, [surface(piece) for piece in head.keys], "source")
    st.markdown(t("attention.measures.head", d_k=head.d_k, hidden=HIDDEN))
    _tell_measures()


def _compared(scores: np.ndarray, names: list[str], tone: str) -> None:
    """Scores of the four measures, and the softmax of each. (4, K)"""
    rows = [t(f"attention.measures.{name}") for name in MEASURES]
    few = len(names) <= READABLE
    look = {"columns": names, "column_tone": tone if tone == "source" else "key", "row_group": "rows",
            "column_group": "columns", "shape": "", "rows": rows}  # fmt: skip
    matrices(
        [
            matrix(t("attention.measures.scores"), scores, scale="plain", digits=2 if len(names) <= 5 else 1, **look),
            "softmax →",
            matrix(
                t("attention.measures.weights"),
                similarity.softmax(scores),
                scale="weights",
                numbers=few,
                follows=True,
                **look,
            ),
        ],
        key="attention-measures",
        title=t("attention.measures.title"),
    )


# --- Self-attention on small numbers


def _small(name: str) -> np.ndarray:
    """One of the small tables as the visitor has left it."""
    own = st.session_state[f"qkv_{name}"]
    return similarity.SMALL[name] if own is None else np.array(own)


def _tokens(trace: core.Trace) -> list[str]:
    """Names of four tokens: the sentence's first ones."""
    pieces = [surface(piece) for piece in trace.source_labels[:4]]
    return [*pieces, *(t("attention.token", n=i + 1) for i in range(len(pieces), 4))]


def _take_back() -> None:
    for name in TABLES:
        st.session_state[f"qkv_{name}"] = None


def usable(name: str, values: np.ndarray) -> tuple[tuple[float, ...], ...] | None:
    """What stands in a table of the editor, to be kept; None where it is as it was at first.

    OptionError where a cell holds no number, or too large a one.
    """
    found = similarity.self_attention_steps(**{**similarity.SMALL, name: values})  # it checks what it is given
    values = found.x if name == "x" else np.array(values, dtype=float)
    return None if np.array_equal(values, similarity.SMALL[name]) else tuple(map(tuple, values.tolist()))


def _editor(name: str, rows: list[str], columns: list[str]) -> None:
    """A table of numbers to be changed; what can be used of it is kept in the session."""
    own = f"qkv_{name}"
    held = st.session_state.get(f"_{own}_editor", {"version": 0})
    key = f"qkv-editor-{name}-{held['version']}"
    if key not in st.session_state or held.get("now", ()) != st.session_state[own]:
        # It is shown anew, or the numbers were changed elsewhere: by the button, by a link.
        held = {"version": held["version"] + 1, "first": _small(name)}
        key = f"qkv-editor-{name}-{held['version']}"
    frame = pd.DataFrame(held["first"], index=rows, columns=columns)
    short = st.column_config.NumberColumn(width=66)
    edited = st.data_editor(
        frame,
        key=key,
        width="content",
        column_config={"_index": st.column_config.Column(width=110), **dict.fromkeys(columns, short)},
    )
    try:
        st.session_state[own] = usable(name, edited.to_numpy())
    except OptionError:
        st.warning(t("attention.steps.bad", limit=f"{similarity.LARGEST:g}"))
    st.session_state[f"_{own}_editor"] = {**held, "now": st.session_state[own]}


@_part
def steps(trace: core.Trace) -> None:
    """Self-attention from the input to the output, one step after the other, on numbers that can be changed."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small")
    step = _steps(row)
    row.button(t("attention.back"), on_click=_take_back, key="qkv-back")
    tokens = _tokens(trace)
    above = st.container(height="content")
    left, right = st.columns(2, gap="medium")
    with left:
        table = st.segmented_control(
            t("attention.table"),
            TABLES,
            format_func=lambda name: f"{t(f'attention.role.{name[-1]}')} ${NAMES[name]}$",
            key="qkv_table",
            required=True,
            label_visibility="collapsed",
            persist_state="session",
            wrap=True,
        )
        features = [f"f{i + 1}" for i in range(5)]
        if table == "x":
            _editor("x", [f"{i + 1} {token}" for i, token in enumerate(tokens)], features)
        else:
            _editor(table, features, [f"{table[-1]}{i + 1}" for i in range(3)])
    with right:
        switches = st.container(horizontal=True, gap="medium")
        divide = switches.toggle(t("attention.divide"), key="qkv_divide", persist_state="session")
        causal = switches.toggle(t("attention.causal"), key="qkv_causal", persist_state="session")
        mask = np.tril(np.ones((4, 4), bool)) if causal else None
        found = similarity.self_attention_steps(*(_small(name) for name in TABLES), mask, divide)
        extra = st.container()
        with above:
            _show_step(step, found, tokens, extra, divide)
        _explain_step(step, t(f"attention.steps.{step}"))


STEP_NAMES = range(7)


def _steps(place) -> int:
    return place.segmented_control(
        t("attention.step"),
        STEP_NAMES,
        format_func=lambda i: f"{i} {t(f'attention.step.{i}')}",
        key="qkv_step",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
        wrap=True,
    )


def _explain_step(step: int, told: str) -> None:
    """A step in words and in the paper's notation."""
    paint = letters()
    steps = (
        [rf"{paint['X']} \in \mathbb{{R}}^{{T \times d}}"],
        [rf"{paint[letter]} = {paint['X']}\,W^{letter}" for letter in "QKV"],
        [rf"S = {paint['Q']}\,{paint['K']}^{{\mathsf T}}"],
        [r"S / \sqrt{d_k}"],
        [r"A = \mathrm{softmax}\!\left(S / \sqrt{d_k} + M\right)"],
        [rf"O = A\,{paint['V']}"],
        [rf"o_i = \sum_j \alpha_{{ij}}\,{paint['v']}_j"],
    )
    st.markdown(told)
    formulas(*steps[step])


def _projection(place) -> str:
    return place.segmented_control(
        t("attention.projection"),
        tuple(TONES),
        format_func=lambda name: f"{t(f'attention.role.{name}')} ${name.upper()}$",
        key="qkv_projection",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )


def _show_step(step: int, found: similarity.SelfAttention, tokens: list[str], extra, divide: bool) -> None:
    """The matrices of one step, as they stand in its formula. extra: where its own controls go"""
    feature, dims = [f"f{i + 1}" for i in range(5)], {name: [f"{name}{i + 1}" for i in range(3)] for name in "qkv"}
    side = {"rows": tokens, "row_tone": "source", "row_group": "tokens"}
    square = {**side, "columns": tokens, "column_tone": "source", "column_group": "keys"}

    def projected(name: str, **more) -> dict:
        values = getattr(found, name)
        look = {"columns": dims[name], "column_group": name, "tone": TONES[name], **side, **more}
        return matrix(name.upper(), values, **look)

    x = matrix("X", found.x, columns=feature, column_group="f", tone="source", caption=t("attention.x"), **side)
    division = "S / √dₖ" if divide else "S"
    if step == 0:
        parts = [x]
    elif step == 1:
        name = _projection(extra)
        w = matrix(f"W^{name.upper()}", _small(f"w_{name}"), rows=feature, columns=dims[name], row_group="f",
                   column_group=name, tone=TONES[name])  # fmt: skip
        parts = [x, "×", w, "=", projected(name)]
    elif step == 2:
        k = matrix("K^T", found.k.T, rows=dims["k"], columns=tokens, tone="key", column_tone="source",
                   column_group="keys", row_group="q")  # fmt: skip
        parts = [projected("q"), "×", k, "=", matrix("S", found.scores, **square)]
    elif step == 3:
        parts = [matrix("S", found.scores, **square), "÷ √3 =" if divide else "=", matrix(division, found.scaled, **square)]  # fmt: skip
    elif step == 4:
        parts = [
            matrix(division, found.masked, **square),
            "softmax →",
            matrix("A", found.weights, scale="weights", **square),
        ]
    elif step == 5:
        v = projected("v", row_group="keys")
        o = matrix("O", found.output, rows=tokens, row_tone="source", row_group="tokens", columns=dims["v"],
                   column_group="v", tone="value")  # fmt: skip
        parts = [matrix("A", found.weights, scale="weights", **square), "×", v, "=", o]
    else:
        token = number("qkv_token", t("attention.token_n"), 4, 1, extra.container(horizontal=True))
        look = {"columns": dims["v"], "column_group": "v", "tone": "value"}
        parts = [
            matrix("αⱼ", found.weights[token][:, None], rows=tokens, row_tone="source", row_group="keys", columns=["α"],
                   scale="weights"),
            "×", projected("v", row_group="keys"),
            "=", matrix("αⱼ vⱼ", found.mix(token), rows=tokens, row_tone="source", row_group="keys", **look),
            "Σ →", matrix("o", found.output[token : token + 1], rows=[tokens[token]], row_tone="source", **look),
        ]  # fmt: skip
    signed = [part for part in parts if isinstance(part, dict) and part["scale"] == "signed"]
    for part in signed:  # one scale for all that is seen together
        part["limit"] = max(other["limit"] for other in signed)
    matrices(parts, key="attention-steps", title=t(f"attention.step.{step}"))


# --- The same steps in a head of the model


@_part
def head(request: core.Request, trace: core.Trace) -> None:
    """The same steps on one head of the model, with all its numbers."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    kind = row.selectbox(
        t("attention.kind"),
        core.KINDS,
        format_func=lambda name: t(f"attention.kinds.{name}"),
        key="qkv_kind",
        label_visibility="collapsed",
        width=240,
        persist_state="session",
    )
    found = _head(request, kind, row)
    step = _steps(st)
    above = st.container()
    extra = st.container()
    with above:
        _show_real(step, found, extra)
    config = cache.cards()[request.model].config
    sizes = {"d_model": config.d_model, "d_k": found.d_k, "heads": config.n_heads, "rows": len(found.rows)}
    if step == 4:
        inside_head.compare(found, trace)
    _explain_step(step, t(f"attention.real.{step}", **sizes))
    st.page_link(
        "pages/inside.py",
        label=":primary[" + t("attention.inside") + " →]",
        query_params={
            "lang": st.session_state["lang"], "model": request.model, "text": request.text, "search": request.strategy,
            "inside_kind": kind, "inside_layer": str(found.layer + 1), "inside_head": str(found.head + 1),
        },
    )  # fmt: skip


def _show_real(step: int, found: core.HeadInside, extra) -> None:
    rows, keys = [[surface(piece) for piece in pieces] for pieces in (found.rows, found.keys)]
    tones = {"row_tone": "source" if found.kind == "encoder_self" else "target",
             "column_tone": "target" if found.kind == "decoder_self" else "source"}  # fmt: skip
    few = len(keys) <= READABLE
    square = {"rows": rows, "columns": keys, "row_group": "rows", "column_group": "keys", "numbers": few,
              "digits": 2 if len(keys) <= 6 else 1, **tones}  # fmt: skip

    def wide(name: str, values: np.ndarray, tone: str, names: list[str] | None, **more) -> dict:
        more = {"aspect": 3, "rows": names, "least": 12, **more}
        return matrix(name, values, tone=tone, picture=True, **more)

    cross = found.kind == "cross"
    if step == 0:
        parts = [wide("X", found.x_query, tones["row_tone"], rows, caption=t("attention.real.x_query"))]
        if cross:
            parts += [" ", wide("Xₖ", found.x_key, "source", keys, caption=t("attention.real.x_key"))]
    elif step == 1:
        name = _projection(extra)
        asks = name == "q"
        x, names = (found.x_query, rows) if asks else (found.x_key, keys)
        tone = tones["row_tone" if asks else "column_tone"]
        parts = [
            wide("X" if asks or not cross else "Xₖ", x, tone, names), "×",
            wide(f"W^{name.upper()}", getattr(found, f"w_{name}"), TONES[name], None, aspect=1, least=7), "+ b =",
            wide(name.upper(), getattr(found, name), TONES[name], names),
        ]  # fmt: skip
    elif step == 2:
        parts = [wide("Q", found.q, "query", rows, least=11), "×", wide("K^T", found.k.T, "key", None, columns=keys, aspect=1, least=8),
                 "=", matrix("S", found.scores, **square)]  # fmt: skip
    elif step == 3:
        limit = matrix("", found.scores)["limit"]
        parts = [matrix("S", found.scores, limit=limit, **square), f"÷ √{found.d_k} =",
                 matrix("S / √dₖ", found.scaled, limit=limit, follows=True, **square)]  # fmt: skip
    elif step == 4:
        parts = [matrix("S / √dₖ + M", found.masked, **square), "softmax →",
                 matrix("A", found.weights, scale="weights", **{**square, "digits": 2}, follows=True)]  # fmt: skip
    elif step == 5:
        limit = matrix("", found.v)["limit"]
        parts = [matrix("A", found.weights, scale="weights", **{**square, "digits": 2}), "×",
                 wide("V", found.v, "value", keys, limit=limit), "=",
                 wide("O", found.output, "value", rows, limit=limit)]  # fmt: skip
    else:
        parts = [wide("O", found.output, "value", rows), "×", wide("W^O", found.w_o, "", None, aspect=3), "=",
                 wide("O W^O", found.contribution, tones["row_tone"], rows)]  # fmt: skip
    matrices(parts, key="attention-real", title=t(f"attention.step.{step}"))


# --- Why sqrt(d_k)


@_part
def scale(request: core.Request) -> None:
    """The spread of q · k, what it does to a softmax, and what is left of its gradient."""
    variance, found = cache.scaling_curves()
    names = (t("attention.scale.plain"), t("attention.scale.divided"))
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.markdown(t("attention.scale.variance"))
        figure = scaling_variance(
            scaling.SIZES, variance, (names[0], t("attention.scale.theory"), names[1]), "d<sub>k</sub>", theme()
        )
        show(figure, "qkv-variance", t("attention.scale.variance.alt"))
    with middle:
        st.markdown(t("attention.scale.weights"))
        _drawn(names)
    with right:
        st.markdown(t("attention.scale.gradient"))
        show(scaling_gradient(scaling.SIZES, found.gradient, names, "d<sub>k</sub>", theme()), "qkv-gradient",
             t("attention.scale.gradient.alt"))  # fmt: skip
    at = len(scaling.SIZES) - 1
    st.markdown(t(
        "attention.scale.text", d_k=scaling.SIZES[at], samples=scaling.SAMPLES, keys=scaling.KEYS,
        variance=f"{variance[at]:.0f}", plain=f"{found.gradient[0, at]:.3f}", divided=f"{found.gradient[1, at]:.3f}",
    ))  # fmt: skip
    paint = letters()
    formulas(
        rf"\mathrm{{Var}}({paint['q']} \cdot {paint['k']}) = \sum_{{i=1}}^{{d_k}} \mathrm{{Var}}({paint['q']}_i"
        rf" {paint['k']}_i) = d_k",
        r"\frac{\partial \alpha_i}{\partial s_j} = \alpha_i (\delta_{ij} - \alpha_j)",
    )
    config = cache.cards()[request.model].config
    if not config.recurrent:
        layer = min(config.n_layers - 1 if (n := st.session_state["qkv_layer"]) is None else n, config.n_layers - 1)
        head_n = min(3 if (n := st.session_state["qkv_head"]) is None else n, config.n_heads - 1)
        real = cache.inside(request, "cross", layer, head_n)
        st.markdown(t(
            "attention.scale.real", layer=layer + 1, head=head_n + 1, d_k=real.d_k, count=real.scores.size,
            variance=f"{real.scores.var():.1f}", divided=f"{real.scaled.var():.1f}",
        ))  # fmt: skip


def _draw_again() -> None:
    st.session_state["qkv_draw"] = st.session_state["qkv_draw"] % 999 + 1


@_part
def _drawn(names: tuple[str, str]) -> None:
    """One softmax of drawn scores at a d_k to choose, with the division and without."""
    above = st.container()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    d_k = row.select_slider("$d_k$", scaling.SIZES, key="qkv_d_k", persist_state="session")
    row.button(t("attention.again"), on_click=_draw_again, key="qkv-again")
    scores = scaling.draw_scores(d_k, 1, seed=st.session_state["qkv_draw"])[0]
    weights = similarity.softmax(np.stack([scores, scores / math.sqrt(d_k)]))
    left = scaling.jacobian_norm(weights)
    with above:
        show(scaling_weights(weights, names, t("attention.scale.key"), theme()), "qkv-weights",
             t("attention.scale.weights.alt"))  # fmt: skip
    st.caption(t("attention.scale.drawn", plain=f"{weights[0].max():.2f}", divided=f"{weights[1].max():.2f}",
                 left=f"{left[0]:.3f}", more=f"{left[1]:.3f}"))  # fmt: skip


# --- Why a vector


@_part
def vector(request: core.Request, trace: core.Trace) -> None:
    """The output as a mix of value vectors, and what would be left of it if values were shorter."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    found = _head(request, "cross", row)
    most = min(found.v.shape)
    if (st.session_state["qkv_numbers"] or 1) > most:
        session.leave_out("qkv_numbers")
    if st.session_state["qkv_numbers"] in (None, st.session_state.get("_qkv_most")):
        st.session_state["qkv_numbers"] = most  # all of them stay all of them, in another sentence or model too
    st.session_state["_qkv_most"] = most
    n = st.session_state["qkv_numbers"]
    kept = similarity.keep(found.v, n)
    if most > 1:
        row.slider(t("attention.numbers"), 1, most, key="qkv_numbers", width=180, persist_state="session")
    query = _lookup(found, trace, "mix", kept if n < most else None)
    weights = found.weights[query].astype(np.float64)
    output, short = weights @ found.v, weights @ kept.values
    st.markdown(t(
        "attention.vector.text", n=n, d_k=found.d_k, share=f"{100 * kept.shares[n - 1]:.0f}",
        one=f"{100 * kept.shares[0]:.0f}", query=plain(surface(found.rows[query])),
        apart=f"{100 * np.linalg.norm(output - short) / (np.linalg.norm(output) or 1):.0f}",
    ))  # fmt: skip
    paint = letters()
    formulas(
        rf"o = \sum_j \alpha_j\,{paint['v']}_j",
        rf"\alpha_j \in \mathbb{{R}}, \quad {paint['v']}_j, o \in \mathbb{{R}}^{{{found.d_k}}}",
    )

"""The parts of the lecture's page on positions: each one idea, with its picture, its controls and its numbers.

A part is a fragment: what is moved in it draws it anew, and nothing else of the page.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

import core
from core.analysis import positions as computed
from core.plots import (
    position_clocks,
    position_curves,
    position_histogram,
    position_similarity,
    position_wavelengths,
)
from core.text import UNSPACED, surface
from pages.positions.fields import BASES, FIELDS
from pages.ui import cache, lecture, session
from pages.ui.catalogue import plain, small, t
from pages.ui.charts import show, theme
from pages.ui.curves import curves
from pages.ui.formulas import formulas, paint
from pages.ui.matrices import FEW, matrices, matrix

SIZES = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
FEW_COLUMNS = 4
"""So many of a vector's numbers are written out where there is no room for all."""

FEW_ROWS = 14
"""So many vectors are written out below one another."""

_part = lecture.part(FIELDS)


def unmarked(text: str) -> str:
    """Typed text for a slider, which reads Markdown but tells screen readers what is written there: few escapes."""
    return re.sub(r"([\\`*_\[\]$~:<>#|])", r"\\\1", text)


def question(name: str, *controls: int) -> list:
    """A part's question, and beside it columns of these widths for its controls."""
    place, *rest = st.columns([4, *controls], gap="medium", vertical_alignment="center")
    place.subheader(t(f"positions.{name}"), anchor=False)
    return rest


def possible(name: str, fits: Callable[[Any], bool]) -> Any:
    """A choice, or None where this sentence or model does not have it."""
    if st.session_state[name] is not None and not fits(st.session_state[name]):
        session.leave_out(name)
    return st.session_state[name]


# --- Controls


def _d_model(place) -> int:
    model = cache.cards()[st.session_state["model"]].config.d_model
    options = sorted(
        {*SIZES, st.session_state["pos_d_model"], *([model] if 4 <= model <= 512 and not model % 2 else [])}
    )
    return place.select_slider("d_model", options, key="pos_d_model", persist_state="session")


def _length(place) -> int:
    return place.slider(t("positions.length"), 2, 200, key="pos_length", persist_state="session")


def _base(place) -> float:
    return place.select_slider(
        t("positions.base"),
        BASES,
        format_func="{:,.0f}".format,
        key="pos_base",
        persist_state="session",
    )


def _example(d_model: int, length: int, dimensions: Sequence[int]) -> None:
    st.session_state.update(pos_d_model=d_model, pos_length=length, pos_dims=[*dimensions], pos_base=computed.BASE)


# --- The parts


@_part
def waves(request: core.Request, trace: core.Trace) -> None:
    """Curves of single dimensions, and all of them as a heatmap."""
    row = question("waves", 3, 3, 3)
    d_model, length, base = _d_model(row[0]), _length(row[1]), _base(row[2])
    kept = [dimension for dimension in st.session_state["pos_dims"] if dimension < d_model]
    if kept != st.session_state["pos_dims"]:
        st.session_state["pos_dims"] = kept or list(range(4))
    table = computed.waves(np.arange(length), d_model, base)
    left, right = st.columns(2, gap="medium")
    with left:
        above = st.container()
        dimensions = st.multiselect(
            t("positions.dimensions"), range(d_model), key="pos_dims", max_selections=8, persist_state="session",
            label_visibility="collapsed", placeholder=t("positions.dimensions"),
        )  # fmt: skip
        steps = max(1, min(8, 400 // (length - 1)))
        at = np.arange((length - 1) * steps + 1) / steps
        values = computed.waves(at, d_model, base)[:, dimensions]
        figure = position_curves(at, values, dimensions, t("positions.position"), theme())
        with above:
            curves(figure, "pos-curves", t("positions.curves"))
    with right:
        written = table.size <= FEW
        words = [*map(surface, trace.source_labels)] + [""] * length
        heatmap = matrix(
            "PE",
            table,
            rows=[f"{word} ({i})" if written and word else str(i) for i, word in enumerate(words[:length])],
            columns=[f"{i} {'cos' if i % 2 else 'sin'}" if written else str(i) for i in range(d_model)],
            limit=1,
            caption=t("positions.heatmap"),
            row_tone="source" if written else "",
            aspect=1.8,
        )
        matrices([heatmap], key="pos-heatmap", title=t("positions.heatmap.title"))
        models = cache.cards()[request.model].config
        usual = FIELDS["pos_dims"].default
        with st.container(horizontal=True, gap="small"):
            for name, size in (("four", (4, 10, range(4))), ("own", (models.d_model, 60, usual)),
                               ("paper", (512, 100, (0, 1, 64, 65, 128, 129)))):  # fmt: skip
                st.button(t(f"positions.example.{name}"), on_click=_example, args=size, key=f"pos-{name}")
    found = computed.wavelengths(d_model, base)
    st.markdown(t("positions.waves.text", round=int((found <= length).sum()), pairs=len(found), length=length,
                  shortest=f"{found[0]:.2f}",
                  longest=f"{found[-1]:,.0f}" if found[-1] >= 100 else f"{found[-1]:.2f}"))  # fmt: skip
    left, right = st.columns(2, gap="medium")
    formulas(
        rf"PE_{{(pos,\,2i)}} = \sin\!\big(pos \,/\, {base:.0f}^{{\,2i/d_{{model}}}}\big)",
        rf"PE_{{(pos,\,2i+1)}} = \cos\!\big(pos \,/\, {base:.0f}^{{\,2i/d_{{model}}}}\big)",
    )


def _pairs(d_model: int) -> list[int]:
    """Three pairs from fast to slow, or all of few: those that come round after about 6, 20 and 63 positions."""
    half = d_model // 2
    return list(range(half)) if half <= 3 else [0, max(1, half // 8), max(2, half // 4)]


@_part
def turn() -> None:
    """PE(pos + k) as a rotation of PE(pos)."""
    row = question("turn", 3, 3, 3)
    d_model, at = _d_model(row[0]), row[1].slider("pos", 0, 199, key="pos_at", persist_state="session")
    k = row[2].slider("k", 0, 20, key="pos_shift", persist_state="session")
    pairs = _pairs(d_model)
    dimensions = [dimension for i in pairs for dimension in (2 * i, 2 * i + 1)]
    frequencies = 2 * np.pi / computed.wavelengths(d_model)[pairs]
    rotation = computed.rotation(d_model, k)
    before = computed.waves(np.array([at]), d_model)[0]
    left, right = st.columns([1, 2], gap="medium")
    with left:
        names = [
            t("positions.dial", i=i, degrees=f"{np.degrees(k * w):,.1f}")
            for i, w in zip(pairs, frequencies, strict=True)
        ]
        figure = position_clocks(at * frequencies, k * frequencies, names, theme())
        show(figure, "pos-clocks", t("positions.clocks"))
    with right:
        names = [str(dimension) for dimension in dimensions]
        few = np.ix_(dimensions, dimensions)
        shown = [
            matrix(f"M({k})", rotation[few], rows=names, columns=names, limit=1, column_group="from", row_group="to",
                   shape=f"{d_model} × {d_model}"),
            "×",
            matrix(f"PE({at})", before[dimensions, None], rows=names, limit=1, row_group="from", shape="",
                   follows=True),
            "=",
            matrix(f"PE({at + k})", (rotation @ before)[dimensions, None], rows=names, limit=1, row_group="to",
                   shape="", follows=True),
        ]  # fmt: skip
        matrices(shown, key="pos-rotation", title=t("positions.rotation.title"))
        if len(dimensions) < d_model:
            st.caption(t("positions.rotation.caption", shown=len(dimensions), d_model=d_model))
    places = np.arange(200)
    turned = computed.waves(places, d_model) @ rotation.T
    apart = np.abs(turned - computed.waves(places + k, d_model)).max()
    st.markdown(t("positions.turn.text", count=len(places), k=k, apart=small(apart), d_model=d_model))
    formulas(
        r"\begin{pmatrix} s_i' \\ c_i' \end{pmatrix} = \begin{pmatrix} \cos k\omega_i & \sin k\omega_i \\"
        r" -\sin k\omega_i & \cos k\omega_i \end{pmatrix} \begin{pmatrix} s_i \\ c_i \end{pmatrix}",
        r"s_i = \sin(\omega_i\,pos), \quad c_i = \cos(\omega_i\,pos)",
        rf"\omega_i = 10000^{{-2i/{d_model}}}",
    )


@_part
def distance() -> None:
    """The dot products of positions, against their distance."""
    row = question("distance", 3, 3, 3)
    d_model, length, base = _d_model(row[0]), _length(row[1]), _base(row[2])
    at = length // 2
    table = computed.waves(np.arange(length), d_model, base)
    products = table @ table.T
    left, right = st.columns(2, gap="medium")
    with left:
        figure = position_similarity(np.arange(length) - at, products[at], t("positions.offset", at=at), theme())
        curves(figure, "pos-similarity", t("positions.similarity"))
    with right:
        names = [str(position) for position in range(length)]
        heatmap = matrix(
            "PE PEᵀ", products, rows=names, columns=names, limit=d_model / 2, caption=t("positions.products"),
            numbers=False, aspect=1.8,
        )  # fmt: skip
        matrices([heatmap], key="pos-products", title=t("positions.products.title"))
    formula = computed.similarity(length, d_model, base)
    apart = np.abs(products - formula[np.abs(np.arange(length)[:, None] - np.arange(length))]).max()
    other = 1 + int(formula[1:].argmax())
    st.markdown(
        t("positions.distance.text", half=f"{d_model / 2:g}", apart=small(apart), other=other,
          share=f"{formula[other] / formula[0]:.0%}", far=length - 1, last=f"{formula[-1] / formula[0]:.0%}")
    )  # fmt: skip
    formulas(r"PE_{pos} \cdot PE_{pos+k} = \sum_i \cos(k\,\omega_i)")


def _moved(trace: core.Trace, words: list[int]) -> list[int]:
    """The words in the order that is chosen: at first the other way round, but for marks, which keep their places."""
    chosen = possible("pos_order", lambda order: len(order) == len(words))
    if chosen is not None:
        return list(chosen)
    real = [i for i in words if any(c.isalnum() for c in trace.source_spelling.word(*trace.source_words[i]))]
    other = dict(zip(real, reversed(real), strict=True))
    return [other.get(i, i) for i in words]


def _order(words: Sequence[int] | None) -> None:
    st.session_state["pos_order"] = None if words is None else tuple(words)


def _shuffled(words: list[int], now: list[int]) -> list[int]:
    """Another order than the one that is seen and the one that was typed, where there is one."""
    for _ in range(20):
        found = random.sample(words, len(words))
        if found not in (now, words):
            break
    return found


@_part
def shuffle(request: core.Request, trace: core.Trace) -> None:
    """The encoder's output for the words in another order, with positions and without."""
    words = list(range(len(trace.source_words) - 1))  # </s> stays at the end
    moved = _moved(trace, words)
    spans = [range(*trace.source_words[i]) for i in (*moved, len(words))]
    order = tuple(place for span in spans for place in span)
    typed = tuple(range(len(order)))
    with st.spinner(t("sentence.working"), show_time=False):
        runs = {flag: [cache.reordered(request, given, flag) for given in (typed, order)] for flag in (True, False)}
    apart = {flag: np.abs(b.output - a.output[list(order)]) for flag, (a, b) in runs.items()}
    (controls,) = question("shuffle", 6)
    with controls.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name, given in (("shuffle", _shuffled(words, moved)), ("typed", words), ("reverse", None)):
            st.button(t(f"positions.order.{name}"), on_click=_order, args=(given,), key=f"pos-{name}")
        chosen = st.toggle(t("positions.with"), key="pos_with", persist_state="session")
    a, b = runs[chosen]
    shape = f"{len(order)} × {a.output.shape[1]}"
    written = len(order) <= FEW_ROWS  # the first numbers of each vector; of long sentences all, as colours
    few = np.s_[:, : FEW_COLUMNS if written else None]
    columns = [str(i) for i in range(a.output[few].shape[1])]
    limit = float(np.ceil(max(np.abs(run.output[few]).max() for run in (a, b))))
    common = {
        "columns": columns,
        "limit": limit,
        "shape": shape,
        "row_tone": "source",
        "picture": not written,
        "aspect": 1.5,
    }
    space = "" if trace.source_language in UNSPACED else " "
    texts = [space.join(surface(trace.source_spelling.word(*trace.source_words[n])) for n in order)
             for order in (words, moved)]  # fmt: skip
    names = [list(map(surface, run.pieces)) for run in (a, b)]
    told = [f"{text} → {run.text}" if written else "" for text, run in zip(texts, (a, b), strict=True)]
    shown = [
        matrix("Z", a.output[few], rows=names[0], caption=told[0], **common),
        matrix("Z′", b.output[few], rows=names[1], caption=told[1], **common),
        matrix(
            "Z′ − Z", (b.output - a.output[list(order)])[few], rows=names[1], caption=t("positions.z.apart"), **common
        ),
    ]
    matrices(shown, key="pos-shuffle", title=t("positions.shuffle.title"))
    if len(words) < 2:
        st.info(t("positions.one_word"))
    same = apart[False].max() < 1e-5
    left, right = st.columns([1, 1], gap="medium")
    left.markdown(t("positions.shuffle.same" if same else "positions.shuffle.other", apart=small(apart[False].max()),
                  count=apart[False].size, others=f"{apart[True].max():.2f}"))  # fmt: skip
    for flag, name in ((True, "yes"), (False, "no")):
        lines = [f"- {plain(text)} → **{plain(run.text) or '–'}**" for text, run in zip(texts, runs[flag], strict=True)]
        right.markdown("\n".join([t(f"positions.with.{name}"), "", *lines]))


def _letters(name: str) -> str:
    """A term as a formula writes it: e for the word, p for the position; the query stands first."""
    return "·".join("e" if side == "content" else "p" for side in name.split("_"))


@_part
def terms(request: core.Request, trace: core.Trace) -> None:
    """One head's scores as the sum of four terms."""
    (controls,) = question("terms", 8)
    with controls.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.session_state["pos_head"] = possible("pos_head", lambda head: head < trace.n_heads) or 0
        head = st.segmented_control(
            t("positions.head"), range(trace.n_heads), format_func=lambda i: str(i + 1), key="pos_head", required=True,
            persist_state="session", wrap=True,
        )  # fmt: skip
        without = st.toggle(t("positions.terms.without"), key="pos_without", persist_state="session")
    with st.spinner(t("sentence.working"), show_time=False):
        heads = cache.four_terms(request, not without)
    inside, found = heads[head]
    names = [surface(piece) for piece in trace.source_labels]
    limit = float(np.ceil(max(np.abs(scores).max() for scores in (inside.scaled, *found))))

    first = t("positions.scores.caption", layer=1, head=head + 1)

    def scores(name: str, values: np.ndarray, caption: str) -> dict:
        return matrix(name, values, rows=names, follows=caption != first, columns=names, limit=limit, caption=caption, row_tone="query",
                      column_tone="key", row_group="query", column_group="key", numbers=False, shape="")  # fmt: skip

    shown = [scores(t("positions.scores"), inside.scaled, first)]
    for i, (name, values) in enumerate(found._asdict().items()):
        shown += ["=" if i == 0 else "+", scores(_letters(name), values, t(f"positions.terms.{name}"))]
    matrices(shown, key="pos-terms", title=t("positions.terms.title"))
    apart = np.abs(found.total - inside.scaled).max()
    left, right = st.columns([3, 2], gap="medium")
    left.markdown(t("positions.terms.text", apart=small(apart), count=inside.scaled.size))
    query, key = paint("query", r"(e_i + p_i)\,W^Q"), paint("key", r"\big((e_j + p_j)\,W^K\big)^{\mathsf T}")
    with left:
        formulas(
            rf"\frac{{{query}\,{key}}}{{\sqrt{{{inside.d_k}}}}} =",
            r"e_i W e_j^{\mathsf T} + e_i W p_j^{\mathsf T} + p_i W e_j^{\mathsf T} + p_i W p_j^{\mathsf T}",
            rf"W = W^Q (W^K)^{{\mathsf T}} / \sqrt{{{inside.d_k}}}",
        )
    every = np.array([computed.spreads(other) for _, other in heads])
    table = matrix(
        t("positions.spreads"), every, rows=[str(i + 1) for i in range(len(heads))],
        columns=[_letters(name) for name in computed.FourTerms._fields],
        scale="weights", limit=float(np.ceil(every.max() * 10) / 10), caption=t("positions.spreads.caption"), shape="",
    )  # fmt: skip
    with right:
        matrices([table], key="pos-spreads", title=t("positions.spreads"))


@_part
def add(request: core.Request, trace: core.Trace) -> None:
    """Why a sum: the one-hot vector, the directions and the lengths of words and positions."""
    (control,) = question("sum", 3)
    count = len(trace.source_pieces)
    st.session_state["pos_piece"] = possible("pos_piece", lambda piece: piece < count) or 0
    names = [surface(piece) for piece in trace.source_labels]
    at = control.select_slider(
        t("positions.piece"), range(count), format_func=lambda i: f"{unmarked(names[i])} ({i})", key="pos_piece",
        persist_state="session",
    )  # fmt: skip
    with st.spinner(t("sentence.working"), show_time=False):
        one_hot = cache.one_hot(request, at)
        found, lengths = cache.directions(request.model)
    _one_hot(one_hot, names, trace, at)
    config = cache.cards()[request.model].config
    st.subheader(t("positions.directions"), anchor=False)
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with left:
        labels = (t("positions.directions.model"), t("positions.directions.chance"))
        figure = position_histogram(
            found.edges, (found.model, found.chance), labels, t("positions.cosine"), theme=theme()
        )
        show(figure, "pos-cosines", t("positions.directions"))
    extreme = surface(cache.model(request.model).source_tokenizer.pieces[found.word + 4])
    right.markdown(
        t("positions.directions.text", mean=f"{found.mean:+.3f}".replace("-", "−"), deviation=f"{found.deviation:.3f}",
          chance=f"{found.chance_deviation:.3f}", formula=f"{config.d_model**-0.5:.3f}", d_model=config.d_model,
          pairs=f"{len(lengths.embedding) * len(lengths.positions):,}", near=f"{found.near:.0%}", chance_near=f"{found.chance_near:.1%}",
          word=plain(extreme), position=found.position, extreme=f"{found.extreme:+.2f}".replace("-", "−"))
    )  # fmt: skip
    st.subheader(t("positions.lengths"), anchor=False)
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    edges = np.linspace(0, float(np.ceil(lengths.scaled.max())), 120)
    shares = [np.histogram(values, edges)[0] / len(values) for values in (lengths.scaled, lengths.embedding)]
    with left:
        labels = (t("positions.lengths.after", d_model=config.d_model), t("positions.lengths.before"))
        marks = {t("positions.lengths.position"): float(lengths.positions[0])}
        figure = position_histogram(edges, shares, labels, t("positions.norm"), marks, theme())
        show(figure, "pos-norms", t("positions.lengths"))
    before, after = float(np.median(lengths.embedding)), float(np.median(lengths.scaled))
    position = float(lengths.positions[0])
    right.markdown(
        t("positions.lengths.text", before=f"{before:.2f}", after=f"{after:.2f}", position=f"{position:.2f}",
          d_model=config.d_model, root=f"{config.d_model**0.5:.2f}", louder=f"{position / before:.1f}",
          half=f"{after / position:.1f}")
    )  # fmt: skip


def _one_hot(found: cache.OneHot, names: list[str], trace: core.Trace, at: int) -> None:
    """A sum of two vectors as one matrix times one vector: for piece `at` of the source."""
    shown = sorted({*range(min(len(names), 4)), at})
    distinct = list(dict.fromkeys(trace.source_pieces[i] for i in shown))
    few = np.s_[:FEW_COLUMNS]
    rows = [str(i) for i in range(FEW_COLUMNS)]
    w_i = np.stack([found.words[trace.source_pieces.index(piece)] for piece in distinct], 1)[few]
    w_p = found.positions[shown].T[few]
    limit = float(np.ceil(max(np.abs(values).max() for values in (w_i, w_p, found.right[:FEW_COLUMNS]))))
    labels = [surface(piece) for piece in distinct] + [str(i) for i in shown]
    hot = np.array([[piece == trace.source_pieces[at]] for piece in distinct] + [[i == at] for i in shown], float)
    shown = [
        matrix("[Wᵢ Wₚ]", np.concatenate([w_i, w_p], 1), rows=rows, columns=labels, shape="", column_group="hot",
               row_group="sum", limit=limit, caption=t("positions.one_hot.matrix")),
        "×",
        matrix("[x; p]", hot, rows=labels, scale="weights", row_group="hot", digits=0, shape=""),
        "=",
        matrix("Wᵢx + Wₚp", found.right[:FEW_COLUMNS, None], rows=rows, row_group="sum", limit=limit, shape=""),
    ]  # fmt: skip
    matrices(shown, key="pos-one-hot", title=t("positions.one_hot.title"))
    apart = max(np.abs(found.left - found.right).max(), np.abs(found.left - found.read).max())
    st.markdown(t("positions.one_hot.text", d_model=len(found.left), vocabulary=found.vocabulary, apart=small(apart),
                     piece=plain(names[at]), position=at))  # fmt: skip


@_part
def recipes() -> None:
    """The paper's encoding beside that of its authors' code."""
    row = question("recipes", 3, 3)
    d_model, length = _d_model(row[0]), _length(row[1])
    paper = computed.waves(np.arange(length), d_model)
    code = computed.sinusoid_tensor2tensor(length, d_model)
    names = {"rows": [str(i) for i in range(length)], "columns": [str(i) for i in range(d_model)], "aspect": 2.0}
    shown = [
        matrix(t("positions.recipes.paper"), paper, limit=1, caption=t("positions.recipes.paper.caption"), **names),
        matrix("tensor2tensor", code, limit=1, caption=t("positions.recipes.code.caption"), **names),
        matrix(t("positions.recipes.apart"), computed.interleaved(code) - paper, limit=1,
               caption=t("positions.recipes.apart.caption"), **names),
    ]  # fmt: skip
    matrices(shown, key="pos-recipes", title=t("positions.recipes.title"))
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    lengths = computed.wavelengths(d_model), computed.wavelengths_tensor2tensor(d_model)
    with left:
        figure = position_wavelengths(
            lengths, (t("positions.recipes.paper"), "tensor2tensor"), {t("positions.recipes.length", length=length): length},
            (t("positions.recipes.pair"), t("positions.recipes.wavelength")), theme(),
        )  # fmt: skip
        show(figure, "pos-wavelengths", t("positions.recipes.wavelength"))
    apart = np.abs(computed.interleaved(code) - paper).max()
    right.markdown(t("positions.recipes.text", apart=f"{apart:.2f}", d_model=d_model, length=length,
                     paper=f"{lengths[0][-1]:,.0f}", code=f"{lengths[1][-1]:,.0f}"))  # fmt: skip
    with right:
        formulas(r"\omega_i^{paper} = 10000^{-2i/d_{model}}", r"\omega_i^{code} = 10000^{-i/(d_{model}/2 - 1)}")

"""A shift of the position is a rotation, and dot products depend on the distance."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.analysis import positions as computed
from core.plots import (
    position_clocks,
    position_similarity,
)
from pages.positions.common import choose_base, choose_d_model, choose_length, page_part, question_row
from pages.ui.catalogue import small, t
from pages.ui.charts import theme
from pages.ui.curves import curves
from pages.ui.formulas import formulas
from pages.ui.matrices import Matrix, matrices, matrix


def _pairs(d_model: int) -> list[int]:
    """Return three pairs of dimensions from fast to slow, with wavelengths of about 6, 20 and 63, or all if there are few."""
    half = d_model // 2
    return list(range(half)) if half <= 3 else [0, max(1, half // 8), max(2, half // 4)]


@page_part
def show_rotation() -> None:
    """Show PE(pos + k) as a rotation of PE(pos)."""
    row = question_row("turn", 3, 3, 3)
    d_model, at = choose_d_model(row[0]), row[1].slider("pos", 0, 199, key="pos_at", persist_state="session")
    k = row[2].slider("k", 0, 20, key="pos_shift", persist_state="session")
    pairs = _pairs(d_model)
    dimensions = [dimension for i in pairs for dimension in (2 * i, 2 * i + 1)]
    frequencies = 2 * np.pi / computed.wavelengths(d_model)[pairs]
    rotation = computed.rotation(d_model, k)
    before = computed.waves(np.array([at]), d_model)[0]
    after = computed.shifted(np.array([at]), d_model, k)[0]
    left, right = st.columns([1, 2], gap="medium")
    with left:
        names = [
            t("positions.dial", i=i, degrees=f"{np.degrees(k * w):,.1f}")
            for i, w in zip(pairs, frequencies, strict=True)
        ]
        figure = position_clocks(at * frequencies, k * frequencies, names, theme())
        curves(figure, "pos-clocks", t("positions.clocks"))
    with right:
        names = [str(dimension) for dimension in dimensions]
        few = np.ix_(dimensions, dimensions)
        items: list[Matrix | str] = [
            matrix(f"M({k})", rotation[few], rows=names, columns=names, limit=1, column_group="from", row_group="to",
                   shape=f"{d_model} × {d_model}"),
            "×",
            matrix(f"PE({at})", before[dimensions, None], rows=names, limit=1, row_group="from", shape="",
                   follows=True),
            "=",
            matrix(f"PE({at + k})", after[dimensions, None], rows=names, limit=1, row_group="to",
                   shape="", follows=True),
        ]  # fmt: skip
        matrices(items, key="pos-rotation", title=t("positions.rotation.title"))
        if len(dimensions) < d_model:
            st.caption(t("positions.rotation.caption", shown=len(dimensions), d_model=d_model))
    places = np.arange(200)
    difference = np.abs(computed.shifted(places, d_model, k) - computed.waves(places + k, d_model)).max()
    st.markdown(t("positions.turn.text", count=len(places), k=k, apart=small(difference), d_model=d_model))
    formulas(
        r"\begin{pmatrix} s_i' \\ c_i' \end{pmatrix} = \begin{pmatrix} \cos k\omega_i & \sin k\omega_i \\"
        r" -\sin k\omega_i & \cos k\omega_i \end{pmatrix} \begin{pmatrix} s_i \\ c_i \end{pmatrix}",
        r"s_i = \sin(\omega_i\,pos), \quad c_i = \cos(\omega_i\,pos)",
        rf"\omega_i = 10000^{{-2i/{d_model}}}",
    )


@page_part
def show_distance() -> None:
    """Show the dot products of positions by their distance."""
    row = question_row("distance", 3, 3, 3)
    d_model, length, base = choose_d_model(row[0]), choose_length(row[1]), choose_base(row[2])
    at = length // 2
    products = computed.products(length, d_model, base)
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
    difference = np.abs(products - formula[np.abs(np.arange(length)[:, None] - np.arange(length))]).max()
    other = 1 + int(formula[1:].argmax())
    st.markdown(
        t("positions.distance.text", half=f"{d_model / 2:g}", apart=small(difference), other=other,
          share=f"{formula[other] / formula[0]:.0%}", far=length - 1, last=f"{formula[-1] / formula[0]:.0%}")
    )  # fmt: skip
    formulas(r"PE_{pos} \cdot PE_{pos+k} = \sum_i \cos(k\,\omega_i)")

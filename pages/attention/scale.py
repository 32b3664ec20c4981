"""The division of the scores by sqrt(d_k)."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

import core
from core.analysis import scaling, similarity
from core.plots import scaling_gradient, scaling_variance, scaling_weights
from pages.attention.common import page_part
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.charts import show, theme
from pages.ui.formulas import formulas, letters


@st.cache_data(show_spinner=False)
def scaling_curves() -> tuple[np.ndarray, scaling.Saturation]:
    """Return the variance of sampled q · k for each d_k, and the saturation of a softmax over such scores."""
    return scaling.product_variance(), scaling.saturation()


@page_part
def show_scale(request: core.Request) -> None:
    """Show the variance of q · k, and its effect on a softmax and its gradient."""
    variance, found = scaling_curves()
    names = (t("attention.scale.plain"), t("attention.scale.divided"))
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.markdown(t("attention.scale.variance"))
        figure = scaling_variance(
            scaling.SIZES,
            variance.tolist(),
            (names[0], t("attention.scale.theory"), names[1]),
            "d<sub>k</sub>",
            theme(),
        )
        show(figure, "qkv-variance", t("attention.scale.variance.alt"))
    with middle:
        st.markdown(t("attention.scale.weights"))
        _show_sample(names)
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


def _sample_again() -> None:
    """Change the seed of the sample."""
    st.session_state["qkv_draw"] = st.session_state["qkv_draw"] % 999 + 1


@page_part
def _show_sample(names: tuple[str, str]) -> None:
    """Show a softmax of sampled scores for a chosen d_k, with the division and without."""
    above = st.container()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    d_k = row.select_slider("$d_k$", scaling.SIZES, key="qkv_d_k", persist_state="session")
    row.button(t("attention.again"), on_click=_sample_again, key="qkv-again")
    scores = scaling.draw_scores(d_k, 1, seed=st.session_state["qkv_draw"])[0]
    weights = similarity.softmax(np.stack([scores, scores / math.sqrt(d_k)]))
    left = scaling.jacobian_norm(weights)
    with above:
        show(scaling_weights(weights, names, t("attention.scale.key"), theme()), "qkv-weights",
             t("attention.scale.weights.alt"))  # fmt: skip
    st.caption(t("attention.scale.drawn", plain=f"{weights[0].max():.2f}", divided=f"{weights[1].max():.2f}",
                 left=f"{left[0]:.3f}", more=f"{left[1]:.3f}"))  # fmt: skip

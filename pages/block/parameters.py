"""Where a model's parameters are."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.analysis.parameters import GROUPS, PLACES, count
from pages.block.common import page_part
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.formulas import formulas
from pages.ui.matrices import matrices, matrix


@cache.cached(64)
def counts(name: str) -> dict[tuple[str, str], int]:
    """Return a model's parameters by group and stack, from the shapes in its file. Raises `HeadlightError`."""
    return count(name)


@page_part
def show_parameters(name: str) -> None:
    """Show the number of parameters of each part of the model."""
    config = cache.cards()[name].config
    found = counts(name)
    groups = [group for group in GROUPS if any(found[group, place] for place in PLACES)]
    numbers = np.array([[found[group, place] for place in PLACES] for group in groups])
    table = np.c_[numbers, numbers.sum(1)]
    table = np.r_[table, table.sum(0)[None]]
    total = int(table[-1, -1])
    texts = [[f"{value:,}" if value else "–" for value in row] for row in table.tolist()]
    shares = table[:, -1] / total
    matrices(
        [
            matrix(
                t("block.parameters.count"), table / total,
                texts=[[*row[:2], f"{row[2]} ({share:.1%})"] for row, share in zip(texts, shares, strict=True)],
                rows=[*(t(f"block.group.{group}") for group in groups), t("block.parameters.sum")],
                columns=[*(t(f"block.{place}") for place in PLACES), t("block.parameters.sum")], scale="weights", limit=1,
                shape="", caption=t("block.parameters.caption"),
            )
        ],
        key="block-parameters",
        title=t("block.parameters.picture"),
    )  # fmt: skip
    share = dict(zip(groups, shares, strict=False))
    attention = share.get("self_attention", 0) + share.get("cross_attention", 0)
    st.markdown(
        t(
            "block.parameters.found", model=name, total=f"{total:,}", embedding=f"{share['embedding']:.0%}",
            attention=f"{attention:.0%}", feed_forward=f"{share['feed_forward']:.0%}", norm=f"{share['norm']:.2%}",
            d_model=config.d_model, d_ff=config.d_ff, layers=config.n_layers,
            ratio=f"{share['feed_forward'] / attention:.2f}",
        )
    )  # fmt: skip
    if config.shared_embedding:
        st.markdown(t("block.parameters.shared"))
    formulas(
        r"\text{attention: } 4\,d_{model}^2 + 4\,d_{model}",
        r"\text{FFN: } 2\,d_{model}\,d_{f\!f} + d_{f\!f} + d_{model}",
        r"\text{LayerNorm: } 2\,d_{model}",
    )

"""Memory of attention: its weights and what they are multiplied with, beside the model's own parameters."""

from __future__ import annotations

import numpy as np
import streamlit as st

import core
from core.analysis.cost import attention_bytes
from pages.cost.common import choose_sizes, page_part
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.formulas import formulas
from pages.ui.matrices import matrices, matrix

KINDS = ("encoder_self", "decoder_self", "cross")


@page_part
def show_memory(request: core.Request, trace: core.Trace) -> None:
    """Show the bytes of all weights of the sentence and of n positions, and the length at which they pass the model."""
    sizes = choose_sizes("n")
    card = cache.cards()[request.model]
    config, source, target = card.config, len(trace.source_pieces), len(trace.output_pieces)
    shapes = {"encoder_self": (source, source), "decoder_self": (target, target), "cross": (target, source)}
    own = [attention_bytes(*shapes[kind], config.n_heads, config.n_layers) for kind in KINDS]
    chosen = [attention_bytes(sizes.n, sizes.n, config.n_heads, config.n_layers)] * len(KINDS)
    parameters = 4 * card.parameters
    names = [t(f"cost.kind.{kind}") for kind in KINDS]
    columns = [t("cost.memory.sentence", source=source, target=target), t("cost.memory.chosen", n=sizes.n)]
    rows = [*names, t("cost.memory.parameters")]
    numbers = [*zip(own, chosen, strict=True), (parameters, parameters)]
    matrices(
        [
            matrix(
                t("cost.memory"), np.array(numbers) / max(parameters, *chosen), scale="weights",
                limit=1, shape="", rows=rows, columns=columns, texts=[[f"{value:,}" for value in row] for row in numbers],
            )
        ],
        key="cost-memory",
        title=t("cost.memory"),
    )  # fmt: skip
    recorded = sum(getattr(trace, kind).nbytes for kind in KINDS)
    per_pair = 3 * config.n_heads * config.n_layers * 4
    st.markdown(
        t(
            "cost.memory.found", bytes=f"{sum(own):,}", recorded=f"{recorded:,}", heads=config.n_heads, layers=config.n_layers,
            values=f"{4 * target * config.d_model * config.n_layers:,}", parameters=f"{parameters:,}",
            passes=f"{int((parameters / per_pair) ** 0.5) + 1:,}",
        )
    )  # fmt: skip
    formulas(r"4\,n^2\,h\,L", r"\mathrm{softmax}(QK^{\mathsf T} / \sqrt{d_k})\,V \in \mathbb{R}^{n \times d_v}")

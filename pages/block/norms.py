"""Layer normalization and batch normalization of the same vectors, over a padded batch of three sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import core
from core.analysis.norms import batch_norm, layer_norm
from core.examples import example_language
from core.probes.block import sums_before_norm
from core.records.block import BatchSums
from core.text import surface
from pages.block.common import FEW_COLUMNS, choose_layer, page_part
from pages.block.fields import BATCHES, PADDING
from pages.ui import cache, session
from pages.ui.catalogue import language, plain, small, t
from pages.ui.controls import choose_one
from pages.ui.formulas import formulas
from pages.ui.matrices import Matrix, matrices, matrix

COMPANIONS = {"en": ("I love you", "She is a good teacher."), "zh": ("我爱你", "她是一位好老师。")}
"""The second and the third sentence at first, by language."""

PAD = "pad"
"""Name of a position of padding: short, so that three sentences stand side by side."""

READABLE = 25
"""Largest number of positions side by side whose numbers are written; more positions are colours only."""


@cache.cached(32)  # 0.4 MB for the longest sentences
def sums(name: str, texts: tuple[str, ...], layer: int, padding: int) -> BatchSums:
    """Return the sums before a layer normalization over a padded batch. Raises `HeadlightError`."""
    return cache.read_only(sums_before_norm(cache.model(name), texts, layer, padding))


def choose_texts(text: str, place: DeltaGenerator) -> tuple[str, ...]:
    """Show the boxes of the second and the third sentence in a small window, and return all three."""
    own = COMPANIONS[example_language(session.source_language())]
    with place.popover(t("block.norms.others")):
        st.markdown(t("block.norms.others.text"))
        for i, name in enumerate(("block_second", "block_third")):
            if st.session_state[name] in {"", *(texts[i] for texts in COMPANIONS.values())}:
                st.session_state[name] = own[i]
            st.text_input(t(f"block.norms.{name}"), key=name, persist_state="session")
    return (text, st.session_state["block_second"], st.session_state["block_third"])


@page_part
def show_norms(request: core.Request) -> None:
    """Show sums before a normalization and after it, by layer or by batch normalization."""
    st.markdown(t("block.norms.text"))
    config = cache.cards()[request.model].config
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    kind = choose_one(t("block.norms.which"), ("layer", "batch"), "block_norm", lambda n: t(f"block.norms.{n}"), row)
    layer = choose_layer(config.n_layers, row)
    batch = choose_one(t("block.norms.size"), BATCHES, "block_batch", lambda n: t(f"block.norms.batch.{n}"), row)
    row.slider(
        t("block.norms.padding"), PADDING.low, PADDING.high, key="block_padding", width=180, persist_state="session"
    )
    texts = choose_texts(request.text, row)
    padding = st.session_state["block_padding"] if batch != "vector" else 0
    count = 1 if batch == "vector" else int(batch)
    found = sums(request.model, texts[:count], layer, padding)
    x = found.sums[:, :1] if batch == "vector" else found.sums
    normalize = {"layer": layer_norm, "batch": batch_norm}[kind]
    normalized = normalize(x, config.norm_epsilon)
    limits = {"x": matrix("", x[..., :FEW_COLUMNS].reshape(-1, 1))["limit"], "n": 3.0}
    look = [_look(found, i, kind, x.shape[1]) for i in range(len(x))]
    items: list[Matrix | str] = [
        *(matrix("x", x[i, :, :FEW_COLUMNS].T, limit=limits["x"], **look[i]) for i in range(len(x))),
        "\n" if len(x) > 1 else "→",
        *(matrix("x̂", normalized[i, :, :FEW_COLUMNS].T, limit=limits["n"], **look[i]) for i in range(len(x))),
    ]
    matrices(items, key="block-norms", title=t("block.norms.picture"))
    st.markdown(_told(request.model, texts, layer, kind, batch, padding, config.norm_epsilon))
    mean = {
        "layer": r"\mu_{bt} = \frac{1}{d} \sum_{i} x_{bti}, \quad \hat x_{bti} = \frac{x_{bti} - \mu_{bt}}"
        r"{\sqrt{\sigma_{bt}^2 + \varepsilon}}",
        "batch": r"\mu_{i} = \frac{1}{B\,T} \sum_{b,\,t} x_{bti}, \quad \hat x_{bti} = \frac{x_{bti} - \mu_{i}}"
        r"{\sqrt{\sigma_{i}^2 + \varepsilon}}",
    }
    formulas(mean[kind], r"y_{bti} = \gamma_i\, \hat x_{bti} + \beta_i")


def _look(found: BatchSums, i: int, kind: str, width: int) -> dict[str, Any]:
    """Return how the numbers of sentence i are drawn: features are rows, positions columns.

    Numbers with the same mean light up together: of a mean over features those of a column, of a mean over the batch
    those of a row in all sentences.
    """
    pieces = [surface(piece) for piece in found.pieces[i]][:width]
    return {
        "rows": [str(f) for f in range(1, FEW_COLUMNS + 1)], "columns": [*pieces, *[PAD] * (width - len(pieces))],
        "column_tone": "source", "shape": "", "caption": t("block.norms.sentence", n=i + 1), "follows": i > 0,
        "row_group": "features" if kind == "batch" else "", "column_group": f"sentence {i}" if kind == "layer" else "",
        "narrow": True, "numbers": len(found.pieces) * width <= READABLE, "digits": 1,
    }  # fmt: skip


def _told(name: str, texts: tuple[str, ...], layer: int, kind: str, batch: str, padding: int, epsilon: float) -> str:
    """Return the sentences below the picture: what moves a number of the first sentence, and by how much."""
    if batch == "vector":
        return t(f"block.norms.vector.{kind}", piece=plain(surface(sums(name, texts[:1], layer, 0).pieces[0][0])))
    count = int(batch)
    together, alone = sums(name, texts[:count], layer, padding), sums(name, texts[:1], layer, 0)
    unpadded = sums(name, texts[:count], layer, 0)
    real = len(together.pieces[0])
    moved = {}
    for norm, normalize in (("layer", layer_norm), ("batch", batch_norm)):
        own = normalize(together.sums, epsilon)[0, :real]
        moved[f"{norm}_padding"] = _apart(own, normalize(unpadded.sums, epsilon)[0, :real])
        moved[f"{norm}_alone"] = _apart(own, normalize(alone.sums, epsilon)[0, :real])
    shared = together.sums.shape[2] if kind == "layer" else together.sums.shape[0] * together.sums.shape[1]
    blank = together.sums.shape[0] * together.sums.shape[1] - sum(map(len, together.pieces))
    first = t(f"block.norms.shared.{kind}", count=shared, shown=FEW_COLUMNS, padding=blank)
    second = t("block.norms.padded", padding=padding, **moved) if padding else t("block.norms.unpadded")
    third = t("block.norms.one") if count == 1 else t("block.norms.alone", **moved)
    return f"{first} {third} {second}" if language() == "en" else first + third + second


def _apart(a: np.ndarray, b: np.ndarray) -> str:
    """Return the largest absolute difference as text."""
    apart = float(np.abs(a - b).max())
    return f"{apart:.2f}" if apart >= 0.005 else small(apart)

"""The padding mask in one head of the encoder, over a batch of two sentences."""

from __future__ import annotations

import numpy as np
import streamlit as st

import core
from core.analysis import masks
from core.records import PaddedHead
from core.text import SPECIALS, surface
from pages.masks.common import before_and_after, choose_head_and_mask, companion, page_part, show_mask_formula
from pages.ui import cache
from pages.ui.catalogue import plain, small, t
from pages.ui.matrices import matrices, matrix


@cache.cached(128)
def padded_head(name: str, texts: tuple[str, ...], layer: int, head: int, masked: bool) -> PaddedHead:
    """Return one head of the encoder over a padded batch. Raises `HeadlightError`."""
    return cache.model(name).padded_head(texts, layer, head, masked)


@page_part
def show_padding(request: core.Request) -> None:
    """Show one head of the encoder over the shorter sentence of a batch of two, with its mask or without."""
    layer, head, masked = choose_head_and_mask(cache.cards()[request.model].config)
    texts = (request.text, companion(request))
    padded = padded_head(request.model, texts, layer, head, masked)
    width = max(padded.lengths)
    loaded = cache.model(request.model)
    batch = [list(map(surface, loaded.source_tokenizer.labels(loaded.encode(text)[1]))) for text in texts]
    batch = [[*row, *[SPECIALS[0]] * (width - len(row))] for row in batch]
    names = [t("masks.padding.sentence", n=i + 1) for i in range(len(texts))]
    ids = matrix(t("masks.padding.batch"), padded.ids, scale="plain", rows=names, texts=batch, column_group="columns")
    shorter = int(np.argmin(padded.lengths))
    maps = (padded.scaled[shorter], padded.masked[shorter], padded.weights[shorter])
    parts = before_and_after(*maps, batch[shorter], batch[shorter], "source")
    matrices([*parts, "\n", ids], key="masks-padding", title=t("masks.picture"))
    on_padding = masks.on_padding(padded.weights[shorter], padded.lengths[shorter])
    words = {"text": plain(texts[shorter]), "moved": small(padded.differences[shorter])}
    if masked:
        st.markdown(t("masks.padding.hidden", **words, weight=f"{on_padding.max():g}"))
    else:
        st.markdown(t("masks.padding.leaks", **words, weight=f"{on_padding.mean():.2f}"))
    real = t("masks.padding.real")
    show_mask_formula(rf"\begin{{cases}} 0 & \text{{{real}}} \\ -\infty & j = \texttt{{<pad>}} \end{{cases}}")

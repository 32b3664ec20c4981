"""The padding mask in one head of the encoder, over a batch of two sentences."""

from __future__ import annotations

import numpy as np
import streamlit as st

import core
from core.analysis import masks
from core.records import PaddedHead
from core.text import SPECIALS, surface
from pages.masks.common import before_and_after, choose_head_and_mask, companion, mask_formula, page_part
from pages.ui import cache
from pages.ui.catalogue import plain, small, t
from pages.ui.matrices import matrices, matrix


@cache.cached(128)
def padded_head(name: str, texts: tuple[str, ...], layer: int, head: int, masked: bool) -> PaddedHead:
    """One head of the encoder over a padded batch. Raises `HeadlightError`."""
    return cache.model(name).padded_head(texts, layer, head, masked)


@page_part
def padding(request: core.Request) -> None:
    """One head of the encoder over the shorter sentence of a batch of two, with its mask or without."""
    layer, head, masked = choose_head_and_mask(cache.cards()[request.model].config)
    texts = (request.text, companion(request))
    found = padded_head(request.model, texts, layer, head, masked)
    width = max(found.lengths)
    loaded = cache.model(request.model)
    batch = [list(map(surface, loaded.source_tokenizer.labels(loaded.encode(text)[1]))) for text in texts]
    batch = [[*row, *[SPECIALS[0]] * (width - len(row))] for row in batch]
    names = [t("masks.padding.sentence", n=i + 1) for i in range(len(texts))]
    both = matrix(t("masks.padding.batch"), found.ids, scale="plain", rows=names, texts=batch, column_group="columns")
    short = int(np.argmin(found.lengths))
    maps = (found.scaled[short], found.masked[short], found.weights[short])
    parts = before_and_after(*maps, batch[short], batch[short], "source")
    matrices([*parts, "\n", both], key="masks-padding", title=t("masks.picture"))
    on_padding = masks.on_padding(found.weights[short], found.lengths[short])
    words = {"text": plain(texts[short]), "moved": small(found.moved[short])}
    if masked:
        st.markdown(t("masks.padding.hidden", **words, weight=f"{on_padding.max():g}"))
    else:
        st.markdown(t("masks.padding.leaks", **words, weight=f"{on_padding.mean():.2f}"))
    real = t("masks.padding.real")
    mask_formula(rf"\begin{{cases}} 0 & \text{{{real}}} \\ -\infty & j = \texttt{{<pad>}} \end{{cases}}")

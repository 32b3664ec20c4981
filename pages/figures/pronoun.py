"""The sentence with "it": what the encoder's "it" attends to, and which pronoun the French translation chooses."""

from __future__ import annotations

import dataclasses

import numpy as np
import streamlit as st

import core
from core.analysis import merge
from core.request import Request
from pages.figures.common import (
    FRENCH,
    available,
    page_part,
    piece_text,
    show_lines,
    show_source,
    weights_from,
    words,
)
from pages.figures.fields import ADJECTIVES
from pages.ui import cache
from pages.ui.catalogue import plain, t
from pages.ui.controls import choose_one
from pages.ui.matrices import matrices, matrix

SENTENCE = "The animal didn't cross the street because it was too {adjective}."
NOUNS = ("animal", "street")
PRONOUNS = ("il", "elle")


def pronoun_step(trace: core.Trace) -> int | None:
    """Return the step that writes the French pronoun, None if there is none."""
    return next((t for t, piece in enumerate(trace.output_pieces) if piece.strip("▁") in PRONOUNS), None)


@page_part
def show_pronoun() -> None:
    """Show the encoder's lines from "it", the step that writes the pronoun, and what the heads are needed for."""
    if not available(FRENCH):
        show_source("pronoun")
        return
    labels = {name: t(f"figures.pronoun.{name}") for name in ADJECTIVES}
    adjective = choose_one(t("figures.pronoun.end"), labels, "figures_adjective", labels.__getitem__)
    request = Request(SENTENCE.format(adjective=adjective), FRENCH)
    trace = cache.trace(request)
    weights = weights_from(trace, "it")  # (layers, heads, words)
    nouns = weights[..., [words(trace).index(noun) for noun in NOUNS]]
    layer, head = (int(i) for i in np.unravel_index(int(nouns.sum(-1).argmax()), nouns.shape[:2]))
    show_lines(request, trace, "it", layer)
    show_source("pronoun")
    st.markdown(
        t("figures.pronoun.lines", layer=layer + 1, head=head + 1, animal=f"{nouns[layer, head, 0]:.2f}",
          street=f"{nouns[layer, head, 1]:.2f}")
    )  # fmt: skip
    if "heads" in cache.cards()[FRENCH].pronouns:  # a model of this name may be another one, that was not measured
        _show_step(request, trace)
        _show_measured()


def _show_step(request: Request, trace: core.Trace) -> None:
    """Show where the heads of the last layer look when the pronoun is written, and the translation without one."""
    step = pronoun_step(trace)
    if step is None:
        st.info(t("figures.pronoun.none", text=plain(trace.text)))
        return
    layer, head = _needed_head()
    rows = merge(trace.cross[layer], [(step, step + 1)], trace.source_words)[:, 0]  # (heads, words)
    matrices(
        [
            matrix(
                t("figures.pronoun.cross", layer=layer + 1), rows, scale="weights", limit=1, shape="",
                rows=[t("figures.head_n", n=i + 1) for i in range(len(rows))], columns=words(trace),
                column_tone="source", row_group="heads", framed=[(head, int(rows[head].argmax()))],
            )
        ],
        key="figures-pronoun",
        title=t("figures.pronoun.picture", word=piece_text(trace, step)),
    )  # fmt: skip
    change = core.Intervention(ablate={("cross", layer, head): "zero"})
    without = cache.trace(dataclasses.replace(request, intervention=change))
    st.markdown(
        t("figures.pronoun.found", text=plain(trace.text), word=plain(trace.output_pieces[step].strip("▁")),
          probability=f"{np.exp(trace.log_probabilities[step]):.2f}", layer=layer + 1, head=head + 1,
          to=plain(words(trace)[int(rows[head].argmax())]), weight=f"{rows[head].max():.2f}", removed=plain(without.text))
    )  # fmt: skip


def _needed_head() -> tuple[int, int]:
    """Return layer and head of the cross-attention without which the pronoun is right least often, by the card."""
    right = np.array(cache.cards()[FRENCH].pronouns["heads"]["without"]["cross"])
    layer, head = np.unravel_index(int(right.argmin()), right.shape)
    return int(layer), int(head)


def _show_measured() -> None:
    """State how often the pronoun is right in held-out sentences, with all heads and without, by the card."""
    found = cache.cards()[FRENCH].pronouns
    heads = found["heads"]
    sets = [found[name] for name in ("unseen pair", "unseen adjective")]
    total = sum(kind["sentences"] for kind in sets)
    layer, head = _needed_head()
    share = heads["without"]["cross"][layer][head]
    st.markdown(
        t("figures.pronoun.measured", right=round(sum(kind["right"] * kind["sentences"] for kind in sets)), total=total,
          low=f"{100 * np.min(heads['finds']):.0f}", high=f"{100 * np.max(heads['finds']):.0f}", layer=layer + 1,
          head=head + 1, left=round(share * heads["sentences"]), probed=heads["sentences"],
          removed=len(found["removed"][-1]["heads"]), still=round(found["removed"][-1]["right"] * heads["sentences"]))
    )  # fmt: skip

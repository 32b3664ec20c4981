"""Quality by sentence length, with attention and without."""

from __future__ import annotations

import streamlit as st

from core.card import trained_alike
from core.plots import length_curves
from pages.ui import cache
from pages.ui.catalogue import t
from pages.ui.charts import show, theme
from pages.ui.controls import choose_one
from pages.why.members import ARCHITECTURES, Members, page_part


@page_part
def lengths(names: Members) -> None:
    """Quality by sentence length, as it was measured once over the dev set and stands on the models' cards."""
    cards = {architecture: cache.cards()[name] for architecture, name in names.items() if name}
    measured = {architecture: card.lengths for architecture, card in cards.items() if card.lengths.get("buckets")}
    for architecture in cards.keys() - measured.keys():
        st.info(t("why.unmeasured", name=cards[architecture].name))
    if not measured:
        return
    own = next(iter(measured))
    for architecture in [*measured]:
        if not trained_alike([cards[own], cards[architecture]]):
            st.info(t("why.unlike", name=cards[architecture].name, other=cards[own].name))
            del measured[architecture]
    metrics = {"chrf": "chrF", "bleu": "BLEU"}
    metric = choose_one(t("why.metric"), metrics, "why_metric", metrics.__getitem__)
    found = {architecture: part["buckets"] for architecture, part in measured.items()}
    labels = {architecture: t(f"why.model.{architecture}") for architecture in ARCHITECTURES}
    figure = length_curves(found, labels, metric, t("why.length"), metrics[metric], theme())
    told = " ".join(describe(architecture, buckets, metric) for architecture, buckets in found.items())
    show(figure, "why-lengths", t("why.lengths.alt", told=told))
    st.markdown(" ".join([*gain(found, metric), told]))
    part = next(iter(measured.values()))
    longest = part["buckets"][-1]
    st.markdown(
        t(
            "why.lengths.how", sentences=part["sentences"], resamples=part["resamples"], n=longest["sentences"],
            least=longest["from"], most=longest["to"],
        )
    )  # fmt: skip


def gain(found: dict[str, list[dict]], metric: str) -> list[str]:
    """By how much attention is ahead of the fixed context: on the shortest sentences, on the longest, where most."""
    without, additive = (found.get(architecture, []) for architecture in ("rnn", "rnn-additive"))
    if not without or [bucket["from"] for bucket in without] != [bucket["from"] for bucket in additive]:
        return []
    ahead = [more[metric] - less[metric] for more, less in zip(additive, without, strict=True)]
    most = max(range(len(ahead)), key=ahead.__getitem__)
    first, last, top = (f"{ahead[at]:+.1f}".replace("-", "−") for at in (0, -1, most))
    return [
        t("why.lengths.gain", first=first, last=last, top=top, least=without[most]["from"], most=without[most]["to"])
    ]


def describe(architecture: str, buckets: list[dict], metric: str) -> str:
    """A model's score for the shortest and the longest sentences."""
    first, last = (
        {"score": f"{bucket[metric]:.1f}", "error": f"{bucket[metric + '_error']:.1f}"}
        for bucket in (buckets[0], buckets[-1])
    )
    return t(
        "why.lengths.told", model=t(f"why.model.{architecture}"), first=first["score"], first_error=first["error"],
        last=last["score"], last_error=last["error"],
    )  # fmt: skip

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
def show_lengths(names: Members) -> None:
    """Show the scores by sentence length from the models' cards, measured over the dev set."""
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
    buckets_by_architecture = {architecture: part["buckets"] for architecture, part in measured.items()}
    labels = {architecture: t(f"why.model.{architecture}") for architecture in ARCHITECTURES}
    figure = length_curves(buckets_by_architecture, labels, metric, t("why.length"), metrics[metric], theme())
    description = " ".join(
        describe(architecture, buckets, metric) for architecture, buckets in buckets_by_architecture.items()
    )
    show(figure, "why-lengths", t("why.lengths.alt", told=description))
    st.markdown(" ".join([*gain(buckets_by_architecture, metric), description]))
    part = next(iter(measured.values()))
    longest = part["buckets"][-1]
    st.markdown(
        t(
            "why.lengths.how", sentences=part["sentences"], resamples=part["resamples"], n=longest["sentences"],
            least=longest["from"], most=longest["to"],
        )
    )  # fmt: skip


def gain(buckets_by_architecture: dict[str, list[dict]], metric: str) -> list[str]:
    """Return in words how much attention adds to the score: on the shortest and longest sentences, and at most."""
    without, additive = (buckets_by_architecture.get(architecture, []) for architecture in ("rnn", "rnn-additive"))
    if not without or [bucket["from"] for bucket in without] != [bucket["from"] for bucket in additive]:
        return []
    gains = [more[metric] - less[metric] for more, less in zip(additive, without, strict=True)]
    best = max(range(len(gains)), key=gains.__getitem__)
    first, last, top = (f"{gains[at]:+.1f}".replace("-", "−") for at in (0, -1, best))
    return [
        t("why.lengths.gain", first=first, last=last, top=top, least=without[best]["from"], most=without[best]["to"])
    ]


def describe(architecture: str, buckets: list[dict], metric: str) -> str:
    """Return in words a model's score on the shortest and the longest sentences."""
    first, last = (
        {"score": f"{bucket[metric]:.1f}", "error": f"{bucket[metric + '_error']:.1f}"}
        for bucket in (buckets[0], buckets[-1])
    )
    return t(
        "why.lengths.told", model=t(f"why.model.{architecture}"), first=first["score"], first_error=first["error"],
        last=last["score"], last_error=last["error"],
    )  # fmt: skip

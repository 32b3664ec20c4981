"""Which models are here, and how good are they? Their cards side by side."""

import pandas as pd
import streamlit as st

from core.plots import training_curve
from pages.ui import door, loaders, settings, state
from pages.ui.charts import show, theme
from pages.ui.text import t

door.enter()
st.title(t("models.title"))
settings.problems()

cards = [card for card in loaders.cards().values() if not card.problem]
st.write(t("models.intro", sentences=cards[0].scores.get("sentences", 0)))
st.dataframe(
    pd.DataFrame(
        {
            t("models.name"): card.name,
            t("models.languages"): f"{card.source_language} → {card.target_language}",
            t("models.architecture"): t(f"models.architecture.{card.config.architecture}"),
            t("models.layers"): card.config.n_layers,
            t("models.heads"): None if card.config.recurrent else card.config.n_heads,
            t("models.parameters"): f"{card.parameters:,}",
            t("models.bleu_greedy"): card.scores.get("greedy", {}).get("bleu"),
            t("models.bleu_beam"): card.scores.get("beam", {}).get("bleu"),
            t("models.chrf"): card.scores.get("greedy", {}).get("chrf"),
            t("models.perplexity"): card.scores.get("perplexity"),
        }
        for card in cards
    ),
    hide_index=True,
    placeholder="–",
    width="stretch",
    column_config={
        t(f"models.{name}"): st.column_config.NumberColumn(format="%.2f")
        for name in ("bleu_greedy", "bleu_beam", "chrf", "perplexity")
    },
)
st.caption(t("models.how"))

for card in cards:
    training = card.training
    if not training.get("history"):
        continue
    with st.expander(t("models.training", name=card.name)):
        st.write(
            t("models.training.text", **{k: training[k] for k in ("pairs", "steps", "minutes", "device", "weights")})
        )
        show(
            training_curve(training["history"], t("models.epoch"), t("models.perplexity"), theme()),
            key=f"curve-{card.name}",
            alt=t("models.curve"),
        )
        st.write(t("models.data", **card.data))
st.caption(t("models.device", device=loaders.device_name()))
state.write(["lang", "model"])

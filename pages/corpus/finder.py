"""The finder: heads by role, kind and number in a table, and all numbers as a file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analysis import ROLES
from core.config import KINDS
from core.records.corpus_heads import BANDS, CorpusHead, CorpusHeads
from pages.corpus.common import DIGITS, choose_head, in_order, place_of, value_of
from pages.corpus.fields import ALL, NUMBERS
from pages.ui.catalogue import plain, t
from pages.ui.controls import download_row


def choose_filter(found: CorpusHeads) -> None:
    """Show what picture and table are filtered by: a role and a kind; and the numbers on both axes."""
    roles = {head.role for head in found.heads}
    choices = {
        "corpus_role": [ALL, *(role for role in ROLES if role in roles or role == st.session_state["corpus_role"])],
        "corpus_kind": [ALL, *KINDS],
        "corpus_x": list(NUMBERS),
        "corpus_y": list(NUMBERS),
    }
    names = {
        "corpus_role": lambda role: t("corpus.roles.all") if role == ALL else t(f"roles.{role}"),
        "corpus_kind": lambda kind: t("corpus.kinds.all") if kind == ALL else t(f"kind.{kind}"),
    }
    for column, (field, options) in zip(st.columns(len(choices)), choices.items(), strict=True):
        column.selectbox(
            t(f"corpus.choose.{field.removeprefix('corpus_')}"),
            options,
            format_func=names.get(field, lambda number: t(f"corpus.number.{number}")),
            key=field,
            persist_state="session",
        )


def show_finder(model: str, found: CorpusHeads, heads: Sequence[CorpusHead], head: CorpusHead) -> None:
    """Show a table of these heads in the chosen order, and a file with all numbers of all heads.

    The row of head A is selected, and a row that is selected becomes head A.
    """
    st.subheader(t("corpus.finder"))
    st.selectbox(
        t("corpus.choose.sort"),
        NUMBERS,
        format_func=lambda number: t(f"corpus.number.{number}"),
        key="corpus_sort",
        persist_state="session",
        width=320,
    )
    if not heads:
        st.info(t("corpus.none"))
    rows = in_order(model, heads, st.session_state["corpus_sort"])
    columns = {
        t("corpus.choose.kind"): [t(f"kind.{head.kind}") for head in rows],
        t("corpus.number.layer"): [head.layer + 1 for head in rows],
        t("corpus.head"): [head.head + 1 for head in rows],
        t("corpus.choose.role"): [t(f"roles.{head.role}") for head in rows],
    }
    numbers = [number for number in NUMBERS if number != "layer"]
    columns |= {t(f"corpus.number.{number}"): [value_of(model, head, number) for head in rows] for number in numbers}
    selected = {"rows": [rows.index(head)] if head in rows else []}
    st.session_state["corpus_table"] = {"selection": selected}

    def choose_row() -> None:
        if chosen := st.session_state["corpus_table"]["selection"]["rows"]:
            choose_head(place_of(rows[chosen[0]]))

    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        placeholder="–",
        width="stretch",
        height=320,
        key="corpus_table",
        on_select=choose_row,
        selection_mode="single-row",
        column_config={
            t(f"corpus.number.{number}"): st.column_config.NumberColumn(format=f"%.{DIGITS.get(number, 2)}f")
            for number in numbers
        },
    )
    st.caption(t("corpus.numbers", measured=found.importance_sentences))
    download_row(f"heads-{model}", "corpus", {"corpus.csv": lambda: heads_csv(model, found)})


def heads_csv(model: str, found: CorpusHeads) -> str:
    """Return all numbers of all heads as CSV; layers and heads count from 1, and a cell is empty without a value."""
    numbers = [number for number in NUMBERS if number != "layer"]
    bands = [f"sentences_{band / BANDS:.1f}_{(band + 1) / BANDS:.1f}" for band in range(BANDS)]
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["model", "kind", "layer", "head", "role", *numbers, *bands])
    for head in found.heads:
        values = (value_of(model, head, number) for number in numbers)
        cells = ["" if math.isnan(value) else repr(value) for value in values]
        out.writerow([model, head.kind, head.layer + 1, head.head + 1, head.role, *cells, *head.histogram.tolist()])
    return text.getvalue()


def say_none(model: str) -> None:
    """Say that nobody has measured a model's heads over a corpus, and how to do it."""
    st.info(t("corpus.missing", model=plain(model)))
    st.code(f"python -m core.analysis.corpus --model {model} --data FILE", language="bash")

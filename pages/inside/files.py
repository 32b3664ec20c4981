"""Downloads of one head's numbers."""

from __future__ import annotations

import csv
import dataclasses
import io
from typing import Any

import numpy as np
import streamlit as st

import core
from pages.ui.catalogue import t
from pages.ui.controls import download_row


def to_csv(head: core.HeadInside) -> str:
    """Return a CSV table with one row for each query and key.

    Its columns are row, column, query, key, product_1 … product_d_k, score, scaled, masked and weight. Rows and columns
    count from 0, the dimensions in the names of the columns from 1 as on screen. A piece that a spreadsheet would run as
    a formula is written with ' before it.
    """
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    products = [f"product_{i + 1}" for i in range(head.d_k)]
    write(["row", "column", "query", "key", *products, "score", "scaled", "masked", "weight"])
    results = np.stack([head.scores, head.scaled, head.masked, head.weights], -1).astype(np.float64)
    for r, query in enumerate(head.rows):
        for c, key in enumerate(head.keys):
            terms = head.q[r].astype(np.float64) * head.k[c]
            write([r, c, _cell(query), _cell(key), *terms.tolist(), *results[r, c].tolist()])
    return out.getvalue()


def _cell(piece: str) -> str:
    return f"'{piece}" if len(piece) > 1 and piece[0] in "=+-@" else piece


def to_npz(head: core.HeadInside) -> bytes:
    """Return all arrays and names of a head as an NPZ file."""
    out = io.BytesIO()
    arrays: dict[str, Any] = {k: np.array(v) for k, v in dataclasses.asdict(head).items() if v is not None}
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def show_downloads(head: core.HeadInside) -> None:
    """Show the downloads in an expander. A file is made only when its button is clicked."""
    place = f"{head.kind}.{head.layer + 1}.{head.head + 1}"
    with st.expander(t("inside.download")):
        makers = {"inside.csv": lambda: to_csv(head).encode("utf-8-sig"), "inside.npz": lambda: to_npz(head)}
        download_row(f"headlight-head-{place}", "inside-take", makers)
        st.caption(t("inside.download.help"))

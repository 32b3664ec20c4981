"""Matrices in a row, as a formula is read."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from pages.ui.views import View

_MATRICES = View("matrices")

Matrix = dict[str, Any]
"""What `matrix` makes and `matrices` draws."""

FEW = 420
"""Cells that are a table; more are a picture."""


def matrix(
    name: str,
    values: np.ndarray,
    *,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    scale: str = "signed",
    limit: float | None = None,
    caption: str = "",
    shape: str | None = None,
    digits: int = 2,
    tone: str = "",
    row_tone: str = "",
    column_tone: str = "",
    row_group: str = "",
    column_group: str = "",
    masked_as: str = "−∞",
    numbers: bool = True,
    texts: Sequence[Sequence[str]] | None = None,
    follows: bool = False,
    narrow: bool = False,
    aspect: float | None = None,
    picture: bool = False,
    least: float | None = None,
) -> Matrix:
    """One matrix (rows, columns) for `matrices`; NaN and infinities are drawn as masked, written as `masked_as`.

    name: "W^Q" stands with a raised Q.
    scale: "signed" from -limit to limit, "weights" from 0 to limit, or "plain", without colours. limit: by default the
    largest absolute value, rounded up to one digit, or 1 for weights. tone: the meaning of its name's colour ("query",
    "key", "value", "source", "target"); row_tone and column_tone the same for the names of rows and columns.
    row_group, column_group: rows and columns of the same group light up together under the pointer.
    Up to `FEW` cells are written as numbers, or without `numbers` as small colours alone; more are a picture.
    A picture names its first and last row and column; aspect: its width by its height, by default that of its cells.
    picture: draw one in any case. texts: what is written in the cells of a table in place of their numbers. follows: its rows are those of the matrix
    before it, so that their names are left out where the two stand side by side. narrow: cells for four characters.
    least: the width in em below which a picture takes a line of its own.
    """
    values = np.asarray(values, dtype=np.float64)
    known = np.isfinite(values)
    if limit is None:
        most = float(np.abs(values[known]).max()) if known.any() else 1.0
        limit = 1.0 if scale == "weights" or not most else float(_rounded_up(most))
    found = {
        "name": name, **_sent(values, known), "scale": scale, "limit": limit, "caption": caption, "digits": digits, "tone": tone,
        "row_tone": row_tone, "column_tone": column_tone, "row_group": row_group, "column_group": column_group,
        "masked_as": masked_as, "numbers": numbers, "follows": follows, "picture": picture, "narrow": narrow,
    }  # fmt: skip
    lists = {"rows": rows, "columns": columns, "texts": texts}
    others = {"shape": shape, "aspect": aspect, "least": least}
    return (
        found
        | {name: list(part) for name, part in lists.items() if part is not None}
        | {name: part for name, part in others.items() if part is not None}
    )


def _sent(values: np.ndarray, known: np.ndarray) -> dict[str, Any]:
    """The numbers as they travel: lists, or where there are many the bytes of float32, NaN where there is none."""
    if values.size > FEW:
        packed = np.where(known, values, np.nan).astype("<f4").tobytes()
        return {"packed": base64.b64encode(packed).decode("ascii"), "columns_in_row": values.shape[1]}
    return {"values": [[round(value, 6) if ok else None for value, ok in zip(*row, strict=True)]
                       for row in zip(values.tolist(), known.tolist(), strict=True)]}  # fmt: skip


def _rounded_up(value: float) -> float:
    """1.3 -> 2, 0.034 -> 0.04"""
    unit = 10.0 ** np.floor(np.log10(value))
    return float(np.ceil(value / unit - 1e-9) * unit)


def matrices(items: Sequence[Matrix | str], *, key: str, title: str) -> None:
    """Draw matrices, made by `matrix`, with signs between them ("×", "="; "\\n": a new line). title: what is shown, for screen readers."""
    _MATRICES.show(
        {"items": [{"sign": item} if isinstance(item, str) else item for item in items], "title": title}, key=key
    )

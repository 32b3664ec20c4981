"""Matrices side by side with signs between them, as in a formula."""

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
"""Largest number of cells drawn as a table of numbers; a larger matrix is drawn as an image."""


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
    framed: Sequence[tuple[int, int]] | None = None,
    follows: bool = False,
    narrow: bool = False,
    aspect: float | None = None,
    picture: bool = False,
    least: float | None = None,
) -> Matrix:
    """Return one matrix for `matrices`: a table of numbers up to `FEW` cells, else an image.

    An image names its first and last row and column only.

    Args:
        name: Its name in the formula; "W^Q" is written with a raised Q.
        values: Numbers (rows, columns). NaN and infinities are drawn as masked.
        rows, columns: Names of rows and columns.
        scale: Colours "signed" from -limit to limit, "weights" from 0 to limit, or "plain" without colours.
        limit: By default the largest absolute value, rounded up to one digit, or 1 for weights.
        caption: Text below the matrix.
        shape: Text of its size, by default "rows × columns".
        digits: Decimals of the numbers.
        tone, row_tone, column_tone: Roles that colour the names ("query", "key", "value", "source", "target").
        row_group, column_group: Rows and columns of the same group are highlighted together under the pointer.
        masked_as: Text of masked cells.
        numbers: Whether a table writes its numbers; otherwise it has small coloured cells.
        texts: Texts of the cells instead of their numbers.
        framed: Row and column of cells with a frame.
        follows: Whether it has the rows of the matrix before it, so that their names are left out beside it.
        narrow: Whether cells have the width of four characters.
        aspect: Width of an image divided by its height, by default that of its cells.
        picture: Whether to draw an image in any case.
        least: Width in em below which an image takes its own line.
    """
    values = np.asarray(values, dtype=np.float64)
    known = np.isfinite(values)
    if limit is None:
        most = float(np.abs(values[known]).max()) if known.any() else 1.0
        limit = 1.0 if scale == "weights" or not most else float(_rounded_up(most))
    item = {
        "name": name, **_payload(values, known), "scale": scale, "limit": limit, "caption": caption, "digits": digits, "tone": tone,
        "row_tone": row_tone, "column_tone": column_tone, "row_group": row_group, "column_group": column_group,
        "masked_as": masked_as, "numbers": numbers, "follows": follows, "picture": picture, "narrow": narrow,
    }  # fmt: skip
    lists = {"rows": rows, "columns": columns, "texts": texts, "framed": framed}
    others = {"shape": shape, "aspect": aspect, "least": least}
    return (
        item
        | {name: list(part) for name, part in lists.items() if part is not None}
        | {name: part for name, part in others.items() if part is not None}
    )


def _payload(values: np.ndarray, known: np.ndarray) -> dict[str, Any]:
    """Return the numbers for the browser: as lists, or if there are many as bytes of float32 with NaN for masked."""
    if values.size > FEW:
        packed = np.where(known, values, np.nan).astype("<f4").tobytes()
        return {"packed": base64.b64encode(packed).decode("ascii"), "columns_in_row": values.shape[1]}
    return {"values": [[round(value, 6) if ok else None for value, ok in zip(*row, strict=True)]
                       for row in zip(values.tolist(), known.tolist(), strict=True)]}  # fmt: skip


def _rounded_up(value: float) -> float:
    """Round up to one digit: 1.3 to 2, 0.034 to 0.04."""
    unit = 10.0 ** np.floor(np.log10(value))
    return float(np.ceil(value / unit - 1e-9) * unit)


def matrices(items: Sequence[Matrix | str], *, key: str, title: str) -> None:
    """Draw matrices, made by `matrix`, with signs between them.

    Args:
        items: Matrices and signs, such as "×" and "="; "\\n" begins a new line.
        key: Name of the view on the page.
        title: Description for screen readers.
    """
    _MATRICES.show(
        {"items": [{"sign": item} if isinstance(item, str) else item for item in items], "title": title}, key=key
    )

"""Tables with one row for each weight of a Trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.export.packed import allowed_cells
from core.records.trace import Trace

if TYPE_CHECKING:
    from pandas import DataFrame


def to_frame(trace: Trace) -> DataFrame:
    """Return a pandas DataFrame with one row for each weight.

    Cells that the causal mask hides are left out. Each (kind, layer, head, row) sums to 1.

    Returns:
        The columns are kind; layer, head, row and column, which count from 0; reads, the piece that the query reads;
        predicts, the piece that it predicts ("" in the encoder); key, the piece of the key; weight; and spelled, which
        of reads, predicts and key are bytes, separated by spaces, such as "reads key". A byte is written as its label,
        𠮷₂ for the second byte of 𠮷.
    """
    import pandas as pd

    source, read, written = (
        np.array(pieces, dtype=object) for pieces in (trace.source_labels, trace.input_labels, trace.output_labels)
    )
    spelled = {side: np.zeros(len(labels), bool) for side, labels in (("source", source), ("read", read))}
    spelled |= {"written": np.zeros(len(written), bool), "nothing": np.zeros(len(source), bool)}
    spelled["source"][list(trace.source_spelled)] = True
    spelled["written"][list(trace.output_spelled)] = True
    spelled["read"][1:] = spelled["written"][:-1]
    nothing = np.full(len(source), "", dtype=object)
    sides = {"source": source, "read": read, "written": written, "nothing": nothing}
    axes = {
        "encoder_self": ("source", "nothing", "source"),
        "decoder_self": ("read", "written", "read"),
        "cross": ("read", "written", "source"),
    }
    frames = []
    for kind, names in axes.items():
        reads, predicts, keys = (sides[name] for name in names)
        bytes_of = [spelled[name] for name in names]
        weights = getattr(trace, kind)
        rows, columns = np.nonzero(allowed_cells(trace, kind))
        layers, heads = (index.ravel() for index in np.indices(weights.shape[:2]))
        maps = len(layers)
        frames.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "layer": np.repeat(layers, len(rows)),
                    "head": np.repeat(heads, len(rows)),
                    "row": np.tile(rows, maps),
                    "column": np.tile(columns, maps),
                    "reads": np.tile(reads[rows], maps),
                    "predicts": np.tile(predicts[rows], maps),
                    "key": np.tile(keys[columns], maps),
                    "weight": weights[..., rows, columns].ravel(),
                    "spelled": np.tile(_which_bytes(*bytes_of)[rows, columns], maps),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _which_bytes(reads: np.ndarray, predicts: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return the column "spelled" as a matrix of strings (rows, columns).

    Args:
        reads: Whether the piece that each query reads is a byte, bool (rows,).
        predicts: Whether the piece that it predicts is a byte, bool (rows,).
        keys: Whether the piece of each key is a byte, bool (columns,).
    """
    words = [" ".join(np.array(("reads", "predicts", "key"))[[bool(code & 4), bool(code & 2), bool(code & 1)]])
             for code in range(8)]  # fmt: skip
    codes = (reads * 4 + predicts * 2)[:, None] + keys * 1
    return np.array(words, dtype=object)[codes]


def to_csv(trace: Trace) -> str:
    """Return `to_frame` as CSV with a header line and all digits of each weight.

    A piece that a spreadsheet would evaluate as a formula (several characters that begin with =, +, - or @) is prefixed
    with '.
    """
    frame = to_frame(trace)
    for column in ("reads", "predicts", "key"):
        escaped = {piece: f"'{piece}" for piece in frame[column].unique() if _is_formula(piece)}
        frame[column] = frame[column].replace(escaped) if escaped else frame[column]
    frame["weight"] = [repr(weight) for weight in frame["weight"].to_numpy(np.float64).tolist()]
    return frame.to_csv(index=False, lineterminator="\n")


def _is_formula(piece: str) -> bool:
    return len(piece) > 1 and piece[0] in "=+-@"

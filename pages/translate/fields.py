"""Fields of the page's address: the changes of a run, and the options of sampling."""

import re
from dataclasses import replace

from core.intervention import ABLATIONS, ATTENTION_TEMPERATURE, PARTS, STACKS, Intervention, Part
from core.request import SEED, TEMPERATURE, TOP_K, TOP_P
from pages.ui.address import (
    Field,
    flag,
    head,
    in_range,
    index,
    indices,
    register,
    write_head,
    write_index,
    write_indices,
)

Ablated = tuple[str, int, int, str]
"""A head that is removed: kind, layer, head, mode."""

TOP_K_OR_ALL = replace(TOP_K, low=0, default=0)
"""Range of the control and the address, in which 0 stands for all pieces."""


def _ablations(text: str) -> tuple[Ablated, ...]:
    """Parse heads, as "cross.3.4.zero,encoder_self.1.2.uniform"."""

    def one(part: str) -> Ablated:
        name, _, mode = part.rpartition(".")
        if mode not in ABLATIONS:
            raise ValueError(part)
        return *head(name), mode

    return tuple(one(part) for part in text.split(","))


def _parts(text: str) -> tuple[Part, ...]:
    """Parse parts of layers, as "encoder.2.residual,decoder.1.norm"."""

    def one(row: str) -> Part:
        stack, layer, part = row.split(".")
        if stack not in STACKS or part not in PARTS:
            raise ValueError(row)
        return stack, index(layer), part

    return tuple(one(row) for row in text.split(","))


def _forced(text: str) -> tuple[tuple[int, str], ...]:
    """Parse pieces, as "3.狗,5.。". A piece may be a comma, so only a comma before a number and a dot separates two."""
    parts = [part.partition(".") for part in re.split(r",(?=\d+\.)", text)]
    if not all(piece for _, _, piece in parts):
        raise ValueError(text)
    forced = tuple((index(step), piece) for step, _, piece in parts)
    Intervention(forced=dict(forced))  # raises an error, which is a ValueError, for what is no piece
    return forced


FIELDS = register(
    "translate",
    {
        "ablate": Field(_ablations, lambda heads: ",".join(f"{write_head(row[:3])}.{row[3]}" for row in heads), ()),
        "without": Field(
            _parts, lambda rows: ",".join(f"{stack}.{write_index(layer)}.{part}" for stack, layer, part in rows), ()
        ),
        "masked": Field(indices, write_indices, (), names_pieces=True),
        "forced": Field(
            _forced,
            lambda steps: ",".join(f"{write_index(step)}.{piece}" for step, piece in steps),
            (),
            names_pieces=True,
        ),
        "positions": flag(True),
        "causal": flag(True),
        "attention_temperature": in_range(ATTENTION_TEMPERATURE),
        "temperature": in_range(TEMPERATURE),
        "top_k": in_range(TOP_K_OR_ALL),
        "top_p": in_range(TOP_P),
        "seed": in_range(SEED),
    },
)

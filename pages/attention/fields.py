"""Fields of the page's address."""

import re

from core.analysis.scaling import SIZES
from core.config import KINDS
from pages.ui.address import Field, flag, indexed, number_between, number_in, one_of, register

PARTS = ("search", "similarity", "steps", "head", "scale", "vector")
"""Parts of the page."""

LONGER = (0.5, 1.0, 2.0, 4.0)
"""Factors of the length of one of the small keys."""

Table = tuple[tuple[float, ...], ...]


def _table(rows: int, columns: int) -> Field[Table]:
    """Return a field with a small matrix, as "1,0;0,-0.5"; None for the original one."""

    def parse(text: str) -> Table:
        lines = [line.split(",") for line in text.split(";")]
        ok = all(re.fullmatch(r"-?\d{1,4}(\.\d{1,10})?", cell, re.ASCII) for line in lines for cell in line)
        if not ok or [len(line) for line in lines] != [columns] * rows:
            raise ValueError(text)
        found = tuple(tuple(float(cell) for cell in line) for line in lines)
        if max(abs(cell) for line in found for cell in line) > 1000:
            raise ValueError(text)
        return found

    def write(table: Table) -> str:
        return ";".join(",".join(f"{cell:.10f}".rstrip("0").rstrip(".") for cell in line) for line in table)

    return Field(parse, write)


FIELDS = register(
    "attention",
    {
        "qkv_part": one_of(lambda: PARTS, "search"),
        "qkv_layer": indexed(),
        "qkv_head": indexed(),
        "qkv_query": indexed(),
        "qkv_kind": one_of(lambda: KINDS, "encoder_self"),
        "qkv_vectors": one_of(lambda: ("plane", "head"), "plane"),
        "qkv_angle": Field(number_between(-180, 180, 5), default=60),  # degrees
        "qkv_longer": Field(number_in(LONGER), "{:g}".format, 1.0),
        "qkv_step": Field(number_between(0, 6), default=0),  # steps count from 0, as the lecture does
        "qkv_projection": one_of(lambda: ("q", "k", "v"), "q"),
        "qkv_token": indexed(),
        "qkv_divide": flag(True),
        "qkv_causal": flag(False),
        "qkv_table": one_of(lambda: ("x", "w_q", "w_k", "w_v"), "x"),
        "qkv_x": _table(4, 5),
        **{f"qkv_w_{name}": _table(5, 3) for name in "qkv"},
        "qkv_d_k": Field(number_in(SIZES), str, 64),
        "qkv_draw": Field(number_between(1, 999), default=1),
        "qkv_numbers": Field(number_between(1, 512)),  # None: all
    },
)

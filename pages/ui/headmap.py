"""All heads of a model in tables, with a number or a role for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from core.analysis import ROLES
from pages.ui.catalogue import signed, t
from pages.ui.views import View

HEADS = View("heads")


def head_map(
    values: Mapping[str, np.ndarray] | Mapping[str, Sequence[Sequence[str]]],
    *,
    key: str,
    title: str,
    limit: float = 1.0,
    diverging: bool = False,
    unit: str = "",
    digits: int = 2,
    caption: str = "",
    chosen: Collection[tuple[str, int, int]] = (),
    action: str = "",
    on_choose: Callable[[str, int, int], None] | None = None,
) -> None:
    """Show one table for each kind of attention, with layers as rows and heads as columns.

    Args:
        values: Numbers (layers, heads) by kind, NaN for none; or roles [layer][head] by kind, from `core.analysis.ROLES`.
        key: Name of the view on the page.
        title: Description for screen readers.
        limit: End of the colour scale, which begins at 0.
        diverging: Whether the scale begins at -limit instead.
        unit, digits, caption: How numbers are written and described.
        chosen: Heads that are marked.
        action: Description of what a click on a head does.
        on_choose: Called with kind, layer and head before the next run, when a visitor clicks on a head.
    """
    are_roles = not isinstance(next(iter(values.values())), np.ndarray)
    maps = [
        {
            "kind": kind,
            "cells": [[_role(cell) if are_roles else _number(cell, digits) for cell in row] for row in table],
        }
        for kind, table in values.items()
    ]
    data: dict[str, Any] = {"maps": maps, "title": title, "action": action}
    data["chosen"] = [f"{kind}.{layer}.{head}" for kind, layer, head in sorted(chosen)]
    if are_roles:
        found = {name for table in values.values() for row in table for name in row}
        roles = [[name, t(f"roles.{name}"), t(f"roles.means.{name}")] for name in ROLES if name in found]
        data |= {"scale": "roles", "roles": roles}
    else:
        scale = "diverging" if diverging else "sequential"
        data |= {"scale": scale, "limit": limit, "unit": unit, "digits": digits, "caption": caption}

    def handle_act(action: dict[str, Any]) -> None:
        if on_choose is not None and isinstance(action.get("head"), list):
            on_choose(*action["head"])

    HEADS.show(data, key=key, on_act=handle_act)


def _number(value: Any, digits: int) -> dict[str, Any]:
    if math.isnan(value):
        return {"value": None, "text": "–"}
    return {"value": round(float(value), 6), "text": signed(value, digits), "title": signed(value, digits + 2)}


def _role(name: Any) -> dict[str, Any]:
    return {"role": name, "text": t(f"roles.{name}")}

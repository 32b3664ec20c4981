"""All heads of a model at once, a number or a role each."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from core.analysis import ROLES
from pages.ui.catalogue import t
from pages.ui.views import View

_HEADS = View("heads")


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
    """A table for each kind of attention: layers below one another, heads side by side.

    values: kind -> numbers (layers, heads), NaN where there is none, on a scale from 0 (or, diverging, -limit) to
    limit; or kind -> roles [layer][head], names of `core.analysis.ROLES`.
    title: what is shown, for screen readers. action: what a click on a head does, in words; on_choose(kind, layer,
    head) is then called before the next run. chosen: heads that are marked.
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

    def act(what: dict[str, Any]) -> None:
        if on_choose is not None and isinstance(what.get("head"), list):
            on_choose(*what["head"])

    _HEADS.show(data, key=key, on_act=act)


def _number(value: Any, digits: int) -> dict[str, Any]:
    if math.isnan(value):
        return {"value": None, "text": "–"}
    return {"value": round(float(value), 6), "text": _written(value, digits), "title": _written(value, digits + 2)}


def _written(value: float, digits: int) -> str:
    """A number with a real minus sign, and none before 0."""
    return f"{round(float(value), digits) + 0.0:.{digits}f}".replace("-", "−")


def _role(name: Any) -> dict[str, Any]:
    return {"role": name, "text": t(f"roles.{name}")}

"""The picture of all heads: each a point over two of its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.analysis import ROLES
from core.config import KINDS
from core.records.corpus_heads import CorpusHead
from pages.corpus.common import Place, choose_head, name_of, place_of, value_of
from pages.ui.catalogue import t
from pages.ui.views import View

HEIGHT = 400  # px
_CLOUD = View("cloud")


def show_cloud(model: str, heads: Sequence[CorpusHead], marks: Mapping[Place, str]) -> None:
    """Show heads as points over the chosen numbers; a click on one chooses it as head A.

    Args:
        model: Name of their model.
        heads: The heads; those that lack one of the numbers are counted below the picture.
        marks: Letters of the chosen heads.
    """
    x, y = st.session_state["corpus_x"], st.session_state["corpus_y"]
    points = cloud_points(model, heads, x, y, marks)
    if not points:
        st.info(t("corpus.cloud.none"))
        return
    found = {point["role"] for point in points}
    data = {
        "title": t("corpus.cloud.alt", n=len(points), x=t(f"corpus.number.{x}"), y=t(f"corpus.number.{y}")),
        "file": f"heads-{model}",
        "height": HEIGHT,
        "x": _axis(x, [point["x"] for point in points]),
        "y": _axis(y, [point["y"] for point in points]),
        "roles": [[role, t(f"roles.{role}")] for role in ROLES if role in found],
        "points": points,
    }
    _CLOUD.show(data, "corpus-cloud", on_act=_choose)
    text = t("corpus.cloud.how")
    if left := len(heads) - len(points):
        text += " " + t("corpus.cloud.left", n=left)
    st.caption(text)


def cloud_points(
    model: str, heads: Sequence[CorpusHead], x: str, y: str, marks: Mapping[Place, str]
) -> list[dict[str, Any]]:
    """Return the points of the heads that have both numbers; sizes are shares of the largest importance."""
    most = max((head.importance for head in heads if head.importance > 0), default=1.0)
    points = []
    for head in heads:
        at = value_of(model, head, x), value_of(model, head, y)
        if any(map(math.isnan, at)):
            continue
        size = 0.0 if math.isnan(head.importance) else min(1.0, max(0.0, head.importance / most))
        points.append(
            {
                "head": list(place_of(head)), "name": name_of(place_of(head)), "role": head.role, "x": at[0], "y": at[1],
                "size": round(size, 4), "mark": marks.get(place_of(head), ""),
            }
        )  # fmt: skip
    return points


def _axis(number: str, values: list[float]) -> dict[str, Any]:
    """Return an axis with room at both ends, so that no point is cut."""
    low, high = min(values), max(values)
    room = 0.5 if number == "layer" else (high - low or 1) * 0.07
    ticks = list(range(int(low), int(high) + 1)) if number == "layer" else None
    title = t(f"corpus.number.{number}")
    return {"title": title, "log": False, "range": [low - room, high + room], "ticks": ticks, "labels": None}


def _choose(action: dict[str, Any]) -> None:
    """Choose the head of a click; what a browser sends is checked as a link is."""
    place = action.get("head")
    if isinstance(place, list) and len(place) == 3 and place[0] in KINDS:
        choose_head((place[0], place[1], place[2]))

"""The lecture that the visitor writes: kept packed in the session's "draft", None while it has no state.

All functions but `current` and `states` are callbacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.lecture import LONGEST_NAME, LONGEST_VALUE, MOST_STATES, Lecture, State, pack
from pages.lectures.fields import opened
from pages.ui.catalogue import t

__all__ = ["LONGEST_NAME", "add", "current", "keep", "move", "remove", "save", "set_state", "states"]


def current() -> Lecture | None:
    """Return the lecture that the visitor writes, None if there is none yet."""
    text = st.session_state["draft"]
    return None if text is None else opened(text)


def states() -> tuple[State, ...]:
    """Return its states."""
    lecture = current()
    return lecture.states if lecture else ()


def keep(lecture: Lecture | None) -> None:
    """Keep a lecture as the one that is written."""
    st.session_state["draft"] = pack(lecture) if lecture and lecture.states else None


def save(**changes: Any) -> None:
    """Change title or language."""
    if lecture := current():
        keep(replace(lecture, **changes))


def add(page: str, query: Mapping[str, str]) -> None:
    """Add a state of a page under the name in the form; the next one gets a name of its own."""
    name = clean(st.session_state.pop("_state_name", "")) or t(f"nav.{page}")
    kept = {key: text for key, text in query.items() if key != "lang" and len(text) <= LONGEST_VALUE}
    lecture = current() or Lecture(t("lectures.untitled"), ())
    if len(lecture.states) < MOST_STATES:
        keep(replace(lecture, states=(*lecture.states, State(name, page, kept))))


def set_state(at: int, **changes: Any) -> None:
    """Change name, hidden parts or presentation of a state."""
    lecture = current()
    if lecture and at < len(lecture.states):
        changed = replace(lecture.states[at], **changes)
        keep(replace(lecture, states=(*lecture.states[:at], changed, *lecture.states[at + 1 :])))


def move(at: int, by: int) -> None:
    """Move a state up (-1) or down (1); it stays the one that is selected."""
    lecture = current()
    if lecture and 0 <= at + by < len(lecture.states):
        order = [*lecture.states]
        order.insert(at + by, order.pop(at))
        keep(replace(lecture, states=tuple(order)))
        st.session_state["_draft_at"] = at + by


def remove(at: int) -> None:
    """Remove a state."""
    lecture = current()
    if lecture:
        keep(replace(lecture, states=(*lecture.states[:at], *lecture.states[at + 1 :])))


def clean(name: str) -> str:
    """Return a typed name without control characters and spaces at its ends, at most `LONGEST_NAME` characters."""
    return "".join(letter for letter in name if letter.isprintable()).strip()[:LONGEST_NAME]

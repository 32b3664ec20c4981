"""Code that several parts of the page share: names of half-steps, and the choice of a layer."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.records.stream import HalfStep
from pages.block.fields import FIELDS
from pages.ui import lecture, session
from pages.ui.catalogue import t
from pages.ui.controls import choose_index

page_part = lecture.part(FIELDS)

FEW_COLUMNS = 4
"""Numbers of a vector that are written where there is no room for all."""


def step_name(step: HalfStep, between: str = ", ") -> str:
    """Return the name of a half-step, with its layer counted from 1."""
    name = t(f"block.step.{step.name.rpartition(' ')[2]}")
    return name if step.layer < 0 else f"{t('block.layer', layer=step.layer + 1)}{between}{name}"


def choose_layer(layers: int, place: DeltaGenerator) -> int:
    """Show the choice of a layer of the encoder, at first the second, and return its index."""
    return choose_index("block_layer", t("block.choose_layer"), layers, 1, place)


def valid_index(name: str, count: int, default: int) -> int:
    """Return the index that the session keeps as `name`, or the default after a reset if there is no such index."""
    if (st.session_state[name] or 0) >= count:
        session.reset_field(name)
    if st.session_state[name] is None:
        st.session_state[name] = min(default, count - 1)
    return st.session_state[name]

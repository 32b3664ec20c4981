"""Code that several parts of the page share: the sliders of the sizes."""

import streamlit as st

from core.analysis.cost import KERNEL, NEIGHBOURS, POSITIONS, WIDTH, Sizes
from pages.cost.fields import FIELDS
from pages.ui import lecture
from pages.ui.catalogue import t

page_part = lecture.part(FIELDS)

SLIDERS = {"n": POSITIONS, "d": WIDTH, "k": KERNEL, "r": NEIGHBOURS}


def choose_sizes(names: str = "ndkr") -> Sizes:
    """Show a slider for each of these sizes, and return all of them."""
    for place, name in zip(st.columns(len(names)), names, strict=True):
        span = SLIDERS[name]
        place.slider(t(f"cost.{name}"), span.low, span.high, key=f"cost_{name}", persist_state="session")
    return Sizes(**{name: st.session_state[f"cost_{name}"] for name in SLIDERS})

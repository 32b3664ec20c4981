"""What is computed once and shared by every visitor: models, Traces, stored examples.

Sessions keep the keys of these caches, never the arrays.
"""

from __future__ import annotations

import contextlib
import gc
import threading

import streamlit as st

import core
from core.errors import TraceFileError
from core.export import load as load_trace
from core.export import pack
from pages.ui.examples import EXAMPLES, path

DEFAULT_MODEL = "en-zh"


@st.cache_resource(show_spinner=False)
def cards() -> dict[str, core.ModelCard]:
    """All models by name, damaged ones included; the default one first."""
    found = sorted(core.list_models(), key=lambda card: (card.name != DEFAULT_MODEL, card.name))
    return {card.name: card for card in found}


@st.cache_resource(show_spinner=False)
def model(name: str) -> core.Translator:
    """A loaded model. Raises `HeadlightError`."""
    import torch

    loaded = core.load(name)
    if loaded.device.type == "cpu":
        # One sentence is too little work to share out: more threads only get in other visitors' way.
        torch.set_num_threads(1)
    # Streamlit collects all garbage after each run, and walks through every object of torch to do so: 131 ms a run.
    gc.collect()
    gc.freeze()
    return loaded


@st.cache_resource(max_entries=64, show_spinner=False)  # 5 MB for the longest sentences
def trace(name: str, text: str, strategy: str) -> core.Trace:
    """The Trace of one request, from the stored examples or from the model. Raises `HeadlightError`."""
    if text in EXAMPLES and strategy == "greedy":
        with contextlib.suppress(OSError, TraceFileError):  # what cannot be read is made anew
            return load_trace(path(name, text))
    return model(name).translate(text, strategy=strategy)


@st.cache_data(max_entries=200, show_spinner=False)
def packed(name: str, text: str, strategy: str) -> bytes:
    """That Trace as the stage takes it."""
    return pack(trace(name, text, strategy))


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Load the default model in the background, once a process: the first visitor reads the example meanwhile."""

    def load() -> None:
        with contextlib.suppress(core.HeadlightError):  # the page that needs it says so
            model(DEFAULT_MODEL)

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread


def device_name() -> str:
    """Where models run, in words; loads one if nobody has yet."""
    device = model(next(name for name, card in cards().items() if not card.problem)).device
    return {"cuda": "GPU (CUDA)", "mps": "GPU (MPS)", "cpu": "CPU"}.get(device.type, device.type)

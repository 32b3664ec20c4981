"""What is computed once and shared by every visitor: models, Traces, stored examples.

Sessions keep the keys of these caches, never the arrays.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
import streamlit as st

import core
from core.analysis import Aligner, align, read_aligner
from core.errors import TraceFileError
from core.examples import path, sentences
from core.export import load as load_trace
from core.export import pack
from core.request import Request
from core.text import Tokenizer
from core.zoo import find_folder

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=tuple)

DEFAULT_MODEL = "en-zh"

ORDER = ("transformer", "rnn-dot", "rnn-additive", "rnn")
"""Architectures as they are offered."""

Languages = tuple[str, str]
"""The languages that a model reads and writes."""


def languages(card: core.ModelCard) -> Languages:
    """What a model reads and what it writes."""
    return card.source_language, card.target_language


@st.cache_resource(show_spinner=False)
def cards() -> dict[str, core.ModelCard]:
    """All models by name, damaged ones included; the default one first, then those of its direction, then by direction."""
    found = {card.name: card for card in core.list_models()}
    usual = languages(found[DEFAULT_MODEL]) if DEFAULT_MODEL in found else ("", "")

    def place(card: core.ModelCard) -> tuple:
        config, way = card.config, languages(card)
        kind = (ORDER.index(config.architecture), config.n_heads == 1, config.n_layers)
        return card.name != DEFAULT_MODEL, bool(card.problem), way != usual, way, kind, card.name

    return {card.name: card for card in sorted(found.values(), key=place)}


def usable() -> list[str]:
    """The models that can be loaded."""
    return [name for name, card in cards().items() if not card.problem]


def by_languages() -> dict[Languages, list[str]]:
    """The same by what they read and write."""
    found: dict[Languages, list[str]] = {}
    for name in usable():
        found.setdefault(languages(cards()[name]), []).append(name)
    return found


def example(name: str) -> str:
    """The first of the sentences that are offered for a model."""
    return sentences(cards()[name].source_language)[0]


@st.cache_resource(show_spinner=False)
def model(name: str) -> core.Translator:
    """A loaded model. Raises `HeadlightError`."""
    loaded = core.load(name, one_thread=True)  # more threads only get in other visitors' way
    # Streamlit collects all garbage after each run, and walks through every object of torch to do so: 131 ms a run.
    gc.collect()
    gc.freeze()
    return loaded


def cached(max_entries: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A cache that all visitors share. A Request as an argument is known by its content."""
    return st.cache_resource(max_entries=max_entries, show_spinner=False, hash_funcs={Request: repr})


@cached(64)
def inside(request: Request, kind: str, layer: int, head: int) -> core.HeadInside:
    """One head of a run, computed again. Raises `HeadlightError`: `OptionError` for a model without such heads."""
    return model(request.model).inside(trace(request), kind, layer, head)


@cached(64)  # 5 MB for the longest sentences
def trace(request: Request) -> core.Trace:
    """The Trace of a Request, from the stored examples or from the model. Raises `HeadlightError`."""
    stored = path(request.model, request.text)
    if stored and request == Request(request.text, request.model):
        with contextlib.suppress(OSError, TraceFileError):  # what cannot be read is computed again
            found = load_trace(stored)
            if found.source == request.text:  # another language's example has the same place
                return found
    return model(request.model).run(request)


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs={Request: repr})
def packed(request: Request) -> bytes:
    """That Trace as the stage takes it."""
    return pack(trace(request))


@st.cache_resource(show_spinner=False)
def aligner(name: str) -> Aligner | None:
    """A model's word aligner, read without the model; None where it has none."""
    folder, card = find_folder(name), cards()[name]
    languages = {"source": card.source_language, "target": card.target_language}
    pieces = [Tokenizer.load(folder / f"{side}.model", language).pieces for side, language in languages.items()]
    return read_aligner(folder, *pieces)


def alignment(name: str, trace: core.Trace) -> tuple[tuple[int, int], ...] | None:
    """Which source word each output word stands for; None without an aligner, or with one that cannot be read."""
    with contextlib.suppress(core.HeadlightError, OSError, RuntimeError):
        found = aligner(name)
        return align(trace, found) if found else None
    return None


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


def read_only(arrays: T) -> T:
    """A tuple whose arrays nobody can write to, as what visitors share must be."""
    for array in arrays:
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return arrays

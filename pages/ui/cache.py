"""Results that are computed once and shared by all visitors: models, Traces, stored examples.

Sessions keep the keys of these caches, never the arrays.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar, cast

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

import core
from core.adapters.folders import HostedTranslator, hosted_cards
from core.analysis import Aligner, align, read_aligner
from core.errors import TraceFileError
from core.examples import path, sentences
from core.export import load as load_trace
from core.export import pack
from core.request import Request
from core.zoo import ADDED, ALIGNER, find_file, find_folder, read_tokenizers

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=tuple)

DEFAULT_MODEL = "en-zh"

ORDER = ("transformer", "rnn-dot", "rnn-additive", "rnn")
"""Architectures in the order in which the app offers them."""

OWN = "_own_models"
"""Where the session keeps them."""

HOSTED = "HEADLIGHT_HUGGING_FACE"
"""The environment variable with a folder of models of `transformers`, each a folder that `save_pretrained` wrote."""

MOST_MODELS = 128
"""Largest number of models in memory: the shipped ones, and small ones that visitors trained."""

Languages = tuple[str, str]
"""Source and target language of a model."""


def languages(card: core.ModelCard) -> Languages:
    """Return source and target language of a model."""
    return card.source_language, card.target_language


class Own(NamedTuple):
    """A model that a visitor trained here: no other visitor sees it.

    Attributes:
        card: Its card, whose name nobody can guess.
        examples: Sentences that it knows.
    """

    card: core.ModelCard
    examples: tuple[str, ...]


def own() -> dict[str, Own]:
    """Return the models of the visitor's session by name, but for those that the server has forgotten."""
    trained = st.session_state.setdefault(OWN, {}) if get_script_run_ctx() else {}
    return {name: model for name, model in trained.items() if name in ADDED}


def add_own(name: str, model: Own) -> None:
    """Add a model to those of the visitor's session."""
    st.session_state[OWN] = {**own(), name: model}


def cards() -> dict[str, core.ModelCard]:
    """Return the cards of all models by name, including damaged ones: the shipped ones, then the visitor's own."""
    return shipped() | {name: model.card for name, model in own().items()}


@st.cache_resource(show_spinner=False)
def shipped() -> dict[str, core.ModelCard]:
    """Return the cards of all models that any visitor may use, by name, including damaged ones.

    The default model comes first, then those of its languages, then the others by languages.
    """
    by_name = {card.name: card for card in core.list_models()}
    for name, (folder, card) in hosted_cards(Path(os.environ[HOSTED])).items() if os.environ.get(HOSTED) else ():
        ADDED[name] = folder
        by_name.setdefault(name, card)
    default_languages = languages(by_name[DEFAULT_MODEL]) if DEFAULT_MODEL in by_name else ("", "")

    def order(card: core.ModelCard) -> tuple:
        config, own = card.config, languages(card)
        kind = (ORDER.index(config.architecture), config.n_heads == 1, config.n_layers)
        return card.name != DEFAULT_MODEL, bool(card.problem), own != default_languages, own, kind, card.name

    return {card.name: card for card in sorted(by_name.values(), key=order)}


def usable() -> list[str]:
    """Return the names of the models that can be loaded."""
    return [name for name, card in cards().items() if not card.problem]


def by_languages() -> dict[Languages, list[str]]:
    """Return the names of the models that can be loaded, by their languages."""
    groups: dict[Languages, list[str]] = {}
    for name, card in cards().items():
        if not card.problem:
            groups.setdefault(languages(card), []).append(name)
    return groups


def examples(name: str) -> tuple[str, ...]:
    """Return the example sentences for a model."""
    mine = own().get(name)
    return mine.examples if mine else sentences(cards()[name].source_language)


def example(name: str) -> str:
    """Return the first example sentence for a model."""
    return examples(name)[0]


@st.cache_resource(show_spinner=False, max_entries=MOST_MODELS)
def model(name: str) -> core.Translator:
    """Load a model. Raises `HeadlightError`."""
    card = cards().get(name)
    if card is not None and card.hosted:
        return cast("core.Translator", HostedTranslator(find_folder(name)))
    loaded = core.load(name, one_thread=True)  # more threads would slow down other visitors
    # Streamlit collects garbage after each run, which takes 131 ms with torch loaded: frozen objects are skipped.
    gc.collect()
    gc.freeze()
    return loaded


def cached(max_entries: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator: a cache that all visitors share, in which equal Requests have the same key."""
    return st.cache_resource(max_entries=max_entries, show_spinner=False, hash_funcs={Request: repr})


@cached(64)
def inside(request: Request, kind: str, layer: int, head: int) -> core.HeadInside:
    """Recompute one head of a run. Raises `HeadlightError`: `OptionError` for a model without such heads."""
    return model(request.model).inside(trace(request), kind, layer, head)


@cached(64)  # 5 MB for the longest sentences
def trace(request: Request) -> core.Trace:
    """Return the Trace of a Request, from the stored examples or from the model. Raises `HeadlightError`."""
    stored = path(request.model, request.text)
    if stored and request == Request(request.text, request.model):
        with contextlib.suppress(OSError, TraceFileError):  # an unreadable file is computed again
            example_trace = load_trace(stored)
            if example_trace.source == request.text:  # the example of another language has the same path
                return example_trace
    return model(request.model).run(request)


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs={Request: repr})
def packed(request: Request, layers: tuple[int, ...] | None = None) -> bytes:
    """Return the Trace of a Request, packed for the attention view. Raises `OptionError` as `core.export.pack`."""
    return pack(trace(request), layers)


@st.cache_resource(show_spinner=False)
def aligner(name: str) -> Aligner | None:
    """Return a model's word aligner, None if it has none. The model itself is not loaded."""
    folder, card = find_folder(name), cards()[name]
    pieces = (tokenizer.pieces for tokenizer in read_tokenizers(folder, card))
    return read_aligner(find_file(folder, card, ALIGNER), name, *pieces)


def alignment(name: str, trace: core.Trace) -> tuple[tuple[int, int], ...] | None:
    """Return pairs of aligned source and output words; None without an aligner that can be read."""
    with contextlib.suppress(core.HeadlightError, OSError, RuntimeError):
        model_aligner = aligner(name)
        return align(trace, model_aligner) if model_aligner else None
    return None


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Load the default model in the background, once per process, while the first visitor looks at the example."""

    def load() -> None:
        with contextlib.suppress(core.HeadlightError):  # a page that needs the model reports it
            model(DEFAULT_MODEL)

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread


def device_name() -> str:
    """Return the name of the device on which models run; loads a model if none is loaded yet."""
    device = model(next(name for name, card in cards().items() if not card.problem)).device
    return {"cuda": "GPU (CUDA)", "mps": "GPU (MPS)", "cpu": "CPU"}.get(device.type, device.type)


def read_only(arrays: T) -> T:
    """Make the arrays of a tuple read-only, because visitors share them, and return the tuple."""
    for array in arrays:
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return arrays

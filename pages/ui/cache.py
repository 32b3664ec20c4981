"""What is computed once and shared by every visitor: models, Traces, stored examples.

Sessions keep the keys of these caches, never the arrays.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import threading
from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np
import streamlit as st

import core
from core.analysis import Aligner, align, masks, read_aligner, scaling
from core.analysis import positions as formulas
from core.config import UNK
from core.errors import TraceFileError
from core.examples import path, sentences
from core.export import load as load_trace
from core.export import pack
from core.records import Contexts, PaddedHead, Reordered, Timed
from core.request import Request
from core.text import SPECIALS, Tokenizer
from core.zoo import find_folder

P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_MODEL = "en-zh"
MOST_WORDS = 20_000
"""Word vectors that are compared with positions: those of a full-size model, all at once, would take a gigabyte."""

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
    import torch

    loaded = core.load(name)
    if loaded.device.type == "cpu":
        # One sentence is too little work to share out: more threads only get in other visitors' way.
        torch.set_num_threads(1)
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


@cached(16)
def steps(request: Request) -> tuple[core.Step, ...]:
    """The steps of a translation whose pieces are sampled. Raises `HeadlightError`."""
    found = model(request.model).steps(request.text, request.intervention, strategy=request.strategy, **request.options)
    return tuple(found)


@st.cache_resource(show_spinner=False)
def _importances() -> dict[Request, np.ndarray]:
    return {}


def known_importance(request: Request) -> np.ndarray | None:
    """`head_importance` where somebody has asked for it already."""
    return _importances().get(Request(request.text, request.model))


def head_importance(request: Request, progress: Callable[[float], None]) -> np.ndarray:
    """What each head is worth to a text's greedy translation, float32 (kinds, layers, heads), nats.

    Raises `HeadlightError`.

    Not one of Streamlit's cached functions: those may not draw, and `progress` does.
    """
    known = _importances()
    found = model(request.model).head_importance(request.text, progress)
    found.setflags(write=False)
    while len(known) >= 256:
        known.pop(next(iter(known)), None)
    known[Request(request.text, request.model)] = found
    return found


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


@cached(128)
def beam_search(request: Request) -> core.BeamSearch:
    """All that one beam search considers. Raises `HeadlightError`."""
    return model(request.model).beam_search(request.text, request.beam_size, request.alpha)


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Load the default model in the background, once a process: the first visitor reads the example meanwhile."""

    def load() -> None:
        with contextlib.suppress(core.HeadlightError):  # the page that needs it says so
            model(DEFAULT_MODEL)

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread


@cached(128)
def decoder_head(request: Request, layer: int, head: int, causal: bool) -> core.HeadInside:
    """One head of masked self-attention over a translation, with the causal mask or without. Raises `HeadlightError`."""
    found = trace(request)
    if not causal:
        change = core.Intervention(causal=False)
        found = trace(Request(request.text, request.model, found.output_pieces, intervention=change))
    return model(request.model).inside(found, "decoder_self", layer, head)


@cached(128)
def padded_head(name: str, texts: tuple[str, ...], layer: int, head: int, masked: bool) -> PaddedHead:
    """One head of the encoder over a padded batch. Raises `HeadlightError`."""
    return model(name).padded_head(texts, layer, head, masked)


@cached(128)
def moved(request: Request, step: int, piece: str, causal: bool) -> masks.Moved:
    """How far the decoder's positions move where another piece stands at a step of a given translation.

    Raises `HeadlightError`.
    """
    pieces = trace(request).output_pieces
    other = (*pieces[:step], piece, *pieces[step + 1 :])
    parallel = model(request.model).parallel_pass
    return _frozen(masks.moved(*(parallel(request.text, given, causal) for given in (pieces, other))))


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs={Request: repr})
def teacher_forcing(request: Request, attempt: int) -> dict[str, Timed]:
    """A translation's passes, counted and timed; measured again for each `attempt`. Raises `HeadlightError`."""
    return model(request.model).teacher_forcing(request.text, trace(request).output_pieces)


def device_name() -> str:
    """Where models run, in words; loads one if nobody has yet."""
    device = model(next(name for name, card in cards().items() if not card.problem)).device
    return {"cuda": "GPU (CUDA)", "mps": "GPU (MPS)", "cpu": "CPU"}.get(device.type, device.type)


def _frozen(arrays: tuple) -> tuple:
    """A tuple whose arrays nobody can write to, as what visitors share must be."""
    for array in arrays:
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return arrays


@cached(32)
def four_terms(request: Request, positions: bool) -> tuple[tuple[core.HeadInside, formulas.FourTerms], ...]:
    """The scores of each head of the first encoder layer, and the four terms they are the sum of. Raises `HeadlightError`."""
    loaded, change = model(request.model), core.Intervention(positions=positions)
    found = trace(dataclasses.replace(request, intervention=change))
    parts = loaded.embedded(found)
    heads = [loaded.inside(found, "encoder_self", 0, head) for head in range(found.n_heads)]
    return tuple((head, _frozen(formulas.four_terms(head, *parts))) for head in heads)


@cached(128)
def reordered(request: Request, order: tuple[int, ...], positions: bool) -> Reordered:
    """A sentence's pieces in another order. Raises `HeadlightError`."""
    return _frozen(model(request.model).reordered(trace(request), order, positions))


class OneHot(NamedTuple):
    """One position of a source as a sum, and as one matrix times one vector; d = d_model."""

    left: np.ndarray  # (d,) word vector times sqrt(d) + position
    right: np.ndarray  # (d,) [W_I W_P] [x; p], over the whole vocabulary
    read: np.ndarray  # (d,) what the first encoder layer really reads
    words: np.ndarray  # (S, d) word vectors times sqrt(d)
    positions: np.ndarray  # (S, d)
    vocabulary: int


@cached(64)
def one_hot(request: Request, position: int) -> OneHot:
    """A piece and its place, by `core.analysis.positions.one_hot_equivalence`. Raises `HeadlightError`."""
    loaded, found = model(request.model), trace(request)
    w_i = loaded.embedding("source").T * loaded.config.embedding_scale
    words, places = loaded.embedded(found)
    x = np.zeros(w_i.shape[1])
    piece = found.source_pieces[position]
    x[UNK if position in found.unknown else loaded.source_tokenizer.index(piece)] = 1
    sides = formulas.one_hot_equivalence(w_i, x, places.T, position)
    read = loaded.inside(found, "encoder_self", 0, 0).x_query[position]
    return OneHot(*_frozen((*sides, read, words, places, len(x))))


@cached(16)
def directions(name: str) -> tuple[formulas.Directions, formulas.Norms]:
    """How a model's word vectors lie to its position vectors, and how long both are. Specials are left out."""
    loaded = model(name)
    words = loaded.embedding("source")[len(SPECIALS) :][:MOST_WORDS]  # the most frequent ones, where there are more
    config = loaded.config
    table = formulas.encoding(config.max_length, config.d_model, config.sinusoid)
    return _frozen(formulas.directions(words, table)), _frozen(formulas.norms(words, table, config.embedding_scale))


@st.cache_data(show_spinner=False)
def scaling_curves() -> tuple[np.ndarray, scaling.Saturation]:
    """The variance of drawn q · k for each d_k, and what a softmax makes of such scores."""
    return scaling.product_variance(), scaling.saturation()


@cached(64)
def contexts(request: Request, layer: int | None = None, head: int | None = None) -> Contexts:
    """What each output piece of a run gets of the source, as the sum that it is. Raises `HeadlightError`."""
    return model(request.model).contexts(trace(request), layer, head)

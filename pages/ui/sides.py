"""What stands on the two sides of the Compare page: the row of choices below the sentence, both runs, their picture."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import streamlit as st

import core
from core.analysis import word
from core.config import KINDS
from core.records.trace import Trace
from core.text import surface
from pages.compare.fields import CHANGES, SHARPNESS
from pages.ui import cache, session
from pages.ui.catalogue import plain, t
from pages.ui.controls import broken_link
from pages.ui.pair import pair, pair_state
from pages.ui.sentence_box import request, spelled

PAIR = {
    "pair_kind": "kind",
    "pair_layer": "layer",
    "pair_head_a": "head_a",
    "pair_head_b": "head_b",
    "pair_step": "step",
}
"""What is chosen in the picture, by its names in the session."""

PARTS = {"word": "word", "head": "gone", "temperature": "sharpness"}
"""The changes that need to be told more, in the session under these names with _a and _b."""

NAMES = {"models": ("side_a", "side_b"), "sentences": ("other_text",), "changes": ("what_a", "what_b")}
"""By what is compared: the parts of the state that count then."""


class Run(NamedTuple):
    """One side: what it is called, and what is asked for."""

    name: str
    request: core.Request


Pair = tuple[Run, Run]
Traces = tuple[Trace, Trace]


def readers() -> list[str]:
    """The models that read the language of the app's sentence: that of the model in the sidebar."""
    return [name for name in cache.usable() if cache.cards()[name].source_language == session.source_language()]


def usual() -> tuple[str, str]:
    """The two that are best compared: one head and many, of the languages of the model in the sidebar."""
    card = cache.cards()[st.session_state["model"]]
    names = cache.by_languages()[cache.languages(card)]
    configs = {name: cache.cards()[name].config for name in names}
    one = (name for name, config in configs.items() if config.n_heads == 1 and not config.recurrent)
    return next(one, names[-1]), names[0]


def words() -> dict[tuple[int, int], str]:
    """The words of the sentence that can be masked, by their pieces; none for a sentence that cannot be used."""
    try:
        trace = cache.trace(request())
    except core.HeadlightError:
        return {}
    spans = [span for span in trace.source_words if span[0] not in trace.source_specials]
    return {span: word(trace.source_spelling, span) for span in spans}


def heads(model: str) -> list[tuple[str, int, int]]:
    """The heads that can be removed."""
    config = cache.cards()[model].config
    if config.recurrent:
        return [("cross", 0, 0)]
    return [(kind, layer, head) for kind in KINDS for layer in range(config.n_layers) for head in range(config.n_heads)]


def head_name(head: tuple[str, int, int]) -> str:
    kind, layer, number = head
    return t("compare.head", kind=t(f"kind.{kind}"), layer=layer + 1, head=number + 1)


def allow(name: str, options: list, usual: Any) -> None:
    """What a link asks for and does not exist here is named, and replaced by what is usual."""
    if st.session_state[name] not in options:
        session.leave_out(name)
        st.session_state[name] = usual


def picture(runs: Pair, traces: Traces) -> dict[str, Any]:
    """Both sides in one picture. -> what is chosen there"""
    difference = st.session_state["difference"]
    wanted = {name: st.session_state[own] for own, name in PAIR.items()}
    possible = pair_state(*traces, wanted, difference)
    for own, name in PAIR.items():
        if wanted[name] is not None and possible[name] != wanted[name]:
            session.leave_out(own)

    def act(what: dict[str, Any]) -> None:
        if isinstance(what.get("ablate"), list) and len(what["ablate"]) == 4:
            side, kind, layer, head = what["ablate"]
            without(runs[bool(side)], str(kind), int(layer), int(head))

    names = tuple(run.name for run in runs)
    chosen = pair(*traces, key="compare", names=names, difference=difference, state=wanted, on_act=act)
    st.session_state.update({own: chosen[name] for own, name in PAIR.items()})
    return chosen


def choose(place: Any, name: str, label: str, options: list, usual: Any, show: Any = str) -> None:
    """One menu of the row below the sentence, its name before what is chosen."""
    allow(name, options, usual)
    place.selectbox(
        label,
        options,
        format_func=lambda option: f"{label} · {show(option)}" if label in ("A", "B") else show(option),
        key=name,
        label_visibility="collapsed",
        persist_state="session",
    )


def choose_models() -> Pair:
    """Two models on one sentence."""
    columns = st.columns([3, 3, 2], vertical_alignment="center")
    for column, side, name in zip(columns, "ab", usual(), strict=False):
        choose(column, f"side_{side}", side.upper(), readers(), name)
    choose_difference(columns[-1])
    if len(readers()) == 1:
        st.caption(t("compare.only_one"))
    models = [st.session_state[f"side_{side}"] for side in "ab"]
    return tuple(Run(model, dataclasses.replace(request(), model=model)) for model in models)


def choose_sentences() -> Pair:
    """One model on two sentences."""
    box, model = st.columns([3, 2], vertical_alignment="center")
    box.text_input(
        t("compare.other_text"),
        key="other_text",
        placeholder=t("compare.other_text"),
        on_change=session.forget_link,
        label_visibility="collapsed",
        persist_state="session",
    )
    model.caption(t("compare.model", name=st.session_state["model"]))
    other = dataclasses.replace(request(), text=st.session_state["other_text"])
    return Run(t("compare.first"), request()), Run(t("compare.second"), other)


def choose_changes() -> Pair:
    """One model on one sentence, changed on either side."""
    held, model = st.session_state, st.session_state["model"]
    spans, possible = list(words()), list(words().values())
    widths = [width for side in "ab" for width in ((2.5, 2.5) if held[f"what_{side}"] in PARTS else (2.5,))]
    columns = iter(st.columns([*widths, 2], vertical_alignment="center"))
    runs = []
    for side in "ab":
        what, word, gone, sharpness = (f"{name}_{side}" for name in ("what", *PARTS.values()))
        choose(next(columns), what, side.upper(), list(CHANGES), "none", lambda name: t(f"compare.what.{name}"))
        value: Any = None
        if held[what] == "word":
            choose(next(columns), word, t("compare.word"), list(range(len(possible))) or [None], 0 if possible else None,
                   lambda i: possible[i] if i is not None else "–")  # fmt: skip
            value = held[word]
        elif held[what] == "head":
            options = heads(model)
            choose(next(columns), gone, t("compare.without"), options, options[-1], head_name)
            value = held[gone]
        elif held[what] == "temperature":
            choose(next(columns), sharpness, t("compare.temperature"), list(SHARPNESS), 0.5, "{:g}".format)
            value = held[sharpness]
        change = intervention(held[what], spans[value] if held[what] == "word" and spans else value)
        named = change_name(held[what], value, possible)
        runs.append(Run(named, dataclasses.replace(request(), intervention=change)))
    choose_difference(next(columns))
    return tuple(runs)


def change_name(what: str, value: Any, possible: list[str]) -> str:
    """A change in a few words."""
    if what == "word":
        return t("compare.changed.word", word=possible[value] if value is not None else "–")
    if what == "head":
        return t("compare.changed.head", head=value[2] + 1, layer=value[1] + 1)
    if what == "temperature":
        return t("compare.changed.temperature", value=f"{value:g}")
    return t(f"compare.what.{what}")


def choose_difference(place: Any) -> None:
    place.toggle(t("compare.difference"), key="difference", persist_state="session")


def compute(runs: Pair) -> Traces:
    """Both Traces. Raises `HeadlightError`."""
    a, b = (cache.trace(run.request) for run in runs)
    return a, b


def intervention(what: str, value: Any) -> core.Intervention | None:
    """One of `CHANGES` as an Intervention. value: a word's pieces, a head, or an attention temperature"""
    if what == "word":
        return core.Intervention(masked_source=range(*value)) if value else None
    if what == "head":
        return core.Intervention(ablate={value: "zero"})
    if what == "temperature":
        return core.Intervention(temperature=value)
    return core.Intervention(positions=what != "positions", causal=what != "causal")


def without(run: Run, kind: str, layer: int, head: int) -> None:
    """Compare a side with the same run without one head."""
    st.session_state.update(
        compare="changes",
        difference=True,
        model=run.request.model,
        text=run.request.text,
        what_a="none",
        what_b="head",
        gone_b=(kind, layer, head),
        pair_kind=kind,
        pair_layer=layer,
        pair_head_a=head,
        pair_head_b=head,
    )


def show_head(side: str, kind: str, layer: int, head: int) -> None:
    """Show one head in the picture above, on the sides that are named."""
    heads = {f"pair_head_{letter}": head for letter in "ab" if letter.upper() in side}
    st.session_state.update({"pair_kind": kind, "pair_layer": layer, **heads})


def notices(place: Any, traces: Traces) -> None:
    """What a visitor should know about these runs."""
    broken_link(place=place)
    for side, trace in zip("AB", traces, strict=True):
        if trace.unknown:
            pieces = dict.fromkeys(surface(trace.source_pieces[i]) for i in trace.unknown)
            place.info(t("compare.side", side=side, text=t("translate.unknown", pieces=plain(" ".join(pieces)))))
        spelled(trace, place, side)
        if not trace.finished:
            place.info(t("compare.side", side=side, text=t("translate.unfinished", limit=len(trace.output_pieces))))


def names() -> list[str]:
    """The parts of the state that this page's address names, as it stands."""
    mode = st.session_state["compare"]
    own = list(NAMES[mode])
    if mode == "changes":
        changes = {side: st.session_state[f"what_{side}"] for side in "ab"}
        own += [f"{PARTS[change]}_{side}" for side, change in changes.items() if change in PARTS]
    return ["compare", *own, "difference", *PAIR, "below", "over"]

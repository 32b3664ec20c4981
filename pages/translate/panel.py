"""The controls of the What-if panel, and the importance of each head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

import core
from core.analysis import word
from core.checks import Range
from core.intervention import ABLATIONS, ATTENTION_TEMPERATURE
from core.plots import before_and_after
from core.request import SAMPLE, SEED, TEMPERATURE, TOP_P, Request
from core.text import surface
from pages.translate.changes import force, set_value, toggle_heads
from pages.translate.fields import TOP_K_OR_ALL
from pages.translate.request import steps
from pages.ui import cache, charts
from pages.ui.catalogue import plain, t
from pages.ui.headmap import head_map


@st.cache_resource(show_spinner=False)
def _importances() -> dict[Request, np.ndarray]:
    """Return the cache of `head_importance`, which all visitors share."""
    return {}


def known_importance(request: Request) -> np.ndarray | None:
    """Return `head_importance` if a visitor has computed it already."""
    return _importances().get(Request(request.text, request.model))


def head_importance(request: Request, progress: Callable[[float], object]) -> np.ndarray:
    """Return the importance of each head for a text's greedy translation: float32 (kinds, layers, heads), nats.

    It is not cached by Streamlit, because a cached function may not draw, and `progress` does.

    Args:
        request: The text and the model.
        progress: Called with the finished share, from 0 to 1.

    Raises:
        HeadlightError: The text cannot be translated.
    """
    known = _importances()
    found = cache.model(request.model).head_importance(request.text, progress)
    found.setflags(write=False)
    while len(known) >= 256:
        known.pop(next(iter(known)), None)
    known[Request(request.text, request.model)] = found
    return found


def choose_number(name: str, span: Range, place: Any) -> None:
    """Show a control for a number of a range, which the session keeps as `name`."""
    place.number_input(
        t(f"whatif.{name}"),
        span.low,
        span.high,
        step=1 if span.whole else 0.1,
        format="%d" if span.whole else "%g",
        key=name,
        help=t(f"whatif.{name}.help"),
        persist_state="session",
    )


def show_panel(shown: core.Request, trace: core.Trace, changed: bool) -> None:
    """Show an expander with the controls of all changes, and the importance of each head.

    It opens with a first change. What it holds is made only while it is open: a dozen controls take a quarter of the time
    of a run.

    Args:
        shown: The request of the run.
        trace: The run.
        changed: Whether anything is changed in it.
    """
    if changed and not st.session_state.get("_whatif_changed"):
        st.session_state["whatif_open"] = True
    st.session_state["_whatif_changed"] = changed
    place = st.expander(t("whatif.title"), changed, key="whatif_open", on_change="rerun")
    if place.open:
        with place:
            _show_tabs(shown, trace)


def _show_tabs(shown: core.Request, trace: core.Trace) -> None:
    heads, source, tokens, model, sampling = st.tabs(
        [t(f"whatif.tab.{name}") for name in ("heads", "source", "tokens", "model", "chance")]
    )
    with heads:
        _show_heads(shown, trace)
    with source:
        _show_source(trace)
    with tokens:
        _show_tokens(trace)
    with model:
        st.caption(t("whatif.model.help"))
        st.toggle(t("whatif.positions"), key="positions", persist_state="session")
        st.toggle(t("whatif.causal"), key="causal", persist_state="session")
        choose_number("attention_temperature", ATTENTION_TEMPERATURE, st)
    with sampling:
        _show_sampling(shown, trace)


def _show_heads(shown: core.Request, trace: core.Trace) -> None:
    kinds = [kind for kind in core.KINDS if getattr(trace, kind).shape[0]]
    if not kinds:
        st.write(t("whatif.no_heads"))
        return
    st.caption(t("whatif.heads.help"))
    kind, layer, head, mode, go = st.columns([4, 2, 2, 2, 3], vertical_alignment="bottom")
    names = {name: t(f"kind.{name}") for name in kinds}
    modes = {name: t(f"whatif.mode.{name}") for name in ABLATIONS}
    kind.selectbox(t("whatif.kind"), kinds, format_func=names.__getitem__, key="whatif_kind")
    layers = range(getattr(trace, st.session_state["whatif_kind"]).shape[0])
    layer.selectbox(t("whatif.layer"), layers, format_func=lambda i: str(i + 1), key="whatif_layer")
    head.selectbox(t("whatif.head"), range(trace.n_heads), format_func=lambda i: str(i + 1), key="whatif_head")
    mode.selectbox(t("whatif.mode"), ABLATIONS, format_func=modes.__getitem__, key="whatif_mode")

    def toggle() -> None:
        state = st.session_state
        toggle_heads([(state["whatif_kind"], state["whatif_layer"], state["whatif_head"])], state["whatif_mode"])

    selected = tuple(st.session_state[f"whatif_{name}"] for name in ("kind", "layer", "head"))
    removed = selected in [row[:3] for row in st.session_state["ablate"]]
    go.button(
        t("whatif.put_back") if removed else t("whatif.take"), key="whatif-take", on_click=toggle, width="stretch"
    )

    st.markdown(f"**{t('whatif.importance')}**")
    st.caption(t("whatif.importance.help"))
    importance = known_importance(shown)
    if importance is None:
        place, measured = st.empty(), (shown.text, shown.model)
        # The session keeps what was asked for until it is there: another message may end this run while it computes.
        place.button(
            t("whatif.importance.go"),
            key="whatif-importance",
            on_click=lambda: st.session_state.update(importance_of=measured),
        )
        if st.session_state.get("importance_of") != measured:
            return
        running = t("whatif.importance.running")
        importance = head_importance(shown, lambda done: place.progress(done, running))
        del st.session_state["importance_of"]
        place.empty()
    head_map(
        {kind: importance[core.KINDS.index(kind)] for kind in kinds},
        key="importance",
        title=t("whatif.importance"),
        limit=max(0.5, float(np.ceil(2 * np.abs(importance).max()) / 2)),
        diverging=True,
        unit=t("unit.nats"),
        chosen=[row[:3] for row in st.session_state["ablate"]],
        action=t("whatif.importance.act"),
        on_choose=lambda kind, layer, head: toggle_heads([(kind, layer, head)]),
    )
    st.caption(t("whatif.importance.read"))


def _show_source(trace: core.Trace) -> None:
    st.caption(t("whatif.source.help"))
    words = list(trace.source_words)
    masked = [word for word in words if any(at in st.session_state["masked"] for at in range(*word))]
    st.session_state["whatif_words"] = [words.index(word) for word in masked]

    def mask() -> None:
        selected = [words[i] for i in st.session_state["whatif_words"]]
        st.session_state["masked"] = tuple(at for word in sorted(selected) for at in range(*word))

    st.pills(
        t("whatif.source"),
        range(len(words)),
        selection_mode="multi",
        format_func=lambda i: plain(word(trace.source_spelling, words[i])),
        key="whatif_words",
        on_change=mask,
        label_visibility="collapsed",
    )


def _show_tokens(trace: core.Trace) -> None:
    st.caption(t("whatif.tokens.help"))
    step, piece, go = st.columns([2, 4, 3], vertical_alignment="bottom")
    step.number_input(t("whatif.step"), 1, max(1, len(trace.output_pieces)), key="whatif_step")
    piece.text_input(t("whatif.piece"), key="whatif_piece")

    def force_typed() -> None:
        typed = st.session_state["whatif_piece"].strip()
        try:
            cache.model(st.session_state["model"]).target_ids(typed)
        except core.HeadlightError:
            st.session_state["whatif_unknown"] = typed
            return
        st.session_state["whatif_unknown"] = None
        at = int(st.session_state["whatif_step"]) - 1
        force(at, typed)
        st.session_state["stage"] = {**st.session_state["stage"], "step": at, "pinned": []}

    go.button(t("whatif.write"), on_click=force_typed, width="stretch")
    if (unknown := st.session_state.get("whatif_unknown")) is not None:
        st.warning(t("whatif.unknown_piece", piece=plain(unknown)) if unknown else t("whatif.no_piece"))


def _show_sampling(shown: core.Request, trace: core.Trace) -> None:
    st.caption(t("whatif.chance.help"))
    columns = st.columns(4, vertical_alignment="bottom")
    choose_number("temperature", TEMPERATURE, columns[0])
    choose_number("top_k", TOP_K_OR_ALL, columns[1])
    columns[2].slider(
        t("whatif.top_p"), TOP_P.low, TOP_P.high, step=0.01, key="top_p", persist_state="session",
        help=t("whatif.top_p.help"),
    )  # fmt: skip
    choose_number("seed", SEED, columns[3])
    if shown.strategy != SAMPLE:
        st.button(t("whatif.chance.go"), on_click=set_value, args=("search", SAMPLE))
        return
    sampled = steps(shown)
    step = sampled[min(st.session_state["stage"].get("step") or 0, len(sampled) - 1)]
    best = step.top(10)
    after = dict(step.drawn_from)
    st.write(
        t("whatif.chance.read", step=step.t + 1, kept=len(after), piece=plain(surface(step.piece)),
          before=f"{step.probability:.3f}", after=f"{after[step.piece]:.3f}" if step.piece in after else "–")
    )  # fmt: skip
    charts.show(
        before_and_after(
            [surface(piece) for piece, _ in best],
            [probability for _, probability in best],
            [after.get(piece, 0.0) for piece, _ in best],
            (t("whatif.chance.before"), t("whatif.chance.after")),
            charts.theme(),
        ),
        key="chance",
        alt=t("whatif.chance.alt", step=step.t + 1),
    )

"""What if? What a visitor changes in a run on the Translate page: chips, controls, and the original beside the changed run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

import core
from core.analysis import word
from core.checks import Range
from core.intervention import ABLATIONS, ATTENTION_TEMPERATURE
from core.plots import before_and_after
from core.request import SAMPLE, SEED, TEMPERATURE, TOP_P
from core.text import surface
from pages.translate.fields import FIELDS, TOP_K_OR_ALL
from pages.ui import cache, charts
from pages.ui.catalogue import plain, t
from pages.ui.headmap import head_map
from pages.ui.pair import pair

NAMES = tuple(FIELDS)


def intervention() -> core.Intervention:
    """What is changed, from the session. Raises `OptionError` where a link asks for what cannot be."""
    held = st.session_state
    return core.Intervention(
        ablate={row[:3]: row[3] for row in held["ablate"]},
        masked_source=held["masked"],
        forced=dict(held["forced"]),
        positions=held["positions"],
        causal=held["causal"],
        temperature=held["attention_temperature"],
    )


def request() -> core.Request:
    """What the page shows. Raises `OptionError` as `intervention` does."""
    held = st.session_state
    return core.Request(
        held["text"],
        held["model"],
        strategy=held["search"],
        temperature=held["temperature"],
        top_k=held["top_k"] or None,  # the control and the address write 0 for all pieces
        top_p=held["top_p"],
        seed=held["seed"],
        intervention=intervention(),
    )


# --- What visitors do ---------------------------------------------------------------------------------------------------


def on_stage(what: dict[str, Any]) -> None:
    """An act on the stage: another candidate, or heads taken away or put back."""
    if isinstance(what.get("force"), list):
        step, piece = what["force"]
        force(int(step), str(piece))
    if isinstance(what.get("ablate"), list):
        toggle_heads([tuple(head) for head in what["ablate"]])


def force(step: int, piece: str) -> None:
    """Write a piece at a step; what was forced after it belonged to another beginning."""
    before = tuple(pair for pair in st.session_state["forced"] if pair[0] < step)
    st.session_state["forced"] = (*before, (step, piece))
    # The stage stays at this step, where the choice was made.
    st.session_state["stage"] = {**st.session_state["stage"], "step": step, "pinned": []}
    st.session_state["stage_version"] = st.session_state.get("stage_version", 0) + 1


def toggle_heads(heads: list[tuple[str, int, int]], mode: str = "zero") -> None:
    """Take heads away; if all of them are gone already, put them back."""
    gone = {row[:3]: row for row in st.session_state["ablate"]}
    if all(head in gone for head in heads):
        kept = [row for head, row in gone.items() if head not in heads]
    else:
        kept = [*(row for head, row in gone.items() if head not in heads), *((*head, mode) for head in heads)]
    st.session_state["ablate"] = tuple(sorted(kept))


def _set(name: str, value: Any) -> None:
    st.session_state[name] = value


def reset() -> None:
    """Back to the model as it is."""
    st.session_state.update({name: field.default for name, field in FIELDS.items()})
    if st.session_state["search"] == SAMPLE:
        st.session_state["search"] = "greedy"


# --- What is shown ------------------------------------------------------------------------------------------------------


def chips(trace: core.Trace) -> None:
    """All that is changed, each with a way to take it back."""
    held = st.session_state
    found: list[tuple[str, Callable, tuple]] = []
    for row in held["ablate"]:
        kind, layer, head, mode = row
        label = t(f"whatif.chip.{mode}", kind=t(f"kind.{kind}"), layer=layer + 1, head=head + 1)
        found.append((label, _set, ("ablate", tuple(other for other in held["ablate"] if other != row))))
    for at in held["masked"]:
        piece = surface(trace.source_labels[at]) if at < len(trace.source_pieces) else str(at + 1)
        label = t("whatif.chip.masked", piece=plain(piece))
        found.append((label, _set, ("masked", tuple(other for other in held["masked"] if other != at))))
    for step, piece in held["forced"]:
        label = t("whatif.chip.forced", step=step + 1, piece=plain(surface(piece)))
        found.append((label, _set, ("forced", tuple(other for other in held["forced"] if other[0] != step))))
    for name in ("positions", "causal"):
        if not held[name]:
            found.append((t(f"whatif.chip.{name}"), _set, (name, True)))
    if held["attention_temperature"] != 1:
        label = t("whatif.chip.attention_temperature", value=f"{held['attention_temperature']:g}")
        found.append((label, _set, ("attention_temperature", 1.0)))
    if not found:
        return
    with st.container(horizontal=True, key="whatif-chips", vertical_alignment="center", gap="small"):
        st.markdown(f"**{t('whatif.title')}**", width="content")
        for i, (label, action, arguments) in enumerate(found):
            st.button(f"{label} ✕", key=f"chip-{i}", help=t("whatif.chip.remove"), on_click=action, args=arguments)
        if len(found) > 1:
            st.button(t("whatif.reset"), key="whatif-reset", type="tertiary", on_click=reset)


def beside(shown: core.Request, trace: core.Trace) -> None:
    """The original beside the changed run: translations, probabilities, and the difference of attention."""
    first = cache.trace(shown.plain)
    if trace.intervention is None and trace.output_pieces == first.output_pieces:
        st.info(t("whatif.same"))
        return
    same_pieces = None
    if shown.intervention is not None and shown.intervention.changes_model:
        alone = dataclasses.replace(shown.intervention, forced={})
        given = core.Request(shown.text, shown.model, first.output_pieces, intervention=alone)
        same_pieces = cache.trace(given)
    st.subheader(t("whatif.beside"))
    if same_pieces is not None:
        lost = first.log_probability - same_pieces.log_probability
        st.write(
            t(
                "whatif.lost" if lost >= 0 else "whatif.gained",
                text=plain(first.text),
                before=_nats(first.log_probability),
                after=_nats(same_pieces.log_probability),
                nats=f"{abs(lost):.2f}",
            )
        )
        st.segmented_control(
            t("whatif.pieces"),
            ("same", "own"),
            format_func=lambda name: t(f"whatif.pieces.{name}"),
            key="whatif_pieces",
            required=True,
            default="same",
            label_visibility="collapsed",
        )
        if st.session_state["whatif_pieces"] == "same":
            pair(first, same_pieces, key="whatif", names=(t("whatif.before"), t("whatif.after")), difference=True)
            return
    st.caption(t("whatif.own", before=_nats(first.log_probability), after=_nats(trace.log_probability)))
    pair(first, trace, key="whatif-own", names=(t("whatif.before"), t("whatif.after")), difference=True)


def _nats(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def choose_number(name: str, span: Range, place: Any) -> None:
    """A control for a number of a range, kept in the session as `name`."""
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


def panel(shown: core.Request, trace: core.Trace) -> None:
    """All that can be changed, and what each head is worth."""
    heads, source, tokens, model, chance = st.tabs(
        [t(f"whatif.tab.{name}") for name in ("heads", "source", "tokens", "model", "chance")]
    )
    with heads:
        _heads(shown, trace)
    with source:
        _source(trace)
    with tokens:
        _tokens(trace)
    with model:
        st.caption(t("whatif.model.help"))
        st.toggle(t("whatif.positions"), key="positions", persist_state="session")
        st.toggle(t("whatif.causal"), key="causal", persist_state="session")
        choose_number("attention_temperature", ATTENTION_TEMPERATURE, st)
    with chance:
        _chance(shown, trace)


def _heads(shown: core.Request, trace: core.Trace) -> None:
    kinds = [kind for kind in core.KINDS if getattr(trace, kind).shape[0]]
    if not kinds:
        st.write(t("whatif.no_heads"))
        return
    st.caption(t("whatif.heads.help"))
    kind, layer, head, mode, go = st.columns([4, 2, 2, 2, 3], vertical_alignment="bottom")
    names = {name: t(f"kind.{name}") for name in kinds}
    modes = {name: t(f"whatif.mode.{name}") for name in ABLATIONS}
    kind.selectbox(t("whatif.kind"), kinds, format_func=names.get, key="whatif_kind")
    layers = range(getattr(trace, st.session_state["whatif_kind"]).shape[0])
    layer.selectbox(t("whatif.layer"), layers, format_func=lambda i: str(i + 1), key="whatif_layer")
    head.selectbox(t("whatif.head"), range(trace.n_heads), format_func=lambda i: str(i + 1), key="whatif_head")
    mode.selectbox(t("whatif.mode"), ABLATIONS, format_func=modes.get, key="whatif_mode")

    def take() -> None:
        held = st.session_state
        toggle_heads([(held["whatif_kind"], held["whatif_layer"], held["whatif_head"])], held["whatif_mode"])

    picked = tuple(st.session_state[f"whatif_{name}"] for name in ("kind", "layer", "head"))
    gone = picked in [row[:3] for row in st.session_state["ablate"]]
    go.button(t("whatif.put_back") if gone else t("whatif.take"), key="whatif-take", on_click=take, width="stretch")

    st.markdown(f"**{t('whatif.importance')}**")
    st.caption(t("whatif.importance.help"))
    found = cache.known_importance(shown)
    if found is None:
        place = st.empty()
        if not place.button(t("whatif.importance.go"), key="whatif-importance"):
            return
        running = t("whatif.importance.running")
        found = cache.head_importance(shown, lambda done: place.progress(done, running))
        place.empty()
    head_map(
        {kind: found[core.KINDS.index(kind)] for kind in kinds},
        key="importance",
        title=t("whatif.importance"),
        limit=max(0.5, float(np.ceil(2 * np.abs(found).max()) / 2)),
        diverging=True,
        unit=t("unit.nats"),
        chosen=[row[:3] for row in st.session_state["ablate"]],
        action=t("whatif.importance.act"),
        on_choose=lambda kind, layer, head: toggle_heads([(kind, layer, head)]),
    )
    st.caption(t("whatif.importance.read"))


def _source(trace: core.Trace) -> None:
    st.caption(t("whatif.source.help"))
    words = list(trace.source_words)
    chosen = [word for word in words if any(at in st.session_state["masked"] for at in range(*word))]
    st.session_state["whatif_words"] = [words.index(word) for word in chosen]

    def take() -> None:
        picked = [words[i] for i in st.session_state["whatif_words"]]
        st.session_state["masked"] = tuple(at for word in sorted(picked) for at in range(*word))

    st.pills(
        t("whatif.source"),
        range(len(words)),
        selection_mode="multi",
        format_func=lambda i: plain(word(trace.source_spelling, words[i])),
        key="whatif_words",
        on_change=take,
        label_visibility="collapsed",
    )


def _tokens(trace: core.Trace) -> None:
    st.caption(t("whatif.tokens.help"))
    step, piece, go = st.columns([2, 4, 3], vertical_alignment="bottom")
    step.number_input(t("whatif.step"), 1, max(1, len(trace.output_pieces)), key="whatif_step")
    piece.text_input(t("whatif.piece"), key="whatif_piece")

    def write() -> None:
        typed = st.session_state["whatif_piece"].strip()
        try:
            cache.model(st.session_state["model"]).target_ids(typed)
        except core.HeadlightError:
            st.session_state["whatif_unknown"] = typed
            return
        st.session_state["whatif_unknown"] = None
        force(int(st.session_state["whatif_step"]) - 1, typed)

    go.button(t("whatif.write"), on_click=write, width="stretch")
    if (unknown := st.session_state.get("whatif_unknown")) is not None:
        st.warning(t("whatif.unknown_piece", piece=plain(unknown)) if unknown else t("whatif.no_piece"))


def _chance(shown: core.Request, trace: core.Trace) -> None:
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
        st.button(t("whatif.chance.go"), on_click=_set, args=("search", SAMPLE))
        return
    steps = cache.steps(shown)
    step = steps[min(st.session_state["stage"].get("step") or 0, len(steps) - 1)]
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

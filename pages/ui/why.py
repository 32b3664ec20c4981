"""The parts of the lecture's page on why there is attention: what counts for each word, the sum, sentence length.

A part is a fragment: what is chosen in it draws it anew, and nothing else of the page.
"""

from __future__ import annotations

import base64
import dataclasses

import numpy as np
import streamlit as st

import core
from core.analysis import view
from core.examples import in_language
from core.intervention import Intervention
from core.plots import length_curves
from core.records.trace import Trace
from core.text import surface
from core.zoo import trained_alike
from pages.ui import cache, lecture, session
from pages.ui.catalogue import language_name, plain, sentence, small, t
from pages.ui.charts import show, theme
from pages.ui.controls import number
from pages.ui.formulas import formulas, paint
from pages.ui.matrices import matrices, matrix
from pages.ui.sidebar import languages_name
from pages.ui.views import View
from pages.why.fields import FIELDS

_CONTEXTS = View("contexts")
_part = lecture.part(FIELDS)

ARCHITECTURES = ("rnn", "rnn-additive", "transformer")
"""The three models that are compared, in the order in which they came."""

SHIPPED = {"rnn": "en-zh-rnn", "rnn-additive": "en-zh-rnn-attention", "transformer": cache.DEFAULT_MODEL}

TEXTBOOK = (("汤姆", (0.6, 0.2, 0.2)), ("杰瑞", (0.3, 0.2, 0.5)))
"""The textbooks' illustration for "Tom Chase Jerry": nobody computed these numbers, and the page says so."""

READABLE = 7
"""So many columns are written as numbers; more are colours."""

Members = dict[str, str | None]


def members() -> Members:
    """Which model stands for each architecture, None where there is none: the one chosen in the app, else the shipped one.

    All of them translate between the same languages: the chosen model's, unless more can be compared in others.
    """
    chosen = cache.cards()[st.session_state["model"]]
    groups = cache.by_languages()
    own = cache.languages(chosen)
    teams = [_members(groups[languages], chosen) for languages in sorted(groups, key=lambda other: other != own)]
    return max(teams, key=lambda team: sum(name is not None for name in team.values()))


def _members(names: list[str], chosen: core.ModelCard) -> Members:
    by_architecture: dict[str, list[str]] = {architecture: [] for architecture in ARCHITECTURES}
    for name in names:
        by_architecture.get(cache.cards()[name].config.architecture, []).append(name)
    wanted = (chosen.name, *SHIPPED.values())
    return {
        architecture: next((name for name in wanted if name in found), next(iter(found), None))
        for architecture, found in by_architecture.items()
    }


def sentence_for(name: str) -> str:
    """The sentence that the models of this page get: the app's, or where they read another language an example in it."""
    text, card = st.session_state["text"], cache.cards()[name]
    if card.source_language == session.source_language():
        return text
    other = in_language(text, card.source_language)
    other = other if other != text else cache.example(name)
    names = {"language": language_name(card.source_language), "languages": languages_name(cache.languages(card))}
    st.info(t("why.other_languages", text=plain(other), **names))
    return other


def missing(names: Members) -> None:
    """A sentence for the models that are not there."""
    gone = [SHIPPED[architecture] for architecture, name in names.items() if name is None]
    if gone:
        st.info(t("why.missing", names=", ".join(gone)))


def equal_weights(config: core.ModelConfig) -> Intervention:
    """Every head of cross-attention gives each source piece the same weight."""
    layers = range(config.attention_layers("cross"))
    return Intervention(
        ablate={("cross", layer, head): "uniform" for layer in layers for head in range(config.n_heads)}
    )


def request(name: str, shown: core.Request, names: Members) -> core.Request:
    """What is shown of a model: the sentence of `shown`, with the weights and the translation that were chosen."""
    equal = st.session_state["why_weights"] == "equal"
    change = equal_weights(cache.cards()[name].config) if equal else None
    target = None
    if st.session_state["why_same"] and names["transformer"]:
        target = cache.trace(dataclasses.replace(shown, model=names["transformer"])).output_pieces
    return dataclasses.replace(shown, model=name, target=target, intervention=change)


def layer_and_head(names: Members, place) -> tuple[int, int | None]:
    """Which head of the Transformer's cross-attention is shown; None: the layer's average."""
    config = cache.cards()[names["transformer"]].config
    layer = number("why_layer", t("why.layer"), config.n_layers, config.n_layers - 1, place)
    options = ["average", *range(config.n_heads)]
    if st.session_state["why_head"] not in options:
        session.leave_out("why_head")
        st.session_state["why_head"] = "average"
    head = place.selectbox(
        t("why.head"),
        options,
        format_func=lambda head: t("why.average") if head == "average" else t("why.head_n", n=head + 1),
        key="why_head",
        label_visibility="collapsed",
        width=130,
        persist_state="session",
    )
    return layer, None if head == "average" else head


def own_head(architecture: str, layer: int, head: int | None) -> tuple[int, int | None]:
    """A recurrent model has one attention: what is chosen is for the Transformer alone."""
    return (layer, head) if architecture == "transformer" else (0, None)


# --- What counts for each word


def _choices(names: Members) -> tuple[int, int | None]:
    """The controls that change the picture. -> the Transformer's layer and head"""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    weights = {"learnt": t("why.weights.learnt"), "equal": t("why.weights.equal")}
    row.segmented_control(
        t("why.weights"), weights, format_func=weights.get, key="why_weights", required=True,
        label_visibility="collapsed", persist_state="session", help=t("why.weights.help"),
    )  # fmt: skip
    if not names["transformer"]:
        return 0, None
    layer, head = layer_and_head(names, row)
    row.toggle(t("why.same"), key="why_same", persist_state="session", help=t("why.same.help"))
    return layer, head


def textbook() -> dict:
    """The illustration, as `matrices` takes it."""
    return matrix(
        t("why.textbook"), np.array([numbers for _, numbers in TEXTBOOK]), rows=[word for word, _ in TEXTBOOK],
        columns=("Tom", "Chase", "Jerry"), scale="weights", digits=1, shape="", caption=t("why.textbook.is"),
        row_tone="target", column_tone="source", narrow=True,
    )  # fmt: skip


def weights_of(trace: Trace, layer: int, head: int | None) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Cross-attention of the words that are written, over the source's words. -> weights, output words, source words"""
    found = view(trace, "cross", layer, head, merged=True)
    rows = [i for i, (start, _) in enumerate(trace.output_words) if start not in trace.output_specials]
    rows = rows or list(range(len(found.weights)))
    return found.weights[rows], tuple(found.predicts[i] for i in rows), found.keys


def _panel(architecture: str, trace: Trace, layer: int, head: int | None) -> dict | None:
    """One model's weights, as `matrices` takes them; without attention there are none."""
    if not trace.cross.size:
        return None
    weights, rows, columns = weights_of(trace, layer, head)
    return matrix(
        t(f"why.short.{architecture}"), weights, rows=rows, columns=columns, scale="weights", shape="",
        caption=trace.text, numbers=len(columns) <= READABLE, row_tone="target", column_tone="source", narrow=True,
        column_group="source",
    )  # fmt: skip


def _strips(name: str, found) -> dict:
    """C_i of one model, a row each, as `matrices` takes them."""
    return matrix(
        name, found.contexts, rows=[surface(piece) for piece in found.rows], scale="signed", picture=True, aspect=5,
        shape="", row_tone="target", caption=t("why.apart", apart=f"{100 * found.apart():.0f}"),
    )  # fmt: skip


@_part
def count(names: Members, shown: core.Request) -> None:
    """Textbook and models side by side: which source words count for which output word, and the contexts that follow."""
    layer, head = _choices(names)
    runs = {}
    for architecture, name in names.items():
        try:
            if name is not None:
                wanted = request(name, shown, names)
                own = layer if architecture == "transformer" else None
                runs[architecture] = cache.trace(wanted), cache.contexts(wanted, own)
        except core.HeadlightError as error:
            st.warning(sentence(error))
    panels, strips, notes = [textbook()], [], []
    for architecture, (trace, found) in runs.items():
        panel = _panel(architecture, trace, *own_head(architecture, layer, head))
        drawn = _strips(t(f"why.contexts.{architecture}"), found)
        if panel is None:  # its contexts stand where others have their weights
            same = {"name": t(f"why.short.{architecture}"), "caption": trace.text, "shape": "", "aspect": 2, "least": 8}
            panels.append({**drawn, **same})
            notes.append(t("why.none", n=len(found.rows), apart=_most_apart(found)))
        else:
            panels.append(panel)
        strips.append(drawn)
    matrices(panels, key="why-weights", title=t("why.picture"))
    st.markdown(" ".join([*notes, t("why.rows")]))
    st.markdown(t("why.then"))
    matrices(strips, key="why-contexts", title=t("why.picture.contexts"))
    if st.session_state["why_weights"] == "equal":
        st.markdown(t("why.equal"))
    _formula()


def _most_apart(found) -> str:
    return small(float(np.abs(found.contexts - found.contexts[0]).max()))


def _formula() -> None:
    h, c = paint("source", "h_j"), paint("target", "C_i")
    formulas(
        rf"y_i = f(y_{{<i}}, C) \;\longrightarrow\; y_i = f(y_{{<i}}, {c})",
        rf"{c} = \sum_{{j=1}}^{{S}} \alpha_{{ij}}\, {h}",
        r"\alpha_{ij} = \frac{\exp(e_{ij})}{\sum_k \exp(e_{ik})}",
    )


# --- How a context is made


@_part
def weighted_sum(names: Members, shown: core.Request) -> None:
    """One context as the sum of the source's vectors, one added after the other."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    there = [architecture for architecture, name in names.items() if name]
    if st.session_state["why_model"] not in there:
        session.leave_out("why_model")
        st.session_state["why_model"] = there[-1]
    chosen = row.segmented_control(
        t("why.which"), there, format_func=lambda name: t(f"why.short.{name}"), key="why_model", required=True,
        label_visibility="collapsed", persist_state="session", wrap=True,
    )  # fmt: skip
    layer, head = layer_and_head(names, row) if chosen == "transformer" else (None, None)
    wanted = request(names[chosen], shown, names)
    found = cache.contexts(wanted, layer, head)
    if st.session_state["why_row"] is not None and st.session_state["why_row"] >= len(found.rows):
        session.leave_out("why_row")
        st.session_state["why_row"] = None
    subject, row = f"{wanted} {layer} {head}", st.session_state["why_row"] or 0
    row = _CONTEXTS.follow_index(contexts_data(found, chosen), "why-sum", subject, "row", row, len(found.rows))
    st.session_state["why_row"] = row or None
    st.markdown(t(f"why.sum.{chosen}"))
    if chosen == "transformer" and head is None:
        st.markdown(t("why.sum.average", heads=len(found.weights)))
    if st.session_state["why_weights"] == "equal":
        st.markdown(t("why.equal"))
    _formula()


def contexts_data(found, architecture: str) -> dict:
    """Contexts as the view takes them: arrays as base64 of little-endian float32."""

    def packed(array: np.ndarray) -> str:
        return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")

    weights = found.weights
    return {
        "title": t("why.picture.sum"),
        "symbol": "v" if architecture == "transformer" else "h",
        "keys": list(found.keys),
        "rows": list(found.rows),
        "heads": 0 if weights is None else len(weights),
        "annotations": packed(found.annotations),
        "weights": None if weights is None else packed(weights),
        "contexts": packed(found.contexts),
        "first": 0,
        "last": len(found.keys) - 1,
    }


# --- Length and quality


@_part
def lengths(names: Members) -> None:
    """Quality by sentence length, as it was measured once over the dev set and stands on the models' cards."""
    cards = {architecture: cache.cards()[name] for architecture, name in names.items() if name}
    measured = {architecture: card.lengths for architecture, card in cards.items() if card.lengths.get("buckets")}
    for architecture in cards.keys() - measured.keys():
        st.info(t("why.unmeasured", name=cards[architecture].name))
    if not measured:
        return
    own = next(iter(measured))
    for architecture in [*measured]:
        if not trained_alike([cards[own], cards[architecture]]):
            st.info(t("why.unlike", name=cards[architecture].name, other=cards[own].name))
            del measured[architecture]
    metrics = {"chrf": "chrF", "bleu": "BLEU"}
    metric = st.segmented_control(
        t("why.metric"), metrics, format_func=metrics.get, key="why_metric", required=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    found = {architecture: part["buckets"] for architecture, part in measured.items()}
    labels = {architecture: t(f"why.model.{architecture}") for architecture in ARCHITECTURES}
    figure = length_curves(found, labels, metric, t("why.length"), metrics[metric], theme())
    told = " ".join(told_of(architecture, buckets, metric) for architecture, buckets in found.items())
    show(figure, "why-lengths", t("why.lengths.alt", told=told))
    st.markdown(" ".join([*gain(found, metric), told]))
    part = next(iter(measured.values()))
    longest = part["buckets"][-1]
    st.markdown(
        t(
            "why.lengths.how", sentences=part["sentences"], resamples=part["resamples"], n=longest["sentences"],
            least=longest["from"], most=longest["to"],
        )
    )  # fmt: skip


def gain(found: dict[str, list[dict]], metric: str) -> list[str]:
    """By how much attention is ahead of the fixed context: on the shortest sentences, on the longest, where most."""
    without, additive = (found.get(architecture, []) for architecture in ("rnn", "rnn-additive"))
    if not without or [bucket["from"] for bucket in without] != [bucket["from"] for bucket in additive]:
        return []
    ahead = [more[metric] - less[metric] for more, less in zip(additive, without, strict=True)]
    most = max(range(len(ahead)), key=ahead.__getitem__)
    first, last, top = (f"{ahead[at]:+.1f}".replace("-", "−") for at in (0, -1, most))
    return [
        t("why.lengths.gain", first=first, last=last, top=top, least=without[most]["from"], most=without[most]["to"])
    ]


def told_of(architecture: str, buckets: list[dict], metric: str) -> str:
    """A model's score for the shortest and the longest sentences."""
    first, last = (
        {"score": f"{bucket[metric]:.1f}", "error": f"{bucket[metric + '_error']:.1f}"}
        for bucket in (buckets[0], buckets[-1])
    )
    return t(
        "why.lengths.told", model=t(f"why.model.{architecture}"), first=first["score"], first_error=first["error"],
        last=last["score"], last_error=last["error"],
    )  # fmt: skip

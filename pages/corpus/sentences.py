"""A head's sentences from its strongest to its weakest, as small pictures of its weights."""

from __future__ import annotations

import base64
from typing import Any

import streamlit as st

import core
from core.analysis.corpus import activations, peaks, small_weights
from core.checks import is_index
from core.records.corpus_heads import CorpusHead, CorpusHeads, CorpusText, HeadExample
from pages.ui import navigation
from pages.ui.catalogue import t
from pages.ui.views import View

_EXAMPLES = View("examples")

HEIGHT = 520  # px
TO_OPEN = "_corpus_open"
"""Where the session keeps the query of the Translate page that a visitor has asked for."""


def examples(head: CorpusHead) -> list[HeadExample]:
    """Return all stored sentences of a head, the strongest first."""
    stored = [*head.strongest, *(example for band in head.samples for example in band)]
    return sorted(stored, key=lambda example: (-example.activation, example.sentence))


def own_example(trace: core.Trace, head: CorpusHead) -> tuple[CorpusText, HeadExample] | None:
    """Return the visitor's sentence as an example, None if the head has no activation in it."""
    if getattr(trace, head.kind).shape[:2] <= (head.layer, 0):
        return None
    found = peaks(trace, head.kind)
    if not len(found.rows) or not found.weights.size:
        return None
    at = head.layer, head.head
    place = int(found.weights[at].argmax())
    weights = getattr(trace, head.kind)[at]
    text = CorpusText(trace.source, trace.text, tuple(trace.source_labels), tuple(trace.output_labels))
    example = HeadExample(
        0, float(activations(found)[at]), int(found.rows[place]), int(found.keys[at][place]),
        float(found.weights[at][place]), small_weights(weights),
    )  # fmt: skip
    return text, example


def query_of_link(model: str, source: str, head: CorpusHead, example: HeadExample) -> dict[str, str]:
    """Return the address of the Translate page with a sentence, this head, and the query of the heaviest weight."""
    place = {"kind": head.kind, "layer": str(head.layer + 1), "heads": str(head.head + 1)}
    row = {"pinned": f"r{example.query + 1}"} if head.kind == "encoder_self" else {"step": str(example.query + 1)}
    return {"model": model, "text": source, "search": "greedy", **place, **row}


def open_requested() -> None:
    """Go to the Translate page if a visitor has asked for a sentence there."""
    query = st.session_state.pop(TO_OPEN, None)
    if query:
        st.switch_page("pages/translate.py", query_params=query)


def show_sentences(
    model: str, found: CorpusHeads, head: CorpusHead, letter: str, own: tuple[CorpusText, HeadExample] | None
) -> None:
    """Show a head's sentences, the visitor's first, each with a link to Translate.

    Args:
        model: Name of the model.
        found: What its heads do over a corpus.
        head: The head.
        letter: The name of its side, A or B.
        own: The visitor's sentence, if it was run by this model.
    """
    title = f"{letter} · {t('corpus.sentences')}"
    st.markdown(f"**{title}**")
    listed: list[tuple[int | None, tuple[CorpusText, HeadExample]]] = [(None, own)] if own else []
    listed += [(n, (found.texts[one.sentence], one)) for n, one in enumerate(examples(head), 1)]
    queries = [query_of_link(model, text.source, head, example) for _, (text, example) in listed]
    source_side = "target" if head.kind == "decoder_self" else "source"

    def open_in_translate(action: dict[str, Any]) -> None:
        at: Any = action.get("open")
        if is_index(at, len(queries)):
            st.session_state[TO_OPEN] = queries[at]

    with st.container(height=HEIGHT, key=f"corpus-list-{letter}"):
        _EXAMPLES.show(
            {
                "title": title,
                "head": head.head,
                "sides": {"queries": "source" if head.kind == "encoder_self" else "target", "keys": source_side},
                "examples": [
                    _sent(n, text, example, head.kind) | {"address": navigation.link("translate", query)}
                    for (n, (text, example)), query in zip(listed, queries, strict=True)
                ],
            },
            f"corpus-examples-{letter}",
            open_in_translate,
        )


def _sent(n: int | None, text: CorpusText, example: HeadExample, kind: str) -> dict[str, Any]:
    """Return one sentence as the view gets it (assets/views/examples/payloads.js)."""
    queries, keys = text.labels(kind)
    beside = {"encoder_self": text.output, "decoder_self": text.source, "cross": ""}
    return {
        "n": n,
        "activation": example.activation,
        "queries": queries,
        "keys": keys,
        "query": example.query,
        "key": example.key,
        "weights": base64.b64encode(example.weights).decode(),
        "beside": beside[kind],
    }

"""A head's sentences from its strongest to its weakest, each with the pair of pieces that has the heaviest weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

import core
from core.analysis.corpus import key_pieces, query_pieces
from core.records.corpus_heads import CorpusHead, CorpusHeads, HeadExample
from core.spelling import WORD_START
from core.text import SPECIALS, Tokenizer, clean
from core.zoo import find_folder, read_tokenizers
from pages.corpus.card import shown_piece
from pages.ui import cache, session
from pages.ui.catalogue import plain, t
from pages.ui.matrices import matrices, matrix

MARKS = {"query": ":violet-background", "key": ":green-background"}
"""How a query and a key are marked in a sentence; a key is bold too, so that not the colour alone tells them apart."""


def examples(head: CorpusHead) -> list[HeadExample]:
    """Return all stored sentences of a head, the strongest first."""
    stored = [*head.strongest, *(example for band in head.samples for example in band)]
    return sorted(stored, key=lambda example: (-example.activation, example.sentence))


@cache.cached(2048)
def source_pieces(model: str, text: str) -> tuple[str, ...]:
    """Return the pieces of a source, which need no run of the model."""
    tokenizer = read_source(model)
    return tuple(tokenizer.split(clean(text, tokenizer.language)))


@cache.cached(16)
def read_source(model: str) -> Tokenizer:
    """Return a model's source tokenizer."""
    return read_tokenizers(find_folder(model), cache.cards()[model])[0]


def marked(pieces: Sequence[str], query: int | None, key: int | None) -> str:
    """Return pieces as running text in Markdown, with the pieces of a query and of a key marked."""
    parts = []
    for at, piece in enumerate(pieces):
        if piece in SPECIALS and at not in (query, key):
            continue
        text = shown_piece(piece)
        if at == key:
            text = f"{MARKS['key']}[**{text}**]"
        if at == query:
            text = f"{MARKS['query']}[{text}]"
        parts.append((" " if piece.startswith(WORD_START) else "") + text)
    return "".join(parts).strip()


def query_of_link(model: str, source: str, head: CorpusHead, example: HeadExample) -> dict[str, str]:
    """Return the address of the Translate page with a sentence, this head, and the query of the heaviest weight."""
    place = {"kind": head.kind, "layer": str(head.layer + 1), "heads": str(head.head + 1)}
    row = {"pinned": f"r{example.query + 1}"} if head.kind == "encoder_self" else {"step": str(example.query + 1)}
    return {"model": model, "text": source, "search": "greedy", **place, **row}


def show_sentences(model: str, found: CorpusHeads, head: CorpusHead, letter: str) -> None:
    """List a head's sentences, each with a link to Translate."""
    st.markdown(f"**{letter} · {t('corpus.sentences')}**")
    with st.container(height=420, key=f"corpus-list-{letter}"):
        for n, example in enumerate(examples(head)):
            source, output = found.texts[example.sentence]
            in_source = head.kind != "decoder_self"
            query = example.query if head.kind == "encoder_self" else None
            text = marked(source_pieces(model, source), query, example.key if in_source else None)
            st.markdown(f"{n + 1}\\. **{example.activation:.2f}** · {text}  \n{plain(output)}")
            st.page_link(
                "pages/translate.py",
                label=f":primary[{t('corpus.translate', n=n + 1)} →]",
                query_params=query_of_link(model, source, head, example),
            )


def open_sentence(model: str, found: CorpusHeads, head: CorpusHead) -> None:
    """Show one sentence of a head with its weights, computed anew by the model. Raises `HeadlightError`."""
    stored = examples(head)
    if not stored:
        return
    if (st.session_state["corpus_sentence"] or 0) >= len(stored):
        session.reset_field("corpus_sentence")
    if st.session_state["corpus_sentence"] is None:
        st.session_state["corpus_sentence"] = 0
    st.selectbox(
        t("corpus.choose.sentence"),
        range(len(stored)),
        format_func=lambda n: f"{n + 1}. {stored[n].activation:.2f} · {found.texts[stored[n].sentence][0]}",
        key="corpus_sentence",
        persist_state="session",
    )
    example = stored[st.session_state["corpus_sentence"]]
    trace = cache.trace(core.Request(found.texts[example.sentence][0], model))
    weights = getattr(trace, head.kind)[head.layer, head.head]
    rows, columns = query_pieces(trace, head.kind), key_pieces(trace, head.kind)
    if example.query >= len(rows) or example.key >= len(columns):  # the file is of other weights
        st.info(t("corpus.other_weights"))
        return
    source_marks = {"encoder_self": (example.query, example.key), "cross": (None, example.key)}
    output_marks = {"decoder_self": (example.query, example.key), "cross": (example.query, None)}
    outputs = trace.input_pieces if head.kind == "decoder_self" else trace.output_pieces
    first = marked(trace.source_pieces, *source_marks.get(head.kind, (None, None)))
    second = marked(outputs, *output_marks.get(head.kind, (None, None)))
    pair = t("corpus.pair", query=shown_piece(rows[example.query]), attended=shown_piece(columns[example.key]),
             weight=f"{float(weights[example.query, example.key]):.2f}")  # fmt: skip
    st.markdown(f"{first}  \n{second}  \n{pair}")
    item = matrix(
        "", np.asarray(weights, np.float64), rows=[_label(piece) for piece in rows],
        columns=[_label(piece) for piece in columns], scale="weights", limit=1, shape="", numbers=False,
        framed=[(example.query, example.key)], caption=t("corpus.rows"),
    )  # fmt: skip
    matrices([item], title=t("corpus.rows"), key="corpus-weights")


def _label(piece: str) -> str:
    return piece.removeprefix(WORD_START) or "␣"

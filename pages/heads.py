"""Why many heads? One, two and all of them drawn together, put together by W^O, and what they cost."""

import pandas as pd
import streamlit as st

import core
from core.analysis import multihead
from core.text import surface
from pages.ui import lecture, loaders, state
from pages.ui.choices import number, settle, shown_sentence
from pages.ui.examples import EXAMPLES
from pages.ui.matrices import matrices, matrix
from pages.ui.sentence import ask, attempt
from pages.ui.stage import stage
from pages.ui.text import plain, t

EXAMPLE = "The animal didn't cross the street because it was too tired."
PRONOUN = "it"


def together(trace: core.Trace, packed: bytes) -> None:
    """One, two or all heads of a layer on the stage, drawn as lines from one word."""
    how, layer = st.columns(2, vertical_alignment="center")
    words = {name: t(f"heads.{name}") for name in state.HEADS_DRAWN}
    drawn = how.segmented_control(
        t("heads.drawn"), words, format_func=words.get, key="heads_drawn", required=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    chosen = number("heads", "heads_layer", t("heads.layer"), trace.encoder_self.shape[0], 1, layer)
    count = {"one": 1, "two": 2, "all": trace.n_heads}[drawn]
    pieces = [surface(piece) for piece in trace.source_pieces]
    row = pieces.index(PRONOUN) if PRONOUN in pieces else max(0, len(pieces) - 3)
    st.caption(t("heads.together.text", piece=plain(pieces[row])))
    stage(
        trace,
        packed,
        key="heads_stage",
        state={
            "kind": "encoder_self",
            "layer": chosen,
            "heads": list(range(min(count, trace.n_heads))),
            "pinned": [f"r{row}"],
        },
        version=f"{drawn} {chosen} {trace.source}",
    )


def combined(asked: tuple[str, str, str], trace: core.Trace) -> None:
    """Project, attend, concatenate, W^O: the real numbers of one layer of the encoder."""
    layer = number("heads", "heads_layer", t("heads.layer"), trace.encoder_self.shape[0], 1, st.container())
    heads = [loaders.inside(*asked, "encoder_self", layer, head) for head in range(trace.n_heads)]
    found = multihead.combine(heads)
    config = loaders.cards()[asked[0]].config
    rows = [surface(piece) for piece in trace.source_pieces]
    st.markdown(t("heads.combine.text", h=config.n_heads, d_k=config.d_k, d_model=config.d_model))
    st.latex(
        r"\mathrm{MultiHead}(Q, K, V) = \mathrm{Concat}(\mathrm{head}_1, \ldots, \mathrm{head}_h)\,W^O,\quad "
        r"\mathrm{head}_i = \mathrm{Attention}(QW_i^Q,\, KW_i^K,\, VW_i^V)"
    )
    matrices(
        [
            matrix(t("heads.concatenated"), found.concatenated, rows=rows, row_tone="source", row_group="piece"),
            "×",
            matrix("Wᴼ", found.w_o),
            "+ bᴼ =",
            matrix(t("heads.output"), found.output, rows=rows, row_tone="source", row_group="piece"),
        ],
        key="heads-combined",
        title=t("heads.combine.alt"),
    )
    st.caption(t("heads.combine.check", difference=f"{found.difference:.1e}"))


def cost(asked: tuple[str, str, str], trace: core.Trace) -> None:
    """The same width as one head or as many: parameters and multiply-adds, by the formula that a test compares."""
    config = loaders.cards()[asked[0]].config
    size = len(trace.source_pieces)
    divisors = [h for h in (1, 2, 4, 8, 16) if config.d_model % h == 0]
    found = {h: multihead.cost(config.d_model, h, size, size) for h in divisors}
    st.markdown(t("heads.cost.text", d_model=config.d_model, pieces=size))
    st.table(
        pd.DataFrame(
            {
                "h": [f"**{h}**" if h == config.n_heads else str(h) for h in found],
                "d_k": [str(config.d_model // h) for h in found],
                t("heads.cost.parameters"): [f"{one.parameters:,}" for one in found.values()],
                t("heads.cost.projections"): [f"{one.projections:,}" for one in found.values()],
                t("heads.cost.attending"): [f"{one.attending:,}" for one in found.values()],
            }
        ).set_index("h")
    )
    st.caption(t("heads.cost.model", name=asked[0], h=config.n_heads))


lecture.begin("heads")
(which,) = ask(7)
text = shown_sentence("heads", EXAMPLE, which)
model = st.session_state["model"]
trace = attempt(loaders.trace, model, text, "greedy", otherwise=(model, EXAMPLES[0], "greedy"), key="heads_shown")
asked = st.session_state["heads_shown"]
parts = {name: t(f"heads.parts.{name}") for name in state.HEADS_PARTS}
part = st.segmented_control(
    t("heads.part"), parts, format_func=parts.get, key="heads_part", required=True, label_visibility="collapsed",
    persist_state="session",
)  # fmt: skip
if loaders.cards()[asked[0]].config.recurrent:
    st.info(t("heads.recurrent"))
elif part == "together":
    together(trace, loaders.packed(*asked))
elif part == "combine":
    combined(asked, trace)
else:
    cost(asked, trace)
if st.session_state["broken"]:
    st.info(t("translate.broken_link", names=", ".join(dict.fromkeys(st.session_state["broken"]))))
st.page_link("pages/compare.py", label=t("heads.door"))
lecture.end("heads")
state.write([*state.APP, *state.HEADS])
settle("heads")

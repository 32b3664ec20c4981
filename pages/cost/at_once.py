"""Two ways to write an output as recorded: piece by piece, and all positions in one pass."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.training.at_once import ANSWERS, WAYS, Output, Record, read_record
from pages.cost.common import page_part
from pages.cost.fields import SEQUENCE
from pages.ui.catalogue import plain, t
from pages.ui.formulas import formulas
from pages.ui.matrices import Matrix, matrices, matrix


@st.cache_data(show_spinner=False)
def record() -> Record:
    """Return the recorded models."""
    return read_record()


@page_part
def show_at_once() -> None:
    """Show how many outputs of each way are right, what they take, and one of them for each."""
    recorded = record()
    st.markdown(t("cost.at_once.text"))
    formulas(r"\prod_t p(y_t \mid y_1, …, y_{t-1}, x)", r"\prod_t p(y_t \mid x)")
    matrices(
        [_table(recorded, answers) for answers in ANSWERS],
        key="cost-at-once",
        title=t("cost.at_once.alt"),
    )
    st.markdown(_findings(recorded))
    st.slider(t("cost.at_once.sequence"), SEQUENCE.low, SEQUENCE.high, key="cost_sequence", width=320,
              persist_state="session")  # fmt: skip
    at = st.session_state["cost_sequence"] - 1
    st.markdown(t("cost.at_once.example"))
    matrices(
        [_example(recorded, at, answers) for answers in ANSWERS],
        key="cost-at-once-example",
        title=t("cost.at_once.example.alt"),
    )
    outputs = {way: recorded.result(way, 2).outputs[at] for way in WAYS}
    st.markdown(
        "\n".join(
            f"- {t(f'cost.at_once.is.{kind(output)}', way=t(f'cost.at_once.{way}'), written=_symbols(output.written))}"
            for way, output in outputs.items()
        )
    )
    st.markdown(
        t("cost.at_once.recorded", date=recorded.date, steps=f"{recorded.steps:,}", seed=recorded.seed,
          threads=recorded.threads, processor=plain(recorded.processor))
    )  # fmt: skip


def kind(output: Output) -> str:
    """Return what an output is of its source.

    Returns:
        "reverse", "same", "mixed" (no right answer, but each piece is in one at its position) or "other".
    """
    answers = reverse(output.source), output.source
    if output.written in answers:
        return ("reverse", "same")[answers.index(output.written)]
    fits = len(output.written) == len(output.source) and all(
        piece in pieces for piece, *pieces in zip(output.written, *answers, strict=True)
    )
    return "mixed" if fits else "other"


def reverse(source: tuple[str, ...]) -> tuple[str, ...]:
    """Return the reversed sequence; </s> stays at the end."""
    return (*source[-2::-1], source[-1])


def _table(recorded: Record, answers: int) -> Matrix:
    """Return the numbers of both ways on one task."""
    results = [recorded.result(way, answers) for way in WAYS]
    numbers = [(result.right, result.fitting, result.passes, result.milliseconds) for result in results]
    texts = [
        [_percent(right), _percent(fitting), f"{passes:.1f}".removesuffix(".0"), f"{milliseconds:.1f}"]
        for right, fitting, passes, milliseconds in numbers
    ]
    return matrix(
        t(f"cost.at_once.task.{answers}"), np.array(numbers), scale="plain", shape="", texts=texts,
        rows=[t(f"cost.at_once.{way}") for way in WAYS], row_group="ways",
        columns=[t(f"cost.at_once.{name}") for name in ("right", "fitting", "passes", "milliseconds")],
    )  # fmt: skip


def _example(recorded: Record, at: int, answers: int) -> Matrix:
    """Return what each way wrote for one sequence, below its symbols, in the colour of the piece's probability."""
    outputs = [recorded.result(way, answers).outputs[at] for way in WAYS]
    source = outputs[0].source
    width = max(len(row) for row in (source, *(output.written for output in outputs)))

    def filled(row: tuple, by: object) -> list:
        return [*row, *[by] * (width - len(row))]

    framed = [
        (row, position)
        for row, output in enumerate(outputs)
        for position, (piece, same, other) in enumerate(zip(output.written, source, reverse(source), strict=False))
        if piece == same != other
    ]
    return matrix(
        t(f"cost.at_once.task.{answers}"),
        np.array([filled(output.probabilities, np.nan) for output in outputs]),
        scale="weights", limit=1, shape="", masked_as="–", narrow=True, framed=framed,
        rows=[t(f"cost.at_once.{way}") for way in WAYS], row_group="ways",
        columns=filled(source, ""), column_tone="source",
        texts=[filled(output.written, "") for output in outputs],
    )  # fmt: skip


def _findings(recorded: Record) -> str:
    """Return the sentences on both tasks."""
    one, two = ({way: recorded.result(way, answers) for way in WAYS} for answers in ANSWERS)
    first, last = WAYS
    return t(
        "cost.at_once.found", unseen=recorded.unseen, length=recorded.length,
        one_first=_percent(one[first].right), one_last=_percent(one[last].right),
        two_first=_percent(two[first].right), two_last=_percent(two[last].right), fitting=_percent(two[last].fitting),
        passes=f"{one[first].passes:.1f}".removesuffix(".0"), ratio=f"{one[first].milliseconds / one[last].milliseconds:.1f}",
    )  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def _symbols(pieces: tuple[str, ...]) -> str:
    return plain(" ".join(pieces))

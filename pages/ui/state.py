"""State and address: what a visitor has chosen, kept in the session and written into the page's address.

The address holds all of it, so that a link opens the same picture anywhere. Layers, heads and steps count from 1 in the
address, as on screen, and from 0 in the session, as in code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.analysis.scaling import SIZES
from core.checks import Range
from core.config import KINDS
from core.examples import FIRST, SWAPPED, in_language
from core.intervention import ABLATIONS, ATTENTION_TEMPERATURE
from core.records.trace import Trace
from core.request import ALPHA, BEAM_SIZE, SAMPLE, SEED, STRATEGIES, TEMPERATURE, TOP_K, TOP_P
from pages.ui import cache
from pages.ui.catalogue import LANGUAGES, language
from pages.ui.stage_state import VIEWS, stage_state

Ablated = tuple[str, int, int, str]


@dataclass(frozen=True)
class Field:
    """One part of the state: its value from the address's text (ValueError if it is none), and back again."""

    parse: Callable[[str], object]
    write: Callable[[object], str] = str
    default: object = None
    page: str | None = None  # of a part that its page's address names only where it is not as usual


def _one_of(allowed: Callable[[], Iterable[str]], default: str | None = None) -> Field:
    def parse(text: str) -> str:
        if text not in allowed():
            raise ValueError(text)
        return text

    return Field(parse, default=default)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:6]) >= 1 and len(text) <= 5):
        raise ValueError(text)
    return int(text) - 1


def _heads(text: str) -> str | list[int]:
    return text if text == "average" else [_number(part) for part in text.split(",")]


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def _percent(text: str) -> int:
    if not 10 <= _number(text) + 1 <= 100:
        raise ValueError(text)
    return _number(text) + 1


def _pins(text: str) -> list[str]:
    pins = text.split(",") if text else []
    if not all(pin[:1] in ("r", "c") for pin in pins):
        raise ValueError(text)
    return [pin[0] + str(_number(pin[1:])) for pin in pins]


def _ablation(text: str) -> tuple[Ablated, ...]:
    """Heads as "cross.3.4.zero,encoder_self.1.2.uniform"."""

    def one(part: str) -> Ablated:
        kind, layer, head, mode = part.split(".")
        if kind not in KINDS or mode not in ABLATIONS:
            raise ValueError(part)
        return kind, _number(layer), _number(head), mode

    return tuple(one(part) for part in text.split(","))


def _forced(text: str) -> tuple[tuple[int, str], ...]:
    """Pieces as "3.狗,5.。": a piece may be a comma, so that only one before a number and a dot parts two of them."""
    parts = [part.partition(".") for part in re.split(r",(?=\d+\.)", text)]
    if not all(piece for _, _, piece in parts):
        raise ValueError(text)
    return tuple((_number(step), piece) for step, _, piece in parts)


def _in_range(span: Range) -> Field:
    """A number of a range, which is also that of its control."""
    written = r"\d{1,10}" if span.whole else r"\d{1,6}(\.\d{1,6})?"

    def parse(text: str) -> float:
        value = (int if span.whole else float)(text) if re.fullmatch(written, text, re.ASCII) else None
        if value not in span:
            raise ValueError(text)
        return value

    return Field(parse, str if span.whole else "{:g}".format, (int if span.whole else float)(span.default))


def _from_one(value: object) -> str:
    return str(value + 1)


LONGEST_TEXT = 2000
"""Characters: what is longer is too long for any model here, and for some servers' addresses."""

APP = {
    "lang": _one_of(lambda: LANGUAGES),
    "model": _one_of(cache.usable),
    "text": Field(str),
    "search": _one_of(lambda: (*STRATEGIES, SAMPLE)),
}
"""Parts that all pages share; each is kept in the session under its own name."""

TOP_K_OR_ALL = replace(TOP_K, low=0, default=0)
"""A control and an address have a number only: 0 stands for all pieces."""

WHAT_IF = {
    "ablate": Field(_ablation, lambda heads: ",".join(f"{k}.{n + 1}.{h + 1}.{mode}" for k, n, h, mode in heads), ()),
    "masked": Field(
        lambda text: tuple(_number(part) for part in text.split(",")), lambda at: ",".join(map(_from_one, at)), ()
    ),
    "forced": Field(_forced, lambda steps: ",".join(f"{step + 1}.{piece}" for step, piece in steps), ()),
    "positions": Field(_flag, lambda flag: str(int(flag)), True),
    "causal": Field(_flag, lambda flag: str(int(flag)), True),
    "attention_temperature": _in_range(ATTENTION_TEMPERATURE),
    "temperature": _in_range(TEMPERATURE),
    "top_k": _in_range(TOP_K_OR_ALL),
    "top_p": _in_range(TOP_P),
    "seed": _in_range(SEED),
}
"""What is changed in a run on the Translate page, and how its pieces are drawn by chance."""

CHANGES = ("none", "word", "head", "positions", "causal", "temperature")
"""What can be changed on a side of the Compare page: one of these."""

SHARPNESS = (0.1, 0.25, 0.5, 2.0, 4.0, 10.0)
"""Attention temperatures to choose from there."""


def _head(text: str) -> tuple[str, int, int]:
    """A head as "cross.3.4"."""
    kind, layer, head = text.split(".")
    if kind not in KINDS:
        raise ValueError(text)
    return kind, _number(layer), _number(head)


def _among(numbers: tuple[float, ...]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        return numbers[[f"{number:g}" for number in numbers].index(text)]

    return parse


def _head_or_average(text: str) -> int | str:
    return text if text == "average" else _number(text)


_MODEL = APP["model"].parse
_HEAD_OR_AVERAGE = Field(_head_or_average, lambda head: head if head == "average" else _from_one(head))

COMPARE = {
    "compare": _one_of(lambda: ("models", "sentences", "changes"), "models"),
    "side_a": Field(_MODEL, default="en-zh-1head"),
    "side_b": Field(_MODEL, default="en-zh"),
    "other_text": Field(str, default=SWAPPED),
    "difference": Field(_flag, lambda flag: str(int(flag)), False),
    **{f"what_{side}": _one_of(lambda: CHANGES, default) for side, default in (("a", "none"), ("b", "head"))},
    **{f"word_{side}": Field(_number, _from_one) for side in "ab"},
    **{f"gone_{side}": Field(_head, lambda head: f"{head[0]}.{head[1] + 1}.{head[2] + 1}") for side in "ab"},
    **{f"sharpness_{side}": Field(_among(SHARPNESS), "{:g}".format, 0.5) for side in "ab"},
    "pair_kind": _one_of(lambda: KINDS),
    "pair_layer": Field(_number, _from_one),
    "pair_head_a": _HEAD_OR_AVERAGE,
    "pair_head_b": _HEAD_OR_AVERAGE,
    "pair_step": Field(_number, _from_one),
    "below": _one_of(lambda: ("numbers", "roles", "rollout"), "numbers"),
    "over": _one_of(lambda: ("sentence", "corpus"), "sentence"),
}
"""What stands on the two sides of the Compare page, and what is shown of them."""


def _pieces(text: str) -> tuple[str, ...]:
    """Pieces parted by spaces, of which no piece has one."""
    pieces = tuple(text.split(" "))
    if not all(pieces) or len(pieces) > 500:
        raise ValueError(text)
    return pieces


BEAM_SIZES = replace(BEAM_SIZE, high=8)
"""The tree of a wider beam is too large to be read."""

BEAMS = {
    "beam_size": _in_range(BEAM_SIZES),
    "alpha": _in_range(ALPHA),
    "hypothesis": Field(_pieces, " ".join),  # None: the winner
}
"""How the Beams page searches, and the hypothesis that is on its stage."""

POSITION_PARTS = ("waves", "turn", "distance", "shuffle", "terms", "sum", "recipes")
"""What the lecture's page on positions is divided into."""

POSITION_BASES = (1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0)
"""The paper's 10000, and what can be tried in its place."""


def _whole(low: int, high: int, step: int = 1) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text) if re.fullmatch(r"-?\d{1,4}", text, re.ASCII) else low - 1
        if not low <= value <= high or value % step:
            raise ValueError(text)
        return value

    return parse


def _dimensions(text: str) -> list[int]:
    """Dimensions count from 0, as in the paper."""
    found = [_whole(0, 511)(part) for part in text.split(",")] if text else []
    if len({*found}) < len(found) or len(found) > 8:
        raise ValueError(text)
    return found


def _order(text: str) -> tuple[int, ...]:
    found = tuple(_number(part) for part in text.split(","))
    if sorted(found) != list(range(len(found))):
        raise ValueError(text)
    return found


POSITIONS = {
    "pos_part": _one_of(lambda: POSITION_PARTS, "waves"),
    "pos_d_model": Field(_whole(4, 512, 2), default=192),
    "pos_length": Field(_whole(2, 200), default=60),
    "pos_base": Field(_among(POSITION_BASES), "{:g}".format, 10000.0),
    "pos_dims": Field(_dimensions, lambda found: ",".join(map(str, found)), [0, 1, 24, 25, 48, 49]),
    "pos_at": Field(_whole(0, 199), default=10),  # positions count from 0, as in the paper
    "pos_shift": Field(_whole(0, 20), default=3),
    "pos_order": Field(_order, lambda order: ",".join(map(_from_one, order))),
    "pos_with": Field(_flag, lambda flag: str(int(flag)), False),
    "pos_without": Field(_flag, lambda flag: str(int(flag)), False),
    "pos_head": Field(_number, _from_one),
    "pos_piece": Field(_number, _from_one),
}
"""What is chosen on the lecture's page on positions."""

MASK_PARTS = ("causal", "padding", "later", "forcing", "when")
"""What the lecture's page on masks is divided into."""

_SENTENCE = _one_of(lambda: ("example", "own"))
"""Which sentence a page shows that brings one along; None: not yet decided."""

MASKS = {
    "masks_sentence": _SENTENCE,
    "masks_part": _one_of(lambda: MASK_PARTS, "causal"),
    "masks_layer": Field(_number, _from_one),
    "masks_head": Field(_number, _from_one),
    "masks_on": Field(_flag, lambda flag: str(int(flag)), True),
    "masks_step": Field(_number, _from_one),
    "masks_piece": Field(str),
}
"""What is chosen on the lecture's page on masks."""


def _some_heads(text: str) -> tuple[int, ...]:
    return tuple(_number(part) for part in text.split(","))


HEADS_PARTS = ("together", "combine", "cost")
"""What the lecture's page on many heads is divided into."""

HEADS = {
    "heads_sentence": _SENTENCE,
    "heads_part": _one_of(lambda: HEADS_PARTS, "together"),
    "heads_layer": Field(_number, _from_one),
    "heads_drawn": Field(_some_heads, lambda heads: ",".join(map(_from_one, heads))),  # None: all
    "heads_word": Field(_number, _from_one),
    "heads_wide": Field(_flag, lambda flag: str(int(flag)), False),
}
"""What is chosen there."""

ATTENTION_PARTS = ("search", "similarity", "steps", "head", "scale", "vector")
"""What the lecture's page on attention is divided into."""

LONGER = (0.5, 1.0, 2.0, 4.0)
"""How much longer one of its keys can be made."""


def _table(rows: int, columns: int) -> Field:
    """A small matrix as "1,0;0,-0.5"; None: as it comes."""

    def parse(text: str) -> tuple[tuple[float, ...], ...]:
        lines = [line.split(",") for line in text.split(";")]
        ok = all(re.fullmatch(r"-?\d{1,4}(\.\d{1,10})?", cell, re.ASCII) for line in lines for cell in line)
        if not ok or [len(line) for line in lines] != [columns] * rows:
            raise ValueError(text)
        found = tuple(tuple(float(cell) for cell in line) for line in lines)
        if max(abs(cell) for line in found for cell in line) > 1000:
            raise ValueError(text)
        return found

    def write(table: tuple[tuple[float, ...], ...]) -> str:
        return ";".join(",".join(f"{cell:.10f}".rstrip("0").rstrip(".") for cell in line) for line in table)

    return Field(parse, write)


ATTENTION = {
    "qkv_part": _one_of(lambda: ATTENTION_PARTS, "search"),
    "qkv_layer": Field(_number, _from_one),
    "qkv_head": Field(_number, _from_one),
    "qkv_query": Field(_number, _from_one),
    "qkv_kind": _one_of(lambda: KINDS, "encoder_self"),
    "qkv_vectors": _one_of(lambda: ("plane", "head"), "plane"),
    "qkv_angle": Field(_whole(-180, 180, 5), default=60),  # degrees
    "qkv_longer": Field(_among(LONGER), "{:g}".format, 1.0),
    "qkv_step": Field(_whole(0, 6), default=0),  # steps count from 0, as the lecture does
    "qkv_projection": _one_of(lambda: ("q", "k", "v"), "q"),
    "qkv_token": Field(_number, _from_one),
    "qkv_divide": Field(_flag, lambda flag: str(int(flag)), True),
    "qkv_causal": Field(_flag, lambda flag: str(int(flag)), False),
    "qkv_table": _one_of(lambda: ("x", "w_q", "w_k", "w_v"), "x"),
    "qkv_x": _table(4, 5),
    **{f"qkv_w_{name}": _table(5, 3) for name in "qkv"},
    "qkv_d_k": Field(_among(SIZES), str, 64),
    "qkv_draw": Field(_whole(1, 999), default=1),
    "qkv_numbers": Field(_whole(1, 512)),  # None: all
}
"""What is chosen on the lecture's page on attention."""

INSIDE = {
    "inside_kind": _one_of(lambda: KINDS, "cross"),
    "inside_layer": Field(_number, _from_one),  # None: the last one
    "inside_head": Field(_number, _from_one),
    "inside_query": Field(_number, _from_one),
}
"""The head that the Inside page shows, and the row of its query."""

WHY_PARTS = ("count", "sum", "length")
"""What the lecture's page on why there is attention is divided into."""

WHY = {
    "why_part": _one_of(lambda: WHY_PARTS, "count"),
    "why_weights": _one_of(lambda: ("learnt", "equal"), "learnt"),
    "why_same": Field(_flag, lambda flag: str(int(flag)), False),
    "why_layer": Field(_number, _from_one),
    "why_head": replace(_HEAD_OR_AVERAGE, default="average"),
    "why_model": _one_of(lambda: ("rnn", "rnn-additive", "transformer"), "rnn-additive"),
    "why_row": Field(_number, _from_one),
    "why_metric": _one_of(lambda: ("chrf", "bleu"), "chrf"),
}
"""What is chosen on the lecture's page on why there is attention."""

OWN: dict[str, Field] = {
    **{name: replace(field, page="why") for name, field in WHY.items()},
    **{name: replace(field, page="translate") for name, field in WHAT_IF.items()},
    **{name: replace(field, page="inside") for name, field in INSIDE.items()},
    **{name: replace(field, page="compare") for name, field in COMPARE.items()},
    **{name: replace(field, page="positions") for name, field in POSITIONS.items()},
    **{name: replace(field, page="attention") for name, field in ATTENTION.items()},
    **{name: replace(field, page="heads") for name, field in HEADS.items()},
    **{name: replace(field, page="masks") for name, field in MASKS.items()},
    **{name: replace(field, page="beams") for name, field in BEAMS.items()},
}
"""Parts that one page has to itself, named after it; each is kept in the session under its own name."""

STAGE = {
    "kind": _one_of(lambda: KINDS),
    "layer": Field(_number, _from_one),
    "heads": Field(_heads, lambda heads: heads if heads == "average" else ",".join(map(_from_one, heads))),
    "step": Field(_number, _from_one),
    "pinned": Field(_pins, lambda pins: ",".join(pin[0] + _from_one(int(pin[1:])) for pin in pins)),
    "merged": Field(_flag, lambda flag: str(int(flag))),
    "hidden": Field(_flag, lambda flag: str(int(flag))),
    "threshold": Field(_percent),
    "view": _one_of(lambda: VIEWS),
}
"""Parts that are chosen on the stage; kept in the session together, under "stage"."""


def read() -> None:
    """Take over what the address holds, when a visitor comes in by it or goes back in the browser's history.

    What cannot be used is left out and named in the session's "broken".
    """
    query = st.query_params.to_dict()
    state = st.session_state
    state.setdefault("lang", language())
    state.setdefault("text", FIRST)
    state.setdefault("model", next(iter(cache.usable()), None))
    state.setdefault("search", STRATEGIES[0])
    # The first example opens where 杰瑞 is written: one word that is read from one word.
    state.setdefault("stage", {} if "text" in query else {"step": 2})
    for name, field in OWN.items():
        state.setdefault(name, field.default)
    state.setdefault("broken", [])
    state.setdefault("linked", frozenset())
    state.setdefault("asked", {})
    if query == state.get("written"):
        return  # it is what this session itself wrote there
    if "written" in state and any(state["choices"].get(name, choice) != choice for name, choice in _choices().items()):
        return  # the visitor chose something before the browser had heard of the newest address
    state["broken"] = []
    before, reset = source_language() if "written" in state else None, set()
    if query:  # coming by the menu there is none, and all stays as it was on this page
        page = (st.context.url or "").split("?")[0].rstrip("/").rpartition("/")[2]
        reset = {name for name, field in OWN.items() if field.page and page in ("", field.page)}
        state.update({name: OWN[name].default for name in reset})
    stage = {}
    for name, field in {**APP, **OWN, **STAGE}.items():
        if name not in query:
            continue
        try:
            value = field.parse(query[name])
        except ValueError:
            state["broken"].append(name)
            continue
        if name not in STAGE:
            state[name] = value
        else:
            stage[name] = value
    moved = TEXTS if source_language() != before else reset.intersection(TEXTS)
    translate_examples(name for name in moved if name not in query)
    state["asked"] = stage
    state["linked"] = frozenset(OWN.keys() & query.keys())
    if stage:
        state["stage"] = stage
        state["stage_version"] = state.get("stage_version", 0) + 1
    state["written"] = query


TEXTS = ("text", "other_text")
"""Sentences that visitors type."""


def source_language() -> str:
    """What the chosen model reads; "" without a model."""
    name = st.session_state["model"]
    return cache.cards()[name].source_language if name else ""


def translate_examples(names: Iterable[str] = TEXTS) -> None:
    """Sentences that are examples still, in the language that the chosen model reads. What somebody typed stays."""
    for name in names:
        st.session_state[name] = in_language(st.session_state[name], source_language())


def arrive() -> None:
    """Hand over what is chosen to a page that is entered: a widget that two pages have is another one on each of them, and
    would begin at its default. What stands in the sidebar is the same one everywhere."""
    page = get_script_run_ctx().page_script_hash
    if page != st.session_state.get("page"):
        names = {*APP, *OWN} - {"lang", "model"}
        st.session_state.update({name: st.session_state[name] for name in names if name in st.session_state})
    st.session_state["page"] = page


def broken(trace: Trace) -> list[str]:
    """The parts of the link by which the visitor came that cannot be used, here or with this Trace."""
    possible = stage_state(trace, st.session_state["asked"])
    return [*st.session_state["broken"], *(k for k, v in st.session_state["asked"].items() if possible[k] != v)]


def leave_out(name: str) -> None:
    """A part that its page cannot use as it is: taken back, and where a link asked for it, named there as broken."""
    if name in st.session_state["linked"]:
        st.session_state["broken"] = [*st.session_state["broken"], name]
    st.session_state[name] = OWN[name].default


def forget_link() -> None:
    """The visitor has gone on, to another sentence, from what the link asked for; what named its pieces goes with it."""
    st.session_state["masked"], st.session_state["forced"] = (), ()
    st.session_state["word_a"] = st.session_state["word_b"] = st.session_state["hypothesis"] = None
    st.session_state["pos_order"] = st.session_state["pos_piece"] = None
    st.session_state["broken"], st.session_state["asked"] = [], {}


def write(names: Iterable[str]) -> None:
    """Put those parts of the state into the address. They are the page's own then: what does not fit from now on is no
    link's fault."""
    names = tuple(names)
    query = address(names)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    st.session_state["written"] = query
    st.session_state["linked"] -= {*names}
    st.session_state["choices"] = _choices()


def _choices() -> dict[str, str]:
    """What the visitor's own acts change, to compare between two runs: views only where both runs have them."""
    names = (*APP, *OWN, "stage_view", "inside_view", "compare_view")
    return {name: repr(st.session_state[name]) for name in names if name in st.session_state}


def address(names: Iterable[str]) -> dict[str, str]:
    """Those parts of the state as they stand in an address."""
    state = st.session_state
    held = {**{name: state[name] for name in (*APP, *OWN) if name in state}, **state["stage"]}
    for name in TEXTS:
        if len(held[name]) > LONGEST_TEXT:
            del held[name]
    fields = {**APP, **OWN, **STAGE}
    usual = {name for name in names if fields[name].page and held.get(name) == fields[name].default}
    return {name: fields[name].write(held[name]) for name in names if held.get(name) is not None and name not in usual}


def link(page: str, names: Iterable[str]) -> str:
    """The whole address of a page as it stands; by the page's name, also where it is the one at the root."""
    root = (st.context.url or "").split("?")[0].rstrip("/").removesuffix(f"/{page}")
    return f"{root}/{page}?{urlencode(address(names))}"

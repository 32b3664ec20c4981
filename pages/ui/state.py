"""State and address: what a visitor has chosen, kept in the session and written into the page's address.

The address holds all of it, so that a link opens the same picture anywhere. Layers, heads and steps count from 1 in the
address, as on screen, and from 0 in the session, as in code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from core.export import VIEWS, stage_state
from core.trace import KINDS, STRATEGIES, Trace
from pages.ui import loaders
from pages.ui.examples import EXAMPLES
from pages.ui.text import LANGUAGES, language


@dataclass(frozen=True)
class Field:
    """One part of the state: its value from the address's text (ValueError if it is none), and back again."""

    parse: Callable[[str], object]
    write: Callable[[object], str] = str
    default: object = None


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


def _from_one(value: object) -> str:
    return str(value + 1)


LONGEST_TEXT = 2000
"""Characters: what is longer is too long for any model here, and for some servers' addresses."""

APP = {
    "lang": _one_of(lambda: LANGUAGES),
    "model": _one_of(lambda: [name for name, card in loaders.cards().items() if not card.problem]),
    "text": Field(str),
    "search": _one_of(lambda: STRATEGIES),
}
"""Parts that all pages share; each is kept in the session under its own name."""

OWN: dict[str, Field] = {}
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
    state.setdefault("text", EXAMPLES[0])
    state.setdefault("search", STRATEGIES[0])
    # The first example opens where 杰瑞 is written: one word that is read from one word.
    state.setdefault("stage", {} if "text" in query else {"step": 2})
    for name, field in OWN.items():
        state.setdefault(name, field.default)
    state.setdefault("broken", [])
    state.setdefault("asked", {})
    if query == state.get("written"):
        return  # it is what this session itself wrote there
    if "written" in state and _choices() != state["choices"]:
        return  # the visitor chose something before the browser had heard of the newest address
    state["broken"] = []
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
    state["asked"] = stage
    if stage:
        state["stage"] = stage
        state["stage_version"] = state.get("stage_version", 0) + 1
    state["written"] = query


def broken(trace: Trace) -> list[str]:
    """The parts of the link by which the visitor came that cannot be used, here or with this Trace."""
    possible = stage_state(trace, st.session_state["asked"])
    return [*st.session_state["broken"], *(k for k, v in st.session_state["asked"].items() if possible[k] != v)]


def forget_link() -> None:
    """The visitor has gone on from what the link asked for."""
    st.session_state["broken"], st.session_state["asked"] = [], {}


def write(names: Iterable[str]) -> None:
    """Put those parts of the state into the address."""
    query = address(names)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    st.session_state["written"] = query
    st.session_state["choices"] = _choices()


def _choices() -> list[str]:
    """What the visitor's own acts change, to compare between two runs."""
    return [repr(st.session_state.get(name)) for name in (*APP, *OWN, "stage_view")]


def address(names: Iterable[str]) -> dict[str, str]:
    """Those parts of the state as they stand in an address."""
    state = st.session_state
    held = {**{name: state[name] for name in (*APP, *OWN) if name in state}, **state["stage"]}
    if len(held["text"]) > LONGEST_TEXT:
        del held["text"]
    fields = {**APP, **OWN, **STAGE}
    return {name: fields[name].write(held[name]) for name in names if held.get(name) is not None}


def link(page: str, names: Iterable[str]) -> str:
    """The whole address of a page as it stands; by the page's name, also where it is the one at the root."""
    root = (st.context.url or "").split("?")[0].rstrip("/").removesuffix(f"/{page}")
    return f"{root}/{page}?{urlencode(address(names))}"

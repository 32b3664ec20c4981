"""A lecture as one HTML page: the attention views of its states. Other pages need a server."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path

import core
from core.examples import FIRST
from core.export.slides import Slide, slides_page
from core.lecture import Lecture, State
from core.request import STRATEGIES
from pages.ui import cache
from pages.ui.address import APP, PAGES, STAGE, fields
from pages.ui.catalogue import catalogue

FOLDER = Path(__file__).parents[1]


def _has_picture(state: State) -> bool:
    """Return whether a state's page says which Trace it shows, in a module `offline` of its own."""
    return (FOLDER / state.page / "offline.py").is_file()


def missing(lecture: Lecture) -> list[int]:
    """Return the numbers, from 1, of the states that an offline page cannot show."""
    return [n for n, state in enumerate(lecture.states, start=1) if not _has_picture(state)]


def page(lecture: Lecture, app_language: str) -> str:
    """Return the HTML page. It is made outside of the session, so that the language is given."""
    app_language = lecture.language or app_language
    return slides_page(lecture.title, [_slide(state, app_language) for state in lecture.states], app_language)


def _slide(state: State, app_language: str) -> Slide:
    texts = catalogue(app_language)
    slide = Slide(state.name, presentation=state.presentation)
    if not _has_picture(state):
        return dataclasses.replace(slide, note=texts["lectures.offline.note"].format(page=texts[f"nav.{state.page}"]))
    values = values_of(state)
    try:
        trace = importlib.import_module(f"pages.{state.page}.offline").trace(values)
    except core.HeadlightError as error:
        return dataclasses.replace(
            slide, note=error.describe(texts.get(f"error.{type(error).__name__}", error.sentence), error.causes)
        )
    return dataclasses.replace(slide, trace=trace, state={name: values[name] for name in STAGE if name in values})


def values_of(state: State) -> dict:
    """Return the values that a state's query stands for, by field; what is invalid or missing has its default."""
    values = {name: field.default for name, field in PAGES.items()}
    values |= {"text": FIRST, "search": STRATEGIES[0], "model": next(iter(cache.usable()), None)}
    known = fields()
    for name, text in state.query.items():
        if name in {*APP, *PAGES, *STAGE}:
            try:
                values[name] = known[name].parse(text)
            except ValueError:
                continue
    return values

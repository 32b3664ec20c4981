"""A model that the visitor trained, on all other pages for the rest of the visit."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import weakref
from pathlib import Path

import streamlit as st

from core import zoo
from core.training.process import LiveTraining
from pages.ui import cache, session
from pages.ui.catalogue import t

MOST = 100
"""Largest number of such models on a server; the oldest are forgotten."""

EXAMPLES = 6
"""Largest number of example sentences of such a model."""


class Folders:
    """The folders of all models that visitors trained, in a temporary folder that ends with the process."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="headlight-"))
        weakref.finalize(self, shutil.rmtree, self.root, ignore_errors=True)

    def add(self, training: LiveTraining) -> str:
        """Write a finished model, and return its name, which nobody can guess."""
        name = f"live-{secrets.token_hex(8)}"
        training.write(self.root / name)
        zoo.ADDED[name] = self.root / name
        mine = [found for found, folder in zoo.ADDED.items() if folder.parent == self.root]
        for old in mine[:-MOST]:
            shutil.rmtree(zoo.ADDED.pop(old), ignore_errors=True)
        return name


@st.cache_resource(show_spinner=False)
def folders() -> Folders:
    """Return the folders of this server."""
    return Folders()


def use(training: LiveTraining, text: str) -> None:
    """Make the finished model the model of all pages, with a text that it knows."""
    key = f"_own_of_{training.pid}"
    name = st.session_state.get(key)
    if name not in zoo.ADDED:
        name = st.session_state[key] = folders().add(training)
        pairs = training.experiment.all_pairs if training.experiment.task == "pairs" else (training.experiment.example,)
        examples = tuple(source for source, _ in (training.experiment.example, *pairs))
        card = zoo.read_card(zoo.ADDED[name])
        cache.add_own(name, cache.Own(card, tuple(dict.fromkeys(examples))[:EXAMPLES]))
    st.session_state.update(model=name, text=text)
    session.forget_link()


def show_use(training: LiveTraining, text: str) -> None:
    """Show the button that opens Translate with the finished model, or say which parts it lacks for that."""
    if not training.complete:
        st.caption(t("training.use.lacks"))
        return
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    clicked = row.button(t("training.use"), key="training-use", on_click=use, args=(training, text))
    row.caption(t("training.use.what"), width="content")
    if clicked:
        st.switch_page("pages/translate.py")

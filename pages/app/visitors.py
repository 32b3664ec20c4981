"""The limit on how many visitors one server process has at a time, and the order in which their pages run.

A visitor who comes later is refused politely. A run that comes later waits a moment.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.catalogue import t

SETTING = "HEADLIGHT_VISITORS"
"""The environment variable with the limit."""

MOST = 500
"""The limit without that setting. With so many, each typing every 50 s, two cores answer all within a second."""

_admitted: set[str] = set()
"""The ids of the sessions of visitors who are in; those who have left are dropped when somebody comes."""
_lock = threading.Lock()


TURN = threading.BoundedSemaphore(1)  # not a lock: a timer releases it too
LONGEST_TURN = 0.5  # seconds


@contextmanager
def turn() -> Iterator[None]:
    """Let the runs of pages go one after the other. One gives its turn back after LONGEST_TURN, and goes on beside others.

    Python computes in one thread at a time. Runs side by side therefore all end late; one after the other, each ends as
    early as it can. LONGEST_TURN keeps visitors from waiting for a page that computes for long.
    """
    given_back = threading.Lock()

    def give_back() -> None:
        if given_back.acquire(blocking=False):
            TURN.release()

    TURN.acquire()
    timer = threading.Timer(LONGEST_TURN, give_back)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        give_back()


def limit() -> int:
    """Return the largest number of visitors at a time; an invalid setting counts as none."""
    setting = os.environ.get(SETTING, "")
    return int(setting) if setting.isascii() and setting.isdigit() and int(setting) > 0 else MOST


def is_connected(session: str) -> bool:
    """Return whether the browser of a session is connected to this process."""
    return runtime.exists() and bool(runtime.get_instance().is_active_session(session))


def admit() -> None:
    """End the script with a sentence for a new visitor beyond the limit. Visitors who are in stay in."""
    context = get_script_run_ctx()
    session = context.session_id if context else ""
    with _lock:
        if session not in _admitted:
            _admitted.intersection_update([*filter(is_connected, _admitted)])
            if len(_admitted) < limit():
                _admitted.add(session)
        admitted = session in _admitted
    if not admitted:
        st.title("Headlight", anchor=False)
        st.info(t("visitors.full"))
        st.button(t("visitors.again"))
        st.stop()

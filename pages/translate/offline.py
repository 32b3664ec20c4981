"""The Trace that a saved state of the page shows, for pages without a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import core
from pages.translate.request import request
from pages.ui import cache


def trace(state: Mapping[str, Any]) -> core.Trace:
    """Return the Trace of a state of the page: values by the names of its fields. Raises `HeadlightError`."""
    return cache.trace(request(state))

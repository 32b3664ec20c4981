"""The sources of a view in assets/views, as one script for the app's components and for the page."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from core.export.packed import compact_json

ASSETS = Path(__file__).parents[2] / "assets"


@functools.cache
def view_sources(name: str) -> dict[str, str]:
    """A view's front-end sources as they lie in assets: js, css, and `assets`, its words and colours as JSON.

    What all views share (kit) stands before the view's own; js ends with a default export, the function `view`.
    """
    folder = ASSETS / "views"
    js, css = (
        "\n".join((folder / f"{part}.{suffix}").read_text("utf-8") for part in ("kit", name))
        for suffix in ("js", "css")
    )
    words = json.loads((folder / f"{name}.json").read_text("utf-8"))
    palette = json.loads((ASSETS / "palette.json").read_text("utf-8"))
    return {"js": js, "css": css, "assets": script_json({"css": css, "words": words, "palette": palette})}


def script_json(value: Any) -> str:
    """JSON that may stand inside a <script>: nothing in it can end the script or open a comment."""
    return compact_json(value).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

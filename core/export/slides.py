"""A lecture as an HTML file: one attention view after the other, for use without a server or a network."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import OptionError
from core.export.bundle import ASSETS, bundle, script_json, view_sources
from core.export.packed import pack, packed_id
from core.records.trace import Trace

LARGEST = 16_000_000
"""Bytes of all packed Traces of a file. States beyond it have a note in the place of their view."""

TOO_LARGE = {
    "en": "This state is left out: the file would be too large.",
    "zh": "文件过大，这个画面没有包含在内。",
}

PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
html, body {{ margin: 0; background: {background}; }}
@media (prefers-color-scheme: dark) {{ html, body {{ background: {dark}; color: {dark_text}; }} }}
:root {{ --hl-bar: 2rem; }}
body {{ font-family: {fonts}; }}
main {{ max-width: 1400px; margin: 0 auto; padding: 12px 12px 3.5rem; box-sizing: border-box; }}
h1 {{ position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }}
.slide-name {{ margin: 0 0 0.5rem; font-size: 1.3rem; }}
.slide-note {{ font-size: 1.5rem; }}
</style>
</head>
<body>
<main><h1>{title}</h1><div id="stage"></div></main>
<div id="bar"></div>
{traces}
<script type="module">
{js}
const decode = (element) => Uint8Array.from(atob(element.textContent), (character) => character.charCodeAt(0));
const traces = [...document.querySelectorAll("script.trace")].map(decode);
play(view, {lecture}, traces, {{ stage: {stage}, slides: {slides} }});
</script>
</body>
</html>
"""


@dataclass(frozen=True)
class Slide:
    """One state of a lecture: its attention view, or a note in its place.

    Attributes:
        name: What is to be seen.
        trace: The Trace that the view shows, None for a note.
        state: The initial state of the view, as for `to_html`.
        note: A sentence in the place of the view.
        presentation: Whether the view fills the window.
    """

    name: str
    trace: Trace | None = None
    state: dict[str, Any] | None = None
    note: str = ""
    presentation: bool = False


def slides_page(title: str, slides: Sequence[Slide], language: str = "en", theme: str = "auto") -> str:
    """Return an HTML file that goes through slides by keyboard, works from disk and makes no requests.

    A Trace that several slides show is in the file once, and so are the sources of the view.

    Args:
        title: The lecture's name.
        slides: Its slides, in order.
        language: The language of the view, "en" or "zh".
        theme: The theme, "light", "dark" or "auto" (that of the visitor's system).

    Raises:
        OptionError: If the language or theme does not exist.
    """
    for name, value, allowed in (("language", language, ("en", "zh")), ("theme", theme, ("light", "dark", "auto"))):
        if value not in allowed:
            raise OptionError(name=name, value=value, cause="choices", choices=", ".join(allowed))
    packed: dict[str, bytes] = {}
    entries = [_entry(slide, packed, language) for slide in slides]
    stage, bar = view_sources("stage"), view_sources("slides")
    views = ASSETS / "views"
    palette = json.loads((ASSETS / "palette.json").read_text("utf-8"))
    contents = (base64.b64encode(data).decode() for data in packed.values())
    return PAGE.format(
        lang="zh-Hans" if language == "zh" else "en",
        title=html.escape(title),
        background=palette["dark" if theme == "dark" else "light"]["background"],
        dark=palette["light" if theme == "light" else "dark"]["background"],
        dark_text=palette["light" if theme == "light" else "dark"]["text"],
        fonts=palette["fonts"].get(language, palette["fonts"]["text"]),
        traces="\n".join(f'<script type="application/octet-stream" class="trace">{data}</script>' for data in contents),
        js=bundle(views / "slides" / "player.js", views / "stage.js"),
        lecture=script_json({"title": title, "language": language, "theme": theme, "slides": entries}),
        stage=stage["assets"],
        slides=bar["assets"],
    )


def _entry(slide: Slide, packed: dict[str, bytes], language: str) -> dict[str, Any]:
    """Return a slide as the page reads it, and add its Trace to those of the file by its id."""
    entry = {"name": slide.name, "trace": None, "note": slide.note, "state": slide.state or {}, "presentation": False}
    if slide.trace is None:
        return entry
    data = pack(slide.trace)
    identity = packed_id(data)
    if identity not in packed:
        if sum(map(len, packed.values())) + len(data) > LARGEST:
            return {**entry, "note": TOO_LARGE[language]}
        packed[identity] = data
    return {**entry, "trace": [*packed].index(identity), "presentation": slide.presentation}

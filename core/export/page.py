"""One HTML file with a Trace and the attention view inside, for use without a server or a network."""

from __future__ import annotations

import base64
import html
import json
from typing import Any

from core.errors import OptionError
from core.export.bundle import ASSETS, view_sources
from core.export.packed import pack
from core.records.trace import Trace

PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>html, body {{ margin: 0; background: {background}; }} h1 {{ position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }} #stage {{ max-width: 1400px; margin: 0 auto; padding: 12px; box-sizing: border-box; }}</style>
</head>
<body>
<main id="stage"><h1>{title}</h1></main>
<script type="application/octet-stream" id="trace">{trace}</script>
<script type="module">
{js}
const packed = Uint8Array.from(atob(document.getElementById("trace").textContent), (character) => character.charCodeAt(0));
view({{ data: packed, parentElement: document.getElementById("stage"), key: "page" }}, {assets});
</script>
</body>
</html>
"""


def to_html(trace: Trace, language: str = "en", theme: str = "light", state: dict[str, Any] | None = None) -> str:
    """One HTML file with the attention view and the Trace inside. It works from disk, offline, and makes no request.

    language: of the view's own words, "en" or "zh". theme: "light", "dark" or "auto", as the visitor's system has it;
    the page has a switch. state: what the view shows at first, a plain object for JSON with any of kind, layer, head
    numbers (heads), step, pinned, merged, hidden, threshold and view, counted from 0; the view replaces what is missing
    or not possible for this Trace by its default.
    Raises `OptionError` for a language or theme that there is not.
    """
    sources = view_sources("stage")
    palette = json.loads((ASSETS / "palette.json").read_text("utf-8"))
    for name, value, allowed in (
        ("language", language, ("en", "zh")),
        ("theme", theme, ("light", "dark", "auto")),
    ):
        if value not in allowed:
            raise OptionError(name=name, value=value, cause="choices", choices=", ".join(allowed))
    packed = pack(trace, state=state, language=language, theme=theme, page=True)
    return PAGE.format(
        lang="zh-Hans" if language == "zh" else "en",
        title=html.escape(f"{trace.source} → {trace.text}"),
        background=palette["light" if theme == "auto" else theme]["background"],
        trace=base64.b64encode(packed).decode(),
        js=sources["js"],
        assets=sources["assets"],
    )

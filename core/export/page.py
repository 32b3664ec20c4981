"""An HTML file with a Trace and the attention view, for use without a server or a network."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
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
<style>html, body {{ margin: 0; background: {background}; }} h1 {{ position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }} #stage {{ padding: 8px 12px; box-sizing: border-box; }}</style>
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


def to_html(
    trace: Trace,
    language: str = "en",
    theme: str = "light",
    state: dict[str, Any] | None = None,
    layers: Sequence[int] | None = None,
) -> str:
    """Return an HTML file with the attention view and the Trace, which works from disk and makes no requests.

    Args:
        trace: The Trace.
        language: The language of the view, "en" or "zh".
        theme: The initial theme, "light", "dark" or "auto" (that of the visitor's system).
        state: The initial state of the view: any of kind, layer, heads, step, pinned, merged, hidden, threshold and
            view, with indices from 0. The view replaces missing or invalid values by its defaults.
        layers: The layers that the page holds, from 0, where all have too many weights for it; by default all.

    Raises:
        OptionError: If the language, theme or a layer does not exist, or the layers have too many weights for a page.
    """
    sources = view_sources("stage")
    palette = json.loads((ASSETS / "palette.json").read_text("utf-8"))
    for name, value, allowed in (
        ("language", language, ("en", "zh")),
        ("theme", theme, ("light", "dark", "auto")),
    ):
        if value not in allowed:
            raise OptionError(name=name, value=value, cause="choices", choices=", ".join(allowed))
    packed = pack(trace, layers, state=state, language=language, theme=theme, page=True)
    return PAGE.format(
        lang="zh-Hans" if language == "zh" else "en",
        title=html.escape(
            f"{trace.source} → {trace.text}" if trace.text and trace.source else trace.source or trace.text
        ),
        background=palette["light" if theme == "auto" else theme]["background"],
        trace=base64.b64encode(packed).decode(),
        js=sources["js"],
        assets=sources["assets"],
    )

"""How tests use a page and read what is on it."""

import base64
import json
import re

import numpy as np
from streamlit.testing.v1 import AppTest

from core import errors
from pages.ui.catalogue import LANGUAGES, catalogue

CATALOGUES = {name: catalogue(name) for name in LANGUAGES}

BAD = {
    "": errors.EmptyTextError,
    "   ": errors.EmptyTextError,
    "word " * 2000: errors.TextTooLongError,
    "नमस्ते दुनिया": errors.UnknownLanguageError,
    "مرحبا بالعالم": errors.UnknownLanguageError,
    "Привет, мир": errors.UnknownLanguageError,
    "one \x07 bell": errors.ControlCharacterError,
    "a \u202e b": errors.ControlCharacterError,
}
"""What people type that cannot be translated, and the error that says why."""


FOLDED = ("whatif_open", "export_open")
"""Keys of the parts that a page makes only when a visitor opens them."""


def open_page(app: AppTest, name: str = "translate", folded: bool = False, **query: str) -> AppTest:
    """Open a page by its address, and all that is folded on it."""
    for key in () if folded else FOLDED:
        app.session_state[key] = True
    for key, value in query.items():
        app.query_params[key] = value
    app.run()  # the root is the home page
    if name != "home":
        app.switch_page(f"pages/{name}.py").run()
    assert not app.exception
    return app


def type_in(app: AppTest, text: str) -> AppTest:
    app.text_input(key="text").set_value(text).run()
    assert not app.exception
    assert app.text_input(key="text").value == text, "what was typed stays in the box"
    return app


def said(key: str, language: str = "en", **given) -> str:
    """A phrase of the catalogue."""
    text = CATALOGUES[language][key]
    return text.format(**given) if given else text


def written(app: AppTest) -> str:
    """What stands on the page, but for titles and warnings."""
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.subheader, *app.info))


def unlinked(markdown: str) -> str:
    """Text as it reads where terms are links to the glossary."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)


def unescaped(markdown: str) -> str:
    """Text as it reads where Markdown escapes its marks."""
    return re.sub(r"\\(.)", r"\1", markdown).replace("\u2060", "")


def views(app: AppTest) -> list[dict]:
    """What the page's pictures are drawn from, in its order, but for those that get bytes."""
    return [json.loads(view.proto.json) for view in app.get("bidi_component") if view.proto.json]


def packed(app: AppTest) -> list[tuple[dict, bytes]]:
    """The same for those that get bytes: header and body."""
    return [header_and_body(view.proto.bytes) for view in app.get("bidi_component") if view.proto.bytes]


def header_and_body(data: bytes) -> tuple[dict, bytes]:
    end = 4 + int.from_bytes(data[:4], "little")
    return json.loads(data[4:end]), data[end:]


def unpacked(text: str) -> np.ndarray:
    """Numbers from base64 of little-endian float32."""
    return np.frombuffer(base64.b64decode(text), "<f4")


def values(item: dict) -> np.ndarray:
    """A matrix's numbers, as it is sent small or large; NaN where a cell is hidden."""
    if "packed" in item:
        return unpacked(item["packed"]).reshape(-1, item["columns_in_row"])
    return np.array(item["values"], dtype=float)

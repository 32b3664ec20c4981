"""Bundles: the modules of a view in assets/views as one script, for the app's components and the offline page.

A view is an ES module that imports others by relative paths. They are concatenated at run time, so that neither the app
nor a page from disk needs a build step or a file server: each module comes before those that import it, and `import`
and `export` are removed. All modules then share one scope, so that no two of them may declare the same name.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.export.packed import compact_json

ASSETS = Path(__file__).parents[2] / "assets"

_IMPORT = re.compile(r"^import \{([^}]*)\} from \"(\.[^\"]*)\";\n", re.MULTILINE)
_DECLARED = re.compile(r"^(export )?(?:default )?(?:async )?(?:function\*?|class|const|let|var) +(\w+)", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_UNSUPPORTED = re.compile(r"^(?:import\b.*|export (?!default function).*)", re.MULTILINE)


def bundle(*entries: Path) -> str:
    """Concatenate modules and all that they import into one script, with the `export default function` of the last.

    Raises:
        ValueError: If modules have another form of import or export, import a name that is not exported, import each
            other, or declare the same name.
    """
    parts: dict[Path, str] = {}
    exported: dict[Path, set[str]] = {}
    owners: dict[str, Path] = {}

    def add(path: Path, importers: tuple[Path, ...], is_last: bool = False) -> None:
        if path in importers:
            raise ValueError(f"{path.name} imports itself by way of {importers[-1].name}")
        if path in parts:
            return
        source = path.read_text("utf-8")
        for names, relative_path in _IMPORT.findall(source):
            other = (path.parent / relative_path).resolve()
            add(other, (*importers, path))
            missing = {name.strip() for name in names.split(",") if name.strip()} - exported[other]
            if missing:
                raise ValueError(f"{path.name}: {other.name} exports no {', '.join(sorted(missing))}")
        declared = _DECLARED.findall(source)
        for _, name in declared:
            if name in owners:
                raise ValueError(f"{path.name} and {owners[name].name} both declare {name}")
            owners[name] = path
        exported[path] = {name for is_exported, name in declared if is_exported}
        stripped = _EXPORT.sub("", _IMPORT.sub("", source))
        unsupported = _UNSUPPORTED.search(stripped)
        if unsupported or (not is_last and "\nexport default" in stripped):
            reason = unsupported[0] if unsupported else "a second export default"
            raise ValueError(f"{path.name}: cannot join {reason}")
        parts[path] = stripped.strip("\n")

    for entry in entries:
        add(entry.resolve(), (), entry is entries[-1])
    return "\n\n".join(parts.values()) + "\n"


@functools.cache
def glossary() -> dict[str, dict[str, Any]]:
    """Return the terms of the glossary by id: group, term, text, and if there are any formula, section."""
    return json.loads((ASSETS / "text" / "glossary.json").read_text("utf-8"))["terms"]


def explanations(language: str, ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the explanations of some terms in one language by id: term, text, and formula if there is one.

    A term in another language has the English one in brackets, because students meet that in papers.
    """
    found = {}
    for name in ids:
        entry = glossary()[name]
        term, english = entry["term"][language], entry["term"]["en"]
        both = term if english == term or "（" in term else f"{term}（{english}）"
        formula = {"formula": entry["formula"]} if "formula" in entry else {}
        found[name] = {"term": both, "text": entry["text"][language], **formula}
    return found


@functools.cache
def view_sources(name: str) -> dict[str, str]:
    """Return the sources of a view, cached until the server restarts.

    Returns:
        "js", whose default export is the function `view`; "css"; and "assets", JSON with CSS, words, terms, colours.
    """
    folder = ASSETS / "views"
    css = "\n".join((folder / f"{part}.css").read_text("utf-8") for part in ("kit", "terms", name))
    words = json.loads((folder / f"{name}.json").read_text("utf-8"))
    ids = words.pop("terms", ())
    terms = {language: explanations(language, ids) for language in words}
    palette = json.loads((ASSETS / "palette.json").read_text("utf-8"))
    assets = script_json({"css": css, "words": words, "terms": terms, "palette": palette})
    return {"js": bundle(folder / f"{name}.js"), "css": css, "assets": assets}


def script_json(value: Any) -> str:
    """Return a value as JSON that is safe inside a <script> element: it cannot end the script or open a comment."""
    return compact_json(value).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

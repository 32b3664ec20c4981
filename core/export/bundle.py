"""The sources of a view in assets/views as one script, for the app's components and for the offline page.

A view is an ES module that imports others by relative paths. They are joined into one script when it is asked for, so
that neither the app nor a page from disk needs a build step or a server of files: modules stand before those that import
them, without their `import` and `export`. The one scope that they then share is why two modules may not declare the same
name.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from core.export.packed import compact_json

ASSETS = Path(__file__).parents[2] / "assets"

_IMPORT = re.compile(r"^import \{([^}]*)\} from \"(\.[^\"]*)\";\n", re.MULTILINE)
_DECLARED = re.compile(r"^(export )?(?:default )?(?:async )?(?:function\*?|class|const|let|var) +(\w+)", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import\b.*|export (?!default function).*)", re.MULTILINE)


def bundle(entry: Path) -> str:
    """The module `entry` and all that it imports as one script; only the entry's `export default function` stays.

    Raises ValueError for what it cannot join: another form of import or export, a name that its module does not export,
    modules that import each other, and a name that two of them declare.
    """
    parts: dict[Path, str] = {}
    exported: dict[Path, set[str]] = {}
    owners: dict[str, Path] = {}

    def add(path: Path, above: tuple[Path, ...]) -> None:
        if path in above:
            raise ValueError(f"{path.name} imports itself by way of {above[-1].name}")
        if path in parts:
            return
        source = path.read_text("utf-8")
        for names, place in _IMPORT.findall(source):
            other = (path.parent / place).resolve()
            add(other, (*above, path))
            missing = {name.strip() for name in names.split(",") if name.strip()} - exported[other]
            if missing:
                raise ValueError(f"{path.name}: {other.name} exports no {', '.join(sorted(missing))}")
        declared = _DECLARED.findall(source)
        for _, name in declared:
            if name in owners:
                raise ValueError(f"{path.name} and {owners[name].name} both declare {name}")
            owners[name] = path
        exported[path] = {name for is_exported, name in declared if is_exported}
        joined = _EXPORT.sub("", _IMPORT.sub("", source))
        left = _LEFT.search(joined)
        if left or (above and "\nexport default" in joined):
            raise ValueError(f"{path.name}: cannot join {left[0] if left else 'a second export default'}")
        parts[path] = joined.strip("\n")

    add(entry.resolve(), ())
    return "\n\n".join(parts.values()) + "\n"


@functools.cache
def view_sources(name: str) -> dict[str, str]:
    """A view's front-end sources: js, css, and `assets`, its words and colours as JSON.

    js ends with a default export, the function `view`. An edit to a view needs a restart of the server.
    """
    folder = ASSETS / "views"
    css = "\n".join((folder / f"{part}.css").read_text("utf-8") for part in ("kit", name))
    words = json.loads((folder / f"{name}.json").read_text("utf-8"))
    palette = json.loads((ASSETS / "palette.json").read_text("utf-8"))
    assets = script_json({"css": css, "words": words, "palette": palette})
    return {"js": bundle(folder / f"{name}.js"), "css": css, "assets": assets}


def script_json(value: Any) -> str:
    """JSON that may stand inside a <script>: nothing in it can end the script or open a comment."""
    return compact_json(value).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

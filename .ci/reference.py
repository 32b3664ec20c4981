"""Write the reference of core's public names, made from their docstrings, to assets/reference.html.

python .ci/reference.py
"""

import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "assets" / "reference.html"


def reference() -> str:
    """Return the reference as one HTML page, which needs no network."""
    import pdoc

    import core

    for name in core.__all__:  # core imports them at their first use
        setattr(core, name, getattr(core, name))
    pdoc.render.configure(docformat="google", show_source=False, search=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # annotations of types that are imported for the type checker alone
        return pdoc.pdoc("core").replace(f"{ROOT}/", "")  # defaults of arguments name this checkout's folder


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    REFERENCE.write_text(reference(), encoding="utf-8")

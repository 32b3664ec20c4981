"""Ways to damage a folder or a package that is imported, and how such a one is refused."""

import json
import resource
from pathlib import Path

from core import zoo
from core.errors import ModelImportError

MOST_MEMORY = 400 * 1024  # KiB that a refusal may cost
CAUSES = ModelImportError.causes
MARKER = "was here"


def edit(name: str, **changes):
    """Change values of a JSON object."""

    def damage(folder: Path) -> None:
        values = json.loads((folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(json.dumps({**values, **changes}), encoding="utf-8")

    return damage


def write(name: str, content: bytes):
    return lambda folder: (folder / name).write_bytes(content)


def without(name: str):
    return lambda folder: (folder / name).unlink()


def first(tensors: dict, part: str) -> str:
    return next(name for name in sorted(tensors) if part in name)


NESTED = b"[" * 100_000


def refused(path: Path, place: Path, cause: str, capsys) -> None:
    """The command line says one sentence with this cause, and leaves nothing behind."""
    place.mkdir()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert zoo.main(["import", str(path), "--out", str(place / "imported")]) == 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEMORY
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("The model “")
    words = CAUSES[cause].split("{detail}")
    assert all(part in err for part in words), err
    assert list(place.iterdir()) == []

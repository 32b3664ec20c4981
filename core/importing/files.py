"""Reading files of strangers: nothing is believed of a size before it was compared with the file's."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any, overload

from core.errors import ModelImportError

LARGEST_JSON = LARGEST_TOKENIZER = 8 * 2**20
LARGEST_WEIGHTS = 2**30
"""The largest files that are read, in bytes: some times those of the largest translation models of this shape."""

LARGEST_RATIO = 20
"""The most that an archive may grow by. Weights hardly shrink: an honest package grows by a tenth."""

CHUNK = 2**20


def read_bytes(path: Path, limit: int = LARGEST_TOKENIZER) -> bytes:
    """The content of a file. Raises `ModelImportError` where it is missing, unreadable or larger than `limit`."""
    check_size(path, limit)
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelImportError(name=path.parent.name, cause="unreadable", detail=path.name) from error


def check_size(path: Path, limit: int) -> None:
    """Raises `ModelImportError` where a file is missing, no ordinary file, or larger than `limit` bytes."""
    if not path.is_file():
        raise ModelImportError(name=path.parent.name, cause="missing", detail=path.name)
    if path.stat().st_size > limit:
        raise ModelImportError(name=path.parent.name, cause="large", detail=path.name)


@overload
def read_json(path: Path) -> dict[str, Any]: ...
@overload
def read_json(path: Path, kind: type[list[Any]]) -> list[Any]: ...
def read_json(path: Path, kind: type[dict[str, Any]] | type[list[Any]] = dict) -> dict[str, Any] | list[Any]:
    """The object (or, by `kind`, list) in a JSON file. Raises `ModelImportError`."""
    content = read_bytes(path, LARGEST_JSON)
    try:
        values = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelImportError(name=path.parent.name, cause="unreadable", detail=path.name) from error
    if not isinstance(values, kind):
        raise ModelImportError(name=path.parent.name, cause="unreadable", detail=path.name)
    return values


def unpack(archive: Path, folder: Path, wanted: Iterable[str]) -> None:
    """Write the members of a zip archive whose file names are `wanted` into `folder`, at their places. The rest is left.

    Raises `ModelImportError` for an archive that cannot be read, that has a member outside of the folder or a link, and
    for one that would grow beyond all measure.
    """
    name, wanted = archive.name, set(wanted)
    check_size(archive, LARGEST_WEIGHTS)
    try:
        with zipfile.ZipFile(archive) as file:
            members = file.infolist()
            for member in members:
                if not _stays_inside(member):
                    raise ModelImportError(name=name, cause="unsafe", detail=ascii(member.filename)[:80])
            members = [m for m in members if not m.is_dir() and PurePosixPath(m.filename).name in wanted]
            total = sum(member.file_size for member in members)
            if total > LARGEST_WEIGHTS or total > LARGEST_RATIO * archive.stat().st_size:
                raise ModelImportError(name=name, cause="large", detail=name)
            for member in members:
                target = folder.joinpath(*PurePosixPath(member.filename).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with file.open(member) as source, target.open("xb") as out:
                    while chunk := source.read(CHUNK):  # never more than the size above: zipfile stops there
                        out.write(chunk)
    except ModelImportError:
        raise
    except Exception as error:  # a damaged archive raises whatever its bytes make zipfile and zlib stumble over
        raise ModelImportError(name=name, cause="unreadable", detail=name) from error


def _stays_inside(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    kind = stat.S_IFMT(member.external_attr >> 16)
    ordinary = kind in (0, stat.S_IFREG, stat.S_IFDIR)
    return ordinary and not path.is_absolute() and ".." not in path.parts and not {*"\\:\0"} & {*member.filename}

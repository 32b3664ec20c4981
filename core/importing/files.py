"""Reading of untrusted files: declared sizes are compared with the file's size before memory is allocated."""

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
"""The largest files that are read, in bytes: several times those of the largest translation models of this kind."""

LARGEST_RATIO = 20
"""The largest ratio of unpacked to packed size. Weights hardly compress: a real package grows by a tenth."""

CHUNK = 2**20


def read_bytes(path: Path, limit: int = LARGEST_TOKENIZER) -> bytes:
    """Return the content of a file.

    Raises:
        ModelImportError: If the file is missing, unreadable or larger than `limit` bytes.
    """
    check_size(path, limit)
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelImportError(name=path.parent.name, cause="unreadable", detail=path.name) from error


def check_size(path: Path, limit: int) -> None:
    """Check the type and size of a file.

    Raises:
        ModelImportError: If the file is missing, not a regular file, or larger than `limit` bytes.
    """
    if not path.is_file():
        raise ModelImportError(name=path.parent.name, cause="missing", detail=path.name)
    if path.stat().st_size > limit:
        raise ModelImportError(name=path.parent.name, cause="large", detail=path.name)


@overload
def read_json(path: Path) -> dict[str, Any]: ...
@overload
def read_json(path: Path, kind: type[list[Any]]) -> list[Any]: ...
def read_json(path: Path, kind: type[dict[str, Any]] | type[list[Any]] = dict) -> dict[str, Any] | list[Any]:
    """Return the object or, by `kind`, the list in a JSON file.

    Raises:
        ModelImportError: If the file cannot be read, or has a value of another type.
    """
    content = read_bytes(path, LARGEST_JSON)
    try:
        values = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelImportError(name=path.parent.name, cause="unreadable", detail=path.name) from error
    if not isinstance(values, kind):
        raise ModelImportError(name=path.parent.name, cause="unreadable", detail=path.name)
    return values


def unpack(archive: Path, folder: Path, file_names: Iterable[str]) -> None:
    """Unpack the members of a zip archive with these file names, at their paths in `folder`.

    Raises:
        ModelImportError: If the archive cannot be read, has a member outside the folder or a link, or is too large
            when it is unpacked.
    """
    name, file_names = archive.name, set(file_names)
    check_size(archive, LARGEST_WEIGHTS)
    try:
        with zipfile.ZipFile(archive) as file:
            members = file.infolist()
            for member in members:
                if not _stays_inside(member):
                    raise ModelImportError(name=name, cause="unsafe", detail=ascii(member.filename)[:80])
            members = [m for m in members if not m.is_dir() and PurePosixPath(m.filename).name in file_names]
            total = sum(member.file_size for member in members)
            if total > LARGEST_WEIGHTS or total > LARGEST_RATIO * archive.stat().st_size:
                raise ModelImportError(name=name, cause="large", detail=name)
            for member in members:
                target = folder.joinpath(*PurePosixPath(member.filename).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with file.open(member) as source, target.open("xb") as out:
                    while chunk := source.read(CHUNK):  # zipfile reads no more than the size that was added up above
                        out.write(chunk)
    except ModelImportError:
        raise
    except Exception as error:  # zipfile and zlib can raise anything for a damaged archive
        raise ModelImportError(name=name, cause="unreadable", detail=name) from error


def _stays_inside(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    kind = stat.S_IFMT(member.external_attr >> 16)
    is_regular = kind in (0, stat.S_IFREG, stat.S_IFDIR)
    return is_regular and not path.is_absolute() and ".." not in path.parts and not {*"\\:\0"} & {*member.filename}

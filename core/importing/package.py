"""Which kind of model a path is, and reading it."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from pathlib import Path

from core.errors import ModelImportError
from core.importing import ctranslate2, marian
from core.importing.files import CHUNK, read_json, unpack
from core.importing.imported import Imported

MEMBERS = (
    ctranslate2.BINARY, ctranslate2.CONFIG, "metadata.json", "sentencepiece.model", "source.spm", "target.spm",
    *(f"{side}_vocabulary.{kind}" for side in ("shared", "source", "target") for kind in ("json", "txt")),
    marian.SAFE, marian.PICKLED, "vocab.json", "target_vocab.json", "tokenizer_config.json",
)  # fmt: skip
"""The files that are taken out of an archive: a package has others, among them pickles, that nobody needs."""


def read(path: Path, sha256: str | None = None) -> Imported:
    """The model in a folder or a zip archive (.argosmodel). Raises `ModelImportError`.

    sha256: of an archive; any other one is refused before it is opened.
    """
    try:
        return _read(path, sha256)
    except ModelImportError as error:  # wherever it was met, it is this path that cannot be imported
        raise ModelImportError(**{**error.values, "name": name_of(path)}) from error


def name_of(path: Path) -> str:
    """A path's last part, as any screen can show it."""
    return path.name.encode("utf-8", "replace").decode()[:100]


def _read(path: Path, sha256: str | None) -> Imported:
    name = name_of(path)
    if sha256 is not None and (found := checksum(path)) != sha256.lower():
        raise ModelImportError(name=name, cause="checksum", detail=found)
    if path.is_dir():
        return _read_folder(path)
    if not path.is_file():
        raise ModelImportError(name=name, cause="missing", detail=name)
    if not zipfile.is_zipfile(path):
        raise ModelImportError(name=name, cause="kind")
    with tempfile.TemporaryDirectory(prefix="headlight-") as place:
        unpack(path, Path(place), MEMBERS)
        folder = Path(place)
        inside = [entry for entry in folder.iterdir() if entry.is_dir() and entry.name != "model"]
        if len(inside) == 1 and not any(entry.is_file() for entry in folder.iterdir()):
            folder = inside[0]  # an Argos package has one folder, and everything in it
        return _read_folder(folder)


def _read_folder(folder: Path) -> Imported:
    if any((place / ctranslate2.BINARY).is_file() for place in (folder, folder / "model")):
        return ctranslate2.read(folder)
    if (folder / marian.CONFIG).is_file() and "model_type" in read_json(folder / marian.CONFIG):
        return marian.read(folder)
    raise ModelImportError(name=folder.name, cause="kind")


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises `ModelImportError`."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
    except OSError as error:
        raise ModelImportError(name=path.name, cause="unreadable", detail=name_of(path)) from error
    return found.hexdigest()

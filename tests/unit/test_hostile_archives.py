"""Archives that nobody should trust, and the import command's own refusals: one sentence, and nothing left behind."""

import stat
import zipfile
from pathlib import Path

import pytest

from core import zoo
from core.importing import files
from tests.hostile import refused

# --- Archives


def member(name: str, content: bytes = b"x", mode: int = stat.S_IFREG | 0o644):
    """Add a member to an archive."""

    def damage(file: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo(name)
        info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
        file.writestr(info, content)

    return damage


ARCHIVES = {
    "a member above": (member("../escaped.txt"), "unsafe"),
    "a member above, further in": (member("translate-en_zh/a/../../../escaped.txt"), "unsafe"),
    "an absolute member": (member("/escaped.txt"), "unsafe"),
    "a member with a drive": (member("C:/escaped.txt"), "unsafe"),
    "a member with backslashes": (member("..\\escaped.txt"), "unsafe"),
    "a symbolic link": (member("translate-en_zh/link", b"/etc/passwd", stat.S_IFLNK | 0o777), "unsafe"),
    "a device": (member("translate-en_zh/device", b"", stat.S_IFCHR | 0o644), "unsafe"),
    "a bomb": (member("translate-en_zh/more/model.bin", b"\0" * (60 * 2**20)), "large"),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_a_hostile_archive_is_refused_in_one_sentence(argos, zip_folder, tmp_path, capsys, case):
    damage, cause = ARCHIVES[case]
    (tmp_path / "in").mkdir()
    archive = zip_folder(argos, tmp_path / "in" / "package.argosmodel")
    with zipfile.ZipFile(archive, "a") as file:
        damage(file)
    refused(archive, tmp_path / "out", cause, capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
    assert not Path("/escaped.txt").exists()


def test_an_archive_with_the_same_file_twice_is_refused(argos, zip_folder, tmp_path, capsys):
    archive = zip_folder(argos, tmp_path / "package.argosmodel")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(archive, "a") as file:
        file.writestr("translate-en_zh/metadata.json", "{}")
    refused(archive, tmp_path / "out", "unreadable", capsys)


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"", "kind"), (b"garbage" * 99, "kind"), (b"PK\5\6" + b"\0" * 18, "kind"), (None, "missing")],
    ids=["empty", "garbage", "an archive of nothing", "not there"],
)
def test_what_is_no_package_is_refused(tmp_path, capsys, content, cause):
    path = tmp_path / "package.argosmodel"
    if content is not None:
        path.write_bytes(content)
    refused(path, tmp_path / "out", cause, capsys)


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_an_archive_with_a_damaged_member_is_refused(argos, zip_folder, tmp_path, capsys, at):
    archive = zip_folder(argos, tmp_path / "package.argosmodel")
    content = bytearray(archive.read_bytes())
    place = int(at * len(content))
    content[place : place + 64] = bytes(255 - byte for byte in content[place : place + 64])
    archive.write_bytes(content)
    refused(archive, tmp_path / "out", "unreadable", capsys)


def test_what_a_package_holds_besides_the_model_is_not_unpacked(argos, zip_folder, tmp_path):
    archive = zip_folder(argos, tmp_path / "package.argosmodel")
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("translate-en_zh/stanza/tokenize/model.pt", b"a pickle")
    files.unpack(archive, tmp_path / "out", ["model.bin"])
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["model.bin"]


# --- The command itself


def test_another_checksum_is_refused_before_the_archive_is_opened(argos, zip_folder, tmp_path, capsys):
    archive = zip_folder(argos, tmp_path / "package.argosmodel")
    assert zoo.main(["import", str(archive), "--out", str(tmp_path / "m"), "--sha256", "0" * 64]) == 2
    assert "SHA-256" in capsys.readouterr().err
    from core.importing.package import checksum

    assert zoo.main(["import", str(archive), "--out", str(tmp_path / "m"), "--sha256", checksum(archive)]) == 0


def test_a_folder_that_is_there_is_not_written_over(marian, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept").write_text("x")
    assert zoo.main(["import", str(marian.folder), "--out", str(tmp_path / "mine")]) == 2
    assert "there is a folder mine already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["kept"]


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a b", "x" * 200, "-x", "\udcff"], ids=ascii)
def test_a_name_that_is_a_path_is_refused(marian, tmp_path, monkeypatch, capsys, name):
    monkeypatch.setattr(zoo, "MODELS", tmp_path / "models")
    assert zoo.main(["import", str(marian.folder), f"--name={name}"]) == 2
    assert "such a name is not supported" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


def test_a_write_that_fails_leaves_nothing(marian, tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(Path, "rename", fail)
    (tmp_path / "out").mkdir()
    assert zoo.main(["import", str(marian.folder), "--out", str(tmp_path / "out" / "m")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_a_model_that_nobody_knows_is_not_fetched(capsys):
    assert zoo.main(["fetch", "opus-xx-yy"]) == 2
    assert "opus-zh-en" in capsys.readouterr().err


def test_a_download_that_fails_is_one_sentence(monkeypatch, capsys):
    from core.importing import fetch

    class Failed:
        returncode = 1

    monkeypatch.setattr(fetch.subprocess, "run", lambda *_, **__: Failed())
    assert zoo.main(["fetch", "opus-zh-en"]) == 2
    assert "could not be downloaded" in capsys.readouterr().err

"""Folders and packages that nobody should trust: one sentence, exit code 2, little memory, and nothing left behind."""

import json
import os
import resource
import shutil
import stat
import struct
import zipfile
from pathlib import Path

import pytest
import safetensors.torch
import torch

from core import zoo
from core.errors import ModelImportError
from core.importing import files
from core.importing.ctranslate2 import TYPES, read_header

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


def truncate(name: str, share: float):
    return lambda folder: (folder / name).write_bytes(
        (content := (folder / name).read_bytes())[: int(share * len(content))]
    )


def reweigh(change):
    """Change a folder's tensors."""

    def damage(folder: Path) -> None:
        tensors = safetensors.torch.load_file(folder / "model.safetensors")
        change(tensors)
        safetensors.torch.save_file(tensors, folder / "model.safetensors")

    return damage


def vocabulary(change):
    """Change vocab.json's places."""

    def damage(folder: Path) -> None:
        places = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        change(places)
        (folder / "vocab.json").write_text(json.dumps(places), encoding="utf-8")

    return damage


class Runs:
    """A pickle of this writes a file when it is opened."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def pickled(content):
    """The weights as a pickle with something else in it."""

    def damage(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        torch.save(content(folder.parent / MARKER) if callable(content) else content, folder / "pytorch_model.bin")

    return damage


def pickle_bomb(folder: Path) -> None:
    """A pickle whose storage is compressed: a thousandth of what it grows to."""
    pickled({"x": torch.zeros(50 * 2**20)})(folder)
    path = folder / "pytorch_model.bin"
    with zipfile.ZipFile(path) as file:
        members = {member.filename: file.read(member) for member in file.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)


def pickle_views(folder: Path) -> None:
    """One number, seen as a matrix of 10^12."""
    edit("config.json", d_model=1_000_000, encoder_attention_heads=4)(folder)
    tokens = len(json.loads((folder / "vocab.json").read_text(encoding="utf-8")))
    pickled({"model.shared.weight": torch.zeros(1).expand(tokens, 1_000_000)})(folder)


def first(tensors: dict, part: str) -> str:
    return next(name for name in sorted(tensors) if part in name)


NESTED = b"[" * 100_000
HUGE = b'{"a": "' + b"x" * (files.LARGEST_JSON + 1) + b'"}'
HEADER = struct.pack("<Q", 10**15)
CLAIM = json.dumps({"x": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}}).encode()

MARIAN = {
    "no config": (without("config.json"), "kind"),
    "a config that is a list": (write("config.json", b"[]"), "unreadable"),
    "a config that is no JSON": (write("config.json", b"{"), "unreadable"),
    "a config that is not UTF-8": (write("config.json", b"\xff\xfe{}"), "unreadable"),
    "a config without end": (write("config.json", NESTED), "unreadable"),
    "a huge config": (write("config.json", HUGE), "large"),
    "a number without end": (write("config.json", b'{"model_type": ' + b"9" * 99_999 + b"}"), "unreadable"),
    "another architecture": (edit("config.json", model_type="bert"), "unsupported"),
    "norm before": (edit("config.json", normalize_before=True), "unsupported"),
    "an activation that there is not": (edit("config.json", activation_function="mish"), "unsupported"),
    "an activation that is a list": (edit("config.json", activation_function=[]), "unsupported"),
    "two depths": (edit("config.json", decoder_layers=1), "unsupported"),
    "a depth that is not there": (edit("config.json", decoder_layers=9, encoder_layers=9), "weights"),
    "an absurd depth": (edit("config.json", decoder_layers=10**9, encoder_layers=10**9), "unsupported"),
    "an absurd width": (edit("config.json", d_model=10**9), "unsupported"),
    "a width that does not fit": (edit("config.json", d_model=64), "weights"),
    "a negative width": (edit("config.json", d_model=-32), "unsupported"),
    "a width that is a word": (edit("config.json", d_model="32"), "unsupported"),
    "a width that is true": (edit("config.json", d_model=True), "unsupported"),
    "no heads": (edit("config.json", encoder_attention_heads=0, decoder_attention_heads=0), "unsupported"),
    "five heads": (edit("config.json", encoder_attention_heads=5, decoder_attention_heads=5), "unsupported"),
    "a start that there is not": (edit("config.json", decoder_start_token_id=10**6), "vocabulary"),
    "no vocabulary": (without("vocab.json"), "missing"),
    "a vocabulary that is a list": (write("vocab.json", b"[]"), "unreadable"),
    "an empty vocabulary": (write("vocab.json", b"{}"), "vocabulary"),
    "a vocabulary with words for ids": (vocabulary(lambda v: v.update(Tom="1")), "vocabulary"),
    "a vocabulary with an id twice": (vocabulary(lambda v: v.update({"<unk>": 0})), "vocabulary"),
    "a vocabulary with a negative id": (vocabulary(lambda v: v.update({"<unk>": -1})), "vocabulary"),
    "a vocabulary with a huge id": (vocabulary(lambda v: v.update({"<unk>": 10**12})), "vocabulary"),
    "a longer vocabulary": (vocabulary(lambda v: v.update(more=len(v))), "weights"),
    "a vocabulary without unk": (vocabulary(lambda v: v.update(other=v.pop("<unk>"))), "vocabulary"),
    "another language's vocabulary": (
        lambda f: vocabulary(lambda v: v.update({f"w{i}": v.pop(k) for i, k in enumerate([*v][2:-1])}))(f),
        "vocabulary",
    ),
    "no SentencePiece": (without("target.spm"), "missing"),
    "an empty SentencePiece": (write("source.spm", b""), "unreadable"),
    "a SentencePiece cut off": (truncate("source.spm", 0.5), "unreadable"),
    "garbage for SentencePiece": (write("source.spm", b"garbage" * 999), "unreadable"),
    "a huge SentencePiece": (write("source.spm", b"\0" * (files.LARGEST_TOKENIZER + 1)), "large"),
    "no weights": (without("model.safetensors"), "missing"),
    "weights cut off": (truncate("model.safetensors", 0.5), "unreadable"),
    "empty weights": (write("model.safetensors", b""), "unreadable"),
    "garbage for weights": (write("model.safetensors", b"garbage" * 999), "unreadable"),
    "weights with an absurd header": (write("model.safetensors", HEADER + b"{}"), "unreadable"),
    "weights that claim terabytes": (
        write("model.safetensors", struct.pack("<Q", len(CLAIM)) + CLAIM + b"\0" * 64),
        "unreadable",
    ),
    "a weight missing": (reweigh(lambda w: w.pop(first(w, "fc1.weight"))), "weights"),
    "a weight too many": (reweigh(lambda w: w.update(extra=torch.zeros(1))), "unsupported"),
    "a weight of another shape": (reweigh(lambda w: w.update({first(w, "fc1.weight"): torch.zeros(3)})), "weights"),
    "a weight that is not a number": (reweigh(lambda w: w[first(w, "fc2.weight")].fill_(torch.nan)), "finite"),
    "a weight without end": (reweigh(lambda w: w[first(w, "norm.weight")].fill_(torch.inf)), "finite"),
    "positions that are learnt": (
        reweigh(lambda w: w.update({"model.encoder.embed_positions.weight": torch.randn(64, 32)})),
        "unsupported",
    ),
    "positions of nothing": (
        reweigh(lambda w: w.update({"model.encoder.embed_positions.weight": torch.zeros(0, 32)})),
        "weights",
    ),
    "a projection of its own": (reweigh(lambda w: w.update({"lm_head.weight": w[first(w, "shared")] + 1})), "unsupported"),
    "a pickle with code": (pickled(lambda marker: {"x": Runs(marker)}), "unreadable"),
    "a pickle that is code": (pickled(Runs), "unreadable"),
    "a pickle of a list": (pickled([torch.zeros(1)]), "unreadable"),
    "a pickle of other things": (pickled({"x": 3}), "unreadable"),
    "a pickle that grows": (pickle_bomb, "large"),
    "a pickle that repeats one number": (pickle_views, "weights"),
    "garbage for a pickle": (
        lambda f: [without("model.safetensors")(f), write("pytorch_model.bin", b"garbage" * 999)(f)],
        "unreadable",
    ),
}  # fmt: skip


def binary(change):
    """Change a model.bin: its variables {name: [shape, type, content]} and aliases."""

    def damage(folder: Path) -> None:
        path = folder / "model" / "model.bin"
        found, aliases = read_header(path)
        content = path.read_bytes()
        variables = {
            name: [list(v.shape), TYPES.index(v.dtype), content[v.offset : v.offset + v.size]]
            for name, v in found.items()
        }
        change(variables, aliases)

        def string(text: str) -> bytes:
            return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"

        parts = [struct.pack("<I", 6), string("TransformerSpec"), struct.pack("<II", 7, len(variables))]
        for name, (shape, kind, data) in variables.items():
            parts += [string(name), struct.pack(f"<B{len(shape)}I", len(shape), *shape)]
            parts += [struct.pack("<BI", kind, len(data)), data]
        parts.append(struct.pack("<I", len(aliases)))
        parts += [string(text) for pair in aliases.items() for text in pair]
        path.write_bytes(b"".join(parts))

    return damage


def patch(offset: int, content: bytes):
    """Change bytes of a model.bin."""

    def damage(folder: Path) -> None:
        path = folder / "model" / "model.bin"
        old = path.read_bytes()
        path.write_bytes(old[:offset] + content + old[offset + len(content) :])

    return damage


def cut(length: int):
    return lambda folder: write("model/model.bin", (folder / "model" / "model.bin").read_bytes()[:length])(folder)


def many_aliases(variables: dict, aliases: dict) -> None:
    aliases.update({f"x{i}": first(variables, "weight") for i in range(9999)})


COUNT = 4 + 2 + len("TransformerSpec") + 1 + 4  # where model.bin says how many variables it has
GAMMA = "encoder/layer_0/ffn/layer_norm/gamma"
CTRANSLATE2 = {
    "the same again": (binary(lambda v, a: None), None),
    "another version": (patch(0, struct.pack("<I", 5)), "unsupported"),
    "another specification": (patch(6, b"WhisperSpec1234"), "unsupported"),
    "a specification that is no text": (patch(6, b"\xff" * 15), "unreadable"),
    "absurdly many variables": (patch(COUNT, struct.pack("<I", 2**32 - 1)), "unreadable"),
    "a name without end": (patch(COUNT + 4, struct.pack("<H", 65535)), "unreadable"),
    "garbage": (write("model/model.bin", b"garbage" * 999), "unreadable"),
    **{f"cut off after {n}": (cut(n), "unreadable") for n in (0, 1, 5, 20, COUNT + 3, COUNT + 9, 5000, -1, -40)},
    "more at the end": (
        lambda f: write("model/model.bin", (f / "model" / "model.bin").read_bytes() + b"\0")(f),
        "unreadable",
    ),
    "an absurd shape": (binary(lambda v, a: v[GAMMA].__setitem__(0, [2**32 - 1, 2**32 - 1])), "unreadable"),
    "a shape of 200 dimensions": (binary(lambda v, a: v[GAMMA].__setitem__(0, [1] * 200)), "unreadable"),
    "a type that there is not": (binary(lambda v, a: v[GAMMA].__setitem__(1, 99)), "unreadable"),
    "a shape that does not fit": (
        binary(lambda v, a: v.update({GAMMA: [[3], 0, b"\0" * 12]})),
        "weights",
    ),
    "a number for a vector": (binary(lambda v, a: v.update({GAMMA: [[], 0, b"\0" * 4]})), "weights"),
    "not a number": (binary(lambda v, a: v[GAMMA].__setitem__(2, struct.pack("<f", float("nan")) * 32)), "finite"),
    "a scale of 0": (
        binary(lambda v, a: v["encoder/layer_0/ffn/linear_0/weight_scale"].__setitem__(2, b"\0" * 192)),
        "finite",
    ),
    "a scale of another shape": (
        binary(lambda v, a: v.update({"encoder/layer_0/ffn/linear_0/weight_scale": [[2], 0, b"\0" * 8]})),
        "weights",
    ),
    "a variable missing": (binary(lambda v, a: v.pop(GAMMA)), "weights"),
    "a variable too many": (binary(lambda v, a: v.update(more=[[], 1, b"\0"])), "unsupported"),
    "an alias to nothing": (binary(lambda v, a: a.update(x="nothing")), "unreadable"),
    "an alias to itself": (binary(lambda v, a: a.update(x="x")), "unreadable"),
    "aliases without end": (binary(many_aliases), "weights"),
    "norm before": (binary(lambda v, a: v["decoder/pre_norm"].__setitem__(2, b"\1")), "unsupported"),
    "two activations": (binary(lambda v, a: v["decoder/activation"].__setitem__(2, b"\0")), "unsupported"),
    "an activation that there is not": (
        binary(lambda v, a: [v[f"{side}/activation"].__setitem__(2, b"\6") for side in ("encoder", "decoder")]),
        "unsupported",
    ),
    "no heads": (
        binary(lambda v, a: [v[f"{side}/num_heads"].__setitem__(2, b"\0\0") for side in ("encoder", "decoder")]),
        "unsupported",
    ),
    "no vocabulary": (without("model/shared_vocabulary.json"), "missing"),
    "a vocabulary that is an object": (write("model/shared_vocabulary.json", b"{}"), "unreadable"),
    "a vocabulary of numbers": (write("model/shared_vocabulary.json", b"[1, 2]"), "unreadable"),
    "a vocabulary without end": (write("model/shared_vocabulary.json", NESTED), "unreadable"),
    "a shorter vocabulary": (
        lambda f: write(
            "model/shared_vocabulary.json",
            json.dumps(json.loads((f / "model/shared_vocabulary.json").read_text("utf-8"))[:-1]).encode(),
        )(f),
        "weights",
    ),
    "a vocabulary with a piece twice": (
        lambda f: write(
            "model/shared_vocabulary.json",
            json.dumps([*json.loads((f / "model/shared_vocabulary.json").read_text("utf-8"))[:-1], "</s>"]).encode(),
        )(f),
        "vocabulary",
    ),
    "no config": (without("model/config.json"), "missing"),
    "a config with a list for a word": (edit("model/config.json", unk_token=["<unk>"]), "vocabulary"),
    "an epsilon that is a word": (edit("model/config.json", layer_norm_epsilon="small"), "unsupported"),
    "no SentencePiece": (without("sentencepiece.model"), "missing"),
    "metadata that is a list": (write("metadata.json", b"[]"), "unreadable"),
    "no languages": (write("metadata.json", b"{}"), "language"),
    "a language that is a path": (edit("metadata.json", from_code="../.."), "language"),
    "a language that is a number": (edit("metadata.json", from_code=7), "language"),
}  # fmt: skip


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


@pytest.mark.parametrize("case", MARIAN)
def test_a_hostile_marian_folder_is_refused_in_one_sentence(marian, tmp_path, capsys, case):
    damage, cause = MARIAN[case]
    folder = Path(shutil.copytree(marian.folder, tmp_path / "victim"))
    damage(folder)
    refused(folder, tmp_path / "out", cause, capsys)
    assert not (tmp_path / MARKER).exists()


@pytest.mark.parametrize("case", CTRANSLATE2)
def test_a_hostile_ctranslate2_package_is_refused_in_one_sentence(argos, tmp_path, capsys, case):
    damage, cause = CTRANSLATE2[case]
    folder = Path(shutil.copytree(argos, tmp_path / "victim"))
    damage(folder)
    if cause is None:  # what writes the damaged files writes sound ones too
        assert zoo.main(["import", str(folder), "--out", str(tmp_path / "sound")]) == 0
    else:
        refused(folder, tmp_path / "out", cause, capsys)


# Archives


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
    "a bomb": (member("translate-en_zh/more/model.bin", b"\0" * (300 * 2**20)), "large"),
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


# The command itself


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

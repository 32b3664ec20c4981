"""Marian folders that nobody should trust: one sentence, exit code 2, little memory, and nothing left behind."""

import json
import os
import shutil
import struct
import zipfile
from pathlib import Path

import pytest
import safetensors.torch
import torch

from core.importing import files
from tests.hostile import MARKER, NESTED, edit, first, refused, without, write


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
    pickled({"x": torch.zeros(2**20)})(folder)
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


@pytest.mark.parametrize("case", MARIAN)
def test_a_hostile_marian_folder_is_refused_in_one_sentence(marian, tmp_path, capsys, case):
    damage, cause = MARIAN[case]
    folder = Path(shutil.copytree(marian.folder, tmp_path / "victim"))
    damage(folder)
    refused(folder, tmp_path / "out", cause, capsys)
    assert not (tmp_path / MARKER).exists()

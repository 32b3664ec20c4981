"""CTranslate2 packages that nobody should trust: one sentence, exit code 2, little memory, and nothing left behind."""

import json
import shutil
import struct
from pathlib import Path

import pytest

from core import zoo
from core.importing.ctranslate2 import TYPES, read_header
from tests.hostile import NESTED, edit, first, refused, without, write


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


@pytest.mark.parametrize("case", CTRANSLATE2)
def test_a_hostile_ctranslate2_package_is_refused_in_one_sentence(argos, tmp_path, capsys, case):
    damage, cause = CTRANSLATE2[case]
    folder = Path(shutil.copytree(argos, tmp_path / "victim"))
    damage(folder)
    if cause is None:  # what writes the damaged files writes sound ones too
        assert zoo.main(["import", str(folder), "--out", str(tmp_path / "sound")]) == 0
    else:
        refused(folder, tmp_path / "out", cause, capsys)

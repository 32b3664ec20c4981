"""Model folders and their cards: listing, reading, writing and importing models.

A model is a folder: `model.safetensors`, `source.model` and `target.model` (SentencePiece), and `card.json`.

    python -m core.zoo import PATH [--name NAME] [--out FOLDER]
    python -m core.zoo fetch opus-zh-en
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.card import CardError, Entries, ModelCard
from core.checks import quoted
from core.config import ModelConfig
from core.errors import ConfigError, DamagedModelError, HeadlightError, ModelImportError, OptionError, UnknownModelError
from core.text import Tokenizer, language_code

if TYPE_CHECKING:  # functions that need torch import it themselves, so that listing models takes milliseconds
    import torch

    from core.model import Model

MODELS = Path(__file__).parent.parent / "assets" / "models"
WEIGHTS, CARD = "model.safetensors", "card.json"
SHARED = "shared"
"""The folder, beside those of models, of files that several models have in common."""
ALIGNER = "aligner.safetensors"  # may be missing; core.analysis.alignment reads it
MOMENTS = "moments.npz"  # may be missing; core.export.moments reads it
CORPUS_HEADS = "corpus-heads.json"  # may be missing; core.export.corpus_heads reads it


def read_card(folder: Path) -> ModelCard:
    """Read the card of a model folder.

    Raises:
        DamagedModelError: If the card cannot be read, or another file of the folder is missing.
    """
    try:
        card = ModelCard.from_dict(json.loads((folder / CARD).read_text(encoding="utf-8")), folder.name)
    except FileNotFoundError:
        raise DamagedModelError(name=folder.name, cause="missing", detail=CARD) from None
    except ConfigError as error:
        setting = "{name} = {value}".format(**error.values)
        raise DamagedModelError(name=folder.name, cause="config", detail=quoted(setting)) from error
    except CardError as error:
        raise DamagedModelError(name=folder.name, cause="card", detail=quoted(str(error))) from error
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=CARD) from error
    for name in (WEIGHTS, "source.model", "target.model"):
        if not (path := find_file(folder, card, name)).is_file():
            raise DamagedModelError(name=folder.name, cause="missing", detail=path.name)
    return card


def find_file(folder: Path, card: ModelCard, name: str) -> Path:
    """Return the path of one of a model's files: in its own folder, or in the shared one if the card says so."""
    return folder.resolve().parent / SHARED / card.shared[name] if name in card.shared else folder / name


def share_files(folder: Path) -> None:
    """Move the tokenizers and the aligner of a model folder to the shared folder beside it, where equal files are one.

    Files there that no model needs any more are deleted.
    """
    card = read_card(folder)
    store = folder.parent / SHARED
    store.mkdir(exist_ok=True)
    stems = {"source.model": card.source_language, "target.model": card.target_language}
    stems[ALIGNER] = f"{card.source_language}-{card.target_language}"
    shared = dict(card.shared)
    for name, stem in stems.items():
        if (folder / name).is_file():
            content = (folder / name).read_bytes()
            shared[name] = f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}{Path(name).suffix}"
            (store / shared[name]).write_bytes(content)
    update_card(folder, shared=shared)
    for name in shared:
        (folder / name).unlink(missing_ok=True)
    cards = [path.read_text(encoding="utf-8", errors="replace") for path in folder.parent.glob(f"*/{CARD}")]
    for path in store.iterdir():
        if not any(path.name in card for card in cards):
            path.unlink()


def list_models(folder: Path | str = MODELS) -> list[ModelCard]:
    """Return the cards of all models in a folder, in order of names; that of a damaged model has `problem` set."""
    cards = []
    for path in sorted(Path(folder).iterdir()) if Path(folder).is_dir() else []:
        if not path.is_dir() or path.name.startswith(".") or path.name == SHARED:
            continue
        try:
            cards.append(read_card(path))
        except DamagedModelError as error:
            cards.append(ModelCard(path.name, "", "", ModelConfig(1, 1), 0, problem=error))
    return cards


ADDED: dict[str, Path] = {}
"""Folders of models that are found by name beside the shipped ones, in this process; `list_models` leaves them out."""


def find_folder(name: str | os.PathLike[str]) -> Path:
    """Return the folder of a shipped or an added model, given its name, or of any model, given its path.

    Raises:
        UnknownModelError: If there is no such folder.
    """
    with contextlib.suppress(OSError, RuntimeError):  # a name that is too long; a ~user that does not exist
        if isinstance(name, str) and "/" not in name and (MODELS / name).is_dir() and name not in ("", ".", ".."):
            return MODELS / name
        folder = ADDED.get(str(name)) or Path(name).expanduser()
        if name and folder.is_dir():
            return folder.resolve()
    raise UnknownModelError(name=str(name), names=", ".join(card.name for card in list_models() if not card.problem))


def read_model(folder: Path, device: torch.device) -> tuple[ModelCard, Model, Tokenizer, Tokenizer]:
    """Read a model folder: the card, the model in evaluation mode, the source and the target tokenizer.

    Names and shapes of the weights are compared with the config before memory of that size is allocated.

    Raises:
        DamagedModelError: If a file is missing, unreadable, or does not fit the config.
    """
    import safetensors.torch
    import torch

    from core.model import Uninitialized, build

    card = read_card(folder)
    source, target = read_tokenizers(folder, card)
    if (len(source), len(target)) != (card.config.source_vocab, card.config.target_vocab):
        raise DamagedModelError(name=folder.name, cause="tokenizers")
    try:
        with safetensors.safe_open(folder / WEIGHTS, framework="pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        with torch.device("meta"), Uninitialized():
            expected = {name: tuple(value.shape) for name, value in build(card.config).named_parameters()}
        if shapes != expected:
            wrong = sorted(set(shapes.items()) ^ set(expected.items()))[0][0]
            raise DamagedModelError(name=folder.name, cause="weights", detail=wrong)
        weights = safetensors.torch.load_file(folder / WEIGHTS)
    except (OSError, safetensors.SafetensorError) as error:
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=WEIGHTS) from error
    for name, value in weights.items():
        if not value.is_floating_point() or not bool(value.isfinite().all()):
            raise DamagedModelError(name=folder.name, cause="numbers", detail=name)
    with Uninitialized():
        model = build(card.config)
    # A shared embedding has two names and is stored under one, hence not strict; all shapes were compared above.
    model.load_state_dict({name: value.float() for name, value in weights.items()}, strict=False)
    return card, model.to(device).eval().requires_grad_(False), source, target


def read_tokenizers(folder: Path, card: ModelCard) -> tuple[Tokenizer, Tokenizer]:
    """Read the source and the target tokenizer of a model.

    Raises:
        DamagedModelError: If a file is missing or unreadable.
    """

    def read(name: str, language: str) -> Tokenizer:
        path = find_file(folder, card, name)
        try:
            return Tokenizer.load(path, language)
        except (OSError, RuntimeError) as error:
            raise DamagedModelError(name=folder.name, cause="unreadable", detail=path.name) from error

    return read("source.model", card.source_language), read("target.model", card.target_language)


def write_model(folder: Path, card: ModelCard, model: Model, files: Mapping[str, bytes]) -> None:
    """Write a model folder that `read_model` reads: weights in half precision, `files` by name, and the card last."""
    write_weights(folder, card, {name: value.detach().half() for name, value in model.named_parameters()}, files)


def write_weights(
    folder: Path, card: ModelCard, weights: Mapping[str, torch.Tensor], files: Mapping[str, bytes]
) -> None:
    """Write a model folder like `write_model`, from weights by parameter name, in their own precision."""
    import safetensors.torch

    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.cpu().contiguous() for name, value in weights.items()}
    safetensors.torch.save_file(weights, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes files that only their owner can read
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")


def update_card(folder: Path, **fields: Entries | Sequence[Entries]) -> None:
    """Replace these fields on the card of a model folder, and leave all others as they are."""
    path = folder / CARD
    values = json.loads(path.read_text(encoding="utf-8"))
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**values, **fields}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def choose_device(name: str | None = None) -> torch.device:
    """Return the device of this name, or by default the first available of cuda, mps and cpu.

    For a CUDA device, this also sets cuDNN's global flag for the precision of GRUs.

    Raises:
        OptionError: If this machine has no such device.
    """
    import torch

    available = ["cpu"]
    if torch.backends.mps.is_available():
        available.insert(0, "mps")
    if torch.cuda.is_available():
        available[:0] = ["cuda", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    if name is not None and name not in available:
        raise OptionError(name="device", value=quoted(name), cause="choices", choices=", ".join(available))
    device = torch.device(name or available[0])
    if device.type == "cuda":  # by default a GRU uses TF32 with a 10-bit fraction: weights differ in the 4th digit
        torch.backends.cudnn.rnn.fp32_precision = "ieee"  # type: ignore[attr-defined]  # torch makes it at import
    return device


def import_model(
    path: Path | str,
    name: str | None = None,
    out: Path | str | None = None,
    languages: tuple[str | None, str | None] = (None, None),
    sha256: str | None = None,
    data: Entries | None = None,
) -> Path:
    """Write a model of another program as a model folder that `read_model` reads.

    Args:
        path: A Marian folder of Hugging Face, a CTranslate2 folder or an Argos package (see `core.importing`).
        name: Name of the new folder, among the shipped models; by default that of the path.
        out: Path of the new folder, if it is elsewhere.
        languages: ISO 639 codes of source and target, for files that lack them or have wrong ones.
        sha256: The expected checksum of the file at `path`.
        data: Credit and licence, for the card.

    Returns:
        The new folder.

    Raises:
        ModelImportError: If the model cannot be imported; then nothing is left behind.
    """
    from core.importing import read

    path = Path(path).expanduser()
    name = name or (Path(out).name if out else path.resolve().stem)
    folder = Path(out).expanduser() if out else MODELS / name
    if not re.fullmatch(r"[\w][\w.+-]{0,99}", name):
        raise ModelImportError(name=ascii(name)[1:-1][:100], cause="unsupported", detail="such a name")
    try:
        if folder.exists():
            raise ModelImportError(name=name, cause="exists", detail=folder.name)
        model = read(path, sha256)
    except OSError as error:
        raise ModelImportError(name=name, cause="unreadable", detail=name) from error
    codes = []
    for given, detected, side in zip(languages, model.languages, ("source", "target"), strict=True):
        tag = given or detected
        try:
            codes.append(language_code(tag if isinstance(tag, str) else ""))
        except OptionError as error:
            raise ModelImportError(name=name, cause="language", detail=side) from error
    parameters = sum(value.numel() for value in model.weights.values())
    source, target = codes
    card = ModelCard(folder.name, source, target, model.config, parameters, training=model.origin, data=data or {})
    fresh = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".import-", dir=folder.parent))  # hidden, so that no list shows it
        # Git ignores the folder, because it is up to the authors of the model to publish it.
        files = {"source.model": model.source, "target.model": model.target, ".gitignore": b"*\n"}
        write_weights(fresh, card, {name: _compact(value) for name, value in model.weights.items()}, files)
        fresh.chmod(0o755)
        fresh.rename(folder)
    except OSError as error:
        raise ModelImportError(name=name, cause="unwritable", detail=folder.name) from error
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _compact(weight: torch.Tensor) -> torch.Tensor:
    """Convert a weight to half precision if that is lossless, as for a model that was stored in half precision."""
    half = weight.half()
    return half if bool((half == weight).all()) else weight


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m core.zoo", description="Import models of other programs.")
    commands = result.add_subparsers(dest="command", required=True)
    add = commands.add_parser("import", help="a Marian or CTranslate2 folder, or an Argos package").add_argument
    add("path", type=Path)
    add("--name", help="name of the new model; by default that of the path")
    add("--out", type=Path, help="the folder to write; by default assets/models/NAME")
    add("--source", help="language code of the source, if the files do not have it")
    add("--target", help="language code of the target, if the files do not have it")
    add("--sha256", help="expected checksum of the file")
    commands.add_parser("fetch", help="download a known model and import it").add_argument("model")
    return result


def main(arguments: list[str] | None = None) -> int:
    """Import or fetch a model from the command line; return the exit code."""
    args = parser().parse_args(arguments)
    try:
        if args.command == "fetch":
            from core.importing.fetch import download

            with download(args.model) as known:
                assert known.path is not None, "it is downloaded"
                folder = import_model(known.path, args.model, sha256=known.sha256, data=known.data)
        else:
            languages = args.source, args.target
            folder = import_model(args.path, args.name, args.out, languages, args.sha256)
    except HeadlightError as error:
        print(error, file=sys.stderr)
        return 2
    print(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Which models there are, what is known of each, and how one is written, read and imported.

A model is a folder: `model.safetensors`, `source.model` and `target.model` (SentencePiece), and `card.json`.

    python -m core.zoo import PATH [--name NAME] [--out FOLDER]
    python -m core.zoo fetch opus-zh-en
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import ModelConfig
from core.errors import ConfigError, DamagedModelError, HeadlightError, ModelImportError, UnknownModelError
from core.text import Tokenizer

if TYPE_CHECKING:  # torch is imported where weights are read, so that listing models takes milliseconds
    import torch

    from core.model import Model

MODELS = Path(__file__).parent.parent / "assets" / "models"
WEIGHTS, CARD = "model.safetensors", "card.json"
ALIGNER = "aligner.safetensors"  # may be missing; core.analysis.alignment reads it

Entries = Mapping[str, Any]
"""Part of a card, as JSON holds it."""


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model: everything here was measured when it was trained."""

    name: str
    source_language: str  # ISO 639 codes
    target_language: str
    config: ModelConfig
    parameters: int
    scores: Entries = field(default_factory=dict)  # {"perplexity": …, "greedy": {"bleu": …, "chrf": …}, "beam": …}
    training: Entries = field(default_factory=dict)  # options, pairs, steps, minutes, device, history
    data: Entries = field(default_factory=dict)  # {"credit": …, "licence": …}
    heads: Entries = field(default_factory=dict)  # numbers of heads over a dev set: core.training.heads
    lengths: Entries = field(default_factory=dict)  # quality by sentence length: core.training.lengths
    sets: Entries = field(default_factory=dict)  # scores and an example by set: core.training.evaluate.measure_sets
    sources: Sequence[Entries] = field(
        default_factory=list
    )  # what it was trained on: {"name", "title", "pairs", "weight", "licence", "credit"} each
    reach: Entries = field(default_factory=dict)  # when a sentence is far from what it knows: core.training.reach
    variants: Entries = field(default_factory=dict)  # what hurried spellings change: core.training.variants
    problem: DamagedModelError | None = None  # why the folder cannot be loaded

    def to_json(self) -> str:
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "problem"}
        return json.dumps({**values, "config": dataclasses.asdict(self.config)}, ensure_ascii=False, indent=1) + "\n"


ALIKE = ("pairs", "epochs_done", "batch_tokens")
"""What models must have in common for their quality to show what their architectures differ in."""


def trained_alike(cards: Sequence[ModelCard]) -> bool:
    """Whether all of these models saw as much of the same amount of data."""
    return all(len({card.training.get(name) for card in cards}) <= 1 for name in ALIKE)


def read_card(folder: Path) -> ModelCard:
    """The card of a model folder. Raises `DamagedModelError`, also where another of its files is missing."""
    try:
        values = json.loads((folder / CARD).read_text(encoding="utf-8"))
        card = ModelCard(**{**values, "name": folder.name, "config": ModelConfig.from_dict(values["config"])})
    except FileNotFoundError:
        raise DamagedModelError(name=folder.name, cause="missing", detail=CARD) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        cause, detail = ("config", str(error)) if isinstance(error, ConfigError) else ("unreadable", CARD)
        raise DamagedModelError(name=folder.name, cause=cause, detail=detail) from error
    for name in (WEIGHTS, "source.model", "target.model"):
        if not (folder / name).is_file():
            raise DamagedModelError(name=folder.name, cause="missing", detail=name)
    return card


def list_models(folder: Path | str = MODELS) -> list[ModelCard]:
    """The cards of all models in a folder, by name. One that is damaged is listed too, with `problem` set."""
    cards = []
    for path in sorted(Path(folder).iterdir()) if Path(folder).is_dir() else []:
        if not path.is_dir() or path.name.startswith("."):
            continue
        try:
            cards.append(read_card(path))
        except DamagedModelError as error:
            cards.append(ModelCard(path.name, "", "", ModelConfig(1, 1), 0, problem=error))
    return cards


def find_folder(name: str | os.PathLike[str]) -> Path:
    """The folder of a shipped model's name, or a path to a folder. Raises `UnknownModelError`."""
    with contextlib.suppress(OSError, RuntimeError):  # a name that is too long, a ~user that there is not
        if isinstance(name, str) and "/" not in name and (MODELS / name).is_dir() and name not in ("", ".", ".."):
            return MODELS / name
        folder = Path(name).expanduser()
        if name and folder.is_dir():
            return folder.resolve()
    raise UnknownModelError(name=str(name), names=", ".join(card.name for card in list_models() if not card.problem))


def read_model(folder: Path, device: torch.device) -> tuple[ModelCard, Model, Tokenizer, Tokenizer]:
    """Everything in a model folder, ready to run. Raises `DamagedModelError`.

    Names and shapes of the weights are compared with the config before anything of that size is built.
    """
    import safetensors.torch
    import torch

    from core.model import build

    card = read_card(folder)
    source = _read_tokenizer(folder / "source.model", card.source_language)
    target = _read_tokenizer(folder / "target.model", card.target_language)
    if (len(source), len(target)) != (card.config.source_vocab, card.config.target_vocab):
        raise DamagedModelError(name=folder.name, cause="tokenizers")
    try:
        with safetensors.safe_open(folder / WEIGHTS, framework="pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        with torch.device("meta"):
            expected = {name: tuple(value.shape) for name, value in build(card.config).named_parameters()}
        if shapes != expected:
            wrong = sorted(set(shapes.items()) ^ set(expected.items()))[0][0]
            raise DamagedModelError(name=folder.name, cause="weights", detail=wrong)
        weights = safetensors.torch.load_file(folder / WEIGHTS)
    except (OSError, safetensors.SafetensorError) as error:
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=WEIGHTS) from error
    model = build(card.config)
    # An embedding that both sides share has two names and is stored under one: the shapes above were all there are.
    model.load_state_dict({name: value.float() for name, value in weights.items()}, strict=False)
    return card, model.to(device).eval().requires_grad_(False), source, target


def _read_tokenizer(path: Path, language: str) -> Tokenizer:
    try:
        return Tokenizer.load(path, language)
    except (OSError, RuntimeError) as error:
        raise DamagedModelError(name=path.parent.name, cause="unreadable", detail=path.name) from error


def write_model(folder: Path, card: ModelCard, model: Model, files: Mapping[str, bytes]) -> None:
    """Write a model folder that `read_model` opens: weights in half precision, tokenizers, and the card last."""
    write_weights(folder, card, {name: value.detach().half() for name, value in model.named_parameters()}, files)


def write_weights(
    folder: Path, card: ModelCard, weights: Mapping[str, torch.Tensor], files: Mapping[str, bytes]
) -> None:
    """`write_model` with weights as they are, by the names of the model's parameters."""
    import safetensors.torch

    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.cpu().contiguous() for name, value in weights.items()}
    safetensors.torch.save_file(weights, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors lets nobody else read what it writes
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")


def update_card(folder: Path, **fields: Entries | Sequence[Entries]) -> None:
    """Put some fields on the card of a model folder; nothing else on it changes."""
    path = folder / CARD
    values = json.loads(path.read_text(encoding="utf-8"))
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**values, **fields}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def choose_device(name: str | None = None) -> torch.device:
    """The device of that name, or by default cuda, else mps, else cpu."""
    import torch

    others = "mps" if torch.backends.mps.is_available() else "cpu"
    device = torch.device(name or ("cuda" if torch.cuda.is_available() else others))
    if device.type == "cuda":  # a GRU there takes TF32 by default, 10 bits of fraction: weights differ in the 4th digit
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
    """Write the model at `path`, which others trained, as a model folder. -> the folder, which `read_model` opens

    path: a Marian folder of Hugging Face, a CTranslate2 folder, an Argos package (core.importing). name: the folder's,
    in the shipped models' one; by default the path's. out: another folder. languages: ISO 639 codes of source and
    target where the files have none, or wrong ones. sha256: of the file at `path`. data: credit and licence, for the
    card. Raises `ModelImportError`, and leaves nothing behind then.
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
    source, target = (given or found for given, found in zip(languages, model.languages, strict=True))
    for code, side in ((source, "source"), (target, "target")):
        if not isinstance(code, str) or not re.fullmatch(r"[a-z]{2,3}", code):
            raise ModelImportError(name=name, cause="language", detail=side)
    parameters = sum(value.numel() for value in model.weights.values())
    card = ModelCard(folder.name, source, target, model.config, parameters, training=model.origin, data=data or {})
    fresh = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".import-", dir=folder.parent))  # hidden: no list of models shows it
        # What others trained is theirs to publish: git leaves the folder out.
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
    """A weight in half precision where that changes nothing, as where the original is in half precision."""
    half = weight.half()
    return half if bool((half == weight).all()) else weight


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="python -m core.zoo", description="Models that others trained.")
    commands = result.add_subparsers(dest="command", required=True)
    add = commands.add_parser("import", help="a Marian or CTranslate2 folder, or an Argos package").add_argument
    add("path", type=Path)
    add("--name", help="what the model is called from then on; by default as its file is")
    add("--out", type=Path, help="the folder to write; by default assets/models/NAME")
    add("--source", help="language code of the source, where the files do not say it")
    add("--target", help="language code of the target")
    add("--sha256", help="of the file; any other one is refused")
    commands.add_parser("fetch", help="download a known model and import it").add_argument("model")
    return result


def main(arguments: list[str] | None = None) -> int:
    args = parser().parse_args(arguments)
    try:
        if args.command == "fetch":
            from core.importing.fetch import fetched

            with fetched(args.model) as known:
                assert known.path is not None, "it is fetched"
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

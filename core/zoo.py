"""Which models there are, what is known of each, and how one is written and read.

A model is a folder: `model.safetensors` (half precision), `source.model` and `target.model` (SentencePiece), and
`card.json`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import ModelConfig
from core.errors import ConfigError, DamagedModelError, UnknownModelError
from core.text import Tokenizer

if TYPE_CHECKING:  # torch is imported where weights are read, so that listing models takes milliseconds
    import torch

    from core.model import Model

MODELS = Path(__file__).parent.parent / "assets" / "models"
WEIGHTS, CARD = "model.safetensors", "card.json"
ALIGNER = "aligner.safetensors"  # may be missing; core.analysis.alignment reads it


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model: everything here was measured when it was trained."""

    name: str
    source_language: str  # ISO 639 codes
    target_language: str
    config: ModelConfig
    parameters: int
    scores: Mapping = field(default_factory=dict)  # {"perplexity": …, "greedy": {"bleu": …, "chrf": …}, "beam": …}
    training: Mapping = field(default_factory=dict)  # options, pairs, steps, minutes, device, history
    data: Mapping = field(default_factory=dict)  # {"credit": …, "licence": …}
    heads: Mapping = field(default_factory=dict)  # numbers of heads over a dev set: core.training.heads
    lengths: Mapping = field(default_factory=dict)  # quality by sentence length: core.training.lengths
    sets: Mapping = field(default_factory=dict)  # by dev set: {"everyday": {"sentences": …, "greedy": …, "example": …}}
    sources: Sequence = ()  # all data it has seen: [{"name": …, "title": …, "pairs": …, "licence": …, "credit": …}]
    reach: Mapping = field(default_factory=dict)  # how far from its data it can be trusted: core.training.reach
    problem: DamagedModelError | None = None  # why the folder cannot be loaded

    def to_json(self) -> str:
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "problem"}
        return json.dumps({**values, "config": dataclasses.asdict(self.config)}, ensure_ascii=False, indent=1) + "\n"


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


def find_folder(name: str | os.PathLike) -> Path:
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
            expected = {name: tuple(value.shape) for name, value in build(card.config).state_dict().items()}
        if shapes != expected:
            wrong = sorted(set(shapes.items()) ^ set(expected.items()))[0][0]
            raise DamagedModelError(name=folder.name, cause="weights", detail=wrong)
        weights = safetensors.torch.load_file(folder / WEIGHTS)
    except (OSError, safetensors.SafetensorError) as error:
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=WEIGHTS) from error
    model = build(card.config)
    model.load_state_dict({name: value.float() for name, value in weights.items()})
    return card, model.to(device).eval().requires_grad_(False), source, target


def _read_tokenizer(path: Path, language: str) -> Tokenizer:
    try:
        return Tokenizer.load(path, language)
    except (OSError, RuntimeError) as error:
        raise DamagedModelError(name=path.parent.name, cause="unreadable", detail=path.name) from error


def write_model(folder: Path, card: ModelCard, model: Model, files: Mapping[str, bytes]) -> None:
    """Write a model folder that `read_model` opens: weights in half precision, tokenizers, and the card last."""
    import safetensors.torch

    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().half().cpu().contiguous() for name, value in model.state_dict().items()}
    safetensors.torch.save_file(weights, folder / WEIGHTS)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / CARD).write_text(card.to_json(), encoding="utf-8")


def update_card(folder: Path, **fields: Mapping) -> None:
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
        torch.backends.cudnn.rnn.fp32_precision = "ieee"
    return device

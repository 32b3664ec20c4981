"""Folders of encoder-decoders of `transformers`, as the app shows them: their cards, and a translator for each.

A folder is one that `save_pretrained` wrote: config.json, weights, and the tokenizer's files. A file headlight.json
beside them may name the languages, as {"source": "en", "target": "zh"}, where the tokenizer does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.adapters.languages import iso_code
from core.card import ModelCard
from core.checks import quoted
from core.config import ModelConfig
from core.errors import ConfigError, DamagedModelError, HeadlightError, OneSidedModelError, OptionError
from core.records import Trace
from core.request import Request

if TYPE_CHECKING:
    from core.adapters.hugging_face import HuggingFaceModel

CONFIG = "config.json"
LANGUAGES_FILE = "headlight.json"

MOST_TOKENS = 128
"""The largest number of tokens of an output."""

SIZES = {
    "d_model": ("d_model", "hidden_size", "n_embd"),
    "n_heads": ("decoder_attention_heads", "num_attention_heads", "num_heads", "n_head", "encoder_attention_heads"),
    "n_layers": ("decoder_layers", "num_hidden_layers", "num_layers", "n_layer", "encoder_layers"),
    "d_ff": ("decoder_ffn_dim", "intermediate_size", "d_ff", "n_inner", "encoder_ffn_dim"),
    "max_length": ("max_position_embeddings", "n_positions"),
}
"""The names that configs of `transformers` have for our sizes."""


def hosted_cards(root: Path) -> dict[str, tuple[Path, ModelCard]]:
    """Return folder and card of each model in a folder by name; that of a damaged model has `problem` set.

    Only small files are read, and `transformers` is not imported.
    """
    found = {}
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        if (folder / CONFIG).is_file() and not folder.name.startswith("."):
            try:
                found[folder.name] = folder, hosted_card(folder)
            except DamagedModelError as error:
                found[folder.name] = folder, ModelCard(folder.name, "", "", ModelConfig(1, 1), 0, problem=error)
    return found


def hosted_card(folder: Path) -> ModelCard:
    """Return the card of a model of `transformers`: its languages and sizes.

    Raises:
        DamagedModelError: If a file is unreadable, the config has none of the sizes that a card needs, or the model is
            an encoder or a decoder alone.
    """
    config = _read(folder, CONFIG)
    if config.get("is_encoder_decoder") is not True:
        raise OneSidedModelError(name=folder.name)
    parts = [config, *(part for part in (config.get("decoder"), config.get("encoder")) if isinstance(part, dict))]

    def size(names: Sequence[str], default: int | None = None) -> Any:
        found = (part[name] for part in parts for name in names if isinstance(part.get(name), int))
        return next(found, default)

    sizes = {name: size(names) for name, names in SIZES.items()}
    sizes["d_ff"] = sizes["d_ff"] or 4 * (sizes["d_model"] or 1)
    sizes["max_length"] = max(2, min(sizes["max_length"] or 512, 100_000))
    vocabulary = size(("vocab_size",))
    try:
        model = ModelConfig(vocabulary, size(("decoder_vocab_size",), vocabulary), dropout=0.0, **sizes)
    except ConfigError as error:
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=CONFIG) from error
    source, target = languages_of(folder)
    return ModelCard(folder.name, iso_code(source), iso_code(target), model, _parameters(folder), hosted=True)


def languages_of(folder: Path) -> tuple[str, str]:
    """Return the languages that a folder names, as `core.hugging_face` takes them; "und" where it names none."""
    named = _read(folder, LANGUAGES_FILE) if (folder / LANGUAGES_FILE).is_file() else {}
    own = _read(folder, "tokenizer_config.json") if (folder / "tokenizer_config.json").is_file() else {}
    return tuple(  # type: ignore[return-value]  # of two
        next((str(value) for value in (named.get(side), own.get(f"{side}_lang")) if isinstance(value, str)), "und")
        for side in ("source", "target")
    )


def _read(folder: Path, name: str) -> Mapping[str, Any]:
    try:
        values = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=name) from error
    if not isinstance(values, dict):
        raise DamagedModelError(name=folder.name, cause="unreadable", detail=name)
    return values


def _parameters(folder: Path) -> int:
    """Return the number of parameters by the heads of the weights' files; 0 if they are in another format."""
    import safetensors

    total = 0
    for path in folder.glob("*.safetensors"):
        try:
            with safetensors.safe_open(path, framework="np") as file:
                for name in file.keys():  # noqa: SIM118
                    count = 1
                    for length in file.get_slice(name).get_shape():
                        count *= length
                    total += count
        except (OSError, safetensors.SafetensorError) as error:
            raise DamagedModelError(name=folder.name, cause="unreadable", detail=path.name) from error
    return total


class HostedTranslator:
    """A model of `transformers` where the app expects a `core.Translator`.

    It translates, and heads can be removed. Everything else that `core.Translator` has raises an `OptionError` that
    says so.

    Args:
        folder: The model's folder.

    Attributes:
        card: The model's card.
        hosted: The model of `transformers`.
        device: Where it runs.

    Raises:
        DamagedModelError: If `transformers` cannot load the model.
    """

    def __init__(self, folder: Path) -> None:
        from core.adapters.hugging_face import hugging_face

        self.card = hosted_card(folder)
        try:
            self.hosted: HuggingFaceModel = hugging_face(folder, None, *languages_of(folder))
        except HeadlightError:
            raise
        except Exception as error:  # whatever transformers raises for files that it cannot read
            raise DamagedModelError(name=folder.name, cause="unreadable", detail=quoted(str(error))[:200]) from error
        self.device = self.hosted.model.device

    def run(self, request: Request) -> Trace:
        """Run a Request; the length penalty of its beam search is the model's own.

        Raises:
            HeadlightError: As `core.hugging_face` says.
        """
        longest = min(MOST_TOKENS, self.card.config.max_length - 1)
        return self.hosted.translate(
            request.text, request.target, request.strategy, request.beam_size, None, request.temperature, request.top_k,
            request.top_p, request.seed, longest, request.intervention,
        )  # fmt: skip

    def translate(self, text: str, target: str | Sequence[str] | None = None, **options: Any) -> Trace:
        """Translate a text: `run` with the options of a Request."""
        return self.run(Request(text, self.card.name, target, **options))

    def align(self, trace: Trace) -> None:
        """Return None: there is no word aligner for these models."""

    def _lacks(self) -> OptionError:
        return OptionError(name="model", value=self.card.name, cause="hosted")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._lacks()

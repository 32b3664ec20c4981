"""A model of `transformers` with its tokenizer: what it reads of a text, and the pieces of what it writes."""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from core.adapters.languages import code_id, find_code, special_tokens
from core.adapters.tokens import candidate, guess_join, to_pieces
from core.checks import quoted
from core.errors import EmptyTextError, OptionError, TextTooLongError

DEFAULT_LENGTH = 20
"""The number of tokens that `generate` writes where neither caller nor model give another limit."""


_LOCKS: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
"""One lock for each model, however many translators share it."""

_GUARD = threading.Lock()


class Encoded(NamedTuple):
    """A text as a model reads it.

    Attributes:
        inputs: What the tokenizer made: input_ids (1, S), attention_mask (1, S).
        start: The id that the decoder reads first; None without a decoder of its own.
        forced_bos: The id that the decoder must write first, if there is one.
    """

    inputs: dict[str, Tensor]
    start: int | None
    forced_bos: int | None


class HostedModel:
    """A model of `transformers` with its tokenizer.

    Attributes:
        model: The model.
        tokenizer: Its tokenizer.
        source: The language of the texts, as it was given.
        target: The language of the translations, as it was given.
        prefix: What is put before each text.
        codes: The tokenizer's codes of both languages; None where it has none, or the language was not given.
        specials: The tokens that are specials.
        join: One of `core.adapters.tokens.JOINS`, by the vocabulary.
    """

    def __init__(self, model: Any, tokenizer: Any, source: str, target: str, prefix: str | None) -> None:
        self.model, self.tokenizer, self.source, self.target = model, tokenizer, source, target
        self.codes = tuple(
            None if language == "und" else find_code(tokenizer, language, name)
            for name, language in (("source", source), ("target", target))
        )
        tasks = getattr(model.config, "task_specific_params", None) or {}
        task = tasks.get(f"translation_{source}_to_{target}") or {}
        self.prefix = str(task.get("prefix") or "") if prefix is None else prefix
        self.specials = special_tokens(tokenizer)
        self.join = guess_join([token for token in tokenizer.get_vocab() if token not in self.specials])
        with _GUARD:
            self._lock = _LOCKS.setdefault(model, threading.RLock())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.source} → {self.target}, {self.model.device})"

    @property
    def name(self) -> str:
        """The last part of the name that the model was loaded by, else the name of its class."""
        return Path(str(getattr(self.model.config, "_name_or_path", "") or "")).name or type(self.model).__name__

    def _pair(self) -> tuple[str | None, str | None]:
        return self.codes[0], self.codes[1]

    def _limit(self, length: int, given: int | None) -> dict[str, int]:
        """Return the option of `generate` for a number of tokens after `length` ids; {} for the model's own."""
        if given is None:
            return {}
        # The one of both that the model does not set, if there is one: `generate` warns where both are set.
        if getattr(self.model.generation_config, "max_new_tokens", None) is not None:
            return {"max_new_tokens": given}
        return {"max_length": length + given}

    @property
    def _own_limit(self) -> int:
        """The number of tokens that `generate` writes at most, the start token left out."""
        own = self.model.generation_config
        if getattr(own, "max_new_tokens", None) is not None:
            return int(own.max_new_tokens)
        return DEFAULT_LENGTH if own.max_length in (None, DEFAULT_LENGTH) else int(own.max_length) - 1

    def _inputs(self, text: str) -> dict[str, Tensor]:
        """Return what the model reads of a text: ids and masks, (1, S)."""
        if not isinstance(text, str):
            raise OptionError(name="text", value=quoted(text), cause="text")
        if not text.strip():
            raise EmptyTextError()
        accepted = inspect.signature(self.model.forward).parameters
        if "input_ids" not in accepted:
            raise OptionError(name="model", value=type(self.model).__name__, cause="no_text")
        made = self.tokenizer(self.prefix + text, return_tensors="pt")
        inputs = {name: value.to(self.model.device) for name, value in made.items() if name in accepted}
        config = self.model.config
        encoder = getattr(config, "encoder", None)
        limit = getattr(encoder if hasattr(encoder, "to_dict") else config, "max_position_embeddings", None)
        length = inputs["input_ids"].size(1)
        if isinstance(limit, int) and length > limit > 0:
            raise TextTooLongError(length=length, limit=limit)
        return inputs

    def _encode(self, text: str) -> Encoded:
        inputs, own = self._inputs(text), self.model.generation_config
        start = next(
            (
                value
                for config in (own, self.model.config)
                for name in ("decoder_start_token_id", "bos_token_id")
                if isinstance(value := getattr(config, name, None), int)
            ),
            None,
        )
        forced = getattr(own, "forced_bos_token_id", None)
        if self.codes[1] is not None:
            language = code_id(self.tokenizer, self.codes[1])
            if type(self.tokenizer).__name__ in ("MBartTokenizer", "MBartTokenizerFast"):
                start = language  # mBART of 25 languages reads the language first; later models write it first
            else:
                forced = language
        if start is None:
            raise OptionError(name="model", value=type(self.model).__name__, cause="no_start")
        return Encoded(inputs, start, forced)

    def _generation(self, encoded: Encoded) -> dict[str, int]:
        forced = {} if encoded.forced_bos is None else {"forced_bos_token_id": encoded.forced_bos}
        return {"decoder_start_token_id": encoded.start, **forced}  # type: ignore[dict-item]  # `_encode` checks it

    def _ends(self) -> set[int]:
        """Return the ids that end an output."""
        ends = self.model.generation_config.eos_token_id
        ends = self.tokenizer.eos_token_id if ends is None else ends
        return set() if ends is None else set(ends) if isinstance(ends, list | tuple) else {ends}

    @property
    def _target_size(self) -> int:
        """The number of ids that the model can write."""
        head = self.model.get_output_embeddings()
        return len(self.tokenizer) if head is None else int(head.weight.size(0))

    def _until_end(self, ids: Sequence[int]) -> list[int]:
        """Return the ids up to the first that ends an output, without what pads it."""
        # The model may write the id that ends an output first, as BART's decoder reads it first.
        end = next((t for t, index in enumerate(ids) if index in self._ends()), len(ids) - 1)
        return list(ids[: end + 1])

    def _target_ids(self, target: Any, encoded: Encoded) -> list[int]:
        """Return the ids of a given translation without the start token, as `generate` would write them."""
        if isinstance(target, list | tuple) and target and all(isinstance(part, int) for part in target):
            ids = [int(part) for part in target]
            if not all(0 <= index < self._target_size for index in ids):
                raise OptionError(name="target", value=quoted(target), cause="no_piece")
            return ids
        if isinstance(target, list | tuple) and target and all(isinstance(part, str) for part in target):
            ids = [int(self.tokenizer.convert_tokens_to_ids(part)) for part in target]
            for part, index in zip(target, ids, strict=True):
                if self.tokenizer.convert_ids_to_tokens(index) != part:  # the id of unknown tokens
                    raise OptionError(name="target", value=quoted(part), cause="no_piece")
            return ids
        if not isinstance(target, str):
            raise OptionError(name="target", value=type(target).__name__, cause="target")
        ids = list(self.tokenizer(text_target=target)["input_ids"])
        ends = self._ends()
        if ids and ids[0] == encoded.start:  # as [CLS], which a decoder of BERT reads first
            ids = ids[1:]
        first = next((t for t, index in enumerate(ids) if index in ends), None)
        ids = ids[: first + 1] if first is not None else [*ids, *sorted(ends)[:1]]
        if encoded.forced_bos is not None and ids[:1] != [encoded.forced_bos]:
            ids = [encoded.forced_bos, *ids]
        return ids

    def _pieces(self, ids: Sequence[int]) -> tuple[str, ...]:
        tokens = self.tokenizer.convert_ids_to_tokens(list(ids))
        return to_pieces(tokens, [i for i, token in enumerate(tokens) if token in self.specials], self.join)

    def _candidate(self, token: str | None) -> str:
        return (token or "") if token in self.specials else candidate(token or "", self.join, True)

    def _decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids without specials."""
        names = self.tokenizer.convert_ids_to_tokens(list(ids))
        plain = [index for index, name in zip(ids, names, strict=True) if name not in self.specials]
        return str(self.tokenizer.decode(plain, skip_special_tokens=True)).strip()

    def _source_tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens of the source, whose vocabulary is one of its own in some models of Marian."""
        if getattr(self.tokenizer, "separate_vocabs", False):
            names = {index: token for token, index in self.tokenizer.encoder.items()}
            return [names[index] for index in ids]
        return list(self.tokenizer.convert_ids_to_tokens(list(ids)))

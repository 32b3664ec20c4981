"""Models of `transformers` as translators whose runs are Traces.

The caller's model computes everything: `generate` writes the output, and one pass over the output gives the weights.
The package `transformers` itself is imported only to read a folder, and nothing is ever downloaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.adapters.arrays import from_arrays, to_numpy
from core.adapters.hosted import Encoded, HostedModel
from core.adapters.languages import iso_code, languages_set
from core.adapters.recording import check_change, recording
from core.checks import Range, quoted
from core.errors import OptionError
from core.intervention import Intervention
from core.records import CANDIDATES, Step, Trace
from core.request import BEAM_SIZE, SAMPLE, SEED, STRATEGIES, TEMPERATURE, TOP_K, TOP_P

MAX_NEW_TOKENS = Range(1, 100_000, None, whole=True)
LENGTH_PENALTY = Range(-100.0, 100.0, None)


def hugging_face(
    model: Any, tokenizer: Any = None, source: str = "und", target: str = "und", prefix: str | None = None
) -> HuggingFaceModel:
    """Return a model of `transformers` as a translator whose runs are Traces. Nothing is downloaded.

    Encoder-decoders (Marian, T5, BART, mBART, M2M100, NLLB and others) translate. Encoders (BERT) and decoders (GPT-2)
    have `trace` alone.

    Example:
        >>> translator = core.hugging_face(model, tokenizer, source="en", target="zh")
        >>> trace = translator.translate("Tom runs.")
        >>> trace.cross.shape[:2] == (model.config.decoder_layers, model.config.decoder_attention_heads)
        True

    Args:
        model: The model, or the path of a folder that `save_pretrained` wrote.
        tokenizer: Its tokenizer; by default the one in the folder.
        source: The language of the texts: an ISO 639 code, or the code of a multilingual tokenizer (en_XX, eng_Latn).
        target: The language of the translations.
        prefix: What is put before each text; by default what the config names for these languages, as that of T5 does.

    Raises:
        OptionError: If the folder does not exist, the tokenizer is missing or does not know a language.
        ImportError: If a folder is given, and `transformers` is not installed.
    """
    if isinstance(model, str | os.PathLike):
        model, own = _read(Path(model))
        tokenizer = own if tokenizer is None else tokenizer
    if not hasattr(tokenizer, "convert_ids_to_tokens"):
        raise OptionError(name="tokenizer", value=type(tokenizer).__name__, cause="tokenizer")
    if not hasattr(getattr(model, "config", None), "is_encoder_decoder"):
        raise OptionError(name="model", value=type(model).__name__, cause="hugging_face")
    return HuggingFaceModel(model, tokenizer, source, target, prefix)


def _read(folder: Path) -> tuple[Any, Any]:
    """Read the model and the tokenizer of a folder. No code of the folder is run."""
    if not (folder / "config.json").is_file():
        raise OptionError(name="model", value=quoted(str(folder)), cause="folder")
    import transformers  # an optional dependency

    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    names = [name for name in config.architectures or () if isinstance(getattr(transformers, name, None), type)]
    kind = getattr(transformers, names[0]) if names else transformers.AutoModel
    options: dict[str, Any] = {"local_files_only": True}
    return kind.from_pretrained(folder, **options), transformers.AutoTokenizer.from_pretrained(folder, **options)


class HuggingFaceModel(HostedModel):
    """A model of `transformers` that translates, and records its attention.

    Runs wait for each other, because each changes the model for a while: it is in evaluation mode, and computes
    attention in single operations ("eager"), which alone returns weights. Afterwards it is as it was. Probabilities are
    the model's own, before what `generate` forbids, forces, or samples with.
    """

    def translate(
        self,
        text: str,
        target: str | Sequence[str] | Sequence[int] | None = None,
        strategy: str = "greedy",
        beam_size: int = 4,
        length_penalty: float | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float = 1.0,
        seed: int = 0,
        max_new_tokens: int | None = None,
        intervention: Intervention | None = None,
    ) -> Trace:
        """Translate a text, or score the given translation `target`, and record the attention.

        Args:
            text: The text.
            target: A given translation: a text, or its tokens or ids without the start token.
            strategy: "greedy", "beam" or "sample".
            beam_size: The number of beams.
            length_penalty: Of `generate`'s beam search, the exponent of the length; by default the model's own.
            temperature: Of sampling; so are the next three.
            top_k: By default all tokens.
            top_p: By default all tokens.
            seed: Torch's random numbers of the caller are left as they are.
            max_new_tokens: The largest number of tokens; by default the model's own limit, which may be as low as 20.
            intervention: Heads to set to 0 (`ablate`); other changes are refused.

        Raises:
            OptionError: If an option is not possible, or the model is no encoder-decoder that generates.
            EmptyTextError: If the text is blank.
            TextTooLongError: If the text is longer than the model's positions.
        """
        change = check_change(intervention)
        options = self._options(strategy, beam_size, length_penalty, temperature, top_k, top_p, max_new_tokens)
        SEED.check("seed", seed)
        with self._lock, languages_set(self.tokenizer, *self._pair()):
            encoded = self._encode(text)
            given = None if target is None else self._target_ids(target, encoded)
            with recording(self.model, change):
                if given is None:
                    with _seeded(seed if strategy == SAMPLE else None, self.model.device):
                        rows = self.model.generate(
                            **encoded.inputs, **self._generation(encoded), **options, return_dict_in_generate=False
                        )
                    given = self._until_end(rows[0].tolist()[1:])
                outputs = self._forward(encoded, given)
            return self._trace(text, encoded, given, outputs, strategy if target is None else "forced", change)

    def steps(
        self,
        text: str,
        strategy: str = "greedy",
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float = 1.0,
        seed: int = 0,
        max_new_tokens: int | None = None,
        intervention: Intervention | None = None,
    ) -> Iterator[Step]:
        """Decode a text, one output piece at a time: "greedy", or "sample" with the options of `translate`.

        Each step is a call of `generate` for one token, so that it is chosen by the same rules.

        Raises:
            HeadlightError: As `translate` does, by the call.
        """
        if strategy not in ("greedy", SAMPLE):
            raise OptionError(name="strategy", value=quoted(strategy), cause="choices", choices=f"greedy, {SAMPLE}")
        change = check_change(intervention)
        options = self._options(strategy, 1, None, temperature, top_k, top_p, max_new_tokens)
        SEED.check("seed", seed)
        with self._lock, languages_set(self.tokenizer, *self._pair()):
            encoded = self._encode(text)
        return self._steps(encoded, options, seed if strategy == SAMPLE else None, change)

    def _steps(
        self, encoded: Encoded, options: dict[str, Any], seed: int | None, change: Intervention | None
    ) -> Iterator[Step]:
        assert encoded.start is not None, "it has a decoder"
        given = options.pop("max_length", 0) - 1, options.pop("max_new_tokens", 0)
        limit = max(given) if max(given) > 0 else self._own_limit
        output, memory = [encoded.start], None
        state: Any = seed
        generation: dict[str, Any] = {**self._generation(encoded)}
        end = getattr(self.model.generation_config, "forced_eos_token_id", None)
        least = getattr(self.model.generation_config, "min_new_tokens", None)
        if least is not None:  # counted from the start, not anew at each step
            generation |= {"min_new_tokens": None, "min_length": least + 1}
        for t in range(limit):
            forced_end = {"forced_eos_token_id": end if t == limit - 1 else None} if end is not None else {}
            # The contexts end before the `yield`, because the caller's code must not run in them.
            with self._lock, recording(self.model, change), _seeded(state, self.model.device) as random:
                if memory is None:
                    memory = self.model.get_encoder()(**encoded.inputs, return_dict=True)
                made = self.model.generate(
                    **encoded.inputs, **generation, **options, **forced_end, encoder_outputs=memory, **self._limit(len(output), 1),
                    decoder_input_ids=torch.tensor([output], device=self.model.device), output_attentions=True,
                    output_logits=True, return_dict_in_generate=True,
                )  # fmt: skip
                state = random() if random else None
                probabilities = made.logits[0][0].float().softmax(-1)
                own_rows = np.stack([to_numpy(layer)[0, :, -1] for layer in made.decoder_attentions[0]])
                crossed = np.stack([to_numpy(layer)[0, :, -1] for layer in made.cross_attentions[0]])
                for kind, layer, head in change.ablate if change else ():
                    if kind != "encoder_self":
                        {"decoder_self": own_rows, "cross": crossed}[kind][layer, head] = 0
                output.append(int(made.sequences[0, -1]))
                best = probabilities.topk(min(CANDIDATES, len(probabilities)))
            names = self._pieces(output)
            tokens = self.tokenizer.convert_ids_to_tokens(best.indices.tolist())
            written = self.tokenizer.convert_ids_to_tokens(output[-1])
            yield Step(
                t=t,
                reads=names[-2],
                piece=names[-1],
                probability=float(probabilities[output[-1]]),
                text=self._decode(output[1:]),
                candidates=tuple(
                    (names[-1] if token == written else self._candidate(token), probability)
                    for token, probability in zip(tokens, best.values.tolist(), strict=True)
                ),
                decoder_self=own_rows,
                cross=crossed,
            )
            if output[-1] in self._ends():
                return

    def trace(self, text: str) -> Trace:
        """Record the attention of an encoder (BERT) or a decoder (GPT-2) that reads a text.

        An encoder's Trace has encoder self-attention alone. A decoder's has decoder self-attention alone: the first
        token is read and not predicted, and the last output piece is the model's most probable next one. A decoder
        without a language-model head has "" there, and no probabilities. An encoder-decoder translates the text.

        Raises:
            HeadlightError: As `translate` does.
        """
        if self.model.config.is_encoder_decoder:
            return self.translate(text)
        with self._lock:
            inputs = self._inputs(text)
            with recording(self.model):
                outputs = self.model(**inputs, output_attentions=True, return_dict=True)
        attentions = self._require(outputs.attentions, "attentions")
        ids = inputs["input_ids"][0].tolist()
        tokens = self.tokenizer.convert_ids_to_tokens(ids)
        common: dict[str, Any] = {"model": self.name, "specials": self.specials, "join": self.join}
        languages = (iso_code(self.source), iso_code(self.source))
        if not self._is_decoder(attentions):
            return from_arrays(tokens, (), encoder_self=attentions, source=text, languages=languages, **common)
        logits = getattr(outputs, "logits", None)
        if logits is None or logits.size(-1) < len(self.tokenizer):
            following = [*tokens[1:], ""]
            return from_arrays(
                (), following, decoder_self=attentions, start=tokens[0], text=text, languages=languages, **common
            )
        ids = [*ids[1:], int(logits[0, -1].argmax())]
        chosen, top = self._scored(logits[0], ids)
        following = self.tokenizer.convert_ids_to_tokens(ids)
        return from_arrays(
            (), following, decoder_self=attentions, start=tokens[0], text=text, languages=languages,
            probabilities=chosen, top=top, **common,
        )  # fmt: skip

    def _is_decoder(self, attentions: Sequence[Tensor]) -> bool:
        """Return whether no query attends to later pieces; of one piece alone, whether the model can generate."""
        if attentions[0].size(-1) > 1:
            return not any(bool(layer.triu(1).any()) for layer in attentions)
        return bool(getattr(self.model.config, "is_decoder", False) or self.model.can_generate())

    def _options(
        self,
        strategy: str,
        beam_size: int,
        length_penalty: float | None,
        temperature: float,
        top_k: int | None,
        top_p: float,
        max_new_tokens: int | None,
    ) -> dict[str, Any]:
        """Return the options of `generate`, checked."""
        choices = (*STRATEGIES, SAMPLE)
        if strategy not in choices:
            raise OptionError(name="strategy", value=quoted(strategy), cause="choices", choices=", ".join(choices))
        if not self.model.config.is_encoder_decoder or not self.model.can_generate():
            raise OptionError(name="model", value=type(self.model).__name__, cause="no_translation")
        options: dict[str, Any] = {"do_sample": strategy == SAMPLE, "num_beams": 1}
        if strategy == "beam":
            options["num_beams"] = BEAM_SIZE.check("beam_size", beam_size)
            if length_penalty is not None:
                options["length_penalty"] = LENGTH_PENALTY.check("length_penalty", length_penalty)
        if strategy == SAMPLE:
            options["temperature"] = TEMPERATURE.check("temperature", temperature)
            options["top_k"] = 0 if top_k is None else TOP_K.check("top_k", top_k)
            options["top_p"] = TOP_P.check("top_p", top_p)
        if max_new_tokens is not None:
            options |= self._limit(1, MAX_NEW_TOKENS.check("max_new_tokens", max_new_tokens))
        return options

    def _forward(self, encoded: Encoded, output: Sequence[int]) -> Any:
        """Run encoder and decoder once over source and output."""
        read = torch.tensor([[encoded.start, *output[:-1]]], device=self.model.device)
        return self.model(
            **encoded.inputs, decoder_input_ids=read, output_attentions=True, use_cache=False, return_dict=True
        )

    def _require(self, attentions: Any, name: str) -> Any:
        if not attentions or attentions[0] is None or attentions[0].dim() != 4:
            raise OptionError(name="model", value=type(self.model).__name__, cause="no_weights", kind=name)
        return attentions

    def _trace(
        self,
        text: str,
        encoded: Encoded,
        output: Sequence[int],
        outputs: Any,
        strategy: str,
        change: Intervention | None,
    ) -> Trace:
        names = self.tokenizer.convert_ids_to_tokens
        weights = {}
        for kind, name in (
            ("encoder_self", "encoder_attentions"),
            ("decoder_self", "decoder_attentions"),
            ("cross", "cross_attentions"),
        ):
            weights[kind] = [to_numpy(layer)[0].copy() for layer in self._require(getattr(outputs, name), name)]
        for kind, layer, head in change.ablate if change else ():
            weights[kind][layer][head] = 0  # its weights were computed, but not used
        chosen, top = self._scored(outputs.logits[0], output)
        return from_arrays(
            self._source_tokens(encoded.inputs["input_ids"][0].tolist()),
            names(list(output)),
            cross=weights["cross"],
            encoder_self=weights["encoder_self"],
            decoder_self=weights["decoder_self"],
            model=self.name,
            start=names(encoded.start),
            specials=self.specials,
            join=self.join,
            languages=(iso_code(self.source), iso_code(self.target)),
            source=text,
            text=self._decode(output),
            strategy=strategy,
            probabilities=chosen,
            top=top,
            intervention=change,
        )

    def _scored(self, logits: Tensor, output: Sequence[int]) -> tuple[list[float], list[list[tuple[str, float]]]]:
        """Return the probability of each output token, and the most probable tokens of each step with theirs."""
        probabilities = logits.float().softmax(-1)
        best = probabilities.topk(min(CANDIDATES, probabilities.size(1)))
        chosen = [float(row[index]) for row, index in zip(probabilities, output, strict=True)]
        rows = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        # Some models have more rows of embeddings than their tokenizer has tokens.
        names = [(self.tokenizer.convert_ids_to_tokens(ids), values) for ids, values in rows]
        return chosen, [[(name or "", value) for name, value in zip(*row, strict=True)] for row in names]


@contextmanager
def _seeded(state: Any, device: torch.device) -> Iterator[Any]:
    """Run with random numbers from a seed, or from a state that an earlier run left; the caller's go on as they were.

    Yields:
        A function that returns the state, or None for a run without random numbers.
    """
    if state is None:
        yield None
        return
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        if isinstance(state, int):
            torch.manual_seed(state)
        else:
            torch.set_rng_state(state[0])
            for one, value in zip(cuda, state[1:], strict=True):
                torch.cuda.set_rng_state(value, one)
        yield lambda: (torch.get_rng_state(), *(torch.cuda.get_rng_state(one) for one in cuda))

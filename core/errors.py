"""Typed errors. Each has one sentence that says what happened and what to do, and the values that it mentions.

The sentences here are English; the app's catalogue has the Chinese ones under the same class names, with the same
`values`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class HeadlightError(ValueError):
    """Base of all errors that a caller can cause.

    Attributes:
        sentence: A format string over `values`.
        causes: Format strings by cause, where one error has several; `values["cause"]` names one of them.
        values: The values that the sentence mentions.
    """

    sentence = "Something in the request cannot be used."
    causes: ClassVar[dict[str, str]] = {}

    def __init__(self, **values: Any) -> None:
        self.values = values
        super().__init__(self.describe(self.sentence, self.causes))

    def describe(self, sentence: str, causes: Mapping[str, str]) -> str:
        """Return the error's sentence from these format strings, which may be in another language."""
        values = dict(self.values)
        if "cause" in values:
            values["cause"] = causes[values["cause"]].format(**self.values)
        return sentence.format(**values)

    # Pickling an exception passes positional arguments to its class; `values` are keyword arguments.
    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.values)


def _rebuild(kind: type[HeadlightError], values: dict[str, Any]) -> HeadlightError:
    return kind(**values)


class ConfigError(HeadlightError):
    """No model can be built from a config."""

    sentence = "The model cannot be built with {name} = {value}: {cause}."
    causes: ClassVar[dict[str, str]] = {
        "choices": "it must be one of {choices}",
        "flag": "it must be True or False",
        "epsilon": "it must be above 0 and at most {high}",
        "share": "it must be at least 0 and below 1",
        "whole": "it must be a whole number of at least 1",
        "most": "it must be at most {high}",
        "divides": "it must divide d_model = {d_model} without remainder",
        "one_attention": "a recurrent model has one attention, or none",
        "even": "a recurrent encoder reads in both directions, so that it must be even",
        "recurrent": "a recurrent model has no such setting",
        "same_vocabulary": "source_vocab and target_vocab must be the same",
        "unknown": "there is no such setting",
        "missing": "it is missing",
    }


class EmptyTextError(HeadlightError):
    """A text is blank."""

    sentence = "There is nothing to translate yet. Please type a sentence."


class TextTooLongError(HeadlightError):
    """A text has more pieces than the model takes."""

    sentence = (
        "This text is {length} pieces long, and the model reads at most {limit}. "
        "Nothing was cut: please shorten it or translate it sentence by sentence."
    )


class ControlCharacterError(HeadlightError):
    """A text has an invisible control character."""

    sentence = "The text holds an invisible character ({code}) at position {position}. Please delete it and try again."


class UnknownLanguageError(HeadlightError):
    """A text is in another language than the model's source language."""

    sentence = (
        "This model reads {language}, and knows none of the words in this text. Please type a sentence in {language}."
    )


class UnknownTargetError(HeadlightError):
    """A given translation has characters that the vocabulary lacks."""

    sentence = "The given translation holds characters that this model has never seen: {characters}. Please write it without them."


class UnknownModelError(HeadlightError):
    """There is no model of this name."""

    sentence = "There is no model named “{name}”. Choose one of: {names}."


class DamagedModelError(HeadlightError):
    """A model folder cannot be loaded."""

    sentence = (
        "The model “{name}” cannot be loaded: {cause}. Restore its folder or train it again; other models still work."
    )
    causes: ClassVar[dict[str, str]] = {
        "missing": "{detail} is missing",
        "unreadable": "{detail} cannot be read",
        "card": "its card.json holds something else than expected at “{detail}”",
        "config": "its config cannot be used ({detail})",
        "tokenizers": "its tokenizers do not fit its config",
        "weights": "its weights do not fit its config ({detail})",
        "numbers": "its weights hold values that are no numbers ({detail})",
    }


class OneSidedModelError(DamagedModelError):
    """A folder holds an encoder or a decoder alone, where an encoder-decoder is needed."""

    sentence = (
        "The model “{name}” is an encoder or a decoder alone, and the app shows encoder-decoders. Its attention can be "
        "seen in a notebook."
    )
    causes: ClassVar[dict[str, str]] = {}


class ModelImportError(HeadlightError):
    """A model of another program cannot be imported."""

    sentence = "The model “{name}” cannot be imported: {cause}. Nothing was written."
    causes: ClassVar[dict[str, str]] = {
        "missing": "{detail} is missing",
        "unreadable": "{detail} cannot be read",
        "kind": "it is neither a Marian model of Hugging Face nor a CTranslate2 or Argos package",
        "unsafe": "its member {detail} would leave the folder",
        "large": "{detail} is larger than such a file can be",
        "vocabulary": "its vocabulary does not fit ({detail})",
        "weights": "its weights do not fit ({detail})",
        "finite": "{detail} holds numbers that are not finite",
        "unsupported": "{detail} is not supported",
        "language": "its files do not say the {detail} language; name it",
        "unwritable": "the folder {detail} cannot be written",
        "exists": "there is a folder {detail} already",
        "checksum": "its SHA-256 is {detail}, which is not the one expected",
        "download": "{detail} could not be downloaded",
    }


class OptionError(HeadlightError):
    """An option has a value that is not possible.

    Commands of training, whose messages are English, give a `reason` in place of a `cause`.
    """

    sentence = "{name} = {value} is not possible: {cause}."
    causes: ClassVar[dict[str, str]] = {
        "choices": "choose one of {choices}",
        "range": "choose a number from {low} to {high}",
        "whole": "choose a whole number from {low} to {high}",
        "layer_index": "choose a layer from {first} to {last}",
        "head_index": "choose a head from {first} to {last}",
        "step_index": "choose a step from {first} to {last}",
        "position_index": "choose a position from {first} to {last}",
        "least": "it must be at least {low}",
        "flag": "choose True or False",
        "even": "choose an even number",
        "counts": "write whole numbers from 0 on",
        "text": "write a text",
        "dict": "it must be a dict",
        "list": "it must be a list",
        "width": "write {count} values",
        "plain": "write words and numbers",
        "once": "name each only once",
        "head": "write (kind, layer, head)",
        "part": "write (stack, layer, part)",
        "piece": "write one piece",
        "pieces": "write at least one piece, and none after </s>",
        "target": "write a text, or a list of pieces",
        "intervention": "it must be an Intervention or None",
        "model_name": "it must be a model's name",
        "other_model": "this is the model {model}",
        "own_trace": "choose a Trace of the model {model}",
        "no_kind": "the model {model} has no attention of this kind",
        "no_state": "it is a Transformer, and has no recurrent state",
        "no_layers": "a recurrent model has no layers of attention",
        "weights": "they have {count} weights, and one picture holds {limit}; name fewer layers",
        "no_font": "no font on this machine has them; install one, such as Noto Sans CJK, or export the SVG",
        "no_self_attention": "this model has no self-attention to follow",
        "transformer": "this needs a Transformer, and the model is recurrent",
        "recurrent_positions": "this model is recurrent, and has no positional encoding",
        "recurrent_causal": "this model is recurrent, and has no causal mask: its decoder never sees what comes after",
        "recurrent_attention": "this model is recurrent, and has no attention",
        "recurrent_kind": "this model is recurrent, and has no attention of this kind",
        "recurrent_parts": "this model is recurrent, and has no encoder layers or parts of them to change",
        "source_left": "at least one piece of the source must be left",
        "order": "name each piece once, counted from 0",
        "suffix": "its name must end with .npz or .json",
        "language": "write a code such as en, zh or zh-CN",
        "no_word": "it names a word that there is not",
        "rows": "it must have {count} rows",
        "one_length": "queries and keys must be of one length",
        "cells": "every cell must hold a number",
        "table": "it must be a table of rows and columns",
        "divides": "it must divide d_model = {d_model} without remainder",
        "first_layer": "words and positions are apart in the first encoder layer only",
        "within_character": "it falls into a character before it that is spelled in several pieces",
        "spelled": "it is spelled in {count} pieces; choose a step from 0 to {last}",
        "no_piece": "the model's vocabulary has no such piece",
        "tokens": "write a list of texts, one for each piece",
        "no_attention": "give at least one of cross, encoder_self and decoder_self",
        "axes": "each layer must have the axes heads, queries, keys, and layer {layer} has {count} axes",
        "no_array": "layer {layer} is no array of numbers",
        "batch": "its batch axis has {size} sentences; choose one of them",
        "keys": "its last axis, the keys, has {size} entries, and {other} has {count}",
        "queries": "its second-last axis, the queries, has {size} entries, and {other} has {count}",
        "heads": "layer {layer} has {size} heads, and {other} has {count}; a Trace has one number of heads",
        "empty_axis": "it must have at least one layer and one head",
        "negative": "head {head} of layer {layer} has a negative weight, {weight}",
        "finite": "head {head} of layer {layer} has a weight that is no finite number",
        "above": "head {head} of layer {layer} has a weight above 1, {weight}",
        "row_sum": "row {row} of head {head} of layer {layer} sums to {sum}, and must sum to 1",
        "length": "it has {size} entries, and {other} has {count}",
        "probability": "entry {position} is {number}, and a probability is a number from 0 to 1",
        "candidates": "write as many pairs of a token and its probability at each step",
        "no_candidates": "this Trace has no probabilities of other pieces",
        "tokenizer": "give the model's tokenizer",
        "hosted": "this needs one of Headlight's own models, and {value} is one of transformers",
        "hugging_face": "give a model of transformers, or the folder of one",
        "folder": "there is no such folder with a config.json; models are not downloaded",
        "no_translation": "only an encoder-decoder with a language-model head translates",
        "no_text": "it reads no text",
        "no_start": "its config does not say which token the decoder reads first",
        "no_weights": "it returns no attention weights as {kind}",
        "only_zero": "only the output of heads can be set to 0 in this model",
        "no_projection": "the output projection of its attention was not found",
        "reason": "{reason}",
    }

    def __init__(self, **values: Any) -> None:
        super().__init__(**{**({"cause": "reason"} if "reason" in values else {}), **values})


class TraceFileError(HeadlightError):
    """A file cannot be read as a Trace."""

    sentence = "The file “{name}” cannot be read as a Trace: {cause}. Save the Trace again, or choose another file."
    causes: ClassVar[dict[str, str]] = {
        "damaged": "it is damaged, or not a Trace",
        "large": "it is larger than any Trace",
        "parts": "parts are missing or added",
        "sizes": "it declares other sizes than it holds",
        "misfit": "its part {part} does not fit the rest",
    }


class LectureError(HeadlightError):
    """A file or a link holds no lecture that can be opened."""

    sentence = "This lecture cannot be opened: {cause}. Choose another file or link."
    causes: ClassVar[dict[str, str]] = {
        "large": "it is larger than {limit} kB",
        "unreadable": "it is damaged, or no lecture at all",
        "version": "it was written by another version of Headlight ({value})",
        "field": "“{place}” is missing or holds something else than expected",
        "page": "“{place}” is on the page “{value}”, which does not exist",
        "many": "it has more than {limit} states",
        "empty": "it has no states",
    }


class PairsError(HeadlightError):
    """Sentence pairs that a visitor typed cannot be learnt."""

    sentence = "These pairs cannot be learnt: {cause}."
    causes: ClassVar[dict[str, str]] = {
        "many": "there are {count}, and at most {limit} fit beside the given ones",
        "columns": "line {line} needs one source and one target with a single = between them",
        "side": "one side of line {line} is empty",
        "words": "one side of line {line} has {count} words, and at most {limit} fit",
        "letters": "the word “{text}” of line {line} has {count} characters, and at most {limit} fit",
        "twice": "the source “{text}” of line {line} occurs twice, so that no model could get both right",
    }


class UnknownWordsError(HeadlightError):
    """A text has words that a small model has never seen."""

    sentence = "This model has never seen: {words}. It knows these words only: {known}."


class TrainingsFullError(HeadlightError):
    """As many trainings run as the server allows."""

    sentence = (
        "This server runs {count} trainings already, and no more fit at once. Please try again in {seconds} seconds."
    )

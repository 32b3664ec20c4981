"""Every typed error is one sentence with its values, and survives pickling."""

import ast
import pickle
import string
from pathlib import Path

import pytest

import core
import core.translator  # so that errors defined beside their use would be found too
from core.config import ModelConfig
from core.errors import ConfigError, HeadlightError


def all_kinds(kind: type = HeadlightError) -> list[type]:
    return [kind, *(deeper for sub in kind.__subclasses__() for deeper in all_kinds(sub))]


def names(sentence: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(sentence) if name]


def samples(kind: type) -> list[HeadlightError]:
    """An error with a telling value for every name in its sentence, and one for each of its causes."""
    found = []
    for cause in kind.causes or [None]:
        values = {name: f"{{{name} 值}}" for name in names(kind.sentence) + names(kind.causes.get(cause, ""))}
        found.append(kind(**{**values, **({"cause": cause} if cause else {})}))
    return found


EVERY = [error for kind in all_kinds() for error in samples(kind)]
each = pytest.mark.parametrize("error", EVERY, ids=lambda e: f"{type(e).__name__}-{e.values.get('cause', '')}")


def test_there_are_the_nine_errors_that_the_app_translates():
    assert {kind.__name__ for kind in all_kinds()} >= {
        "ConfigError", "EmptyTextError", "TextTooLongError", "ControlCharacterError", "UnknownLanguageError",
        "UnknownTargetError", "UnknownModelError", "DamagedModelError", "OptionError",
    }  # fmt: skip


@each
def test_its_sentence_holds_all_its_values_and_ends_as_a_sentence(error):
    sentence = str(error)
    for name, value in error.values.items():
        assert name == "cause" or value in sentence
    if "cause" in error.values:
        assert error.causes[error.values["cause"]].format(**error.values) in sentence
    assert sentence[0].isupper() or sentence.startswith("{name")
    assert sentence.endswith((".", ".”"))
    assert ".." not in sentence


@each
def test_it_can_be_told_in_another_languages_words(error):
    fields = names(type(error).sentence)
    sentence = "句子：" + "；".join(f"{{{name}}}" for name in fields)
    causes = {cause: f"原因 {cause}" for cause in error.causes}
    told = [causes[error.values["cause"]] if name == "cause" else error.values[name] for name in fields]
    assert error.describe(sentence, causes) == "句子：" + "；".join(told)


@each
def test_it_comes_out_of_a_pickle_as_it_went_in(error):
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is type(error)
    assert (str(twin), twin.values) == (str(error), error.values)


@each
def test_a_caller_can_catch_it_as_a_headlight_error_or_a_value_error(error):
    assert isinstance(error, HeadlightError)
    assert isinstance(error, ValueError)


def test_reasons_outside_of_training_are_causes_that_every_language_has():
    """A `reason` is English text; only the commands of training, whose messages are English, may give one."""
    root = Path(core.__file__).parent
    with_causes = {kind.__name__: kind.causes for kind in all_kinds() if kind.causes}
    for path in sorted(root.rglob("*.py")):
        if path.is_relative_to(root / "training"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in with_causes:
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                assert "cause" in given or None in given, f"{path.name}:{node.lineno}"
                assert "reason" not in given, f"{path.name}:{node.lineno}"
                if isinstance(cause := given.get("cause"), ast.Constant):
                    assert cause.value in with_causes[ast.unparse(node.func)], f"{path.name}:{node.lineno}"


def test_a_sentence_has_no_place_for_text_of_one_language():
    for kind in all_kinds():
        assert "reason" not in names(kind.sentence), kind.__name__


SIZES = {"source_vocab": 10, "target_vocab": 10}


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        ({"architecture": "lstm"}, "choices"),
        ({"shared_embedding": "yes"}, "flag"),
        ({"norm_epsilon": 0.0}, "epsilon"),
        ({"norm_epsilon": 0.2}, "epsilon"),
        ({"dropout": 1.0}, "share"),
        ({"n_layers": 0}, "whole"),
        ({"d_model": 1.5}, "whole"),
        ({"n_layers": 1_001}, "most"),
        ({"n_heads": 5}, "divides"),
        ({"architecture": "rnn"}, "one_attention"),
        ({"architecture": "rnn", "n_heads": 1, "d_model": 3}, "even"),
        ({"architecture": "rnn", "n_heads": 1, "activation": "gelu"}, "recurrent"),
        ({"shared_embedding": True, "target_vocab": 11}, "same_vocabulary"),
        ({"colour": "red"}, "unknown"),
    ],
)
def test_a_config_when_it_cannot_be_built_has_the_cause(values, cause):
    with pytest.raises(ConfigError) as raised:
        ModelConfig.from_dict({**SIZES, **values})
    assert raised.value.values["cause"] == cause


def test_a_config_when_a_size_is_missing_says_so():
    with pytest.raises(ConfigError) as raised:
        ModelConfig.from_dict({"source_vocab": 10})
    assert (raised.value.values["cause"], raised.value.values["name"]) == ("missing", "target_vocab")


def test_every_cause_of_a_config_is_tried_above():
    mark = next(m for m in test_a_config_when_it_cannot_be_built_has_the_cause.pytestmark if m.name == "parametrize")
    assert {cause for _, cause in mark.args[1]} | {"missing"} == set(ConfigError.causes)

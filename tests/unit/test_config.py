"""Sizes from which no model can be built are refused with a sentence."""

import dataclasses
import math

import pytest

from core.config import ARCHITECTURES, ModelConfig
from core.errors import ConfigError

GOOD = {"source_vocab": 100, "target_vocab": 90}
WHOLE = [f.name for f in dataclasses.fields(ModelConfig) if f.name not in ("dropout", "architecture")]


def refused(**values) -> str:
    with pytest.raises(ConfigError) as caught:
        ModelConfig(**{**GOOD, **values})
    return str(caught.value)


def test_d_k_is_the_share_of_one_head():
    assert ModelConfig(**GOOD, d_model=64, n_heads=8).d_k == 8
    assert ModelConfig(**GOOD, d_model=7, n_heads=1).d_k == 7


@pytest.mark.parametrize("value", [0, -1, 1.0, 2.5, True, False, "8", None, math.nan, math.inf, [8]])
@pytest.mark.parametrize("name", WHOLE)
def test_a_size_must_be_a_whole_number_of_at_least_1(name, value):
    sentence = refused(**{name: value})
    assert f"{name} = {value}" in sentence
    assert "whole number of at least 1" in sentence


@pytest.mark.parametrize("name", WHOLE)
def test_a_size_that_no_machine_could_build_is_refused_before_anything_is_built(name):
    """A damaged card must not fill the memory (max_length is in no weight's shape) or build layers for hours."""
    sizes = {"d_model": 10**9, "n_heads": 10**9} if name in ("d_model", "n_heads") else {name: 10**9}
    assert "at most" in refused(**sizes)


@pytest.mark.parametrize("value", [-0.1, 1, 1.0, 2, math.nan, math.inf, -math.inf, True, False, "0.1", None])
def test_dropout_must_be_at_least_0_and_below_1(value):
    sentence = refused(dropout=value)
    assert f"dropout = {value}" in sentence
    assert "at least 0 and below 1" in sentence


@pytest.mark.parametrize("value", [0, 0.0, 0.5, 0.999])
def test_dropout_from_0_to_below_1_is_kept(value):
    assert ModelConfig(**GOOD, dropout=value).dropout == value


@pytest.mark.parametrize(("d_model", "n_heads"), [(32, 3), (32, 64), (7, 2), (1, 2)])
def test_n_heads_must_divide_d_model(d_model, n_heads):
    sentence = refused(d_model=d_model, n_heads=n_heads)
    assert f"n_heads = {n_heads}" in sentence
    assert f"d_model = {d_model}" in sentence


@pytest.mark.parametrize("value", ["", "RNN", "gru", "rnn ", None, 1, True, ["rnn"], {"rnn": 1}, "x" * 500])
def test_an_architecture_that_there_is_not_is_refused_and_those_that_there_are_named(value):
    sentence = refused(architecture=value, n_heads=1)
    assert all(name in sentence for name in ARCHITECTURES)


@pytest.mark.parametrize("architecture", ARCHITECTURES[1:])
def test_a_recurrent_model_has_one_head_and_an_even_width(architecture):
    assert "n_heads = 2" in refused(architecture=architecture, n_heads=2, d_model=32)
    assert "d_model = 7" in refused(architecture=architecture, n_heads=1, d_model=7)
    assert ModelConfig(**GOOD, architecture=architecture, n_heads=1, d_model=8).recurrent
    assert not ModelConfig(**GOOD, n_heads=1, d_model=7).recurrent


def test_attention_layers_are_those_that_a_trace_has_of_each_kind():
    def layers(architecture):
        config = ModelConfig(**GOOD, architecture=architecture, n_layers=3, n_heads=1)
        return [config.attention_layers(kind) for kind in ("encoder_self", "decoder_self", "cross")]

    assert layers("transformer") == [3, 3, 3]
    assert layers("rnn") == [0, 0, 0]
    assert layers("rnn-additive") == layers("rnn-dot") == [0, 0, 1]


def test_a_config_from_before_there_were_architectures_is_a_transformers():
    values = dataclasses.asdict(ModelConfig(**GOOD))
    del values["architecture"]
    assert ModelConfig.from_dict(values) == ModelConfig(**GOOD)
    assert ModelConfig.from_dict(values).architecture == "transformer"


def test_a_config_is_frozen():
    config = ModelConfig(**GOOD)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.d_model = 8


def test_from_dict_is_the_inverse_of_asdict():
    config = ModelConfig(**GOOD, d_model=48, n_heads=3, dropout=0.0)
    assert ModelConfig.from_dict(dataclasses.asdict(config)) == config


@pytest.mark.parametrize("name", ["heads", "", "D_MODEL", "n-heads"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(ConfigError, match="there is no such setting") as caught:
        ModelConfig.from_dict({**GOOD, name: 8})
    assert caught.value.values["name"] == name


@pytest.mark.parametrize("name", ["source_vocab", "target_vocab"])
def test_a_missing_vocabulary_is_refused_by_name(name):
    with pytest.raises(ConfigError, match=f"{name} = None: it is missing"):
        ModelConfig.from_dict({key: value for key, value in GOOD.items() if key != name})

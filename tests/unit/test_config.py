"""Sizes from which no model can be built are refused with a sentence."""

import dataclasses
import math

import pytest

from core.config import ACTIVATIONS, ARCHITECTURES, OF_TRANSFORMERS, SINUSOIDS, ModelConfig
from core.errors import ConfigError

GOOD = {"source_vocab": 100, "target_vocab": 90}
WHOLE = [f.name for f in dataclasses.fields(ModelConfig) if f.type == "int"]
OTHER = {"activation": "swish", "sinusoid": "halves", "scale_embedding": False, "shared_embedding": True, "logits_bias": True, "norm_epsilon": 1e-6}  # fmt: skip


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


def test_a_config_from_before_there_were_options_is_the_papers():
    values = {name: value for name, value in dataclasses.asdict(ModelConfig(**GOOD)).items() if name not in OTHER}
    config = ModelConfig.from_dict(values)
    assert config == ModelConfig(**GOOD)
    assert (config.activation, config.sinusoid, config.norm_epsilon) == ("relu", "interleaved", 1e-5)
    assert (config.scale_embedding, config.shared_embedding, config.logits_bias) == (True, False, False)
    assert set(OTHER) == set(OF_TRANSFORMERS)


@pytest.mark.parametrize("value", ["", "RELU", "relu ", None, 1, True, ["relu"], {"relu": 1}, "x" * 500])
@pytest.mark.parametrize(("name", "choices"), [("activation", ACTIVATIONS), ("sinusoid", SINUSOIDS)])
def test_an_option_that_there_is_not_is_refused_and_those_that_there_are_named(name, choices, value):
    assert all(choice in refused(**{name: value}) for choice in choices)


@pytest.mark.parametrize("value", [0, 1, None, "True", [], 1.0])
@pytest.mark.parametrize("name", ["scale_embedding", "shared_embedding", "logits_bias"])
def test_a_switch_is_true_or_false(name, value):
    assert "True or False" in refused(**{name: value})


@pytest.mark.parametrize("value", [0, -1e-5, 0.2, 1, True, math.nan, math.inf, "1e-5", None])
def test_an_epsilon_is_small_and_above_0(value):
    assert "above 0" in refused(norm_epsilon=value)


def test_one_embedding_needs_one_vocabulary():
    assert "must be the same" in refused(shared_embedding=True)
    assert ModelConfig(100, 100, shared_embedding=True).shared_embedding


@pytest.mark.parametrize("name", OTHER)
def test_a_recurrent_model_has_none_of_a_transformers_options(name):
    sizes = {"source_vocab": 90, "architecture": "rnn", "n_heads": 1}
    assert f"{name} = {OTHER[name]}" in refused(**sizes, **{name: OTHER[name]})


def test_embeddings_are_scaled_by_the_root_of_d_model_or_not_at_all():
    assert ModelConfig(**GOOD, d_model=64).embedding_scale == 8
    assert ModelConfig(**GOOD, d_model=64, scale_embedding=False).embedding_scale == 1


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

"""Interventions as plain data: one object for one content, checked before anything runs, kept in a Trace's file."""

import copy
import dataclasses
import json
import math
import pickle

import numpy as np
import pytest

import core
from core.errors import OptionError, TraceFileError
from core.intervention import PARTS, STACKS, Intervention
from core.records.trace import Trace
from tests.conftest import FULL

SENTENCE = "Where is Jerry?"


@pytest.fixture(scope="module")
def trace(taught):
    return taught.translate(SENTENCE)


# --- Plain data


def test_interventions_when_their_content_is_equal_are_equal_in_any_order():
    twin = Intervention(
        temperature=np.float64(0.5),
        ablate={("encoder_self", np.int64(1), 0): "uniform", ("cross", 0, 3): "zero"},
        masked_source=[np.int64(1), 1],
        forced={np.int32(2): "汤姆"},
        positions=False,
        causal=False,
        without=[("decoder", np.int64(1), "feed_forward"), ("encoder", 0, "norm"), ("encoder", 0, "norm")],
        encoder_layer=np.int64(1),
    )
    assert twin == FULL
    assert hash(twin) == hash(FULL)
    assert len({twin, FULL, Intervention()}) == 2
    assert Intervention(masked_source=[3, 1, 2, 1]).masked_source == (1, 2, 3)
    assert Intervention(masked_source={2, 1}) == Intervention(masked_source=range(1, 3))
    assert Intervention(temperature=1) == Intervention()
    assert FULL.ablate == {("cross", 0, 3): "zero", ("encoder_self", 1, 0): "uniform"}


@pytest.mark.parametrize("change", [Intervention(), FULL], ids=["none", "full"])
def test_an_intervention_survives_a_pickle_a_copy_and_json(change):
    assert pickle.loads(pickle.dumps(change)) == change
    assert copy.deepcopy(change) == change
    assert Intervention.from_dict(json.loads(json.dumps(change.to_dict()))) == change
    assert hash(pickle.loads(pickle.dumps(change))) == hash(change)


def test_an_intervention_is_frozen_and_independent_of_the_dict_it_was_made_from():
    given = {("cross", 0, 0): "zero"}
    change = Intervention(ablate=given)
    given[("cross", 0, 1)] = "zero"
    assert len(change.ablate) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        change.positions = False
    with pytest.raises(TypeError):
        change.ablate[("cross", 0, 1)] = "zero"


def test_is_none_is_true_only_when_no_field_is_set():
    assert Intervention().is_none
    assert Intervention().to_dict() == {}
    assert Intervention.from_dict({}).is_none
    assert not Intervention(forced={0: "x"}).is_none
    assert not Intervention(forced={0: "x"}).changes_model
    for field in dataclasses.fields(Intervention):
        alone = Intervention(**{field.name: getattr(FULL, field.name)})
        assert not alone.is_none
        assert list(alone.to_dict()) == [field.name]
        assert alone.changes_model is (field.name != "forced")


def test_intervention_is_public():
    assert core.Intervention is Intervention


@pytest.mark.parametrize(
    "wrong",
    [
        {"ablate": 5}, {"ablate": None}, {"ablate": [("cross", 0, 0)]}, {"ablate": {"cross": "zero"}},
        {"ablate": {("cross", 0): "zero"}}, {"ablate": {("self", 0, 0): "zero"}}, {"ablate": {(1, 0, 0): "zero"}},
        {"ablate": {("cross", -1, 0): "zero"}}, {"ablate": {("cross", 0, -1): "zero"}},
        {"ablate": {("cross", 0.0, 0): "zero"}}, {"ablate": {("cross", True, 0): "zero"}},
        {"ablate": {("cross", "0", 0): "zero"}}, {"ablate": {("cross", None, 0): "zero"}},
        {"ablate": {("cross", 0, 0): "half"}}, {"ablate": {("cross", 0, 0): 0}}, {"ablate": {("cross", 0, 0): None}},
        {"masked_source": 1}, {"masked_source": "12"}, {"masked_source": (-1,)}, {"masked_source": (1.0,)},
        {"masked_source": (True,)}, {"masked_source": (None,)}, {"masked_source": {1: 2}}, {"masked_source": ([],)},
        {"forced": 5}, {"forced": ["x"]}, {"forced": {-1: "x"}}, {"forced": {0.0: "x"}}, {"forced": {"0": "x"}},
        {"forced": {True: "x"}}, {"forced": {0: ""}}, {"forced": {0: None}}, {"forced": {0: 7}},
        {"ablate": {("cross", 0, 10**400): "zero"}}, {"masked_source": (10**400,)}, {"forced": {10**400: "x"}},
        {"forced": {0: "x" * 1000}}, {"forced": {0: "\ud83d"}},
        {"positions": 1}, {"positions": "False"}, {"positions": None}, {"causal": 0}, {"causal": "yes"},
        {"temperature": 0}, {"temperature": -1}, {"temperature": math.nan}, {"temperature": math.inf},
        {"temperature": 1e-30}, {"temperature": 101}, {"temperature": 10**400}, {"temperature": "1"},
        {"temperature": True}, {"temperature": None}, {"temperature": 1j},
    ],
    ids=lambda wrong: ascii(wrong)[:60],
)  # fmt: skip
def test_an_intervention_that_no_model_can_do_is_refused_by_its_fields_name(wrong):
    (name,) = wrong
    with pytest.raises(OptionError) as caught:
        Intervention(**wrong)
    assert caught.value.values["name"] == name
    assert len(str(caught.value).encode()) < 400


@pytest.mark.parametrize(
    "wrong",
    [
        None, 5, "x", [], {"nothing": 1}, {1: 2}, {"ablate": {}}, {"ablate": [["cross", 0, 0]]}, {"ablate": ["cross"]},
        {"ablate": [["cross", [], 0, "zero"]]}, {"ablate": [["cross", 0, 0, {}]]}, {"ablate": "zero"},
        {"ablate": [["cross", 0, 0, "zero"], ["cross", 0, 0, "uniform"]]}, {"forced": {"0": "x"}}, {"forced": [[0]]},
        {"forced": [[[], "x"]]}, {"forced": [[0, "x"], [0, "y"]]}, {"masked_source": None}, {"temperature": "0.5"},
        {"temperature": [1]}, {"causal": None}, {"masked_source": [10**400]},
    ],
    ids=lambda wrong: ascii(wrong)[:60],
)  # fmt: skip
def test_from_dict_when_a_link_is_hostile_is_refused(wrong):
    with pytest.raises(OptionError):
        Intervention.from_dict(wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"ablate": {("cross", 2, 0): "zero"}}, {"ablate": {("cross", 0, 4): "uniform"}},
        {"ablate": {("encoder_self", 999_999, 0): "zero"}}, {"masked_source": (99,)},
        {"masked_source": (999_999,)}, {"masked_source": tuple(range(6))}, {"forced": {40: "汤姆"}},
        {"forced": {999_999: "汤姆"}}, {"forced": {0: "dog"}}, {"forced": {0: "▁"}}, {"forced": {0: " "}},
        {"forced": {0: "汤姆\x00"}}, {"forced": {0: "龘"}},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_what_this_model_or_sentence_does_not_have_is_refused_before_anything_runs(taught, trace, change):
    if "masked_source" in change and len(change["masked_source"]) > 1:
        change = {"masked_source": tuple(range(len(trace.source_pieces)))}
    intervention, (name,) = Intervention(**change), change
    for run in (taught.translate, taught.steps):
        with pytest.raises(OptionError) as caught:
            run(SENTENCE, intervention=intervention)
        assert caught.value.values["name"] == name
        assert str(caught.value)


@pytest.mark.parametrize("wrong", [{}, {"ablate": []}, "zero", 1, {("cross", 0, 0): "zero"}], ids=str)
def test_translate_when_the_intervention_is_of_another_type_is_refused(taught, wrong):
    with pytest.raises(OptionError, match="intervention"):
        taught.translate(SENTENCE, intervention=wrong)


def test_check_when_a_head_or_a_piece_is_outside_of_model_or_sentence_is_refused(taught):
    Intervention(ablate={("cross", 1, 3): "zero"}).check(taught.config)
    with pytest.raises(OptionError):
        Intervention(ablate={("cross", 1, 4): "zero"}).check(taught.config)
    Intervention(masked_source=(7,)).check(taught.config)  # the sentence is not known yet
    with pytest.raises(OptionError):
        Intervention(masked_source=(7,)).check(taught.config, source_length=7)


# --- In a Trace's file


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_a_file_keeps_the_intervention(taught, tmp_path, suffix):
    trace = taught.translate(SENTENCE, intervention=FULL)
    trace.save(tmp_path / f"run{suffix}")
    assert Trace.load(tmp_path / f"run{suffix}") == trace
    assert Trace.load(tmp_path / f"run{suffix}").intervention == trace.intervention


def test_a_file_from_before_there_were_interventions_is_read(trace, tmp_path):
    path = tmp_path / "old.json"
    trace.save(path)
    fields = json.loads(path.read_text("utf-8"))
    assert fields.pop("intervention", "missing") is None
    path.write_text(json.dumps(fields), "utf-8")
    assert Trace.load(path) == trace


@pytest.mark.parametrize(
    "wrong", [5, "x", [], {"nothing": 1}, {"temperature": 0}, {"ablate": [[1]]}, {"masked_source": [99]}], ids=str
)
def test_a_file_with_a_hostile_intervention_is_refused(trace, tmp_path, wrong):
    path = tmp_path / "bad.json"
    trace.save(path)
    fields = json.loads(path.read_text("utf-8")) | {"intervention": wrong}
    path.write_text(json.dumps(fields), "utf-8")
    with pytest.raises(TraceFileError, match="intervention"):
        Trace.load(path)


def test_equal_interventions_have_one_repr_in_whatever_order_parts_are_given():
    parts = [(stack, layer, part) for stack in STACKS for layer in range(9) for part in PARTS]
    forward, backward = (Intervention(without=order) for order in (parts, parts[::-1]))
    assert forward == backward
    assert repr(forward) == repr(backward)
    assert repr(pickle.loads(pickle.dumps(forward))) == repr(forward)
    assert "without=frozenset([])" in repr(Intervention())

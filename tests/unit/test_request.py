"""Request: what may be asked for, and that the same question is the same key."""

import pickle

import pytest

from core.checks import Range
from core.errors import OptionError
from core.intervention import Intervention
from core.request import RANGES, Request

CHANGE = Intervention(ablate={("cross", 0, 1): "zero"}, forced={2: "狗"}, causal=False)
REQUESTS = (
    Request("Tom"),
    Request("Tom", "en-zh", strategy="beam", beam_size=8, alpha=0),
    Request("Tom", "en-zh", strategy="sample", temperature=0.5, top_k=3, top_p=0.9, seed=7),
    Request("Tom", "en-zh", ("▁汤姆", "</s>")),
    Request("Tom", "en-zh", "汤姆。", intervention=CHANGE),
)


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_is_hashable_picklable_and_its_dict_is_read_back(request_):
    for again in (pickle.loads(pickle.dumps(request_)), Request.from_dict(request_.to_dict())):
        assert again == request_
        assert hash(again) == hash(request_)
        assert repr(again) == repr(request_)  # what caches know it by


def test_requests_for_the_same_when_written_differently_are_equal():
    assert Request("a", beam_size=8, alpha=1.0, seed=3) == Request("a")
    assert Request("a", strategy="beam", temperature=2.0) == Request("a", strategy="beam")
    assert Request("a", target=["b"], strategy="beam") == Request("a", target=("b",))
    assert Request("a", intervention=Intervention()) == Request("a")
    assert Request("a", strategy="beam", alpha=1) == Request("a", strategy="beam", alpha=1.0)


def test_requests_for_different_things_differ():
    others = (
        Request("b"), Request("a", "m"), Request("a", target="a"), Request("a", target=("a",)),
        Request("a", strategy="beam"), Request("a", strategy="beam", beam_size=2), Request("a", strategy="sample"),
        Request("a", strategy="sample", seed=1), Request("a", intervention=CHANGE),
    )  # fmt: skip
    assert len({Request("a"), *others}) == len(others) + 1
    assert len({repr(one) for one in (Request("a"), *others)}) == len(others) + 1


@pytest.mark.parametrize("name", RANGES)
def test_an_option_when_at_an_end_of_its_range_is_taken_and_beyond_it_is_refused(name):
    span = RANGES[name]
    strategy = "beam" if name in ("beam_size", "alpha") else "sample"
    for value in (span.low, span.high):
        assert getattr(Request("a", strategy=strategy, **{name: value}), name) == value
    step = 1 if span.whole else 1e-6
    for value in (span.low - step, span.high + step, "1", True, float("nan"), 10**5000):
        for asked in (strategy, "greedy"):  # also where the option does not count
            with pytest.raises(OptionError, match=name):
                Request("a", strategy=asked, **{name: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", None), ("text", b"a"), ("model", 3), ("target", 5), ("target", [1]), ("target", {"a"}),
        ("strategy", "forced"), ("strategy", "best"), ("strategy", ["beam"]), ("intervention", {"causal": False}),
    ],
)  # fmt: skip
def test_what_cannot_be_a_request_when_given_is_an_option_error(field, value):
    with pytest.raises(OptionError, match=field):
        Request(**{"text": "a", field: value})


@pytest.mark.parametrize("values", [None, [], "a", {}, {"text": "a", "x": 1}, {"text": "a", "intervention": [1]}])
def test_a_dict_when_foreign_is_an_option_error(values):
    with pytest.raises(OptionError):
        Request.from_dict(values)


def test_the_plain_request_when_sampled_or_given_is_the_greedy_one():
    assert Request("a", "m", strategy="beam", beam_size=2, intervention=CHANGE).plain == Request(
        "a", "m", strategy="beam", beam_size=2
    )
    for changed in (Request("a", "m", strategy="sample", seed=4), Request("a", "m", "b", intervention=CHANGE)):
        assert changed.plain == Request("a", "m")


def test_a_range_when_its_numbers_are_large_writes_them_with_commas():
    with pytest.raises(OptionError, match=r"a whole number from 1 to 1,000,000\."):
        RANGES["top_k"].check("top_k", 0)
    with pytest.raises(OptionError, match=r"a number from 0\.5 to 2\."):
        Range(0.5, 2.0, 1.0).check("x", 3)


def test_a_trace_when_saved_keeps_its_request(taught, tmp_path):
    request = Request("Tom chases Jerry.", "taught", strategy="beam", beam_size=2, intervention=CHANGE)
    trace = taught.run(request)
    assert trace.request == request
    for suffix in ("npz", "json"):
        trace.save(tmp_path / f"run.{suffix}")
        again = type(trace).load(tmp_path / f"run.{suffix}")
        assert again == trace
        assert again.request == request
    with pytest.raises(OptionError, match="model"):
        taught.run(Request("Tom chases Jerry.", "another"))

"""What holds for every input: made-up texts, links, interventions, Trace files, cards and model folders.

Each test tries some hundreds of inputs, and 100,000 in all with HEADLIGHT_INPUTS=long (`tests/benchmarks/properties.py`). An input that takes over five seconds fails.
"""

import copy
import json
import math
import os
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import core
from core import zoo
from core.card import CardError, ModelCard
from core.errors import ConfigError, DamagedModelError, HeadlightError, OptionError, TraceFileError
from core.spelling import find_invisible
from core.text import clean
from pages.ui.address import fields

COMMON = {
    "deadline": 5000,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
    "print_blob": True,
}
settings.register_profile("short", max_examples=300, derandomize=True, database=None, **COMMON)
settings.register_profile("long", max_examples=15_000, database=None, **COMMON)
settings.load_profile(os.environ.get("HEADLIGHT_INPUTS", "short"))
few = settings(max_examples=max(60, settings.default.max_examples // 5))

ANY_CHARACTER = st.characters(codec=None)
TEXTS = st.one_of(
    st.text(ANY_CHARACTER, max_size=40),
    st.text(
        st.sampled_from("Tom chases Jerry. 汤姆追逐杰瑞。❤️👨‍👩‍👧🏴▁<s></s>'’“\u200d\u200b\ufe0f\u00ad\u0000\ud83d"),
        max_size=30,
    ),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def model():
    return core.load("en-zh", device="cpu")


def positions(value, path=()):
    """The places of all values within a JSON value."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from positions(inner, (*path, key))


def put(value, path, new):
    """A JSON value with another one at a place."""
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


@given(text=TEXTS, language=st.sampled_from(["en", "zh", "fr"]))
def test_a_text_is_refused_or_cleaned_for_good(text, language):
    try:
        cleaned = clean(text, language)
    except HeadlightError:
        return
    assert clean(cleaned, language) == cleaned
    assert find_invisible(cleaned) is None
    assert cleaned == cleaned.strip() != ""
    assert "\n" not in cleaned


@given(text=TEXTS)
def test_a_text_is_refused_or_read_without_loss(model, text):
    try:
        cleaned = clean(text, "en")
        ids, _ = model.encode(text)
    except HeadlightError:
        return
    assert model.source_tokenizer.decode(ids) == cleaned.replace("▁", " ").strip() or "▁" in cleaned
    assert core.config.UNK not in ids


@given(name=st.sampled_from(sorted(fields())), text=TEXTS | st.from_regex(r"[0-9.,;a-z_\-]{0,12}", fullmatch=True))
def test_a_part_of_a_link_is_refused_or_written_as_it_is_read(name, text):
    field = fields()[name]
    try:
        value = field.parse(text)
    except ValueError:
        return
    written = field.write(value)
    if written is None:  # an address leaves it out, because it is what a page shows by itself
        assert (name, value) == ("guess", False)
    else:
        assert field.parse(written) == value


INTERVENTIONS = st.fixed_dictionaries(
    {},
    optional={
        "ablate": VALUES | st.lists(st.tuples(st.sampled_from([*core.KINDS, "x"]), st.integers(-1, 9), st.integers(-1, 9),
                                              st.sampled_from(["zero", "uniform", "half"])), max_size=3),
        "masked_source": VALUES | st.lists(st.integers(-1, 9), max_size=4),
        "forced": VALUES | st.lists(st.tuples(st.integers(-1, 200), TEXTS), max_size=3),
        "positions": VALUES,
        "causal": VALUES,
        "temperature": VALUES | st.floats(0.01, 100),
        "without": VALUES | st.lists(st.tuples(st.sampled_from(["encoder", "decoder", "x"]), st.integers(-1, 3),
                                               st.sampled_from(["residual", "norm", "feed_forward", "x"])), max_size=3),
        "encoder_layer": VALUES | st.integers(-1, 4),
        "more": VALUES,
    },
)  # fmt: skip


@given(values=INTERVENTIONS | VALUES)
def test_an_intervention_is_refused_or_read_as_it_is_written(values):
    try:
        change = core.Intervention.from_dict(values)
    except OptionError:
        return
    assert core.Intervention.from_dict(json.loads(json.dumps(change.to_dict()))) == change
    assert hash(change) == hash(core.Intervention.from_dict(change.to_dict()))


@few
@given(values=INTERVENTIONS, text=st.sampled_from(["Tom chases Jerry.", "I see.", "My name is Zoë 龘."]))
def test_a_run_with_any_intervention_is_refused_or_sums_to_one(model, values, text):
    try:
        trace = model.translate(text, intervention=core.Intervention.from_dict(values))
    except HeadlightError:
        return
    for kind in core.KINDS:
        sums = getattr(trace, kind).sum(-1)
        assert ((abs(sums - 1) < 1e-4) | (sums == 0)).all()
    assert all(math.isfinite(p) for p in trace.log_probabilities)


@given(values=st.fixed_dictionaries({"text": TEXTS}, optional={"strategy": VALUES, "beam_size": VALUES, "alpha": VALUES,
       "temperature": VALUES, "top_k": VALUES, "top_p": VALUES, "seed": VALUES, "target": VALUES, "model": VALUES,
       "intervention": INTERVENTIONS | st.none()}) | VALUES)  # fmt: skip
def test_a_request_is_refused_or_read_as_it_is_written(values):
    try:
        request = core.Request.from_dict(values)
    except OptionError:
        return
    assert core.Request.from_dict(request.to_dict()) == request
    assert isinstance(hash(request), int)


@given(data=st.data())
def test_a_card_with_any_value_in_any_place_is_refused_or_written_as_it_is_read(data):
    card = json.loads((zoo.MODELS / "en-zh-1head" / zoo.CARD).read_text(encoding="utf-8"))
    place = data.draw(st.sampled_from(list(positions(card))))
    changed = put(card, place, data.draw(VALUES))
    try:
        found = ModelCard.from_dict(changed, "x")
    except (CardError, ConfigError):
        return
    assert ModelCard.from_dict(json.loads(found.to_json()), "x").to_json() == found.to_json()  # NaN is not itself


@few
@given(data=st.data())
def test_a_trace_file_with_any_change_is_refused_or_a_trace(tmp_path, model, data):
    path = tmp_path / "run.json"
    if not (tmp_path / "whole.json").exists():
        model.translate("Tom runs.").save(tmp_path / "whole.json")
    values = json.loads((tmp_path / "whole.json").read_text(encoding="utf-8"))
    place = data.draw(st.sampled_from(list(positions(values))[:4000]))
    path.write_text(json.dumps(put(values, place, data.draw(VALUES))), encoding="utf-8")
    try:
        trace = core.Trace.load(path)
    except TraceFileError:
        return
    assert trace.to_html()
    trace.save(tmp_path / "again.npz")
    assert core.Trace.load(tmp_path / "again.npz").text == trace.text


@few
@given(data=st.data())
def test_a_trace_archive_with_any_damaged_byte_is_refused_or_a_trace(tmp_path, model, data):
    whole, path = tmp_path / "whole.npz", tmp_path / "run.npz"
    if not whole.exists():
        model.translate("Tom runs.").save(whole)
    content = bytearray(whole.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))] if data.draw(st.booleans()) else content)
    try:
        trace = core.Trace.load(path)
    except TraceFileError:
        return
    assert trace.n_heads >= 1


@few
@given(data=st.data())
def test_a_model_folder_with_any_damaged_byte_is_refused_or_translates(tmp_path, tiny_model_folder, data):
    folder = tmp_path / "victim"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(tiny_model_folder, folder)
    path = folder / data.draw(st.sampled_from(["model.safetensors", "source.model", "target.model", "card.json"]))
    content = bytearray(path.read_bytes())
    early = data.draw(st.integers(0, min(600, len(content) - 1)))
    for at in (early, *data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3))):
        content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    try:
        loaded = core.load(folder, device="cpu")
    except DamagedModelError:
        return
    assert loaded.translate("Tom runs.").output_pieces

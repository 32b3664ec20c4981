"""Recorded moments of a training: when weights are kept, what is measured, and the file."""

import json
import zipfile

import numpy as np
import pytest
import torch

import core
from core.errors import DamagedModelError, UnknownModelError
from core.export import write_moments
from core.records import Moment
from core.training.checkpoints import Moments, moment_files, moment_steps
from core.training.moments import measure_moment, on_words
from core.zoo import MOMENTS

PAIRS = [("Tom sees Mary.", "汤姆看见玛丽。"), ("Jerry sees Tom.", "杰瑞看见汤姆。")]


@pytest.fixture
def model(write_folder, make_model, tokenizers, tmp_path):
    sizes = {"source_vocab": len(tokenizers[0][0]), "target_vocab": len(tokenizers[1][0])}
    return core.load(write_folder(tmp_path / "small", make_model(0, **sizes)), device="cpu")


@pytest.fixture
def moments(model):
    return [measure_moment(step, model, PAIRS, ["Tom sees Jerry."]) for step in (0, 20)]


@pytest.mark.parametrize(
    ("steps", "count", "expected"),
    [(4000, 5, (0, 16, 101, 635)), (16, 3, (0,)), (3, 12, (0,)), (100, 1, ()), (100, 0, ())],
)
def test_moments_are_in_equal_ratios_after_the_random_weights(steps, count, expected):
    assert moment_steps(steps, count) == expected


def test_weights_are_kept_at_moments_alone_and_once(tmp_path, make_model):
    keeper, model = Moments(tmp_path, 100, 4), make_model(0)
    for step in range(100):
        keeper.keep(model, step)
    assert tuple(moment_files(tmp_path)) == keeper.steps == (0, 16, 40)
    before = moment_files(tmp_path)[16].read_bytes()
    keeper.keep(make_model(1), 16)  # as a resumed run does that was killed after this step
    assert moment_files(tmp_path)[16].read_bytes() == before
    kept = torch.load(moment_files(tmp_path)[16], weights_only=True)
    assert all(torch.equal(kept[name], value.half()) for name, value in model.named_parameters())


def test_a_new_run_drops_the_moments_of_an_earlier_one(tmp_path, make_model):
    Moments(tmp_path, 100, 4).keep(make_model(0), 40)
    Moments(tmp_path, 100, 3).keep(make_model(0), 0)
    assert tuple(moment_files(tmp_path)) == (0,)


def test_a_moment_has_the_loss_and_the_weights_of_the_model(model, moments):
    trace = model.translate(PAIRS[0][0], target=PAIRS[0][1])
    other = model.translate(PAIRS[1][0], target=PAIRS[1][1])
    pieces = np.concatenate([trace.log_probabilities, other.log_probabilities])
    assert moments[0].loss == pytest.approx(-pieces.mean(), rel=1e-4)
    expected = np.mean([core.analysis.entropy(t, "cross") for t in (trace, other)], 0)
    np.testing.assert_allclose(moments[0].entropy, expected, rtol=1e-5)
    assert np.isnan(moments[0].agreement).all()  # it has no aligner


def test_weight_on_words_leaves_out_the_end_and_punctuation(model):
    trace = model.translate("Tom sees Mary.")
    left = [i for i, piece in enumerate(trace.source_pieces) if piece in (".", "</s>")]
    assert len(left) == 2
    np.testing.assert_allclose(on_words(trace) + trace.cross[..., left].sum(-1).mean(-1), 1, atol=1e-5)


def test_the_file_holds_the_traces_in_small(model, moments, tmp_path):
    write_moments(tmp_path / "small" / MOMENTS, moments)
    read = core.read_moments(tmp_path / "small")
    assert [moment.step for moment in read] == [0, 20]
    for before, after in zip(moments, read, strict=True):
        assert after.loss == before.loss
        np.testing.assert_array_equal(after.on_words, before.on_words)
        for one, other in zip(before.traces, after.traces, strict=True):
            assert (one.text, one.output_pieces, one.source_words) == (
                other.text,
                other.output_pieces,
                other.source_words,
            )
            for kind in core.KINDS:
                np.testing.assert_allclose(getattr(one, kind), getattr(other, kind), atol=0.5 / 255 + 1e-6)
            assert not np.triu(other.decoder_self, 1).any()


def test_a_model_without_the_file_has_no_moments(model, tmp_path):
    assert core.read_moments(tmp_path / "small") == ()
    with pytest.raises(UnknownModelError):
        core.read_moments(tmp_path / "nowhere")


def rewrite(path, change):
    """Change the parts of an .npz file: `change` gets the JSON object and the arrays."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    fields = json.loads(arrays.pop("fields").tobytes())
    change(fields, arrays)
    np.savez(path, fields=np.frombuffer(json.dumps(fields).encode(), np.uint8), **arrays)


CHANGES = {
    "weights are missing": lambda fields, arrays: arrays.update(weights=arrays["weights"][:-1]),
    "weights are added": lambda fields, arrays: arrays.update(weights=np.append(arrays["weights"], np.uint8(0))),
    "weights of another type": lambda fields, arrays: arrays.update(weights=arrays["weights"].astype(np.float32)),
    "a measure out of range": lambda fields, arrays: arrays.update(measures=arrays["measures"] + 2),
    "a measure that is no number": lambda fields, arrays: arrays.update(measures=arrays["measures"] * np.nan),
    "steps that do not ascend": lambda fields, arrays: fields["moments"].reverse(),
    "a step below 0": lambda fields, arrays: fields["moments"][0].update(step=-1),
    "a loss of NaN": lambda fields, arrays: fields["moments"][0].update(loss=float("nan")),
    "a loss that is text": lambda fields, arrays: fields["moments"][0].update(loss="1"),
    "an impossible shape": lambda fields, arrays: fields["moments"][0].update(shape=[-1, 4]),
    "pieces of another number": lambda fields, arrays: fields["moments"][0]["traces"][0]["source_pieces"].pop(),
    "a part too few": lambda fields, arrays: arrays.pop("numbers"),
    "no moments": lambda fields, arrays: fields.clear(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_damaged_file_is_refused_with_a_sentence(model, moments, tmp_path, change):
    path = tmp_path / "small" / MOMENTS
    write_moments(path, moments)
    rewrite(path, change)
    with pytest.raises(DamagedModelError, match="small"):
        core.read_moments(tmp_path / "small")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04"], ids=["empty", "text", "cut"])
def test_a_file_that_is_no_archive_is_refused_with_a_sentence(model, tmp_path, content):
    (tmp_path / "small" / MOMENTS).write_bytes(content)
    with pytest.raises(DamagedModelError, match="small"):
        core.read_moments(tmp_path / "small")


def test_no_moments_at_all_can_be_written_and_read(model, tmp_path):
    write_moments(tmp_path / "small" / MOMENTS, [])
    assert core.read_moments(tmp_path / "small") == ()
    assert zipfile.ZipFile(tmp_path / "small" / MOMENTS).testzip() is None


def test_a_moment_is_read_only(moments):
    assert isinstance(moments[0], Moment)
    with pytest.raises(ValueError, match="read-only"):
        moments[0].entropy[0] = 1

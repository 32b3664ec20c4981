"""The model laid out for speed: the same numbers as the model's own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from core.config import PAD
from core.model import Incremental

SOURCE = torch.tensor([[5, 9, 4, 17, 6, 3], [8, 12, 3, PAD, PAD, PAD], [7, 3, PAD, PAD, PAD, PAD]])
TARGET = torch.tensor([[2, 6, 7, 8, 19, 11, 4], [2, 10, 5, 6, 3, 9, 9], [2, 4, 4, 13, 5, 18, 2]])
OPTIONS = {
    "activation": "swish", "sinusoid": "halves", "shared_embedding": True, "logits_bias": True, "scale_embedding": False,
    "norm_epsilon": 1e-3,
}  # fmt: skip
"""All that other Transformers do otherwise than the paper's."""
SHAPES = [{}, {"n_heads": 1}, {"d_model": 33, "n_heads": 3, "n_layers": 1}, {"n_layers": 3, "d_ff": 8}, OPTIONS]


def walk(incremental: Incremental, model, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Logits (B, T, vocabulary), one piece of the target after another."""
    keys, mask = model.start(model.encode(source)[0], source)
    cache, logits = None, []
    for t in range(target.size(1)):
        row, cache, *_ = incremental.step(target[:, t], keys, mask, cache)
        assert cache.length == t + 1
        logits.append(row)
    return torch.stack(logits, 1)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("rows", [slice(0, 1), slice(0, 3)], ids=["one sentence", "a padded batch"])
def test_its_logits_equal_one_pass_of_the_model(make_model, shape, rows):
    model = make_model(**shape)
    expected = model.logits(model(SOURCE[rows], TARGET[rows]))
    torch.testing.assert_close(walk(Incremental(model), model, SOURCE[rows], TARGET[rows]), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_traced_it_gives_the_newest_row_of_every_layers_and_heads_weights(make_model, shape):
    model = make_model(**shape)
    keys, mask = model.start(model.encode(SOURCE)[0], SOURCE)
    _, _, decoder_self, cross = model.decode(TARGET, keys, mask, traced=True)
    incremental, cache = Incremental(model), None
    for t in range(TARGET.size(1)):
        plain, _, *nothing = incremental.step(TARGET[:, t], keys, mask, cache)
        logits, cache, self_row, cross_row = incremental.step(TARGET[:, t], keys, mask, cache, traced=True)
        assert nothing == [None, None]
        torch.testing.assert_close(logits, plain, rtol=0, atol=1e-5)
        expected = decoder_self[:, :, :, t : t + 1, : t + 1].transpose(0, 1)  # (N, B, h, 1, t + 1)
        torch.testing.assert_close(self_row, expected, rtol=0, atol=1e-5)
        torch.testing.assert_close(cross_row, cross[:, :, :, t : t + 1].transpose(0, 1), rtol=0, atol=1e-5)
        assert (cross_row[:, 2, :, :, 2:] == 0).all()  # padding


def test_its_cache_is_one_that_the_model_goes_on_with(make_model):
    """And one that may be reordered: rows 2, 0 and 2 go on with what rows 2, 0 and 2 have read."""
    model = make_model()
    incremental, rows = Incremental(model), torch.tensor([2, 0, 2])
    keys, mask = model.start(model.encode(SOURCE)[0], SOURCE)
    cache = None
    for t in range(3):
        _, cache, *_ = incremental.step(TARGET[:, t], keys, mask, cache)
    states, _, _, _ = model.decode(TARGET[:, 3:], keys, mask, cache=cache)
    expected = model(SOURCE, TARGET)
    torch.testing.assert_close(states, expected[:, 3:], rtol=0, atol=1e-5)
    keys = tuple(type(kv)(kv.key[rows], kv.value[rows]) for kv in keys)
    logits, *_ = incremental.step(TARGET[rows, 3], keys, mask[rows], cache.reorder(rows))
    torch.testing.assert_close(logits, model.logits(expected[rows, 3]), rtol=0, atol=1e-5)


def test_a_step_changes_nothing_it_was_given(make_model):
    """Neither itself, nor the cache, which hypotheses of a beam share, nor the source's keys."""
    model = make_model()
    incremental = Incremental(model)
    keys, mask = model.start(model.encode(SOURCE)[0], SOURCE)
    _, cache, *_ = incremental.step(TARGET[:, 0], keys, mask, None)
    attributes = dict(vars(incremental))
    shared = [part for kv in [*cache.self_attention, *keys] for part in kv] + [
        incremental.target_embedding,
        incremental.projection,
        mask,
    ]
    before = [part.clone() for part in shared]
    first, *_ = incremental.step(TARGET[:, 1], keys, mask, cache)
    again, *_ = incremental.step(TARGET[:, 1], keys, mask, cache)
    assert torch.equal(first, again)
    assert all(torch.equal(a, b) for a, b in zip(shared, before, strict=True))
    assert all(vars(incremental)[name] is value for name, value in attributes.items())
    assert vars(incremental).keys() == attributes.keys()


def test_threads_may_share_one(make_model):
    model = make_model()
    incremental = Incremental(model)
    targets = [torch.randint(4, 20, (3, 9), generator=torch.Generator().manual_seed(seed)) for seed in range(8)]
    alone = [walk(incremental, model, SOURCE, target) for target in targets]
    with ThreadPoolExecutor(8) as pool:
        for found, expected in zip(
            pool.map(lambda t: walk(incremental, model, SOURCE, t), targets), alone, strict=True
        ):
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_it_takes_no_gradient(make_model):
    model = make_model().requires_grad_(True)
    with torch.no_grad():
        keys, mask = model.start(model.encode(SOURCE)[0], SOURCE)
    logits, *_ = Incremental(model).step(TARGET[:, 0], keys, mask, None)
    assert not logits.requires_grad


@pytest.mark.parametrize("heads", [1, 4])
def test_the_encoder_and_the_cross_keys_are_the_models(make_model, heads):
    model = make_model(n_heads=heads)
    incremental = Incremental(model)
    for source in (SOURCE, SOURCE[:1]):
        memory, weights = model.encode(source, traced=True)
        found, found_weights = incremental.encode(source, traced=True)
        torch.testing.assert_close(found, memory, rtol=0, atol=1e-5)
        torch.testing.assert_close(found_weights, weights, rtol=0, atol=1e-5)
        torch.testing.assert_close(incremental.encode(source)[0], memory, rtol=0, atol=1e-5)
        for ours, theirs in zip(incremental.start(memory, source)[0], model.start(memory, source)[0], strict=True):
            torch.testing.assert_close(ours.key, theirs.key, rtol=0, atol=1e-5)
            torch.testing.assert_close(ours.value, theirs.value, rtol=0, atol=1e-5)

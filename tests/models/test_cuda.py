"""On a GPU the shipped models do what they do on a CPU, in every part of the facade. Without a GPU there is nothing to do."""

import numpy as np
import pytest
import torch

import core

if not torch.cuda.is_available():
    pytest.skip("this machine has no CUDA GPU", allow_module_level=True)

TRANSFORMERS = ("en-zh", "en-zh-1head")
MODELS = (*TRANSFORMERS, "en-zh-rnn", "en-zh-rnn-attention")
SENTENCES = ("Tom chases Jerry.", "The animal didn't cross the street because it was too tired.")
CLOSE = {"atol": 2e-4, "rtol": 2e-4}


@pytest.fixture(scope="module", params=MODELS)
def both(request):
    """The same model on the CPU and on the GPU."""
    return core.load(request.param, device="cpu"), core.load(request.param, device="cuda")


def assert_same_trace(cpu, gpu):
    assert gpu.output_pieces == cpu.output_pieces
    for name in (*core.KINDS, "log_probabilities", "top_probabilities"):
        np.testing.assert_allclose(getattr(gpu, name), getattr(cpu, name), **CLOSE, err_msg=name)


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize(
    "options",
    [{}, {"strategy": "beam"}, {"target": "汤姆追逐杰瑞。"}, {"strategy": "sample", "seed": 3, "top_k": 5}],
    ids=["greedy", "beam", "forced", "sample"],
)
def test_a_translation(both, text, options):
    cpu, gpu = (model.translate(text, **options) for model in both)
    assert_same_trace(cpu, gpu)


def test_an_intervention(both):
    kind = "cross" if both[0].config.attention_layers("cross") else None
    change = core.Intervention(
        masked_source=(1,),
        forced={0: "杰瑞"},
        ablate={(kind, 0, 0): "uniform"} if kind else {},
        temperature=0.5 if kind else 1.0,
    )
    cpu, gpu = (model.translate(SENTENCES[0], intervention=change) for model in both)
    assert_same_trace(cpu, gpu)


def test_steps_are_one_forced_pass(both):
    _, gpu = both
    steps = list(gpu.steps(SENTENCES[1]))
    trace = gpu.translate(SENTENCES[1], target=[step.piece for step in steps])
    for t, step in enumerate(steps):
        np.testing.assert_allclose(step.cross, trace.cross[:, :, t], **CLOSE)
        np.testing.assert_allclose(step.decoder_self, trace.decoder_self[:, :, t, : t + 1], **CLOSE)


def test_a_beam_search(both):
    cpu, gpu = (model.beam_search(SENTENCES[0]) for model in both)
    assert [node.piece for node in gpu.nodes] == [node.piece for node in cpu.nodes]
    np.testing.assert_allclose([n.log_probability for n in gpu.nodes], [n.log_probability for n in cpu.nodes], **CLOSE)


def test_contexts(both):
    cpu, gpu = (model.contexts(model.translate(SENTENCES[0])) for model in both)
    for name, array in vars(cpu).items():
        if isinstance(array, np.ndarray):
            np.testing.assert_allclose(getattr(gpu, name), array, **CLOSE, err_msg=name)


@pytest.mark.parametrize("both", TRANSFORMERS, indirect=True)
def test_what_only_a_transformer_has(both):
    traces = [model.translate(SENTENCES[0]) for model in both]
    insides = [model.inside(trace, "cross", 2, 0) for model, trace in zip(both, traces, strict=True)]
    for name, array in vars(insides[0]).items():
        if isinstance(array, np.ndarray):
            np.testing.assert_allclose(getattr(insides[1], name), array, **CLOSE, err_msg=name)
    importance = [model.head_importance(SENTENCES[0]) for model in both]
    np.testing.assert_allclose(*importance, atol=2e-3)
    order = list(range(len(traces[0].source_pieces)))[::-1]
    assert len({model.reordered(trace, order).text for model, trace in zip(both, traces, strict=True)}) == 1
    for sides in zip(*(model.embedded(trace) for model, trace in zip(both, traces, strict=True)), strict=True):
        np.testing.assert_allclose(*sides, **CLOSE)
    for sides in zip(*(m.parallel_pass(SENTENCES[0], traces[0].output_pieces) for m in both), strict=True):
        np.testing.assert_allclose(*sides, **CLOSE)
    padded = [model.padded_head(SENTENCES, 0, 0) for model in both]
    for name, array in vars(padded[0]).items():
        if isinstance(array, np.ndarray):
            np.testing.assert_allclose(getattr(padded[1], name), array, **CLOSE, err_msg=name)
    assert both[1].teacher_forcing(SENTENCES[0], traces[1].output_pieces, runs=2)

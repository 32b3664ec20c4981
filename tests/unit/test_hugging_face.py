"""Models of `transformers` as translators: weights, texts and steps are the model's own, and it is left as it was."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

import core
from core.adapters.recording import output_projections
from core.errors import EmptyTextError, OptionError, TextTooLongError
from tests import hosted
from tests.hosted import LANGUAGES, SENTENCES, SEQ2SEQ, made
from tests.unit.test_from_arrays import use_all

ROOT = Path(__file__).parents[2]
TEXT = SENTENCES[1]
KINDS = {"encoder_self": "encoder_attentions", "decoder_self": "decoder_attentions", "cross": "cross_attentions"}

each = pytest.mark.parametrize("name", SEQ2SEQ)


def hosting(name: str):
    return core.hugging_face(*made(name), *LANGUAGES.get(name, ("en", "zh")))


def own(name: str, text: str = TEXT, **options):
    """What `transformers` does by itself: ids read, ids written without the start, languages set as its guides say."""
    model, tokenizer = made(name)
    given = {}
    before = getattr(tokenizer, "src_lang", None)
    if name in ("mbart50", "mbart25"):
        tokenizer.src_lang = "en_XX"
        key = "forced_bos_token_id" if name == "mbart50" else "decoder_start_token_id"
        given[key] = tokenizer.convert_tokens_to_ids("zh_CN")
    elif name == "m2m100":
        tokenizer.src_lang = "en"
        given["forced_bos_token_id"] = tokenizer.get_lang_id("zh")
    elif name == "nllb":
        tokenizer.src_lang = "eng_Latn"
        given["forced_bos_token_id"] = tokenizer.convert_tokens_to_ids("zho_Hans")
    inputs = tokenizer(("translate English to Chinese: " if name == "t5" else "") + text, return_tensors="pt")
    inputs.pop("token_type_ids", None)
    if before is not None:
        tokenizer.src_lang = before
    model.eval()
    with torch.no_grad():
        ids = model.generate(**inputs, **given, **options)[0].tolist()
    model.train()
    return inputs, ids


def passed(model, **inputs):
    """One pass with the model's own `output_attentions`."""
    before = model.config._attn_implementation
    model.eval().set_attn_implementation("eager")
    with torch.no_grad():
        outputs = model(**inputs, output_attentions=True)
    model.train().set_attn_implementation(before)
    return outputs


def decoded(tokenizer, ids: list[int]) -> str:
    """The tokenizer's own text; that of M2M100 does not count its language tokens as specials."""
    tokens = tokenizer.convert_ids_to_tokens(ids)
    ids = [index for index, token in zip(ids, tokens, strict=True) if not token.startswith("__")]
    return tokenizer.decode(ids, skip_special_tokens=True).strip()


def stacked(attentions) -> np.ndarray:
    return torch.cat(tuple(attentions)).float().numpy()


@each
def test_every_weight_is_that_of_the_models_own_pass_over_the_same_ids(name, tmp_path):
    model, _ = made(name)
    trace = hosting(name).translate(TEXT)
    inputs, ids = own(name, num_beams=1, do_sample=False)
    assert len(trace.source_pieces) == inputs["input_ids"].size(1)
    outputs = passed(model, **inputs, decoder_input_ids=torch.tensor([ids[:-1]]))
    for kind, attribute in KINDS.items():
        assert np.array_equal(getattr(trace, kind), stacked(getattr(outputs, attribute))), kind
    expected = outputs.logits[0].log_softmax(-1)
    assert np.allclose(trace.log_probabilities, expected.gather(1, torch.tensor(ids[1:])[:, None])[:, 0], atol=1e-5)
    best = outputs.logits[0].softmax(-1).topk(3)
    assert np.allclose(trace.top_probabilities[:, :3], best.values, atol=1e-6)
    assert trace.guesses == ()
    if name in ("bart", "m2m100"):
        use_all(trace, tmp_path)


@each
def test_a_greedy_text_is_that_of_generate(name):
    _, tokenizer = made(name)
    trace = hosting(name).translate(TEXT)
    _, ids = own(name, num_beams=1, do_sample=False)
    assert len(trace.output_pieces) == len(ids) - 1
    assert trace.text == decoded(tokenizer, ids)
    assert trace.strategy == "greedy"


@each
@pytest.mark.parametrize("beams", [2, 5])
def test_a_beams_text_is_that_of_generate(name, beams):
    _, tokenizer = made(name)
    trace = hosting(name).translate(TEXT, strategy="beam", beam_size=beams, length_penalty=0.3, max_new_tokens=9)
    _, ids = own(name, num_beams=beams, do_sample=False, length_penalty=0.3, max_new_tokens=9)
    assert trace.text == decoded(tokenizer, ids)
    assert trace.strategy == "beam"


@each
def test_steps_are_the_rows_of_one_forced_run(name):
    host = hosting(name)
    steps = list(host.steps(TEXT, max_new_tokens=9))
    trace = host.translate(TEXT, max_new_tokens=9)
    given = host.translate(TEXT, target=[host.tokenizer.convert_tokens_to_ids(t) for t in raw(host, trace, steps)])
    for one in (trace, given):
        assert tuple(step.piece for step in steps) == one.output_pieces
        assert tuple(step.reads for step in steps) == one.input_pieces
        assert steps[-1].text == one.text
        for t, step in enumerate(steps):
            assert np.allclose(step.cross, one.cross[:, :, t], atol=1e-5)
            assert np.allclose(step.decoder_self, one.decoder_self[:, :, t, : t + 1], atol=1e-5)
            assert step.probability == pytest.approx(np.exp(one.log_probabilities[t]), abs=1e-5)
            assert [p for _, p in step.top(3)] == pytest.approx([p for _, p in one.top(t, 3)], abs=1e-5)
    assert given.strategy == "forced"


def raw(host, trace, steps):
    """The tokens of the output, as the tokenizer writes them."""
    _, ids = own(next(name for name in SEQ2SEQ if made(name)[0] is host.model), num_beams=1, max_new_tokens=len(steps))
    return host.tokenizer.convert_ids_to_tokens(ids[1:])


@pytest.mark.parametrize("name", ["marian", "t5", "bart", "m2m100"])
def test_one_sentence_alone_has_the_weights_that_it_has_in_a_padded_batch(name):
    model, tokenizer = made(name)
    host = hosting(name)
    trace = host.translate(SENTENCES[0], max_new_tokens=6)
    prefix = host.prefix
    before = getattr(tokenizer, "src_lang", None)
    if name == "m2m100":
        tokenizer.src_lang = "en"
    batch = tokenizer([prefix + SENTENCES[0], prefix + SENTENCES[1]], return_tensors="pt", padding=True)
    batch.pop("token_type_ids", None)
    if before:
        tokenizer.src_lang = before
    _, ids = own(name, SENTENCES[0], num_beams=1, max_new_tokens=6)
    outputs = passed(model, **batch, decoder_input_ids=torch.tensor([ids[:-1]] * 2))
    source, target = len(trace.source_pieces), len(trace.output_pieces)
    assert batch["input_ids"].size(1) > source
    sizes = {"encoder_self": (source, source), "decoder_self": (target, target), "cross": (target, source)}
    for kind, (rows, keys) in sizes.items():
        padded = torch.stack([layer[0] for layer in getattr(outputs, KINDS[kind])])[:, :, :rows, :keys].numpy()
        assert np.allclose(getattr(trace, kind), padded, atol=1e-5), kind


def test_sampling_repeats_with_its_seed_and_leaves_the_callers_random_numbers_alone():
    host = hosting("marian")
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    runs = [host.translate(TEXT, strategy="sample", seed=seed, top_k=20, temperature=1.5) for seed in (1, 1, 2)]
    steps = list(host.steps(TEXT, strategy="sample", seed=1, top_k=20, temperature=1.5))
    assert torch.equal(torch.rand(3), expected)
    assert runs[0] == runs[1]
    assert runs[0].output_pieces != runs[2].output_pieces
    assert tuple(step.piece for step in steps) == runs[0].output_pieces


@pytest.mark.parametrize("name", ["marian", "t5", "bert_to_bert"])
@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_the_model_is_left_as_it_was(name, implementation):
    model, tokenizer = made(name)
    first = model.config._attn_implementation
    model.set_attn_implementation(implementation)
    part = next(module for module in model.modules() if isinstance(module, torch.nn.Dropout | torch.nn.LayerNorm))
    part.training = False
    before = [module.training for module in model.modules()]
    configs = [module.config._attn_implementation for module in model.modules() if hasattr(module, "config")]
    languages = getattr(tokenizer, "src_lang", None)
    host = hosting(name)
    host.translate(TEXT, max_new_tokens=3)
    for _ in host.steps(TEXT, max_new_tokens=2):  # between steps too
        assert [module.training for module in model.modules()] == before
    with pytest.raises(OptionError):
        host.translate(TEXT, target=["no such token"])
    with pytest.raises(OptionError):
        host.translate(TEXT, intervention=core.Intervention(ablate={("cross", 9, 0): "zero"}))
    assert [module.training for module in model.modules()] == before
    assert [m.config._attn_implementation for m in model.modules() if hasattr(m, "config")] == configs
    assert getattr(tokenizer, "src_lang", None) == languages
    assert not any(module._forward_pre_hooks for module in model.modules())
    assert not torch.is_inference_mode_enabled()
    model.train().set_attn_implementation(first)


def test_translators_of_one_model_share_its_lock():
    assert hosting("marian")._lock is hosting("marian")._lock
    assert hosting("marian")._lock is not hosting("t5")._lock


def test_a_model_that_reads_no_text_is_refused():
    config = transformers.WhisperConfig(
        vocab_size=60, d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=8, decoder_ffn_dim=8, pad_token_id=1, bos_token_id=2, eos_token_id=2, decoder_start_token_id=3,
        suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    with pytest.raises(OptionError, match="it reads no text"):
        core.hugging_face(model, made("gpt2")[1]).translate(TEXT)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_model_of_half_precision_gives_its_own_weights(dtype, tmp_path):
    torch.manual_seed(0)
    model, tokenizer = hosted.marian()
    model = model.to(dtype)
    trace = core.hugging_face(model, tokenizer, "en", "zh").translate(TEXT, max_new_tokens=5)
    inputs = tokenizer(TEXT, return_tensors="pt")
    ids = [model.config.decoder_start_token_id, *tokenizer.convert_tokens_to_ids(list(trace.output_pieces[:-1]))]
    outputs = passed(model, **inputs, decoder_input_ids=torch.tensor([ids]))
    for kind, attribute in KINDS.items():
        assert getattr(trace, kind).dtype == np.float32
        assert np.array_equal(getattr(trace, kind), stacked(getattr(outputs, attribute)))
    trace.save(tmp_path / "run.npz")
    assert core.Trace.load(tmp_path / "run.npz") == trace


@pytest.mark.parametrize("head", [True, False])
def test_an_encoder_alone(head, tmp_path):
    torch.manual_seed(0)
    model, tokenizer = hosted.bert(head)
    trace = core.hugging_face(model.train(), tokenizer, source="en").trace(TEXT)
    inputs = tokenizer(TEXT, return_tensors="pt")
    assert trace.kinds == ("encoder_self",)
    assert np.array_equal(trace.encoder_self, stacked(passed(model, **inputs).attentions))
    assert (trace.source_pieces[0], trace.source_pieces[-1]) == ("[CLS]", "[SEP]")
    assert trace.source_specials == (0, len(trace.source_pieces) - 1)
    assert (trace.source, trace.text, trace.output_pieces) == (TEXT, "", ())
    assert model.training
    use_all(trace, tmp_path)
    with pytest.raises(OptionError, match="only an encoder-decoder"):
        core.hugging_face(model, tokenizer).translate(TEXT)


@pytest.mark.parametrize("head", [True, False])
def test_a_decoder_alone(head, tmp_path):
    torch.manual_seed(0)
    model, tokenizer = hosted.gpt2(head)
    trace = core.hugging_face(model.train(), tokenizer, source="en").trace(SENTENCES[2])
    inputs = tokenizer(SENTENCES[2], return_tensors="pt")
    outputs = passed(model, **inputs)
    assert trace.kinds == ("decoder_self",)
    assert np.array_equal(trace.decoder_self, stacked(outputs.attentions))
    assert trace.text == SENTENCES[2]
    assert trace.input_specials == ()
    assert len(trace.input_pieces) == inputs["input_ids"].size(1)
    assert trace.input_pieces[1:] == trace.output_pieces[:-1]
    assert "".join(trace.input_spelling.texts).replace("▁", " ").strip() == SENTENCES[2]
    assert trace.has_probabilities == head
    if head:
        expected = outputs.logits[0].log_softmax(-1)[:-1].gather(1, inputs["input_ids"][0, 1:, None])[:, 0]
        assert np.allclose(trace.log_probabilities[:-1], expected, atol=1e-5)
        assert trace.top(len(trace.output_pieces) - 1, 1)[0][0] == trace.output_pieces[-1]
    use_all(trace, tmp_path)


@pytest.mark.parametrize("name", ["marian", "t5", "bert_to_bert"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_removed_head_is_one_whose_columns_of_the_output_projection_are_zero(name, kind):
    host = hosting(name)
    model = host.model
    layer, head = 1, 2
    ids = [5, 6, 7]
    removed = host.translate(TEXT, target=ids, intervention=core.Intervention(ablate={(kind, layer, head): "zero"}))
    plain = host.translate(TEXT, target=ids)
    weight = output_projections(model, kind)[layer].weight
    width, kept = weight.size(1) // 4, weight.detach().clone()
    with torch.no_grad():
        weight[:, head * width : (head + 1) * width] = 0
        expected = host.translate(TEXT, target=ids)
        weight.copy_(kept)
    assert not np.allclose(plain.log_probabilities, removed.log_probabilities, atol=1e-4)
    assert np.allclose(expected.log_probabilities, removed.log_probabilities, atol=1e-5)
    assert not getattr(removed, kind)[layer, head].any()
    assert removed.intervention.ablate == {(kind, layer, head): "zero"}
    others = [i for i in range(4) if i != head]
    assert np.allclose(getattr(removed, kind)[layer, others], getattr(expected, kind)[layer, others], atol=1e-5)
    assert np.array_equal(host.translate(TEXT, target=ids).cross, plain.cross)  # nothing is left behind


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"strategy": "luck"}, "choose one of greedy, beam, sample"),
        ({"strategy": "beam", "beam_size": 0}, "beam_size"),
        ({"max_new_tokens": 0}, "max_new_tokens"),
        ({"strategy": "sample", "temperature": 0}, "temperature"),
        ({"target": 7}, "write a text, or a list of pieces"),
        ({"target": [10**6]}, "no such piece"),
        ({"target": ["no such token"]}, "no such piece"),
        ({"intervention": core.Intervention(causal=False)}, "only the output of heads can be set to 0"),
        ({"intervention": core.Intervention(ablate={("cross", 0, 0): "uniform"})}, "only the output of heads"),
        ({"intervention": core.Intervention(ablate={("cross", 0, 9): "zero"})}, "choose a head from 0 to 3"),
    ],
)
def test_what_is_not_possible_is_said(options, said):
    with pytest.raises(OptionError, match=said):
        hosting("marian").translate(TEXT, **options)


def test_texts_that_cannot_be_read():
    host = hosting("marian")
    with pytest.raises(EmptyTextError):
        host.translate("  ")
    with pytest.raises(TextTooLongError):
        host.translate("street " * 80)
    with pytest.raises(OptionError, match="write a text"):
        host.translate(7)
    with pytest.raises(OptionError, match="strategy"):
        host.steps(TEXT, strategy="beam")


def test_models_and_tokenizers_that_are_none(tmp_path):
    model, tokenizer = made("marian")
    with pytest.raises(OptionError, match="give the model's tokenizer"):
        core.hugging_face(model)
    with pytest.raises(OptionError, match="give a model of transformers"):
        core.hugging_face(torch.nn.Linear(2, 2), tokenizer)
    for missing in (tmp_path / "nothing", "Helsinki-NLP/opus-mt-en-zh"):
        with pytest.raises(OptionError, match="models are not downloaded"):
            core.hugging_face(missing)


@pytest.mark.parametrize("name", ["bart", "bert", "gpt2"])
def test_a_folder_is_read_from_disk(name, tmp_path):
    model, tokenizer = made(name)
    model.save_pretrained(tmp_path / "mine")
    tokenizer.save_pretrained(tmp_path / "mine")
    host = core.hugging_face(tmp_path / "mine")
    assert host.name == "mine"
    expected = core.hugging_face(model, tokenizer).trace(SENTENCES[0])
    trace = host.trace(SENTENCES[0])
    for kind in KINDS:
        assert np.allclose(getattr(trace, kind), getattr(expected, kind), atol=1e-6)


def test_a_least_length_counts_from_the_start():
    host = hosting("marian")
    ends = len(host.translate(TEXT, max_new_tokens=15).output_pieces)
    own_config = host.model.generation_config
    bias = host.model.final_logits_bias
    with torch.no_grad():
        bias[0, 0] = 30.0  # </s> at once
    assert len(host.translate(TEXT).output_pieces) == 1 < ends
    own_config.min_new_tokens = 4
    try:
        trace, steps = host.translate(TEXT, max_new_tokens=9), list(host.steps(TEXT, max_new_tokens=9))
    finally:
        own_config.min_new_tokens = None
        bias[0, 0] = 0.0
    assert tuple(step.piece for step in steps) == trace.output_pieces
    assert len(steps) == 5


def test_threads_wait_for_each_other():
    from concurrent.futures import ThreadPoolExecutor

    host = hosting("marian")
    expected = host.translate(TEXT, max_new_tokens=5)
    with ThreadPoolExecutor(4) as pool:
        assert all(trace == expected for trace in pool.map(lambda _: host.translate(TEXT, max_new_tokens=5), range(8)))
    assert host.model.training


def test_transformers_is_imported_when_a_folder_is_read_and_never_before():
    """It is an optional dependency, which takes seconds."""
    for path in (ROOT / "core").rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            names = [alias.name for alias in getattr(node, "names", ())] + [getattr(node, "module", "") or ""]
            assert not isinstance(node, ast.Import | ast.ImportFrom) or "transformers" not in names, path

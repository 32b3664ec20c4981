"""Models of others imported: the same attention, logits and translations as where they come from."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import sentencepiece
import torch

import core
from core import zoo
from core.config import BOS, EOS, NEVER, PAD, UNK
from core.decoding import greedy
from core.intervention import Intervention

close = torch.testing.assert_close
ROOT = Path(__file__).parents[2]
TEXTS = ("Tom chases Jerry.", "Jerry is a mouse 😀 and Tom is a cat.", "ＡＢＣ ①  naïve “quotes” zzz")
VARIANTS = {
    "swish": {},
    "relu": {"activation_function": "relu", "encoder_layers": 1, "decoder_layers": 1},
    "swish, 1 layer": {"encoder_layers": 1, "decoder_layers": 1},
    "gelu": {"activation_function": "gelu", "scale_embedding": False},
    "two embeddings": {"share_encoder_decoder_embeddings": False},
    "a pickle": {"safe": False},
}


@pytest.fixture(scope="module", params=VARIANTS)
def pair(request, make_marian, tmp_path_factory):
    """An original, and it imported."""
    original = make_marian(**VARIANTS[request.param])
    folder = zoo.import_model(original.folder, out=tmp_path_factory.mktemp("models") / "imported")
    return original, core.load(folder, device="cpu")


def ours_to_theirs(original, loaded) -> list[int]:
    """Their row of each of our pieces; -1 for those that they do not have."""
    places = {token: i for i, token in enumerate(original.tokens)}
    return [places.get(piece, -1) for piece in loaded.target_tokenizer.pieces]


def run_original(original, source: list[int], output: list[int]):
    """Their logits and attention for an output, which begins after the start."""
    start = original.model.config.decoder_start_token_id
    return original.model(
        input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([[start, *output[:-1]]]),
        output_attentions=True, return_dict=True,
    )  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_every_weight_of_a_greedy_trace_is_the_originals(pair, text):
    original, loaded = pair
    trace = loaded.translate(text)
    places = {token: i for i, token in enumerate(original.tokens)}
    output = [places[piece] for piece in trace.output_pieces]
    found = run_original(original, original.ids(zoo_clean(text)), output)
    for kind, theirs in (
        ("encoder_self", found.encoder_attentions),
        ("decoder_self", found.decoder_attentions),
        ("cross", found.cross_attentions),
    ):
        np.testing.assert_allclose(getattr(trace, kind), torch.stack(theirs)[:, 0].numpy(), rtol=0, atol=1e-4)


def zoo_clean(text: str) -> str:
    from core.text import clean

    return clean(text, "en")


@pytest.mark.parametrize("text", TEXTS)
def test_every_logit_is_the_originals(pair, text):
    original, loaded = pair
    ids, _ = loaded.encode(text)
    rows = ours_to_theirs(original, loaded)
    shared = [i for i, row in enumerate(rows) if row >= 0 and i not in (PAD, BOS)]
    output = [shared[i] for i in (7, 30, 11, 50, 9)]
    states = loaded.model(torch.tensor([ids]), torch.tensor([[BOS, *output[:-1]]]))
    found = run_original(original, original.ids(zoo_clean(text)), [rows[i] for i in output])
    close(
        loaded.model.logits(states)[..., shared], found.logits[..., [rows[i] for i in shared]], rtol=0, atol=1e-4
    )  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_the_greedy_output_is_the_originals(pair, text):
    original, loaded = pair
    ids, _ = loaded.encode(text)
    limit = 24
    ours = greedy(loaded.model, torch.tensor([ids]), limit, run=loaded.runner)[0]
    theirs = original.model.generate(
        torch.tensor([original.ids(zoo_clean(text))]), num_beams=1, do_sample=False, max_new_tokens=limit
    )[0, 1:].tolist()
    rows = ours_to_theirs(original, loaded)
    assert [rows[i] for i in ours] == theirs


def test_a_beam_scores_its_hypotheses_as_the_original_does(pair):
    original, loaded = pair
    search = loaded.beam_search(TEXTS[0], beam_size=3)
    places = {token: i for i, token in enumerate(original.tokens)}
    pad = original.model.config.pad_token_id
    for hypothesis in search.hypotheses:
        output = [places[piece] for piece in hypothesis.pieces]
        logits = run_original(original, original.ids(TEXTS[0]), output).logits[0]
        logits[:, pad] = -torch.inf
        scores = logits.log_softmax(-1).gather(1, torch.tensor(output)[:, None])
        assert hypothesis.log_probability == pytest.approx(float(scores.sum()), abs=2e-3)
    best = loaded.translate(TEXTS[0], strategy="beam", beam_size=3)
    assert best.output_pieces == search.winner.pieces


def test_one_head_computed_anew_has_the_weights_of_the_trace(pair):
    _, loaded = pair
    for intervention in (None, Intervention(positions=False, temperature=0.7, masked_source=(1,))):
        trace = loaded.translate(TEXTS[0], intervention=intervention)
        for kind in ("encoder_self", "decoder_self", "cross"):
            for layer in range(loaded.config.n_layers):
                inside = loaded.inside(trace, kind, layer, 2)
                np.testing.assert_allclose(inside.weights, trace.weights(kind, layer, 2), rtol=0, atol=1e-5)


def test_words_and_positions_sum_to_what_the_first_layer_reads(pair):
    _, loaded = pair
    trace = loaded.translate(TEXTS[0])
    for side, kind in (("source", "encoder_self"), ("target", "decoder_self")):
        words, positions = loaded.embedded(trace, side)
        np.testing.assert_allclose(words + positions, loaded.inside(trace, kind, 0, 0).x_query, rtol=0, atol=1e-5)


def test_the_importance_of_a_head_is_what_its_ablation_costs(pair):
    _, loaded = pair
    found = loaded.head_importance(TEXTS[0])
    trace = loaded.translate(TEXTS[0])
    for n, kind in enumerate(("encoder_self", "decoder_self", "cross")):
        change = Intervention(ablate={(kind, 0, 1): "zero"})
        without = loaded.translate(TEXTS[0], target=list(trace.output_pieces), intervention=change)
        lost = trace.log_probabilities.sum() - without.log_probabilities.sum()
        assert found[n, 0, 1] == pytest.approx(lost, abs=1e-3)


def test_teacher_forcing_contexts_and_the_decoder_without_a_mask_work(pair):
    _, loaded = pair
    trace = loaded.translate(TEXTS[0])
    ways = loaded.teacher_forcing(TEXTS[0], trace.output_pieces, runs=1)
    for way in ways.values():
        np.testing.assert_allclose(way.log_probabilities, trace.log_probabilities, rtol=0, atol=1e-4)
    contexts = loaded.contexts(trace)
    np.testing.assert_allclose(contexts.terms(0).sum(0), contexts.contexts[0], rtol=0, atol=1e-5)
    assert loaded.translate(TEXTS[0], intervention=Intervention(causal=False)).output_pieces
    assert loaded.padded_head(TEXTS[:2], 0, 1).differences == pytest.approx([0, 0], abs=1e-4)


def test_the_card_names_what_differs_from_the_paper(pair):
    original, loaded = pair
    values = json.loads((zoo.find_folder(original.folder) / "config.json").read_text(encoding="utf-8"))
    config = loaded.config
    assert {"swish": "swish", "relu": "relu", "gelu": "gelu"}[values["activation_function"]] == config.activation
    assert config.scale_embedding == values["scale_embedding"]
    assert config.shared_embedding == values["share_encoder_decoder_embeddings"]
    assert (config.sinusoid, config.logits_bias) == ("halves", True)
    assert loaded.card.training == {"format": "marian", "start": "<pad>"}
    assert (loaded.card.source_language, loaded.card.target_language) == ("en", "zh")
    assert loaded.card.parameters == sum(p.numel() for p in loaded.model.parameters())


# Vocabulary


def test_a_text_is_divided_as_by_the_originals_own_sentencepiece(pair, spms):
    _, loaded = pair
    texts = [*TEXTS, "Hello WORLD 123", "猫追老鼠", "ﬁne ½ ㎏", "a", "…", "Tom😀Jerry", "zzzz 王 qqq"]
    for tokenizer, content in zip((loaded.source_tokenizer, loaded.target_tokenizer), spms, strict=True):
        theirs = sentencepiece.SentencePieceProcessor(model_proto=content)
        for text in texts:
            assert tokenizer.split(text) == theirs.encode(text, out_type=str)


def test_a_piece_that_only_the_other_side_knows_is_read_as_itself_and_one_that_nobody_knows_as_unknown(pair):
    original, loaded = pair
    assert "😀" in original.tokens
    ids, pieces = loaded.encode("Tom 😀 王")
    assert "😀" in pieces
    assert loaded.target_tokenizer.pieces[ids[pieces.index("😀")]] == "😀"
    assert loaded.translate("Tom 😀 王").unknown == (pieces.index("王"),)


def test_a_piece_that_the_model_has_never_seen_is_embedded_as_unknown_and_never_written(pair, spms):
    original, loaded = pair
    lost = [p for p in loaded.source_tokenizer.pieces[4:] if p not in original.tokens]
    assert len(lost) == 3
    table, bias = loaded.embedding("source"), loaded.model.logits_bias
    for piece in lost:
        assert (table[loaded.source_tokenizer.index(piece)] == table[UNK]).all()
    never = [i for i, row in enumerate(ours_to_theirs(original, loaded)) if row < 0 or i in (PAD, BOS)]
    assert (bias[never] == NEVER).all()
    assert (bias > NEVER).sum() == len(bias) - len(never)


def test_specials_that_are_typed_are_text(pair):
    _, loaded = pair
    ids = loaded.source_tokenizer.encode("</s> <pad> <s>")
    assert not {PAD, BOS, EOS} & {*ids}


def test_a_written_text_comes_back_from_its_pieces(pair):
    _, loaded = pair
    pieces = loaded.target_tokenizer.pieces
    ids = [loaded.target_tokenizer.index(piece) for piece in ("▁Tom", "😀")]
    assert loaded.target_tokenizer.decode([BOS, *ids, EOS]) == "".join(pieces[i] for i in ids).replace("▁", " ").strip()


# CTranslate2


@pytest.mark.parametrize("quantization", [None, "float16", "bfloat16", "int16", "int8", "int8_float16"])
def test_the_greedy_output_is_ctranslate2s(make_argos, marian, tmp_path, quantization):
    import ctranslate2

    package = make_argos(quantization)
    loaded = core.load(zoo.import_model(package, out=tmp_path / "imported"), device="cpu")
    theirs = ctranslate2.Translator(str(package / "model"), compute_type="float32", intra_threads=1)
    for text in TEXTS[:2]:
        pieces = [*marian.source.encode(text, out_type=str), "</s>"]
        found = theirs.translate_batch(
            [pieces], beam_size=1, length_penalty=0, max_decoding_length=20, return_scores=True
        )[0]
        ids, _ = loaded.encode(text)
        ours = greedy(loaded.model, torch.tensor([ids]), 20, run=loaded.runner)[0]
        assert [loaded.target_tokenizer.pieces[i] for i in ours if i != EOS] == found.hypotheses[0]
        trace = loaded.translate(text, target=[loaded.target_tokenizer.pieces[i] for i in ours])
        assert found.scores[0] == pytest.approx(float(trace.log_probabilities.sum()), rel=2e-3, abs=2e-3)


@pytest.mark.parametrize("way", ["folder", "archive", "CTranslate2 folder"])
def test_a_package_is_read_from_its_folder_its_archive_and_without_being_one(argos, zip_folder, tmp_path, marian, way):
    path = argos
    if way == "archive":
        path = zip_folder(argos, tmp_path / "package.argosmodel")
    elif way == "CTranslate2 folder":
        path = argos / "model"
        for side in ("source", "target"):
            (path / f"{side}.spm").write_bytes((marian.folder / f"{side}.spm").read_bytes())
    folder = zoo.import_model(path, "small", tmp_path / "small", ("en", "zh"))
    loaded = core.load(folder, device="cpu")
    assert (loaded.card.source_language, loaded.card.target_language) == ("en", "zh")
    assert loaded.config.shared_embedding
    assert loaded.translate(TEXTS[0]).output_pieces
    if way == "CTranslate2 folder":
        (path / "source.spm").unlink()
        (path / "target.spm").unlink()


def test_a_target_without_sentencepiece_divides_a_text_into_frequent_pieces(argos, tmp_path):
    loaded = core.load(zoo.import_model(argos, out=tmp_path / "small"), device="cpu")
    output = loaded.translate(TEXTS[0]).output_pieces
    given = loaded.translate(TEXTS[0], target=loaded.target_tokenizer.decode(loaded.target_tokenizer.encode("Tom 😀")))
    assert output
    assert given.output_pieces[-1] == "</s>"


# The command line


def test_the_command_prints_the_folder_and_the_app_lists_it(marian, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "core.zoo", "import", str(marian.folder), "--out", str(tmp_path / "opus-en-zh")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, str(tmp_path / "opus-en-zh"), "")
    (card,) = core.list_models(tmp_path)
    assert (card.name, card.problem) == ("opus-en-zh", None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["opus-en-zh"]


def test_a_name_puts_it_among_the_shipped_models(marian, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(zoo, "MODELS", tmp_path)
    assert zoo.main(["import", str(marian.folder), "--name", "mine"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "mine")
    assert core.load("mine", device="cpu").card.name == "mine"


def test_weights_are_stored_in_half_precision_where_that_changes_nothing(marian, tmp_path):
    folder = Path(shutil.copytree(marian.folder, tmp_path / "original"))
    exact = zoo.import_model(folder, out=tmp_path / "exact")
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    halves = {name: value.half() for name, value in weights.items()}
    safetensors.torch.save_file(halves, folder / "model.safetensors")
    small = zoo.import_model(folder, out=tmp_path / "small")
    kinds = [{v.dtype for v in safetensors.torch.load_file(m / zoo.WEIGHTS).values()} for m in (exact, small)]
    assert torch.float32 in kinds[0]
    assert kinds[1] == {torch.float16}
    assert float(core.load(small, device="cpu").model.logits_bias[PAD]) == NEVER


def test_git_leaves_an_imported_folder_out(marian, tmp_path):
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    zoo.import_model(marian.folder, out=tmp_path / "models" / "mine")
    done = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_languages_can_be_named(marian, tmp_path):
    assert zoo.main(["import", str(marian.folder), "--out", str(tmp_path / "m"), "--source", "fr"]) == 0
    assert zoo.read_card(tmp_path / "m").source_language == "fr"

"""Model folders: written, read, listed, and refused when damaged."""

import json
import re
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch

import core
from core import zoo
from core.config import ARCHITECTURES, ModelConfig
from core.errors import DamagedModelError, HeadlightError, UnknownModelError
from core.model import build

LISTED, LOADED = True, False  # whether listing models tells of the damage too, or only loading


@pytest.fixture
def folder(tiny_model_folder, tmp_path) -> Path:
    """A copy of the tiny model's folder, called "victim", to be damaged."""
    return Path(shutil.copytree(tiny_model_folder, tmp_path / "victim"))


@pytest.fixture
def shelf(folder, tiny_model_folder, monkeypatch) -> Path:
    """A folder of models with "victim" and "well", in the place of the shipped ones."""
    shutil.copytree(tiny_model_folder, folder.parent / "well")
    monkeypatch.setattr(zoo, "MODELS", folder.parent)
    list_all = zoo.list_models
    monkeypatch.setattr(zoo, "list_models", lambda models=folder.parent: list_all(models))
    return folder.parent


# Writing and reading


def test_what_is_read_is_what_was_written_in_half_precision(tmp_path, make_model, write_folder, tokenizers):
    (source, _), (target, _) = tokenizers
    model = make_model(5, source_vocab=len(source), target_vocab=len(target), n_heads=2)
    loaded = core.load(write_folder(tmp_path / "five", model), device="cpu")
    weights, written = loaded.model.state_dict(), model.state_dict()
    assert weights.keys() == written.keys()
    for name in written:
        assert weights[name].dtype == torch.float32
        assert torch.equal(weights[name], written[name].half().float())
    assert loaded.config == model.config
    assert loaded.source_tokenizer.pieces == source.pieces
    assert loaded.target_tokenizer.pieces == target.pieces
    assert (loaded.card.name, loaded.card.source_language, loaded.card.target_language) == ("five", "en", "zh")
    assert loaded.card.parameters == sum(p.numel() for p in model.parameters())
    assert loaded.card.problem is None


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_models_of_every_architecture_are_written_and_read(tmp_path, write_folder, tokenizers, architecture):
    (source, _), (target, _) = tokenizers
    model = build(ModelConfig(len(source), len(target), 16, 1, 2, 24, 0.1, 30, architecture))
    folder = write_folder(tmp_path / "m", model)
    assert json.loads((folder / "card.json").read_text(encoding="utf-8"))["config"]["architecture"] == architecture
    loaded = core.load(folder, device="cpu")
    assert loaded.config == model.config
    assert isinstance(loaded.model, type(model))
    assert not loaded.model.training
    weights, written = loaded.model.state_dict(), model.state_dict()
    assert {name: value.shape for name, value in weights.items()} == {n: v.shape for n, v in written.items()}
    assert all(torch.equal(weights[name], written[name].half().float()) for name in written)
    assert [card.config for card in core.list_models(tmp_path)] == [model.config]
    for other in set(ARCHITECTURES) - {architecture}:
        edit(folder, architecture=other)
        if {architecture, other} == {"rnn", "rnn-dot"}:  # dot-product attention has no weights
            assert core.load(folder, device="cpu").config.architecture == other
            continue
        with pytest.raises(DamagedModelError, match="its weights do not fit its config"):
            core.load(folder, device="cpu")


def test_a_card_from_before_there_were_architectures_is_read(folder, tiny):
    values = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    del values["config"]["architecture"]
    (folder / "card.json").write_text(json.dumps(values), encoding="utf-8")
    loaded = core.load(folder, device="cpu")
    assert loaded.config == tiny.config
    assert loaded.translate("Tom chases Jerry.").output_pieces == tiny.translate("Tom chases Jerry.").output_pieces


def test_a_card_keeps_what_was_measured(tmp_path, tiny):
    card = zoo.ModelCard(
        "measured", "en", "zh", tiny.config, 7,
        scores={"perplexity": 8.5, "greedy": {"bleu": 20.1}}, training={"steps": 3}, data={"credit": "王 “x”"},
    )  # fmt: skip
    files = {"source.model": b"1", "target.model": b"2"}
    zoo.write_model(tmp_path / "measured", card, tiny.model, files)
    assert zoo.read_card(tmp_path / "measured") == card


def test_weights_on_disk_are_half_precision_and_positions_are_not_among_them(tiny_model_folder):
    weights = safetensors.torch.load_file(tiny_model_folder / "model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.float16}
    assert not any("position" in name for name in weights)


def test_a_loaded_model_is_in_evaluation_mode_and_takes_no_gradient(tiny):
    assert not any(module.training for module in tiny.model.modules())
    assert not any(parameter.requires_grad for parameter in tiny.model.parameters())
    assert tiny.device == torch.device("cpu")


# Finding


def test_a_model_is_found_by_its_name(shelf):
    assert core.load("well", device="cpu").card.name == "well"


@pytest.mark.parametrize("kind", [str, Path])
def test_a_model_is_found_by_its_path(folder, kind):
    assert core.load(kind(folder), device="cpu").card.name == "victim"


def test_a_model_is_found_by_a_relative_path_and_has_its_folders_name(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert core.load("./victim", device="cpu").card.name == "victim"
    monkeypatch.chdir(folder)
    assert core.load(".", device="cpu").card.name == "victim"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nothing",
        "wel",
        "WELL ",
        "../nothing",
        "/nothing/at/all",
        "well/card.json",
        "a\0b",
        "😀",
        "x" * 300,
        "~no-such-visitor",
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_a_name_that_is_no_models_is_refused_and_the_sound_ones_named(shelf, name):
    (shelf / "victim" / "card.json").unlink()
    with pytest.raises(UnknownModelError) as caught:
        core.load(name, device="cpu")
    assert caught.value.values == {"name": name, "names": "well"}


@pytest.mark.parametrize("name", [".", "..", "../..", "/", "well/.."])
def test_a_way_through_the_file_system_ends_at_no_model(shelf, name, monkeypatch):
    monkeypatch.chdir(shelf)
    with pytest.raises(HeadlightError):
        core.load(name, device="cpu")


# Damage


def edit(folder: Path, **changes) -> None:
    """Change settings of the card's config."""
    values = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    values["config"].update(changes)
    (folder / "card.json").write_text(json.dumps(values), encoding="utf-8")


def edit_card(folder: Path, **changes) -> None:
    """Change sections of the card."""
    values = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "card.json").write_text(json.dumps({**values, **changes}), encoding="utf-8")


def write_card(text: str | bytes):
    return lambda folder: (folder / "card.json").write_bytes(text if isinstance(text, bytes) else text.encode())


def truncate(name: str, share: float):
    def damage(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(share * len(content))])

    return damage


def without(key: str):
    def damage(folder):
        values = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        del values[key]
        (folder / "card.json").write_text(json.dumps(values), encoding="utf-8")

    return damage


def reweigh(change):
    def damage(folder):
        weights = safetensors.torch.load_file(folder / "model.safetensors")
        change(weights)
        safetensors.torch.save_file(weights, folder / "model.safetensors")

    return damage


def swap_tokenizers(folder: Path) -> None:
    (folder / "source.model").rename(folder / "other")
    (folder / "target.model").rename(folder / "source.model")
    (folder / "other").rename(folder / "target.model")


DAMAGES = {
    "card missing": (lambda f: (f / "card.json").unlink(), LISTED),
    "card truncated": (truncate("card.json", 0.6), LISTED),
    "card empty": (write_card(""), LISTED),
    "card a list": (write_card("[]"), LISTED),
    "card null": (write_card("null"), LISTED),
    "card a number": (write_card("3"), LISTED),
    "card a string": (write_card('"en-zh"'), LISTED),
    "card without anything": (write_card("{}"), LISTED),
    "card not UTF-8": (write_card(b"\xff\xfe{}"), LISTED),
    "card nested without end": (write_card("[" * 100_000), LISTED),
    "card a folder": (lambda f: [(f / "card.json").unlink(), (f / "card.json").mkdir()], LISTED),
    "card without config": (without("config"), LISTED),
    "card without language": (without("source_language"), LISTED),
    "card with a score that is null": (lambda f: edit_card(f, scores={"greedy": {"bleu": None}}), LISTED),
    "card with a section that is text": (lambda f: edit_card(f, training="long"), LISTED),
    "config null": (write_card('{"config": null}'), LISTED),
    "config of 3 heads": (lambda f: edit(f, n_heads=3), LISTED),
    "config with a string": (lambda f: edit(f, d_model="32"), LISTED),
    "config with a strange name": (lambda f: edit(f, heads=4), LISTED),
    "config of no architecture": (lambda f: edit(f, architecture="lstm"), LISTED),
    "config of a recurrent model with 4 heads": (lambda f: edit(f, architecture="rnn"), LISTED),
    "config of another architecture": (lambda f: edit(f, architecture="rnn-additive", n_heads=1), LOADED),
    "config of another width": (lambda f: edit(f, d_model=64), LOADED),
    "config of another depth": (lambda f: edit(f, n_layers=3), LOADED),
    "config of another vocabulary": (lambda f: edit(f, source_vocab=221), LOADED),
    "config of an impossible width": (lambda f: edit(f, d_model=4 * 10**15), LOADED),
    "config of an impossible length": (lambda f: edit(f, max_length=10**15), LOADED),
    "weights missing": (lambda f: (f / "model.safetensors").unlink(), LISTED),
    "weights truncated": (truncate("model.safetensors", 0.5), LOADED),
    "weights empty": (truncate("model.safetensors", 0), LOADED),
    "weights garbage": (lambda f: (f / "model.safetensors").write_bytes(b"garbage" * 99), LOADED),
    "weights of another shape": (
        reweigh(lambda w: w.update({n: v[..., :-1].contiguous() for n, v in w.items()})),
        LOADED,
    ),
    "a weight not a number": (reweigh(lambda w: w["target_embedding.weight"].view(-1)[:1].fill_(float("nan"))), LOADED),
    "weights of whole numbers": (reweigh(lambda w: w.update({n: v.to(torch.int8) for n, v in w.items()})), LOADED),
    "weights a pointer to another store": (
        lambda f: (f / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
        LOADED,
    ),
    "weights a page of HTML": (lambda f: (f / "model.safetensors").write_text("<!doctype html><p>404"), LOADED),
    "tokenizer a page of HTML": (lambda f: (f / "source.model").write_text("<!doctype html><p>404"), LOADED),
    "aligner empty": (lambda f: (f / "aligner.safetensors").write_bytes(b""), LOADED),
    "a weight missing": (reweigh(lambda w: w.pop("target_embedding.weight")), LOADED),
    "a weight too many": (reweigh(lambda w: w.update(extra=torch.zeros(1))), LOADED),
    "tokenizer missing": (lambda f: (f / "target.model").unlink(), LISTED),
    "tokenizer garbage": (lambda f: (f / "target.model").write_bytes(b"garbage" * 99), LOADED),
    "tokenizer truncated": (truncate("source.model", 0.5), LOADED),
    "tokenizer empty": (truncate("source.model", 0), LOADED),
    "tokenizers swapped": (swap_tokenizers, LOADED),
}


@pytest.mark.parametrize("case", DAMAGES)
def test_a_damaged_model_is_refused_by_name_and_the_others_stay_well(shelf, folder, case):
    damage, listed = DAMAGES[case]
    damage(folder)
    with pytest.raises(DamagedModelError) as caught:
        core.load("victim", device="cpu")
    assert "“victim”" in str(caught.value)
    victim, well = core.list_models(shelf)
    assert (victim.name, well.name) == ("victim", "well")
    if listed:
        assert isinstance(victim.problem, DamagedModelError)
        assert str(victim.problem) == str(caught.value)
    assert well.problem is None
    assert core.load("well", device="cpu").translate("Tom chases Jerry.").source_pieces


def test_the_sentence_says_which_file_or_setting_is_wrong(folder):
    def sentence(damage) -> str:
        damage(folder)
        with pytest.raises(DamagedModelError) as caught:
            core.load(folder, device="cpu")
        return str(caught.value)

    assert "n_heads = 3" in sentence(lambda f: edit(f, n_heads=3))
    assert "its weights do not fit its config" in sentence(lambda f: edit(f, n_heads=2, d_ff=65))
    assert "source.model cannot be read" in sentence(lambda f: (f / "source.model").write_bytes(b"?"))
    assert "model.safetensors is missing" in sentence(lambda f: (f / "model.safetensors").unlink())
    assert "card.json is missing" in sentence(lambda f: (f / "card.json").unlink())


# Listing


def test_listing_leaves_out_what_is_no_folder_or_hidden(folder):
    (folder.parent / ".hidden").mkdir()
    (folder.parent / "file.txt").write_text("x")
    assert [card.name for card in core.list_models(folder.parent)] == ["victim"]


def test_listing_a_folder_that_is_not_there_gives_nothing(tmp_path):
    assert core.list_models(tmp_path / "nothing") == []


@pytest.mark.parametrize("name", ["", "cuda:99", "tpu", "gpu", "CPU", "cpu:7"])
def test_a_device_that_is_not_there_is_refused(name):
    with pytest.raises(core.errors.OptionError, match="cpu"):
        zoo.choose_device(name)
    with pytest.raises(core.errors.OptionError, match="cpu"):
        core.load("en-zh", device=name)


def test_the_device_is_the_one_asked_for():
    assert zoo.choose_device("cpu") == torch.device("cpu")
    assert zoo.choose_device().type in {"cuda", "mps", "cpu"}


def test_a_config_in_a_card_is_the_config_that_was_written(tiny_model_folder, tiny):
    values = json.loads((tiny_model_folder / "card.json").read_text(encoding="utf-8"))
    assert ModelConfig.from_dict(values["config"]) == tiny.model.config
    assert "problem" not in values


# Files in common


@pytest.fixture
def sharing(shelf):
    """Two models whose tokenizers are the same, which lie in the shared folder."""
    for name in ("victim", "well"):
        zoo.share_files(shelf / name)
    return shelf


def test_equal_files_of_two_models_are_stored_once_and_both_load(sharing):
    names = sorted(path.name for path in (sharing / zoo.SHARED).iterdir())
    assert [re.sub("[0-9a-f]{12}", "…", name) for name in names] == ["en-….model", "zh-….model"]
    assert not list(sharing.glob("*/source.model"))
    assert [card.name for card in core.list_models(sharing)] == ["victim", "well"]
    one, other = (core.load(name, device="cpu") for name in ("victim", "well"))
    assert one.card.shared == other.card.shared == {"source.model": names[0], "target.model": names[1]}
    assert one.source_tokenizer.pieces == other.source_tokenizer.pieces
    assert one.translate("Tom chases Jerry.").source_pieces


def test_sharing_again_changes_nothing(sharing):
    before = {path: path.read_bytes() for path in sharing.rglob("*") if path.is_file()}
    zoo.share_files(sharing / "well")
    assert {path: path.read_bytes() for path in sharing.rglob("*") if path.is_file()} == before


def test_a_shared_file_that_no_model_needs_is_deleted_and_one_that_a_damaged_model_needs_stays(sharing, tmp_path):
    (sharing / zoo.SHARED / "en-000000000000.model").write_bytes(b"old")
    (sharing / "victim" / "model.safetensors").unlink()
    zoo.share_files(sharing / "well")
    assert len(list((sharing / zoo.SHARED).iterdir())) == 2
    shutil.rmtree(sharing / "well")
    shutil.copytree(sharing / "victim", sharing / "other")
    assert len(list((sharing / zoo.SHARED).iterdir())) == 2


def test_a_shared_file_that_is_missing_or_damaged_is_named_with_its_model(sharing):
    (path,) = (sharing / zoo.SHARED).glob("zh-*")
    path.write_bytes(b"?")
    with pytest.raises(DamagedModelError, match=f"“victim”.*{path.name} cannot be read"):
        core.load("victim", device="cpu")
    path.unlink()
    with pytest.raises(DamagedModelError, match=f"“victim”.*{path.name} is missing"):
        core.load("victim", device="cpu")


@pytest.mark.parametrize("name", ["../well/model.safetensors", "/etc/passwd", "..", "", "a/b", ".hidden", "x" * 200, 3])
def test_a_card_cannot_name_a_file_outside_of_the_shared_folder(shelf, name):
    edit_card(shelf / "victim", shared={"source.model": name})
    with pytest.raises(DamagedModelError, match=r"shared\.source\.model"):
        core.load("victim", device="cpu")

"""What all tests share: one CPU thread, and small real models."""

from __future__ import annotations

import functools
import io
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: its threads read it when they start

import pytest
import sentencepiece
import torch

import core
from core.card import ModelCard
from core.config import BOS, EOS, PAD, UNK, ModelConfig
from core.intervention import Intervention
from core.model import Model
from core.model import build as build_model
from core.text import SPECIALS, Tokenizer
from core.training.alignment import train_aligner
from core.training.corpus import encode_pairs, tensors
from core.training.lecture import lecture_pairs
from core.training.loop import Trainer
from core.training.objective import smoothed_cross_entropy
from core.zoo import ALIGNER, write_model
from tests.foreign import argos, make_argos, make_marian, marian, spms, zip_folder  # noqa: F401  fixtures

torch.set_num_threads(1)

SIZES = {"d_model": 32, "n_heads": 4, "n_layers": 2, "d_ff": 64, "dropout": 0.1, "max_length": 40}


FULL = Intervention(  # all that an intervention can change
    ablate={("cross", 0, 3): "zero", ("encoder_self", 1, 0): "uniform"},
    masked_source=(1,),
    forced={2: "汤姆"},
    positions=False,
    causal=False,
    temperature=0.5,
    without={("encoder", 0, "norm"), ("decoder", 1, "feed_forward")},
    encoder_layer=1,
)


def pytest_terminal_summary(terminalreporter):
    """What failed in a test that then ran once more is printed too."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"ran once more: {report.nodeid}")
        report.toterminal(terminalreporter._tw)


def build(seed: int = 0, **changes) -> Model:
    """A model with random weights, biases and norms included, ready to run."""
    config = ModelConfig(**{"source_vocab": 20, "target_vocab": 20, **SIZES, **changes})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_model(config)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() == 1:  # biases of 0 and gains of 1 would hide a mistake
                    parameter += 0.2 * torch.randn_like(parameter)
    return model.eval().requires_grad_(False)


def sure_recurrent(seed: int, architecture: str, source_vocab: int = 20, target_vocab: int = 8) -> Model:
    """A recurrent model with random weights that is sure of some pieces."""
    sizes = {"d_model": 16, "n_heads": 1, "n_layers": 2, "d_ff": 24, "max_length": 40}
    config = ModelConfig(source_vocab, target_vocab, architecture=architecture, **sizes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_model(config).eval().requires_grad_(False)
        model.target_embedding.weight *= 3
    return model


@pytest.fixture(scope="session")
def make_model():
    """`build`, as a fixture: make_model(seed, **changes of the config)."""
    return build


@pytest.fixture(scope="session")
def tokenizers():
    """English and Chinese tokenizers, really trained on 220 lecture sentences: (Tokenizer, bytes of its file) a side."""
    pairs = lecture_pairs()[:220]
    return Tokenizer.train([pair[0] for pair in pairs], "en", 220, byte_fallback=False), Tokenizer.train(
        [p[1] for p in pairs], "zh", 100, byte_fallback=False
    )


@pytest.fixture(scope="session")
def write_folder(tokenizers):
    """write_folder(folder, model, languages): a model folder around those tokenizers, in either direction."""
    files = {"en": tokenizers[0][1], "zh": tokenizers[1][1]}

    def write(folder, model, languages=("en", "zh")):
        card = ModelCard(folder.name, *languages, model.config, sum(p.numel() for p in model.parameters()))
        sides = zip(("source.model", "target.model"), languages, strict=True)
        write_model(folder, card, model, {name: files[language] for name, language in sides})
        return folder

    return write


def train_with_bytes(sentences, language: str, vocab_size: int) -> tuple[Tokenizer, bytes]:
    """A tokenizer that spells in bytes what it has no piece for, and the bytes of its file."""
    file = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=file, model_type="bpe", vocab_size=vocab_size,
        normalization_rule_name="identity", byte_fallback=True, split_digits=True, character_coverage=1.0,
        add_dummy_prefix=language != "zh", hard_vocab_limit=False, num_threads=1, minloglevel=2,
        pad_id=PAD, unk_id=UNK, bos_id=BOS, eos_id=EOS,
        pad_piece=SPECIALS[PAD], unk_piece=SPECIALS[UNK], bos_piece=SPECIALS[BOS], eos_piece=SPECIALS[EOS],
    )  # fmt: skip
    processor = sentencepiece.SentencePieceProcessor(model_proto=file.getvalue())
    return Tokenizer(processor, language), file.getvalue()


@pytest.fixture(scope="session")
def byte_tokenizers():
    """English and Chinese tokenizers with byte fallback: (Tokenizer, bytes of its file) a side."""
    pairs = lecture_pairs()[:220]
    english = [f"{source} 12 dogs" for source, _ in pairs]
    return train_with_bytes(english, "en", 480), train_with_bytes([target for _, target in pairs], "zh", 400)


@pytest.fixture(scope="session")
def spelled_folder(tmp_path_factory, byte_tokenizers):
    """A model folder of random weights around those tokenizers."""
    (source, source_file), (target, target_file) = byte_tokenizers
    model = build(source_vocab=len(source), target_vocab=len(target), max_length=60)
    folder = tmp_path_factory.mktemp("models") / "spelled"
    card = ModelCard("spelled", "en", "zh", model.config, sum(p.numel() for p in model.parameters()))
    write_model(folder, card, model, {"source.model": source_file, "target.model": target_file})
    return folder


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory, tokenizers, write_folder):
    """A real model folder: random weights, trained tokenizers."""
    (source, _), (target, _) = tokenizers
    model = build(source_vocab=len(source), target_vocab=len(target))
    return write_folder(tmp_path_factory.mktemp("models") / "tiny", model)


@pytest.fixture(scope="session")
def tiny(tiny_model_folder):
    """The model of `tiny_model_folder`, loaded."""
    return core.load(tiny_model_folder, device="cpu")


@pytest.fixture
def aligned_folder(tiny_model_folder, tokenizers, tmp_path):
    """The tiny model's folder with an aligner learnt from the lecture's sentences."""
    (source, _), (target, _) = tokenizers
    path = tmp_path / "aligned"
    path.mkdir()
    for file in tiny_model_folder.iterdir():
        (path / file.name).write_bytes(file.read_bytes())
    pairs = encode_pairs(lecture_pairs(), source, target, 40)
    (path / ALIGNER).write_bytes(train_aligner(pairs, source, target).to_bytes())
    return path


@pytest.fixture(scope="session")
def load_shipped():
    """load_shipped(name): a shipped model on the CPU, loaded once for all tests, which only read it."""
    return functools.cache(lambda name: core.load(name, device="cpu"))


@pytest.fixture(scope="session")
def make_endless(tiny, write_folder, tmp_path_factory):
    """make_endless(max_length): a Translator whose model answers 杰瑞 at every step and never </s>."""

    def make(max_length: int = SIZES["max_length"]) -> core.Translator:
        sizes = {"source_vocab": tiny.config.source_vocab, "target_vocab": tiny.config.target_vocab}
        model = build(**sizes, max_length=max_length)
        norm = model.decoder[-1].norm_3
        norm.weight.zero_()
        norm.bias.copy_(100 * model.target_embedding.weight[tiny.target_tokenizer.index("杰瑞")])
        return core.load(write_folder(tmp_path_factory.mktemp("models") / "endless", model), device="cpu")

    return make


@pytest.fixture(scope="session")
def taught_pairs():
    """The sentences that `taught` knows by heart."""
    return lecture_pairs()[:16]


def teach(model: Model, encoded, steps: int, rate: float) -> None:
    """Train a model on these pairs, all at once at every step."""
    model.train().requires_grad_(True)
    source_ids, inputs, labels = tensors(encoded, range(len(encoded)))
    real = labels != PAD
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for _ in range(steps):
            optimizer.zero_grad()
            states = model(source_ids, inputs)[real]
            loss = smoothed_cross_entropy(states, model.target_embedding.weight, labels[real], 0.0) / real.sum()
            loss.backward()
            optimizer.step()


@pytest.fixture(scope="session")
def taught(tmp_path_factory, tokenizers, write_folder, taught_pairs):
    """A small model that was trained for some seconds on `taught_pairs`: its outputs are sentences and end in </s>."""
    (source, _), (target, _) = tokenizers
    model = build(source_vocab=len(source), target_vocab=len(target))
    teach(model, encode_pairs(taught_pairs, source, target, model.config.max_length), 120, 4e-3)
    return core.load(write_folder(tmp_path_factory.mktemp("models") / "taught", model), device="cpu")


@pytest.fixture
def stop_at(monkeypatch):
    """stop_at(step, error): the next training run dies of this error when it is about to take this step, once."""
    original = Trainer.train_step

    def stop(step: int, error: type[BaseException]) -> None:
        def train_step(self, batch):
            if self.step == step:
                monkeypatch.setattr(Trainer, "train_step", original)
                raise error("stopped by the test")
            return original(self, batch)

        monkeypatch.setattr(Trainer, "train_step", train_step)

    return stop


def weights(folder) -> bytes:
    """The weights that a training run wrote to a folder."""
    return (folder / "model.safetensors").read_bytes()

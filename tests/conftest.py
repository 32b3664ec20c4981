"""What all tests share: one CPU thread, and small real models."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: its threads read it when they start

import pytest
import torch

import core
from core.config import PAD, ModelConfig
from core.model import Transformer
from core.text import Tokenizer
from core.training.corpus import encode_pairs, tensors
from core.training.lecture import lecture_pairs
from core.training.objective import smoothed_cross_entropy
from core.zoo import ModelCard, write_model

torch.set_num_threads(1)

SIZES = {"d_model": 32, "n_heads": 4, "n_layers": 2, "d_ff": 64, "dropout": 0.1, "max_length": 40}


def build(seed: int = 0, **changes) -> Transformer:
    """A model with random weights, biases and norms included, ready to run."""
    config = ModelConfig(**{"source_vocab": 20, "target_vocab": 20, **SIZES, **changes})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Transformer(config)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() == 1:  # biases of 0 and gains of 1 would hide a mistake
                    parameter += 0.2 * torch.randn_like(parameter)
    return model.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def make_model():
    """`build`, as a fixture: make_model(seed, **changes of the config)."""
    return build


@pytest.fixture(scope="session")
def tokenizers():
    """English and Chinese tokenizers, really trained on 220 lecture sentences: (Tokenizer, bytes of its file) a side."""
    pairs = lecture_pairs()[:220]
    return Tokenizer.train([pair[0] for pair in pairs], "en", 220), Tokenizer.train([p[1] for p in pairs], "zh", 100)


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


@pytest.fixture(scope="session")
def taught_pairs():
    """The sentences that `taught` knows by heart."""
    return lecture_pairs()[:16]


@pytest.fixture(scope="session")
def taught(tmp_path_factory, tokenizers, write_folder, taught_pairs):
    """A small model that was trained for some seconds on `taught_pairs`: its outputs are sentences and end in </s>."""
    (source, _), (target, _) = tokenizers
    model = build(source_vocab=len(source), target_vocab=len(target)).train().requires_grad_(True)
    encoded = encode_pairs(taught_pairs, source, target, model.config.max_length)
    source_ids, inputs, labels = tensors(encoded, range(len(encoded)))
    real = labels != PAD
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for _ in range(120):
            optimizer.zero_grad()
            states = model(source_ids, inputs)[real]
            loss = smoothed_cross_entropy(states, model.target_embedding.weight, labels[real], 0.0) / real.sum()
            loss.backward()
            optimizer.step()
    return core.load(write_folder(tmp_path_factory.mktemp("models") / "taught", model), device="cpu")

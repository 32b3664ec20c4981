"""Small models as others keep them: Hugging Face's Marian and CTranslate2, with random weights and real vocabularies."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import torch

from core.training.lecture import lecture_pairs


@dataclass(frozen=True)
class Original:
    """A foreign model in a folder, and itself."""

    folder: Path
    model: Any  # transformers.MarianMTModel
    tokens: list[str]  # its vocabulary, in the order of its rows
    source: sentencepiece.SentencePieceProcessor

    def ids(self, text: str) -> list[int]:
        """What the original reads: pieces of its own SentencePiece model, looked up in its own vocabulary, and </s>."""
        places = {token: i for i, token in enumerate(self.tokens)}
        pieces = self.source.encode(text, out_type=str)
        return [*(places.get(piece, places["<unk>"]) for piece in pieces), places["</s>"]]


def train_unigram(sentences: list[str], size: int) -> bytes:
    """A SentencePiece model as OPUS-MT has them: unigram, with its default normalizer, <unk> <s> </s> first."""
    file = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=file, model_type="unigram", vocab_size=size,
        hard_vocab_limit=False, character_coverage=0.98, num_threads=1, minloglevel=2,
    )  # fmt: skip
    return file.getvalue()


@pytest.fixture(scope="session")
def spms() -> tuple[bytes, bytes]:
    pairs = lecture_pairs()[:220]
    # The target's sentences also hold some of the source's words, as real joint vocabularies do, and 😀, which only the
    # target's SentencePiece knows.
    return train_unigram([p[0] for p in pairs], 200), train_unigram(
        [p[1] for p in pairs] + ["Tom 😀 Jerry 😀 and Tom 😀"] * 20, 160
    )


@pytest.fixture(scope="session")
def make_marian(tmp_path_factory, spms):
    """make_marian(name, safe=True, **changes of MarianConfig) -> Original"""

    def make(name: str = "opus", safe: bool = True, seed: int = 0, **changes) -> Original:
        from transformers import MarianConfig, MarianMTModel

        folder = tmp_path_factory.mktemp("foreign") / name
        folder.mkdir()
        sides = [sentencepiece.SentencePieceProcessor(model_proto=content) for content in spms]
        pieces = [side.id_to_piece(i) for side in sides for i in range(side.get_piece_size())]
        left_out = {"<unk>", "<s>", "</s>", *pieces[40:43]}  # three pieces that the model has never seen
        joint = [piece for piece in dict.fromkeys(pieces[::-1]) if piece not in left_out]
        tokens = ["</s>", "<unk>", *joint, "<pad>"]
        pad = len(tokens) - 1
        options = {
            "vocab_size": len(tokens), "d_model": 32, "encoder_layers": 2, "decoder_layers": 2,
            "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48,
            "max_position_embeddings": 64, "activation_function": "swish", "scale_embedding": True, "pad_token_id": pad,
            "eos_token_id": 0, "decoder_start_token_id": pad, "forced_eos_token_id": None, "init_std": 0.5,
        }  # fmt: skip
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            config = MarianConfig(**{**options, **changes}, attn_implementation="eager")
            model = MarianMTModel(config).eval().requires_grad_(False)
            for _, parameter in model.named_parameters():
                if parameter.dim() == 1:  # biases of 0 and gains of 1 would hide a mistake
                    parameter += 0.2 * torch.randn_like(parameter)
            for table in {
                id(table): table for table in (model.get_input_embeddings(), model.get_decoder().embed_tokens)
            }.values():
                table.weight *= 0.3  # large vectors would make every piece predict itself
            model.final_logits_bias += torch.randn_like(model.final_logits_bias)
            model.final_logits_bias[0, 0] -= 3.0  # no early end
        model.generation_config.bad_words_ids = [[pad]]
        model.save_pretrained(folder)
        if not safe:
            (folder / "model.safetensors").unlink()
            torch.save(model.state_dict(), folder / "pytorch_model.bin")
        (folder / "source.spm").write_bytes(spms[0])
        (folder / "target.spm").write_bytes(spms[1])
        (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}), encoding="utf-8")
        settings = {"tokenizer_class": "MarianTokenizer", "source_lang": "eng", "target_lang": "zho"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
        return Original(folder, model, tokens, sides[0])

    return make


@pytest.fixture(scope="session")
def marian(make_marian) -> Original:
    return make_marian()


@pytest.fixture(scope="session")
def make_argos(tmp_path_factory, marian):
    """make_argos(quantization) -> the folder of an Argos package, converted from `marian` by CTranslate2"""

    def make(quantization: str | None = None) -> Path:
        from ctranslate2.converters import TransformersConverter

        folder = tmp_path_factory.mktemp("argos") / "translate-en_zh"
        folder.mkdir()
        TransformersConverter(str(marian.folder)).convert(str(folder / "model"), quantization=quantization)
        shutil.copy(marian.folder / "source.spm", folder / "sentencepiece.model")
        codes = {"from_code": "en", "to_code": "zh"}
        (folder / "metadata.json").write_text(json.dumps(codes), encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def argos(make_argos) -> Path:
    return make_argos("int8")


@pytest.fixture(scope="session")
def zip_folder():
    """zip_folder(folder, archive): an Argos package of a folder, its name inside"""

    def zip_it(folder: Path, archive: Path) -> Path:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(folder.rglob("*")):
                file.write(path, path.relative_to(folder.parent))
        return archive

    return zip_it

"""Tiny random models of `transformers` with tokenizers made on the spot: one of each family, without a network."""

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import sentencepiece
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

MODELS = Path(__file__).parents[1] / "assets" / "models" / "shared"
SPM = MODELS / "en-f6248c551214.model"
SENTENCES = (
    "Tom chases Jerry.",
    "The animal didn't cross the street because it was too tired.",
    "It is 42 °C in Köln.",
    "猫在睡觉。",
)
SHORT = {"max_position_embeddings": 64, "dropout": 0.3, "attention_dropout": 0.2, "activation_dropout": 0.1}
SIZES = {
    "d_model": 24, "encoder_layers": 2, "decoder_layers": 3, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, **SHORT,
}  # fmt: skip


@cache
def pieces() -> tuple[str, ...]:
    """The pieces of a shipped SentencePiece model, as a part of them: those that the sentences need, and some more."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(SPM))
    needed = [piece for text in SENTENCES for piece in processor.encode(text, out_type=str)]
    more = [processor.id_to_piece(i) for i in range(260, 560)]
    return tuple(dict.fromkeys(piece for piece in (*needed, *more) if not piece.startswith("<")))


@cache
def folder() -> Path:
    path = Path(mkdtemp(prefix="hosted-"))
    vocabulary = {piece: i for i, piece in enumerate(("</s>", "<unk>", *pieces(), "<pad>"))}
    (path / "marian.json").write_text(json.dumps(vocabulary))
    vocabulary = {piece: i for i, piece in enumerate(("<s>", "<pad>", "</s>", "<unk>", *pieces()))}
    (path / "m2m.json").write_text(json.dumps(vocabulary))
    return path


def unigram(*specials: str) -> list[tuple[str, float]]:
    return [*((special, 0.0) for special in specials), *((piece, -1.0 - i / 100) for i, piece in enumerate(pieces()))]


def trained(model, trainer, **parts) -> Tokenizer:
    tokenizer = Tokenizer(model)
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    tokenizer.train_from_iterator(SENTENCES[:3] * 2, trainer)
    return tokenizer


@cache
def byte_level() -> Tokenizer:
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer = trained(
        models.BPE(),
        trainer,
        pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=False),
        decoder=decoders.ByteLevel(),
    )
    return tokenizer


def fast(tokenizer: Tokenizer, **specials: str):
    copy = Tokenizer.from_str(tokenizer.to_str())
    return transformers.PreTrainedTokenizerFast(tokenizer_object=copy, **specials)


def marian():
    path = folder()
    tokenizer = transformers.MarianTokenizer(
        str(SPM), str(SPM), str(path / "marian.json"), source_lang="en", target_lang="zh"
    )
    config = transformers.MarianConfig(
        vocab_size=len(tokenizer), pad_token_id=len(tokenizer) - 1, decoder_start_token_id=len(tokenizer) - 1,
        eos_token_id=0, forced_eos_token_id=0, **SIZES,
    )  # fmt: skip
    return transformers.MarianMTModel(config), tokenizer


def t5():
    tokenizer = transformers.T5Tokenizer(vocab=unigram("<pad>", "</s>", "<unk>"), extra_ids=2)
    config = transformers.T5Config(
        vocab_size=len(tokenizer) + 3, d_model=24, d_kv=8, d_ff=32, num_layers=3, num_decoder_layers=2, num_heads=4,
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, dropout_rate=0.3,
    )  # fmt: skip
    config.task_specific_params = {"translation_en_to_zh": {"prefix": "translate English to Chinese: "}}
    return transformers.T5ForConditionalGeneration(config), tokenizer


def bart():
    tokenizer = byte_level()
    tokenizer = Tokenizer.from_str(tokenizer.to_str())
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer = fast(tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>")
    config = transformers.BartConfig(
        vocab_size=len(tokenizer), pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2,
        forced_bos_token_id=0, forced_eos_token_id=2, **SIZES,
    )  # fmt: skip
    return transformers.BartForConditionalGeneration(config), tokenizer


def mbart50():
    tokenizer = transformers.MBart50Tokenizer(
        vocab=unigram("<s>", "<pad>", "</s>", "<unk>"), src_lang="ro_RO", tgt_lang="fr_XX"
    )
    config = transformers.MBartConfig(
        vocab_size=len(tokenizer), pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2,
        forced_eos_token_id=2, **SIZES,
    )  # fmt: skip
    return transformers.MBartForConditionalGeneration(config), tokenizer


def mbart25():
    tokenizer = transformers.MBartTokenizer(
        vocab=unigram("<s>", "<pad>", "</s>", "<unk>"), src_lang="ro_RO", tgt_lang="fr_XX"
    )
    config = transformers.MBartConfig(
        vocab_size=len(tokenizer), pad_token_id=1, bos_token_id=0, eos_token_id=2, forced_eos_token_id=2, **SIZES
    )
    return transformers.MBartForConditionalGeneration(config), tokenizer


def m2m100():
    tokenizer = transformers.M2M100Tokenizer(str(folder() / "m2m.json"), str(SPM), src_lang="fr", tgt_lang="de")
    config = transformers.M2M100Config(
        vocab_size=len(pieces()) + 112,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=2,
        **SIZES,
    )
    return transformers.M2M100ForConditionalGeneration(config), tokenizer


def nllb():
    vocabulary = {
        piece: i
        for i, piece in enumerate(
            ("<s>", "<pad>", "</s>", "<unk>", *dict.fromkeys("▁" + "".join(SENTENCES[:3]).replace(" ", "")))
        )
    }
    tokenizer = transformers.NllbTokenizer(vocab=vocabulary, merges=[], src_lang="fra_Latn", tgt_lang="deu_Latn")
    config = transformers.M2M100Config(
        vocab_size=len(tokenizer), pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2,
        **SIZES | {"max_position_embeddings": 128},
    )  # fmt: skip
    return transformers.M2M100ForConditionalGeneration(config), tokenizer


def word_piece():
    trainer = trainers.WordPieceTrainer(
        vocab_size=120, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False
    )
    tokenizer = trained(
        models.WordPiece(unk_token="[UNK]"), trainer, normalizer=normalizers.BertNormalizer(lowercase=True),
        pre_tokenizer=pre_tokenizers.BertPreTokenizer(), decoder=decoders.WordPiece(),
    )  # fmt: skip
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return fast(
        tokenizer, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]"
    )


BERT = {
    "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 32,
    "max_position_embeddings": 64, "hidden_dropout_prob": 0.3, "attention_probs_dropout_prob": 0.2,
}  # fmt: skip


def bert(head: bool = True):
    tokenizer = word_piece()
    config = transformers.BertConfig(vocab_size=len(tokenizer), **BERT)
    return (transformers.BertForMaskedLM if head else transformers.BertModel)(config), tokenizer


def bert_to_bert():
    tokenizer = word_piece()
    sides = [transformers.BertConfig(vocab_size=len(tokenizer), **BERT) for _ in range(2)]
    config = transformers.EncoderDecoderConfig.from_encoder_decoder_configs(*sides)
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 2, 0, 3
    model = transformers.EncoderDecoderModel(config)
    model.generation_config.update(decoder_start_token_id=2, pad_token_id=0, eos_token_id=3)
    return model, tokenizer


def gpt2(head: bool = True):
    tokenizer = fast(byte_level(), bos_token="</s>", eos_token="</s>", unk_token="</s>")
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer), n_embd=24, n_layer=3, n_head=4, n_positions=64, bos_token_id=2, eos_token_id=2
    )
    return (transformers.GPT2LMHeadModel if head else transformers.GPT2Model)(config), tokenizer


SEQ2SEQ = {function.__name__: function for function in (marian, t5, bart, mbart50, mbart25, m2m100, nllb, bert_to_bert)}
LANGUAGES = {"bert_to_bert": ("und", "und"), "bart": ("en", "und")}


@cache
def made(name: str):
    """A model with its tokenizer; its weights are larger than usual, so that outputs vary. It is left as it was."""
    torch.manual_seed(0)
    model, tokenizer = {**SEQ2SEQ, "bert": bert, "gpt2": gpt2}[name]()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.25)
    if getattr(model, "generation_config", None) is not None:
        model.generation_config.no_repeat_ngram_size = 2  # so that outputs vary more
    if name == "bart":
        model.generation_config.forced_bos_token_id = 0
    return model.train(), tokenizer

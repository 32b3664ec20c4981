"""Languages of multilingual models of `transformers`: codes, first tokens, and the tokenizer left as it was."""

import pytest

import core
from core.adapters.languages import find_code
from core.errors import OptionError
from tests.hosted import made
from tests.unit.test_hugging_face import TEXT, hosting


def test_languages_of_a_multilingual_tokenizer_are_set_back():
    for name, source, target in (
        ("mbart50", "ro_RO", "fr_XX"),
        ("m2m100", "fr", "de"),
        ("nllb", "fra_Latn", "deu_Latn"),
    ):
        _, tokenizer = made(name)
        hosting(name).translate(TEXT, target="Tom", max_new_tokens=2)
        assert (tokenizer.src_lang, tokenizer.tgt_lang) == (source, target)
        assert tokenizer("a")["input_ids"] == tokenizer("a")["input_ids"]


def test_one_language_can_be_given_alone():
    model, tokenizer = made("mbart50")
    assert (
        core.hugging_face(model, tokenizer, target="fr").translate(TEXT, max_new_tokens=2).output_pieces[0] == "fr_XX"
    )
    assert (
        core.hugging_face(model, tokenizer, source="de").translate(TEXT, max_new_tokens=2).source_pieces[0] == "de_DE"
    )
    assert (tokenizer.src_lang, tokenizer.tgt_lang) == ("ro_RO", "fr_XX")


def test_codes_of_languages_are_found():
    tokenizers = {name: made(name)[1] for name in ("mbart50", "m2m100", "nllb", "marian")}
    assert find_code(tokenizers["mbart50"], "zh", "target") == "zh_CN"
    assert find_code(tokenizers["nllb"], "zh", "target") == "zho_Hans"
    assert find_code(tokenizers["nllb"], "zho_Hant", "target") == "zho_Hant"
    assert find_code(tokenizers["m2m100"], "zh", "target") == "zh"
    assert find_code(tokenizers["marian"], "zh", "target") is None
    for language in ("tlh", "Chinese", ""):
        with pytest.raises(OptionError, match=r"target = .*choose one of"):
            find_code(tokenizers["mbart50"], language, "target")


def test_a_given_text_is_written_as_generate_would():
    expected = {
        "marian": ("▁Tom", "</s>"), "t5": ("▁Tom", "</s>"), "bart": ("<s>", "Tom", "</s>"), "mbart50": ("zh_CN", "▁Tom", "</s>"),
        "mbart25": ("▁Tom", "</s>"), "m2m100": ("__zh__", "▁Tom", "</s>"),
    }  # fmt: skip
    starts = {"marian": "<pad>", "t5": "<pad>", "mbart25": "zh_CN"}
    for name, pieces in expected.items():
        trace = hosting(name).translate(TEXT, target="Tom")
        assert trace.output_pieces == pieces, name
        assert trace.input_pieces == (starts.get(name, "</s>"), *pieces[:-1]), name
        assert trace.text == "Tom"
        assert trace.finished
    assert hosting("nllb").translate(TEXT, target="Tom").output_pieces == ("zho_Hans", "▁", "T", "o", "m", "</s>")
    assert hosting("bert_to_bert").translate(TEXT, target="Tom").output_pieces[-1] == "[SEP]"

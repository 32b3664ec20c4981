"""How good a model is: perplexity, translations of many sentences at once, and their scores."""

import math

import pytest
import torch

from core.config import BOS, EOS
from core.training.evaluate import perplexity, scores, translate_all


def test_perplexity_is_the_exponential_of_the_mean_cross_entropy(make_model):
    model = make_model()
    pairs = [([5, 6, EOS], [7, 8, EOS]), ([5, EOS], [9, EOS]), ([4, 4, 4, EOS], [4, 5, 6, 7, EOS])]
    total, count = 0.0, 0
    for source, target in pairs:
        states = model(torch.tensor([source]), torch.tensor([[BOS, *target[:-1]]]))
        log_probabilities = model.logits(states)[0].log_softmax(-1)
        total -= sum(float(log_probabilities[t, index]) for t, index in enumerate(target))
        count += len(target)
    assert perplexity(model, pairs, torch.device("cpu"), tokens=8) == pytest.approx(math.exp(total / count), rel=1e-5)


@pytest.mark.parametrize("beam_size", [1, 3])
def test_all_translations_come_back_in_order(taught, taught_pairs, beam_size):
    sentences = [pair[0] for pair in taught_pairs]
    outputs = translate_all(
        taught.model, sentences, taught.source_tokenizer, taught.target_tokenizer, taught.device, beam_size
    )
    strategy = {"strategy": "greedy"} if beam_size == 1 else {"strategy": "beam", "beam_size": beam_size}
    assert outputs == [taught.translate(sentence, **strategy).text for sentence in sentences]


@pytest.mark.parametrize("beam_size", [1, 2])
def test_a_translation_to_be_measured_when_it_does_not_end_is_50_pieces_longer_than_the_source(make_endless, beam_size):
    """Section 6.1 of the paper: what is measured is what `translate` writes."""
    endless = make_endless(max_length=100)
    sentence = "Tom chases Jerry."
    tokenizers = endless.source_tokenizer, endless.target_tokenizer
    (output,) = translate_all(endless.model, [sentence], *tokenizers, endless.device, beam_size)
    assert output == "杰瑞" * (len(endless.encode(sentence)[0]) + 50)


def test_a_perfect_translation_scores_100():
    references = ["汤姆追逐杰瑞。", "我认识杰瑞。"]
    assert scores(references, references, "zh") == {"bleu": 100.0, "chrf": 100.0}
    worse = scores(["汤姆追逐猫。", "我爱杰瑞。"], references, "zh")
    assert 0 < worse["bleu"] < 100
    assert 0 < worse["chrf"] < 100

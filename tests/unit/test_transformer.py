"""The whole model: against torch.nn.Transformer, its cache against one pass, and what it must not do."""

import math
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core.config import BOS, EOS, NEVER, PAD, ModelConfig
from core.model import Transformer, causal_mask, sinusoid
from core.translator import Translator

close = torch.testing.assert_close

SOURCE = torch.tensor([[5, 9, 4, 17, 6, 3], [8, 12, 3, PAD, PAD, PAD], [7, 3, PAD, PAD, PAD, PAD]])
TARGET = torch.tensor([[2, 6, 7, 8, 19, 11, 4], [2, 10, 5, 6, PAD, PAD, PAD], [2, 4, 4, 13, 5, PAD, PAD]])
OPTIONS = {
    "activation": "swish", "sinusoid": "halves", "shared_embedding": True, "logits_bias": True, "scale_embedding": False,
    "norm_epsilon": 1e-3,
}  # fmt: skip
"""All that other Transformers do otherwise than the paper's."""
SHAPES = [{}, {"n_heads": 1}, {"d_model": 33, "n_heads": 3, "n_layers": 1}, {"n_layers": 3, "d_ff": 8}, OPTIONS]


def run(model: Transformer, source: torch.Tensor, target: torch.Tensor) -> tuple:
    """One traced pass -> memory, encoder self-attention, states, decoder self-attention, cross-attention"""
    memory, encoder_self = model.encode(source, traced=True)
    states, _, decoder_self, cross = model.decode(target, *model.start(memory, source), traced=True)
    return memory, encoder_self, states, decoder_self, cross


# Against torch.nn.Transformer


def copy_attention(ours, theirs: nn.MultiheadAttention) -> None:
    theirs.in_proj_weight.copy_(torch.cat([ours.w_q.weight, ours.w_k.weight, ours.w_v.weight]))
    theirs.in_proj_bias.copy_(torch.cat([ours.w_q.bias, ours.w_k.bias, ours.w_v.bias]))
    theirs.out_proj.load_state_dict(ours.w_o.state_dict())


def torch_twin(model: Transformer) -> nn.Transformer:
    """torch.nn.Transformer with the same weights. The paper has no LayerNorm after the stacks, so neither has this."""
    config = model.config
    activation = {"relu": F.relu, "swish": F.silu, "gelu": F.gelu}[config.activation]
    options = {"dropout": 0.0, "activation": activation, "batch_first": True, "norm_first": False}
    options["layer_norm_eps"] = config.norm_epsilon
    encoder_layer = nn.TransformerEncoderLayer(config.d_model, config.n_heads, config.d_ff, **options)
    decoder_layer = nn.TransformerDecoderLayer(config.d_model, config.n_heads, config.d_ff, **options)
    twin = nn.Transformer(
        config.d_model,
        config.n_heads,
        custom_encoder=nn.TransformerEncoder(encoder_layer, config.n_layers, enable_nested_tensor=False),
        custom_decoder=nn.TransformerDecoder(decoder_layer, config.n_layers),
        batch_first=True,
    )
    twin = twin.eval().requires_grad_(False)
    for ours, theirs in zip(
        [*model.encoder, *model.decoder], [*twin.encoder.layers, *twin.decoder.layers], strict=True
    ):
        copy_attention(ours.self_attention, theirs.self_attn)
        theirs.linear1.load_state_dict(ours.feed_forward.w_1.state_dict())
        theirs.linear2.load_state_dict(ours.feed_forward.w_2.state_dict())
        theirs.norm1.load_state_dict(ours.norm_1.state_dict())
        theirs.norm2.load_state_dict(ours.norm_2.state_dict())
        if hasattr(ours, "cross_attention"):
            copy_attention(ours.cross_attention, theirs.multihead_attn)
            theirs.norm3.load_state_dict(ours.norm_3.state_dict())
    return twin


@pytest.mark.parametrize("shape", [*SHAPES, {"activation": "gelu"}], ids=str)
@pytest.mark.parametrize("traced", [False, True], ids=["fused", "traced"])
def test_encoder_and_decoder_equal_torchs_with_padding_and_causal_masks(make_model, shape, traced):
    model = make_model(**shape)
    width, (batch, length) = model.config.d_model, TARGET.shape

    def embed(table, ids):
        scale = math.sqrt(width) if model.config.scale_embedding else 1
        return table.weight[ids] * scale + sinusoid(ids.size(1), width, layout=model.config.sinusoid)

    twin, hidden = torch_twin(model), SOURCE == PAD
    expected_memory = twin.encoder(embed(model.source_embedding, SOURCE), src_key_padding_mask=hidden)
    expected = twin(
        embed(model.source_embedding, SOURCE),
        embed(model.target_embedding, TARGET),
        src_key_padding_mask=hidden,
        memory_key_padding_mask=hidden,
        tgt_mask=~causal_mask(length),
    )
    if traced:
        memory, _, states, _, _ = run(model, SOURCE, TARGET)
    else:
        memory, states = model.encode(SOURCE)[0], model(SOURCE, TARGET)
    close(memory[~hidden], expected_memory[~hidden], rtol=0, atol=1e-5)
    assert states.shape == (batch, length, width)
    close(states, expected, rtol=0, atol=1e-5)


def test_the_weights_of_every_layer_and_head_equal_torchs(make_model):
    """Layer by layer, each fed with what goes into ours."""
    model = make_model()
    twin = torch_twin(model)
    _, encoder_self, _, decoder_self, cross = run(model, SOURCE, TARGET)
    x, hidden = model.embed(model.source_embedding, SOURCE), SOURCE == PAD
    for i, layer in enumerate(twin.encoder.layers):
        _, weights = layer.self_attn(x, x, x, key_padding_mask=hidden, average_attn_weights=False)
        close(encoder_self[:, i], weights, rtol=0, atol=1e-5)
        x, _ = model.encoder[i](x, ~hidden[:, None, None], traced=False)
    memory, y = x, model.embed(model.target_embedding, TARGET)
    for i, layer in enumerate(twin.decoder.layers):
        attended, weights = layer.self_attn(y, y, y, attn_mask=~causal_mask(TARGET.size(1)), average_attn_weights=False)
        close(decoder_self[:, i], weights, rtol=0, atol=1e-5)
        query = layer.norm1(y + attended)
        _, weights = layer.multihead_attn(query, memory, memory, key_padding_mask=hidden, average_attn_weights=False)
        close(cross[:, i], weights, rtol=0, atol=1e-5)
        y = layer(y, memory, tgt_mask=~causal_mask(TARGET.size(1)), memory_key_padding_mask=hidden)


# One pass, traced or fused or step by step


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_traced_pass_gives_the_states_of_the_fused_one(make_model, shape):
    model = make_model(**shape)
    memory, _, states, _, _ = run(model, SOURCE, TARGET)
    close(model.encode(SOURCE)[0], memory, rtol=0, atol=1e-5)
    close(model(SOURCE, TARGET), states, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("pieces", [1, 2, 3], ids="{} at a time".format)
def test_decoding_with_the_cache_equals_one_pass_in_states_and_all_weights(make_model, shape, pieces):
    model = make_model(**shape)
    memory, _, states, decoder_self, cross = run(model, SOURCE, TARGET)
    keys, mask = model.start(memory, SOURCE)
    cache = None
    for t in range(0, TARGET.size(1), pieces):
        new = slice(t, t + pieces)
        some, cache, self_rows, cross_rows = model.decode(TARGET[:, new], keys, mask, traced=True, cache=cache)
        seen = min(t + pieces, TARGET.size(1))
        assert cache.length == seen
        close(some, states[:, new], rtol=0, atol=1e-5)
        close(self_rows, decoder_self[:, :, :, new, :seen], rtol=0, atol=1e-5)
        close(cross_rows, cross[:, :, :, new], rtol=0, atol=1e-5)


def test_a_reordered_cache_goes_on_from_the_chosen_rows(make_model):
    model = make_model()
    states = model(SOURCE, TARGET)
    keys, mask = model.start(model.encode(SOURCE)[0], SOURCE)
    _, cache, _, _ = model.decode(TARGET[:, :3], keys, mask)
    rows = torch.tensor([2, 0, 2])
    keys = tuple(type(kv)(kv.key[rows], kv.value[rows]) for kv in keys)
    some, _, _, _ = model.decode(TARGET[rows, 3:4], keys, mask[rows], cache=cache.reorder(rows))
    close(some, states[rows, 3:4], rtol=0, atol=1e-5)


# Masks inside the model


def test_every_row_of_weights_sums_to_1_and_hidden_cells_are_exactly_0(make_model):
    _, encoder_self, _, decoder_self, cross = run(make_model(), SOURCE, TARGET)
    for weights in (encoder_self, decoder_self, cross):
        close(weights.sum(-1), torch.ones(weights.shape[:-1]), rtol=0, atol=1e-5)
    assert (decoder_self[..., ~causal_mask(TARGET.size(1))] == 0).all()
    for row, hidden in enumerate(SOURCE == PAD):
        assert (encoder_self[row][..., hidden] == 0).all()
        assert (cross[row][..., hidden] == 0).all()
        assert (cross[row][..., ~hidden] > 0).all()


def test_a_future_target_piece_changes_nothing_before_it(make_model):
    model = make_model()
    _, _, states, decoder_self, cross = run(model, SOURCE, TARGET)
    for t in range(1, TARGET.size(1)):
        changed = TARGET.clone()
        changed[:, t:] = 15
        _, _, other, other_self, other_cross = run(model, SOURCE, changed)
        close(other[:, :t], states[:, :t], rtol=0, atol=1e-6)
        close(other_self[:, :, :, :t], decoder_self[:, :, :, :t], rtol=0, atol=1e-6)
        close(other_cross[:, :, :, :t], cross[:, :, :, :t], rtol=0, atol=1e-6)
        assert (other[:, t] - states[:, t]).abs().max() > 1e-3  # but it does change its own row


def test_what_stands_in_the_sources_padding_changes_nothing(make_model):
    """Padding's embedding is made huge: every real position, and all of the target, stays as it was."""
    model, real = make_model(), SOURCE != PAD
    before = run(model, SOURCE, TARGET[:, :4])
    model.source_embedding.weight[PAD] = 1e3
    after = run(model, SOURCE, TARGET[:, :4])
    assert not torch.allclose(before[0][~real], after[0][~real])
    close(after[0][real], before[0][real], rtol=0, atol=1e-6)
    close(after[2], before[2], rtol=0, atol=1e-6)
    close(after[4], before[4], rtol=0, atol=1e-6)


def test_more_padding_changes_nothing(make_model):
    model = make_model()
    longer = F.pad(SOURCE, (0, 5), value=PAD)
    close(model(longer, TARGET), model(SOURCE, TARGET), rtol=0, atol=1e-5)


def test_a_row_of_a_padded_batch_equals_the_row_alone(make_model):
    model = make_model()
    together = model(SOURCE, TARGET)
    for row in range(len(SOURCE)):
        source, target = (ids[row : row + 1, : int((ids[row] != PAD).sum())] for ids in (SOURCE, TARGET))
        close(together[row : row + 1, : target.size(1)], model(source, target), rtol=0, atol=1e-5)


def test_the_sources_padding_is_not_the_targets(make_model):
    """A source of one piece and five of padding: the target still sees all of its own pieces."""
    source, target = torch.tensor([[3, PAD, PAD, PAD, PAD, PAD]]), torch.tensor([[2, 6, 7, 8, 9, 10]])
    _, _, _, decoder_self, cross = run(make_model(), source, target)
    assert (decoder_self[..., causal_mask(6)] > 0).all()
    assert (cross[..., 0] == 1).all()


def test_a_source_of_padding_only_gives_no_nan(make_model):
    source = torch.full((1, 4), PAD)
    memory, encoder_self, states, _, cross = run(make_model(), source, TARGET[:1])
    assert not torch.isnan(memory).any()
    assert not torch.isnan(states).any()
    assert (encoder_self == 0).all()
    assert (cross == 0).all()
    close(make_model()(source, TARGET[:1]), states, rtol=0, atol=1e-5)


# Embeddings


def test_embeddings_are_multiplied_by_the_root_of_d_model_before_positions_are_added(make_model):
    model = make_model()
    expected = model.source_embedding.weight[SOURCE] * math.sqrt(32) + sinusoid(6, 32)
    close(model.embed(model.source_embedding, SOURCE), expected)
    close(model.embed(model.source_embedding, SOURCE[:, 2:], start=2), expected[:, 2:])


def test_the_target_embedding_is_the_projection_to_the_vocabulary(make_model):
    model, states = make_model(target_vocab=23), torch.randn(2, 32)
    close(model.logits(states), states @ model.target_embedding.weight.T)
    assert [name for name, p in model.named_parameters() if 23 in p.shape] == ["target_embedding.weight"]


def test_a_shared_embedding_is_one_matrix_for_source_target_and_projection(make_model):
    model = make_model(shared_embedding=True, source_vocab=23, target_vocab=23)
    assert model.source_embedding is model.target_embedding
    assert [name for name, p in model.named_parameters() if 23 in p.shape] == ["source_embedding.weight"]


def test_the_bias_of_the_logits_is_added_and_can_keep_a_piece_from_being_written(make_model):
    model, states = make_model(logits_bias=True, target_vocab=23), torch.randn(2, 32)
    close(model.logits(states), states @ model.target_embedding.weight.T + model.logits_bias)
    model.logits_bias[5] = NEVER
    log_probabilities = model.logits(states).log_softmax(-1)
    assert (log_probabilities[:, 5].exp() == 0).all()
    assert log_probabilities.isfinite().all()


def test_positions_are_no_weights(make_model):
    model = make_model()
    assert not any("position" in name for name in model.state_dict())
    close(model.positions, sinusoid(model.config.max_length, model.config.d_model))


def test_source_and_target_have_vocabularies_of_their_own():
    model = Transformer(ModelConfig(source_vocab=11, target_vocab=17, d_model=8, n_heads=2, n_layers=1, d_ff=8))
    states = model(torch.tensor([[10, EOS]]), torch.tensor([[BOS, 16]]))
    assert model.logits(states).shape == (1, 2, 17)


def test_dropout_acts_in_training_and_not_in_evaluation(make_model):
    model = make_model(dropout=0.5)
    assert torch.equal(model(SOURCE, TARGET), model(SOURCE, TARGET))
    model.train()
    assert not torch.allclose(model(SOURCE, TARGET), model(SOURCE, TARGET))


# Shared by all visitors


def contents(model: nn.Module) -> dict:
    """Everything that hangs on any module: attributes by identity, tensors also by version and content."""
    found = {}
    for name, module in model.named_modules():
        for key, value in vars(module).items():
            found[name, key] = id(value)
            if isinstance(value, dict):
                found.update({(name, key, inner): id(entry) for inner, entry in value.items()})
        for key, tensor in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            found[name, key, "tensor"] = (tensor._version, tensor.double().sum().item())
    return found


def test_nothing_is_stored_on_any_module_by_a_forward_pass(make_model):
    model = make_model()
    before = contents(model)
    model(SOURCE, TARGET)
    run(model, SOURCE, TARGET)
    assert contents(model) == before


def test_nothing_is_stored_on_any_module_by_translating(tiny):
    before, attributes = contents(tiny.model), dict(vars(tiny))
    tiny.translate("Tom chases Jerry.")
    tiny.translate("Tom chases Jerry.", strategy="beam")
    tiny.translate("Tom chases Jerry.", target="汤姆追逐杰瑞。")
    list(tiny.steps("Tom chases Jerry."))
    assert contents(tiny.model) == before
    assert vars(tiny) == attributes


def test_eight_threads_with_different_sentences_get_the_traces_they_get_alone(taught: Translator, taught_pairs):
    sentences = [pair[0] for pair in taught_pairs[:8]]
    alone = [taught.translate(sentence) for sentence in sentences]
    assert len({trace.text for trace in alone}) > 4
    barrier = Barrier(8, timeout=30)

    def visit(sentence):
        barrier.wait()
        return [taught.translate(sentence) for _ in range(3)], list(taught.steps(sentence))

    with ThreadPoolExecutor(8) as pool:
        for (traces, steps), expected in zip(pool.map(visit, sentences), alone, strict=True):
            assert traces == [expected] * 3
            assert [step.piece for step in steps] == list(expected.output_pieces)

"""What positions are made of and what they do, against formulas, the paper's numbers and the models."""

import math

import numpy as np
import pytest

from core.analysis.positions import (
    FourTerms,
    cosines,
    directions,
    encoding,
    four_terms,
    interleaved,
    norms,
    one_hot_equivalence,
    products,
    rotation,
    shifted,
    similarity,
    sinusoid_tensor2tensor,
    spreads,
    wavelengths,
    wavelengths_tensor2tensor,
    waves,
)
from core.errors import OptionError
from core.intervention import Intervention
from core.model import sinusoid

SENTENCE = "The cat sleeps under the table."
SHIPPED = ("en-zh", "en-zh-1head")


@pytest.fixture(scope="module", params=SHIPPED)
def shipped(request, load_shipped):
    return load_shipped(request.param)


# --- The formula


def test_the_encoding_is_the_models(load_shipped):
    assert np.array_equal(encoding(70, 48), sinusoid(70, 48).numpy())
    model = load_shipped("en-zh").model
    expected = encoding(model.config.max_length, model.config.d_model)
    assert np.array_equal(model.positions.numpy(), expected)
    paper = [0.84147098, 0.82185619, 0.80196180, 0.78188711, 0.76172041]
    np.testing.assert_allclose(encoding(2, 512)[1, 0:10:2], paper, rtol=0, atol=1e-7)


@pytest.mark.parametrize("d_model", [2, 7, 192, 512])
def test_a_pair_comes_round_after_its_wavelength(d_model):
    found = wavelengths(d_model)
    assert found.shape == ((d_model + 1) // 2,)
    assert found[0] == pytest.approx(2 * math.pi)
    assert (np.diff(found) > 0).all()
    assert found[-1] < 2 * math.pi * 10000
    for i, wavelength in enumerate(found):
        assert wavelength == pytest.approx(2 * math.pi * 10000 ** (2 * i / d_model))
        # sin(pos / 10000^(2i / d_model)), half a wavelength on, is the same with the other sign
        angle = 3 / 10000 ** (2 * i / d_model)
        half = (3 + wavelength / 2) / 10000 ** (2 * i / d_model)
        assert math.sin(half) == pytest.approx(-math.sin(angle), abs=1e-9)
    np.testing.assert_allclose(found[1:] / found[:-1], 10000 ** (2 / d_model))  # a geometric progression


@pytest.mark.parametrize("k", [0, 1, 7, 50, -3, 0.5])
@pytest.mark.parametrize("d_model", [2, 8, 192])
def test_a_shift_of_any_position_is_one_rotation(d_model, k):
    matrix = rotation(d_model, k)
    assert matrix.shape == (d_model, d_model)
    angle = 1 / 10000 ** (np.arange(0, d_model, 2) / d_model)

    def at(position: float) -> np.ndarray:
        found = np.empty(d_model)
        found[0::2], found[1::2] = np.sin(position * angle), np.cos(position * angle)
        return found

    for position in (0, 1, 5, 63, 100, 999):
        np.testing.assert_allclose(matrix @ at(position), at(position + k), rtol=0, atol=1e-9)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(d_model), atol=1e-12)
    np.testing.assert_allclose(rotation(d_model, 2) @ matrix, rotation(d_model, k + 2), atol=1e-12)
    blocks = np.kron(np.eye(d_model // 2), np.ones((2, 2)))
    assert (matrix[blocks == 0] == 0).all()


def test_rotation_turns_the_models_own_rows():
    table = encoding(130, 192).astype(np.float64)
    for k in (1, 10, 60):
        np.testing.assert_allclose(table[:-k] @ rotation(192, k).T, table[k:], rtol=0, atol=1e-6)


@pytest.mark.parametrize("d_model", [1, 7])
def test_an_odd_width_has_no_rotation_and_no_similarity(d_model):
    for ask in (lambda: rotation(d_model, 1), lambda: similarity(5, d_model)):
        with pytest.raises(OptionError, match="d_model"):
            ask()


def test_tensor2tensors_numbers():
    """By its formula, written out with loops; it differs from the paper's, in which sines and cosines take turns."""
    length, d_model = 30, 512
    found = sinusoid_tensor2tensor(length, d_model)
    assert found.shape == (length, d_model)
    for position in (0, 1, 2, 29):
        for i in (0, 1, 2, 100, 255):
            angle = position * math.exp(-i * math.log(10000) / 255)
            assert found[position, i] == pytest.approx(math.sin(angle), abs=1e-12)
            assert found[position, 256 + i] == pytest.approx(math.cos(angle), abs=1e-12)
    paper = {
        1: [0.84147098, 0.82185619, 0.80196180, 0.78188711, 0.76172041],
        2: [0.90929743, 0.93641474, 0.95814438, 0.97488818, 0.98704625],
    }
    for position, numbers in paper.items():
        apart = np.abs(found[position, :5] - numbers)
        assert apart[0] == pytest.approx(0, abs=1e-8)  # frequency 1 is the same in both
        assert (apart[1:] > 1e-5).all()
    # Laid out as the paper does, the largest difference is still 0.28 in the first 200 positions.
    other = sinusoid_tensor2tensor(200, d_model)
    interleaved = np.stack([other[:, :256], other[:, 256:]], -1).reshape(200, d_model)
    assert np.abs(interleaved - encoding(200, d_model)).max() == pytest.approx(0.28, abs=0.005)


@pytest.mark.parametrize(("d_model", "columns"), [(2, 2), (3, 3), (7, 7)])
def test_tensor2tensors_small_and_odd_widths(d_model, columns):
    found = sinusoid_tensor2tensor(4, d_model)
    assert found.shape == (4, columns)
    assert np.isfinite(found).all()
    assert (found[:, 2 * (d_model // 2) :] == 0).all()
    np.testing.assert_allclose(found[:, 0], np.sin(np.arange(4)))


@pytest.mark.parametrize("d_model", [2, 64, 192])
def test_two_positions_are_as_similar_as_they_are_near(d_model):
    found, table = similarity(90, d_model), encoding(90, d_model).astype(np.float64)
    products = table @ table.T
    for i, j in ((0, 0), (0, 89), (40, 45), (45, 40), (88, 3)):
        assert products[i, j] == pytest.approx(found[abs(i - j)], abs=1e-5)
    distance = np.abs(np.arange(90)[:, None] - np.arange(90))
    np.testing.assert_allclose(products, found[distance], rtol=0, atol=1e-5)
    assert found[0] == d_model / 2
    assert (found[1:] < found[0]).all()


# --- Sums, concatenation, directions and lengths


def test_adding_a_position_is_concatenating_its_one_hot_vector():
    draw = np.random.default_rng(0)
    w_i, x, w_p = draw.standard_normal((6, 4)), draw.standard_normal(4), draw.standard_normal((6, 9))
    for position in range(9):
        added, concatenated = one_hot_equivalence(w_i, x, w_p, position)
        np.testing.assert_allclose(added, concatenated, rtol=0, atol=1e-12)
        by_hand = [sum(w_i[row, column] * x[column] for column in range(4)) + w_p[row, position] for row in range(6)]
        np.testing.assert_allclose(concatenated, by_hand, rtol=0, atol=1e-12)
    assert not np.allclose(added, one_hot_equivalence(w_i, x, w_p, 0)[0])


def test_the_models_own_sum_is_such_a_concatenation(shipped):
    """W_I is E^T sqrt(d_model) and x a one-hot word; W_P holds the sinusoids, learnt by nobody."""
    trace = shipped.translate(SENTENCE)
    d_model = shipped.config.d_model
    w_i = shipped.embedding("source").T.astype(np.float64) * math.sqrt(d_model)
    w_p = encoding(len(trace.source_pieces), d_model).T
    read = shipped.inside(trace, "encoder_self", 0, 0).x_query
    for position, piece in enumerate(trace.source_pieces):
        word = np.zeros(w_i.shape[1])
        word[shipped.source_tokenizer.index(piece)] = 1
        for side in one_hot_equivalence(w_i, word, w_p, position):
            np.testing.assert_allclose(side, read[position], rtol=0, atol=1e-5)


def test_cosines_of_words_and_positions_beside_chance(shipped):
    words, table = shipped.embedding("source")[4:], encoding(40, shipped.config.d_model)
    ours, chance = cosines(words, table)
    assert ours.shape == chance.shape == (len(words) * 40,)
    assert ours.dtype == chance.dtype == np.float32
    for word, position in ((0, 0), (17, 5), (len(words) - 1, 39)):
        product = float(words[word] @ table[position])
        expected = product / np.linalg.norm(words[word]) / np.linalg.norm(table[position])
        assert ours[word * 40 + position] == pytest.approx(expected, abs=1e-5)
    assert np.abs(ours).max() <= 1
    assert chance.mean() == pytest.approx(0, abs=0.003)
    assert chance.std() == pytest.approx(shipped.config.d_model**-0.5, rel=0.03)
    again, other = cosines(words, table), cosines(words, table, seed=1)
    assert np.array_equal(chance, again[1])
    assert not np.array_equal(chance, other[1])
    assert np.array_equal(ours, other[0])


def test_directions_are_the_cosines_in_numbers(shipped):
    words, table = shipped.embedding("source")[4:], encoding(30, shipped.config.d_model)
    ours, chance = cosines(words, table)
    found = directions(words, table, bins=40)
    assert found.edges.shape == (41,)
    for shares, values in ((found.model, ours), (found.chance, chance)):
        assert shares.shape == (40,)
        assert shares.sum() == pytest.approx(1)
        assert shares[20] == pytest.approx(((values >= 0) & (values < 0.05)).mean(), abs=1e-4)
    assert (found.mean, found.deviation) == pytest.approx((ours.mean(), ours.std()), abs=1e-5)
    assert found.chance_deviation == pytest.approx(chance.std(), abs=1e-5)
    assert (found.near, found.chance_near) == pytest.approx([(np.abs(v) < 0.2).mean() for v in (ours, chance)])
    at = ours.reshape(len(words), 30)[found.word, found.position]
    assert found.extreme == pytest.approx(at)
    assert abs(at) == np.abs(ours).max()


def test_lengths_of_words_and_positions(shipped):
    words, width = shipped.embedding("target"), shipped.config.d_model
    found = norms(words, encoding(50, width))
    np.testing.assert_allclose(found.embedding, [math.sqrt(float(row @ row)) for row in words], rtol=1e-5)
    np.testing.assert_allclose(found.scaled, found.embedding * math.sqrt(width), rtol=1e-6)
    np.testing.assert_allclose(found.positions, math.sqrt(width / 2), rtol=1e-6)
    assert found.positions.shape == (50,)


# --- Four terms


@pytest.mark.parametrize(
    "change", [None, Intervention(temperature=0.5), Intervention(positions=False), Intervention(masked_source=(1,))]
)
def test_the_four_terms_sum_to_the_scaled_scores_of_every_head(shipped, change):
    trace = shipped.translate(SENTENCE, intervention=change)
    words, places = shipped.embedded(trace)
    for head in range(trace.n_heads):
        inside = shipped.inside(trace, "encoder_self", 0, head)
        terms = four_terms(inside, words, places)
        np.testing.assert_allclose(terms.total, inside.scaled, rtol=0, atol=1e-4)
        assert all(term.shape == inside.scaled.shape for term in terms)
        scale = math.sqrt(inside.d_k) * inside.temperature
        for i, j in ((0, 0), (1, 4), (5, 2)):  # each by its own formula, the biases with the content
            queries = words[i] @ inside.w_q + inside.b_q, places[i] @ inside.w_q
            keys = words[j] @ inside.w_k + inside.b_k, places[j] @ inside.w_k
            expected = [float(query @ key) / scale for query in queries for key in keys]
            assert [term[i, j] for term in terms] == pytest.approx(expected, abs=1e-4)
        if change is not None and not change.positions:
            assert all((term == 0).all() for term in terms[1:])
        else:
            assert all(np.abs(term).max() > 1e-3 for term in terms)


def test_position_and_position_know_no_words(shipped):
    a, b = (shipped.translate(text) for text in (SENTENCE, "I have never seen such a big dog."))
    terms = [four_terms(shipped.inside(t, "encoder_self", 0, 0), *shipped.embedded(t)) for t in (a, b)]
    least = min(len(t.source_pieces) for t in (a, b))
    np.testing.assert_allclose(*(term.position_position[:least, :least] for term in terms), rtol=0, atol=1e-6)
    assert not np.allclose(*(term.content_content[:least, :least] for term in terms), atol=1e-2)


@pytest.mark.parametrize("place", [("encoder_self", 1, 0), ("decoder_self", 0, 0), ("cross", 0, 0)])
def test_above_the_first_encoder_layer_there_are_no_four_terms(taught, place):
    trace = taught.translate(SENTENCE)
    with pytest.raises(OptionError, match="first encoder layer"):
        four_terms(taught.inside(trace, *place), *taught.embedded(trace))


# --- Another order of the same pieces


@pytest.mark.parametrize("text", [SENTENCE, "Tom chases Jerry.", "The the 😀 </s> dog dog dog."])
def test_without_positions_the_encoders_output_is_the_same_set_of_vectors(shipped, text):
    trace = shipped.translate(text)
    length = len(trace.source_pieces)
    order = np.random.default_rng(1).permutation(length).tolist()
    assert order != sorted(order)
    typed, moved = (shipped.reordered(trace, o, positions=False) for o in (range(length), order))
    assert typed.pieces == trace.source_labels
    assert moved.pieces == tuple(trace.source_labels[i] for i in order)
    assert typed.output.shape == (length, shipped.config.d_model)
    np.testing.assert_allclose(moved.output, typed.output[order], rtol=0, atol=1e-5)
    assert moved.text == typed.text  # nor can the decoder know
    with_typed, with_moved = (shipped.reordered(trace, o) for o in (range(length), order))
    apart = np.abs(with_moved.output - with_typed.output[order]).max(1)
    assert (apart > 1e-3).all()  # with positions no piece stays what it was
    assert apart.max() > 0.2


def test_the_typed_order_is_the_translation_itself(shipped):
    trace = shipped.translate(SENTENCE)
    again = shipped.reordered(trace, range(len(trace.source_pieces)))
    assert again.text == trace.text
    read = shipped.inside(trace, "cross", 0, 0).x_key
    np.testing.assert_allclose(again.output, read, rtol=0, atol=1e-5)
    without = shipped.translate(SENTENCE, intervention=Intervention(positions=False))
    assert shipped.reordered(trace, range(len(trace.source_pieces)), positions=False).text == without.text


@pytest.mark.parametrize("order", [(), (0, 1), (0, 0, 1, 2, 3), (1, 2, 3, 4, 5), (-1, 0, 1, 2, 3)])
def test_what_is_no_order_is_refused(shipped, order):
    trace = shipped.translate("Tom chases Jerry.")
    with pytest.raises(OptionError, match="each piece once"):
        shipped.reordered(trace, order)


# --- Other bases, and between whole positions


@pytest.mark.parametrize("d_model", [4, 7, 192])
def test_waves_are_the_encoding_at_whole_positions(d_model):
    np.testing.assert_allclose(waves(np.arange(130), d_model), encoding(130, d_model), rtol=0, atol=1e-7)
    between = waves(np.array([2.5, 7.25]), d_model)
    for row, position in zip(between, (2.5, 7.25), strict=True):
        for j in range(d_model):
            angle = position / 10000 ** ((j - j % 2) / d_model)
            assert row[j] == pytest.approx(math.cos(angle) if j % 2 else math.sin(angle), abs=1e-12)


@pytest.mark.parametrize("base", [2.0, 10.0, 1e5])
def test_another_base_changes_the_wavelengths_alone(base):
    d_model = 16
    found = wavelengths(d_model, base)
    np.testing.assert_allclose(found, [2 * math.pi * base ** (2 * i / d_model) for i in range(8)])
    table = waves(np.arange(40), d_model, base)
    np.testing.assert_allclose(table[:-3] @ rotation(d_model, 3, base).T, table[3:], atol=1e-12)
    np.testing.assert_allclose(table[9] @ table[9:].T, similarity(31, d_model, base), atol=1e-12)


def test_tensor2tensors_wavelengths_reach_the_end():
    found = wavelengths_tensor2tensor(512)
    assert found.shape == (256,)
    assert found[0] == pytest.approx(2 * math.pi)
    assert found[-1] == pytest.approx(10000 * 2 * math.pi)
    table = sinusoid_tensor2tensor(50, 512)
    for i in (0, 17, 255):
        np.testing.assert_allclose(table[:, i], np.sin(2 * math.pi * np.arange(50) / found[i]), atol=1e-12)


@pytest.mark.parametrize("d_model", [2, 7, 12])
def test_interleaving_changes_the_columns_order_alone(d_model):
    table = sinusoid_tensor2tensor(30, d_model)
    found, n = interleaved(table), d_model // 2
    for i in range(n):
        assert np.array_equal(found[:, 2 * i], table[:, i])
        assert np.array_equal(found[:, 2 * i + 1], table[:, n + i])
    assert np.array_equal(np.sort(found, 1), np.sort(table, 1))
    if d_model == 2:  # one frequency: the two recipes are the same
        np.testing.assert_allclose(found, encoding(30, 2), atol=1e-7)


def test_spreads_are_deviations_along_each_row():
    draw = np.random.default_rng(2)
    terms = FourTerms(*draw.standard_normal((4, 5, 5)))
    for spread, term in zip(spreads(terms), terms, strict=True):
        rows = [math.sqrt(sum((x - sum(row) / 5) ** 2 for x in row) / 5) for row in term]
        assert spread == pytest.approx(sum(rows) / 5)
    constant = FourTerms(*(np.arange(5.0)[:, None] * np.ones(5) for _ in range(4)))
    assert spreads(constant) == (0, 0, 0, 0)  # the same for all keys of a row: softmax does not see it


def test_the_encoding_of_a_model_with_halves_is_that_models(make_model):
    model = make_model(sinusoid="halves")
    np.testing.assert_array_equal(encoding(40, 32, "halves"), model.positions.numpy())


def test_words_are_as_long_as_the_models_own_scale_makes_them():
    words, places = np.eye(3, 4), np.ones((2, 4))
    assert norms(words, places).scaled == pytest.approx([2, 2, 2])
    assert norms(words, places, scale=1.0).scaled == pytest.approx([1, 1, 1])


def test_shifted_when_k_is_added_is_the_encoding_k_further():
    at = np.arange(50)
    np.testing.assert_allclose(shifted(at, 16, 3, 100.0), waves(at + 3, 16, 100.0), atol=1e-12)


def test_products_of_two_positions_are_the_dot_products_of_their_encodings():
    found = products(5, 8)
    assert found.shape == (5, 5)
    assert found[1, 4] == pytest.approx(float(np.sum(waves(np.array([1]), 8) * waves(np.array([4]), 8))))
    np.testing.assert_allclose(np.diag(found), 4)

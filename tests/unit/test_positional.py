"""The paper's sinusoid, with its numbers."""

import math

import pytest
import torch

from core.model import sinusoid


def test_the_papers_numbers_come_out_at_d_model_512():
    encoding = sinusoid(3, 512)
    expected = torch.tensor(
        [
            [0.84147098, 0.82185619, 0.80196180, 0.78188711, 0.76172041],
            [0.90929743, 0.93641474, 0.95814438, 0.97488818, 0.98704625],
        ]
    )
    torch.testing.assert_close(encoding[1:3, 0:10:2], expected, rtol=0, atol=1e-7)
    assert encoding.dtype == torch.float32


def test_sines_and_cosines_of_one_angle_stand_side_by_side():
    encoding = sinusoid(50, 64)
    for position, i in ((0, 0), (1, 0), (7, 3), (49, 31)):
        angle = position / 10000 ** (2 * i / 64)
        assert encoding[position, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-6)
        assert encoding[position, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


@pytest.mark.parametrize("d_model", [1, 2, 7, 8, 33])
def test_an_odd_d_model_ends_with_a_sine(d_model):
    encoding = sinusoid(20, d_model)
    assert encoding.shape == (20, d_model)
    for dimension in range(d_model):
        angle = torch.arange(20) / 10000 ** ((dimension - dimension % 2) / d_model)
        torch.testing.assert_close(encoding[:, dimension], angle.cos() if dimension % 2 else angle.sin())


@pytest.mark.parametrize("d_model", [1, 2, 7, 8, 512])
def test_halves_are_the_same_columns_with_all_sines_before_all_cosines(d_model):
    paper = sinusoid(20, d_model, start=3)
    assert torch.equal(sinusoid(20, d_model, 3, "halves"), torch.cat([paper[:, 0::2], paper[:, 1::2]], 1))


def test_a_start_gives_the_same_rows_as_counting_from_0():
    assert torch.equal(sinusoid(5, 32, start=11), sinusoid(16, 32)[11:])


def test_no_precision_is_lost_far_from_the_start():
    last = sinusoid(1, 8, start=5000)[0]
    assert last[0].item() == pytest.approx(math.sin(5000), abs=1e-7)


def test_a_shift_is_a_rotation_of_each_pair_the_same_at_every_position():
    """Section 3.5: PE(pos + k) is a linear function of PE(pos)."""
    encoding, shift = sinusoid(60, 16).double(), 7
    for i in range(8):
        turn = torch.tensor(shift / 10000 ** (2 * i / 16), dtype=torch.float64)
        rotation = torch.stack([torch.stack([turn.cos(), turn.sin()]), torch.stack([-turn.sin(), turn.cos()])])
        pair = encoding[:, 2 * i : 2 * i + 2]
        torch.testing.assert_close(pair[:-shift] @ rotation.T, pair[shift:], rtol=0, atol=1e-6)


def test_it_is_not_tensor2tensors_which_differs_by_up_to_0_28():
    """tensor2tensor divides by d_model / 2 - 1 and lays sines before cosines (200 positions, d_model 512)."""
    length, d_model = 200, 512
    scales = 10000.0 ** (-torch.arange(d_model // 2, dtype=torch.float64) / (d_model // 2 - 1))
    angles = torch.arange(length)[:, None] * scales
    ours = sinusoid(length, d_model).double()
    interleaved = torch.stack([angles.sin(), angles.cos()], -1).flatten(1)
    assert (ours - interleaved).abs().max().item() == pytest.approx(0.28, abs=0.005)
    assert (ours - torch.cat([angles.sin(), angles.cos()], 1)).abs().max() > 1  # as it is laid out

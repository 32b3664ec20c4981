"""Sinusoidal positional encoding (section 3.5)."""

import torch
from torch import Tensor


def sinusoid(length: int, d_model: int, start: int = 0, layout: str = "interleaved") -> Tensor:
    """Return the positional encoding of the positions from start to start + length - 1.

    PE(pos, 2i) = sin(pos / 10000^(2i / d_model)), PE(pos, 2i + 1) = cos of the same angle. Sines and cosines are
    interleaved and the exponent is divided by d_model, as in the paper but not in tensor2tensor.

    Args:
        length: Number of positions.
        d_model: Number of dimensions.
        start: The first position.
        layout: One of `core.config.SINUSOIDS`; "halves" has the same columns with all sines before all cosines.

    Returns:
        float32 (length, d_model).
    """
    if torch.get_default_device().type == "meta":  # shapes alone: for arange PyTorch would import its compiler
        return torch.empty(length, d_model)
    position = torch.arange(start, start + length, dtype=torch.float64)[:, None]
    two_i = torch.arange(0, d_model, 2, dtype=torch.float64)
    angle = position * 10000.0 ** (-two_i / d_model)  # (length, ceil(d_model / 2))
    if layout == "halves":
        return torch.cat([angle.sin(), angle[:, : d_model // 2].cos()], 1).float()
    encoding = torch.empty(length, d_model, dtype=torch.float64)
    encoding[:, 0::2] = angle.sin()
    encoding[:, 1::2] = angle[:, : d_model // 2].cos()
    return encoding.float()  # computed in double: at position 100 single-precision angles are off by 1e-5

"""Activation functions of the feed-forward network: max(0, x) in the paper (equation 2), others in other models."""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "swish": F.silu, "gelu": F.gelu}
"""The functions of `core.config.ACTIVATIONS`: swish is x sigmoid(x) (Ramachandran, Zoph and Le 2017), gelu is x Phi(x)
(Hendrycks and Gimpel 2016)."""

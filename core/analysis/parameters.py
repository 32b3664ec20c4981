"""Where the parameters of a stored Transformer are, counted from the shapes in its file of weights."""

from __future__ import annotations

import math
import os

from core.zoo import WEIGHTS, find_folder

GROUPS = ("embedding", "self_attention", "cross_attention", "feed_forward", "norm", "logits")
"""Parts of a Transformer that have parameters. The positional encoding is a formula and has none."""

PLACES = ("encoder", "decoder")
"""Where a part belongs: the source's embedding to the encoder, the target's and the scores' bias to the decoder."""


def place_of(name: str) -> tuple[str, str]:
    """Return group and place of a parameter, by its name in the model.

    Raises:
        ValueError: If no part of a Transformer has such a name.
    """
    first, *rest = name.split(".")
    if first in ("source_embedding", "target_embedding"):
        return "embedding", PLACES[first == "target_embedding"]
    if first == "logits_bias":
        return "logits", "decoder"
    if first in PLACES and len(rest) > 1:
        part = rest[1].partition("_")[0] if rest[1].startswith("norm_") else rest[1]
        if part in GROUPS:
            return part, first
    raise ValueError(f"parameter {name!r}")


def count(name: str | os.PathLike[str]) -> dict[tuple[str, str], int]:
    """Count the parameters of a stored Transformer by group and place, 0 where there are none.

    An embedding that both sides share is stored once, as the source's.

    Args:
        name: The model's name, or its folder's path.

    Raises:
        ValueError: If the model is not a Transformer.
        HeadlightError: If there is no such model.
    """
    from safetensors import safe_open

    counts = {(group, place): 0 for group in GROUPS for place in PLACES}
    with safe_open(find_folder(name) / WEIGHTS, "np") as file:
        for key in file.keys():  # noqa: SIM118
            counts[place_of(key)] += math.prod(file.get_slice(key).get_shape())
    return counts

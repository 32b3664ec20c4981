"""Running a model of `transformers` so that it returns its attention weights, and leaving it as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from core.errors import OptionError
from core.intervention import Intervention

INTERNAL = "_attn_implementation_internal"
"""Where a config keeps the name of the attention implementation. Setting this name changes no sub-config."""

PROJECTIONS = {
    "encoder_self": r"(?<!de)(?<!cross)(self_attn\.(out_proj|o_proj)|SelfAttention\.o|attention\.output\.dense|attention\.out_lin)$",
    "decoder_self": r"(self_attn\.(out_proj|o_proj|dense)|SelfAttention\.o|(?<!cross)attn\.c_proj|(?<!cross)attention\.(output\.dense|dense))$",
    "cross": r"((encoder_attn|cross_attn)\.(out_proj|o_proj)|EncDecAttention\.o|crossattention\.(output\.dense|c_proj))$",
}
"""Names of the output projections W^O of each kind, as the families of `transformers` call them."""


@contextmanager
def recording(model: Any, intervention: Intervention | None = None) -> Iterator[None]:
    """Run a model in evaluation mode, with attention that returns its weights, and with heads removed.

    Only attention in single operations ("eager") returns weights; fused kernels do not compute them as such.
    Afterwards every module's training mode and every config's attention implementation are what they were.

    Args:
        model: A model of `transformers`.
        intervention: Heads whose output is set to 0. Other changes are refused by `check_change`.
    """
    modes = [(module, module.training) for module in model.modules()]
    configs = list({id(config): config for config in _configs(model)}.values())
    before = [(config, getattr(config, INTERNAL, None)) for config in configs]
    with ExitStack() as stack, torch.inference_mode():
        try:
            for module, _ in modes:
                module.training = False
            for config in configs:
                if hasattr(config, INTERNAL):
                    setattr(config, INTERNAL, "eager")
            for handle in _removals(model, intervention):
                stack.callback(handle.remove)
            yield
        finally:
            for module, training in modes:
                module.training = training
            for config, implementation in before:
                if hasattr(config, INTERNAL):
                    setattr(config, INTERNAL, implementation)


def _configs(model: Any) -> Iterator[Any]:
    """Yield the configs of a model, of its parts, and of these configs' parts."""
    waiting = [module.config for module in model.modules() if hasattr(getattr(module, "config", None), "to_dict")]
    seen: set[int] = set()
    while waiting:
        config = waiting.pop()
        if id(config) in seen:
            continue
        seen.add(id(config))
        yield config
        waiting += [part for part in vars(config).values() if hasattr(part, "to_dict") and hasattr(part, "model_type")]


def check_change(intervention: Intervention | None) -> Intervention | None:
    """Return an Intervention that removes heads only, None for one that changes nothing.

    Raises:
        OptionError: If it changes anything else: the adapter reaches no further into a model that is not Headlight's.
    """
    if intervention is None or intervention.is_none:
        return None
    given = intervention.to_dict()
    others = [name for name in given if name != "ablate"]
    if others:
        raise OptionError(name=others[0], value=str(given[others[0]]), cause="only_zero")
    for head, mode in intervention.ablate.items():
        if mode != "zero":
            raise OptionError(name="ablate", value=str((*head, mode)), cause="only_zero")
    return intervention


def _removals(model: Any, intervention: Intervention | None) -> Iterator[Any]:
    """Install the hooks that set the slices of removed heads in the input of W^O to 0, and yield their handles."""
    removed: dict[tuple[str, int], list[int]] = {}
    for kind, layer, head in intervention.ablate if intervention else ():
        removed.setdefault((kind, layer), []).append(head)
    for (kind, layer), heads in removed.items():
        projections = output_projections(model, kind)
        if layer >= len(projections):
            cause = {"cause": "layer_index", "first": 0, "last": len(projections) - 1}
            raise OptionError(name="ablate", value=layer, **(cause if projections else {"cause": "no_projection"}))
        count = n_heads(model, kind)
        if not count:
            raise OptionError(name="ablate", value=str((kind, layer)), cause="no_projection")
        if max(heads) >= count:
            raise OptionError(name="ablate", value=max(heads), cause="head_index", first=0, last=count - 1)
        yield projections[layer].register_forward_pre_hook(_zeroed(heads, count))


def _zeroed(heads: list[int], count: int) -> Callable[[Any, Any], Any]:
    def hook(_: Any, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        joined = inputs[0].clone()
        width = joined.size(-1) // count
        for head in heads:
            joined[..., head * width : (head + 1) * width] = 0
        return (joined, *inputs[1:])

    return hook


def output_projections(model: Any, kind: str) -> list[Any]:
    """Return the modules W^O of one kind, by layer; [] if the model calls them by names that are not known."""
    sides = {"encoder_self": "encoder", "decoder_self": "decoder", "cross": "decoder"}
    found = []
    for name, module in model.named_modules():
        side = re.findall(r"(?:^|\.)(encoder|decoder)\.", name)
        fits = not model.config.is_encoder_decoder or (side and side[0] == sides[kind])
        if fits and re.search(PROJECTIONS[kind], name):
            found.append(module)
    return found


def n_heads(model: Any, kind: str) -> int:
    """Return the number of heads of one kind by the model's config, 0 if it is not said."""
    side = "encoder" if kind == "encoder_self" else "decoder"
    config = model.config
    part = getattr(config, side, None) if config.is_encoder_decoder else None
    own = part if hasattr(part, "to_dict") else config
    names = (f"{side}_attention_heads", "num_attention_heads", "num_heads", "n_head", "n_heads")
    return next((int(value) for name in names if isinstance(value := getattr(own, name, None), int)), 0)

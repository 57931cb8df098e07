"""What replies to known mistakes claim, found out apart from the package.

A reply such as "With so much padding the map would grow." is tested by giving PyTorch's layer that
padding. `CHANGED` holds the replies that say which number was forgotten; `SAID` the words that a
reply has to have, or None if it must not be given.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, prod
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from .questions import Numbers, answer

#: By kind and mistake, the numbers for which the wrong answer is the right one.
CHANGED: dict[tuple[str, str], Numbers] = {
    ("output size", "padding_forgotten"): {"padding": 0},
    ("output size", "stride_forgotten"): {"stride": 1},
    ("output size", "dilation_forgotten"): {"dilation": 1},
    ("same padding", "dilation_forgotten"): {"dilation": 1},
    ("output shape", "padding_forgotten"): {"padding": 0},
    ("output shape", "stride_forgotten"): {"stride": 1},
    ("pooled shape", "depth_one"): {"in_channels": 1},
    ("pooled shape", "stride_one"): {"stride": 1},
    ("parameters", "bias_forgotten"): {"bias": False},
    ("parameters", "bias_counted"): {"bias": True},
    ("parameters", "depth_forgotten"): {"in_channels": 1},
    ("parameters", "one_filter"): {"out_channels": 1},
    ("multiply-adds", "depth_forgotten"): {"in_channels": 1},
    ("multiply-adds", "one_filter"): {"out_channels": 1},
    ("multiply-adds", "stride_forgotten"): {"stride": 1},
    ("multiply-adds", "padding_forgotten"): {"padding": 0},
    ("parameters", "depth_and_bias_forgotten"): {"in_channels": 1, "bias": False},
    ("parameters", "one_bare_filter"): {"out_channels": 1, "bias": False},
    ("one output", "stride_forgotten"): {"stride": 1},
    ("one output", "padding_forgotten"): {"padding": 0},
    ("one output", "bias_forgotten"): {"bias": 0},
    ("one output", "flipped"): {"flip": True},
    ("one output", "not_flipped"): {"flip": False},
    ("pooled value", "mean_taken"): {"pool": "average"},
    ("pooled value", "maximum_taken"): {"pool": "max"},
    ("pooled value", "stride_one"): {"stride": 1},
    ("fully connected parameters", "bias_forgotten"): {"bias": False},
    ("fully connected parameters", "bias_counted"): {"bias": True},
    ("fully connected parameters", "depth_forgotten"): {"in_channels": 1},
    ("fully connected parameters", "one_unit"): {"out_features": 1},
    ("fully connected parameters", "depth_and_bias_forgotten"): {"in_channels": 1, "bias": False},
    ("fully connected parameters", "bare_depth_only"): {"input_size": 1, "bias": False},
    ("bottleneck parameters", "bias_forgotten"): {"bias": False},
    ("bottleneck parameters", "bias_counted"): {"bias": True},
    ("separable parameters", "bias_forgotten"): {"bias": False},
    ("separable parameters", "bias_counted"): {"bias": True},
}


def _covered(kernel_size: int, dilation: int = 1, **others: int) -> int:
    """Return how far apart the first and the last pixel are that a dilated filter reads, plus 1."""
    pixels = torch.zeros(1, 1, 200, requires_grad=True)
    output = F.conv1d(pixels, torch.ones(1, 1, kernel_size), dilation=dilation)
    output[0, 0, 0].backward()  # type: ignore[no-untyped-call]
    assert pixels.grad is not None
    read = pixels.grad[0, 0].nonzero()
    return int(read.max() - read.min()) + 1


def _map_size(padding: int, kernel_size: int, dilation: int = 1) -> int:
    """Return what becomes of 200 pixels."""
    layer = nn.Conv1d(1, 1, kernel_size, padding=padding, dilation=dilation)
    return int(layer(torch.zeros(1, 1, 200)).shape[-1])


def _said_of_size(numbers: Numbers) -> str | None:
    windows, pixels = floor(answer("output size", numbers)), numbers["input_size"]
    if windows == pixels:
        return None
    return "reach beyond the end." if windows < pixels else "makes room for more windows."


def _said_of_floor(numbers: Numbers) -> str:
    """Find how many pixels lie behind the last window of PyTorch's, padding left out."""
    settings = {name: numbers[name] for name in ("stride", "dilation") if name in numbers}
    padding = numbers.get("padding", 0)
    padded = torch.zeros(1, 1, numbers["input_size"] + 2 * padding, requires_grad=True)
    output = F.conv1d(padded, torch.ones(1, 1, numbers["kernel_size"]), **settings)
    output.sum().backward()  # type: ignore[no-untyped-call]
    assert padded.grad is not None
    behind = padded.shape[-1] - 1 - int(padded.grad[0, 0].nonzero().max()) - padding
    left = (
        "some of the padding" if behind < 1 else f"the last {'pixel' if behind == 1 else 'pixels'}"
    )
    return f"PyTorch would give {output.shape[-1]} and leave {left} unread."


def _said_of_shape(numbers: Numbers) -> str | None:
    before = numbers["input_size"]
    before = before if isinstance(before, list) else [before, before]
    after = answer("output shape", numbers)[1:]
    if any(n < m for n, m in zip(after, before, strict=True)):
        return "reach beyond the border."
    return None if after == before else "makes room for more windows."


def _said_of_filter_as_padding(numbers: Numbers) -> str | None:
    size = _map_size(padding=numbers["kernel_size"], **numbers)
    return {1: "would grow.", 0: None, -1: "would shrink."}[(size > 200) - (size < 200)]


def _said_of_strides(numbers: Numbers) -> str:
    """Name the first stride: a step behind it is the distance between neighbours there."""
    layers = numbers["layers"]
    first = next(i for i, layer in enumerate(layers) if len(layer) > 1 and layer[1] > 1)
    step = prod(layer[1] if len(layer) > 1 else 1 for layer in layers[: first + 1])
    return f"after a stride of {layers[first][1]}, a step is {step} pixels"


def _positions(numbers: Numbers) -> int:
    layer = {name: value for name, value in numbers.items() if name != "in_channels"}
    return int(answer("output shape", {"in_channels": 1, **layer})[1])


Said = Callable[[Numbers, Any], str | None]

#: By kind and mistake, what its reply has to say of the numbers and the wrong answer.
SAID: dict[tuple[str, str], Said] = {
    ("output size", "input_kept"): lambda n, _: _said_of_size(n),
    ("output size", "floor"): lambda n, _: _said_of_floor(n),
    ("output size", "dilation_forgotten"): lambda n, _: f"covers {_covered(**n)} pixels.",
    ("output size", "dilation_times"): lambda n, _: f"covers {_covered(**n)} pixels.",
    ("same padding", "filter_itself"): lambda n, _: _said_of_filter_as_padding(n),
    ("same padding", "floor"): lambda n, wrong: (
        "the map loses a row" if _map_size(wrong, **n) == 199 else None
    ),
    ("same padding", "ceil"): lambda n, wrong: (
        "the map gains a row" if _map_size(wrong, **n) == 201 else None
    ),
    ("same padding", "both_sides"): lambda n, wrong: (
        "what both sides need together" if wrong == 200 - _map_size(0, **n) else None
    ),
    ("same padding", "half"): lambda n, _: f"costs {201 - _map_size(0, **n)} − 1 rows.",
    ("output shape", "input_kept"): lambda n, _: _said_of_shape(n),
    ("parameters", "bias_forgotten"): lambda n, _: (
        f"{answer('parameters', {**n, 'out_channels': 1}):,} per filter, "
        f"not {answer('parameters', {**n, 'out_channels': 1, 'bias': False}):,}."
    ),
    ("separable parameters", "not_separated"): lambda n, wrong: (
        "That is one full convolution." if wrong == answer("parameters", n) else None
    ),
    ("multiply-adds", "positions_forgotten"): lambda n, _: f"all {_positions(n)}×{_positions(n)} ",
    ("multiply-adds", "input_positions"): lambda n, _: f"has {_positions(n)}×{_positions(n)} of",
    ("multiply-adds", "row_only"): lambda n, _: f"{_positions(n)} rows of {_positions(n)}.",
    ("one output", "counted_from_one"): lambda n, wrong: (
        "counted rows and columns from 1"
        if wrong == answer("one output", {**n, "row": n["row"] - 1, "column": n["column"] - 1})
        else None
    ),
    ("one output", "axes_swapped"): lambda n, wrong: (
        "swapped row and column"
        if wrong == answer("one output", {**n, "row": n["column"], "column": n["row"]})
        else None
    ),
    ("receptive field", "strides_forgotten"): lambda n, _: _said_of_strides(n),
    ("receptive field", "last_only"): lambda n, wrong: (
        "in the layer before its own"
        if wrong == answer("receptive field", {"layers": n["layers"][-1:]})
        else None
    ),
}

"""One question of each kind and of each way to ask it, and their answers as PyTorch gives them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

Numbers = dict[str, Any]

INPUT = [[1, 2, 0, 1], [0, 1, 3, 2], [2, 0, 1, 0], [1, 3, 2, 1]]
LARGE = [[1, 2, 0, 1, 4], [0, 1, 3, 2, 1], [2, 0, 1, 0, 5], [1, 3, 2, 1, 0], [4, 1, 0, 2, 3]]
WEIGHT = [[1, 0], [2, -1]]
TALL = [[1, 0], [2, -1], [-2, 1]]
POOLED = [[1, 3, 2, 4], [5, 6, 7, 9], [3, 2, 1, 0], [1, 8, 3, 4]]
SIGNED = [[-1, 3, -2, 4], [-5, 6, 7, -9], [3, -2, 1, 0], [1, -8, 3, 4]]
OVERLAPPING = [
    [9, -1, 2, 0, 4],
    [1, 0, -2, 8, 1],
    [-3, 2, 1, 0, 6],
    [0, 4, -1, 2, 3],
    [2, 1, 5, -4, 0],
]

#: Kind and numbers; what they name decides what is drawn anew.
QUESTIONS: list[tuple[str, Numbers]] = [
    ("output size", {"input_size": 7, "kernel_size": 3}),
    ("output size", {"input_size": 7, "kernel_size": 3, "stride": 3}),
    ("output size", {"input_size": 32, "kernel_size": 5, "padding": 1}),
    ("output size", {"input_size": 32, "kernel_size": 5, "padding": 3}),
    ("output size", {"input_size": 32, "kernel_size": 5, "stride": 3, "padding": 1}),
    ("output size", {"input_size": 15, "kernel_size": 3, "dilation": 2}),
    (
        "output size",
        {"input_size": 33, "kernel_size": 3, "stride": 3, "padding": 2, "dilation": 3},
    ),
    ("same padding", {"kernel_size": 5}),
    ("same padding", {"kernel_size": 4}),
    ("same padding", {"kernel_size": 3, "dilation": 4}),
    ("same padding", {"kernel_size": 5, "dilation": 3}),
    ("output shape", {"in_channels": 3, "input_size": 32, "out_channels": 10, "kernel_size": 5}),
    (
        "output shape",
        {"in_channels": 3, "input_size": [31, 47], "out_channels": 8, "kernel_size": 5}
        | {"stride": 2, "padding": 1},
    ),
    (
        "output shape",
        {"in_channels": 3, "input_size": 32, "out_channels": 10, "kernel_size": 5, "padding": 1},
    ),
    ("pooled shape", {"in_channels": 64, "input_size": 224, "kernel_size": 2}),
    ("pooled shape", {"in_channels": 6, "input_size": [13, 17], "kernel_size": 3, "stride": 2}),
    ("pooled shape", {"in_channels": 8, "input_size": 14, "kernel_size": 4, "stride": 2}),
    ("parameters", {"in_channels": 3, "out_channels": 10, "kernel_size": 5}),
    ("parameters", {"in_channels": 8, "out_channels": 5, "kernel_size": 3, "bias": False}),
    ("multiply-adds", {"in_channels": 3, "input_size": 32, "out_channels": 10, "kernel_size": 5}),
    (
        "multiply-adds",
        {"in_channels": 4, "input_size": 9, "out_channels": 6, "kernel_size": 3}
        | {"stride": 2, "padding": 1},
    ),
    ("one output", {"input": INPUT, "weight": WEIGHT, "row": 1, "column": 2}),
    (
        "one output",
        {"input": LARGE, "weight": TALL, "row": 1, "column": 0}
        | {"stride": 2, "padding": 1, "bias": 3},
    ),
    ("one output", {"input": INPUT, "weight": WEIGHT, "row": 2, "column": 1, "bias": -2}),
    ("one output", {"input": INPUT, "weight": WEIGHT, "row": 1, "column": 2, "flip": True}),
    ("receptive field", {"layers": [[3], [3], [5]]}),
    ("receptive field", {"layers": [[7, 2], [3], [5, 3], [3]]}),
    ("receptive field", {"layers": [[3], [2, 2], [5]]}),
    ("pooled value", {"input": POOLED, "kernel_size": 2, "row": 0, "column": 1}),
    (
        "pooled value",
        {"input": SIGNED, "kernel_size": 2, "row": 1, "column": 2}
        | {"stride": 1, "pool": "average"},
    ),
    ("pooled value", {"input": OVERLAPPING, "kernel_size": 3, "stride": 2, "row": 1, "column": 0}),
    ("fully connected parameters", {"in_channels": 512, "input_size": 7, "out_features": 4096}),
    (
        "fully connected parameters",
        {"in_channels": 16, "input_size": 5, "out_features": 10, "bias": False},
    ),
    ("fully connected as convolution", {"in_channels": 512, "input_size": 7, "out_features": 4096}),
    ("bottleneck parameters", {"in_channels": 256, "mid_channels": 64, "kernel_size": 3}),
    (
        "bottleneck parameters",
        {"in_channels": 128, "mid_channels": 32, "kernel_size": 3, "bias": False},
    ),
    ("separable parameters", {"in_channels": 32, "out_channels": 64, "kernel_size": 3}),
    (
        "separable parameters",
        {"in_channels": 8, "out_channels": 12, "kernel_size": 5, "bias": False},
    ),
]


def answer(kind: str, numbers: Numbers) -> Any:
    """Return what a layer that PyTorch builds of these numbers says."""
    compute: dict[str, Callable[..., Any]] = {
        "output size": _output_size,
        "same padding": _same_padding,
        "output shape": _output_shape,
        "pooled shape": _pooled_shape,
        "parameters": _parameters,
        "multiply-adds": _multiply_adds,
        "one output": _one_output,
        "receptive field": _receptive_field,
        "pooled value": _pooled_value,
        "fully connected parameters": _dense_parameters,
        "fully connected as convolution": _dense_as_convolution,
        "bottleneck parameters": _bottleneck_parameters,
        "separable parameters": _separable_parameters,
    }
    return compute[kind](**numbers)


def _count(*layers: nn.Module) -> int:
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


def _sides(input_size: Any) -> list[int]:
    return input_size if isinstance(input_size, list) else [input_size, input_size]


def _output_size(
    input_size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Fraction:
    """Return how many windows there are, and what part of a step is left behind the last one."""
    row = torch.zeros(1, 1, input_size + 2 * padding, requires_grad=True)
    output = F.conv1d(row, torch.ones(1, 1, kernel_size), stride=stride, dilation=dilation)
    output.sum().backward()  # type: ignore[no-untyped-call]
    assert row.grad is not None
    last_read = int(row.grad[0, 0].nonzero().max())
    return output.shape[-1] + Fraction(row.shape[-1] - 1 - last_read, stride)


def _same_padding(kernel_size: int, dilation: int = 1) -> Fraction:
    """Return half of what the zeros on both sides must be for PyTorch to keep the size."""
    row = torch.zeros(1, 1, 200)
    for total in range(200):
        padded = F.pad(row, (0, total))
        if nn.Conv1d(1, 1, kernel_size, dilation=dilation)(padded).shape[-1] == 200:
            return Fraction(total, 2)
    raise AssertionError


def _output_shape(in_channels: int, input_size: Any, **layer: Any) -> list[int]:
    image = torch.zeros(1, in_channels, *_sides(input_size))
    return list(nn.Conv2d(in_channels, **layer)(image).shape[1:])


def _pooled_shape(in_channels: int, input_size: Any, **layer: Any) -> list[int]:
    return list(nn.MaxPool2d(**layer)(torch.zeros(1, in_channels, *_sides(input_size))).shape[1:])


def _parameters(**layer: Any) -> int:
    return _count(nn.Conv2d(**layer))


def _multiply_adds(input_size: int, padding: int = 0, **layer: Any) -> int:
    """Return how many products of ones all outputs add up; padding is multiplied like a pixel."""
    conv = nn.Conv2d(**layer, bias=False, dtype=torch.float64)
    nn.init.ones_(conv.weight)
    side = input_size + 2 * padding
    return int(conv(torch.ones(1, conv.in_channels, side, side, dtype=torch.float64)).sum())


def _one_output(
    input: Any,
    weight: Any,
    row: int,
    column: int,
    bias: float = 0,
    flip: bool = False,
    **settings: Any,
) -> float:
    image, kernel = (
        torch.tensor(plane, dtype=torch.float64)[None, None] for plane in (input, weight)
    )
    if flip:
        kernel = kernel.flip(2, 3)
    output = F.conv2d(image, kernel, torch.tensor([bias], dtype=torch.float64), **settings)
    return float(output[0, 0, row, column])


def _pooled_value(input: Any, row: int, column: int, pool: str = "max", **settings: Any) -> float:
    layer = nn.MaxPool2d(**settings) if pool == "max" else nn.AvgPool2d(**settings)
    output: torch.Tensor = layer(torch.tensor(input, dtype=torch.float64)[None])
    return float(output[0, row, column])


def _receptive_field(layers: list[list[int]]) -> int:
    """Return how many pixels have a gradient from one neuron in the middle."""
    row = torch.zeros(1, 1, 3000, requires_grad=True)
    value: torch.Tensor = row
    for kernel, *stride in layers:
        value = F.conv1d(value, torch.ones(1, 1, kernel), stride=stride[0] if stride else 1)
    value[0, 0, value.shape[-1] // 2].backward()  # type: ignore[no-untyped-call]
    assert row.grad is not None
    touched = row.grad[0, 0].nonzero()
    return int(touched.max() - touched.min()) + 1


def _dense_parameters(
    in_channels: int, input_size: int, out_features: int, bias: bool = True
) -> int:
    with torch.device("meta"):
        return _count(nn.Linear(in_channels * input_size**2, out_features, bias))


def _dense_as_convolution(in_channels: int, input_size: int, out_features: int) -> list[int]:
    with torch.device("meta"):
        layer = nn.Conv2d(in_channels, out_features, input_size)
        assert layer(torch.zeros(1, in_channels, input_size, input_size)).shape[2:] == (1, 1)
        return list(layer.weight.shape)


def _bottleneck_parameters(
    in_channels: int, mid_channels: int, kernel_size: int, bias: bool = True
) -> int:
    return _count(
        nn.Conv2d(in_channels, mid_channels, 1, bias=bias),
        nn.Conv2d(mid_channels, mid_channels, kernel_size, bias=bias),
        nn.Conv2d(mid_channels, in_channels, 1, bias=bias),
    )


def _separable_parameters(
    in_channels: int, out_channels: int, kernel_size: int, bias: bool = True
) -> int:
    return _count(
        nn.Conv2d(in_channels, in_channels, kernel_size, groups=in_channels, bias=bias),
        nn.Conv2d(in_channels, out_channels, 1, bias=bias),
    )


def impossible() -> list[tuple[str, str, Any]]:
    """Return values for each number of each kind; a bias, which is added, may be any number."""
    named = sorted({(kind, name) for kind, numbers in QUESTIONS for name in numbers})
    wrong: list[Any] = [-1, 1.5, "x", [7, 7, 7], {}]
    return [
        (kind, name, value)
        for kind, name in named
        for value in wrong
        if (kind, name) != ("one output", "bias") or not isinstance(value, int | float)
    ]

"""What mistakes do to a convolutional layer: functions from a layer to its wrong output."""

from __future__ import annotations

import numpy as np

from cnnbook._arguments import Array

from ._layers import Layer
from ._shared import larger, smaller


def left_over(layer: Layer) -> list[int]:
    """Return how many pixels no window reads at the end of each axis."""
    kernels, sizes = layer.weight.shape[2:], layer.input.shape[2:]
    return [
        (n + 2 * p - d * (f - 1) - 1) % s
        for n, f, s, p, d in zip(
            sizes, kernels, layer.stride, layer.padding, layer.dilation, strict=True
        )
    ]


def divided_before(layer: Layer) -> Array:
    """Return an output of (N − F + 1) // S: too small where windows end at the last pixel."""
    return smaller(
        layer.run(),
        *(int(left != s - 1) for s, left in zip(layer.stride, left_over(layer), strict=True)),
    )


def rounded_up(layer: Layer) -> Array:
    """Return an output with a window for the pixels that are left over."""
    return larger(layer.run(), *(int(left > 0) for left in left_over(layer)))


def channel(layer: Layer, which: int) -> Array:
    """Return the output from one channel of those that a filter sees."""
    weight = np.zeros_like(layer.weight)
    weight[:, which] = layer.weight[:, which]
    return layer.run(weight=weight)


def truncated_sums(
    layer: Layer, per_product: bool, bias_first: bool = False, backwards: bool = False
) -> Array:
    """Cut fractions off after each addition, as a sum does that is kept in an array of ints."""
    bias = layer.bias[:, np.newaxis, np.newaxis]
    total = np.trunc(bias) if bias_first else np.zeros_like(bias)
    height, width = layer.weight.shape[2:]
    for channel in range(layer.depth):
        products = list(np.ndindex(height, width)) if per_product else [(slice(None), slice(None))]
        for place in products[:: -1 if backwards else 1]:
            weight = np.zeros_like(layer.weight)
            weight[:, channel, *place] = layer.weight[:, channel, *place]
            total = np.trunc(total + layer.run(weight=weight, bias=np.zeros(len(weight))))
    return total if bias_first else np.trunc(total + bias)


def whole_inputs(layer: Layer) -> Array:
    """Cut fractions off before anything is computed."""
    return layer.run(input=np.trunc(layer.input), weight=np.trunc(layer.weight))


def bias(layer: Layer, times: float) -> Array:
    """Add the bias so many times."""
    return layer.run(bias=layer.bias * times)


def first_group(layer: Layer) -> Array:
    """Let all filters see the first group's channels."""
    return layer.run(input=layer.input[:, : layer.depth], groups=1)


def padded_once(layer: Layer, before: int, after: int) -> Array:
    """Add the padding so many times before each axis and after it."""
    vertical, horizontal = layer.padding
    return layer.padded(
        (vertical * before, vertical * after), (horizontal * before, horizontal * after)
    )


def padded_in_total(layer: Layer, odd_one_after: int) -> Array:
    """Add half of the padding on each side."""

    def halves(count: int) -> tuple[int, int]:
        low, high = count // 2, count - count // 2
        return (low, high) if odd_one_after else (high, low)

    return layer.padded(halves(layer.padding[0]), halves(layer.padding[1]))


def padded_with(layer: Layer, mode: str) -> Array:
    """Fill the padding in one of NumPy's ways."""
    vertical, horizontal = layer.padding
    return layer.padded((vertical, vertical), (horizontal, horizontal), mode)


def square_only(weight: Array) -> Array:
    """Fail where rows and columns cannot be exchanged."""
    if weight.shape[2] != weight.shape[3]:
        raise IndexError("the kernel has no such row")
    return weight

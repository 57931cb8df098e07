"""What the three forms of a convolutional layer share: checked arguments, padding and windows."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ._arguments import (
    NUMBERS,
    Array,
    IntOrPair,
    array,
    check_same_dtype,
    images,
    integer,
    like,
    pair,
)
from .kernels import effective_kernel_size
from .windows import window_slices

Padding = IntOrPair | Literal["valid", "same"]


class Layer(NamedTuple):
    """Where a layer's windows lie in the padded input."""

    output_shape: tuple[int, int, int, int]  # batch, filters, height, width
    channels: list[slice]  # for each filter, the channels that it sees
    rows: list[slice]  # for each row of the output, the rows of its windows
    columns: list[slice]
    inside: tuple[slice, slice]  # rows and columns of the padded input that are not padding


def prepare(
    input: npt.ArrayLike,
    weight: npt.ArrayLike,
    bias: npt.ArrayLike | None,
    stride: IntOrPair,
    padding: Padding,
    dilation: IntOrPair,
    groups: int,
) -> tuple[Array, Array, Array, Layer]:
    """Check a layer's arguments; return the padded input, the weights, the biases and the windows.

    >>> X, W, b, layer = prepare(np.ones((1, 7, 7)), np.ones((1, 1, 3, 3)), None, 2, 0, 1, 1)
    >>> layer.rows
    [slice(0, 3, 1), slice(2, 5, 1), slice(4, 7, 1)]
    """
    X = images("input", input, NUMBERS)
    W = array("weight", weight, ("filters", "channels", "height", "width"))
    b = np.zeros(len(W), W.dtype) if bias is None else array("bias", bias, ("filters",))
    check_same_dtype(input=X, weight=W, **({} if bias is None else {"bias": b}))
    channels = _channels(like(input, X).shape, W, b, integer("groups", groups, 1))

    kernel = W.shape[2], W.shape[3]
    strides, dilations = pair("stride", stride, 1), pair("dilation", dilation, 1)
    above, beside = _padding(padding, kernel, strides, dilations)
    _check_room("height", kernel[0], X.shape[2], above, dilations[0])
    _check_room("width", kernel[1], X.shape[3], beside, dilations[1])
    padded = np.pad(X, ((0, 0), (0, 0), above, beside))
    rows = window_slices(padded.shape[2], kernel[0], strides[0], 0, dilations[0], "floor")
    columns = window_slices(padded.shape[3], kernel[1], strides[1], 0, dilations[1], "floor")
    layer = Layer(
        output_shape=(len(X), len(W), len(rows), len(columns)),
        channels=channels,
        rows=rows,
        columns=columns,
        inside=(
            slice(above[0], above[0] + X.shape[2]),
            slice(beside[0], beside[0] + X.shape[3]),
        ),
    )
    return padded, W, b, layer


def _channels(shape: tuple[int, ...], W: Array, b: Array, groups: int) -> list[slice]:
    filters, depth = W.shape[:2]
    expected = depth * groups
    if shape[-3] != expected:
        order = "; the channels come before height and width" if shape[-1] == expected else ""
        raise ValueError(
            f"input must have {expected} channels, because weight has shape {W.shape} and "
            f"groups is {groups}, but its shape is {shape}{order}"
        )
    if filters % groups:
        raise ValueError(f"weight has {filters} filters, which do not divide by groups {groups}")
    if b.shape != (filters,):
        raise ValueError(
            f"bias must have one number for each of {filters} filters, but its shape is {b.shape}"
        )
    first = [k // (filters // groups) * depth for k in range(filters)]
    return [slice(channel, channel + depth) for channel in first]


def _check_room(axis: str, kernel: int, size: int, padding: tuple[int, int], dilation: int) -> None:
    """Refuse weights that cover more than the padded input: there would be no window at all."""
    covered = effective_kernel_size(kernel, dilation)
    padded = size + sum(padding)
    if covered > padded:
        total = f"{size} + 2·{padding[0]} = {padded}" if any(padding) else f"{size}"
        raise ValueError(
            f"weight's {axis} {kernel} with dilation {dilation} covers {covered} pixels, "
            f"more than the input and its padding have: {total}"
        )


def _padding(
    padding: Padding, kernel: tuple[int, ...], stride: tuple[int, int], dilation: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return how many zeros stand (above, below) and (left, right)."""
    if not isinstance(padding, str):
        return [(side, side) for side in pair("padding", padding)]
    if padding == "valid":
        return [(0, 0), (0, 0)]
    if padding != "same":
        raise ValueError(f"padding must be numbers, 'valid' or 'same', but got {padding!r}")
    if stride != (1, 1):
        raise ValueError(f"padding 'same' keeps the size, but stride {stride} does not")
    totals = [d * (f - 1) for f, d in zip(kernel, dilation, strict=True)]
    return [(total // 2, total - total // 2) for total in totals]

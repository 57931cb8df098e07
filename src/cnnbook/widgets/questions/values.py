"""Questions about one number: an output of a filter or of a pooling layer, a neuron's field."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnbook._arguments import array, flag, is_pair
from cnnbook.convolution import conv2d
from cnnbook.pooling import avg_pool2d, max_pool2d
from cnnbook.receptive_field import receptive_field

from .kind import Kind, Value, exactly

Plane = list[list[float]]


def at(plane: Any, row: int, column: int) -> Value:
    """Return a number of a plane, or None where there is no such place."""
    inside = 0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]
    return exactly(float(plane[row, column])) if inside else None


def _plane(name: str, numbers: Plane) -> npt.NDArray[np.float64]:
    plane = array(name, numbers, ("height", "width"))
    if plane.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold numbers, but got {numbers!r}")
    return plane.astype(float)


def _check_place(row: int, column: int, shape: tuple[int, ...]) -> None:
    rows, columns = shape
    if not (row < rows and column < columns):
        raise ValueError(
            f"row {row}, column {column} lies outside of an output of {rows}×{columns}"
        )


# ---- One output of a filter ----------------------------------------------------------------------


def _one_output(
    input: Plane,
    weight: Plane,
    row: int,
    column: int,
    stride: int = 1,
    padding: int = 0,
    bias: float = 0,
    flip: bool = False,
) -> dict[str, Value]:
    pixels, weights = _plane("input", input), _plane("weight", weight)
    if isinstance(bias, bool) or not isinstance(bias, int | float):
        raise TypeError(f"bias must be a number, but got {bias!r}")
    turned = weights[::-1, ::-1]
    flip = flag("flip", flip)
    if flip:  # true convolution, and who leaves the filter as it is has turned it once too little
        weights, turned = turned, weights

    def output(weights: Any = weights, stride: int = stride, padding: int = padding) -> Any:
        return conv2d(pixels[None], weights[None, None], stride=stride, padding=padding)[0] + bias

    _check_place(row, column, output().shape)
    padded = np.pad(pixels, padding)
    top, left = row * stride, column * stride
    window = padded[top : top + len(weight), left : left + len(weight[0])]
    return {
        "height": len(weight),
        "width": len(weight[0]),
        "as_it_is": None if flip else 1,
        "rotated": 1 if flip else None,
        "top": top - padding,
        "left": left - padding,
        "answer": at(output(), row, column),
        "terms": " + ".join(
            f"{_factor(w)}·{_factor(x)}" for x, w in zip(window.flat, weights.flat, strict=True)
        ),
        "bias_term": _factor(bias) if bias else None,
        "flipped": None if flip else at(output(turned), row, column),
        "not_flipped": at(output(turned), row, column) if flip else None,
        "transposed": at(output(weights.T), row, column) if len(weight) == len(weight[0]) else None,
        "axes_swapped": at(output(), column, row) if row != column else None,
        "counted_from_one": at(output(), row - 1, column - 1),
        "stride_forgotten": at(output(stride=1), row, column) if stride > 1 else None,
        "padding_forgotten": at(output(padding=0), row, column) if padding else None,
        "bias_forgotten": exactly(float((window * weights).sum())) if bias else None,
        "weights_forgotten": exactly(float(window.sum() + bias)),
    }


def _factor(number: float) -> str:
    text = str(exactly(float(number))).replace("-", "−")
    return f"({text})" if number < 0 else text


ONE_OUTPUT = Kind(
    compute=_one_output,
    question=(
        "The filter slides over the input",
        ", in a true convolution{rotated|}",
        ", stride {stride}",
        ", padding {padding} on each side",
        ", and {bias} is added as its bias",
        ". What number is in row {row}, column {column} of the output? (Count from 0",
        ", and do not flip the filter{as_it_is|}",
        ".)",
    ),
    answer="number",
    why=(
        "The window begins in row {top}, column {left} of the input; each of its numbers is "
        "multiplied by the weight that lies on it",
        " once the filter is turned by 180°{rotated|}",
        ", and the products are added up.",
    ),
    mistakes={
        "flipped": (
            "You turned the filter around: that is true convolution. A layer leaves it as it is.",
        ),
        "not_flipped": (
            "You left the filter as it is: that is what a layer computes. True convolution turns "
            "it by 180° first.",
        ),
        "transposed": ("You swapped the filter’s rows and columns.",),
        "axes_swapped": ("You swapped row and column: the row comes first.",),
        "counted_from_one": ("You counted rows and columns from 1: the first is 0.",),
        "stride_forgotten": (
            "You forgot the stride: each step goes {stride} pixels, so that the window begins in "
            "row {top}, column {left}.",
        ),
        "padding_forgotten": (
            "You forgot the padding: the first window begins {padding} "
            "{padding|pixel|pixels} outside.",
        ),
        "bias_forgotten": ("You forgot the bias: add {bias} to the sum.",),
        "weights_forgotten": (
            "You added up the pixels of the window. Multiply each by its weight first.",
        ),
    },
    hints=(
        (
            "Put the filter’s upper left corner on row {top}, column {left} of the "
            "input{as_it_is|}",
            "Turn the filter by 180°, and put it on the window that begins in row {top}, column "
            "{left} of the input{rotated|}",
            ".",
        ),
        (
            "Multiply the {height}·{width} pairs of numbers that lie on each other, and add the "
            "products up",
            ", and then the bias{bias|}",
            ".",
        ),
    ),
    solution=(("{terms}", " + {bias_term}", " = {answer}"),),
    tables={"Input": ("input", "input"), "Filter": ("weight", "filter")},
)


# ---- One output of a pooling layer ---------------------------------------------------------------


def _pooled_value(
    input: Plane,
    kernel_size: int,
    row: int,
    column: int,
    stride: int | None = None,
    pool: str = "max",
) -> dict[str, Value]:
    pixels = _plane("input", input)[None]
    step = kernel_size if stride is None else stride
    if pool not in ("max", "average"):
        raise ValueError(f"pool must be 'max' or 'average', but got {pool!r}")
    is_max = pool == "max"

    def pooled(is_max: bool = is_max, step: int = step) -> Any:
        return (max_pool2d if is_max else avg_pool2d)(pixels, kernel_size, step)[0]

    _check_place(row, column, pooled().shape)
    top, left = row * step, column * step
    window = pixels[0, top : top + kernel_size, left : left + kernel_size]
    listed = [str(exactly(float(number))).replace("-", "−") for number in window.flat]
    return {
        "pooling": pool,
        "S": step,
        "top": top,
        "left": left,
        "numbers": ", ".join(listed),
        "area": kernel_size * kernel_size,
        "total": exactly(float(window.sum())),
        "answer": at(pooled(), row, column),
        "maximum": at(pooled(), row, column) if is_max else None,
        "mean": None if is_max else at(pooled(), row, column),
        "mean_taken": at(pooled(False), row, column) if is_max else None,
        "maximum_taken": None if is_max else at(pooled(True), row, column),
        "sum_taken": None if is_max else exactly(float(window.sum())),
        "smallest_taken": exactly(float(window.min())) if is_max else None,
        "everything": exactly(float(pixels.max() if is_max else pixels.mean())),
        "axes_swapped": at(pooled(), column, row) if row != column else None,
        "counted_from_one": at(pooled(), row - 1, column - 1),
        "stride_one": at(pooled(step=1), row, column) if step > 1 and row + column else None,
    }


POOLED_VALUE = Kind(
    compute=_pooled_value,
    question=(
        "The map goes through {pooling} pooling with windows of {kernel_size}×{kernel_size}",
        " and stride {stride}",
        ". What number is in row {row}, column {column} of the output, counted from 0?",
    ),
    answer="number",
    why=(
        "The window begins in row {top}, column {left} and holds {numbers}",
        ": {maximum} is the largest.",
        ": together {total}, and {total}/{area} = {mean}.",
    ),
    mistakes={
        "mean_taken": ("That is the average of the window; max pooling takes the largest number.",),
        "maximum_taken": ("That is the largest number of the window; take the average.",),
        "sum_taken": ("That is the sum of the window: divide it by {area}.",),
        "smallest_taken": ("That is the smallest number of the window; take the largest.",),
        "everything": (
            "You took the whole map. An output sees only its window of {kernel_size}×"
            "{kernel_size}.",
        ),
        "axes_swapped": ("You swapped row and column: the row comes first.",),
        "counted_from_one": ("You counted rows and columns from 1: the first is 0.",),
        "stride_one": (
            "You let the windows move one pixel at a time; their stride is {S}, so that this "
            "window begins in row {top}, column {left}.",
        ),
    },
    hints=(
        ("Which window is meant? It begins in row {top}, column {left} of the map.",),
        ("It holds {numbers}.",),
    ),
    solution=(),
    tables={"Input": ("input", "input")},
)


# ---- Receptive field -----------------------------------------------------------------------------


def _receptive_field(layers: list[list[int]]) -> dict[str, Value]:
    if not is_pair(layers) or not layers:
        raise ValueError(f"layers must be a list of at least one layer, but got {layers!r}")
    for index, layer in enumerate(layers):
        if not is_pair(layer) or len(layer) not in (1, 2):
            raise ValueError(
                f"layers[{index}] must be [kernel_size] or [kernel_size, stride], but got {layer!r}"
            )
    pairs = [(layer[0], layer[1] if len(layer) > 1 else 1) for layer in layers]

    def field(layers: Any) -> int:
        return receptive_field(list(layers))[-1].size[0]

    kernels, strides = zip(*pairs, strict=True)
    right = field(pairs)
    jumps = [prod(strides[:index]) for index in range(len(pairs))]
    early = 1 + sum((f - 1) * j * s for f, s, j in zip(kernels, strides, jumps, strict=True))
    backwards = field(pairs[::-1])
    near = 1 + sum((f - 1) * s for f, s in zip(kernels, (1, *strides[:-1]), strict=True))
    return {
        "stack": " → ".join(f"{f}×{f}" + (f", stride {s}" if s > 1 else "") for f, s in pairs),
        "depth": len(pairs),
        "sum": "1 + " + " + ".join(f"({f} − 1)·{j}" for f, j in zip(kernels, jumps, strict=True)),
        "answer": right,
        "strided": next((s for s in strides[:-1] if s > 1), None),
        "kernels_added": sum(kernels) if len(pairs) > 1 else None,
        "one_forgotten": right - 1,
        "strides_forgotten": field(kernels) if field(kernels) != right else None,
        "stride_too_early": early if early != right else None,
        "backwards": backwards if backwards != right else None,
        "last_stride_only": near if near != right else None,
        "whole_kernels": 1 + sum(f * j for f, j in zip(kernels, jumps, strict=True)),
        "kernels_multiplied": prod(kernels) if len(pairs) > 1 else None,
        "last_only": kernels[-1] if len(pairs) > 1 else None,
    }


RECEPTIVE_FIELD = Kind(
    compute=_receptive_field,
    question=(
        "{depth} {depth|layer|layers} of windows, from the input on: {stack}. How many pixels of "
        "the input, along one axis, does a neuron of the last layer see?",
    ),
    answer="size",
    why=(
        "Each layer adds F − 1 steps to the one pixel that a neuron is",
        ", and a step is as long as the strides before it make it{strided|}",
        ": {sum} = {answer}.",
    ),
    mistakes={
        "kernels_added": (
            "You added the sizes up. Neighbouring windows overlap: each layer adds F − 1.",
        ),
        "one_forgotten": ("You forgot the pixel to start from: it is 1 + what the layers add.",),
        "strides_forgotten": (
            "You forgot the strides: after a stride of {strided}, a step is {strided} pixels of "
            "the input long.",
        ),
        "stride_too_early": (
            "You let a layer’s own stride count for the layer itself. It spreads only the layers "
            "after it.",
        ),
        "last_stride_only": (
            "You took only the stride of the layer before. A step is as long as the product of all "
            "strides before.",
        ),
        "whole_kernels": (
            "You added F steps for each layer. The first pixel is there: add F − 1.",
        ),
        "backwards": (
            "You went through the layers in the wrong order: a stride spreads the layers after it.",
        ),
        "kernels_multiplied": (
            "You multiplied the sizes. Neighbouring windows overlap: each layer adds to the field.",
        ),
        "last_only": (
            "That is what the neuron sees in the layer before its own. Go on to the input.",
        ),
    },
    hints=(
        ("Begin with one pixel. How many pixels does each layer add on the way?",),
        (
            "A layer adds (F − 1) steps",
            ", each as long as the product of all strides before the layer{strided|}",
            ".",
        ),
    ),
    solution=(),
)

"""A convolutional layer's settings in one form, and the calls with which candidates are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from cnnbook._arguments import Array, pair
from cnnbook.convolution import conv2d_im2col

from ._exercise import Case, Mistake, numbers, with_and_without_batch

Pair = tuple[int, int]


@dataclass(frozen=True)
class Layer:
    """A call of `conv2d` with all arguments filled in: with a batch axis, a bias, and pairs."""

    input: Array
    weight: Array
    bias: Array
    stride: Pair
    padding: Pair
    dilation: Pair
    groups: int
    grad_output: Array
    batch: bool  # whether the call had a batch axis

    def run(self, **changes: Any) -> Array:
        """Return the layer's output after some changes to its settings."""
        c = replace(self, **changes)
        return conv2d_im2col(c.input, c.weight, c.bias, c.stride, c.padding, c.dilation, c.groups)

    def padded(self, above: Pair, beside: Pair, mode: Any = "constant") -> Array:
        """Return the output for an input that is padded otherwise."""
        padded = np.pad(self.input, ((0, 0), (0, 0), above, beside), mode=mode)
        return self.run(input=padded, padding=(0, 0))

    @property
    def depth(self) -> int:
        """How many channels each filter sees."""
        return int(self.weight.shape[1])


Edit = Callable[[Layer], Any]


def mistake(name: str, message: str, *edits: Edit, needs: str = "", instead: str = "") -> Mistake:
    """Return a mistake whose variants are edits of a layer with a batch axis.

    If the call has none, the first axis of the result is taken off again.
    """
    return Mistake(name, message, tuple(partial(apply, edit) for edit in edits), needs, instead)


def apply(
    edit: Edit,
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    grad_output: Array | None = None,
) -> Any:
    """Apply an edit to a call; if that has no batch axis, take it off the result again."""
    batch = input.ndim == 4
    layer = Layer(
        input if batch else input[np.newaxis],
        weight,
        np.zeros(len(weight)) if bias is None else bias,
        pair("stride", stride),
        pair("padding", padding),
        pair("dilation", dilation),
        groups,
        np.zeros(0) if grad_output is None else grad_output.reshape(-1, *grad_output.shape[-3:]),
        batch,
    )
    result = edit(layer)
    if isinstance(result, tuple):  # gradients: the first is the input's
        return (result[0] if batch else result[0][0], *result[1:])
    return result if batch else result[0]


def layer_cases(seed: int, backward: bool = False, again: bool = False) -> tuple[Case, ...]:
    """Return calls of `conv2d`, or of its backward pass, each single image with and without batch.

    Every feature comes alone first, with square kernels and others, then with its neighbours.
    With `again`, there are larger calls, too.
    """
    rng = np.random.default_rng(seed)
    sizes: list[tuple[tuple[int, ...], dict[str, Any]]] = [
        # images, channels, filters, height, width, kernel's height and width
        ((1, 1, 1, 3, 4, 2, 2), {}),
        ((1, 1, 1, 4, 3, 2, 2), {}),
        ((1, 1, 1, 5, 5, 3, 3), {}),
        ((1, 1, 1, 4, 5, 2, 3), {}),
        ((1, 1, 1, 5, 4, 2, 3), {}),
        ((1, 1, 1, 3, 5, 3, 2), {}),
        ((1, 1, 1, 2, 3, 2, 3), {}),  # the kernel is as large as the image
        ((1, 1, 1, 3, 4, 1, 1), {}),
        ((1, 1, 1, 1, 5, 1, 2), {}),
        ((1, 1, 1, 5, 1, 2, 1), {}),
        ((1, 1, 1, 3, 4, 2, 2), {"step": 0.25}),
        ((1, 1, 1, 4, 5, 2, 3), {"step": 0.25}),
        ((1, 2, 1, 3, 4, 2, 2), {}),
        ((1, 3, 1, 4, 5, 3, 2), {}),
        ((1, 1, 2, 3, 4, 2, 2), {}),
        ((1, 1, 3, 4, 3, 2, 3), {}),
        ((1, 2, 2, 3, 4, 2, 2), {}),
        ((1, 3, 2, 4, 3, 2, 1), {}),
        ((1, 2, 3, 4, 5, 2, 2), {"step": 0.25}),
        ((2, 1, 1, 3, 4, 2, 2), {}),
        ((3, 1, 1, 4, 3, 2, 3), {}),
        ((2, 2, 3, 4, 3, 2, 2), {}),
        ((2, 2, 2, 3, 4, 2, 2), {}),
        ((1, 1, 1, 5, 7, 3, 3), {"stride": 2}),
        ((1, 1, 1, 7, 5, 2, 2), {"stride": 2}),  # a row and a column are left over
        ((1, 1, 1, 8, 7, 2, 3), {"stride": 3}),
        ((1, 1, 1, 3, 4, 2, 2), {"padding": 1}),
        ((1, 1, 1, 4, 3, 3, 3), {"padding": 1}),
        ((1, 1, 1, 4, 3, 3, 2), {"padding": 2}),
        ((1, 1, 1, 1, 2, 4, 3), {"padding": 3}),
        ((1, 1, 1, 5, 6, 2, 2), {"dilation": 2}),
        ((1, 1, 1, 8, 7, 3, 2), {"dilation": 2}),
        ((1, 1, 1, 5, 7, 2, 2), {"dilation": 3}),
        ((1, 1, 1, 5, 6, 3, 3), {"stride": 2, "padding": 1}),
        ((1, 1, 1, 6, 5, 2, 3), {"stride": 3, "padding": 2}),
        ((1, 1, 1, 7, 8, 3, 2), {"stride": 2, "dilation": 2}),
        ((1, 1, 1, 5, 6, 3, 3), {"padding": 2, "dilation": 2}),
        ((1, 1, 1, 6, 7, 2, 3), {"stride": 2, "padding": 1, "dilation": 2}),
        ((1, 1, 1, 5, 6, 2, 2), {"stride": (2, 1)}),
        ((1, 1, 1, 7, 7, 2, 3), {"stride": (1, 3)}),
        ((1, 1, 1, 3, 4, 2, 2), {"padding": (1, 0)}),
        ((1, 1, 1, 4, 3, 3, 3), {"padding": (1, 2)}),
        ((1, 1, 1, 5, 6, 2, 2), {"dilation": (1, 2)}),
        ((1, 1, 1, 7, 5, 3, 2), {"dilation": (3, 1)}),
        ((1, 2, 2, 3, 4, 2, 2), {"groups": 2}),
        ((1, 4, 6, 3, 4, 2, 2), {"groups": 2}),
        ((1, 3, 3, 4, 3, 2, 3), {"groups": 3}),
        ((1, 2, 4, 5, 6, 3, 2), {"groups": 2, "stride": 2, "padding": 1}),
        ((2, 3, 4, 9, 8, 5, 3), {"stride": 2, "padding": 2}),
    ]
    if not backward:
        biased: list[tuple[tuple[int, ...], dict[str, Any]]] = [
            ((1, 1, 1, 3, 4, 2, 2), {}),
            ((1, 1, 1, 4, 3, 2, 3), {"step": 0.25}),
            ((1, 1, 3, 3, 4, 2, 2), {}),
            ((1, 2, 1, 4, 3, 2, 2), {}),
            ((1, 3, 2, 4, 3, 2, 1), {"step": 0.25}),
            ((3, 2, 3, 3, 4, 2, 2), {}),
            ((1, 4, 2, 5, 4, 3, 2), {"groups": 2, "padding": 1}),
        ]
        sizes += [(size, {**options, "bias": True}) for size, options in biased]
    everything = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "step": 0.25}
    sizes += [
        ((2, 4, 6, 7, 6, 3, 2), {**everything, "groups": 2, "bias": not backward}),
        ((1, 1, 1, 4, 5, 3, 2), {"at_least": 0.0}),  # as after a ReLU
        ((1, 1, 1, 4, 5, 3, 2), {"scale": 1000.0}),
    ]
    if again:
        sizes += _LARGER
    cases = []
    for size, options in sizes:
        case = _layer_case(rng, *size, **options, backward=backward, again=again)
        cases += with_and_without_batch(case)
    return tuple(cases)


#: Beyond what is shown to a reader in anything that a program may have a limit for.
_LARGER: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((1, 1, 1, 11, 13, 4, 6), {}),
    ((4, 5, 7, 12, 10, 7, 5), {"stride": 4}),
    ((1, 1, 1, 12, 10, 5, 7), {"padding": 4}),
    ((1, 1, 1, 14, 13, 3, 4), {"dilation": 4}),
    ((1, 5, 6, 4, 5, 2, 2), {}),
    ((1, 8, 8, 5, 4, 3, 2), {"groups": 4}),
]


def _layer_case(
    rng: np.random.Generator,
    images: int,
    channels: int,
    filters: int,
    height: int,
    width: int,
    kernel_height: int,
    kernel_width: int,
    *,
    bias: bool = False,
    groups: int = 1,
    step: float = 1.0,
    scale: float = 1.0,
    at_least: float = -np.inf,
    backward: bool = False,
    again: bool = False,
    **options: Any,
) -> Case:
    def draw(*shape: int) -> Array:
        return numbers(rng, *shape, step=step, again=again) * scale

    arguments: dict[str, Any] = {
        "input": np.maximum(draw(images, channels, height, width), at_least),
        "weight": draw(filters, channels // groups, kernel_height, kernel_width),
    }
    if bias:
        arguments["bias"] = draw(filters)
    if groups > 1:
        options["groups"] = groups
    arguments |= options
    if backward:
        shape = conv2d_im2col(**arguments).shape
        arguments = {"grad_output": draw(*shape), **arguments}
    given = {
        "bias": bias,
        "channels": channels > 1,
        "filters": filters > 1,
        "fractions": step < 1,
        "images": images > 1,
        "pairs": any(isinstance(option, tuple) for option in options.values()),
        "batch": True,
    }
    features = {*options, *(feature for feature, here in given.items() if here)}
    return Case(arguments, frozenset(features))

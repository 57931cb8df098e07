"""A pooling layer's settings in one form, and the calls with which candidates are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnbook._arguments import Array, pair
from cnnbook.shapes import output_size

from ._exercise import Case, numbers, with_and_without_batch

Pair = tuple[int, int]
Reduce = Callable[["Pool", Array, Array], Any]


@dataclass(frozen=True)
class Pool:
    """A call of a pooling function with all arguments filled in."""

    input: Array
    kernel_size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    ceil_mode: bool
    count_include_pad: bool
    divisor_override: int | None
    reduce: Reduce
    stride_given: bool
    batch: bool

    def run(self, **changes: Any) -> Array:
        """Return the output after some changes, as batch × channels × height × width."""
        c = replace(self, **changes)
        rounding: Any = "ceil" if c.ceil_mode else "floor"
        size = c.input.shape[2], c.input.shape[3]
        shape: Any = output_size(size, c.kernel_size, c.stride, c.padding, c.dilation, rounding)
        rows, columns = (
            np.arange(shape[axis])[:, np.newaxis] * c.stride[axis]
            - c.padding[axis]
            + np.arange(c.kernel_size[axis]) * c.dilation[axis]
            for axis in (0, 1)
        )
        places = np.broadcast_arrays(rows[:, None, :, None], columns[None, :, None, :])
        result: Array = c.reduce(c, *places)
        return result

    def read(self, rows: Array, columns: Array, outside: float) -> Array:
        """Return the pixels at some places of every map, a window's along the last axis."""
        inside = self.inside(rows, columns)
        height, width = self.input.shape[2:]
        pixels = self.input[:, :, rows.clip(0, height - 1), columns.clip(0, width - 1)]
        return np.where(inside, pixels, outside).reshape(*pixels.shape[:-2], -1)

    def inside(self, rows: Array, columns: Array) -> Array:
        """Tell which places are pixels of the input."""
        height, width = self.input.shape[2:]
        result: Array = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        return result

    def on_padding(self, rows: Array, columns: Array) -> Array:
        """Tell which places are pixels or padding, and not beyond them."""
        height, width = self.input.shape[2:]
        result: Array = (rows < height + self.padding[0]) & (columns < width + self.padding[1])
        return result


# How a window becomes a number. Rows and columns are the places that the windows read, as output's
# height × output's width × kernel's height × kernel's width.


def largest(c: Pool, rows: Array, columns: Array, outside: float = -np.inf) -> Any:
    """Return the largest pixel."""
    return c.read(rows, columns, outside).max(axis=-1)


def zeros_win(c: Pool, rows: Array, columns: Array) -> Any:
    """Return the largest of pixels and padding."""
    return largest(c, rows, columns, outside=0.0)


def largest_but_zeros(c: Pool, rows: Array, columns: Array) -> Any:
    """Return the largest of the pixels that are not 0, and anything where all are."""
    pixels = c.read(rows, columns, -np.inf)
    found = np.where(pixels == 0, -np.inf, pixels).max(axis=-1)
    return np.where(np.isinf(found), np.nan, found)


def zero_is_no_maximum_yet(c: Pool, rows: Array, columns: Array, padded: bool = False) -> Any:
    """Return what ``if not best or pixel > best`` finds, in the pixels alone or the padding too."""
    pixels = c.read(rows, columns, -np.inf)
    best = np.zeros(pixels.shape[:-1])
    for pixel in np.moveaxis(pixels, -1, 0):
        taken = ((best == 0) | (pixel > best)) & (padded | np.isfinite(pixel))
        best = np.where(taken, pixel, best)
    return best


def smallest(c: Pool, rows: Array, columns: Array) -> Any:
    """Return the smallest pixel."""
    return c.read(rows, columns, np.inf).min(axis=-1)


def farthest_from_zero(c: Pool, rows: Array, columns: Array) -> Any:
    """Return the pixel of the largest absolute value."""
    pixels = c.read(rows, columns, 0.0)
    return np.take_along_axis(pixels, np.abs(pixels).argmax(-1)[..., None], -1)[..., 0]


def first_of_window(c: Pool, rows: Array, columns: Array) -> Any:
    """Return the pixel at the window's start."""
    return c.read(rows, columns, np.nan)[..., 0]


def divisor(c: Pool, rows: Array, columns: Array) -> Any:
    """Return what the sum is divided by."""
    counted = c.on_padding(rows, columns) if c.count_include_pad else c.inside(rows, columns)
    return np.broadcast_to(c.divisor_override or counted.sum(axis=(-2, -1)), rows.shape[:2])


def total(c: Pool, rows: Array, columns: Array) -> Any:
    """Return the sum."""
    return c.read(rows, columns, 0.0).sum(axis=-1)


def mean(c: Pool, rows: Array, columns: Array) -> Any:
    """Return the mean."""
    return total(c, rows, columns) / divisor(c, rows, columns)


def mean_of_whole_window(c: Pool, rows: Array, columns: Array) -> Any:
    """Divide by the window's size even where it reaches over the end of the padding."""
    if c.count_include_pad and c.divisor_override is None:
        return c.read(rows, columns, 0.0).mean(axis=-1)
    return mean(c, rows, columns)


def mean_but_zeros(c: Pool, rows: Array, columns: Array, always: bool) -> Any:
    """Divide by how many pixels are not 0, with `count_include_pad` too or never then."""
    if c.divisor_override or (c.count_include_pad and not always):
        return mean(c, rows, columns)
    counted = (c.read(rows, columns, 0.0) != 0).sum(axis=-1)
    return total(c, rows, columns) / np.where(counted, counted, np.nan)


def sum_over_side(c: Pool, rows: Array, columns: Array) -> Any:
    """Divide by the kernel's height."""
    return total(c, rows, columns) / (c.divisor_override or rows.shape[-2])


def divided_twice(c: Pool, rows: Array, columns: Array) -> Any:
    """Divide the mean by `divisor_override`."""
    average = mean(replace(c, divisor_override=None), rows, columns)
    return average / (c.divisor_override or 1)


def median(c: Pool, rows: Array, columns: Array) -> Any:
    """Return the median."""
    return np.median(c.read(rows, columns, 0.0), axis=-1)


Edit = Callable[[Pool], Any]


def apply(
    edit: Edit,
    reduce: Reduce,
    input: Array,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    return_indices: bool = False,
) -> Any:
    """Apply an edit to a call; if it has no batch axis, take the first axis off the result."""
    batch = input.ndim == 4
    pool = Pool(
        input if batch else input[np.newaxis],
        pair("", kernel_size),
        pair("", kernel_size if stride is None else stride),
        pair("", padding),
        pair("", dilation),
        ceil_mode,
        count_include_pad,
        divisor_override,
        reduce,
        stride is not None,
        batch,
    )
    result = edit(pool)
    if isinstance(result, tuple):
        return tuple(part if batch else part[0] for part in result)
    result = result if batch else result[0]
    if return_indices:  # which go wrong as well, but in as many ways as there are programs
        return result, np.nan
    return result


def pool_cases(seed: int, largest: bool, again: bool = False) -> tuple[Case, ...]:
    """Return calls of `max_pool2d` or `avg_pool2d`, single images with and without batch axis.

    With `again`, there are larger calls, too.
    """
    rng = np.random.default_rng(seed)
    shapes: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        # images, channels, height, width, kernel's size
        ((1, 1, 2, 4, 2), {}),
        ((1, 1, 4, 4, 2), {}),
        ((1, 1, 6, 4, 2), {}),
        ((1, 1, 5, 7, 2), {}),  # a row and a column are left over
        ((1, 1, 6, 7, 3), {}),
        ((1, 1, 3, 4, 1), {}),
        ((1, 1, 3, 3, 3), {}),
        ((1, 1, 2, 6, 2), {"negative": True}),
        ((1, 1, 3, 4, 2), {"step": 0.25}),
        ((1, 2, 2, 4, 2), {}),
        ((1, 3, 4, 3, 2), {}),
        ((2, 1, 4, 2, 2), {}),
        ((3, 2, 2, 4, 2), {}),
        ((1, 1, 3, 4, 2), {"stride": 1}),
        ((1, 1, 5, 7, 3), {"stride": 2}),
        ((1, 1, 7, 8, 2), {"stride": 3}),
        ((1, 1, 2, 4, 2), {"padding": 1}),
        ((1, 1, 5, 4, 3), {"padding": 1}),
        ((1, 1, 7, 5, 4), {"padding": 2}),
        ((1, 1, 5, 4, 3), {"padding": 1, "negative": True}),
        ((1, 1, 4, 5, 3), {"stride": 2, "padding": 1}),
        ((1, 1, 6, 5, 3), {"stride": 1, "padding": 1}),
        ((1, 1, 3, 5, 2), {"ceil_mode": True}),
        ((1, 1, 4, 6, 2), {"ceil_mode": True}),
        ((1, 1, 7, 5, 3), {"ceil_mode": True}),
        ((1, 1, 5, 7, 3), {"ceil_mode": True}),
        ((1, 1, 6, 7, 3), {"stride": 2, "ceil_mode": True}),
        ((1, 1, 7, 6, 3), {"stride": 2, "ceil_mode": True}),
        ((1, 1, 6, 5, 3), {"stride": 2, "padding": 1, "ceil_mode": True}),
        # a window that would start in the padding at the end is left out
        ((1, 1, 5, 5, 2), {"stride": 3, "padding": 1, "ceil_mode": True}),
        ((1, 1, 5, 6, 2), {"stride": (3, 2), "padding": 1, "ceil_mode": True}),
        ((1, 1, 6, 5, 2), {"stride": (2, 3), "padding": 1, "ceil_mode": True}),
        ((1, 1, 7, 5, 3), {"stride": (2, 5), "padding": 1, "ceil_mode": True}),
        ((1, 1, 5, 7, 3), {"stride": (5, 2), "padding": 1, "ceil_mode": True}),
        ((1, 1, 5, 5, 3), {"stride": 5, "padding": (0, 1), "ceil_mode": True}),
        ((1, 1, 5, 5, 3), {"stride": 5, "padding": (1, 0), "ceil_mode": True}),
        ((1, 1, 6, 8, 3), {"stride": (2, 3), "ceil_mode": True}),
        ((1, 1, 4, 6, (2, 3)), {}),
        ((1, 1, 7, 5, (3, 1)), {}),
        ((1, 1, 3, 4, (2, 2)), {"stride": (1, 2)}),
        ((1, 1, 7, 6, (3, 2)), {"stride": (2, 3)}),
        ((1, 1, 4, 6, 2), {"padding": (1, 0)}),
        ((1, 1, 5, 6, (2, 3)), {"stride": (3, 1), "padding": (0, 1)}),
        ((2, 3, 7, 8, (3, 2)), {"stride": (2, 3), "padding": (1, 0), "step": 0.25}),
    ]
    shapes += _MAX_ONLY if largest else _AVG_ONLY
    shapes += _UNUSUAL
    if again:
        shapes += _LARGER
    cases = []
    for shape, options in shapes:
        case = _case(rng, *shape, **options, again=again)
        cases += with_and_without_batch(case)
    return tuple(cases)


#: Numbers that a program may take for something else, or that may be beyond its limit.
_UNUSUAL: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1, 1, 4, 6, 2), {"at_least": 0.0}),  # as after a ReLU
    ((1, 1, 4, 6, 2), {"at_most": 0.0}),
    ((1, 1, 5, 4, 3), {"padding": 1, "at_least": 0.0}),
    ((1, 1, 5, 4, 3), {"padding": 1, "at_most": 0.0}),
    ((1, 1, 2, 6, 2), {"scale": 10.0, "negative": True}),
    ((1, 1, 2, 6, 2), {"scale": 10_000.0}),
    ((1, 1, 2, 6, 2), {"scale": 10_000.0, "negative": True}),
    ((1, 1, 2, 4, 2), {"padding": 1, "scale": 10_000.0, "negative": True}),
]
_LARGER: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1, 1, 6, 4, 2), {"scale": 1e6, "negative": True}),
    ((1, 5, 4, 6, 2), {}),
    ((4, 5, 13, 17, 4), {}),
    ((1, 1, 17, 13, 5), {"stride": 4}),
    ((1, 1, 12, 15, (6, 7)), {"padding": 3}),
]
_MAX_ONLY: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1, 1, 5, 6, 2), {"dilation": 2}),
    ((1, 1, 7, 9, 3), {"dilation": 3}),
    ((1, 1, 5, 6, 2), {"stride": 1, "dilation": 2}),
    ((1, 1, 7, 6, 3), {"stride": 2, "padding": 1, "dilation": 2}),
    ((1, 1, 5, 6, 2), {"dilation": (1, 2)}),
    ((1, 1, 8, 6, (3, 2)), {"stride": 2, "dilation": (2, 1), "ceil_mode": True}),
    ((1, 1, 2, 4, 2), {"return_indices": True}),
    ((1, 1, 5, 4, 2), {"return_indices": True}),
    ((1, 1, 4, 6, 2), {"return_indices": True, "at_least": 4.0}),
    ((2, 2, 4, 6, 2), {"return_indices": True}),
    ((1, 1, 5, 6, 3), {"stride": 2, "return_indices": True}),
    ((1, 1, 4, 5, 3), {"stride": 2, "padding": 1, "return_indices": True}),
    ((1, 1, 5, 6, 2), {"dilation": 2, "return_indices": True}),
    (
        (2, 3, 8, 9, (3, 2)),
        {"stride": (2, 3), "padding": 1, "dilation": (1, 2), "return_indices": True},
    ),
]
_AVG_ONLY: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1, 1, 2, 4, 2), {"padding": 1, "count_include_pad": False}),
    ((1, 1, 5, 4, 3), {"padding": 1, "count_include_pad": False}),
    ((1, 1, 5, 6, 3), {"stride": 2, "padding": 1, "count_include_pad": False}),
    ((1, 1, 6, 5, 3), {"padding": 1, "count_include_pad": False, "at_least": 0.0}),
    (
        (1, 1, 6, 5, 3),
        {"stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
    ),
    ((1, 1, 3, 4, 2), {"divisor_override": 3}),
    ((1, 1, 2, 4, 2), {"divisor_override": 1}),
    ((1, 1, 5, 4, 3), {"padding": 1, "divisor_override": 5}),
    ((1, 1, 5, 4, 2), {"padding": 1, "count_include_pad": False, "divisor_override": 3}),
    ((1, 1, 5, 6, 2), {"ceil_mode": True, "divisor_override": 3}),
]


def _case(
    rng: np.random.Generator,
    images: int,
    channels: int,
    height: int,
    width: int,
    kernel_size: Any,
    *,
    step: float = 1.0,
    scale: float = 1.0,
    negative: bool = False,
    at_least: float = -np.inf,
    at_most: float = np.inf,
    again: bool = False,
    **options: Any,
) -> Case:
    input = numbers(rng, images, channels, height, width, step=step, again=again) * scale
    if negative:
        input = -np.abs(input)
    input = input.clip(at_least, at_most)
    given = {
        "batch": True,
        "channels": channels > 1,
        "fractions": step < 1,
        "images": images > 1,
        "pairs": any(isinstance(value, tuple) for value in [kernel_size, *options.values()]),
    }
    features = {*options, *(feature for feature, here in given.items() if here)}
    return Case({"input": input, "kernel_size": kernel_size, **options}, frozenset(features))

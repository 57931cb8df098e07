"""What pooling and its gradients share: checked arguments, windows, winners and divisors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ._arguments import Array, IntOrPair, flag, integer, is_pair, pair
from .sizes import Rounding
from .windows import window_slices


class PoolLayer(NamedTuple):
    """Where a pooling layer's windows lie in the input."""

    output_shape: tuple[int, int, int, int]  # batch, channels, height, width
    rows: list[slice]  # for each row of the output, the rows that its windows read
    columns: list[slice]
    heights: list[int]  # for each row of the output, how many rows and padding its windows cover
    widths: list[int]


def prepare(
    X: Array,
    kernel_size: IntOrPair,
    stride: IntOrPair | None,
    padding: IntOrPair,
    dilation: IntOrPair,
    ceil_mode: bool,
) -> PoolLayer:
    """Check a pooling layer's arguments and return its windows.

    >>> prepare(np.ones((1, 1, 4, 4)), 2, None, 0, 1, ceil_mode=False).rows
    [slice(0, 2, 1), slice(2, 4, 1)]
    """
    kernels = pair("kernel_size", kernel_size, 1)
    none = stride is None or (is_pair(stride) and not stride)  # PyTorch takes () for None
    strides = kernels if none else pair("stride", stride, 1)
    paddings, dilations = pair("padding", padding), pair("dilation", dilation, 1)
    rounding: Rounding = "ceil" if flag("ceil_mode", ceil_mode) else "floor"
    slices, covered = [], []
    axes = zip(X.shape[2:], kernels, strides, paddings, dilations, ("height", "width"), strict=True)
    for size, f, s, p, d, axis in axes:
        if p > f // 2:
            raise ValueError(f"{axis}: padding {p} must be at most half of kernel_size {f}")
        slices.append(window_slices(size, f, s, p, d, rounding, axis))
        if any(window.start >= window.stop for window in slices[-1]):
            # PyTorch would answer −inf, and write outside the array in the backward pass.
            raise ValueError(
                f"{axis}: with kernel_size {f}, padding {p} and dilation {d}, a window on an input "
                f"of {size} holds nothing but padding"
            )
        starts = range(0, s * len(slices[-1]), s)
        covered.append([min(f, size + 2 * p - start) for start in starts])
    (rows, columns), (heights, widths) = slices, covered
    return PoolLayer((*X.shape[:2], len(rows), len(columns)), rows, columns, heights, widths)


def winners(X: Array, layer: PoolLayer) -> npt.NDArray[np.int64]:
    """Return where each window's maximum is: the first of equals, but the last NaN, as PyTorch."""
    height, width = X.shape[2:]
    places = np.arange(height * width).reshape(height, width)
    found = np.empty(layer.output_shape, np.int64)
    for n, c, y, x in np.ndindex(found.shape):
        window = layer.rows[y], layer.columns[x]
        numbers = X[n, c][window].ravel()
        nans = np.flatnonzero(np.isnan(numbers))
        winner = nans[-1] if nans.size else numbers.argmax()
        found[n, c, y, x] = places[window].flat[winner]
    return found


def divisors_of(
    layer: PoolLayer, count_include_pad: bool, divisor_override: int | None
) -> list[list[int]]:
    """Return, for each position, what a window's sum is divided by."""
    heights, widths = layer.heights, layer.widths
    if not flag("count_include_pad", count_include_pad):
        heights = [rows.stop - rows.start for rows in layer.rows]
        widths = [columns.stop - columns.start for columns in layer.columns]
    areas = [[height * width for width in widths] for height in heights]
    if divisor_override is None:
        return areas
    divisor = integer("divisor_override", divisor_override, minimum=None)
    if divisor == 0:
        raise ValueError("divisor_override must be an integer other than 0, but got 0")
    return [[divisor for _ in row] for row in areas]

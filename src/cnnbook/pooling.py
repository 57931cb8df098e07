"""Pooling in readable NumPy: each activation map is made smaller, on its own, without weights."""

from __future__ import annotations

from typing import Literal, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from ._arguments import (
    FLOATS,
    Array,
    IntOrPair,
    flag,
    gradient,
    images,
    integer,
    is_pair,
    like,
    pair,
)
from .shapes import Rounding, windows

REAL = ("int8", "uint8", "int16", "int32", "int64", "float16", *FLOATS)


@overload
def max_pool2d(
    input: npt.ArrayLike,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Array: ...
@overload
def max_pool2d(
    input: npt.ArrayLike,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Array, npt.NDArray[np.int64]]: ...
def max_pool2d(
    input: npt.ArrayLike,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Array | tuple[Array, npt.NDArray[np.int64]]:
    """Return the largest number of each window.

    The arguments are those of :func:`torch.nn.functional.max_pool2d`, and so is the result.

    Parameters
    ----------
    input
        Batch × channels × height × width, or without the batch.
    kernel_size
        Pixels of the window; an int, or a pair (height, width).
    stride
        Pixels from one window to the next; None or () for `kernel_size`: windows side by side.
    padding
        Pixels added on *each* side, at most half of `kernel_size`. They never win.
    dilation
        Pixels from one pixel of a window to the next; 1 means that they are neighbours.
    ceil_mode
        Whether a last window may reach over the end, instead of leaving the last pixels unread.
    return_indices
        Whether to tell as well where each maximum was found.

    Returns
    -------
    numpy.ndarray
        Batch × channels × height × width, without the batch if the input has none. NaN wins.
    numpy.ndarray
        With `return_indices`: row · width + column of each maximum in its input map, the first of
        equals.

    Raises
    ------
    ValueError
        If the shape is wrong, the window is larger than the padded input, a number is out of range,
        or a window holds nothing but padding.
    TypeError
        If `input` has not one of PyTorch's types for real numbers (uint8, int8 to int64, float16 to
        float64), or an argument has the wrong type.

    Examples
    --------
    >>> X = [[[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]]
    >>> max_pool2d(X, kernel_size=2, stride=2)
    array([[[6, 8],
            [3, 4]]])

    References
    ----------
    CS231n, slides 56–58.
    """
    X = images("input", input, REAL)
    layer = _prepare(X, kernel_size, stride, padding, dilation, ceil_mode)
    V = np.empty(layer.output_shape, X.dtype)
    for y, x in np.ndindex(V.shape[2:]):
        window = X[:, :, layer.rows[y], layer.columns[x]]
        V[:, :, y, x] = window.max(axis=(2, 3))
    if flag("return_indices", return_indices):
        return like(input, V), like(input, _winners(X, layer))
    return like(input, V)


def max_pool2d_backward(
    grad_output: npt.ArrayLike,
    input: npt.ArrayLike,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return the input's gradient: each window's winner takes all of its output's gradient.

    Parameters
    ----------
    grad_output
        The loss's derivative by each number of the output, in the output's shape.
    input, kernel_size, stride, padding, dilation, ceil_mode
        What :func:`max_pool2d` was called with.

    Returns
    -------
    numpy.ndarray
        The loss's derivative by each pixel, in the input's shape. Of equals, the first wins.

    Raises
    ------
    ValueError, TypeError
        If `grad_output` does not fit the output, the input holds no floats, or as
        :func:`max_pool2d`.

    Examples
    --------
    >>> max_pool2d_backward([[[10.0]]], input=[[[1.0, 4.0], [3.0, 4.0]]], kernel_size=2)
    array([[[ 0., 10.],
            [ 0.,  0.]]])

    References
    ----------
    CS231n's notes on backpropagation: the "max gate". Which of equals wins is PyTorch's choice.
    """
    X = images("input", input, FLOATS)
    layer = _prepare(X, kernel_size, stride, padding, dilation, ceil_mode)
    dV = gradient(grad_output, input, layer.output_shape)
    dX = np.zeros_like(X)
    for (n, c, y, x), winner in np.ndenumerate(_winners(X, layer)):
        dX[n, c].flat[winner] += dV[n, c, y, x]
    return like(input, dX)


def avg_pool2d(
    input: npt.ArrayLike,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Return the mean of each window.

    The arguments are those of :func:`torch.nn.functional.avg_pool2d`, and so is the result.

    Parameters
    ----------
    input, kernel_size, stride, ceil_mode
        As in :func:`max_pool2d`.
    padding
        As in :func:`max_pool2d`; the pixels that are added are zeros.
    count_include_pad
        Whether those zeros count, so that means shrink at the border. What a window reads beyond
        them, with `ceil_mode`, never counts.
    divisor_override
        Divide each window's sum by this integer, not by how many pixels count. Not 0.

    Returns
    -------
    numpy.ndarray
        Batch × channels × height × width, without the batch if the input has none.

    Raises
    ------
    ValueError
        As :func:`max_pool2d`.
    TypeError
        If `input` is neither float32 nor float64 (means of integers would be cut off, sums of
        float16 rounded), or an argument has the wrong type.

    Examples
    --------
    >>> avg_pool2d([[[1.0, 3.0, 5.0, 7.0]]], kernel_size=(1, 2))
    array([[[2., 6.]]])

    References
    ----------
    Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep learning*, section 1.2.
    """
    X = images("input", input, FLOATS)
    layer = _prepare(X, kernel_size, stride, padding, 1, ceil_mode)
    divisors = _divisors(layer, count_include_pad, divisor_override)
    V = np.empty(layer.output_shape, X.dtype)
    for y, x in np.ndindex(V.shape[2:]):
        window = X[:, :, layer.rows[y], layer.columns[x]]
        V[:, :, y, x] = window.sum(axis=(2, 3)) / divisors[y][x]
    return like(input, V)


def avg_pool2d_backward(
    grad_output: npt.ArrayLike,
    input: npt.ArrayLike,
    kernel_size: IntOrPair,
    stride: IntOrPair | None = None,
    padding: IntOrPair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """Return the input's gradient: a window's pixels share its output's gradient equally.

    Parameters
    ----------
    grad_output
        The loss's derivative by each number of the output, in the output's shape.
    input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        What :func:`avg_pool2d` was called with.

    Returns
    -------
    numpy.ndarray
        The loss's derivative by each pixel, in the input's shape.

    Raises
    ------
    ValueError, TypeError
        If `grad_output` does not fit the output, or as :func:`avg_pool2d`.

    Examples
    --------
    >>> avg_pool2d_backward([[[10.0, 30.0]]], input=[[[1.0, 3.0, 5.0, 7.0]]], kernel_size=(1, 2))
    array([[[ 5.,  5., 15., 15.]]])

    References
    ----------
    CS231n's notes on backpropagation: a mean is an "add gate", over the number of pixels.
    """
    X = images("input", input, FLOATS)
    layer = _prepare(X, kernel_size, stride, padding, 1, ceil_mode)
    divisors = _divisors(layer, count_include_pad, divisor_override)
    dV = gradient(grad_output, input, layer.output_shape)
    dX = np.zeros_like(X)
    for n, c, y, x in np.ndindex(dV.shape):
        dX[n, c, layer.rows[y], layer.columns[x]] += dV[n, c, y, x] / divisors[y][x]
    return like(input, dX)


def global_avg_pool2d(input: npt.ArrayLike) -> Array:
    """Return the mean of each activation map, whatever its size.

    Parameters
    ----------
    input
        Batch × channels × height × width, or without the batch.

    Returns
    -------
    numpy.ndarray
        Batch × channels × 1 × 1, without the batch if the input has none: what
        ``torch.nn.AdaptiveAvgPool2d(1)`` returns.

    Raises
    ------
    ValueError, TypeError
        As :func:`avg_pool2d`.

    Examples
    --------
    >>> global_avg_pool2d([[[1.0, 2.0], [3.0, 6.0]]])
    array([[[3.]]])

    References
    ----------
    Lin, Chen and Yan (2014), *Network in network*, section 3.2.
    """
    return like(input, images("input", input, FLOATS).mean(axis=(2, 3), keepdims=True))


class _Layer(NamedTuple):
    output_shape: tuple[int, int, int, int]
    rows: list[slice]  # for each row of the output, the rows that its windows read
    columns: list[slice]
    heights: list[int]  # for each row of the output, how many rows and padding its windows cover
    widths: list[int]


def _prepare(
    X: Array,
    kernel_size: IntOrPair,
    stride: IntOrPair | None,
    padding: IntOrPair,
    dilation: IntOrPair,
    ceil_mode: bool,
) -> _Layer:
    """Check a pooling layer's arguments and return its windows."""
    kernels = pair("kernel_size", kernel_size, 1)
    none = stride is None or (is_pair(stride) and not stride)  # PyTorch takes () for None
    strides = kernels if none else pair("stride", stride, 1)
    paddings, dilations = pair("padding", padding), pair("dilation", dilation, 1)
    rounding: Rounding = "ceil" if flag("ceil_mode", ceil_mode) else "floor"
    slices, covered = [], []
    axes = zip(X.shape[2:], kernels, strides, paddings, dilations, ("height", "width"), strict=True)
    for size, f, s, p, d, axis in axes:
        if p > f // 2:
            raise ValueError(f"padding {p} must be at most half of kernel_size {f}")
        slices.append(windows(size, f, s, p, d, rounding, axis))
        if any(window.start >= window.stop for window in slices[-1]):
            # PyTorch would answer −inf, and write outside the array in the backward pass.
            raise ValueError(
                f"with kernel_size {f}, padding {p} and dilation {d}, a window on {size} pixels "
                "holds nothing but padding"
            )
        starts = range(0, s * len(slices[-1]), s)
        covered.append([min(f, size + 2 * p - start) for start in starts])
    (rows, columns), (heights, widths) = slices, covered
    return _Layer((*X.shape[:2], len(rows), len(columns)), rows, columns, heights, widths)


def _winners(X: Array, layer: _Layer) -> npt.NDArray[np.int64]:
    """Return where each window's maximum is: the first of equals, but the last NaN, as PyTorch."""
    height, width = X.shape[2:]
    places = np.arange(height * width).reshape(height, width)
    winners = np.empty(layer.output_shape, np.int64)
    for n, c, y, x in np.ndindex(winners.shape):
        window = layer.rows[y], layer.columns[x]
        numbers = X[n, c][window].ravel()
        nans = np.flatnonzero(np.isnan(numbers))
        winner = nans[-1] if nans.size else numbers.argmax()
        winners[n, c, y, x] = places[window].flat[winner]
    return winners


def _divisors(
    layer: _Layer, count_include_pad: bool, divisor_override: int | None
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

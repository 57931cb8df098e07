"""Pooling in readable NumPy: each activation map is made smaller, on its own, without weights."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from ._arguments import FLOATS, Array, IntOrPair, flag, images, like
from ._pool_layer import divisors_of, prepare, winners
from .pool_backward import avg_pool2d_backward, max_pool2d_backward

__all__ = [
    "avg_pool2d",
    "avg_pool2d_backward",
    "global_avg_pool2d",
    "max_pool2d",
    "max_pool2d_backward",
]

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
    layer = prepare(X, kernel_size, stride, padding, dilation, ceil_mode)
    V = np.empty(layer.output_shape, X.dtype)
    for y, x in np.ndindex(V.shape[2:]):
        window = X[:, :, layer.rows[y], layer.columns[x]]
        V[:, :, y, x] = window.max(axis=(2, 3))
    if flag("return_indices", return_indices):
        return like(input, V), like(input, winners(X, layer))
    return like(input, V)


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
    layer = prepare(X, kernel_size, stride, padding, 1, ceil_mode)
    divisors = divisors_of(layer, count_include_pad, divisor_override)
    V = np.empty(layer.output_shape, X.dtype)
    for y, x in np.ndindex(V.shape[2:]):
        window = X[:, :, layer.rows[y], layer.columns[x]]
        V[:, :, y, x] = window.sum(axis=(2, 3)) / divisors[y][x]
    return like(input, V)


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

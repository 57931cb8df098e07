"""Convolution as one product of matrices, which is how it is fast."""

from __future__ import annotations

from math import prod

import numpy as np
import numpy.typing as npt

from ._arguments import NUMBERS, Array, IntOrPair, images, like, pair
from ._layer import Padding, prepare
from .kernels import effective_kernel_size
from .sizes import output_size


def conv2d_im2col(
    input: npt.ArrayLike,
    weight: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Array:
    """Return what :func:`~cnnbook.convolution.conv2d` returns, much faster.

    The price is memory: :func:`im2col` copies a pixel for every window that reads it.

    Parameters
    ----------
    input, weight, bias, stride, padding, dilation, groups
        As in :func:`~cnnbook.convolution.conv2d`.

    Returns
    -------
    numpy.ndarray
        As from :func:`~cnnbook.convolution.conv2d`.

    Raises
    ------
    ValueError, TypeError
        As :func:`~cnnbook.convolution.conv2d`.

    Examples
    --------
    >>> conv2d_im2col([[[1, 2, 3, 4]]], [[[[1, 10]]]])  # 1 + 20, 2 + 30, 3 + 40
    array([[[21, 32, 43]]])
    """
    X, W, b, layer = prepare(input, weight, bias, stride, padding, dilation, groups)
    filters, depth, height, width = W.shape
    steps, strides = pair("dilation", dilation), pair("stride", stride)
    columns = _columns(X, (height, width), steps, strides)
    columns = columns.reshape(len(X), groups, depth * height * width, columns.shape[-1])
    matrices = W.reshape(groups, filters // groups, depth * height * width)
    V = (matrices @ columns).reshape(layer.output_shape) + b[:, np.newaxis, np.newaxis]
    return like(input, V)


def im2col(
    input: npt.ArrayLike,
    kernel_size: IntOrPair,
    dilation: IntOrPair = 1,
    padding: IntOrPair = 0,
    stride: IntOrPair = 1,
) -> Array:
    """Copy each window into a column, so that a convolution becomes one product of matrices.

    The arguments, their order and the result are those of :func:`torch.nn.functional.unfold`, which
    refuses integers.

    Parameters
    ----------
    input
        Batch × channels × height × width, or without the batch.
    kernel_size, dilation, padding, stride
        As in :func:`~cnnbook.convolution.conv2d`, but only as numbers.

    Returns
    -------
    numpy.ndarray
        Batch × numbers in a window × windows, without the batch if the input has none. A window is
        read channel by channel, a channel row by row; so are the positions of the windows. It is a
        copy, even where each window is one pixel.

    Raises
    ------
    ValueError, TypeError
        As :func:`~cnnbook.convolution.conv2d`.

    Examples
    --------
    The windows 1 2, 2 3 and 3 4 become columns:

    >>> im2col([[[1, 2, 3, 4]]], kernel_size=(1, 2))
    array([[1, 2, 3],
           [2, 3, 4]])

    References
    ----------
    Chellapilla, Puri and Simard (2006), *High performance convolutional neural networks for
    document processing*.
    """
    X = images("input", input, NUMBERS)
    kernel, strides = pair("kernel_size", kernel_size, 1), pair("stride", stride, 1)
    steps, (above, beside) = pair("dilation", dilation, 1), pair("padding", padding)
    # The size itself is found in the windows, but without this check a wide kernel would find none.
    output_size((X.shape[2], X.shape[3]), kernel, strides, (above, beside), steps, "floor")
    X = np.pad(X, ((0, 0), (0, 0), (above, above), (beside, beside)))
    return like(input, _columns(X, kernel, steps, strides))


def _columns(
    X: Array, kernel: tuple[int, int], steps: tuple[int, int], strides: tuple[int, int]
) -> Array:
    """Return the windows of a padded batch as columns, in an array of its own."""
    covered = effective_kernel_size(kernel, steps)
    # Axes: batch, channel, position down and right, pixel of the window down and right.
    windows = np.lib.stride_tricks.sliding_window_view(X, covered, axis=(2, 3))
    windows = windows[:, :, :: strides[0], :: strides[1], :: steps[0], :: steps[1]]
    numbers, positions = X.shape[1] * kernel[0] * kernel[1], prod(windows.shape[2:4])
    columns = windows.transpose(0, 1, 4, 5, 2, 3).copy()
    return columns.reshape(len(X), numbers, positions)

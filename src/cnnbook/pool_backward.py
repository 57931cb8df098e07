"""The gradients of pooling: to the winner alone, or in equal shares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ._arguments import FLOATS, Array, IntOrPair, gradient, images, like
from ._pool_layer import divisors_of, prepare, winners


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
        What :func:`~cnnbook.pooling.max_pool2d` was called with.

    Returns
    -------
    numpy.ndarray
        The loss's derivative by each pixel, in the input's shape. Of equals, the first wins.

    Raises
    ------
    ValueError, TypeError
        If `grad_output` does not fit the output, the input holds no floats, or as
        :func:`~cnnbook.pooling.max_pool2d`.

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
    layer = prepare(X, kernel_size, stride, padding, dilation, ceil_mode)
    dV = gradient(grad_output, input, layer.output_shape)
    dX = np.zeros_like(X)
    for (n, c, y, x), winner in np.ndenumerate(winners(X, layer)):
        dX[n, c].flat[winner] += dV[n, c, y, x]
    return like(input, dX)


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
        What :func:`~cnnbook.pooling.avg_pool2d` was called with.

    Returns
    -------
    numpy.ndarray
        The loss's derivative by each pixel, in the input's shape.

    Raises
    ------
    ValueError, TypeError
        If `grad_output` does not fit the output, or as :func:`~cnnbook.pooling.avg_pool2d`.

    Examples
    --------
    >>> avg_pool2d_backward([[[10.0, 30.0]]], input=[[[1.0, 3.0, 5.0, 7.0]]], kernel_size=(1, 2))
    array([[[ 5.,  5., 15., 15.]]])

    References
    ----------
    CS231n's notes on backpropagation: a mean is an "add gate" and a division.
    """
    X = images("input", input, FLOATS)
    layer = prepare(X, kernel_size, stride, padding, 1, ceil_mode)
    divisors = divisors_of(layer, count_include_pad, divisor_override)
    dV = gradient(grad_output, input, layer.output_shape)
    dX = np.zeros_like(X)
    for n, c, y, x in np.ndindex(dV.shape):
        dX[n, c, layer.rows[y], layer.columns[x]] += dV[n, c, y, x] / divisors[y][x]
    return like(input, dX)

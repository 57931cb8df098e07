"""The gradients of a convolutional layer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ._arguments import FLOATS, Array, IntOrPair, check_dtype, gradient, like
from ._layer import Padding, prepare


class Gradients(NamedTuple):
    """How the loss changes with each of a layer's numbers; a field has the shape of its array.

    Examples
    --------
    One pixel of 3, times a weight of 5, plus a bias. The loss grows by 2 for each 1 of the output:

    >>> dX, dW, db = conv2d_backward([[[2.0]]], input=[[[3.0]]], weight=[[[[5.0]]]])
    >>> dX.item(), dW.item(), db.item()  # 2·5, 2·3, 2
    (10.0, 6.0, 2.0)
    """

    input: Array
    """Batch × in_channels × height × width, without the batch if the input has none."""
    weight: Array
    """Out_channels × in_channels/groups × kernel height × kernel width."""
    bias: Array
    """One number for each of the out_channels."""


def conv2d_backward(
    grad_output: npt.ArrayLike,
    input: npt.ArrayLike,
    weight: npt.ArrayLike,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Gradients:
    """Return the gradients of a layer: each output sends its own back through its window.

    An output is a sum of products, pixel times weight. So it passes its gradient to each pixel of
    its window, times the weight there, and to each weight, times the pixel there.

    Parameters
    ----------
    grad_output
        The loss's derivative by each number of the output, in the output's shape.
    input, weight, stride, padding, dilation, groups
        What :func:`~cnnbook.convolution.conv2d` was called with.

    Returns
    -------
    Gradients
        The loss's derivatives by ``input``, ``weight`` and ``bias``.

    Raises
    ------
    ValueError
        If `grad_output` has not the output's shape, or as :func:`~cnnbook.convolution.conv2d`.
    TypeError
        If the arrays differ in dtype, or it is neither float32 nor float64.

    Examples
    --------
    The outputs are 1·w₀ + 2·w₁ and 2·w₀ + 3·w₁; the loss is the first plus ten times the second:

    >>> gradients = conv2d_backward([[[1.0, 10.0]]], [[[1.0, 2.0, 3.0]]], [[[[5.0, 7.0]]]])
    >>> gradients.input  # 5, 7 + 10·5, 10·7
    array([[[ 5., 57., 70.]]])
    >>> gradients.weight  # 1 + 10·2, 2 + 10·3
    array([[[[21., 32.]]]])
    >>> gradients.bias  # 1 + 10
    array([11.])

    References
    ----------
    Goodfellow, Bengio and Courville (2016), *Deep Learning*, section 9.5.
    """
    X, W, _, layer = prepare(input, weight, None, stride, padding, dilation, groups)
    check_dtype("input", X, FLOATS)
    dV = gradient(grad_output, input, layer.output_shape)
    dX, dW, db = np.zeros_like(X), np.zeros_like(W), np.zeros(len(W), W.dtype)
    for n, k, y, x in np.ndindex(dV.shape):
        window = n, layer.channels[k], layer.rows[y], layer.columns[x]
        dX[window] += dV[n, k, y, x] * W[k]
        dW[k] += dV[n, k, y, x] * X[window]
        db[k] += dV[n, k, y, x]
    rows, columns = layer.inside
    return Gradients(like(input, dX[:, :, rows, columns]), dW, db)

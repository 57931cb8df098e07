"""Convolution in readable NumPy: one channel, then a whole layer, its fast form and its gradients.

Deep learning's convolution does not mirror the kernel; signal processing calls it
cross-correlation. :func:`convolve2d` mirrors, every other function here does not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ._arguments import NUMBERS, Array, IntOrPair, array, check_dtype, like
from ._layer import Padding, prepare
from .conv_backward import Gradients, conv2d_backward
from .conv_im2col import conv2d_im2col, im2col
from .sizes import output_size

__all__ = [
    "Gradients",
    "conv2d",
    "conv2d_backward",
    "conv2d_im2col",
    "convolve2d",
    "correlate2d",
    "im2col",
]


def correlate2d(image: npt.ArrayLike, kernel: npt.ArrayLike) -> Array:
    """Slide a kernel over an image of one channel and return the dot product at each position.

    Parameters
    ----------
    image
        Height × width.
    kernel
        Height × width, at most as large as the image.

    Returns
    -------
    numpy.ndarray
        Only positions where the whole kernel lies on the image: (H − F + 1) × (W − F + 1).

    Raises
    ------
    ValueError
        If an array has not two axes or no pixels, or the kernel is larger than the image.
    TypeError
        If the products are not int32, int64, float32 or float64: narrower sums would overflow. An
        image of uint8 with a kernel of int64 or float64, as in a list of numbers, is welcome.

    Examples
    --------
    >>> correlate2d([[1, 2, 3], [4, 5, 6]], [[1, -1]])  # 1·1 − 1·2, 1·2 − 1·3, ...
    array([[-1, -1],
           [-1, -1]])

    References
    ----------
    The definition that opens the lecture, with the kernel indexed from its corner.
    """
    X, W = _image_and_kernel(image, kernel)
    height, width = W.shape
    V = np.empty(output_size((X.shape[0], X.shape[1]), (height, width)), X.dtype)
    for y, x in np.ndindex(V.shape):
        window = X[y : y + height, x : x + width]
        V[y, x] = np.sum(window * W, dtype=X.dtype)  # else NumPy adds int32 up as int64
    return V


def convolve2d(image: npt.ArrayLike, kernel: npt.ArrayLike) -> Array:
    """Convolve an image of one channel with a kernel: correlate it with the mirrored kernel.

    Parameters
    ----------
    image, kernel
        As in :func:`correlate2d`.

    Returns
    -------
    numpy.ndarray
        As from :func:`correlate2d`.

    Raises
    ------
    ValueError, TypeError
        As :func:`correlate2d`.

    Examples
    --------
    A single 1 returns the kernel as it is; correlation would return it mirrored:

    >>> convolve2d([[0, 0, 1, 0, 0]], [[1, 2, 3]])
    array([[1, 2, 3]])
    >>> correlate2d([[0, 0, 1, 0, 0]], [[1, 2, 3]])
    array([[3, 2, 1]])

    References
    ----------
    CS231n, slide 21.
    """
    X, W = _image_and_kernel(image, kernel)
    return correlate2d(X, W[::-1, ::-1])


def conv2d(
    input: npt.ArrayLike,
    weight: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Array:
    """Apply a convolutional layer, one dot product after the other.

    The arguments are those of :func:`torch.nn.functional.conv2d`, and so is the result, for arrays
    of int32, int64, float32 and float64. Integers may be dilated here, which PyTorch refuses.

    Parameters
    ----------
    input
        Batch × channels × height × width, or without the batch.
    weight
        Filters × (channels / groups) × kernel height × kernel width.
    bias
        One number for each filter; None for no bias.
    stride
        Pixels from one window to the next; an int, or a pair (down, right).
    padding
        Zeros added on *each* side; an int, or a pair (above and below, left and right). "valid"
        adds none. "same" adds what keeps the size, the odd one out below and on the right.
    dilation
        Pixels from one weight to the next; 1 means that they are neighbours.
    groups
        The channels are split into so many groups, and the filters as well: each filter sees the
        channels of its own group only.

    Returns
    -------
    numpy.ndarray
        Batch × filters × height × width, without the batch if the input has none. Where the windows
        do not fit, the last rows and columns are not read, as in PyTorch.

    Raises
    ------
    ValueError
        If shapes do not match, the kernel is larger than the padded input, or a number is out of
        range.
    TypeError
        If the arrays differ in dtype, or it is not one of these four: narrower types such as uint8,
        int16 and float16 overflow or lose digits in a sum, and a network's weights are not complex.

    Examples
    --------
    Two channels, and one filter that adds the first to ten times the second, plus a bias of 100:

    >>> X = [[[1, 2, 3]], [[4, 5, 6]]]
    >>> conv2d(X, [[[[1]], [[10]]]], [100])
    array([[[141, 152, 163]]])

    References
    ----------
    CS231n, slides 10–18 and 43.
    """
    X, W, b, layer = prepare(input, weight, bias, stride, padding, dilation, groups)
    V = np.empty(layer.output_shape, X.dtype)
    for n, k, y, x in np.ndindex(V.shape):
        window = n, layer.channels[k], layer.rows[y], layer.columns[x]
        V[n, k, y, x] = np.sum(X[window] * W[k], dtype=X.dtype)
    return like(input, V + b[:, np.newaxis, np.newaxis])


def _image_and_kernel(image: npt.ArrayLike, kernel: npt.ArrayLike) -> tuple[Array, Array]:
    """Check both arrays and return them as arrays of the type of their products."""
    X, W = array("image", image, ("height", "width")), array("kernel", kernel, ("height", "width"))
    if W.shape[0] > X.shape[0] or W.shape[1] > X.shape[1]:
        raise ValueError(
            f"kernel must not be higher or wider than image, but its shape is {W.shape}, "
            f"and the image's {X.shape}"
        )
    for name, value in (("image", X), ("kernel", W)):
        if value.dtype.kind not in "biuf":  # NumPy may know no type for the products
            check_dtype(name, value, NUMBERS)
    dtype = np.result_type(X, W)
    rounds = dtype.kind == "f" and X.dtype.kind != "f" and W.dtype.kind != "f"  # uint64 with int64
    if dtype.name not in NUMBERS or rounds:
        raise TypeError(
            f"image has dtype {X.dtype} and kernel {W.dtype}, so their products would be {dtype}, "
            f"but must be one of {', '.join(NUMBERS)}; convert one of them first, for example with "
            "image.astype(np.float64)"
        )
    return X.astype(dtype, copy=False), W.astype(dtype, copy=False)

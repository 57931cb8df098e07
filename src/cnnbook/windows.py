"""Where the windows lie: the pixels that each of them reads, and those that none does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ._arguments import IntOrPair
from .kernels import effective_kernel_size
from .sizes import Rounding, along_axes, count_windows


def times_read(
    size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    rounding: Rounding = "floor",
) -> npt.NDArray[np.int64]:
    """Return how many windows read each pixel of the input.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation
        As in :func:`~cnnbook.shapes.output_size`.
    rounding
        As in :func:`~cnnbook.shapes.output_size`, but by default what PyTorch's convolution does.

    Returns
    -------
    numpy.ndarray
        As long as the axis; height × width if any argument is a pair.

    Raises
    ------
    ValueError, TypeError
        As :func:`~cnnbook.shapes.output_size`.

    Examples
    --------
    With padding that keeps the size, pixels at the border still count for less:

    >>> times_read((4, 5), 3, padding=1)
    array([[4, 6, 6, 6, 4],
           [6, 9, 9, 9, 6],
           [6, 9, 9, 9, 6],
           [4, 6, 6, 6, 4]])

    References
    ----------
    Zhang, Lipton, Li and Smola (2023), *Dive into Deep Learning*, section 7.3.1: pixel utilization.
    """

    def count(n: int, f: int, s: int, p: int, d: int, axis: str) -> npt.NDArray[np.int64]:
        counts = np.zeros(n, np.int64)
        for window in window_slices(n, f, s, p, d, rounding, axis):
            counts[window] += 1
        return counts

    counts = along_axes(count, size, kernel_size, stride, padding, dilation)
    result: npt.NDArray[np.int64] = np.outer(*counts) if isinstance(counts, tuple) else counts
    return result


def unread_pixels(
    size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    rounding: Rounding = "floor",
) -> npt.NDArray[np.bool_]:
    """Return which pixels of the input no window reads: True where one is lost.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation, rounding
        As in :func:`times_read`.

    Returns
    -------
    numpy.ndarray
        As long as the axis; height × width if any argument is a pair.

    Raises
    ------
    ValueError, TypeError
        As :func:`~cnnbook.shapes.output_size`.

    Examples
    --------
    The windows of stride 3 start at pixels 0 and 3 and end at 2 and 5, so the last is not read:

    >>> unread_pixels(7, 3, stride=3)
    array([False, False, False, False, False, False,  True])
    >>> int(unread_pixels((7, 7), 3, stride=3).sum())  # a row and a column: 7 + 7 − 1
    13

    References
    ----------
    CS231n, slides 32–33: stride 3 does not fit on 7×7.
    """
    return np.equal(times_read(size, kernel_size, stride, padding, dilation, rounding), 0)


def window_slices(
    size: int,
    kernel_size: int,
    stride: int,
    padding: int,
    dilation: int,
    rounding: Rounding,
    axis: str = "",
) -> list[slice]:
    """Return, for each window along one axis, the slice of the input that it reads.

    Parameters
    ----------
    size, kernel_size, stride, padding, dilation, rounding
        As in :func:`~cnnbook.shapes.output_size`, but numbers that are known to be in range.
    axis
        The axis's name in errors; empty if there is only one.

    Returns
    -------
    list of slice
        Padding is left out: a window at the border has fewer pixels, perhaps none.

    Raises
    ------
    ValueError
        As :func:`~cnnbook.shapes.output_size`.

    Examples
    --------
    The windows are −1 to 1, 1 to 3 and 3 to 5, of which −1 and 5 are padding:

    >>> window_slices(5, 3, 2, 1, 1, "floor")
    [slice(0, 2, 1), slice(1, 4, 1), slice(3, 5, 1)]
    """
    covered = effective_kernel_size(kernel_size, dilation)
    slices = []
    for index in range(count_windows(size, kernel_size, stride, padding, dilation, rounding, axis)):
        first = index * stride - padding
        stop = first + covered
        if first < 0:
            first %= dilation  # the first weight that does not lie in the padding
        slices.append(slice(first, max(first, min(stop, size)), dilation))
    return slices

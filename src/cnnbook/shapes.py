"""What a layer's settings decide before any pixel is read: sizes, weights and work.

Each function takes one number for a single axis, or a pair (height, width) for both.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, TypeVar, overload

import numpy as np
import numpy.typing as npt

from ._arguments import IntOrPair, flag, integer, is_pair, pair, size_pair

Rounding = Literal["strict", "floor", "ceil"]
Result = TypeVar("Result")


class DoesNotFit(ValueError):  # noqa: N818 - reads as a sentence where it is raised
    """The windows do not end at the last pixel, so that the output's size would be a fraction.

    Attributes
    ----------
    fraction : fractions.Fraction
        The size that the formula gives.
    left_over : int
        How many pixels remain, at the far end, behind the last whole window.

    Examples
    --------
    >>> try:
    ...     output_size(7, 3, stride=3)
    ... except DoesNotFit as error:
    ...     print(error.fraction, error.left_over)
    7/3 1
    """

    def __init__(self, message: str, fraction: Fraction, left_over: int) -> None:
        super().__init__(message, fraction, left_over)
        self.fraction = fraction
        self.left_over = left_over

    def __str__(self) -> str:
        return str(self.args[0])


@overload
def output_size(
    size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    rounding: Rounding = "strict",
) -> int: ...
@overload
def output_size(
    size: tuple[int, int],
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    rounding: Rounding = "strict",
) -> tuple[int, int]: ...
@overload
def output_size(
    size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    rounding: Rounding = "strict",
) -> int | tuple[int, int]: ...
def output_size(
    size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    rounding: Rounding = "strict",
) -> int | tuple[int, int]:
    """Return how many windows fit: (N + 2P − F)/S + 1, the output's size along an axis.

    Parameters
    ----------
    size
        N, pixels of the input; an int for one axis, or (height, width).
    kernel_size
        F, pixels of the kernel. With `dilation` D it covers D·(F − 1) + 1 pixels, which takes F's
        place in the formula.
    stride
        S, pixels from one window to the next.
    padding
        P, pixels added on *each* side.
    dilation
        Pixels from one weight to the next; 1 means that they are neighbours.
    rounding
        What to do with a fraction. "strict" refuses it; "floor" leaves the last pixels unread, as
        PyTorch's convolution does; "ceil" adds a window that reaches over the end, as PyTorch's
        pooling does with ``ceil_mode=True``, but not one that would start in the padding there.

    Returns
    -------
    int or (int, int)
        A pair if any argument is a pair.

    Raises
    ------
    DoesNotFit
        If the size is a fraction and `rounding` is "strict".
    ValueError
        If the kernel is larger than the padded input, or an argument is out of range. With "ceil",
        as in PyTorch, it may be larger by less than a stride: its window reaches over the end.
    TypeError
        If an argument is no integer.

    Examples
    --------
    A 3×3 filter on 7×7 pixels, with stride 2 and then with stride 3 (CS231n, slides 29–34):

    >>> output_size(7, 3, stride=2)
    3
    >>> output_size(7, 3, stride=3)
    Traceback (most recent call last):
        ...
    cnnbook.shapes.DoesNotFit: (7 − 3)/3 + 1 = 7/3 is not a whole number: 1 pixel is left over
    >>> output_size(7, 3, stride=3, rounding="floor")
    2
    >>> output_size(7, 3, stride=3, rounding="ceil")
    3
    >>> output_size(1, 3, stride=3, rounding="ceil")
    1
    >>> output_size((32, 64), 5, padding=2)
    (32, 64)

    References
    ----------
    CS231n, slides 34–37 and 43; Dumoulin and Visin (2016), *A guide to convolution arithmetic for
    deep learning*, relationships 6 and 15.
    """

    def count(n: int, f: int, s: int, p: int, d: int, axis: str) -> int:
        return _count_windows(n, f, s, p, d, rounding, axis)

    result: int | tuple[int, int] = _along_axes(count, size, kernel_size, stride, padding, dilation)
    return result


@overload
def effective_kernel_size(kernel_size: int, dilation: int = 1) -> int: ...
@overload
def effective_kernel_size(
    kernel_size: tuple[int, int], dilation: IntOrPair = 1
) -> tuple[int, int]: ...
@overload
def effective_kernel_size(
    kernel_size: IntOrPair, dilation: IntOrPair = 1
) -> int | tuple[int, int]: ...
def effective_kernel_size(kernel_size: IntOrPair, dilation: IntOrPair = 1) -> int | tuple[int, int]:
    """Return how many pixels a kernel covers from its first weight to its last: D·(F − 1) + 1.

    Parameters
    ----------
    kernel_size, dilation
        F and D, as in :func:`output_size`.

    Returns
    -------
    int or (int, int)
        Pixels; a pair if an argument is a pair.

    Raises
    ------
    ValueError
        If an argument is less than 1.
    TypeError
        If an argument is no integer.

    Examples
    --------
    >>> effective_kernel_size(3, dilation=2)  # reads pixels 0, 2 and 4
    5

    References
    ----------
    Dumoulin and Visin (2016), section 5.1.
    """
    kernels, dilations = pair("kernel_size", kernel_size, 1), pair("dilation", dilation, 1)
    vertical, horizontal = (d * (f - 1) + 1 for f, d in zip(kernels, dilations, strict=True))
    return (vertical, horizontal) if is_pair(kernel_size) or is_pair(dilation) else vertical


@overload
def same_padding(kernel_size: int, dilation: int = 1) -> int: ...
@overload
def same_padding(kernel_size: tuple[int, int], dilation: IntOrPair = 1) -> tuple[int, int]: ...
@overload
def same_padding(kernel_size: IntOrPair, dilation: IntOrPair = 1) -> int | tuple[int, int]: ...
def same_padding(kernel_size: IntOrPair, dilation: IntOrPair = 1) -> int | tuple[int, int]:
    """Return the padding P = (F − 1)/2 on each side that keeps the size at stride 1.

    Parameters
    ----------
    kernel_size, dilation
        As in :func:`output_size`.

    Returns
    -------
    int or (int, int)
        Pixels on each side; a pair if an argument is a pair.

    Raises
    ------
    ValueError
        If the kernel covers an even number of pixels: the two sides would need different padding.
    TypeError
        If an argument is no integer.

    Examples
    --------
    >>> same_padding(3), same_padding(5), same_padding(7)
    (1, 2, 3)
    >>> same_padding(3, dilation=2)  # covers 5 pixels
    2

    References
    ----------
    CS231n, slide 37.
    """
    effective = effective_kernel_size(kernel_size, dilation)
    for covered in pair("kernel_size", effective):
        if covered % 2 == 0:
            raise ValueError(
                f"kernel_size {kernel_size} with dilation {dilation} covers an even number of "
                f"pixels, {covered}: P = ({covered} − 1)/2 is not a whole number, so no padding "
                "that is equal on both sides keeps the size"
            )
    if isinstance(effective, int):
        return (effective - 1) // 2
    return (effective[0] - 1) // 2, (effective[1] - 1) // 2


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: IntOrPair, bias: bool = True, groups: int = 1
) -> int:
    """Return how many numbers a convolutional layer learns: (F·F·D + 1)·K.

    Parameters
    ----------
    in_channels
        D, the input's depth.
    out_channels
        K, the number of filters.
    kernel_size
        F, or (height, width).
    bias
        Whether each filter has a bias, the + 1.
    groups
        Each filter sees ``in_channels / groups`` channels.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the channels do not divide by `groups`, or an argument is out of range.
    TypeError
        If a number is no integer, or `bias` is neither True nor False.

    Examples
    --------
    Ten 5×5 filters on three channels: (5·5·3 + 1)·10:

    >>> conv_parameters(3, 10, 5)
    760

    References
    ----------
    CS231n, slides 41–43.
    """
    weights = _weights_per_filter(in_channels, out_channels, kernel_size, groups)
    return (weights + flag("bias", bias)) * int(out_channels)


def conv_macs(
    in_channels: int,
    out_channels: int,
    kernel_size: IntOrPair,
    output_size: IntOrPair,
    groups: int = 1,
) -> int:
    """Return a layer's multiply-adds for one image: F·F·D for each number of the *output*.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, groups
        As in :func:`conv_parameters`.
    output_size
        The size of an activation map: an int if it is square, or (height, width). It is the output
        that counts, because each of its numbers is one dot product.

    Returns
    -------
    int
        Multiply-adds; adding the bias is not counted.

    Raises
    ------
    ValueError
        If the channels do not divide by `groups`, or an argument is out of range.
    TypeError
        If an argument is no integer.

    Examples
    --------
    Ten 5×5×3 filters at 28×28 positions: 5·5·3 · 10 · 28·28:

    >>> conv_macs(3, 10, 5, output_size=output_size(32, 5))
    588000

    References
    ----------
    torchvision counts its models in the same way, and gives the sum as their "GFLOPS".
    """
    height, width = size_pair("output_size", output_size)
    weights = _weights_per_filter(in_channels, out_channels, kernel_size, groups)
    return weights * int(out_channels) * height * width


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
        As in :func:`output_size`.
    rounding
        As in :func:`output_size`; here the default is what PyTorch's convolution does.

    Returns
    -------
    numpy.ndarray
        As long as the axis; height × width if any argument is a pair.

    Raises
    ------
    ValueError, TypeError
        As :func:`output_size`.

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
        for window in windows(n, f, s, p, d, rounding, axis):
            counts[window] += 1
        return counts

    counts = _along_axes(count, size, kernel_size, stride, padding, dilation)
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
        As :func:`output_size`.

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


def windows(
    size: int,
    kernel_size: int,
    stride: int,
    padding: int,
    dilation: int,
    rounding: Rounding,
    axis: str = "",
) -> list[slice]:
    """Return, for each window along one axis, the slice of the input that it reads.

    Padding is left out: a window at the border has fewer pixels, perhaps none. `axis` is its name
    in errors.

    >>> windows(5, 3, 2, 1, 1, "floor")  # −1 to 1, 1 to 3, 3 to 5, of which −1 and 5 are padding
    [slice(0, 2, 1), slice(1, 4, 1), slice(3, 5, 1)]
    """
    slices = []
    for index in range(
        _count_windows(size, kernel_size, stride, padding, dilation, rounding, axis)
    ):
        first = index * stride - padding
        stop = first + effective_kernel_size(kernel_size, dilation)
        if first < 0:
            first %= dilation  # the first weight that does not lie in the padding
        slices.append(slice(first, max(first, min(stop, size)), dilation))
    return slices


def _along_axes(
    function: Callable[[int, int, int, int, int, str], Result],
    size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair,
    padding: IntOrPair,
    dilation: IntOrPair,
) -> Any:
    """Check the arguments and call `function` once, or for both axes if any of them is a pair.

    Its last argument is the axis's name, empty if there is only one.
    """
    vertical, horizontal = zip(
        size_pair("size", size),
        pair("kernel_size", kernel_size, 1),
        pair("stride", stride, 1),
        pair("padding", padding, 0),
        pair("dilation", dilation, 1),
        strict=True,
    )
    if any(map(is_pair, (size, kernel_size, stride, padding, dilation))):
        return function(*vertical, "height"), function(*horizontal, "width")
    return function(*vertical, "")


def _count_windows(n: int, f: int, s: int, p: int, d: int, rounding: Rounding, axis: str) -> int:
    if not isinstance(rounding, str) or rounding not in ("strict", "floor", "ceil"):
        raise ValueError(f"rounding must be 'strict', 'floor' or 'ceil', but got {rounding!r}")
    where = f"{axis}: " if axis else ""
    padded = f"{n} + 2·{p}" if p else f"{n}"
    covered = effective_kernel_size(f, d)
    steps, left_over = divmod(n + 2 * p - covered, s)
    if rounding == "strict" and steps >= 0 and left_over:
        fraction = Fraction(n + 2 * p - covered, s) + 1
        pixels = "1 pixel is" if left_over == 1 else f"{left_over} pixels are"
        raise DoesNotFit(
            f"{where}({padded} − {covered})/{s} + 1 = {fraction} is not a whole number: "
            f"{pixels} left over",
            fraction,
            left_over,
        )
    if rounding == "ceil" and left_over:
        steps += 1
        if steps * s >= n + p:  # the added window would start in the padding at the far end
            steps -= 1
    if steps < 0:
        total = f"{padded} = {n + 2 * p}" if p else padded
        raise ValueError(
            f"{where}kernel_size {f} with dilation {d} covers {covered} pixels, "
            f"more than the input and its padding have: {total}"
        )
    return steps + 1


def _weights_per_filter(
    in_channels: int, out_channels: int, kernel_size: IntOrPair, groups: int
) -> int:
    groups = integer("groups", groups, 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if integer(name, channels, 1) % groups:
            raise ValueError(f"{name} must be divisible by groups, but {channels}/{groups} is not")
    height, width = pair("kernel_size", kernel_size, 1)
    return height * width * int(in_channels) // groups

"""How many windows fit along an axis, which is the size of a layer's output."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, TypeVar, overload

from ._arguments import IntOrPair, is_pair, pair, size_pair
from .kernels import effective_kernel_size

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
        pooling does with ``ceil_mode=True``, but not one that would start in the padding there. A
        window that fits exactly is kept wherever it starts. (In PyTorch none starts there: it
        allows padding up to half of the kernel's size.)

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
    cnnbook.sizes.DoesNotFit: (7 − 3)/3 + 1 = 7/3 is not a whole number: 1 pixel is left over
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
        return count_windows(n, f, s, p, d, rounding, axis)

    result: int | tuple[int, int] = along_axes(count, size, kernel_size, stride, padding, dilation)
    return result


def count_windows(n: int, f: int, s: int, p: int, d: int, rounding: Rounding, axis: str) -> int:
    """Return how many windows fit along one axis, whose name stands in errors if there are two.

    >>> count_windows(7, 3, 2, 0, 1, "strict", axis="height")
    3
    """
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


def along_axes(
    function: Callable[[int, int, int, int, int, str], Result],
    size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair,
    padding: IntOrPair,
    dilation: IntOrPair,
) -> Any:
    """Check the arguments and call `function` once, or for both axes if any of them is a pair.

    Its last argument is the axis's name, empty if there is only one.

    >>> along_axes(lambda *settings: settings, (7, 9), 3, 2, 0, 1)
    ((7, 3, 2, 0, 1, 'height'), (9, 3, 2, 0, 1, 'width'))
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

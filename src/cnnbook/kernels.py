"""How far a kernel reaches: the pixels that it covers, and the padding that keeps the size."""

from __future__ import annotations

from typing import overload

from ._arguments import IntOrPair, is_pair, pair


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
        F and D, as in :func:`~cnnbook.shapes.output_size`.

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
        As in :func:`~cnnbook.shapes.output_size`.

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

"""What a convolutional layer costs: the numbers that it learns, and its multiply-adds."""

from __future__ import annotations

from ._arguments import IntOrPair, flag, integer, pair, size_pair


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

    >>> conv_macs(3, 10, 5, output_size=28)
    588000

    References
    ----------
    torchvision counts its models in the same way, and gives the sum as their "GFLOPS".
    """
    height, width = size_pair("output_size", output_size)
    weights = _weights_per_filter(in_channels, out_channels, kernel_size, groups)
    return weights * int(out_channels) * height * width


def _weights_per_filter(
    in_channels: int, out_channels: int, kernel_size: IntOrPair, groups: int
) -> int:
    groups = integer("groups", groups, 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if integer(name, channels, 1) % groups:
            raise ValueError(f"{name} must be divisible by groups, but {channels}/{groups} is not")
    height, width = pair("kernel_size", kernel_size, 1)
    return height * width * int(in_channels) // groups

"""The exercise `conv2d`, and the mistakes that are made in it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cnnbook._arguments import Array
from cnnbook._layer import prepare
from cnnbook.convolution import conv2d

from . import _layer_edits as edits
from ._exercise import Case, Exercise, read_one
from ._layers import layer_cases, mistake
from ._shared import SWAPPED, of_batch, of_integers, of_one_axis, of_size

MISTAKES = (
    mistake(
        "kernel_flipped",
        "Your numbers are those of a mirrored kernel: that is convolution in signal processing. "
        "A layer slides the kernel as it is.",
        lambda c: c.run(weight=c.weight[:, :, ::-1, ::-1]),
    ),
    mistake(
        "kernel_flipped_one_axis",
        "Your numbers are those of a kernel that is mirrored along one axis.",
        lambda c: c.run(weight=c.weight[:, :, ::-1]),
        lambda c: c.run(weight=c.weight[:, :, :, ::-1]),
    ),
    mistake(
        "kernel_transposed",
        "Your numbers are those of the kernel with its rows and columns exchanged.",
        lambda c: c.run(weight=c.weight.swapaxes(2, 3)),
        lambda c: c.run(weight=edits.square_only(c.weight).swapaxes(2, 3)),
    ),
    mistake(
        "height_width_swapped",
        "Height and width are swapped: in shapes, indices and pairs the height comes first.",
        lambda c: c.run().swapaxes(2, 3),
        lambda c: c.run(stride=c.stride[::-1], padding=c.padding[::-1], dilation=c.dilation[::-1]),
        lambda c: c.run(stride=c.stride[::-1]),
        lambda c: c.run(padding=c.padding[::-1]),
        lambda c: c.run(dilation=c.dilation[::-1]),
        *SWAPPED,
        needs="pairs",
        instead="Height and width are swapped: in shapes and indices the height comes first.",
    ),
    *of_size(mistake, too_large=(edits.rounded_up,), too_small=(edits.divided_before,)),
    mistake(
        "stride_ignored",
        "Your windows move by one pixel, whatever the stride.",
        lambda c: c.run(stride=(1, 1)),
    ),
    of_one_axis(mistake, "stride", 1),
    mistake(
        "padding_ignored",
        "Your result is that without padding.",
        lambda c: c.run(padding=(0, 0)),
    ),
    mistake(
        "padding_one_side",
        "The padding is on one side of each axis only: P counts per side.",
        lambda c: edits.padded_once(c, 1, 0),
        lambda c: edits.padded_once(c, 0, 1),
    ),
    mistake(
        "padding_in_total",
        "Half of the padding is on each side: P counts per side, not in total.",
        lambda c: edits.padded_in_total(c, 1),
        lambda c: edits.padded_in_total(c, 0),
        lambda c: c.run(padding=(c.padding[0] // 2, c.padding[1] // 2)),
    ),
    mistake(
        "padding_twice",
        "The padding is added twice on each side: P pixels per side are enough.",
        lambda c: edits.padded_once(c, 2, 2),
    ),
    of_one_axis(mistake, "padding", 0),
    mistake(
        "padding_edge",
        "The padding repeats the pixels at the edge. It has to be zeros.",
        lambda c: edits.padded_with(c, "edge"),
    ),
    mistake(
        "padding_mirrored",
        "The padding mirrors the image. It has to be zeros.",
        lambda c: edits.padded_with(c, "reflect"),
        lambda c: edits.padded_with(c, "symmetric"),
    ),
    mistake(
        "dilation_ignored",
        "Your kernels read neighbouring pixels, whatever the dilation.",
        lambda c: c.run(dilation=(1, 1)),
    ),
    of_one_axis(mistake, "dilation", 1),
    mistake(
        "dilation_counts_gaps",
        "The dilation is read as the number of pixels between two weights. It is the distance from "
        "one weight to the next: 1 means that they are neighbours.",
        lambda c: c.run(dilation=(c.dilation[0] + 1, c.dilation[1] + 1)),
        needs="dilation",
    ),
    mistake(
        "bias_forgotten",
        "Your result is that without the bias.",
        lambda c: edits.bias(c, 0),
    ),
    mistake(
        "bias_per_input_channel",
        "The bias is added once for each input channel. It is added once for each output.",
        lambda c: edits.bias(c, c.depth),
        lambda c: edits.bias(c, c.input.shape[1]),
    ),
    mistake(
        "bias_per_product",
        "The bias is added with every product. It is added once for each output.",
        lambda c: edits.bias(c, c.weight[0].size),
        lambda c: edits.bias(c, c.weight[0, 0].size),
    ),
    mistake(
        "bias_of_first_filter",
        "The first filter's bias is added to all. Each filter has its own.",
        lambda c: c.run(bias=np.full_like(c.bias, c.bias[0])),
    ),
    mistake(
        "first_channel_only",
        "Only the first input channel is used. A filter sums over all that it sees.",
        lambda c: edits.channel(c, 0),
    ),
    mistake(
        "last_channel_only",
        "Only the last input channel is left: each overwrites the sum of those before it.",
        lambda c: edits.channel(c, -1),
    ),
    mistake(
        "channels_averaged",
        "The input channels are averaged. A filter sums over them.",
        lambda c: c.run(weight=c.weight / c.depth),
        lambda c: c.run(weight=c.weight / c.depth, bias=c.bias / c.depth),
    ),
    mistake(
        "window_averaged",
        "The products in a window are averaged. A filter sums them.",
        lambda c: c.run(weight=c.weight / c.weight[0].size),
        lambda c: c.run(weight=c.weight / c.weight[0, 0].size),
    ),
    of_integers(
        mistake,
        lambda c: np.trunc(edits.bias(c, 0)) + c.bias[:, np.newaxis, np.newaxis],
        lambda c: edits.truncated_sums(c, per_product=False),
        lambda c: edits.truncated_sums(c, per_product=False, bias_first=True),
        lambda c: edits.truncated_sums(c, per_product=True),
        lambda c: edits.truncated_sums(c, per_product=True, bias_first=True),
        edits.whole_inputs,
        lambda c: c.run(weight=np.trunc(c.weight)),
    ),
    *of_batch(mistake),
    mistake(
        "images_summed",
        "The images of the batch are summed. They have nothing to do with each other.",
        lambda c: c.run().sum(axis=0, keepdims=True),
    ),
    mistake(
        "images_filters_swapped",
        "The output's first two axes are swapped: the images come first, then the filters.",
        # Without a batch axis, a program has the first map only, or the right ones.
        lambda c: c.run().swapaxes(0, 1),
        lambda c: c.run().swapaxes(0, 1) if c.batch else c.run(),
        needs="batch",
    ),
    mistake(
        "groups_ignored",
        "All filters read the same channels, whatever the number of groups.",
        edits.first_group,
    ),
    mistake(
        "first_filter_only",
        "Only the first filter is applied. Each filter gives one channel of the output.",
        lambda c: c.run()[:, :1],
    ),
    mistake(
        "filters_summed",
        "The filters' outputs are summed. Each filter gives one channel of the output.",
        lambda c: c.run().sum(axis=1, keepdims=True),
    ),
    mistake(
        "filters_channels_swapped",
        "Filters and channels are swapped in the weights: their axes are filters, channels, "
        "height, width.",
        lambda c: c.run(weight=c.weight.swapaxes(0, 1)),
    ),
)


def _work(case: Case, place: int, index: tuple[int, ...]) -> str:
    """Write the dot product of one output: 1·2 + 3·(−4) + 5."""
    arguments: dict[str, Any] = {
        "bias": None, "stride": 1, "padding": 0, "dilation": 1, "groups": 1, **case.arguments
    }  # fmt: skip
    X, W, b, layer = prepare(**arguments)
    n, k, y, x = (0, *index)[-4:]
    window = X[n, layer.channels[k], layer.rows[y], layer.columns[x]]
    return dot(window, W[k], b[k] if "bias" in case.arguments else None)


def dot(window: Array, weights: Array | None = None, bias: Any = None) -> str:
    """Write out a sum of up to 12 products, or of numbers alone.

    >>> dot(np.array([1.0, -2.0]), np.array([3.0, -4.0]), 5.0)
    '1·3 + (−2)·(−4) + 5'
    >>> dot(np.array([1.0, -2.0]))
    '1 + (−2)'
    >>> dot(np.ones(13), np.ones(13))
    ''
    """
    if window.size > 12:
        return ""

    def written(number: float) -> str:
        return f"{number:g}" if number >= 0 else f"(−{-number:g})"

    terms = [written(pixel) for pixel in window.ravel()]
    if weights is not None:
        factors = map(written, weights.ravel())
        terms = [f"{pixel}·{weight}" for pixel, weight in zip(terms, factors, strict=True)]
    return " + ".join(terms + ([] if bias is None else [written(bias)]))


def exercise(name: str) -> Exercise:
    """Return the exercise."""
    again = partial(layer_cases, again=True)
    return Exercise(name, 2, conv2d, layer_cases(seed=2), again, MISTAKES, read_one, work=_work)

"""The exercise `conv2d_backward`, and the mistakes that are made in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from cnnbook._arguments import Array
from cnnbook._layer import prepare
from cnnbook.convolution import conv2d_backward

from ._conv2d import dot
from ._exercise import Case, Exercise, read_several
from ._layer_edits import square_only
from ._layers import Layer, layer_cases, mistake

Three = tuple[Array, Array, Array]


def _right(c: Layer, **changes: Any) -> Three:
    c = replace(c, **changes)
    gradients = conv2d_backward(
        c.grad_output, c.input, c.weight, c.stride, c.padding, c.dilation, c.groups
    )
    return gradients.input, gradients.weight, gradients.bias


def _input(c: Layer, edit: Callable[[Layer], Array]) -> Three:
    """Return the right gradients but for the input's."""
    _, weight, bias = _right(c)
    return edit(c), weight, bias


def _weight(c: Layer, edit: Callable[[Layer], Array]) -> Three:
    input, _, bias = _right(c)
    return input, edit(c), bias


def _bias(c: Layer, edit: Callable[[Array], Array]) -> Three:
    input, weight, _ = _right(c)
    return input, weight, edit(c.grad_output)


def _scatter(c: Layer, overwrite: bool = False, keep: int = 0) -> tuple[Array, Array]:
    """Return both gradients in the readable way, on the padded input.

    With `overwrite` a later window takes the place of an earlier one; `keep` is 1 if of the
    images only the last, 2 if of the positions only the last gives the weights their gradient.
    """
    (pt, pl), (sy, sx), (dy, dx) = c.padding, c.stride, c.dilation
    X = np.pad(c.input, ((0, 0), (0, 0), (pt, pt), (pl, pl)))
    dX, dW = np.zeros_like(X), np.zeros_like(c.weight)
    height, width = c.weight.shape[2:]
    for n, k, y, x in np.ndindex(c.grad_output.shape):
        first = k // (len(c.weight) // c.groups) * c.depth
        window = (
            n,
            slice(first, first + c.depth),
            slice(y * sy, y * sy + dy * (height - 1) + 1, dy),
            slice(x * sx, x * sx + dx * (width - 1) + 1, dx),
        )
        share = c.grad_output[n, k, y, x]
        if overwrite:
            dX[window] = share * c.weight[k]
        else:
            dX[window] += share * c.weight[k]
        last = keep == 2 or (keep == 1 and y == x == 0)
        dW[k] = share * X[window] + (0 if last else dW[k])
    return dX, dW


def _padded_input(c: Layer) -> Array:
    return _scatter(c)[0]


def _cut(c: Layer, padded: Array) -> Array:
    (above, beside), (height, width) = c.padding, c.input.shape[2:]
    return padded[:, :, above : above + height, beside : beside + width]


def _as_if(c: Layer, **settings: Any) -> Three:
    """Let the same output's gradients go back through the windows of other settings."""
    other = replace(c, **settings)
    gap = [n - m for n, m in zip(other.run().shape[2:], c.grad_output.shape[2:], strict=True)]
    padded = np.pad(c.grad_output, ((0, 0), (0, 0), (0, gap[0]), (0, gap[1])))
    return _right(other, grad_output=padded)


def _unread_missing(c: Layer) -> Array:
    """Return the input's gradient without the pixels that no window reads at the end."""
    (height, width), output = c.weight.shape[2:], c.grad_output.shape[2:]
    rows = (output[0] - 1) * c.stride[0] + c.dilation[0] * (height - 1) + 1 - 2 * c.padding[0]
    columns = (output[1] - 1) * c.stride[1] + c.dilation[1] * (width - 1) + 1 - 2 * c.padding[1]
    return _right(c)[0][:, :, :rows, :columns]


def _mean_over_images(c: Layer) -> Three:
    input, weight, bias = _right(c)
    return input, weight / len(c.input), bias / len(c.input)


def _first_image(c: Layer) -> Three:
    input, _, _ = _right(c)
    first = replace(c, input=c.input[:1], grad_output=c.grad_output[:1])
    return input, *_right(first)[1:]


def _without_groups(c: Layer) -> Three:
    """Let all filters read the first group's channels."""
    input = np.zeros_like(c.input)
    first, weight, bias = _right(c, input=c.input[:, : c.depth], groups=1)
    input[:, : c.depth] = first
    return input, weight, bias


def _each(c: Layer, edit: Callable[[Array], Array]) -> Three:
    input, weight, bias = _right(c)
    return edit(input), edit(weight), edit(bias)


def _unbatched(c: Layer, gradients: Three) -> Any:
    """Lose the batch axis of the input's gradient."""
    return (gradients[0][0] if c.batch else gradients[0], *gradients[1:])


MISTAKES = (
    mistake(
        "stride_forgotten",
        "The stride is forgotten on the way back: the gradients of neighbouring outputs have to go "
        "to windows that are S pixels apart, with zeros between them.",
        lambda c: _as_if(c, stride=(1, 1)),
        lambda c: _input(c, lambda c: _as_if(c, stride=(1, 1))[0]),
        lambda c: _weight(c, lambda c: _as_if(c, stride=(1, 1))[1]),
    ),
    mistake(
        "kernel_not_flipped",
        "The input's gradient slides the kernel as it is over the output's gradient. It has to be "
        "the mirrored kernel: the pixel at a window's start meets the first weight.",
        lambda c: _input(c, lambda c: _right(c, weight=c.weight[:, :, ::-1, ::-1])[0]),
    ),
    mistake(
        "kernel_flipped_one_axis",
        "The kernel is mirrored along one axis only in the input's gradient.",
        lambda c: _input(c, lambda c: _right(c, weight=c.weight[:, :, ::-1])[0]),
        lambda c: _input(c, lambda c: _right(c, weight=c.weight[:, :, :, ::-1])[0]),
    ),
    mistake(
        "kernel_transposed",
        "The kernel's rows and columns are exchanged in the input's gradient, or those of the "
        "weight's gradient in the result.",
        lambda c: _input(c, lambda c: _right(c, weight=square_only(c.weight).swapaxes(2, 3))[0]),
        lambda c: _weight(c, lambda c: _right(c)[1].swapaxes(2, 3)),
    ),
    mistake(
        "weight_gradient_flipped",
        "The weight's gradient is mirrored. Only the input's gradient uses a mirrored kernel.",
        lambda c: _weight(c, lambda c: _right(c)[1][:, :, ::-1, ::-1]),
    ),
    mistake(
        "padding_not_cut_off",
        "The input's gradient has the padding around it still. Cut it off: the padding is not part "
        "of the input.",
        lambda c: _input(c, _padded_input),
    ),
    mistake(
        "padding_ignored",
        "The input's gradient begins with the padding's: that is around it on all sides, and cut "
        "off there.",
        lambda c: _input(
            c, lambda c: _padded_input(c)[:, :, : c.input.shape[2], : c.input.shape[3]]
        ),
    ),
    mistake(
        "unread_pixels_missing",
        "The input's gradient has not the input's shape: pixels that no window reads are missing. "
        "Theirs is 0.",
        lambda c: _input(c, _unread_missing),
    ),
    mistake(
        "overlap_overwritten",
        "Where windows overlap, one overwrites the other's share of the input's gradient. They "
        "add up.",
        lambda c: _input(c, lambda c: _cut(c, _scatter(c, overwrite=True)[0])),
    ),
    mistake(
        "weight_gradient_of_last_position",
        "The weight's gradient is that of the last output only. All of them add up.",
        lambda c: _weight(c, lambda c: _scatter(c, keep=2)[1]),
    ),
    mistake(
        "weight_not_summed_over_batch",
        "The weight's gradient is not summed over the batch. All images share the weights.",
        lambda c: _weight(c, lambda c: _scatter(c, keep=1)[1]),
        lambda c: _weight(c, lambda c: _first_image(c)[1]),
        lambda c: _weight(c, _weights_of_images),
        needs="batch",
    ),
    mistake(
        "bias_not_summed",
        "The bias's gradient is not summed over the batch and all positions. Each bias is added to "
        "all of them.",
        lambda c: _bias(c, lambda dV: dV),
        lambda c: _bias(c, lambda dV: dV if c.batch else dV[0]),
        lambda c: _bias(c, lambda dV: dV.sum(axis=0)),
        lambda c: _bias(c, lambda dV: dV.sum(axis=(2, 3))),
        lambda c: _bias(c, lambda dV: dV.sum(axis=(2, 3)) if c.batch else dV[0].sum(axis=(1, 2))),
        lambda c: _bias(c, lambda dV: dV[0].sum(axis=(1, 2))),
        lambda c: _bias(c, lambda dV: dV[-1].sum(axis=(1, 2))),
        lambda c: _bias(c, lambda dV: dV[:, :, 0, 0].sum(axis=0)),
        lambda c: _bias(c, lambda dV: dV[:, :, -1, -1].sum(axis=0)),
        lambda c: _bias(c, lambda dV: dV[-1, :, -1, -1]),
        needs="batch",
        instead="The bias's gradient is not summed over all positions. Each bias is added to all "
        "of them.",
    ),
    mistake(
        "bias_summed_over_filters",
        "The bias's gradient is summed over the filters as well. Each has its own.",
        lambda c: _bias(c, lambda dV: dV.sum()),
        lambda c: _bias(c, lambda dV: np.full(dV.shape[1], dV.sum())),
        lambda c: _bias(c, lambda dV: dV.sum(axis=(0, 1, 2, 3), keepdims=True).ravel()),
    ),
    mistake(
        "bias_averaged",
        "The bias's gradient is a mean. It is the sum over the batch and all positions.",
        lambda c: _bias(c, lambda dV: dV.mean(axis=(0, 2, 3))),
        lambda c: _bias(c, lambda dV: dV.mean(axis=0).sum(axis=(1, 2))),
        lambda c: _bias(c, lambda dV: dV.sum(axis=0).mean(axis=(1, 2))),
        needs="batch",
        instead="The bias's gradient is a mean. It is the sum over all positions.",
    ),
    mistake(
        "bias_forgotten",
        "The bias's gradient is 0, or 1. It is the sum of the output's gradient.",
        lambda c: _bias(c, lambda dV: np.zeros(dV.shape[1])),
        lambda c: _bias(c, lambda dV: np.ones(dV.shape[1])),
    ),
    mistake(
        "averaged_over_batch",
        "The gradients are averaged over the batch. They add up: a mean, if any, is in the loss.",
        _mean_over_images,
        lambda c: _each(c, lambda gradient: gradient / len(c.input)),
        lambda c: _weight(c, lambda c: _mean_over_images(c)[1]),
    ),
    mistake(
        "dilation_ignored",
        "Your gradients are those of kernels whose weights are neighbours, with dilation 1.",
        lambda c: _as_if(c, dilation=(1, 1)),
        lambda c: _input(c, lambda c: _as_if(c, dilation=(1, 1))[0]),
        lambda c: _weight(c, lambda c: _as_if(c, dilation=(1, 1))[1]),
    ),
    mistake(
        "groups_ignored",
        "All filters are taken to have read the same channels, whatever the number of groups.",
        _without_groups,
        lambda c: _input(c, lambda c: _without_groups(c)[0]),
        lambda c: _weight(c, lambda c: _without_groups(c)[1]),
    ),
    mistake(
        "filters_not_summed",
        "The input's gradient comes from one filter only. It is the sum over all that read it.",
        lambda c: _input(c, lambda c: _of_filter(c, 0)),
        lambda c: _input(c, lambda c: _of_filter(c, -1)),
    ),
    mistake(
        "gradients_in_other_order",
        "The gradients are not in the order input, weight, bias.",
        lambda c: _reordered(c, (1, 0, 2)),
        lambda c: _reordered(c, (1, 2, 0)),
        lambda c: _reordered(c, (2, 1, 0)),
        lambda c: _reordered(c, (0, 2, 1)),
    ),
    mistake(
        "sign_wrong",
        "Your gradients have the wrong sign.",
        lambda c: _each(c, np.negative),
    ),
    mistake(
        "height_width_swapped",
        "Height and width are swapped in your result.",
        lambda c: (_right(c)[0].swapaxes(2, 3), _right(c)[1].swapaxes(2, 3), _right(c)[2]),
        lambda c: (_right(c)[0].swapaxes(2, 3), *_right(c)[1:]),
    ),
    mistake(
        "integer_truncated",
        "Fractions are cut off: somewhere the numbers go through integers.",
        lambda c: _each(c, np.trunc),
        lambda c: _each(c, np.floor),
        lambda c: _each(c, np.rint),
        lambda c: _right(
            c,
            grad_output=np.trunc(c.grad_output),
            input=np.trunc(c.input),
            weight=np.trunc(c.weight),
        ),
    ),
    mistake(
        "batch_dropped",
        "The batch axis of the input's gradient is lost. It has the input's shape.",
        lambda c: _unbatched(c, _right(c)),
        lambda c: _unbatched(c, _right(c)) if len(c.input) == 1 else _right(c),
    ),
    mistake(
        "batch_added",
        "An input without a batch axis gets one in its gradient. It has the input's shape.",
        lambda c: _right(c) if c.batch else (_right(c)[0][np.newaxis], *_right(c)[1:]),
        needs="batch",
        instead="The input's gradient has one axis more than the input.",
    ),
)


def _weights_of_images(c: Layer) -> Array:
    """Return each image's own gradient of the weights."""
    return np.stack(
        [
            _right(c, input=c.input[n : n + 1], grad_output=c.grad_output[n : n + 1])[1]
            for n in range(len(c.input))
        ]
    )


def _of_filter(c: Layer, which: int) -> Array:
    """Return the input's gradient from one filter of each group."""
    weight = np.zeros_like(c.weight)
    per_group = len(weight) // c.groups
    for group in range(c.groups):
        chosen = group * per_group + which % per_group
        weight[chosen] = c.weight[chosen]
    return _right(c, weight=weight)[0]


def _reordered(c: Layer, order: tuple[int, int, int]) -> Any:
    input, weight, bias = _right(c)
    if not c.batch:
        input = input[0]
    three = input, weight, bias
    chosen = [three[place] for place in order]
    if not c.batch:  # the first is going to lose its first axis
        chosen[0] = chosen[0][np.newaxis]
    return tuple(chosen)


def _work(case: Case, place: int, index: tuple[int, ...]) -> str:
    """Write a gradient as a sum over the outputs that its number has a share in."""
    settings: dict[str, Any] = {
        "bias": None, "stride": 1, "padding": 0, "dilation": 1, "groups": 1, **case.arguments
    }  # fmt: skip
    dV = settings.pop("grad_output")
    dV = dV.reshape(-1, *dV.shape[-3:])
    X, W, _, layer = prepare(**settings)
    if place == 2:
        return dot(dV[:, index[0]])
    shares: list[float] = []
    factors: list[float] = []
    if place == 1:
        k, c, i, j = index
        for n, y, x in np.ndindex(len(dV), *dV.shape[2:]):
            window = X[n, layer.channels[k], layer.rows[y], layer.columns[x]]
            shares.append(dV[n, k, y, x])
            factors.append(window[c, i, j])
    else:
        n, *pixel = (0, *index)[-4:]
        numbers = np.arange(X[n].size).reshape(X[n].shape)
        wanted = numbers[:, *layer.inside][*pixel]
        for k, y, x in np.ndindex(dV.shape[1:]):
            window = numbers[layer.channels[k], layer.rows[y], layer.columns[x]]
            for weight in W[k][window == wanted]:
                shares.append(dV[n, k, y, x])
                factors.append(weight)
    return dot(np.array(shares), np.array(factors))


def exercise(name: str) -> Exercise:
    """Return the exercise."""
    again = partial(layer_cases, backward=True, again=True)
    return Exercise(
        name, 3, conv2d_backward, layer_cases(seed=5, backward=True), again, MISTAKES,
        read_several("input", "weight", "bias"), parts=("input", "weight", "bias"),
        work=_work,
    )  # fmt: skip

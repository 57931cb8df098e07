"""The exercises `correlate2d` and `convolve2d`: one channel, one kernel.

Their mistakes are those of a layer with one image, one channel and one filter.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cnnbook._arguments import Array
from cnnbook.convolution import convolve2d, correlate2d

from . import _layer_edits as edits
from ._conv2d import dot
from ._exercise import Case, Exercise, Mistake, numbers, read_one
from ._layers import Edit, Layer, apply
from ._shared import SWAPPED, of_integers, of_size

SIZES = (  # image, kernel
    (3, 4, 2, 2),
    (4, 3, 2, 2),
    (5, 5, 3, 3),
    (4, 4, 2, 2),
    (4, 5, 2, 3),
    (5, 4, 2, 3),
    (3, 5, 3, 2),
    (2, 3, 2, 3),  # the kernel is as large as the image
    (3, 4, 1, 1),
    (1, 5, 1, 2),
    (5, 1, 2, 1),
    (7, 9, 4, 3),
)
LARGER = (12, 14, 7, 5)


def _mistakes(flip: bool) -> tuple[Mistake, ...]:
    """Return the mistakes of a function that has to mirror the kernel, or must not."""

    def mistake(name: str, message: str, *ways: Edit) -> Mistake:
        return Mistake(name, message, tuple(partial(_apply, edit, flip) for edit in ways))

    return (
        mistake(
            "kernel_not_flipped",
            "Your numbers are those of correlation, with the kernel as it is. Convolution mirrors "
            "it, along both axes.",
            _mirrored,
        )
        if flip
        else mistake(
            "kernel_flipped",
            "Your numbers are those of a mirrored kernel: that is convolution. Correlation slides "
            "the kernel as it is.",
            _mirrored,
        ),
        mistake(
            "kernel_flipped_one_axis",
            "The kernel is mirrored along one axis, or along one axis too few.",
            lambda c: c.run(weight=c.weight[:, :, ::-1]),
            lambda c: c.run(weight=c.weight[:, :, :, ::-1]),
        ),
        mistake(
            "kernel_transposed",
            "The kernel's rows and columns are exchanged.",
            lambda c: c.run(weight=c.weight.swapaxes(2, 3)),
            lambda c: c.run(weight=edits.square_only(c.weight).swapaxes(2, 3)),
            lambda c: c.run(weight=c.weight[:, :, ::-1, ::-1].swapaxes(2, 3)),
        ),
        mistake(
            "height_width_swapped",
            "Height and width are swapped: in shapes and indices the height comes first.",
            lambda c: c.run().swapaxes(2, 3),
            *SWAPPED,
        ),
        mistake(
            "padding_added",
            "Zeros are added around the image. Here only positions count at which the whole kernel "
            "lies on the image.",
            lambda c: c.padded(*((f - 1, f - 1) for f in c.weight.shape[2:])),
            lambda c: c.padded(*((f // 2, (f - 1) // 2) for f in c.weight.shape[2:])),
            lambda c: c.padded(*(((f - 1) // 2, f // 2) for f in c.weight.shape[2:])),
        ),
        mistake(
            "window_averaged",
            "The products in a window are averaged. They have to be summed.",
            lambda c: c.run(weight=c.weight / c.weight.size),
        ),
        *of_size(mistake),
        of_integers(
            mistake,
            edits.whole_inputs,
            lambda c: c.run(weight=np.trunc(c.weight)),
            lambda c: edits.truncated_sums(c, per_product=True),
            lambda c: edits.truncated_sums(c, per_product=True, backwards=True),
        ),
    )


def _apply(edit: Edit, flip: bool, image: Array, kernel: Array) -> Any:
    weight = kernel[::-1, ::-1] if flip else kernel
    return apply(edit, image[np.newaxis], weight[np.newaxis, np.newaxis])[0]


def _mirrored(c: Layer) -> Array:
    return c.run(weight=c.weight[:, :, ::-1, ::-1])


def exercise(name: str) -> Exercise:
    """Return the exercise `correlate2d` or `convolve2d`."""
    flip = name == "convolve2d"
    return Exercise(
        name, 2, convolve2d if flip else correlate2d, _cases(seed=int(flip)),
        partial(_cases, again=True), _mistakes(flip), read_one, work=partial(_work, flip),
    )  # fmt: skip


def _work(flip: bool, case: Case, place: int, index: tuple[int, ...]) -> str:
    image, kernel = case.arguments["image"], case.arguments["kernel"]
    y, x = index
    window = image[y : y + len(kernel), x : x + kernel.shape[1]]
    return dot(window, kernel[::-1, ::-1] if flip else kernel)


def _cases(seed: int, again: bool = False) -> tuple[Case, ...]:
    """Return calls with whole numbers, fractions and large numbers.

    With `again`, there is a larger image, too.
    """
    rng = np.random.default_rng(seed)
    whole = [
        Case(
            {"image": numbers(rng, h, w), "kernel": numbers(rng, fh, fw)},
            frozenset(),
        )
        for h, w, fh, fw in ((*SIZES, LARGER) if again else SIZES)
    ]
    draw = partial(numbers, rng, step=0.25, again=again)
    fractions = [
        Case({"image": draw(h, w), "kernel": draw(fh, fw)}, frozenset({"fractions"}))
        for h, w, fh, fw in SIZES[:5]
    ]
    large = {"image": numbers(rng, 4, 5) * 1000, "kernel": numbers(rng, 2, 3) * 1000}
    return (*whole, *fractions, Case(large, frozenset()))

"""The exercises `correlate2d` and `convolve2d`: one channel, one kernel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cnnbook._arguments import Array
from cnnbook.convolution import convolve2d, correlate2d

from ._conv2d import dot
from ._exercise import Case, Exercise, Mistake, numbers, read_one

Slide = Callable[[Array, Array], Array]

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


def _padded(slide: Slide, image: Array, kernel: Array, full: bool) -> Array:
    """Slide over an image with zeros around: as many as keep its size, or as many as possible."""
    edges = [(f - 1, f - 1) if full else ((f - 1) // 2, f // 2) for f in kernel.shape]
    return slide(np.pad(image, edges), kernel)


def _same_before(slide: Slide, image: Array, kernel: Array) -> Array:
    return slide(np.pad(image, [(f // 2, (f - 1) // 2) for f in kernel.shape]), kernel)


def _larger(slide: Slide, image: Array, kernel: Array, more: tuple[int, int]) -> Array:
    added = [(0, count) for count in more]
    return np.pad(slide(image, kernel), added, constant_values=np.nan)


def _smaller(slide: Slide, image: Array, kernel: Array, fewer: tuple[int, int]) -> Array:
    output = slide(image, kernel)
    return output[: output.shape[0] - fewer[0], : output.shape[1] - fewer[1]]


def _swapped_loops(slide: Slide, image: Array, kernel: Array) -> Array:
    output = slide(image, kernel)
    if output.shape[0] != output.shape[1]:
        raise IndexError("there is no such window")
    return output


def _square(slide: Slide, image: Array, kernel: Array, axis: int) -> Array:
    output = slide(image, kernel)
    count = output.shape[axis]
    if count > output.shape[1 - axis]:
        raise IndexError("there is no such window")
    return output[:count, :count]


def _transposed(slide: Slide, image: Array, kernel: Array, square: bool) -> Array:
    if square and kernel.shape[0] != kernel.shape[1]:
        raise IndexError("the kernel has no such row")
    return slide(image, kernel.T)


def _summed_in_integers(
    slide: Slide, image: Array, kernel: Array, backwards: bool = False
) -> Array:
    """Cut fractions off after each addition."""
    total = np.zeros([n - f + 1 for n, f in zip(image.shape, kernel.shape, strict=True)])
    for place in sorted(np.ndindex(kernel.shape), reverse=backwards):
        one = np.zeros_like(kernel)
        one[place] = kernel[place]
        total = np.trunc(total + slide(image, one))
    return total


def _cases(seed: int) -> tuple[Case, ...]:
    rng = np.random.default_rng(seed)
    whole = [
        Case(
            {"image": numbers(rng, h, w), "kernel": numbers(rng, fh, fw)},
            frozenset(),
        )
        for h, w, fh, fw in SIZES
    ]
    fractions = [
        Case(
            {"image": numbers(rng, h, w, step=0.25), "kernel": numbers(rng, fh, fw, step=0.25)},
            frozenset({"fractions"}),
        )
        for h, w, fh, fw in SIZES[:5]
    ]
    return (*whole, *fractions)


def _mistakes(slide: Slide) -> tuple[Mistake, ...]:
    """Return the mistakes that are made whether the kernel has to be mirrored or not."""

    def mistake(name: str, message: str, *edits: Callable[..., Any]) -> Mistake:
        return Mistake(name, message, tuple(partial(edit, slide) for edit in edits))

    return (
        mistake(
            "kernel_flipped_one_axis",
            "The kernel is mirrored along one axis, or along one axis too few.",
            lambda slide, image, kernel: slide(image, kernel[::-1]),
            lambda slide, image, kernel: slide(image, kernel[:, ::-1]),
        ),
        mistake(
            "kernel_transposed",
            "The kernel's rows and columns are exchanged.",
            partial(_transposed, square=False),
            partial(_transposed, square=True),
            lambda slide, image, kernel: slide(image, kernel[::-1, ::-1].T),
        ),
        mistake(
            "height_width_swapped",
            "Height and width are swapped: in shapes and indices the height comes first.",
            lambda slide, image, kernel: slide(image, kernel).T,
            _swapped_loops,
        ),
        mistake(
            "square_assumed",
            "The output's height and width are computed from one and the same axis. They differ.",
            partial(_square, axis=0),
            partial(_square, axis=1),
        ),
        mistake(
            "padding_added",
            "Zeros are added around the image. Here only positions count at which the whole kernel "
            "lies on the image.",
            partial(_padded, full=False),
            partial(_padded, full=True),
            _same_before,
        ),
        mistake(
            "window_averaged",
            "The products in a window are averaged. They have to be summed.",
            lambda slide, image, kernel: slide(image, kernel / kernel.size),
        ),
        mistake(
            "output_too_large",
            "Your output is one too large: it has positions at which the kernel does not fit.",
            partial(_larger, more=(1, 1)),
            partial(_larger, more=(1, 0)),
            partial(_larger, more=(0, 1)),
        ),
        mistake(
            "output_too_small",
            "Your output is one too small: a last row or column of positions is missing.",
            partial(_smaller, fewer=(1, 1)),
            partial(_smaller, fewer=(1, 0)),
            partial(_smaller, fewer=(0, 1)),
        ),
        mistake(
            "integer_truncated",
            "Fractions are cut off: somewhere the numbers go through integers.",
            lambda slide, image, kernel: np.trunc(slide(image, kernel)),
            lambda slide, image, kernel: np.floor(slide(image, kernel)),
            lambda slide, image, kernel: np.rint(slide(image, kernel)),
            lambda slide, image, kernel: slide(np.trunc(image), np.trunc(kernel)),
            lambda slide, image, kernel: slide(image, np.trunc(kernel)),
            lambda slide, image, kernel: slide(np.trunc(image), kernel),
            _summed_in_integers,
            partial(_summed_in_integers, backwards=True),
        ),
    )


def exercise(name: str) -> Exercise:
    """Return the exercise `correlate2d` or `convolve2d`."""
    if name == "correlate2d":
        slide, seed, work = correlate2d, 0, _correlation
        first = Mistake(
            "kernel_flipped",
            "Your numbers are those of a mirrored kernel: that is convolution. Correlation slides "
            "the kernel as it is.",
            (convolve2d,),
        )
    else:
        slide, seed, work = convolve2d, 1, _convolution
        first = Mistake(
            "kernel_not_flipped",
            "Your numbers are those of correlation, with the kernel as it is. Convolution mirrors "
            "it, along both axes.",
            (correlate2d,),
        )
    mistakes = (first, *_mistakes(slide))
    return Exercise(name, 2, slide, _cases(seed), mistakes, read_one, work=work)


def _correlation(case: Case, place: int, index: tuple[int, ...]) -> str:
    image, kernel = case.arguments["image"], case.arguments["kernel"]
    y, x = index
    return dot(image[y : y + len(kernel), x : x + kernel.shape[1]], kernel)


def _convolution(case: Case, place: int, index: tuple[int, ...]) -> str:
    mirrored = case.arguments["kernel"][::-1, ::-1]
    return _correlation(Case({**case.arguments, "kernel": mirrored}, case.features), place, index)

"""Mistakes that are made in convolutional and in pooling layers alike.

They are edits of a `Layer` or a `Pool`, whose method `run` returns the right output, after some
changes of the arguments if wanted, as batch × channels × height × width.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnbook._arguments import Array

from ._exercise import Mistake

Make = Callable[..., Mistake]
Edit = Callable[[Any], Any]


def resized(output: Array, height: int, width: int) -> Array:
    """Cut an output off, or add rows and columns at its end in which any number may stand."""
    result = np.full((*output.shape[:-2], height, width), np.nan)
    rows, columns = min(height, output.shape[-2]), min(width, output.shape[-1])
    result[..., :rows, :columns] = output[..., :rows, :columns]
    return result


def larger(output: Array, *more: int) -> Array:
    """Return an output with more rows and columns at its end."""
    height, width = output.shape[-2:]
    return resized(output, height + more[0], width + more[1])


def smaller(output: Array, *fewer: int) -> Array:
    """Return an output without its last rows and columns."""
    height, width = output.shape[-2:]
    return resized(output, height - fewer[0], width - fewer[1])


def _swapped_loops(call: Any) -> Array:
    """Loop over the height where the width is meant: out of range unless they are equal."""
    output: Array = call.run()
    if output.shape[2] != output.shape[3]:
        raise IndexError("there is no such window")
    return output


def _swapped_sizes(call: Any) -> Array:
    """Count as many rows as there should be columns."""
    output: Array = call.run()
    return resized(output, *output.shape[:1:-1])


def _swapped_windows(call: Any) -> Array:
    """Read the window [j, i] for the output [i, j]."""
    output: Array = call.run()
    return resized(output.swapaxes(2, 3), *output.shape[2:])


#: Ways to swap height and width that no setting shows.
SWAPPED = (_swapped_loops, _swapped_sizes, _swapped_windows)


def of_one_axis(make: Make, setting: str, neutral: int, *more: Edit, **words: str) -> Mistake:
    """Return the mistake of considering a setting along one axis only."""
    return make(
        f"{setting}_one_axis",
        f"The {setting} is applied along one axis only.",
        lambda c: c.run(**{setting: (getattr(c, setting)[0], neutral)}),
        lambda c: c.run(**{setting: (neutral, getattr(c, setting)[1])}),
        *more,
        **words,
    )


def of_size(
    make: Make, *, too_large: tuple[Edit, ...] = (), too_small: tuple[Edit, ...] = ()
) -> tuple[Mistake, ...]:
    """Return the mistakes in an output's size, with more ways to make two of them."""
    return (
        make(
            "square_assumed",
            "The output's height and width are computed from one and the same axis. They differ.",
            lambda c: _square(c.run(), 2),
            lambda c: _square(c.run(), 3),
        ),
        make(
            "output_too_large",
            "Your output is one too large: it has positions at which there is no window.",
            lambda c: larger(c.run(), 1, 1),
            lambda c: larger(c.run(), 1, 0),
            lambda c: larger(c.run(), 0, 1),
            *too_large,
        ),
        make(
            "output_too_small",
            "Your output is one too small: a last row or column of windows is missing.",
            lambda c: smaller(c.run(), 1, 1),
            lambda c: smaller(c.run(), 1, 0),
            lambda c: smaller(c.run(), 0, 1),
            *too_small,
        ),
    )


def of_integers(make: Make, *more: Edit) -> Mistake:
    """Return the mistake of computing with integers."""
    return make(
        "integer_truncated",
        "Fractions are cut off: somewhere the numbers go through integers.",
        lambda c: np.trunc(c.run()),
        lambda c: np.floor(c.run()),
        lambda c: np.rint(c.run()),
        lambda c: c.run(input=np.trunc(c.input)),
        *more,
    )


def of_batch(make: Make) -> tuple[Mistake, ...]:
    """Return the mistakes in handling the batch axis."""
    return (
        make(
            "first_image_only",
            "Only one image of the batch is computed.",
            lambda c: c.run()[:1],
            lambda c: _only_image(c.run(), 0),
            lambda c: _only_image(c.run(), -1),
        ),
        make(
            "batch_dropped",
            "The batch axis is lost: the result has one image for each image of the input.",
            lambda c: c.run()[0] if c.batch else c.run(),
            lambda c: c.run()[-1] if c.batch else c.run(),
            lambda c: c.run()[0] if c.batch and len(c.input) == 1 else c.run(),
        ),
        make(
            "batch_added",
            "An input without a batch axis gets one. Its result should have none.",
            lambda c: c.run() if c.batch else c.run()[np.newaxis],
            needs="batch",
            instead="Your result has one axis more than the input.",
        ),
        make(
            "axes_squeezed",
            "Axes of length 1 are lost. They belong to the shape of the result.",
            lambda c: c.run().squeeze() if c.batch else c.run().squeeze()[np.newaxis],
        ),
    )


def _square(output: Array, axis: int) -> Array:
    """Use one axis's size for both."""
    return resized(output, output.shape[axis], output.shape[axis])


def _only_image(output: Array, which: int) -> Array:
    """Leave the other images 0."""
    alone = np.zeros_like(output)
    alone[which] = output[which]
    return alone

"""The exercise `max_pool2d`, and the mistakes that are made in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from cnnbook._arguments import Array
from cnnbook.pooling import max_pool2d

from . import _pools as pools
from ._exercise import Case, Exercise, Mistake, Values, read_array, read_one
from ._pooling import PAIRS, mistake_of, reduced_by, shared_mistakes, window
from ._pools import Edit, Pool, apply, pool_cases
from ._shared import of_one_axis


def exercise(name: str) -> Exercise:
    """Return the exercise."""
    mistake = mistake_of(pools.largest)
    mistakes = (
        mistake(
            "smallest",
            "Your numbers are the smallest of each window.",
            *reduced_by(pools.smallest),
        ),
        mistake(
            "averaged",
            "Your numbers are the mean of each window.",
            *reduced_by(pools.mean),
        ),
        mistake(
            "absolute_value",
            "Your numbers are those farthest from 0. The largest of −5 and 2 is 2.",
            *reduced_by(pools.farthest_from_zero),
            lambda c: np.abs(c.run(reduce=pools.farthest_from_zero)),
            lambda c: c.run(input=np.abs(c.input)),
        ),
        mistake(
            "starts_at_zero",
            "Where all numbers of a window are negative, yours is 0. A maximum that is searched "
            "for from 0 never finds them: start from −∞.",
            lambda c: np.maximum(c.run(), 0),
        ),
        mistake(
            "starts_too_high",
            "Some pixels are below the number from which you search for the maximum, or with which "
            "you fill the padding. Nothing is below −∞: take that.",
            *(edit for start in _STARTS for edit in _started_at(start)),
            needs="padding",
            instead="Some pixels are below the number from which you search for the maximum. "
            "Nothing is below −∞: start from that.",
        ),
        mistake(
            "zeros_left_out",
            "A 0 is taken for padding, or for no number yet. It is a pixel like any other.",
            *reduced_by(
                pools.largest_but_zeros,
                pools.zero_is_no_maximum_yet,
                partial(pools.zero_is_no_maximum_yet, padded=True),
            ),
            needs="padding",
            instead="A 0 is left out, or taken for no number yet. It is a pixel like any other.",
        ),
        mistake(
            "padding_zeros_win",
            "The padding's zeros win where all pixels of a window are negative. In max pooling "
            "the padding never wins: fill it with −∞.",
            *reduced_by(pools.zeros_win),
            needs="padding",
            instead="Where a window reaches over the end, a 0 wins if all its pixels are negative. "
            "What is not there never wins.",
        ),
        mistake(
            "first_of_window",
            "Your numbers are the first of each window.",
            *reduced_by(pools.first_of_window),
        ),
        mistake(
            "maximum_over_channels",
            "The maximum is taken over the channels as well. Each channel is pooled on its own.",
            lambda c: c.run().max(axis=1, keepdims=True),
            lambda c: np.broadcast_to(c.run().max(axis=1, keepdims=True), c.run().shape),
        ),
        mistake(
            "dilation_ignored",
            "Your windows read neighbouring pixels, whatever the dilation.",
            lambda c: c.run(dilation=(1, 1)),
        ),
        of_one_axis(mistake, "dilation", 1),
        *shared_mistakes(mistake, (*PAIRS, "dilation"), outside=-np.inf),
        Mistake(
            "indices_missing",
            "With return_indices=True the result is a pair: the maxima, and where each was found.",
            (lambda **arguments: max_pool2d(**{**arguments, "return_indices": False}),),
        ),
        *(
            Mistake(name, message, (partial(_with_indices, rule),))
            for name, message, rule in _INDEX_MISTAKES
        ),
    )
    cases = pool_cases(seed=3, largest=True)
    again = partial(pool_cases, largest=True, again=True)
    return Exercise(
        name, 2, max_pool2d, cases, again, mistakes, _read_maxima, ("", "indices"), work=_max_work
    )


# Numbers that somebody may think are low enough.
_STARTS = (-1, -9, -10, -20, -50, -99, -100, -127, -128, -255, -256, -999, -1000, -9999, -10_000)


def _started_at(start: float) -> tuple[Edit, Edit]:
    """Search for the maximum from this number in all windows, or find it in the padding."""
    return (
        lambda c: np.maximum(c.run(), start),
        lambda c: c.run(reduce=partial(pools.largest, outside=start)),
    )


def _read_maxima(value: Any) -> Values:
    """Return the maxima, and their indices if there are any.

    A list of two may also be two maps. Of maxima and indices, only the indices are whole numbers.

    >>> [part.tolist() for part in _read_maxima([[[0.5]], [[3]]])]
    [[[0.5]], [[3.0]]]
    """
    if isinstance(value, tuple) and len(value) == 2:
        return read_array(value[0]), read_array(value[1])
    if isinstance(value, list) and len(value) == 2:
        with suppress(Exception):  # ragged lists are refused below
            kinds = [np.asarray(part).dtype.kind for part in value]
            if kinds[0] == "f" and kinds[1] in "iu":
                return read_array(value[0]), read_array(value[1])
    return read_one(value)


IndexRule = Callable[[Pool, int, int, int, int, int], int]


def _with_indices(rule: IndexRule, **arguments: Any) -> Any:
    """Return the right maxima, with indices by another rule.

    A rule gets the channel, the row and column of the output, and those of the maximum.
    """
    if not arguments.get("return_indices"):
        return max_pool2d(**arguments)
    maxima, indices = max_pool2d(**arguments)

    def edit(c: Pool) -> tuple[Array, Array]:
        right = indices if c.batch else indices[np.newaxis]
        other = np.empty_like(right)
        for n, channel, y, x in np.ndindex(right.shape):
            row, column = divmod(int(right[n, channel, y, x]), c.input.shape[3])
            if rule is _last_of_equals:
                row, column = _last(c, n, channel, y, x, row, column)
            other[n, channel, y, x] = rule(c, channel, y, x, row, column)
        return maxima if c.batch else maxima[np.newaxis], other

    return apply(edit, pools.largest, **arguments)


def _in_window(c: Pool, channel: int, y: int, x: int, row: int, column: int) -> int:
    down = (row - y * c.stride[0] + c.padding[0]) // c.dilation[0]
    right = (column - x * c.stride[1] + c.padding[1]) // c.dilation[1]
    return int(down * c.kernel_size[1] + right)


def _in_padded(c: Pool, channel: int, y: int, x: int, row: int, column: int) -> int:
    width = c.input.shape[3] + 2 * c.padding[1]
    return int((row + c.padding[0]) * width + column + c.padding[1])


def _by_columns(c: Pool, channel: int, y: int, x: int, row: int, column: int) -> int:
    return int(column * c.input.shape[2] + row)


def _over_channels(c: Pool, channel: int, y: int, x: int, row: int, column: int) -> int:
    height, width = c.input.shape[2:]
    return int((channel * height + row) * width + column)


def _last_of_equals(c: Pool, channel: int, y: int, x: int, row: int, column: int) -> int:
    return int(row * c.input.shape[3] + column)


def _last(c: Pool, n: int, channel: int, y: int, x: int, row: int, column: int) -> tuple[int, int]:
    """Return the last place of a window at which its maximum stands."""
    height, width = c.input.shape[2:]
    places = [
        (y * c.stride[0] - c.padding[0] + i * c.dilation[0],
         x * c.stride[1] - c.padding[1] + j * c.dilation[1])
        for i in range(c.kernel_size[0])
        for j in range(c.kernel_size[1])
    ]  # fmt: skip
    image = c.input[n, channel]
    return max(
        (i, j)
        for i, j in places
        if 0 <= i < height and 0 <= j < width and image[i, j] == image[row, column]
    )


_INDEX_MISTAKES: tuple[tuple[str, str, IndexRule], ...] = (
    (
        "indices_in_window",
        "Your indices count the pixels of the window. They count those of the input's map.",
        _in_window,
    ),
    (
        "indices_in_padded",
        "Your indices count the padding as well. They count the pixels of the input's map.",
        _in_padded,
    ),
    (
        "indices_by_columns",
        "Your indices count down the columns. They count along the rows: row · width + column.",
        _by_columns,
    ),
    (
        "indices_over_channels",
        "Your indices count on from channel to channel. Each map starts from 0.",
        _over_channels,
    ),
    (
        "indices_last_of_equals",
        "Of equal maxima you give the last. It is the first that counts.",
        _last_of_equals,
    ),
)


def _max_work(case: Case, place: int, index: tuple[int, ...]) -> str:
    return "" if place else f"the largest of {', '.join(window(case, index)[0])}"

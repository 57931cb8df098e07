"""The exercise `avg_pool2d`, and the mistakes that are made in it."""

from __future__ import annotations

from functools import partial

import numpy as np

from cnnbook.pooling import avg_pool2d

from . import _pools as pools
from ._exercise import Case, Exercise, read_one
from ._pooling import PAIRS, mistake_of, reduced_by, shared_mistakes, window
from ._pools import pool_cases


def exercise(name: str) -> Exercise:
    """Return the exercise."""
    mistake = mistake_of(pools.mean)
    mistakes = (
        mistake(
            "not_divided",
            "Your numbers are the sums of each window. A mean is divided by how many there are.",
            *reduced_by(pools.total),
            lambda c: c.run(divisor_override=c.divisor_override or 1),
        ),
        mistake(
            "divided_by_side",
            "The sums are divided by the kernel's side. A window has F·F pixels.",
            *reduced_by(pools.sum_over_side),
        ),
        mistake(
            "largest",
            "Your numbers are the largest of each window.",
            *reduced_by(pools.zeros_win, pools.largest),
        ),
        mistake(
            "median",
            "Your numbers are the median of each window.",
            *reduced_by(pools.median),
        ),
        mistake(
            "mean_over_channels",
            "The mean is taken over the channels as well. Each channel is pooled on its own.",
            lambda c: c.run().mean(axis=1, keepdims=True),
            lambda c: np.broadcast_to(c.run().mean(axis=1, keepdims=True), c.run().shape),
        ),
        mistake(
            "padding_never_counted",
            "The padding's zeros are not counted. By default they are: means shrink at the border.",
            lambda c: c.run(count_include_pad=False),
        ),
        mistake(
            "count_include_pad_ignored",
            "The padding's zeros are counted even with count_include_pad=False.",
            lambda c: c.run(count_include_pad=True),
        ),
        mistake(
            "zeros_left_out",
            "Zeros are not counted, as if they were padding. A 0 is a pixel like any other.",
            *reduced_by(
                partial(pools.mean_but_zeros, always=True),
                partial(pools.mean_but_zeros, always=False),
            ),
            needs="padding",
            instead="Zeros are not counted. A 0 is a pixel like any other.",
        ),
        mistake(
            "divisor_ignored",
            "The argument divisor_override is not used.",
            lambda c: c.run(divisor_override=None),
        ),
        mistake(
            "divided_twice",
            "The mean is divided by divisor_override. It is the sum that is divided by it.",
            *reduced_by(pools.divided_twice),
        ),
        mistake(
            "overhang_counted",
            "What a window reads beyond the padding, with ceil_mode, is counted. It never counts.",
            *reduced_by(pools.mean_of_whole_window),
            needs="padding",
            instead="What a window reads beyond the end, with ceil_mode, is counted. It never is.",
        ),
        *shared_mistakes(mistake, PAIRS, outside=0.0),
    )
    cases = pool_cases(seed=4, largest=False)
    again = partial(pool_cases, largest=False, again=True)
    return Exercise(name, 2, avg_pool2d, cases, again, mistakes, read_one, work=_avg_work)


def _avg_work(case: Case, place: int, index: tuple[int, ...]) -> str:
    pixels, divisor = window(case, index)
    total = " + ".join(f"({pixel})" if pixel[0] == "−" else pixel for pixel in pixels)
    return f"{total}/{divisor}" if len(pixels) == 1 else f"({total})/{divisor}"

"""Exercises that know your mistake.

:func:`check` tries a function on many small calls. If it is wrong, the check names the mistake, if
it knows one that explains the answers, and shows the smallest call at which it can be seen.
"""

from __future__ import annotations

import importlib
import math
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from numbers import Real
from typing import Any

import numpy as np

from cnnbook._arguments import Array

from ._exercise import Case, Exercise
from ._judge import Verdict, judge
from ._result import CheckResult, Table, result
from ._run import Raised, Stopped, run

__all__ = ["CheckResult", "Table", "check", "mistakes", "names"]

_MODULES = {  # loaded when they are needed
    "output_size": "_output_size",
    "conv_parameters": "_conv_parameters",
    "correlate2d": "_images",
    "convolve2d": "_images",
    "conv2d": "_conv2d",
    "max_pool2d": "_max_pool2d",
    "avg_pool2d": "_avg_pool2d",
    "receptive_field": "_receptive_field",
    "conv2d_backward": "_conv2d_backward",
}

CALLS = 100  # that must be answered rightly; one that is wrong in ten by chance passes never

#: The names of the exercises.
names = tuple(_MODULES)


def check(
    name: str,
    candidate: Callable[..., Any],
    *,
    without: Iterable[str] = (),
    time_limit: float | None = 10.0,
) -> CheckResult:
    """Check a function that solves an exercise, and say what is wrong with it.

    Parameters
    ----------
    name
        The function of this package that the candidate does the work of: one of `names`.
    candidate
        A function with the same arguments. It gets NumPy arrays of float64; where it fails with
        them, it is tried with PyTorch's tensors of float32 (if PyTorch is loaded), then with nested
        lists. It may return any of these. What else differs from the package's:

        - Arguments that are wrong are tried with ``output_size`` only, which has to raise a
          ``ValueError`` then.
        - The padding of ``conv2d`` and ``conv2d_backward`` is a number or a pair, never a word.
        - No number is infinite or NaN: what ``max_pool2d`` makes of NaN is not tried.
        - ``receptive_field`` gets a list of tuples ``(kernel_size, stride, padding, dilation)``
          with all four, and may return tuples ``(size, jump, start)``, of numbers or pairs.
    without
        What the exercise does not ask for: arguments, such as ``"groups"``, or, as far as the
        exercise has them, "batch" (a batch axis), "unbatched" (none), "images" (more than one),
        "channels", "filters", "pairs" (an argument for each axis), "fractions", "refusals" (sizes
        that are fractions) and "too_large" (a kernel that is larger than the image). Calls that
        need them are left out.
    time_limit
        Seconds for all calls together, or None for as long as it takes.

    Returns
    -------
    CheckResult
        Its `mistake` is one of ``mistakes(name)``, or "raises", "too_slow", "too_much_memory",
        "wrong_type", "wrong_shape" or "changes_input", or None if the function is right or the
        mistake unknown. Of two mistakes at once, one is named if it explains all calls of the
        simplest kind that goes wrong.

    Raises
    ------
    ValueError
        If there is no such exercise, none of its calls is left, or the time limit is not above 0.
    TypeError
        If the candidate is no function, the time limit no number, or `without` holds no names.

    Notes
    -----
    The candidate runs in a thread of this process, which is stopped if it takes too long, or more
    than 500 MB (where the system tells; not on Windows). Three things only a process of its own
    could survive, and they stop or hang the notebook: ``os._exit`` and crashes in C code, endless
    recursion in C code, and C code that runs for long without letting other threads run, such as
    ``sum(itertools.count())``.

    Examples
    --------
    >>> def size(size, kernel_size, stride=1):
    ...     return (size - kernel_size) // stride
    >>> print(check("output_size", size, without=["padding", "dilation", "rounding", "pairs"]))
    output_size: not right yet.
    <BLANKLINE>
    The + 1 is missing: (N − F)/S counts the steps. The first window makes no step.
    <BLANKLINE>
    The smallest call that shows it: output_size(7, 3)
    <BLANKLINE>
    expected: 5
    <BLANKLINE>
    got: 4
    <BLANKLINE>
    expected = (7 − 3)/1 + 1 = 5
    """
    exercise = _exercise(name)
    if not callable(candidate):
        raise TypeError(
            f"candidate must be a function, but got {type(candidate).__name__}: hand over the "
            "function itself, without calling it"
        )
    if not isinstance(without, Iterable):
        raise TypeError(f"without must be names of what to leave out, but got {without!r}")
    left_out = {without} if isinstance(without, str) else set(without)
    cases = exercise.restricted(left_out)
    if isinstance(time_limit, bool) or not isinstance(time_limit, Real | None):
        raise TypeError(f"time_limit must be a number of seconds, or None, but got {time_limit!r}")
    seconds = math.inf if time_limit is None else float(time_limit)
    if not seconds > 0:
        raise ValueError(f"time_limit must be more than 0 seconds, or None, but got {time_limit!r}")
    end = time.monotonic() + seconds
    best: tuple[Verdict, str] | None = None
    raised = False
    for hand_over in (_as_array, _as_tensor, _as_list):
        start = time.monotonic()
        if hand_over is _as_tensor and not (raised and "torch" in sys.modules):
            continue  # what is wrong but runs with arrays is wrong with tensors, and slower
        left = end - time.monotonic()
        outcomes, printed = run(exercise, candidate, cases, hand_over, left, seconds)
        verdict = judge(exercise, cases, outcomes)
        if best is None or verdict.weight > best[0].weight:
            best = verdict, printed
        raised |= any(isinstance(outcome.got, Raised) for outcome in outcomes)
        over = isinstance(outcomes[-1].got, Stopped) or time.monotonic() >= end
        if verdict.certain or over or not _has_arrays(cases):
            break
    assert best is not None
    verdict, printed = best
    if verdict.passed:
        now = time.monotonic()
        left = end - now
        # At the pace of the first calls, others may take half of the time that is left.
        most = verdict.right * left / (2 * (now - start) + 1e-9)
        verdict, more = _again(
            exercise, candidate, left_out, hand_over, left, seconds, most, verdict
        )
        printed = printed or more
    return result(exercise, verdict, printed)


def _again(
    exercise: Exercise,
    candidate: Callable[..., Any],
    left_out: Iterable[str],
    hand_over: Callable[[Array], Any],
    left: float,
    seconds: float,
    most: float,
    verdict: Verdict,
) -> tuple[Verdict, str]:
    """Try who was right with other numbers, too, which nobody knows before.

    There are at most so many calls, for who is slow; some time is left of all the seconds. What is
    wrong only now, no single mistake explains.
    """
    cases: list[Case] = []
    for _ in range(20):  # few calls may be left, or none
        if not cases or verdict.right + len(cases) < CALLS:
            cases += exercise.others(left_out, seed=secrets.randbits(32))
    if len(cases) > most:
        cases = secrets.SystemRandom().sample(cases, max(0, int(most)))
    if not cases:
        return verdict, ""
    outcomes, printed = run(exercise, candidate, cases, hand_over, left, seconds)
    again = judge(replace(exercise, mistakes=()), cases, outcomes)
    if again.passed:
        # Without their number, which differs each time: a page of the book is to stay as it is.
        message = f"All {verdict.right} answers are right, and so are those with other numbers."
        return replace(again, right=verdict.right, message=message), printed
    message = f"{again.message} {_BEFORE.format(verdict.right + again.right)}"
    return replace(again, message=message), printed


_BEFORE = (
    "With other numbers it was right {} times: does your function depend on chance, on earlier "
    "calls, on the size of its input, or on too few digits?"
)


def mistakes(name: str) -> tuple[str, ...]:
    """Return the names of the mistakes that are known for an exercise.

    Examples
    --------
    >>> mistakes("convolve2d")[:2]
    ('kernel_not_flipped', 'kernel_flipped_one_axis')
    """
    return tuple(mistake.name for mistake in _exercise(name).mistakes)


def _exercise(name: str) -> Exercise:
    if not isinstance(name, str) or name not in _MODULES:
        raise ValueError(f"name must be one of {', '.join(names)}, but got {name!r}")
    return _made(name)


@cache
def _made(name: str) -> Exercise:
    module = importlib.import_module(f".{_MODULES[name]}", __name__)
    exercise: Exercise = module.exercise(name)
    return exercise


def _has_arrays(cases: Iterable[Case]) -> bool:
    return any(isinstance(value, np.ndarray) for case in cases for value in case.arguments.values())


def _as_array(array: Array) -> Any:
    return array


def _as_tensor(array: Array) -> Any:
    return sys.modules["torch"].as_tensor(array, dtype=sys.modules["torch"].float32)


def _as_list(array: Array) -> Any:
    return array.tolist()

"""Decide from a function's answers whether it is right and, if not, which mistake it makes.

A mistake is named only where it explains every answer. First all calls are looked at. If no single
mistake explains them, there may be two at once: then those calls that ask for nothing beyond the
plainest one that went wrong. If there a mistake explains all, it is one of the two, because for
such calls the function does what the mistake does. There it has to explain some number, too: that
a function fails in a few calls has many causes. If several mistakes explain all, or none does, none
is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from cnnbook._arguments import Array

from ._exercise import Case, Exercise, Mistake, Values
from ._run import MEGABYTES, Outcome, Raised, Stopped, Unreadable

Expected = Values | Raised


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a function, and the call that shows it; all None if it is right."""

    mistake: str | None = None
    message: str = ""
    case: Case | None = None
    expected: Expected | None = None
    outcome: Outcome | None = None
    right: int = 0  # calls that were answered rightly
    explained: int = 0  # 2 if the mistake explains all calls, 1 if it explains some

    @property
    def passed(self) -> bool:
        """Whether no call shows anything wrong."""
        return self.case is None

    @property
    def certain(self) -> bool:
        """Whether nothing is left to find out: right, or a known mistake throughout."""
        return self.passed or (self.explained == 2 and not self.stuck)

    @property
    def stuck(self) -> bool:
        """Whether the call that shows it had no answer."""
        return self.outcome is not None and isinstance(self.outcome.got, Raised | Stopped)

    @property
    def weight(self) -> tuple[int, ...]:
        """How much it tells: compared where a function was tried with lists and with arrays."""
        return self.passed, self.explained, self.right, not self.stuck


def judge(exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> Verdict:
    """Return the verdict on a function's answers to some calls, in the order of the calls."""
    tried = list(zip(cases, outcomes, strict=False))  # fewer outcomes if the time was up
    expected = [answer(exercise, exercise.reference, case) for case in cases]
    wrong = [
        index
        for index, (_, outcome) in enumerate(tried)
        if not agree(expected[index], outcome.got, exercise)
    ]

    def shown(index: int, mistake: str | None, message: str, explained: int = 0) -> Verdict:
        case, outcome = tried[index]
        right = len(tried) - len(wrong)
        return Verdict(mistake, message, case, expected[index], outcome, right, explained)

    def simplest(indices: Sequence[int]) -> int:
        def difficulty(index: int) -> tuple[int, ...]:
            case = tried[index][0]
            return len(case.features), case.is_hard_to_read, case.size, index

        return min(indices, key=difficulty)

    def answered(index: int) -> bool:
        return isinstance(tried[index][1].got, tuple)

    last = outcomes[-1].got
    if isinstance(last, Stopped):
        return shown(len(tried) - 1, last.reason, _describe(last))
    if not wrong:
        changed = [i for i, (_, outcome) in enumerate(tried) if outcome.changed]
        if not changed:
            return Verdict(right=len(tried))
        index = simplest(changed)
        return shown(index, "changes_input", _CHANGES.format(_names(tried[index][1])))

    asked = frozenset().union(*(case.features for case in cases))
    known = [mistake for mistake in exercise.mistakes if mistake.said(asked)]
    first = simplest(wrong)
    group = [i for i, case in enumerate(cases) if case.features <= cases[first].features]
    for part, explained in (list(range(len(cases))), 2), (group, 1):
        telling = sorted(part, key=lambda i: i not in wrong)  # most mistakes drop out at once
        found = {
            mistake: seen
            for mistake in known
            if (seen := _explained(exercise, mistake, [(i, *tried[i]) for i in telling]))
            and (explained == 2 or any(map(answered, seen)))
        }
        if len(found) == 1:
            ((mistake, seen),) = found.items()
            message = mistake.said(asked)
            if explained == 1:
                message += (
                    " This does not explain all that is wrong: check again once it is mended."
                )
            index = simplest(list(filter(answered, seen)) or seen)
            return shown(index, mistake.name, message + _aside(tried[index][1]), explained)
    got = tried[first][1].got
    if isinstance(got, tuple):
        wanted = expected[first]
        if isinstance(wanted, Raised):
            return shown(first, None, _ANSWERS)
        if [part.shape for part in got] != [part.shape for part in wanted]:
            return shown(first, "wrong_shape", _SHAPE + _aside(tried[first][1]))
        return shown(first, None, _WRONG + _aside(tried[first][1]))
    name = "raises" if isinstance(got, Raised) else "wrong_type"
    return shown(first, name, _describe(got))


def agree(expected: Expected, got: Any, exercise: Exercise) -> bool:
    """Tell whether an answer is what was expected, up to the rounding of float32.

    Where a ValueError is expected, the answer has to be one.
    """
    if isinstance(expected, Raised) or not isinstance(got, tuple):
        refused = isinstance(got, Raised) and issubclass(got.kind, ValueError)
        return refused and isinstance(expected, Raised)
    return len(expected) == len(got) and all(
        _close(wanted, number, exercise.exact) for wanted, number in zip(expected, got, strict=True)
    )


def differ(expected: Any, got: Any, exact: bool) -> Any:
    """Return where two arrays of the same shape differ; NaN is expected where all is allowed."""
    if exact:
        return np.not_equal(expected, got) & ~np.isnan(expected)
    largest = np.nanmax(np.abs(expected), initial=1.0)
    with np.errstate(invalid="ignore"):
        return ~((np.abs(got - expected) <= 1e-4 * largest) | np.isnan(expected))


def _anything(part: Any) -> bool:
    return part.ndim == 0 and bool(np.isnan(part))


def _close(expected: Any, got: Any, exact: bool) -> bool:
    if _anything(expected) or expected.size == got.size == 0:  # a list of no rows has no width
        return True
    if expected.shape != got.shape:
        return False
    return bool((expected == got).all()) or not differ(expected, got, exact).any()


@lru_cache(50_000)  # the same functions and calls come again with every candidate, most of them
def answer(exercise: Exercise, function: Callable[..., Any], case: Case) -> Expected:
    """Return what the reference, or a function with a mistake, answers."""
    try:
        return exercise.read(function(**case.arguments))
    except Exception as error:
        return Raised(type(error))


def _explained(
    exercise: Exercise, mistake: Mistake, tried: Sequence[tuple[int, Case, Outcome]]
) -> list[int]:
    """Return the calls that go wrong by a mistake, or none if any answer speaks against it."""
    for variant in mistake.variants:
        seen = []
        for index, case, outcome in tried:
            mistaken = answer(exercise, variant, case)
            if _stumbled(outcome.got) and _leaves_open(mistaken):
                continue  # the window that some programs read anyhow is not there for others
            if not _same(mistaken, outcome.got, exercise):
                break
            expected = answer(exercise, exercise.reference, case)
            harmless = right(mistaken, expected, exercise)
            if harmless != agree(_as_far_as(mistaken, expected), outcome.got, exercise):
                break
            if not harmless:
                seen.append(index)
        else:
            if seen:
                return seen
    return []


def _as_far_as(mistaken: Expected, expected: Expected) -> Expected:
    """Return what is expected, with nothing in particular where a mistake allows everything."""
    if isinstance(mistaken, Raised) or isinstance(expected, Raised):
        return expected
    if len(mistaken) != len(expected):
        return expected
    return tuple(
        part if _anything(part) else _known(part, wanted)
        for part, wanted in zip(mistaken, expected, strict=True)
    )


def _known(mistaken: Array, expected: Array) -> Array:
    """Return the expected numbers, with NaN where a mistake allows any."""
    if mistaken.shape != expected.shape:
        return expected
    return np.where(np.isnan(mistaken), np.nan, expected)


def _leaves_open(mistaken: Expected) -> bool:
    """Tell whether a mistake leaves some numbers of an array open, but not the whole of it."""
    return isinstance(mistaken, tuple) and any(
        part.ndim > 0 and np.isnan(part).any() for part in mistaken
    )


def right(mistaken: Expected, expected: Expected, exercise: Exercise) -> bool:
    """Tell whether a mistake makes no difference; where it allows all numbers, it makes none."""
    if isinstance(mistaken, Raised):
        return isinstance(expected, Raised)
    return isinstance(expected, tuple) and agree(mistaken, expected, exercise)


def _same(mistaken: Expected, got: Any, exercise: Exercise) -> bool:
    """Tell whether a candidate does what a function with a mistake does.

    Where that function fails, the candidate has to stumble, or return nothing: a refusal on purpose
    has another cause. Only where refusing is part of the exercise, it may be on purpose.
    """
    if not isinstance(mistaken, Raised):
        return agree(mistaken, got, exercise)
    if exercise.exact:
        return agree(mistaken, got, exercise)
    if isinstance(got, Raised):
        return _stumbled(got)
    return isinstance(got, tuple) and any(part.size == 0 for part in got)


def _stumbled(got: Any) -> bool:
    """Tell whether a candidate failed as one does that reads what is not there."""
    return (
        isinstance(got, Raised)
        and issubclass(got.kind, IndexError | ValueError | RuntimeError | TypeError)
        and not got.on_purpose
    )


def _names(outcome: Outcome) -> str:
    return " and ".join(outcome.changed)


def _aside(outcome: Outcome) -> str:
    if not outcome.changed:
        return ""
    return f" Besides, your function changes {_names(outcome)} in place: work on a copy."


def _describe(got: Any) -> str:
    where = f" in {got.line}" if getattr(got, "line", "") else ""
    if isinstance(got, Stopped):
        if got.reason == "too_slow":
            what = f"had no answer after {got.seconds:.3g} seconds"
            hint = "Does a loop never end, is it slow, or does it print too much?"
        else:
            what = f"had taken {MEGABYTES} MB of memory without an answer"
            hint = "Does a list or an array never stop growing?"
        stopped = "could not be stopped" if got.running else "was stopped"
        warning = " It is still running: restart the kernel to end it." if got.running else ""
        return f"Your function {what} and {stopped}{where}. {hint}{warning}"
    if isinstance(got, Raised):
        text = f" ({got.text})" if got.text else ""
        return f"Your function raised {got.kind.__name__}{where}{text}."
    assert isinstance(got, Unreadable)
    return f"Your function returned {got.what}{'' if got.what[-1] in '.?!' else '.'}"


_CHANGES = (
    "The result is right, but your function changes {} in place: whoever called it finds other "
    "numbers there afterwards. Work on a copy."
)
_ANSWERS = "There is no right answer here: raise a ValueError that says why."
_SHAPE = "The shape of the result is wrong."
_WRONG = "The numbers are wrong, and not by a mistake that is known here."

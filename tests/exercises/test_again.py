"""Who is right is tried with other numbers: what is wrong by chance, or beyond a size, is found."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.exercises import loops

from cnnbook import conv2d, correlate2d, exercises
from cnnbook.exercises import CALLS, _exercise, check, names

Candidate = Callable[..., Any]


@pytest.mark.parametrize("name", names)
def test_a_function_that_is_wrong_in_one_of_ten_calls_never_passes(name: str) -> None:
    """Of 100 calls, none of which goes wrong by chance, there are 0.9¹⁰⁰ = 3·10⁻⁵."""
    right: Candidate = getattr(loops, name)
    chance = random.Random(name)

    def candidate(*arguments: Any, **options: Any) -> Any:
        return right(*arguments, **options) if chance.random() < 0.9 else 12345

    assert not any(check(name, candidate, time_limit=None).passed for _ in range(20))


@pytest.mark.parametrize("name", names)
def test_there_are_enough_calls_and_no_two_checks_make_the_same(name: str) -> None:
    right: Candidate = getattr(loops, name)
    calls: list[str] = []

    def candidate(*arguments: Any, **options: Any) -> Any:
        calls.append(str((arguments, options)))
        return right(*arguments, **options)

    assert check(name, candidate, time_limit=None)
    first = len(calls)
    assert first >= CALLS
    assert check(name, candidate, time_limit=None)
    fixed = len(_exercise(name).cases)
    assert calls[first : first + fixed] == calls[:fixed]
    assert calls[first + fixed :] != calls[fixed:first]


@pytest.mark.parametrize("without", [[], ["pairs"]])
def test_what_is_said_of_a_right_function_is_the_same_each_time(without: list[str]) -> None:
    candidate = loops.conv_parameters
    said = {str(check("conv_parameters", candidate, without=without)) for _ in range(5)}
    assert len(said) == 1
    assert "and so are those with other numbers." in said.pop()


@pytest.mark.parametrize("name", names)
@pytest.mark.parametrize("seed", range(3))
def test_other_cases_have_features_that_can_be_left_out(name: str, seed: int) -> None:
    exercise = _exercise(name)
    known = frozenset().union(*(case.features for case in exercise.cases))
    others = exercise.others([], seed)
    assert others
    assert frozenset().union(*(case.features for case in others)) <= known
    for feature in known:
        assert all(feature not in case.features for case in exercise.others([feature], seed))


@pytest.mark.parametrize("limit", [19, 25, 60])
def test_who_is_slow_and_right_stays_in_time(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """On this clock each call takes a second; 18 are made in any case."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def candidate(image: Any, kernel: Any) -> Any:
        now[0] += 1
        return correlate2d(image, kernel)

    result = check("correlate2d", candidate, time_limit=limit)
    assert result, result
    assert (limit > 19) == (now[0] > 18)
    assert now[0] < limit


def test_if_no_other_call_is_left_the_first_ones_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    without_others = replace(_exercise("correlate2d"), again=lambda seed: ())
    monkeypatch.setattr(exercises, "_exercise", lambda name: without_others)
    assert check("correlate2d", correlate2d).message == "All 18 answers are right."


def _in_sixteenths(*arguments: Any, **options: Any) -> Any:
    return (np.asarray(conv2d(*arguments, **options)) * 16).astype(np.int32) / 16


def _stride_up_to_3(input: Any, weight: Any, bias: Any = None, stride: Any = 1, **more: Any) -> Any:
    strides = stride if isinstance(stride, tuple) else (stride, stride)
    return conv2d(input, weight, bias, tuple(min(s, 3) for s in strides), **more)


def _narrow_only(input: Any, *arguments: Any, **options: Any) -> Any:
    return np.asarray(conv2d(input, *arguments, **options)) + (np.shape(input)[-1] > 9)


def _few_channels_only(input: Any, weight: Any, *rest: Any, **options: Any) -> Any:
    few = np.array(weight)
    few[:, 3:] = 0
    return conv2d(input, few, *rest, **options)


def _small_batches_only(input: Any, *arguments: Any, **options: Any) -> Any:
    large = np.ndim(input) == 4 and len(input) > 3
    return np.asarray(conv2d(input, *arguments, **options)) + large


@pytest.mark.parametrize(
    "candidate",
    [
        _in_sixteenths,
        _stride_up_to_3,
        _narrow_only,
        _few_channels_only,
        _small_batches_only,
    ],
)
def test_too_few_digits_and_limits_of_size_are_found(candidate: Candidate) -> None:
    result = check("conv2d", candidate)
    assert (result.passed, result.mistake) == (False, None)
    assert "With other numbers it was right " in result.message


def test_a_function_that_keeps_its_first_answer_is_found() -> None:
    kept: dict[Any, Any] = {}

    def candidate(image: Any, kernel: Any) -> Any:
        return kept.setdefault((image.shape, kernel.shape, image[0, 0]), correlate2d(image, kernel))

    result = check("correlate2d", candidate)
    assert not result.passed
    assert "does your function depend on chance, on earlier calls" in result.message

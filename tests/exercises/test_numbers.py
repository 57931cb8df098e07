"""Zeros, large numbers and many channels: no program passes that has a limit."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.book import ROOT

from cnnbook import avg_pool2d, conv2d, correlate2d
from cnnbook.exercises import check

Candidate = Callable[..., Any]


def _left_out(page: str, exercise: str) -> list[str]:
    """Return what a chapter's exercise does not ask for."""
    text = (ROOT / "book" / f"{page}.md").read_text("utf-8")
    found = re.search(rf'left_out = (\[[^]]*\])\ncheck\("{exercise}"', text)
    assert found
    return list(ast.literal_eval(found[1]))


def _max_pool2d(
    start: float = -np.inf, fill: float = -np.inf, seen: Candidate = lambda input: input
) -> Candidate:
    """Return max pooling that searches from some number, in padding of another."""

    def candidate(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
        size, step = kernel_size, stride or kernel_size
        sides = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
        X = np.pad(seen(input), sides, constant_values=fill)
        output = np.full(tuple((n - size) // step + 1 for n in X.shape[2:]), start)
        output = np.tile(output, (*X.shape[:2], 1, 1))
        for y, x in np.ndindex(output.shape[2:]):
            window = X[:, :, y * step : y * step + size, x * step : x * step + size]
            output[..., y, x] = np.maximum(output[..., y, x], window.max((2, 3)))
        return output

    return candidate


def test_max_pooling_from_minus_infinity_is_right() -> None:
    assert check("max_pool2d", _max_pool2d(), without=_left_out("pooling", "max_pool2d"))


@pytest.mark.parametrize("start", [-9, -10, -20, -100, -999, -9999])
def test_a_search_that_starts_too_high_is_named(start: float) -> None:
    left_out = _left_out("pooling", "max_pool2d")
    for candidate in _max_pool2d(start=start), _max_pool2d(fill=start):
        assert check("max_pool2d", candidate, without=left_out).mistake == "starts_too_high"
    result = check("max_pool2d", _max_pool2d(start=start), without=[*left_out, "padding"])
    assert "start from that" in result.message
    assert "padding" not in result.message


@pytest.mark.parametrize("start", [-33, -54_321])
def test_no_other_start_passes(start: float) -> None:
    left_out = _left_out("pooling", "max_pool2d")
    assert not check("max_pool2d", _max_pool2d(start=start), without=left_out)
    assert not check("max_pool2d", _max_pool2d(fill=start), without=left_out)


@pytest.mark.parametrize("limit", [10, 127, 255, 1000])
def test_numbers_that_are_cut_off_at_a_limit_are_found(limit: float) -> None:
    def seen(array: Any) -> Any:
        return np.clip(array, -limit, limit)

    left_out = _left_out("pooling", "max_pool2d")
    assert not check("max_pool2d", _max_pool2d(seen=seen), without=left_out)
    left_out = _left_out("pooling", "avg_pool2d")
    assert not check(
        "avg_pool2d", lambda input, *a, **o: avg_pool2d(seen(input), *a, **o), without=left_out
    )
    left_out = _left_out("depth", "conv2d")
    assert not check("conv2d", lambda X, W, *a, **o: conv2d(X, seen(W), *a, **o), without=left_out)
    assert not check("conv2d", lambda X, W, *a, **o: conv2d(seen(X), W, *a, **o), without=left_out)
    assert not check("correlate2d", lambda image, kernel: correlate2d(seen(image), kernel))
    assert not check("correlate2d", lambda image, kernel: correlate2d(image, seen(kernel)))


def _falsy(window: Any) -> Any:
    best = None
    for pixel in window.ravel():
        if not best or pixel > best:
            best = pixel
    return best


def _largest_but_zeros(window: Any) -> Any:
    return np.where(window == 0, -np.inf, window).max()


@pytest.mark.parametrize("largest", [_falsy, _largest_but_zeros])
def test_a_0_is_a_pixel(largest: Candidate) -> None:
    def candidate(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
        size, step = kernel_size, stride or kernel_size
        sides = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
        X = np.pad(input, sides, constant_values=-np.inf)
        height, width = ((n - size) // step + 1 for n in X.shape[2:])
        output = np.empty((*X.shape[:2], height, width))
        for n, c, y, x in np.ndindex(output.shape):
            rows, columns = (slice(at * step, at * step + size) for at in (y, x))
            output[n, c, y, x] = largest(X[n, c, rows, columns])
        return output

    left_out = _left_out("pooling", "max_pool2d")
    assert check("max_pool2d", candidate, without=left_out).mistake == "zeros_left_out"


def test_a_0_is_counted_in_a_mean() -> None:
    def candidate(
        input: Any, *arguments: Any, count_include_pad: bool = True, **options: Any
    ) -> Any:
        mean = avg_pool2d(input, *arguments, **options)
        if count_include_pad or "divisor_override" in options:
            return mean
        with np.errstate(invalid="ignore"):
            return mean / avg_pool2d(np.not_equal(input, 0) * 1.0, *arguments, **options)

    assert check("avg_pool2d", candidate).mistake == "zeros_left_out"


def _three_channels(input: Any, weight: Any, *arguments: Any, **options: Any) -> Any:
    few = np.array(weight)
    few[:, 3:] = 0
    return conv2d(input, few, *arguments, **options)


@pytest.mark.parametrize(
    "left_out", [_left_out("depth", "conv2d"), ["stride"], ["batch"], ["images"]]
)
def test_three_channels_are_not_enough(left_out: list[str]) -> None:
    assert check("conv2d", conv2d, without=left_out)
    assert not check("conv2d", _three_channels, without=left_out)

"""Mistakes in programs that slice windows, as the book does, or that build lists of rows.

A slice that reaches beyond the end is cut off, so that such programs fail in some calls only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from cnnbook.exercises import check


class Style(NamedTuple):
    """How many rows and columns are computed, and from which window the output [y, x] comes."""

    sizes: Callable[[int, int], tuple[int, int]] = lambda rows, columns: (rows, columns)
    window: Callable[[int, int], tuple[int, int]] = lambda y, x: (y, x)


RIGHT = Style()
WRONG = [
    ("output_too_large", Style(lambda rows, columns: (rows + 1, columns + 1))),
    ("output_too_large", Style(lambda rows, columns: (rows, columns + 1))),
    ("output_too_small", Style(lambda rows, columns: (rows - 1, columns - 1))),
    ("square_assumed", Style(lambda rows, columns: (rows, rows))),
    ("square_assumed", Style(lambda rows, columns: (columns, columns))),
    ("height_width_swapped", Style(lambda rows, columns: (columns, rows))),
    ("height_width_swapped", Style(window=lambda y, x: (x, y))),
]
Make = Callable[[Style], Callable[..., Any]]


def _pair(value: Any) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def correlate2d(style: Style) -> Callable[..., Any]:
    def candidate(image: Any, kernel: Any) -> Any:
        (height, width), (h, w) = image.shape, kernel.shape
        output = np.zeros(style.sizes(height - h + 1, width - w + 1))
        for at in np.ndindex(output.shape):
            y, x = style.window(*at)
            output[at] = np.sum(image[y : y + h, x : x + w] * kernel)
        return output

    return candidate


def correlate2d_of_lists(style: Style) -> Callable[..., Any]:
    def candidate(image: Any, kernel: Any) -> Any:
        h, w = len(kernel), len(kernel[0])
        rows, columns = style.sizes(len(image) - h + 1, len(image[0]) - w + 1)
        output = []
        for at_y in range(rows):
            row = []
            for at_x in range(columns):
                y, x = style.window(at_y, at_x)
                row.append(
                    sum(image[y + i][x + j] * kernel[i][j] for i in range(h) for j in range(w))
                )
            output.append(row)
        return output

    return candidate


def conv2d(style: Style) -> Callable[..., Any]:
    def candidate(
        input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0
    ) -> Any:
        X = input if input.ndim == 4 else input[np.newaxis]
        (sy, sx), (py, px) = _pair(stride), _pair(padding)
        X = np.pad(X, ((0, 0), (0, 0), (py, py), (px, px)))
        K, _, h, w = weight.shape
        rows, columns = (X.shape[2] - h) // sy + 1, (X.shape[3] - w) // sx + 1
        output = np.zeros((len(X), K, *style.sizes(rows, columns)))
        for n, k, *at in np.ndindex(output.shape):
            y, x = style.window(*at)
            window = X[n, :, y * sy : y * sy + h, x * sx : x * sx + w]
            output[n, k, *at] = np.sum(window * weight[k]) + (0 if bias is None else bias[k])
        return output if input.ndim == 4 else output[0]

    return candidate


def pool(reduce: Callable[..., Any], outside: float) -> Make:
    def of_style(style: Style) -> Callable[..., Any]:
        def candidate(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
            (h, w), (py, px) = _pair(kernel_size), _pair(padding)
            sy, sx = _pair(kernel_size if stride is None else stride)
            edges = [(0, 0)] * (input.ndim - 2) + [(py, py), (px, px)]
            X = np.pad(input, edges, constant_values=outside)
            rows, columns = (X.shape[-2] - h) // sy + 1, (X.shape[-1] - w) // sx + 1
            output = np.zeros((*X.shape[:-2], *style.sizes(rows, columns)))
            for at in np.ndindex(output.shape[-2:]):
                y, x = style.window(*at)
                window = X[..., y * sy : y * sy + h, x * sx : x * sx + w]
                output[..., *at] = reduce(window, axis=(-2, -1))
            return output

        return candidate

    return of_style


PROGRAMS: list[tuple[str, Make, list[str]]] = [
    ("correlate2d", correlate2d, []),
    ("correlate2d", correlate2d_of_lists, []),
    ("conv2d", conv2d, ["dilation", "groups"]),
    ("max_pool2d", pool(np.max, -np.inf), ["dilation", "ceil_mode", "return_indices"]),
    ("avg_pool2d", pool(np.mean, 0), ["ceil_mode", "count_include_pad", "divisor_override"]),
]
NAMES = ["correlate2d", "correlate2d-lists", "conv2d", "max_pool2d", "avg_pool2d"]


@pytest.mark.parametrize(("exercise", "make", "without"), PROGRAMS, ids=NAMES)
def test_such_programs_pass_when_they_are_right(
    exercise: str, make: Make, without: list[str]
) -> None:
    result = check(exercise, make(RIGHT), without=without, time_limit=60)
    assert result, result


@pytest.mark.parametrize(("exercise", "make", "without"), PROGRAMS, ids=NAMES)
@pytest.mark.parametrize(("name", "style"), WRONG)
def test_a_mistake_in_such_a_program_is_named(
    exercise: str, make: Make, without: list[str], name: str, style: Style
) -> None:
    result = check(exercise, make(style), without=without, time_limit=60)
    never_answers = make is correlate2d_of_lists and name == "output_too_large"
    # Where every call fails at the line that reads beyond the end, that line says it all.
    assert result.mistake == ("raises" if never_answers else name), result
    assert ("IndexError" in result.message) == never_answers


def test_what_only_fails_is_no_known_mistake() -> None:
    """Any program that is broken fails; a mistake has to explain some number that is wrong."""

    def candidate(image: Any, kernel: Any) -> Any:
        output = correlate2d(RIGHT)(image, kernel)
        return output if output.size == 1 else output[:, output.shape[1]]

    assert check("correlate2d", candidate).mistake == "raises"

"""Numbers are written out in full, with true minus signs, in figures of both kinds."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbook._writing import as_sum, format_number, in_brackets, in_words
from cnnbook.widgets import ConvolutionExplorer
from cnnbook.widgets.still import number as in_a_still


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3.0, "3"),
        (-3, "−3"),
        (0.5, "0.5"),
        (2 / 3, "0.67"),
        (-0.001, "0"),
        (1792, "1792"),
        (12345678, "12345678"),
        (-12345.678, "−12345.68"),
    ],
)
def test_numbers_have_no_trailing_zeros_and_a_true_minus(number: float, text: str) -> None:
    assert format_number(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0625, "0.062"), (-2 / 3, "−0.667"), (1185921.0, "1185921"), (12345.678, "12345.678")],
)
def test_stills_keep_three_decimals_of_any_number(number: float, text: str) -> None:
    assert in_a_still(number) == text


def test_a_still_says_large_sums_in_full() -> None:
    # 11 · 11 products of 99 · 99 in each window
    explorer = ConvolutionExplorer(input=[[99] * 16] * 16, weight=[[99] * 11] * 11)
    assert "Output: 1185921 1185921" in explorer.still()


@pytest.mark.parametrize(("number", "text"), [(2, "2"), (-0.5, "(−0.5)"), (-0.001, "0")])
def test_negative_factors_stand_in_brackets(number: float, text: str) -> None:
    assert in_brackets(number) == text


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([4], "4"), ([-1, 2, -3], "−1 + 2 − 3"), ([1, -0.001, 0.5], "1 + 0 + 0.5")],
)
def test_a_sum_has_its_terms_signs(numbers: list[float], text: str) -> None:
    assert as_sum(numbers) == text


def test_a_matrix_in_words() -> None:
    assert in_words(np.array([[1, 0.25], [-2, 3]])) == "1 0.25, −2 3"

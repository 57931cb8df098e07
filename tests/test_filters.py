"""Measurements of filters, on filters whose answer is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cnnbook.filters import (
    colourfulness,
    orientation,
    orientation_selectivity,
    peak_frequency,
)
from cnnbook.pretrained import load_filters

Floats = npt.NDArray[np.float64]
GREY = (1.0, 1.0, 1.0)
OPPONENT = (1.0, -1.0, 0.0)  # red against green
ALL = [colourfulness, orientation, orientation_selectivity, peak_frequency]


def gabor(
    degrees: float,
    frequency: float,
    phase: float = 0.0,
    colour: tuple[float, ...] = GREY,
    size: int = 31,
) -> Floats:
    """Stripes that run in a direction (0 horizontal, counterclockwise), under a round Gaussian."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    across = x * np.sin(np.deg2rad(degrees)) + y * np.cos(np.deg2rad(degrees))  # y runs downward
    envelope = np.exp(-(x**2 + y**2) / (2 * (size / 6) ** 2))
    stripes = envelope * np.cos(2 * np.pi * frequency * across + phase)
    return np.asarray(stripes * np.array(colour)[:, None, None])[None]


def blob(colour: tuple[float, ...], size: int = 11) -> Floats:
    return gabor(0, 0.0, colour=colour, size=size)


@settings(max_examples=50, deadline=None)
@given(
    st.floats(0, 180, exclude_max=True), st.floats(0.12, 0.4), st.floats(0, 6.3),
    st.sampled_from([GREY, OPPONENT, (0.2, -1.0, 0.5)]),
)  # fmt: skip
def test_gabors(degrees: float, frequency: float, phase: float, colour: tuple[float, ...]) -> None:
    filters = gabor(degrees, frequency, phase, colour)
    error = (orientation(filters)[0] - degrees + 90) % 180 - 90  # 179° and 1° are 2° apart
    assert abs(error) < 2
    assert abs(peak_frequency(filters)[0] - frequency) < 0.01
    assert orientation_selectivity(filters)[0] > 0.75


@pytest.mark.parametrize("degrees", [0.0, 30.0, 45.0, 90.0, 120.0])
def test_orientation_is_that_of_scipys_rotation(degrees: float) -> None:
    """A horizontal bar, turned counterclockwise by another library."""
    bar = np.zeros((41, 41))
    bar[18:23, 6:35] = 1
    turned = ndimage.rotate(bar, degrees, reshape=False, order=1)[None, None]
    assert abs((orientation(turned)[0] - degrees + 90) % 180 - 90) < 1
    assert orientation_selectivity(turned)[0] > 0.6


@pytest.mark.parametrize(
    ("colour", "share"),
    [
        (GREY, 0.0),
        (OPPONENT, 1.0),
        ((1.0, 0.0, 0.0), 2 / 3),  # g = 1/3: (4 + 1 + 1) / 9 of 1
        ((3.0, -1.0, 1.0), 8 / 11),  # g = 1: (4 + 4 + 0) of (9 + 1 + 1)
    ],
)
def test_colour_blobs(colour: tuple[float, ...], share: float) -> None:
    filters = np.concatenate([blob(colour), -5 * blob(colour)])  # strength and sign do not count
    np.testing.assert_allclose(colourfulness(filters), share, atol=1e-12)
    np.testing.assert_allclose(orientation_selectivity(filters), 0, atol=1e-6)
    np.testing.assert_array_equal(peak_frequency(filters), 0)


def test_checkerboard_is_the_finest_pattern() -> None:
    board = np.indices((8, 8)).sum(axis=0) % 2 * 2.0 - 1
    np.testing.assert_allclose(peak_frequency(board[None, None]), np.sqrt(0.5))


@pytest.mark.parametrize("measure", ALL)
def test_a_filter_of_zeros_has_no_answer(measure: Callable[[npt.ArrayLike], Floats]) -> None:
    result = measure(np.stack([np.zeros((3, 5, 7)), np.ones((3, 5, 7))]))
    np.testing.assert_array_equal(np.isnan(result), [True, False])


@pytest.mark.parametrize("measure", ALL)
def test_a_filter_with_nan_has_no_answer(measure: Callable[[npt.ArrayLike], Floats]) -> None:
    filters = np.ones((2, 3, 5, 7))
    filters[0, 1, 2, 3] = np.nan
    np.testing.assert_array_equal(np.isnan(measure(filters)), [True, False])


@pytest.mark.parametrize("measure", ALL)
@pytest.mark.parametrize("dtype", [complex, str, object])
def test_numbers_that_are_not_real_are_refused(
    measure: Callable[[npt.ArrayLike], Floats], dtype: type
) -> None:
    with pytest.raises(TypeError, match="filters must be real numbers, but has dtype"):
        measure(np.ones((1, 3, 5, 7)).astype(dtype))


@pytest.mark.parametrize("measure", ALL)
@pytest.mark.parametrize("shape", [(3, 11, 11), (0, 3, 11, 11), (4, 3, 0, 3)])
def test_axes_are_checked(
    measure: Callable[[npt.ArrayLike], Floats], shape: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="filters × channels × height × width"):
        measure(np.ones(shape))


@pytest.mark.parametrize("measure", ALL)
def test_rows_of_different_lengths_are_refused(
    measure: Callable[[npt.ArrayLike], Floats],
) -> None:
    with pytest.raises(ValueError, match="filters must be a block of numbers, but its rows differ"):
        measure([[[[1.0, 2.0], [3.0]]]])


def test_what_alexnets_first_layer_shows() -> None:
    """The numbers of the chapter on trained filters; random filters show none of it."""
    weight, _ = load_filters("alexnet", "features.0")
    grey, coloured = colourfulness(weight) < 0.25, colourfulness(weight) > 0.5
    striped, peak = orientation_selectivity(weight) > 0.5, peak_frequency(weight)
    assert (grey.sum(), coloured.sum(), striped.sum()) == (33, 21, 41)
    assert ((grey & striped).sum(), (coloured & striped).sum()) == (28, 7)
    # Grey filters are fine, four to five pixels a stripe pair; coloured ones are coarse.
    assert np.median(peak[grey & striped]) == pytest.approx(0.233, abs=0.001)
    assert np.median(peak[coloured]) == pytest.approx(0.074, abs=0.001)
    assert peak[coloured].max() < 0.12
    # Directions to the nearest of 0°, 45°, 90° and 135°.
    nearest = np.round(orientation(weight[striped]) / 45).astype(int) % 4
    assert np.bincount(nearest).tolist() == [14, 6, 14, 7]

    noise = np.random.default_rng(0).normal(size=weight.shape)
    assert orientation_selectivity(noise).max() < 0.15
    assert 0.55 < colourfulness(noise).min() < colourfulness(noise).max() < 0.75  # 1 − 1/3

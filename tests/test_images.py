"""The photograph, and its grey version."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from skimage.color import rgb2gray

from cnnbook.images import cat, grey


def test_the_cat() -> None:
    assert cat().shape == (300, 451, 3)
    assert cat().dtype == np.uint8


def test_each_call_gives_an_array_of_its_own() -> None:
    first = cat()
    first[:] = 0
    assert cat().any()


@pytest.mark.parametrize("scale", [1, 255], ids=["floats", "integers"])
def test_grey_is_scikit_images(scale: int) -> None:
    photo = cat()[:40, :50]
    image = photo if scale == 255 else photo / 255
    np.testing.assert_allclose(grey(image), rgb2gray(photo), atol=1e-12)


def test_grey_by_hand() -> None:
    # 0.2125 · 51/255 + 0.7154 · 102/255 + 0.0721 · 255/255 = 0.0425 + 0.28616 + 0.0721
    assert grey([[[51, 102, 255]]]) == pytest.approx(0.40076)


@pytest.mark.parametrize("shape", [(4, 5), (3, 4, 5), (4, 5, 4), (1, 4, 5, 3)])
def test_other_axes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="height × width × 3"):
        grey(np.zeros(shape))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int64])
def test_integers_of_any_width_run_from_0_to_255(dtype: type) -> None:
    white: npt.NDArray[Any] = np.full((1, 1, 3), 255, dtype)
    assert grey(white) == pytest.approx(1)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_of_any_width_run_from_0_to_1(dtype: type) -> None:
    white: npt.NDArray[Any] = np.ones((1, 1, 3), dtype)
    assert grey(white) == pytest.approx(1)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (np.uint16(65535), "image of dtype uint16 must hold numbers from 0 to 255, but .* 65535"),
        (256, "image of dtype int64 must hold numbers from 0 to 255, but one is 256"),
        (-5, "image of dtype int64 must hold numbers from 0 to 255, but one is -5"),
        (255.0, "image of dtype float64 must hold numbers from 0 to 1, but one is 255.0"),
        (-0.1, "image of dtype float64 must hold numbers from 0 to 1, but one is -0.1"),
        (np.nan, "image of dtype float64 must hold numbers from 0 to 1, but one is nan"),
    ],
)
def test_numbers_out_of_range_are_refused(number: float, message: str) -> None:
    image: npt.NDArray[Any] = np.zeros((4, 5, 3), np.asarray(number).dtype)
    image[2, 3, 1] = number
    with pytest.raises(ValueError, match=message):
        grey(image)


@pytest.mark.parametrize("dtype", ["bool", "complex128", "<U1", "object"])
def test_other_types_are_refused(dtype: str) -> None:
    with pytest.raises(TypeError, match=f"image must hold integers .* its dtype is {dtype}"):
        grey(np.zeros((4, 5, 3), dtype))


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="image must be a block of numbers, but its rows differ"):
        grey([[[0, 0, 0], [1, 1, 1]], [[2, 2, 2]]])

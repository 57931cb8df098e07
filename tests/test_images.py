"""The photograph, and its grey version."""

from __future__ import annotations

import numpy as np
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

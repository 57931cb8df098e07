"""Photographs stand beside each other with their titles, at their own proportions and scales."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbook.figures.photos import photo_row
from cnnbook.figures.picture import Picture

WIDE = np.linspace(-1, 3, 8).reshape(2, 4)
COLOUR = np.zeros((4, 4, 3), np.uint8)


def titles(picture: Picture) -> list[str]:
    return [axes.get_title() for axes in picture.axes]


def test_each_image_has_its_title_and_its_range() -> None:
    picture = photo_row([COLOUR, WIDE], ["photo", "map"], alt="Two.")
    assert titles(picture) == ["photo", "map"]
    assert [text.get_text() for axes in picture.axes for text in axes.texts] == ["−1 to 3"]
    assert 'aria-label="Two."' in picture.html()


@pytest.mark.parametrize("columns", [None, 1, 2, 3])
def test_proportions_are_kept(columns: int | None) -> None:
    picture = photo_row([COLOUR, WIDE, WIDE], ["a", "b", "c"], alt="Three.", columns=columns)
    width, height = picture.get_size_inches()
    for axes, ratio in zip(picture.axes, (1, 0.5, 0.5), strict=True):
        box = axes.get_position()
        assert box.height * height / (box.width * width) == pytest.approx(ratio)
        assert 0 <= box.x0 <= box.x1 <= 1 + 1e-9
        assert 0 <= box.y0 <= box.y1 <= 1


@pytest.mark.parametrize("columns", [1, 2])
def test_images_do_not_overlap(columns: int) -> None:
    picture = photo_row([COLOUR] * 4, list("abcd"), alt="Four.", columns=columns)
    boxes = [axes.get_position() for axes in picture.axes]
    for index, box in enumerate(boxes):
        assert box.count_overlaps(boxes[index + 1 :]) == 0


def test_signed_maps_are_symmetric_about_zero() -> None:
    picture = photo_row([WIDE], ["map"], alt="One.", signed=True)
    (image,) = picture.axes[0].images
    assert image.get_clim() == (-3, 3)
    red, green, blue, _ = image.to_rgba(np.array([0.0]))[0]
    assert red == pytest.approx(green, abs=0.02) == pytest.approx(blue, abs=0.02)


def test_a_constant_map_is_drawn() -> None:
    picture = photo_row([np.zeros((2, 2))], ["nothing"], alt="One.", signed=True)
    assert picture.axes[0].images[0].get_clim() == (-1, 1)


@pytest.mark.parametrize(("images", "names"), [([], []), ([COLOUR], []), ([COLOUR], ["a", "b"])])
def test_a_title_for_each_image(images: list[np.ndarray], names: list[str]) -> None:
    with pytest.raises(ValueError, match=f"{len(names)} titles, {len(images)} images"):
        photo_row(images, names, alt="None.")

"""The numbers that the chapter on 1×1 convolutions draws are those that PyTorch computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.patches import Rectangle
from torch.nn.functional import conv2d

from cnnbook.figures import one_by_one
from cnnbook.figures.picture import Picture

RNG = np.random.default_rng(1)
INPUT = RNG.integers(-3, 4, (4, 2, 3))
WEIGHT = RNG.integers(-2, 3, (3, 4))
BIAS = [5, 0, -6]


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.axes for text in axes.texts]


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 2)])
def test_each_output_of_a_pixel_is_the_layers(row: int, column: int) -> None:
    weight = torch.from_numpy(WEIGHT)[:, :, None, None]
    maps = conv2d(torch.from_numpy(INPUT), weight, torch.tensor(BIAS)).numpy()
    picture = one_by_one.pixel_mixer(INPUT, WEIGHT, BIAS, row=row, column=column)
    assert f"in row {row}, column {column}, of a volume of 2×3×4" in picture.alt
    for index, number in enumerate(maps[:, row, column]):
        sentence = picture.alt.split(f"Output {index}: ")[1].split(".")[0]
        assert sentence.endswith(f"= {number}".replace("-", "−"))
    drawn = texts(picture)
    expected = [str(number).replace("-", "−") for number in maps.ravel()]
    # The maps' numbers are drawn after the channels', and before the matrix.
    start = INPUT.size + len(INPUT)
    numbers = [text for text in drawn[start:] if not text.startswith("map")]
    assert numbers[: maps.size] == expected


def test_a_pixels_arithmetic_is_written_out() -> None:
    # 2·3 − 1·4 + 10 = 12
    picture = one_by_one.pixel_mixer([[[3]], [[4]]], [[2, -1]], [10])
    assert "Output 0: 2·3 + (−1)·4 + 10 = 12." in picture.alt


def test_colours_are_clipped_and_described() -> None:
    photo = np.array([[[0.5]], [[0.25]], [[1.0]]])
    picture = one_by_one.mixed_colours(photo, {"louder": 2 * photo - 0.6})
    assert "the photo, mean red 0.50, green 0.25, blue 1.00" in picture.alt
    assert "louder, mean red 0.40, green 0.00, blue 1.00" in picture.alt
    assert picture.alt.startswith("A photo, and what 1 mixture makes of its colours: ")
    assert [axes.get_title() for axes in picture.axes] == ["the photo", "louder"]


def test_the_chapter_says_what_the_photo_shows() -> None:
    photo = np.zeros((3, 1, 1))
    picture = one_by_one.mixed_colours(photo, {"a": photo, "b": photo}, says="Darkness.")
    assert picture.alt.startswith("A photo, and what 2 mixtures make of its colours: ")
    assert picture.alt.endswith("blue 0.00. Darkness.")


COSTS = {
    "direct": [("3×3", 9000)],
    "narrow": [("1×1", 500), ("3×3", 1000), ("1×1", 500)],
}


def test_bars_are_to_scale() -> None:
    picture = one_by_one.cost_bars(COSTS, "weights", inches=5)
    bars = [patch for patch in picture.axes[0].patches if isinstance(patch, Rectangle)]
    widths = np.array([bar.get_width() for bar in bars])
    assert np.allclose(widths / widths[0], np.array([9000, 500, 1000, 500]) / 9000)
    assert bars[-1].get_x() == pytest.approx(bars[2].get_x() + bars[2].get_width())
    assert bars[0].get_x() + bars[0].get_width() <= picture.axes[0].get_xlim()[1]


def test_bars_say_their_sums() -> None:
    picture = one_by_one.cost_bars(COSTS, "weights")
    assert picture.alt == (
        "Costs in weights. direct: 3×3 9,000, together 9,000. "
        "narrow: 1×1 500, 3×3 1,000, 1×1 500, together 2,000, which is 4.5 times less."
    )
    assert "500 (1×1) + 1,000 (3×3) + 500 (1×1) = 2,000" in texts(picture)
    assert "4.5 times less" in texts(picture)

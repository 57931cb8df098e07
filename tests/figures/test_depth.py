"""The numbers that the chapter on depth draws are those that a layer computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from cnnbook.figures import depth
from cnnbook.figures.picture import Picture

RNG = np.random.default_rng(1)
INPUT = RNG.integers(0, 4, (3, 5, 6))
WEIGHT = RNG.integers(-2, 3, (2, 3, 3, 2))
BIAS = [7, -4]


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.axes for text in axes.texts]


def layer(stride: int, padding: int) -> np.ndarray:
    arguments = torch.from_numpy(INPUT), torch.from_numpy(WEIGHT), torch.tensor(BIAS)
    return conv2d(*arguments, stride=stride, padding=padding).numpy()


@pytest.mark.parametrize(
    ("filter_index", "row", "column", "stride", "padding"),
    [(0, 0, 0, 1, 0), (1, 2, 3, 1, 0), (0, 0, 0, 2, 1), (1, 1, 2, 2, 1), (0, 4, 6, 1, 1)],
)
def test_one_number_is_the_layers(
    filter_index: int, row: int, column: int, stride: int, padding: int
) -> None:
    picture = depth.one_number(
        INPUT,
        WEIGHT[filter_index],
        BIAS[filter_index],
        row=row,
        column=column,
        stride=stride,
        padding=padding,
    )
    expected = int(layer(stride, padding)[filter_index, row, column])
    assert texts(picture)[-1] == str(expected).replace("-", "−")
    assert picture.alt.endswith(f"= {expected}.".replace("-", "−"))
    assert f"row {row}, column {column}" in picture.alt


def test_one_number_shows_each_product() -> None:
    # Channel 0: 1·5 and 2·6; channel 1: 3·(−1) and 4·0; bias 10: 17 − 3 + 10 = 24.
    picture = depth.one_number([[[1, 2]], [[3, 4]]], [[[5, 6]], [[-1, 0]]], 10)
    assert "products 5 12, whose sum is 17" in picture.alt
    assert "products −3 0, whose sum is −3" in picture.alt
    assert picture.alt.endswith("17 − 3 + 10 = 24.")
    assert {"5", "12", "17", "−3", "24"} <= set(texts(picture))


def test_partial_maps_add_up_to_the_layers_output() -> None:
    parts = np.stack(
        [
            conv2d(torch.from_numpy(INPUT[[c]]), torch.from_numpy(WEIGHT[:, [c]])).numpy()
            for c in range(3)
        ],
        axis=1,
    )
    picture = depth.partial_maps(parts, BIAS, row=1, column=2)
    words = [
        ", ".join(" ".join(f"{number}" for number in row) for row in matrix).replace("-", "−")
        for matrix in layer(1, 0)
    ]
    assert f"plus the bias 7, make map {words[0]}." in picture.alt
    assert f"plus the bias −4, make map {words[1]}." in picture.alt
    assert picture.alt.endswith("The numbers at row 1, column 2 are framed.")
    assert {"Filter 0", "Filter 1", "output 0", "output 1"} <= set(texts(picture))


def test_channel_photos_tell_the_ranges() -> None:
    channels = [[[0.0, 0.5]], [[1.0, 0.25]]]
    maps = [[[0.0, 1.0]], [[-3.0, -0.75]]]  # weights 2 and −3
    picture = depth.channel_photos(channels, [[[2]], [[-3]]], maps, ["left", "right"])
    assert "Weights: left 2; right −3." in picture.alt
    assert "left 0 to 1; right −3 to −0.75. Their sum: −3 to 0.25." in picture.alt
    titles = [axes.get_title() for axes in picture.axes]
    assert [title for title in titles if title] == [
        "left channel",
        "partial map, left",
        "right channel",
        "partial map, right",
        "sum of these maps",
    ]


@pytest.mark.parametrize("case", range(3))
def test_pictures_can_be_shown(case: int) -> None:
    picture = (
        depth.one_number(INPUT, WEIGHT[0], 0),
        depth.partial_maps(np.zeros((1, 2, 3, 3)), [0]),
        depth.layer_volumes(size=8, depth=3, filters=2, kernel_size=3),
    )[case]
    assert picture.html().startswith('<svg class="cnnbook-picture"')


@pytest.mark.parametrize("place", [{"row": 0}, {"column": 0}])
def test_a_framed_position_has_a_row_and_a_column(place: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="row and column must be given together"):
        depth.partial_maps(np.zeros((1, 2, 3, 3)), [0], **place)

"""The figures of trained filters show the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbook.figures import filters as draw
from cnnbook.figures.picture import Picture


def words(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.axes for text in axes.texts]


def drawn(picture: Picture, place: int = 0) -> np.ndarray:
    image = picture.axes[place].images[0].get_array()
    assert image is not None
    return np.asarray(image)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ([-4, 0, 2], [0, 0.5, 0.75]),
        ([1, 2, 4], [0.625, 0.75, 1]),
        ([0, 0, 0], [0.5, 0.5, 0.5]),
    ],
)
def test_zero_is_grey(weight: list[float], expected: list[float]) -> None:
    assert draw.to_colours([[weight]])[0, :, 1].tolist() == expected


def test_stretched_runs_from_black_to_white() -> None:
    assert draw.to_colours([[[1, 2, 5]]], scale="full")[0, :, 2].tolist() == [0, 0.25, 1]


def test_channels_are_red_green_and_blue() -> None:
    weight = np.zeros((3, 1, 2))
    weight[0, 0, 0], weight[2, 0, 1] = 2, -1
    assert draw.to_colours(weight).tolist() == [[[1, 0.5, 0.5], [0.5, 0.5, 0.25]]]


def test_two_channels_have_no_colours() -> None:
    with pytest.raises(ValueError, match="1 or 3 channels"):
        draw.to_colours(np.zeros((2, 3, 3)))


def test_sheet_draws_filters_in_order() -> None:
    """Tiles of 11 × 11 pixels, one pixel between them and 4 below."""
    weights = np.zeros((3, 3, 11, 11))
    weights[2, 0] = 1  # red
    picture = draw.sheet(weights, order=[2, 0, 1], columns=2)
    image = drawn(picture)
    assert image.shape == (2 * 15, 2 * 12 - 1, 4)
    assert image[5, 5].tolist() == [1, 0.5, 0.5, 1]
    assert image[5, 15].tolist() == [0.5, 0.5, 0.5, 1]
    assert image[13, 5, 3] == image[5, 11, 3] == 0, "gaps are transparent"
    assert words(picture) == ["2", "0", "1"]
    assert picture.alt.endswith("By index, row by row: 2 0; 1.")


@pytest.mark.parametrize(("together", "expected"), [(False, [1, 1]), (True, [0.625, 1])])
def test_scaling_together_keeps_strengths(together: bool, expected: list[float]) -> None:
    weights = np.ones((2, 1, 11, 11)) * np.array([1, 4])[:, None, None, None]
    image = drawn(draw.sheet(weights, columns=2, together=together))
    assert image[0, [0, 12], 0].tolist() == expected


def test_maps_share_one_scale() -> None:
    maps = np.zeros((3, 4, 4))
    maps[1], maps[2, 0, 0] = 2, 1
    picture = draw.maps_sheet(maps, columns=3, size=2)
    image = drawn(picture)
    assert image[0, 4, 0] == 1, "the strongest map is white"
    assert image[0, 8, 0] == pytest.approx(1 / 8, rel=0.01), "a quarter of 1, of 2"
    assert image[0, 0].tolist() == [0, 0, 0, 1]
    assert words(picture) == ["0", "1", "2"]
    assert "2 of them are 0 in more than nine tenths of their positions: 0, 2." in picture.alt


def test_measurements_become_points() -> None:
    selectivity, frequency, colour = [0.9, 0.1], [0.3, 0.05], [0.0, 1.0]
    picture = draw.measurements({"one": (selectivity, frequency, colour)})
    for axes, across in zip(picture.axes, [selectivity, frequency], strict=True):
        (points,) = axes.lines
        assert np.asarray(points.get_xydata()).tolist() == np.transpose([across, colour]).tolist()
    assert picture.alt.endswith(
        "one: 2 filters, selectivity 0.1 to 0.9, frequency 0.05 to 0.3, colourfulness 0 to 1."
    )


def test_tuning_names_the_best_angle() -> None:
    stripes = np.eye(3)
    picture = draw.tuning([0, 45, 90], {"f": [1, 8, 2]}, {0: stripes, 90: stripes})
    assert picture.alt.endswith("f: highest at 45 degrees with 8, lowest at 0 degrees with 1.")
    assert np.asarray(picture.axes[0].lines[0].get_ydata()).tolist() == [1, 8, 2]
    assert len(picture.axes) == 3


def test_tiles_scale_by_row() -> None:
    weight = np.array([[[0.0, 1.0]]])
    picture = draw.tiles({"zero": [weight], "full": [weight]}, ["a"], full=["full"])
    assert [drawn(picture, place)[0, :, 0].tolist() for place in (0, 1)] == [[0.5, 1], [0, 1]]
    assert "Row full, black is the smallest and white the largest: a from 0 to 1." in picture.alt


def test_strongest_patches_lie_in_a_square() -> None:
    """Four patches of 10 × 20 in two rows, four pixels between them; one scale for all layers."""
    patches = np.zeros((1, 4, 10, 20))
    patches[0, 3, 9, 19] = patches[0, 0, 0, 0] = 1
    one = patches[:, :, :1, :1]
    picture = draw.strongest({"a": (patches, [[2, 0, 2, 1]]), "b": (one, [[0, 0, 1, 0]])}, "xyz")
    image = drawn(picture)
    assert image.shape == (24, 44, 4)
    assert image[23, 43].tolist() == image[0, 0].tolist() == [1, 1, 1, 1]
    assert image[0, 1].tolist() == [0, 0, 0, 1]
    assert image[10:14, :, 3].max() == image[:, 20:24, 3].max() == 0, "gaps are transparent"
    assert drawn(picture, 1).shape == (44, 44, 4), "a pixel becomes 20"
    assert [axes.get_title() for axes in picture.axes] == ["z 2", "x 3"]
    assert picture.alt.endswith("a, patches of 10×20: z 2. b, patches of 1×1: x 3.")


def test_strongest_needs_a_class_for_each_patch() -> None:
    with pytest.raises(ValueError, match=r"a must have one class for each patch, got \(1, 3\)"):
        draw.strongest({"a": (np.zeros((1, 4, 2, 2)), [[0, 1, 1]])}, ["x", "y"])


def test_tiles_need_one_filter_a_title() -> None:
    with pytest.raises(ValueError, match="row r must have 2 filters, got 1"):
        draw.tiles({"r": [np.zeros((1, 2, 2))]}, ["a", "b"])


@pytest.mark.parametrize("together", [False, True])
def test_filters_of_zeros_are_grey(together: bool) -> None:
    image = drawn(draw.sheet(np.zeros((1, 1, 11, 11)), columns=1, together=together))
    assert (image[:11, :, :3] == 0.5).all()


def test_maps_of_zeros_are_black() -> None:
    picture = draw.maps_sheet(np.zeros((1, 2, 2)), columns=1, size=2)
    assert drawn(picture)[0, 0].tolist() == [0, 0, 0, 1]


def test_maps_that_are_all_awake_are_not_called_silent() -> None:
    picture = draw.maps_sheet(np.ones((2, 4, 4)), columns=2, size=2)
    assert picture.alt.endswith("black is 0, white is 1 and more.")


def test_more_groups_than_signs_are_refused() -> None:
    with pytest.raises(ValueError, match="groups must be at most 2, but got 3"):
        draw.measurements({name: ([0.5], [0.1], [0.2]) for name in "abc"})


def test_more_curves_than_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="curves must be at most 3, but got 4"):
        draw.tuning([0, 90], {name: [1, 2] for name in "abcd"}, {})

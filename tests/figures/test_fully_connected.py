"""The figures of whole networks show the numbers that they were given."""

from __future__ import annotations

import re
from typing import cast

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from torch import nn

from cnnbook.figures import fully_connected as draw
from cnnbook.figures.picture import Picture
from cnnbook.summary import Summary, summarize


def words(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.axes for text in axes.texts]


@pytest.fixture(scope="module")
def summary() -> Summary:
    """1·3·3 + 1 = 10 parameters a filter; 2 · 3 · 4 = 24 numbers enter the last layer."""
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2 * 3 * 4, 5)
    )
    return summarize(net, (1, 8, 10))


def test_network_names_every_volume(summary: Summary) -> None:
    picture = draw.network(summary)
    shown = ["8×10×1", "input", "6×8×2", "conv, ReLU", "3×4×2", "max pool", "1×1×5", "FC"]
    assert [word for word in words(picture) if word] == shown
    volumes = "input 8×10×1, conv, ReLU 6×8×2, max pool 3×4×2, FC 1×1×5"
    assert picture.alt == f"A network drawn as boxes to one scale: {volumes}."


def test_network_draws_to_scale(summary: Summary) -> None:
    (axes,) = draw.network(summary).axes
    corners = [np.asarray(patch.get_path().vertices) for patch in axes.patches]
    heights = {float(np.ptp(c[:, 1]).round(6)) for c in corners if len({*c[:, 0].round(6)}) == 2}
    assert {8.0, 6.0, 3.0, 1.0} <= heights


def test_each_pooling_begins_a_row(summary: Summary) -> None:
    (axes,) = draw.network(summary).axes
    floors = [text.get_position()[1] for text in axes.texts if "×" in text.get_text()]
    assert floors[0] == floors[1] < floors[2] == floors[3]


def test_costs_are_shares(summary: Summary) -> None:
    """20 and 125 parameters; 9 · 6 · 8 · 2 = 864 and 120 multiply-adds."""
    picture = draw.costs(summary)
    assert words(picture) == ["13.8%", "86.2%", "87.8%", "12.2%"]
    bars = [[cast("Rectangle", bar) for bar in axes.patches] for axes in picture.axes]
    lengths = [[bar.get_width() for bar in panel] for panel in bars]
    np.testing.assert_allclose(lengths, [[20 / 145, 125 / 145], [864 / 984, 120 / 984]])
    assert "conv 6×8×2 14% and 88%; FC 5 86% and 12%." in picture.alt


def test_examples_show_one_image_for_each_title() -> None:
    picture = draw.examples({"left": np.zeros((2, 4, 5)), "right": np.ones((2, 4, 5))}, ["—", "|"])
    images = [axes.images[0].get_array() for axes in picture.axes]
    assert [image.shape for image in images if image is not None] == [(4, 5)] * 4
    assert picture.alt == (
        "Grey images of 4 × 5 pixels. Row left: one image each of —, |. "
        "Row right: one image each of —, |."
    )


def test_the_chapter_says_what_examples_look_like() -> None:
    picture = draw.examples({"left": np.zeros((1, 4, 4))}, ["a"], says="All are black.")
    assert picture.alt.endswith("one image each of a. All are black.")


def test_examples_refuse_a_row_that_is_too_short() -> None:
    with pytest.raises(ValueError, match="row left must have 3 images, got 2"):
        draw.examples({"left": np.zeros((2, 4, 4))}, ["a", "b", "c"])


def test_losses_are_drawn_as_given() -> None:
    histories = {"dense": [2.0, 1.5, 1.0], "conv": [2.0, 0.5, 0.02]}
    picture = draw.losses(histories)
    lines = [list(map(float, line.get_ydata())) for line in picture.axes[0].lines]  # type: ignore[arg-type]
    assert lines == list(histories.values())
    assert words(picture) == ["dense", "conv"]
    assert picture.alt == "Loss by epoch. dense: from 2 to 1. conv: from 2 to 0.02."


def test_labels_of_equal_ends_stand_apart() -> None:
    picture = draw.losses({"a": [1, 0.1], "b": [1, 0.1], "c": [1, 0.1]})
    heights = [text.get_position()[1] for text in picture.axes[0].texts]
    assert np.diff(heights) == pytest.approx(0.17)


def test_accuracies_are_in_the_text() -> None:
    picture = draw.accuracy_by_column({"a": [1, 0.5, 0.25]}, trained=[0, 1], chance=0.25)
    assert "trained on columns 0 to 1, chance is 25%" in picture.alt
    assert picture.alt.endswith("a: 100% 50% 25%.")
    curve = picture.axes[0].lines[1]
    assert list(curve.get_ydata()) == [1, 0.5, 0.25]  # type: ignore[arg-type]


def test_class_map_marks_the_highest_score() -> None:
    scores = np.zeros((3, 2, 2))
    scores[1, 0, 1], scores[2, 1, 0] = 5, 7
    picture = draw.class_map(np.zeros((6, 8)), scores, ["", "|", "/"])
    assert words(picture) == ["|", "/"]
    assert picture.alt.endswith("2 × 2 positions, row by row: · |; / ·.")


def test_pictures_are_drawn(summary: Summary) -> None:
    assert re.match(r"<svg .*aria-label=", draw.network(summary).html())


def test_more_losses_than_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="histories must be at most 3, but got 4"):
        draw.losses({name: [2, 1] for name in "abcd"})


def test_more_accuracies_than_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="accuracies must be at most 3, but got 4"):
        draw.accuracy_by_column({name: [1, 0.5] for name in "abcd"}, trained=[0], chance=0.25)

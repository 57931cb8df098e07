"""The figures of padding draw the numbers that they speak of."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.patches import Rectangle
from torch.nn import functional

from cnnbook.figures import padding as draw
from cnnbook.figures.picture import Picture


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.axes for text in axes.texts]


def test_shrinking_draws_each_size_to_scale() -> None:
    sizes = [32, 28, 24, 20, 16, 12, 8, 4]  # 5×5 filters without padding, CS231n slide 38
    picture = draw.shrinking(sizes)
    squares = [patch for patch in picture.axes[0].patches if isinstance(patch, Rectangle)]
    assert [square.get_width() for square in squares] == sizes
    assert [square.get_height() for square in squares] == sizes
    assert texts(picture) == list(map(str, sizes))
    assert "1,024 numbers shrink to 16" in picture.alt


@pytest.mark.parametrize(
    ("size", "kernel_size", "padding", "words"),
    [
        # 9² − 7² = 32 zeros; the first window holds (3 − 1)² = 4 pixels
        (7, 3, 1, "ring of 32 zeros, 9 × 9 together. The first 3 × 3 window holds 4 pixels and 5"),
        (
            6,
            5,
            2,
            "ring of 64 zeros, 10 × 10 together. The first 5 × 5 window holds 9 pixels and 16",
        ),
        (4, 3, 0, "ring of 0 zeros, 4 × 4 together. The first 3 × 3 window holds 9 pixels and 0"),
        (
            4,
            2,
            3,
            "ring of 84 zeros, 10 × 10 together. The first 2 × 2 window holds 0 pixels and 4",
        ),
        # A window that is larger than the input holds all of it.
        (1, 3, 1, "ring of 8 zeros, 3 × 3 together. The first 3 × 3 window holds 1 pixel and 8"),
    ],
)
def test_padded_counts_its_zeros(size: int, kernel_size: int, padding: int, words: str) -> None:
    picture = draw.padded(size, kernel_size, padding)
    assert words in picture.alt
    outer = size + 2 * padding
    assert texts(picture).count("0") == outer**2 - size**2
    x = torch.zeros(1, 1, size, size)
    output = functional.conv2d(x, torch.ones(1, 1, kernel_size, kernel_size), padding=padding)
    assert f"{output.shape[2]} × {output.shape[3]}" in texts(picture)


@pytest.mark.parametrize(("size", "kernel_size", "padding"), [(7, 3, 1), (7, 3, 0), (5, 4, 2)])
def test_reads_are_the_gradients_of_a_filter_of_ones(
    size: int, kernel_size: int, padding: int
) -> None:
    x = torch.zeros(1, 1, size, size, requires_grad=True)
    y = functional.conv2d(x, torch.ones(1, 1, kernel_size, kernel_size), padding=padding)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    picture = draw.reads(size, kernel_size, [padding])
    shown = [int(text) for text in texts(picture) if text.isdigit()]
    assert shown == gradient.flatten().int().tolist()
    assert f"With padding {padding}: {shown[0]} {shown[1]}" in picture.alt


def test_reads_names_each_panel() -> None:
    picture = draw.reads(7, 3, [0, 1])
    assert {"no padding", "padding 1"} <= set(texts(picture))
    # A corner, the pixel beside it and the edge's middle: without and with padding.
    assert "With padding 0: 1 2 3 3 3 2 1, 2 4 6" in picture.alt
    assert "With padding 1: 4 6 6 6 6 6 4, 6 9 9" in picture.alt


def test_heat_grid_tints_with_the_numbers() -> None:
    picture = draw.heat_grid([[0.0, 1.0], [2.0, 4.0]], label="The map")
    assert texts(picture) == ["0", "1", "2", "4"]
    assert picture.alt == "The map: 0 1, 2 4."
    alphas = [patch.get_alpha() for patch in picture.axes[0].patches]
    tints = np.array([alpha for alpha in alphas if alpha is not None])
    assert np.allclose(tints / tints.max(), [0, 0.25, 0.5, 1])


def test_heat_grid_of_zeros_has_no_tint() -> None:
    patches = draw.heat_grid(np.zeros((2, 3)), label="Nothing").axes[0].patches
    assert {patch.get_alpha() for patch in patches} <= {0.0, None}


def test_border_maps_compare_the_border_with_the_rest() -> None:
    # The ring of a 3 × 4 map has 10 pixels, 5 of them 1; the two others are 4 and 6.
    values = [[1, 0, 1, 0], [1, 4, 6, 0], [1, 0, 1, 0]]
    picture = draw.border_maps({"zeros": values, "reflect": np.ones((3, 4))})
    assert "zeros: the outermost pixels are 0.5 on average, the others 5." in picture.alt
    assert "reflect: the outermost pixels are 1 on average, the others 1." in picture.alt
    assert [axes.get_title() for axes in picture.axes] == ["zeros", "reflect"]


def test_pictures_can_be_shown() -> None:
    assert draw.padded(7, 3, 1).html().startswith("<svg")

"""Boxes are to scale, and a layer's labels are its shapes."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import Polygon
from torch import nn, zeros

from cnnbook.figures.grids import canvas
from cnnbook.figures.volumes import RIGHT, UP, draw_box, layer_volumes

# size, depth, filters, kernel size, stride, padding
LAYERS = [
    (32, 3, 1, 5, 1, 0),
    (32, 3, 6, 5, 1, 0),
    (32, 3, 10, 5, 1, 2),
    (7, 1, 2, 3, 2, 0),
    (33, 8, 40, 5, 2, 1),
    (56, 64, 32, 1, 1, 0),
]


@pytest.mark.parametrize(("size", "depth", "filters", "kernel_size", "stride", "padding"), LAYERS)
def test_labels_are_the_layers_shapes(
    size: int, depth: int, filters: int, kernel_size: int, stride: int, padding: int
) -> None:
    picture = layer_volumes(
        size=size,
        depth=depth,
        filters=filters,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
    )
    conv = nn.Conv2d(depth, filters, kernel_size, stride, padding)
    made = conv(zeros(depth, size, size)).shape
    labels = [text.get_text() for text in picture.axes[0].texts if text.get_text()]
    padded = str(size + 2 * padding)
    assert labels[:6] == [padded, padded, str(depth), str(made[1]), str(made[2]), str(made[0])]
    assert f"becomes a volume of {made[1]}×{made[2]}×{made[0]}" in picture.alt
    assert f"filter{'s' * (filters > 1)} of {kernel_size}×{kernel_size}×{depth}" in picture.alt


@pytest.mark.parametrize(("size", "depth", "filters", "kernel_size", "stride", "padding"), LAYERS)
def test_nothing_leaves_the_picture(
    size: int, depth: int, filters: int, kernel_size: int, stride: int, padding: int
) -> None:
    axes = layer_volumes(
        size=size,
        depth=depth,
        filters=filters,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
    ).axes[0]
    bottom, top = axes.get_ylim()
    right = axes.get_xlim()[1]
    corners = np.concatenate(
        [patch.get_xy() for patch in axes.patches if isinstance(patch, Polygon)]
    )
    assert corners.min() >= min(0, top)
    assert corners[:, 0].max() <= right
    assert corners[:, 1].max() <= bottom


def test_a_box_is_to_scale() -> None:
    _, axes = canvas(20, 20)
    draw_box(axes, left=2, top=9, height=4, width=5, depth=6, role="input")
    faces = [patch for patch in axes.patches if isinstance(patch, Polygon)][-3:]
    lid, side, front = (np.asarray(face.get_xy())[:4] for face in faces)
    assert np.allclose(front[2] - front[0], (5, 4))
    assert np.allclose(lid[1] - lid[0], (6 * RIGHT, -6 * UP))
    assert np.allclose(side[1] - side[0], (6 * RIGHT, -6 * UP))
    assert np.isclose(np.hypot(RIGHT, UP), 1)
    assert len(axes.lines) == 5  # between six slices


def test_a_filter_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="a filter of size 5 with stride 2 does not fit 32"):
        layer_volumes(size=32, depth=3, filters=1, kernel_size=5, stride=2)


def test_the_label_says_how_many_filters_are_drawn() -> None:
    labels = [
        text.get_text()
        for text in layer_volumes(size=56, depth=64, filters=32, kernel_size=1).axes[0].texts
    ]
    assert "32 filters" in labels
    assert "of 1×1×64, 8 drawn" in labels

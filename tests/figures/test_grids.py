"""Grids show the numbers that they are given, where they are told to."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from cnnbook.figures.grids import (
    canvas,
    draw_frame,
    draw_grid,
    draw_text,
    draw_window,
)
from cnnbook.figures.palette import LIGHT

VALUES = np.arange(6.0).reshape(2, 3) - 2


def cells(axes: Axes) -> list[Rectangle]:
    """The cells of the one grid that is drawn, row by row; its frame is drawn last."""
    patches = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return patches[:-1]


def fill(cell: Rectangle) -> str:
    return to_hex(cell.get_facecolor())


def test_a_canvas_counts_cells_from_the_upper_left() -> None:
    picture, axes = canvas(10, 4, cell=0.5)
    assert picture.get_size_inches().tolist() == [5, 2]
    left_top = picture.transFigure.inverted().transform(axes.transData.transform((0, 0)))
    assert left_top == pytest.approx([0, 1])


def test_each_number_stands_in_its_cell() -> None:
    _, axes = canvas(10, 5)
    draw_grid(axes, VALUES, left=2, top=1, role="input")
    places = {text.get_position(): text.get_text() for text in axes.texts}
    assert places == {
        (2.5, 1.5): "−2",
        (3.5, 1.5): "−1",
        (4.5, 1.5): "0",
        (2.5, 2.5): "1",
        (3.5, 2.5): "2",
        (4.5, 2.5): "3",
    }


@pytest.mark.parametrize("role", ["input", "filter", "output", "window", "gradient", "padding"])
def test_a_role_decides_the_colour(role: str) -> None:
    _, axes = canvas(5, 5)
    draw_grid(axes, VALUES, left=0, top=1, role=role, label="Label")  # type: ignore[arg-type]
    assert {fill(cell) for cell in cells(axes)} == {LIGHT[f"{role}-soft"]}
    assert axes.texts[-1].get_text() == "Label"
    assert axes.texts[-1].get_color() == LIGHT[role]


def test_a_missing_number_leaves_its_cell_empty() -> None:
    _, axes = canvas(5, 5)
    draw_grid(axes, [[1, np.nan, 3]], left=0, top=0, role="output")
    assert [text.get_text() for text in axes.texts] == ["1", "3"]
    assert len(cells(axes)) == 3


def test_padding_is_hatched() -> None:
    _, axes = canvas(5, 5)
    draw_grid(axes, np.pad([[7.0, 8.0]], 1), left=0, top=0, role="input", padding=1)
    assert len(cells(axes)) == 3 * 4
    inner = [index for index, cell in enumerate(cells(axes)) if not cell.get_hatch()]
    assert inner == [5, 6]


def test_unread_cells_are_hatched() -> None:
    _, axes = canvas(5, 5)
    unread = np.array([[False, False, True], [False, False, True]])
    draw_grid(axes, VALUES, left=0, top=0, role="input", unread=unread)
    assert [bool(cell.get_hatch()) for cell in cells(axes)] == unread.ravel().tolist()


def test_only_the_cells_asked_for_are_filled() -> None:
    _, axes = canvas(5, 5)
    filled = np.array([[True, False, False], [False, False, True]])
    draw_grid(axes, VALUES, left=0, top=0, role="filter", filled=filled)
    soft = [fill(cell) == LIGHT["filter-soft"] for cell in cells(axes)]
    assert soft == filled.ravel().tolist()


@pytest.mark.parametrize(("dashed", "style"), [(False, "-"), (True, "--")])
def test_a_window_is_a_frame(*, dashed: bool, style: str) -> None:
    _, axes = canvas(5, 5)
    draw_window(axes, left=1, top=2, width=3, height=2, dashed=dashed)
    (frame,) = axes.patches
    assert isinstance(frame, Rectangle)
    assert frame.get_bbox().bounds == (1, 2, 3, 2)
    assert not frame.get_fill()
    assert frame.get_linestyle() == style


def test_a_frame_is_an_outline_of_its_role() -> None:
    _, axes = canvas(5, 5)
    draw_frame(axes, left=1, top=2, width=3, height=2, role="filter", linewidth=0.8)
    (frame,) = axes.patches
    assert isinstance(frame, Rectangle)
    assert frame.get_bbox().bounds == (1, 2, 3, 2)
    assert not frame.get_fill()
    assert (to_hex(frame.get_edgecolor()), frame.get_linewidth()) == (LIGHT["filter"], 0.8)


def test_text_stands_where_it_is_told_to() -> None:
    _, axes = canvas(5, 5)
    draw_text(axes, "+ 1", left=2, top=3, role="muted", align="left", bold=True)
    (text,) = axes.texts
    assert (text.get_text(), text.get_position()) == ("+ 1", (2, 3))
    assert (text.get_color(), text.get_horizontalalignment(), text.get_fontweight()) == (
        LIGHT["muted"],
        "left",
        "bold",
    )

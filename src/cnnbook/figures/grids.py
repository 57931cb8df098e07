"""Grids of numbers: the drawing that most figures of the book are put together from.

A :func:`canvas` measures in cells, with the origin in the upper left corner and rows growing
downwards, as arrays are printed.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from .._writing import format_number
from .palette import color
from .picture import Picture

Role = Literal["input", "filter", "output", "window", "gradient", "padding"]


def canvas(columns: float, rows: float, *, cell: float = 0.42) -> tuple[Picture, Axes]:
    """Return an empty picture, and axes on it that count in cells of `cell` inches.

    Parameters
    ----------
    columns, rows
        Width and height of the picture, in cells.
    cell
        Side of a cell in inches.

    Returns
    -------
    Picture
        Still without its alternative text, which the caller writes.
    matplotlib.axes.Axes
        From (0, 0) in the upper left corner to (`columns`, `rows`) in the lower right one.

    Examples
    --------
    >>> picture, axes = canvas(10, 5)
    >>> [float(end) for end in (*axes.get_xlim(), *axes.get_ylim())]
    [0.0, 10.0, 5.0, 0.0]
    """
    picture = Picture(columns * cell, rows * cell)
    axes = picture.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, columns), ylim=(rows, 0))
    axes.axis("off")
    return picture, axes


def draw_grid(
    axes: Axes,
    values: npt.ArrayLike,
    *,
    left: float,
    top: float,
    role: Role,
    label: str = "",
    padding: int = 0,
    filled: npt.ArrayLike | None = None,
    unread: npt.ArrayLike | None = None,
    size: float = 12,
) -> None:
    """Draw a matrix as cells with their numbers, its upper left cell at (`left`, `top`).

    Parameters
    ----------
    axes
        The axes of a :func:`canvas`.
    values
        Height × width; NaN leaves a cell empty.
    left, top
        Position of the grid's upper left corner, in cells.
    role
        What the grid is, which decides its colour.
    label
        Written above the grid.
    padding
        The outermost `padding` rows and columns on each side are drawn hatched.
    filled
        Height × width, boolean: cells with the role's soft colour. All cells if None.
    unread
        Height × width, boolean: cells that are drawn hatched and pale because no window reads them.
    size
        Font size of the numbers in points.
    """
    numbers = np.asarray(values, dtype=float)
    height, width = numbers.shape
    tinted = np.ones(numbers.shape, bool) if filled is None else np.asarray(filled, bool)
    skipped = np.zeros(numbers.shape, bool) if unread is None else np.asarray(unread, bool)
    for (row, column), number in np.ndenumerate(numbers):
        border = min(row, column, height - 1 - row, width - 1 - column) < padding
        own: Role = "padding" if border or skipped[row, column] else role
        axes.add_patch(
            Rectangle(
                (left + column, top + row),
                1,
                1,
                facecolor=color(f"{own}-soft") if border or tinted[row, column] else color("paper"),
                edgecolor=color("line"),
                linewidth=0.8,
                hatch="////" if border or skipped[row, column] else None,
            )
        )
        if not np.isnan(number):
            axes.text(
                left + column + 0.5,
                top + row + 0.5,
                format_number(number),
                ha="center",
                va="center_baseline",
                color=color("muted" if own == "padding" else "ink"),
                fontsize=size,
            )
    draw_frame(axes, left=left, top=top, width=width, height=height, role=role)
    if label:
        draw_label(axes, label, left=left + width / 2, top=top, role=role, size=size)


def draw_frame(
    axes: Axes,
    *,
    left: float,
    top: float,
    width: float,
    height: float,
    role: str,
    linewidth: float = 1.6,
    **line: Any,
) -> None:
    """Draw the outline of what cells lie in: a grid, or a part of one.

    Parameters
    ----------
    axes
        The axes of a :func:`canvas`.
    left, top, width, height
        The outline's upper left corner and its size, in cells.
    role
        The name of its colour.
    linewidth
        In points.
    **line
        What else Matplotlib's ``Rectangle`` takes.
    """
    edge = {"edgecolor": color(role), "linewidth": linewidth, **line}
    axes.add_patch(Rectangle((left, top), width, height, fill=False, **edge))


def draw_label(
    axes: Axes, label: str, *, left: float, top: float, role: str, size: float = 12
) -> None:
    """Write a grid's label above it.

    Parameters
    ----------
    axes
        The axes of a :func:`canvas`.
    label
        What is written, on one line.
    left, top
        The middle of the grid's upper edge, in cells.
    role
        The name of its colour.
    size
        Font size in points.
    """
    axes.text(
        left,
        top - 0.28,
        label,
        ha="center",
        va="bottom",
        color=color(role),
        fontsize=size,
        fontweight="bold",
    )


def draw_window(
    axes: Axes,
    *,
    left: float,
    top: float,
    width: float,
    height: float,
    role: Role = "window",
    dashed: bool = False,
) -> None:
    """Frame some cells: the window that is being read, or the output cell that it makes.

    Parameters
    ----------
    axes
        The axes of a :func:`canvas`.
    left, top, width, height
        The frame's upper left corner and its size, in cells.
    role
        What is framed, which decides the colour.
    dashed
        Whether the line is dashed.
    """
    draw_frame(
        axes,
        left=left,
        top=top,
        width=width,
        height=height,
        role=role,
        linewidth=3,
        linestyle="--" if dashed else "-",
        joinstyle="round",
        zorder=5,
    )


def draw_text(
    axes: Axes,
    text: str,
    *,
    left: float,
    top: float,
    role: str = "ink",
    size: float = 12,
    align: Literal["left", "center", "right"] = "center",
    bold: bool = False,
) -> None:
    """Write text, its middle height at `top`.

    Parameters
    ----------
    axes
        The axes of a :func:`canvas`.
    text
        What is written, on one line.
    left, top
        Where, in cells; `align` says which end of the text, or its centre, is at `left`.
    role
        The name of its colour.
    size
        Font size in points.
    align
        "left", "center" or "right".
    bold
        Whether it is bold.
    """
    axes.text(
        left,
        top,
        text,
        ha=align,
        va="center_baseline",
        color=color(role),
        fontsize=size,
        fontweight="bold" if bold else "normal",
    )

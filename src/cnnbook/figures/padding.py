"""Figures of padding: shrinking maps, rings of zeros, and what the border is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.patches import Rectangle

from .._writing import format_number, in_words, quantity
from ..shapes import output_size, times_read
from .grids import canvas, draw_frame, draw_grid, draw_text, draw_window
from .palette import color
from .photos import photo_row
from .picture import Picture
from .stride import line_windows

__all__ = ["border_maps", "heat_grid", "line_windows", "padded", "reads", "shrinking"]


def shrinking(sizes: Sequence[int]) -> Picture:
    """Draw square maps, one after the other, each at its size.

    Parameters
    ----------
    sizes
        Sides of the maps in pixels, from the first layer's input on.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> shrinking([8, 4]).alt
    'Squares of 8 and 4 pixels, drawn to scale: 64 numbers shrink to 16.'
    """
    unit, gap = 5.6 / (sum(sizes) + 5 * len(sizes)), 5
    tallest = max(sizes)
    picture, axes = canvas(sum(sizes) + gap * len(sizes), tallest + 9, cell=unit)
    left = gap / 2
    for index, size in enumerate(sizes):
        role = "output" if index else "input"
        axes.add_patch(
            Rectangle(
                (left, 1 + tallest - size),
                size,
                size,
                facecolor=color(f"{role}-soft"),
                edgecolor=color(role),
                linewidth=1.4,
            )
        )
        draw_text(axes, str(size), left=left + size / 2, top=tallest + 5, size=11)
        left += size + gap
    named = ", ".join(map(str, sizes[:-1]))
    picture.alt = (
        f"Squares of {named} and {sizes[-1]} pixels, drawn to scale: {sizes[0] ** 2:,} numbers "
        f"shrink to {sizes[-1] ** 2:,}."
    )
    return picture


def padded(size: int, kernel_size: int, padding: int) -> Picture:
    """Draw a square input in its ring of zeros, the first window, and the output that it fills.

    Parameters
    ----------
    size, kernel_size, padding
        Of both axes; the stride is 1.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> padded(7, 3, 1).alt
    '7 × 7 pixels in a ring of 32 zeros, 9 × 9 together. The first 3 × 3 window holds 4 pixels and
    5 zeros, and fills the corner of a 7 × 7 output.'
    """
    outer = size + 2 * padding
    result = output_size(size, kernel_size, padding=padding)
    gap = 2.2
    picture, axes = canvas(outer + gap + result + 0.4, max(outer, result) + 1.5, cell=0.31)
    ring = np.pad(np.full((size, size), np.nan), padding)
    draw_grid(
        axes,
        ring,
        left=0.2,
        top=1.2,
        role="input",
        padding=padding,
        label=f"{outer} × {outer}",
        size=12,
    )
    inner = 0.2 + padding, 1.2 + padding
    draw_frame(axes, left=inner[0], top=inner[1], width=size, height=size, role="input")
    draw_window(axes, left=0.2, top=1.2, width=kernel_size, height=kernel_size)
    right, top = 0.2 + outer + gap, 1.2 + (outer - result) / 2
    first = np.zeros((result, result), bool)
    first[0, 0] = True
    draw_grid(
        axes,
        np.full((result, result), np.nan),
        left=right,
        top=top,
        role="output",
        filled=first,
        label=f"{result} × {result}",
        size=12,
    )
    draw_window(axes, left=right, top=top, width=1, height=1)
    draw_text(axes, "→", left=0.2 + outer + gap / 2, top=1.2 + outer / 2, size=16)
    read = min(max(0, kernel_size - padding), size) ** 2
    pixels, zeros = quantity(read, "pixel"), quantity(kernel_size**2 - read, "zero")
    picture.alt = (
        f"{size} × {size} pixels in a ring of {outer**2 - size**2} zeros, {outer} × {outer} "
        f"together. The first {kernel_size} × {kernel_size} window holds {pixels} and {zeros}, and "
        f"fills the corner of a {result} × {result} output."
    )
    return picture


def reads(size: int, kernel_size: int, paddings: Sequence[int]) -> Picture:
    """Draw how often each pixel of a square input is read, one grid for each padding.

    Parameters
    ----------
    size, kernel_size
        Of both axes; the stride is 1.
    paddings
        Zeros on each side, one panel for each.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> reads(3, 3, [1]).alt
    'How many 3 × 3 windows read each of 3 × 3 pixels. With padding 1: 4 6 4, 6 9 6, 4 6 4.'
    """
    gap = 1.4
    picture, axes = canvas(len(paddings) * (size + gap) - gap + 0.4, size + 1.5, cell=0.36)
    parts = []
    for index, padding in enumerate(paddings):
        counts = times_read((size, size), kernel_size, padding=padding)
        left = 0.2 + index * (size + gap)
        _heat(picture, counts, left, 1.2, counts / kernel_size**2, size=12)
        title = f"padding {padding}" if padding else "no padding"
        draw_text(axes, title, left=left + size / 2, top=0.55, size=12, bold=True)
        parts.append(f"With {title.replace('no padding', 'padding 0')}: {in_words(counts)}.")
    picture.alt = (
        f"How many {kernel_size} × {kernel_size} windows read each of {size} × {size} pixels. "
        + " ".join(parts)
    )
    return picture


def heat_grid(values: npt.ArrayLike, *, label: str) -> Picture:
    """Draw a map's numbers on tints that grow with them.

    Parameters
    ----------
    values
        Height × width, none negative.
    label
        What the numbers are, for the alternative text.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> heat_grid([[0.25, 0.5]], label="The map").alt
    'The map: 0.25 0.5.'
    """
    numbers = np.asarray(values, float)
    picture, _ = canvas(numbers.shape[1] + 0.4, numbers.shape[0] + 0.4, cell=0.48)
    largest = float(numbers.max()) or 1.0
    _heat(picture, numbers, 0.2, 0.2, numbers / largest, role="output", size=10.5)
    picture.alt = f"{label}: {in_words(numbers)}."
    return picture


def border_maps(maps: Mapping[str, npt.ArrayLike], *, columns: int = 2) -> Picture:
    """Draw maps under their names, and compare the outermost pixels with the rest in words.

    Parameters
    ----------
    maps
        Height × width for each name.
    columns
        Maps in a row.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> border_maps({"zeros": [[0, 0, 0], [0, 5, 0], [0, 0, 0]]}, columns=1).alt
    'Maps of one photograph. zeros: the outermost pixels are 0 on average, the others 5.'
    """
    parts = []
    for name, values in maps.items():
        numbers = np.asarray(values, float)
        inner = numbers[1:-1, 1:-1]
        ring = float(numbers.sum() - inner.sum()) / (numbers.size - inner.size)
        parts.append(
            f"{name}: the outermost pixels are {format_number(ring)} on average, "
            f"the others {format_number(float(inner.mean()))}."
        )
    picture = photo_row(
        list(maps.values()),
        list(maps),
        alt="Maps of one photograph. " + " ".join(parts),
        columns=columns,
        width=6,
    )
    for axes in picture.axes:  # a dark border must be seen on a dark page, too
        axes.add_patch(
            Rectangle(
                (0, 0),
                1,
                1,
                transform=axes.transAxes,
                fill=False,
                edgecolor=color("muted"),
                clip_on=False,
            )
        )
    return picture


def _heat(
    picture: Picture,
    values: npt.NDArray[np.float64] | npt.NDArray[np.int64],
    left: float,
    top: float,
    strengths: npt.NDArray[np.float64],
    *,
    role: str = "input",
    size: float,
) -> None:
    """Draw numbers on tints of the role's colour; a strength of 1 is the fullest."""
    (axes,) = picture.axes
    for (row, column), number in np.ndenumerate(values):
        place = (left + column, top + row)
        axes.add_patch(Rectangle(place, 1, 1, facecolor=color("paper"), edgecolor="none"))
        axes.add_patch(
            Rectangle(
                place,
                1,
                1,
                facecolor=color(role),
                alpha=0.42 * float(strengths[row, column]),
                edgecolor="none",
            )
        )
        draw_text(
            axes, format_number(float(number)), left=place[0] + 0.5, top=place[1] + 0.5, size=size
        )
    height, width = values.shape
    draw_frame(axes, left=left, top=top, width=width, height=height, role=role)

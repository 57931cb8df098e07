"""Photographs and activation maps side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap

from .._writing import format_number
from . import palette
from .palette import color
from .picture import Picture

#: The palette's colours of signed numbers.
SIGNED = LinearSegmentedColormap.from_list("signed", palette.SIGNED)


def photo_row(
    images: Sequence[npt.ArrayLike],
    titles: Sequence[str],
    *,
    alt: str,
    signed: bool | Sequence[bool] = False,
    columns: int | None = None,
    width: float = 8.5,
) -> Picture:
    """Draw images beside each other, each at its own scale of grey, with its title and its range.

    Parameters
    ----------
    images
        Each height × width × 3 (drawn in its own colours: 8-bit integers, or floats from 0 to 1) or
        height × width (drawn in grey from its smallest to its largest value, which are written
        below it).
    titles
        One for each image.
    alt
        What the images show, for readers who cannot see them.
    signed
        Draw single channels symmetrically about zero instead: negative purple, zero grey, positive
        green. One answer for all images, or one for each.
    columns
        Images in one row; all of them if None.
    width
        Width of the picture in inches.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If there are no images, or not one title for each.
    """
    arrays = [np.asarray(image) for image in images]
    if not arrays or len(arrays) != len(titles):
        raise ValueError(f"titles must name each image: {len(titles)} titles, {len(arrays)} images")
    columns = columns or len(arrays)
    signs = [signed] * len(arrays) if isinstance(signed, bool) else list(signed)
    rows = -(-len(arrays) // columns)
    gap, header, footer = 0.14, 0.3, 0.3
    cell = (width - gap * (columns - 1)) / columns
    heights = [
        cell * max(a.shape[0] / a.shape[1] for a in arrays[r * columns : (r + 1) * columns])
        for r in range(rows)
    ]
    total = sum(heights) + rows * (header + footer)
    picture = Picture(width, total, alt=alt)
    for index, (array, title) in enumerate(zip(arrays, titles, strict=True)):
        row, column = divmod(index, columns)
        top = sum(heights[:row]) + row * (header + footer) + header
        height = cell * array.shape[0] / array.shape[1]
        axes = picture.add_axes(
            (
                column * (cell + gap) / width,
                1 - (top + height) / total,
                cell / width,
                height / total,
            )
        )
        axes.axis("off")
        axes.set_title(title, fontsize=12, pad=5, color=color("ink"))
        if array.ndim == 3:
            axes.imshow(array, interpolation="none")
            continue
        low, high = float(array.min()), float(array.max())
        limit = max(abs(low), abs(high)) or 1.0
        if signs[index]:
            axes.imshow(array, cmap=SIGNED, vmin=-limit, vmax=limit, interpolation="none")
        else:
            axes.imshow(array, cmap="gray", interpolation="none")
        axes.text(
            0.5,
            -0.03,
            f"{format_number(low)} to {format_number(high)}",
            transform=axes.transAxes,
            ha="center",
            va="top",
            fontsize=12,
            color=color("muted"),
        )
    return picture

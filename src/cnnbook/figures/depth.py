"""Figures of the chapter on depth: how a filter reads all channels of a volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from .._writing import as_sum, format_number, in_words
from .grids import canvas, draw_grid, draw_label, draw_text, draw_window
from .palette import color
from .photos import SIGNED
from .picture import Picture
from .volumes import layer_volumes

__all__ = ["channel_photos", "layer_volumes", "one_number", "partial_maps"]

#: Font size in points: nearly as large as the cells allow, since a phone shrinks some twenty of
#: them to its width.
_TYPE = 13


def one_number(
    input: npt.ArrayLike,
    weight: npt.ArrayLike,
    bias: float,
    *,
    row: int = 0,
    column: int = 0,
    stride: int = 1,
    padding: int = 0,
) -> Picture:
    """Draw how one number of the output is made, product by product and channel by channel.

    Parameters
    ----------
    input
        Channels × height × width.
    weight
        Channels × filter height × filter width: one filter.
    bias
        Its bias.
    row, column
        Position in the output.
    stride, padding
        Of the layer.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> picture = one_number([[[1, 2]], [[3, 4]]], [[[1, 1]], [[1, 0]]], 5)
    >>> picture.alt[-38:]
    'The sums and the bias: 3 + 3 + 5 = 11.'
    """
    padded = _pad(np.asarray(input, dtype=float), padding)
    filters = np.asarray(weight, dtype=float)
    channels, height, width = padded.shape
    _, filter_height, filter_width = filters.shape
    top_row, left_column = row * stride, column * stride
    windows = padded[:, top_row : top_row + filter_height, left_column : left_column + filter_width]
    products = windows * filters
    sums = products.sum(axis=(1, 2))
    result = float(sums.sum() + bias)

    tall = max(height, filter_height)
    pitch = tall + 1.35
    input_left = max(0.15, (2.8 - width) / 2)  # a label is wider than two cells
    filter_left = input_left + width + 1.15
    product_left = filter_left + filter_width + 1.3
    sum_left = product_left + filter_width + 1.25
    picture, axes = canvas(sum_left + 1.45, channels * pitch + 2.3, cell=0.38)
    for channel in range(channels):
        top = 1.0 + channel * pitch
        middle = top + tall / 2
        draw_grid(
            axes,
            padded[channel],
            left=input_left,
            top=middle - height / 2,
            role="input",
            label=f"channel {channel}",
            padding=padding,
            size=_TYPE,
        )
        draw_window(
            axes,
            left=input_left + left_column,
            top=middle - height / 2 + top_row,
            width=filter_width,
            height=filter_height,
        )
        above = middle - filter_height / 2
        draw_grid(
            axes,
            filters[channel],
            left=filter_left,
            top=above,
            role="filter",
            label=f"slice {channel}",
            size=_TYPE,
        )
        draw_grid(
            axes,
            products[channel],
            left=product_left,
            top=above,
            role="window",
            label="products",
            size=_TYPE,
        )
        _number(axes, sums[channel], left=sum_left, top=middle - 0.5, role="window", label="sum")
        draw_text(axes, "×", left=input_left + width + 0.58, top=middle, size=_TYPE)
        draw_text(axes, "=", left=filter_left + filter_width + 0.65, top=middle, size=_TYPE)
        draw_text(axes, "→", left=product_left + filter_width + 0.6, top=middle, size=_TYPE)
        if channel < channels - 1:
            draw_text(axes, "+", left=sum_left + 0.6, top=middle + pitch / 2, size=_TYPE)
    floor = channels * pitch + 1.55
    sentence = f"{as_sum([*sums, bias])} = {format_number(result)}"
    draw_text(
        axes,
        f"sums + bias:  {sentence.rsplit('=', 1)[0]}=",
        left=sum_left - 0.3,
        top=floor,
        size=_TYPE,
        align="right",
    )
    _number(axes, result, left=sum_left, top=floor - 0.5, role="output")
    steps = " ".join(
        f"Channel {channel}: window {in_words(windows[channel])}; "
        f"slice {in_words(filters[channel])}; products {in_words(products[channel])}, "
        f"whose sum is {format_number(sums[channel])}."
        for channel in range(channels)
    )
    picture.alt = (
        f"How the output at row {row}, column {column} is made. {steps} "
        f"The sums and the bias: {sentence}."
    )
    return picture


def partial_maps(
    maps: npt.ArrayLike,
    bias: Sequence[float] | npt.NDArray[np.float64],
    *,
    row: int | None = None,
    column: int | None = None,
) -> Picture:
    """Draw each filter's partial maps, one for each channel, and the map that they add up to.

    Parameters
    ----------
    maps
        Filters × channels × height × width: what each slice of each filter makes of its channel.
    bias
        One number for each filter.
    row, column
        An output position to frame in all maps; none if both are None.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If only one of `row` and `column` is given.

    Examples
    --------
    >>> partial_maps([[[[1]], [[2]]]], [3]).alt[-60:]
    'Filter 0: partial maps 1 and 2, plus the bias 3, make map 6.'
    """
    if (row is None) != (column is None):
        raise ValueError(
            f"row and column must be given together, but got row={row}, column={column}"
        )
    partial = np.asarray(maps, dtype=float)
    filters, channels, height, width = partial.shape
    pitch = height + 2.7
    bias_left = 0.15 + channels * (width + 1)
    output_left = bias_left + 2.5
    picture, axes = canvas(output_left + width + 0.15, filters * pitch - 0.4, cell=0.38)
    sentences = []
    for index in range(filters):
        top = index * pitch + 2.1
        middle = top + height / 2
        result = partial[index].sum(axis=0) + bias[index]
        draw_text(
            axes,
            f"Filter {index}",
            left=0.15,
            top=top - 1.55,
            role="filter",
            size=_TYPE,
            align="left",
            bold=True,
        )
        lefts = [0.15 + channel * (width + 1) for channel in range(channels)]
        for channel, left in enumerate(lefts):
            draw_grid(
                axes,
                partial[index, channel],
                left=left,
                top=top,
                role="window",
                label=f"channel {channel}",
                size=_TYPE,
            )
            draw_text(axes, "+", left=left + width + 0.5, top=middle, size=_TYPE)
        _number(axes, bias[index], left=bias_left, top=middle - 0.5, role="filter", label="bias")
        draw_text(axes, "=", left=output_left - 0.62, top=middle, size=_TYPE)
        draw_grid(
            axes,
            result,
            left=output_left,
            top=top,
            role="output",
            label=f"output {index}",
            size=_TYPE,
        )
        if row is not None and column is not None:
            for left in (*lefts, output_left):
                draw_window(
                    axes, left=left + column, top=top + row, width=1, height=1, role="filter"
                )
        listed = " and ".join(in_words(matrix) for matrix in partial[index])
        sentences.append(
            f"Filter {index}: partial maps {listed}, plus the bias {format_number(bias[index])}, "
            f"make map {in_words(result)}."
        )
    framed = "" if row is None else f" The numbers at row {row}, column {column} are framed."
    picture.alt = (
        "Each filter's partial maps, one for each channel, and their sum with the bias. "
        + " ".join(sentences)
        + framed
    )
    return picture


def channel_photos(
    channels: npt.ArrayLike,
    weight: npt.ArrayLike,
    maps: npt.ArrayLike,
    names: Sequence[str],
) -> Picture:
    """Draw a photo's channels, a filter's slices, their partial maps and, below, the maps' sum.

    Parameters
    ----------
    channels
        Channels × height × width, from 0 to 1.
    weight
        Channels × filter height × filter width: one filter.
    maps
        Channels × map height × map width: the partial maps.
    names
        What each channel is called.

    Returns
    -------
    Picture
        With its alternative text.
    """
    photos, slices, partial = (np.asarray(array, dtype=float) for array in (channels, weight, maps))
    count, photo_height, photo_width = photos.shape
    total = partial.sum(axis=0)
    limit = float(np.abs(partial).max())
    width, header, footer, slice_width, gap = 6.4, 0.3, 0.28, 1.1, 0.32
    panel = (width - slice_width - 2 * gap) / 2
    tall = panel * photo_height / photo_width
    pitch = tall + header + footer
    height = (count + 1) * pitch
    picture = Picture(width, height)

    def place(left: float, row: int, wide: float, high: float) -> Axes:
        bottom = height - row * pitch - header - tall / 2 - high / 2
        axes = picture.add_axes((left / width, bottom / height, wide / width, high / height))
        axes.axis("off")
        return axes

    right = panel + slice_width + 2 * gap
    for row, name in enumerate(names):
        axes = place(0, row, panel, tall)
        axes.imshow(photos[row], cmap="gray", vmin=0, vmax=1, interpolation="none")
        axes.set_title(f"{name} channel", fontsize=12, pad=4, color=color("input"), weight="bold")
        rows, columns = slices[row].shape
        axes = place(panel + gap, row, slice_width, slice_width * rows / columns)
        axes.set(xlim=(-0.03, columns + 0.03), ylim=(rows + 0.03, -0.03))
        draw_grid(axes, slices[row], left=0, top=0, role="filter", label=f"{name} slice")
        for x, sign in ((-0.5 * gap, "×"), (slice_width + 0.5 * gap, "=")):
            x *= columns / slice_width
            draw_text(axes, sign, left=x, top=rows / 2, size=13)
        axes = place(right, row, panel, tall)
        _signed(axes, partial[row], f"partial map, {name}", limit=limit, role="window")
    axes = place(right, count, panel, tall)
    _signed(axes, total, "sum of these maps", limit=float(np.abs(total).max()), role="output")
    scale = (
        f"The partial maps share one scale,\n±{format_number(limit)}. Their sum has its own,\n"
        f"±{format_number(np.abs(total).max())}. Green is positive,\npurple negative, grey zero."
    )
    picture.text(
        (right - gap) / width,
        1 - (count * pitch + header + tall / 2) / height,
        scale,
        ha="right",
        va="center",
        fontsize=12,
        color=color("muted"),
        linespacing=1.5,
    )
    ranges = "; ".join(f"{name} {_range(part)}" for name, part in zip(names, partial, strict=True))
    picture.alt = (
        f"A photo's {count} channels in grey, each beside its slice of the filter and the partial "
        f"map that they make. Weights: "
        + "; ".join(f"{name} {in_words(part)}" for name, part in zip(names, slices, strict=True))
        + f". Partial maps: {ranges}. Their sum: {_range(total)}."
    )
    return picture


def _signed(
    axes: Axes, values: npt.NDArray[np.float64], title: str, *, limit: float, role: str
) -> None:
    axes.imshow(values, cmap=SIGNED, vmin=-limit, vmax=limit, interpolation="none")
    axes.set_title(title, fontsize=12, pad=4, color=color(role), weight="bold")
    axes.text(
        0.5,
        -0.03,
        _range(values),
        transform=axes.transAxes,
        ha="center",
        va="top",
        fontsize=12,
        color=color("muted"),
    )


def _range(values: npt.NDArray[np.float64]) -> str:
    return f"{format_number(values.min())} to {format_number(values.max())}"


def _number(
    axes: Axes, number: float, *, left: float, top: float, role: str, label: str = ""
) -> None:
    """Draw one number in a cell that is a little wider than a grid's."""
    axes.add_patch(
        Rectangle(
            (left, top),
            1.2,
            1,
            facecolor=color(f"{role}-soft"),
            edgecolor=color(role),
            linewidth=1.6,
        )
    )
    draw_text(axes, format_number(number), left=left + 0.6, top=top + 0.5, size=_TYPE, bold=True)
    if label:
        draw_label(axes, label, left=left + 0.6, top=top, role=role, size=_TYPE)


def _pad(volume: npt.NDArray[np.float64], padding: int) -> npt.NDArray[np.float64]:
    return np.pad(volume, ((0, 0), (padding, padding), (padding, padding)))

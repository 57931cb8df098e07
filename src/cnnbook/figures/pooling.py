"""Figures of pooling: windows and winners, where gradients go, and what a shift changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from .._writing import format_number, in_words
from ..shapes import output_size
from .grids import Role, canvas, draw_grid, draw_text, draw_window
from .photos import photo_row
from .picture import Picture
from .volumes import UP, draw_box


def windows(values: npt.ArrayLike, *, kernel_size: int = 2, stride: int = 2) -> Picture:
    """Draw max pooling of one slice: the windows, the winner of each, and the pooled slice.

    Parameters
    ----------
    values
        Height × width.
    kernel_size, stride
        Side of the windows and the step between them; windows must not overlap.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If the windows overlap.

    Examples
    --------
    >>> windows([[1, 5], [3, 2]]).alt
    'Max pooling of 1 5, 3 2 with windows of 2 × 2 and stride 2. The largest number of each window
    is marked; together they make 5.'
    """
    if stride < kernel_size:
        raise ValueError(
            f"stride {stride} must be at least kernel_size {kernel_size}: windows overlap"
        )
    slice_ = np.asarray(values, dtype=float)
    winners = winner_positions(slice_, kernel_size=kernel_size, stride=stride)
    pooled = np.array([[slice_[row, column] for row, column in line] for line in winners])
    won = np.zeros(slice_.shape, bool)
    for line in winners:
        for row, column in line:
            won[row, column] = True
    height, width = slice_.shape
    right = width + 3.4
    picture, axes = canvas(right + pooled.shape[1] + 0.3, height + 1.5)
    draw_grid(axes, slice_, left=0.3, top=1.2, role="input", label="one slice", filled=won, size=13)
    for y, x in np.ndindex(pooled.shape):
        draw_window(
            axes,
            left=0.3 + x * stride,
            top=1.2 + y * stride,
            width=kernel_size,
            height=kernel_size,
        )
    middle, between = 1.2 + height / 2, width + 1.85
    draw_text(
        axes, f"max of {kernel_size} × {kernel_size}", left=between, top=middle - 0.75, size=11
    )
    draw_text(axes, f"stride {stride}", left=between, top=middle - 0.1, size=11)
    draw_text(axes, "→", left=between, top=middle + 0.6, size=16)
    draw_grid(
        axes,
        pooled,
        left=right,
        top=middle - pooled.shape[0] / 2,
        role="output",
        label="pooled",
        size=13,
    )
    picture.alt = (
        f"Max pooling of {in_words(slice_)} with windows of {kernel_size} × {kernel_size} and "
        f"stride {stride}. The largest number of each window is marked; together they make "
        f"{in_words(pooled)}."
    )
    return picture


def shrunk_volume(*, size: int = 224, depth: int = 64, kernel_size: int = 2) -> Picture:
    """Draw a volume before and after pooling with stride = kernel size, to one scale.

    Parameters
    ----------
    size, depth
        The volume is `size` × `size` × `depth`.
    kernel_size
        Side of the windows.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> shrunk_volume().alt
    'A volume of 224×224×64 and the pooled volume of 112×112×64, drawn to one scale: half as high
    and half as wide, and as deep as before.'
    """
    after = (size - kernel_size) // kernel_size + 1
    scale = 6 / size
    side, small, back = size * scale, after * scale, depth * scale
    picture, axes = canvas(10.7 + small + back, side + back * UP + 2.0, cell=0.4)
    top = back * UP + 0.5
    for left, length, edge, role in ((0.6, side, size, "input"), (10.4, small, after, "output")):
        above = top + (side - length) / 2
        box: Role = "input" if role == "input" else "output"
        draw_box(
            axes,
            left=left,
            top=above,
            height=length,
            width=length,
            depth=back,
            role=box,
            slices=False,
        )
        draw_text(
            axes,
            f"{edge} × {edge} × {depth}",
            left=left + length / 2,
            top=above + length + 0.7,
            role=role,
            size=12,
            bold=True,
        )
    middle = top + side / 2
    draw_text(axes, "pooling", left=9.2, top=middle - 0.2, size=12, role="window")
    draw_text(axes, "→", left=9.2, top=middle + 0.5, size=18, role="window")
    share = "half" if after * 2 == size else f"{after / size:.2f} times"
    picture.alt = (
        f"A volume of {size}×{size}×{depth} and the pooled volume of {after}×{after}×{depth}, "
        f"drawn to one scale: {share} as high and {share} as wide, and as deep as before."
    )
    return picture


def gradients(values: npt.ArrayLike, gradient: npt.ArrayLike, *, kernel_size: int = 2) -> Picture:
    """Draw where the gradient of a pooled slice goes, for max and for average pooling.

    Parameters
    ----------
    values
        Height × width: the slice that was pooled, with stride = kernel size.
    gradient
        Gradient of the loss with respect to the pooled slice.
    kernel_size
        Side of the windows.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> gradients([[1, 5], [3, 2]], [[8]]).alt
    'The gradient 8 of a pooled slice, sent back to the slice 1 5, 3 2. Max pooling: 0 8, 0 0.
    Average pooling: 2 2, 2 2.'
    """
    slice_, upstream = np.asarray(values, dtype=float), np.asarray(gradient, dtype=float)
    winners = winner_positions(slice_, kernel_size=kernel_size, stride=kernel_size)
    by_max = np.zeros(slice_.shape)
    for (y, x), share in np.ndenumerate(upstream):
        by_max[winners[y][x]] += share
    by_average = np.kron(upstream, np.full((kernel_size, kernel_size), 1 / kernel_size**2))
    height, width = slice_.shape
    small_height, small_width = upstream.shape
    gap = 1.0
    picture, axes = canvas(3 * width + 2 * gap + 0.6, height + small_height + 4.3, cell=0.38)
    total = 3 * width + 2 * gap + 0.6
    top = small_height + 3.7
    draw_grid(
        axes,
        upstream,
        left=total / 2 - small_width / 2,
        top=1.1,
        role="gradient",
        label="gradient of the pooled slice",
        size=12,
    )
    panels = [
        ("the slice", slice_, "input", _mask(winners, slice_.shape)),
        ("max", by_max, "gradient", by_max != 0),
        ("average", by_average, "gradient", by_average != 0),
    ]
    for index, (label, grid, role, filled) in enumerate(panels):
        left = 0.3 + index * (width + gap)
        draw_grid(
            axes,
            grid,
            left=left,
            top=top,
            role="input" if role == "input" else "gradient",
            label=label,
            filled=filled,
            size=12,
        )
        for y, x in np.ndindex(upstream.shape):
            draw_window(
                axes,
                left=left + x * kernel_size,
                top=top + y * kernel_size,
                width=kernel_size,
                height=kernel_size,
            )
    axes.set_ylim(top + height + 0.3, 0)
    picture.alt = (
        f"The gradient {in_words(upstream)} of a pooled slice, sent back to the slice "
        f"{in_words(slice_)}. Max pooling: {in_words(by_max)}. Average pooling: "
        f"{in_words(by_average)}."
    )
    return picture


def shifts(signal: npt.ArrayLike, by: Sequence[int]) -> Picture:
    """Draw a signal shifted to the right, zeros moving in, and the max pooling of pairs.

    Parameters
    ----------
    signal
        The numbers of a row, of even length: the windows are of 2, and so is the stride.
    by
        Steps of each shift.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> shifts([1, 0, 2, 0], by=[0, 1]).alt
    'Rows of numbers and their max pooling with windows of 2 and stride 2. Shifted by 0: 1 0 2 0
    becomes 1 2. Shifted by 1: 0 1 0 2 becomes 1 2.'
    """
    row = np.asarray(signal, dtype=float)
    length = len(row)
    pooled_length = length // 2
    pitch, margin, arrow = 1.75, 2.6, 1.3
    picture, axes = canvas(margin + length + arrow + pooled_length + 0.3, pitch * len(by) + 0.9)
    parts = []
    for index, steps in enumerate(by):
        shifted = np.concatenate([np.zeros(steps), row[: length - steps]])
        pooled = shifted.reshape(pooled_length, 2).max(axis=1)
        top = 1.1 + index * pitch
        right = margin + length + arrow
        draw_text(axes, f"shift {steps}", left=0.2, top=top + 0.5, size=13, align="left")
        draw_grid(
            axes,
            shifted[None],
            left=margin,
            top=top,
            role="input",
            label="" if index else "input",
            filled=shifted[None] != 0,
            size=13,
        )
        for window in range(pooled_length):
            draw_window(axes, left=margin + window * 2, top=top, width=2, height=1)
        draw_text(axes, "→", left=margin + length + arrow / 2, top=top + 0.5, size=14)
        draw_grid(
            axes,
            pooled[None],
            left=right,
            top=top,
            role="output",
            label="" if index else "pooled",
            filled=pooled[None] != 0,
            size=13,
        )
        parts.append(
            f"Shifted by {steps}: {in_words(shifted[None])} becomes {in_words(pooled[None])}."
        )
    picture.alt = (
        f"Rows of numbers and their max pooling with windows of 2 and stride 2. {' '.join(parts)}"
    )
    return picture


def last_window(size: int, *, kernel_size: int, stride: int) -> Picture:
    """Draw the windows of a pooling that does not fit: floor leaves inputs unread, ceil hangs over.

    Parameters
    ----------
    size
        Length of the input, for which rounding up must add a window.
    kernel_size, stride
        Length of the windows and the step between them.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If the windows are longer than the input, or rounding up adds none: they fit, or the next
        one would start behind the input.

    Examples
    --------
    >>> last_window(6, kernel_size=3, stride=2).alt
    'Windows of 3 with stride 2 over 6 numbers. Floor: 2 windows, at 0 and 2; the last 1 number is
    never read. Ceil: 3 windows, at 0, 2 and 4; the last one hangs over the edge by 1.'
    """
    floor = output_size(size, kernel_size, stride, rounding="floor")
    if output_size(size, kernel_size, stride, rounding="ceil") == floor:
        raise ValueError(
            f"size must leave room for the start of one more window of {kernel_size} with stride "
            f"{stride}, but got {size}, for which floor and ceil are both {floor}"
        )
    unread = size - ((floor - 1) * stride + kernel_size)
    over = floor * stride + kernel_size - size
    margin, cells = 2.4, size + over
    picture, axes = canvas(margin + cells + 0.4, 2 * (floor + 1) * 0.62 + 4.4)
    top = 0.3
    for title, count in (("floor", floor), ("ceil", floor + 1)):
        read = np.zeros((1, size), bool)
        read[:, : (count - 1) * stride + kernel_size] = True
        draw_text(axes, title, left=0.2, top=top + 0.5, size=12, align="left", bold=True)
        outputs = f"{count} outputs"
        draw_text(axes, outputs, left=0.2, top=top + 1.2, size=11, align="left")
        draw_grid(
            axes,
            np.arange(size, dtype=float)[None],
            left=margin,
            top=top,
            role="input",
            unread=~read,
            size=12,
        )
        for window in range(count):
            draw_window(
                axes,
                left=margin + window * stride,
                top=top + 1.25 + 0.5 * window,
                width=kernel_size,
                height=0.3,
                dashed=window * stride + kernel_size > size,
            )
        top += 1.25 + 0.5 * count + 0.9
    axes.set_ylim(top - 0.4, 0)
    picture.set_figheight((top - 0.4) * 0.42)
    starts = [str(window * stride) for window in range(floor + 1)]
    numbers = "number is" if unread == 1 else "numbers are"
    picture.alt = (
        f"Windows of {kernel_size} with stride {stride} over {size} numbers. Floor: {floor} "
        f"windows, at {_listed(starts[:-1])}; the last {unread} {numbers} never read. Ceil: "
        f"{floor + 1} windows, at {_listed(starts)}; the last one hangs over the edge by {over}."
    )
    return picture


def pooled_maps(maps: Mapping[str, npt.ArrayLike]) -> Picture:
    """Draw maps in two columns, each enlarged to the same width, with its size in its title.

    Parameters
    ----------
    maps
        For each name, height × width.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> pooled_maps({"edges": [[0, 2]], "max": [[2]]}).alt
    'Maps in grey. edges: 1×2, from 0 to 2. max: 1×1, from 2 to 2.'
    """
    arrays = {name: np.asarray(values, dtype=float) for name, values in maps.items()}
    sizes = {name: f"{array.shape[0]}×{array.shape[1]}" for name, array in arrays.items()}
    ranges = [
        f"{name}: {sizes[name]}, from {format_number(array.min())} to {format_number(array.max())}."
        for name, array in arrays.items()
    ]
    return photo_row(
        list(arrays.values()),
        [f"{name}: {size}" for name, size in sizes.items()],
        alt="Maps in grey. " + " ".join(ranges),
        columns=2,
        width=6.4,
    )


def winner_positions(
    values: npt.NDArray[np.float64], *, kernel_size: int, stride: int
) -> list[list[tuple[int, int]]]:
    """Return the row and column of each window's largest number, the first one of equals.

    Parameters
    ----------
    values
        Height × width.
    kernel_size, stride
        Side of the windows and the step between them, in pixels.

    Returns
    -------
    list of list of (int, int)
        A list for each row of windows.

    Examples
    --------
    >>> winner_positions(np.array([[1, 5.0], [5, 2]]), kernel_size=2, stride=2)
    [[(0, 1)]]
    """
    rows = (values.shape[0] - kernel_size) // stride + 1
    columns = (values.shape[1] - kernel_size) // stride + 1
    found = []
    for y in range(rows):
        line = []
        for x in range(columns):
            top, left = y * stride, x * stride
            window = values[top : top + kernel_size, left : left + kernel_size]
            row, column = divmod(int(window.argmax()), kernel_size)
            line.append((top + row, left + column))
        found.append(line)
    return found


def _mask(positions: list[list[tuple[int, int]]], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(shape, bool)
    for line in positions:
        for position in line:
            mask[position] = True
    return mask


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" and {words[-1]}"

"""Figures of the stride: where windows stop, which outputs remain and which pixels nobody reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from .._writing import format_number, in_words, quantity
from ..shapes import effective_kernel_size, output_size, unread_pixels
from .grids import canvas, draw_frame, draw_grid, draw_text, draw_window
from .palette import color
from .photos import photo_row
from .picture import Picture


def line_windows(
    values: Sequence[float],
    weights: Sequence[float],
    strides: Sequence[int] = (1,),
    *,
    padding: tuple[int, int] = (0, 0),
) -> Picture:
    """Draw a row of numbers and, below it, the filter at each place where it stops.

    Parameters
    ----------
    values
        The input, one row of numbers.
    weights
        The filter, written below the pixels that it reads.
    strides
        One panel for each, from top to bottom.
    padding
        How many zeros to add before and after the input.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> line_windows([3, 0, 2, 1], [1, 2, -1], [3]).alt
    'Input 3 0 2 1 and filter 1 2 −1. With stride 3, 1 window that starts at pixel 0 gives 1;
    pixel 3 is not read.'
    """
    before, after = padding
    row = np.pad(np.asarray(values, float), padding)
    taps = np.asarray(weights, float)
    counts = [output_size(len(row), len(taps), stride, rounding="floor") for stride in strides]
    head = 1.3 if len(strides) > 1 else 0.3
    heights = [head + 1.5 + 1.25 * count for count in counts]
    picture, axes = canvas(len(row) + 2.6, sum(heights) + 0.1, cell=0.36)
    sentences = []
    for panel, (stride, count) in enumerate(zip(strides, counts, strict=True)):
        top = sum(heights[:panel]) + head
        unread = unread_pixels(len(row), len(taps), stride)
        pixels = np.arange(len(row))
        hatched = unread | (pixels < before) | (pixels >= len(row) - after)
        if len(strides) > 1:
            draw_text(axes, f"stride {stride}", left=0.2, top=top - 0.6, align="left", bold=True)
        draw_grid(axes, row[None], left=0.2, top=top, role="input", unread=hatched[None], size=11)
        results = []
        for index in range(count):
            start, below = index * stride, top + 1.5 + 1.25 * index
            results.append(float(row[start : start + len(taps)] @ taps))
            draw_grid(axes, taps[None], left=0.2 + start, top=below, role="filter", size=11)
            draw_text(axes, "=", left=len(row) + 0.8, top=below + 0.5, size=11)
            draw_grid(axes, [results[-1:]], left=len(row) + 1.4, top=below, role="output", size=11)
        starts = [index * stride - before for index in range(count)]
        sentences.append(_line_sentence(stride, starts, results, np.flatnonzero(unread) - before))
    added = ""
    if any(padding):
        added = (
            f", padded with {quantity(before, 'zero')} before and {quantity(after, 'zero')} after,"
        )
    picture.alt = (
        f"Input {in_words([values])}{added} and filter {in_words([weights])}. "
        + " ".join(sentences)
    )
    return picture


def sweep(size: int, kernel_size: int, stride: int, *, next_row: bool = False) -> Picture:
    """Draw a window's stops along the top of a square input, each with the output that it fills.

    If the windows do not end at the last pixel, one more, dashed, hangs over the edge.

    Parameters
    ----------
    size, kernel_size, stride
        Of both axes.
    next_row
        Add the first stop of the second row of windows.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> sweep(7, 3, 3).alt
    'A 3 × 3 window on 7 × 7 pixels with stride 3. It covers columns 0 to 2, then 3 to 5. The next
    window would need columns 6 to 8, which do not all exist.'
    """
    count = output_size(size, kernel_size, stride, rounding="floor")
    stops = [(0, index * stride) for index in range(count)]
    over = count * stride < size and (size - kernel_size) % stride > 0
    if over:
        stops.append((0, count * stride))
    if next_row:
        stops.append((stride, 0))
    step, small = size + 1.7, 0.62
    # The overhanging window needs room on the right.
    extra = max(0, stops[-1][1] + kernel_size - size) + 0.2 if over else 0.0
    height = size + 1.8 + count * small + 0.9
    columns = 3
    rows = -(-len(stops) // columns)
    shown = min(columns, len(stops))
    picture, axes = canvas(shown * step - 1.3 + extra, rows * height - 0.3, cell=0.23)
    for index, (row, column) in enumerate(stops):
        left = 0.2 + index % columns * step
        top = index // columns * height + 1.3
        fits = column + kernel_size <= size
        title = f"columns {column}–{column + kernel_size - 1}"
        if row:
            title = f"rows {row}–{row + kernel_size - 1}"
        draw_text(axes, title, left=left + size / 2, top=top - 0.65, size=11.5, bold=True)
        covered = np.zeros((size, size), bool)
        covered[row : row + kernel_size, column : column + kernel_size] = fits
        _plain_grid(axes, left, top, covered)
        draw_window(
            axes,
            left=left + column,
            top=top + row,
            width=kernel_size,
            height=kernel_size,
            dashed=not fits,
        )
        below = top + size + 0.5
        middle = left + (size - count * small) / 2
        done = row // stride * count + column // stride
        if fits:
            _small_output(axes, middle, below, count, small, done)
        else:
            draw_text(axes, "does not fit", left=left + size / 2, top=below + 0.6, size=11.5)
    picture.alt = _sweep_sentence(size, kernel_size, stride, stops, over, next_row)
    return picture


def subsampled(activations: npt.ArrayLike, stride: int) -> Picture:
    """Draw the map of stride 1 with the numbers that a larger stride keeps, and those numbers.

    Parameters
    ----------
    activations
        The activation map at stride 1, height × width.
    stride
        Every `stride`-th row and column is kept.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> subsampled([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 2).alt
    'The map of stride 1 is 1 2 3, 4 5 6, 7 8 9. Stride 2 keeps 4 of its 9 numbers: 1 3, 7 9.'
    """
    full = np.asarray(activations, float)
    kept = np.zeros(full.shape, bool)
    kept[::stride, ::stride] = True
    small = full[::stride, ::stride]
    height, width = full.shape
    gap = 2.0
    picture, axes = canvas(width + gap + small.shape[1] + 0.4, height + 1.3, cell=0.46)
    draw_grid(
        axes, full, left=0.2, top=1.0, role="output", label="stride 1", filled=kept, size=11.5
    )
    top = 1.0 + (height - small.shape[0]) / 2
    right = 0.2 + width + gap
    draw_grid(axes, small, left=right, top=top, role="output", label=f"stride {stride}", size=11.5)
    draw_text(axes, "→", left=0.2 + width + gap / 2, top=1.0 + height / 2, size=16)
    picture.alt = (
        f"The map of stride 1 is {in_words(full)}. Stride {stride} keeps {small.size} of its "
        f"{full.size} numbers: {in_words(small)}."
    )
    return picture


def floor_and_same(size: int, kernel_size: int, stride: int) -> Picture:
    """Draw what is left unread when the size is rounded down, beside what SAME adds instead.

    Parameters
    ----------
    size, kernel_size, stride
        Of both axes.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> floor_and_same(8, 3, 3).alt
    'Left, rounding down: 2 × 2 windows on 8 × 8 pixels; 28 pixels are never read. Right, SAME:
    per axis, 0 zeros before the input and 1 zero after it make room for 3 × 3 windows.'
    """
    floor = output_size(size, kernel_size, stride, rounding="floor")
    before, after = same_sides(size, kernel_size, stride)
    padded = size + before + after
    gap = 1.6
    picture, axes = canvas(size + gap + padded + 0.6, padded + 2.9, cell=0.31)
    unread = unread_pixels((size, size), kernel_size, stride)
    left, top = 0.3, 1.5 + before
    right = left + size + gap
    draw_grid(axes, np.full((size, size), np.nan), left=left, top=top, role="input", unread=unread)
    ring = np.pad(np.zeros((size, size), bool), (before, after), constant_values=True)
    draw_grid(axes, np.full(ring.shape, np.nan), left=right, top=1.5, role="padding", unread=ring)
    _plain_grid(axes, right + before, 1.5 + before, np.ones((size, size), bool))
    same = -(-size // stride)
    for count, x, y in ((floor, left, top), (same, right, 1.5)):
        for row in range(count):
            for column in range(count):
                # Inset, so that neighbours' frames do not hide each other.
                draw_window(
                    axes,
                    left=x + column * stride + 0.12,
                    top=y + row * stride + 0.12,
                    width=kernel_size - 0.24,
                    height=kernel_size - 0.24,
                )
    draw_text(axes, "floor (PyTorch)", left=left + size / 2, top=0.7, size=13, bold=True)
    draw_text(axes, "SAME (TensorFlow)", left=right + padded / 2, top=0.7, size=13, bold=True)
    bottom = padded + 2.1
    draw_text(axes, f"{floor} × {floor} outputs", left=left + size / 2, top=bottom, size=13)
    draw_text(axes, f"{same} × {same} outputs", left=right + padded / 2, top=bottom, size=13)
    picture.alt = (
        f"Left, rounding down: {floor} × {floor} windows on {size} × {size} pixels; "
        f"{int(unread.sum())} pixels are never read. Right, SAME: per axis, "
        f"{quantity(before, 'zero')} before the input and {quantity(after, 'zero')} after it make "
        f"room for {same} × {same} windows."
    )
    return picture


def never_read(cases: Sequence[tuple[int, int, int]]) -> Picture:
    """Draw square inputs with the pixels hatched that no window reads.

    Parameters
    ----------
    cases
        For each panel: size, kernel size and stride.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> never_read([(8, 1, 2)]).alt
    'A 1 × 1 filter with stride 2 on 8 × 8 pixels: 48 of 64 pixels are hatched, never read.'
    """
    gap = 1.6
    widths = [size for size, _, _ in cases]
    picture, axes = canvas(sum(widths) + gap * (len(cases) - 1) + 0.6, max(widths) + 3.9, cell=0.31)
    left, sentences = 0.3, []
    for size, kernel_size, stride in cases:
        unread = unread_pixels((size, size), kernel_size, stride)
        lost = int(unread.sum())
        draw_text(
            axes,
            f"{kernel_size} × {kernel_size}, stride {stride}",
            left=left + size / 2,
            top=0.7,
            size=13,
            bold=True,
        )
        draw_grid(
            axes, np.full((size, size), np.nan), left=left, top=1.5, role="input", unread=unread
        )
        draw_text(axes, f"{lost} of {size * size}", left=left + size / 2, top=size + 2.3, size=13)
        draw_text(axes, "never read", left=left + size / 2, top=size + 3.35, size=13)
        sentences.append(
            f"A {kernel_size} × {kernel_size} filter with stride {stride} on {size} × {size} "
            f"pixels: {lost} of {size * size} pixels are hatched, never read."
        )
        left += size + gap
    picture.alt = " ".join(sentences)
    return picture


def dilated(size: int, kernel_size: int, dilations: Sequence[int]) -> Picture:
    """Draw which pixels of a row the first window reads, for several dilations.

    Parameters
    ----------
    size
        Pixels in the row.
    kernel_size
        Weights of the filter.
    dilations
        One row of the figure for each.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> dilated(7, 3, [1, 2]).alt
    'The first window of 3 weights on a row of 7 pixels. Dilation 1: reads pixels 0, 1, 2, covers 3,
    5 outputs. Dilation 2: reads pixels 0, 2, 4, covers 5, 3 outputs.'
    """
    picture, axes = canvas(size + 2.4, 2.5 * len(dilations) + 0.1, cell=0.36)
    sentences = []
    for index, dilation in enumerate(dilations):
        top = 1.1 + 2.5 * index
        covered = effective_kernel_size(kernel_size, dilation)
        outputs = output_size(size, kernel_size, dilation=dilation)
        reads = np.arange(0, covered, dilation)
        filled = np.zeros((1, size), bool)
        filled[0, reads] = True
        words = f"covers {covered}, {quantity(outputs, 'output')}"
        title = f"dilation {dilation}: {words}"
        draw_text(axes, title, left=0.2, top=top - 0.6, align="left")
        draw_grid(axes, np.arange(size)[None], left=0.2, top=top, role="input", filled=filled)
        draw_window(axes, left=0.2, top=top, width=covered, height=1)
        pixels = ", ".join(map(str, reads))
        sentences.append(f"Dilation {dilation}: reads pixels {pixels}, {words}.")
    picture.alt = (
        f"The first window of {kernel_size} weights on a row of {size} pixels. "
        + " ".join(sentences)
    )
    return picture


def aliased(
    image: npt.ArrayLike,
    strided: npt.ArrayLike,
    blurred: npt.ArrayLike,
    stride: int,
    *,
    says: str = "",
) -> Picture:
    """Draw an image that is too fine for a stride, and what the stride makes of it.

    Parameters
    ----------
    image
        Height × width.
    strided
        Its activation map at a stride that is too large for its finest parts.
    blurred
        The same after the image was blurred.
    stride
        The stride, of which the titles speak.
    says
        What the panels show, which is not looked at here: sentences for the end of the
        alternative text.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> aliased(np.eye(6), np.eye(2), np.eye(2), 3, says="All show a diagonal.").alt
    'Left, the input of 6 × 6 pixels. Middle, its map of 2 × 2 with stride 3. Right, its map of
    2 × 2 with stride 3 after a blur. All show a diagonal.'
    """
    images = [np.asarray(image), np.asarray(strided), np.asarray(blurred)]
    sizes = [" × ".join(map(str, panel.shape)) for panel in images]
    return photo_row(
        images,
        ["input", f"stride {stride}", f"blur, then stride {stride}"],
        alt=(
            f"Left, the input of {sizes[0]} pixels. Middle, its map of {sizes[1]} with stride "
            f"{stride}. Right, its map of {sizes[2]} with stride {stride} after a blur. {says}"
        ).rstrip(),
        width=6,
    )


def same_sides(size: int, kernel_size: int, stride: int) -> tuple[int, int]:
    """Return how many zeros TensorFlow's and JAX's SAME puts before and after an axis.

    Parameters
    ----------
    size, kernel_size, stride
        Pixels of the axis, of the kernel, and from one window to the next.

    Returns
    -------
    (int, int)
        Zeros before the first pixel and behind the last; one more behind it if their sum is odd.

    Examples
    --------
    >>> same_sides(7, 3, 3), same_sides(8, 3, 3), same_sides(7, 4, 1)
    ((1, 1), (0, 1), (1, 2))

    References
    ----------
    TensorFlow, "Notes on padding" of ``tf.nn``.
    """
    windows = -(-size // stride)
    total = max((windows - 1) * stride + kernel_size - size, 0)
    return total // 2, total - total // 2


def _plain_grid(
    axes: Axes,
    left: float,
    top: float,
    filled: npt.NDArray[np.bool_],
) -> None:
    """Draw an input without numbers, `filled` cells tinted."""
    empty = np.full(filled.shape, np.nan)
    draw_grid(axes, empty, left=left, top=top, role="input", filled=filled)


def _small_output(axes: Axes, left: float, top: float, count: int, cell: float, done: int) -> None:
    """Draw the output map with the cell tinted that the current window fills."""
    for row in range(count):
        for column in range(count):
            current = row * count + column == done
            axes.add_patch(
                Rectangle(
                    (left + column * cell, top + row * cell),
                    cell,
                    cell,
                    facecolor=color("output" if current else "paper"),
                    edgecolor=color("line"),
                    linewidth=0.8,
                )
            )
    side = count * cell
    draw_frame(axes, left=left, top=top, width=side, height=side, role="output", linewidth=1.4)


def _line_sentence(
    stride: int, starts: list[int], results: list[float], unread: npt.NDArray[np.int64]
) -> str:
    windows = "1 window that starts" if len(starts) == 1 else f"{len(starts)} windows that start"
    pixels = "pixel" if len(starts) == 1 else "pixels"
    given = "gives" if len(starts) == 1 else "give"
    sentence = (
        f"With stride {stride}, {windows} at {pixels} {', '.join(map(str, starts))} {given} "
        f"{', '.join(map(format_number, results))}"
    ).replace("-", "−")
    if len(unread) == 1:
        sentence += f"; pixel {unread[0]} is not read"
    elif len(unread):
        sentence += f"; pixels {', '.join(map(str, unread))} are not read"
    return sentence + "."


def _sweep_sentence(
    size: int,
    kernel_size: int,
    stride: int,
    stops: list[tuple[int, int]],
    over: bool,
    next_row: bool,
) -> str:
    spans = [f"{column} to {column + kernel_size - 1}" for row, column in stops if not row]
    last = ""
    if over:
        last = f" The next window would need columns {spans.pop()}, which do not all exist."
    down = quantity(stride, "row")
    below = f" Then it starts again {down} further down." if next_row else ""
    return (
        f"A {kernel_size} × {kernel_size} window on {size} × {size} pixels with stride {stride}. "
        f"It covers columns {', then '.join(spans)}.{below}{last}"
    )

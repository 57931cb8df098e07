"""Figures of the first chapter: one sum after the other, what kernels reveal, and the flip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cnnbook.convolution import convolve2d, correlate2d

from .._writing import format_number, in_words, quantity
from .grids import canvas, draw_frame, draw_grid, draw_text
from .photos import SIGNED, photo_row
from .picture import Picture, check_count
from .stepper import Stepper

Numbers = npt.NDArray[np.float64]


def stepper(image: npt.ArrayLike, kernel: npt.ArrayLike) -> Stepper:
    """Return a figure in which the reader moves a kernel over an image.

    Parameters
    ----------
    image, kernel
        Height × width, small numbers.

    Returns
    -------
    Stepper
        With its alternative text.

    Raises
    ------
    ValueError
        If an array has not two axes, or the kernel is larger than the image.

    Examples
    --------
    >>> stepper([[1, 2, 3]], [[1, -1]]).output
    array([[-1., -1.]])
    """
    return Stepper(image, kernel)


def kernel_maps(
    image: npt.ArrayLike, maps: Mapping[str, npt.ArrayLike], *, subject: str
) -> Picture:
    """Draw a grey photograph and its activation maps, those with both signs about mid-grey.

    Parameters
    ----------
    image
        Height × width.
    maps
        The map of each named kernel. It is drawn symmetrically about zero if more than a tenth of
        it lies below zero.
    subject
        What the photograph shows, which is not looked at here, for the alternative text.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> kernel_maps([[0, 1], [1, 1]], {"difference": [[1], [-1]]}, subject="a corner").alt
    'A grey photo of a corner, and its maps: difference, from −1 to 1, drawn about zero.'
    """
    arrays = {name: np.asarray(values, dtype=float) for name, values in maps.items()}
    signed = {name: bool(np.mean(values < 0) > 0.1) for name, values in arrays.items()}
    parts = [
        f"{name}, from {format_number(values.min())} to {format_number(values.max())}"
        + (", drawn about zero" if signed[name] else "")
        for name, values in arrays.items()
    ]
    return photo_row(
        [np.asarray(image, dtype=float), *arrays.values()],
        ["photo", *arrays],
        alt=f"A grey photo of {subject}, and its maps: {'; '.join(parts)}.",
        signed=[False, *signed.values()],
        columns=2,
        width=5.6,
    )


def example_filters() -> Numbers:
    """Return 32 filters of 5×5: eight directions of edges, lines and stripes, and eight spots.

    Each has weights whose absolute values add up to 1. Those of the first 24 add up to 0, so that
    they answer to changes alone: Gaussian first derivatives, turned by steps of 45° (edges), second
    derivatives, turned by steps of 22.5° (lines), and Gabor functions (fine stripes). Then come
    four Gaussians, narrow to wide, and four centres that differ from their surroundings.

    Returns
    -------
    numpy.ndarray
        Filter × height × width.

    Examples
    --------
    >>> filters = example_filters()
    >>> filters.shape
    (32, 5, 5)
    >>> bool(abs(filters[0].sum()) < 1e-9), float(abs(filters[0]).sum().round(9))
    (True, 1.0)
    """
    y, x = np.mgrid[-2:3, -2:3].astype(float)

    def gaussian(sigma: float) -> Numbers:
        bell = np.exp(-(x**2 + y**2) / (2 * sigma**2))
        return np.asarray(bell / bell.sum())

    def across(degrees: float) -> Numbers:
        angle = np.deg2rad(degrees)
        return np.asarray(x * np.cos(angle) + y * np.sin(angle))

    edges = [across(45 * k) * gaussian(1.0) for k in range(8)]
    lines = [(1 - across(22.5 * k) ** 2) * gaussian(1.0) for k in range(8)]
    stripes = [np.cos(2.2 * across(22.5 * k)) * gaussian(1.3) for k in range(8)]
    blurs = [gaussian(sigma) for sigma in (0.5, 0.8, 1.2, 2.0)]
    spots = [gaussian(0.6) - gaussian(2.0), gaussian(0.9) - gaussian(2.0)]
    filters = np.array([*edges, *lines, *stripes, *blurs, *spots, *(-spot for spot in spots)])
    filters[:24] -= filters[:24].mean(axis=(1, 2), keepdims=True)
    return np.asarray(filters / np.abs(filters).sum(axis=(1, 2), keepdims=True))


def filter_gallery(
    filters: npt.ArrayLike, *, marked: Sequence[int] = (), says: str = ""
) -> Picture:
    """Draw filters beside each other, eight in a row, each scaled symmetrically about grey.

    Parameters
    ----------
    filters
        Filter × height × width.
    marked
        Numbers of up to eight filters that are framed and get the letters A to H; the alternative
        text lists their weights.
    says
        What the filters look like, which is not looked at here: sentences for the alternative text.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If there are more than eight of these.

    Examples
    --------
    >>> filter_gallery([[[1, 0]], [[0, -1]]], marked=[1], says="All are steps.").alt
    '2 filters of 1 × 2 in 1 row of 8. All are steps. Marked: A, row 0, column 1: 0 −1.'
    """
    letters = "ABCDEFGH"
    check_count("marked", marked, len(letters))
    weights = np.asarray(filters, dtype=float)
    count, height, width = weights.shape
    columns, gap = 8, 1.6
    rows = -(-count // columns)
    picture, axes = canvas(
        columns * (width + gap), rows * (height + gap), cell=5.6 / (columns * (width + gap))
    )
    limits = axes.get_xlim(), axes.get_ylim()
    for number, one in enumerate(weights):
        row, column = divmod(number, columns)
        left, top = column * (width + gap) + gap / 2, row * (height + gap) + gap - 0.1
        limit = np.abs(one).max() or 1.0
        axes.imshow(
            one,
            cmap=SIGNED,
            vmin=-limit,
            vmax=limit,
            interpolation="none",
            extent=(left, left + width, top + height, top),
        )
        draw_frame(axes, left=left, top=top, width=width, height=height, role="line", linewidth=0.8)
    places = []
    for letter, number in zip(letters, marked, strict=False):
        row, column = divmod(number, columns)
        left, top = column * (width + gap) + gap / 2, row * (height + gap) + gap - 0.1
        draw_frame(axes, left=left, top=top, width=width, height=height, role="window", linewidth=3)
        draw_text(
            axes, letter, left=left + width / 2, top=top - 0.85, role="window", size=11, bold=True
        )
        places.append(f"{letter}, row {row}, column {column}: {in_words(weights[number])}")
    axes.set(xlim=limits[0], ylim=limits[1], aspect="auto")
    found = f"{count} filters of {height} × {width} in {quantity(rows, 'row')} of {columns}."
    framed = f"Marked: {'; '.join(places)}." if places else ""
    picture.alt = " ".join(filter(None, [found, says, framed]))
    return picture


def kernel_history(kernels: Mapping[int, npt.ArrayLike]) -> Picture:
    """Draw a kernel as it was after some steps of learning.

    Parameters
    ----------
    kernels
        The kernel, 3 × 3, after each number of steps.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> kernel_history({0: np.zeros((3, 3)), 5: np.eye(3)}).alt
    'Step 0: 0 0 0, 0 0 0, 0 0 0. Step 5: 1 0 0, 0 1 0, 0 0 1.'
    """
    rounded = {step: np.round(np.asarray(k, dtype=float), 2) + 0.0 for step, k in kernels.items()}
    columns = 2
    rows = -(-len(rounded) // columns)
    picture, axes = canvas(columns * 3.6, rows * 4.2, cell=0.56)
    for number, (step, kernel) in enumerate(rounded.items()):
        row, column = divmod(number, columns)
        draw_grid(
            axes,
            kernel,
            left=column * 3.6 + 0.3,
            top=row * 4.2 + 0.95,
            role="filter",
            label=f"Step {step}",
            size=11,
        )
    picture.alt = " ".join(f"Step {step}: {in_words(k)}." for step, k in rounded.items())
    return picture


def impulse_test(kernel: npt.ArrayLike) -> Picture:
    """Draw what correlation and convolution make of an image with a single 1.

    Parameters
    ----------
    kernel
        3 × 3.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> impulse_test(np.reshape(range(1, 10), (3, 3))).alt[-67:]
    'Correlation: 9 8 7, 6 5 4, 3 2 1. Convolution: 1 2 3, 4 5 6, 7 8 9.'
    """
    weights = np.asarray(kernel, dtype=float)
    impulse = np.zeros((5, 5))
    impulse[2, 2] = 1
    picture, axes = canvas(10.2, 11.2, cell=0.42)
    results = {
        "Correlation": correlate2d(impulse, weights),
        "Convolution": convolve2d(impulse, weights),
    }
    draw_grid(
        axes,
        impulse,
        left=0.6,
        top=1,
        role="input",
        label="Impulse",
        size=12,
        filled=impulse > 0,
    )
    draw_grid(axes, weights, left=6.6, top=2, role="filter", label="Kernel", size=12)
    for column, (name, result) in enumerate(results.items()):
        draw_grid(axes, result, left=1.6 + 5 * column, top=7.9, role="output", label=name, size=12)
    picture.alt = (
        "An image of 5 × 5 zeros with a single 1 in its middle, and the kernel "
        f"{in_words(weights)}. "
        + " ".join(f"{name}: {in_words(result)}." for name, result in results.items())
    )
    return picture


def shifted_scene(
    scene: npt.ArrayLike, kernel: npt.ArrayLike, *, shift: tuple[int, int]
) -> Picture:
    """Draw an image and its map, and below them the shifted image and its map; zeros stay empty.

    Parameters
    ----------
    scene
        Height × width; what it shows must stay on it when it is shifted.
    kernel
        Height × width.
    shift
        Rows down and columns to the right.

    Returns
    -------
    Picture
        With its alternative text.
    """
    before = np.asarray(scene, dtype=float)
    after = np.roll(before, shift, axis=(0, 1))
    weights = np.asarray(kernel, dtype=float)
    height, width = before.shape
    maps = correlate2d(before, weights), correlate2d(after, weights)
    step = height + 1.7
    picture, axes = canvas(width + maps[0].shape[1] + 1.8, 2 * step - 0.3, cell=0.36)
    moved = f"{shift[0]} down, {shift[1]} to the right"
    for row, (image, result, name) in enumerate(
        [(before, maps[0], ""), (after, maps[1], f", {moved}")]
    ):
        top = 1.1 + row * step
        middle = top + (height - result.shape[0]) / 2
        draw_grid(
            axes,
            np.where(image == 0, np.nan, image),
            left=0.3,
            top=top,
            role="input",
            label=f"Input{name}",
            size=11,
            filled=image != 0,
        )
        draw_grid(
            axes,
            np.where(result == 0, np.nan, result),
            left=width + 1.5,
            top=middle,
            role="output",
            label="Map",
            size=11,
            filled=result != 0,
        )
    down, right = shift
    picture.alt = (
        f"Input: {in_words(before)}; its map: {in_words(maps[0])}. The input {down} down and "
        f"{right} to the right: {in_words(after)}; its map: {in_words(maps[1])}."
    )
    return picture

"""Figures of the chapter on 1×1 convolutions: one pixel's channels, mixed colours, and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.patches import Rectangle

from .._writing import format_number, in_brackets, in_words
from .grids import canvas, draw_grid, draw_text, draw_window
from .palette import color
from .photos import photo_row
from .picture import Picture
from .volumes import layer_volumes

__all__ = ["cost_bars", "layer_volumes", "mixed_colours", "pixel_mixer"]


def pixel_mixer(
    input: npt.ArrayLike,
    weight: npt.ArrayLike,
    bias: npt.ArrayLike,
    *,
    row: int = 0,
    column: int = 0,
) -> Picture:
    """Draw a 1×1 layer at one pixel: a matrix times the pixel's channels, plus the biases.

    Parameters
    ----------
    input
        Channels × height × width.
    weight
        Filters × channels.
    bias
        One number for each filter.
    row, column
        The pixel.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> picture = pixel_mixer([[[1]], [[2]]], [[3, 4], [5, 6]], [7, 8])
    >>> picture.alt[-76:]
    '0: 3·1 + 4·2 + 7 = 18. Output 1: 5·1 + 6·2 + 8 = 25. No other pixel is read.'
    """
    volume, matrix = np.asarray(input, dtype=float), np.asarray(weight, dtype=float)
    biases = np.asarray(bias, dtype=float)
    maps = np.tensordot(matrix, volume, 1) + biases[:, None, None]
    pixel, result = volume[:, row, column], maps[:, row, column]
    channels, height, width = volume.shape
    filters = len(matrix)

    pitch = height + 1.3
    rows = pitch * max(channels, filters) - 0.1
    middle = 0.45 + rows / 2
    matrix_left = width + 1.65
    pixel_left = matrix_left + channels + 1
    bias_left = pixel_left + 2
    result_left = bias_left + 2
    output_left = result_left + 2.6
    picture, axes = canvas(output_left + width + 0.15, rows, cell=0.4)
    for volume_of, left, role, name in (
        (volume, 0.25, "input", "channel"),
        (maps, output_left, "output", "map"),
    ):
        start = middle - (len(volume_of) * pitch - 1.3) / 2
        for index, values in enumerate(volume_of):
            top = start + index * pitch
            draw_grid(axes, values, left=left, top=top, role=role, label=f"{name} {index}")  # type: ignore[arg-type]
            draw_window(axes, left=left + column, top=top + row, width=1, height=1)
    above = middle - filters / 2
    draw_grid(axes, matrix, left=matrix_left, top=above, role="filter", label="filters")
    draw_grid(
        axes,
        pixel[:, None],
        left=pixel_left,
        top=middle - channels / 2,
        role="input",
        label="pixel",
    )
    draw_grid(axes, biases[:, None], left=bias_left, top=above, role="filter", label="bias")
    draw_grid(axes, result[:, None], left=result_left, top=above, role="output", label="result")
    for sign, left in (
        ("→", matrix_left - 0.7),
        ("·", pixel_left - 0.5),
        ("+", bias_left - 0.5),
        ("=", result_left - 0.5),
        ("→", output_left - 0.8),
    ):
        draw_text(axes, sign, left=left, top=middle, size=13)
    steps = " ".join(
        f"Output {index}: {_products(matrix[index], pixel)} + {in_brackets(biases[index])} "
        f"= {format_number(result[index])}."
        for index in range(filters)
    )
    listed = "; ".join(
        f"channel {index}: {in_words(values)}" for index, values in enumerate(volume)
    )
    picture.alt = (
        f"A 1×1 layer at the pixel in row {row}, column {column}, of a volume of "
        f"{height}×{width}×{channels} ({listed}). {steps} No other pixel is read."
    )
    return picture


def mixed_colours(
    photo: npt.ArrayLike, mixed: Mapping[str, npt.ArrayLike], *, says: str = ""
) -> Picture:
    """Draw a photo and what 1×1 filters make of its three channels, clipped to what can be shown.

    Parameters
    ----------
    photo
        Channels × height × width, from 0 to 1.
    mixed
        Title → channels × height × width.
    says
        What the photos show, which is not looked at here: sentences for the end of the
        alternative text.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> red = np.array([[[0.8]], [[0]], [[0]]])
    >>> mixed_colours(red, {"green": red[[1, 0, 2]]}, says="All are even.").alt
    'A photo, and what 1 mixture makes of its colours: the photo, mean red 0.80, green 0.00,
    blue 0.00; green, mean red 0.00, green 0.80, blue 0.00. All are even.'
    """
    arrays = {"the photo": photo, **mixed}
    shown = [np.clip(np.moveaxis(np.asarray(a, float), 0, -1), 0, 1) for a in arrays.values()]
    means = "; ".join(
        f"{name}, mean red {image[..., 0].mean():.2f}, green {image[..., 1].mean():.2f}, "
        f"blue {image[..., 2].mean():.2f}"
        for name, image in zip(arrays, shown, strict=True)
    )
    make = "mixture makes" if len(mixed) == 1 else "mixtures make"
    alt = f"A photo, and what {len(mixed)} {make} of its colours: {means}. {says}".rstrip()
    return photo_row(shown, list(arrays), alt=alt, columns=2, width=6.4)


def cost_bars(
    costs: Mapping[str, Sequence[tuple[str, int]]], unit: str, *, inches: float = 5.4
) -> Picture:
    """Draw what ways to build a block cost, each a bar made of its layers, all to one scale.

    Parameters
    ----------
    costs
        Name of the block → (name of the layer, its cost), in order. Layers whose name starts with
        "1×1" are pale.
    unit
        What is counted.
    inches
        Width of the picture.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> cost_bars({"a": [("3×3", 9)], "b": [("1×1", 1), ("3×3", 2)]}, "weights").alt
    'Costs in weights. a: 3×3 9, together 9. b: 1×1 1, 3×3 2, together 3, which is 3 times less.'
    """
    totals = {name: sum(cost for _, cost in layers) for name, layers in costs.items()}
    scale = (inches - 0.1) / max(totals.values())
    pitch = 0.95
    picture, axes = canvas(inches, pitch * len(costs), cell=1)
    first = next(iter(totals.values()))
    sentences = []
    for index, (name, layers) in enumerate(costs.items()):
        top = index * pitch
        draw_text(axes, name, left=0.05, top=top + 0.16, align="left", bold=True)
        sentence = f"{name}: {', '.join(f'{layer} {cost:,}' for layer, cost in layers)}, "
        sentence += f"together {totals[name]:,}"
        left = 0.05
        for layer, cost in layers:
            axes.add_patch(
                Rectangle(
                    (left, top + 0.32),
                    cost * scale,
                    0.24,
                    facecolor=color("filter-soft" if layer.startswith("1×1") else "filter"),
                    edgecolor=color("filter"),
                    linewidth=0.8,
                )
            )
            left += cost * scale
        parts = " + ".join(f"{cost:,} ({layer})" for layer, cost in layers)
        text = parts if len(layers) == 1 else f"{parts} = {totals[name]:,}"
        draw_text(axes, text, left=0.05, top=top + 0.72, align="left", role="muted", size=10.5)
        if index:
            times = f"{first / totals[name]:.3g} times less"
            draw_text(axes, times, left=left + 0.1, top=top + 0.44, align="left", role="filter")
            sentence += f", which is {times}"
        sentences.append(f"{sentence}.")
    picture.alt = f"Costs in {unit}. {' '.join(sentences)}"
    return picture


def _products(weights: npt.NDArray[np.float64], pixel: npt.NDArray[np.float64]) -> str:
    return " + ".join(
        f"{in_brackets(weight)}·{in_brackets(value)}"
        for weight, value in zip(weights, pixel, strict=True)
    )

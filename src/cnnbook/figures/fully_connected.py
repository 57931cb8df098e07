"""Figures of whole networks: their volumes, their parameters, and one that is trained on bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from .grids import Role, canvas, draw_text
from .palette import color
from .picture import Picture, check_count, make_plain
from .volumes import RIGHT, UP, draw_box

if TYPE_CHECKING:
    from cnnbook.summary import Summary

_Volume = tuple[int, int, int]
#: Role and line of each curve in turn: told apart by its line as well as by its colour.
_CURVES = [("muted", ":"), ("filter", "--"), ("output", "-")]


def network(summary: Summary) -> Picture:
    """Draw a network as its volumes, all to one scale; each pooling begins a row.

    Parameters
    ----------
    summary
        Of a network of convolutions, ReLUs, pooling and fully connected layers.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> from torch import nn
    >>> from cnnbook.summary import summarize
    >>> network(summarize(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), (3, 8, 8))).alt
    'A network drawn as boxes to one scale: input 8×8×3, conv, ReLU 6×6×4.'
    """
    rows = _stages(summary)
    raw = [[w + d * RIGHT for _, (d, _, w) in row] for row in rows]
    least = 0.75 * max(max(span) for span in raw)  # room for the labels of small volumes
    spans = [[max(wide, least) for wide in span] for span in raw]
    gap = 0.3 * max(max(span) for span in spans)
    total = max(sum(span) + gap * len(span) for span in spans)
    unit = 5.6 / total  # inches
    line = 0.215 / unit
    lifts = [max(h + d * UP for _, (d, h, _) in row) for row in rows]
    picture, axes = canvas(total, sum(lifts) + 3.3 * line * len(rows), cell=unit)
    floor = 0.0
    for number, (row, span, lift) in enumerate(zip(rows, spans, lifts, strict=True)):
        floor += 0.2 * line + lift
        left = 0.55 * gap
        for place, ((step, (depth, height, width)), wide) in enumerate(zip(row, span, strict=True)):
            role: Role = "output" if number or place else "input"
            start = left + (wide - width - depth * RIGHT) / 2
            draw_box(
                axes,
                left=start,
                top=floor - height,
                height=height,
                width=width,
                depth=depth,
                role=role,
                slices=height > 1,
            )
            if number or place:
                _arrow(axes, start - 0.65 * gap, start - 0.14 * gap, floor - height / 2)
            middle = left + wide / 2
            shape = f"{height}×{width}×{depth}"
            draw_text(
                axes, shape, left=middle, top=floor + 0.8 * line, role=role, size=11, bold=True
            )
            draw_text(axes, step, left=middle, top=floor + 1.75 * line, size=11)
            left += wide + gap
        floor += 3.1 * line
    volumes = [f"{step} {h}×{w}×{d}" for row in rows for step, (d, h, w) in row]
    picture.alt = f"A network drawn as boxes to one scale: {', '.join(volumes)}."
    return picture


def costs(summary: Summary) -> Picture:
    """Draw each layer's share of a network's parameters and of its multiply-adds as bars.

    Parameters
    ----------
    summary
        Of the network; layers without parameters are left out.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> from torch import nn
    >>> from cnnbook.summary import summarize
    >>> net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 3))
    >>> costs(summarize(net, (1, 4, 4))).alt
    'Bars of the share of parameters and of multiply-adds of each layer: conv 2×2×2 43% and 75%;
    FC 3 57% and 25%.'
    """
    kept = [row for row in summary.rows if row.parameters]
    names = []
    for row in kept:
        shape = row.output_shape
        conv = len(shape) == 3
        names.append(f"conv {shape[1]}×{shape[2]}×{shape[0]}" if conv else f"FC {shape[0]:,}")
    panels = [
        ("parameters", [row.parameters for row in kept], "filter", summary.parameters),
        ("multiply-adds", [row.multiply_adds for row in kept], "output", summary.multiply_adds),
    ]
    height = 0.27 * len(kept) + 0.75
    picture = Picture(5.6, height)
    shares = []
    for index, (title, counts, role, whole) in enumerate(panels):
        part = np.array(counts) / whole
        shares.append(part)
        axes = picture.add_axes(((1.65 + 2.0 * index) / 5.6, 0.02, 1.85 / 5.6, 1 - 0.62 / height))
        axes.barh(range(len(kept)), part, color=color(role), height=0.72)
        for place, share in enumerate(part):
            axes.text(
                share + 0.02,
                place,
                f"{share:.1%}",
                va="center_baseline",
                fontsize=10.5,
                color=color("ink"),
            )
        axes.set(xlim=(0, 1.15), ylim=(len(kept) - 0.45, -0.55), xticks=[])
        axes.set_yticks(range(len(kept)), names if index == 0 else [])
        axes.tick_params(length=0, labelsize=10.5, labelcolor=color("ink"))
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.patch.set_visible(False)
        axes.set_title(
            f"{title}\n{_millions(whole)}", fontsize=11, color=color(role), loc="left", pad=5
        )
    picture.alt = "Bars of the share of parameters and of multiply-adds of each layer: " + (
        "; ".join(f"{name} {p:.0%} and {m:.0%}" for name, p, m in zip(names, *shares, strict=True))
        + "."
    )
    return picture


def examples(
    rows: Mapping[str, npt.ArrayLike], titles: Sequence[str], *, says: str = ""
) -> Picture:
    """Draw small grey images in rows, one column for each class.

    Parameters
    ----------
    rows
        For each row's name, as many images as there are titles: images × height × width.
    titles
        Name of each column.
    says
        What the images look like, which is not looked at here: sentences for the end of the
        alternative text.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If a row does not have one image for each title.

    Examples
    --------
    >>> examples({"training": np.zeros((2, 4, 4))}, ["—", "|"]).alt
    'Grey images of 4 × 4 pixels. Row training: one image each of —, |.'
    """
    stacks = {name: np.asarray(images, dtype=float) for name, images in rows.items()}
    for name, images in stacks.items():
        if len(images) != len(titles):
            raise ValueError(f"row {name} must have {len(titles)} images, got {len(images)}")
    low = min(float(images.min()) for images in stacks.values())
    high = max(float(images.max()) for images in stacks.values())
    side, margin, gap, header = 0.92, 0.72, 0.08, 0.3
    width = margin + len(titles) * (side + gap)
    height = header + len(stacks) * (side + gap)
    picture = Picture(width, height)
    for line, (name, images) in enumerate(stacks.items()):
        top = header + line * (side + gap)
        middle = 1 - (top + side / 2) / height
        picture.text(0, middle, name, fontsize=11, va="center", color=color("ink"))
        for place, image in enumerate(images):
            left = margin + place * (side + gap)
            axes = picture.add_axes(
                (left / width, 1 - (top + side) / height, side / width, side / height)
            )
            axes.axis("off")
            axes.imshow(image, cmap="gray", vmin=low, vmax=high, interpolation="none")
            if line == 0:
                axes.set_title(titles[place], fontsize=11, pad=4, color=color("ink"))
    size = " × ".join(str(n) for n in next(iter(stacks.values())).shape[1:])
    sentences = [f"Row {name}: one image each of {', '.join(titles)}." for name in stacks]
    picture.alt = f"Grey images of {size} pixels. {' '.join(sentences)} {says}".rstrip()
    return picture


def losses(histories: Mapping[str, Sequence[float]]) -> Picture:
    """Draw how the loss of up to three networks falls, epoch by epoch.

    Parameters
    ----------
    histories
        For each network's name, the mean loss of each epoch.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If there are more than three networks.

    Examples
    --------
    >>> losses({"dense": [1.6, 1.25], "conv": [1.6, 0.5]}).alt
    'Loss by epoch. dense: from 1.6 to 1.25. conv: from 1.6 to 0.5.'
    """
    check_count("histories", histories, len(_CURVES))
    picture = Picture(5.6, 2.7)
    axes = picture.add_axes((0.09, 0.19, 0.60, 0.74))
    for history, (role, style) in zip(histories.values(), _CURVES, strict=False):
        epochs = np.arange(1, len(history) + 1)
        axes.plot(epochs, history, color=color(role), linestyle=style, linewidth=2.2)
    ends = _apart([max(history[-1], 0.09) for history in histories.values()], least=0.17)
    for (name, history), end, (role, _) in zip(histories.items(), ends, _CURVES, strict=False):
        axes.text(len(history) + 0.15, end, name, color=color(role), fontsize=11, va="center")
    axes.set(ylim=(0, None), yticks=[0, 0.5, 1, 1.5])
    axes.set_xlabel("epoch", fontsize=11, color=color("ink"))
    axes.set_title("mean loss", fontsize=11, loc="left", color=color("ink"))
    make_plain(axes)
    picture.alt = "Loss by epoch. " + " ".join(
        f"{name}: from {history[0]:.3g} to {history[-1]:.3g}."
        for name, history in histories.items()
    )
    return picture


def accuracy_by_column(
    accuracies: Mapping[str, Sequence[float]], *, trained: Sequence[int], chance: float
) -> Picture:
    """Draw how often up to three networks are right, by the column in which the object stands.

    Parameters
    ----------
    accuracies
        For each network's name, the share of right answers at column 0, 1, 2 and so on.
    trained
        Columns at which the objects stood in training.
    chance
        Share of right answers of a guess.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If there are more than three networks.

    Examples
    --------
    >>> accuracy_by_column({"dense": [0.5, 0.25]}, trained=[0], chance=0.25).alt
    'Accuracy by the column in which the object starts; trained on columns 0 to 0, chance is 25%.
    dense: 50% 25%.'
    """
    check_count("accuracies", accuracies, len(_CURVES))
    picture = Picture(5.6, 3.3)
    axes = picture.add_axes((0.1, 0.16, 0.61, 0.75))
    axes.axvspan(min(trained) - 0.5, max(trained) + 0.5, color=color("window-soft"), linewidth=0)
    middle = (min(trained) + max(trained)) / 2
    axes.text(middle, 1.07, "trained here", ha="center", fontsize=10.5, color=color("window"))
    axes.axhline(chance, color=color("line"), linewidth=1.4)
    last = max(len(values) for values in accuracies.values()) - 1
    for (_, values), (role, style) in zip(accuracies.items(), _CURVES, strict=False):
        axes.plot(
            values, color=color(role), linestyle=style, linewidth=2.2, marker="o", markersize=4
        )
    ends = _apart([values[-1] for values in accuracies.values()], least=0.085)
    for (name, _), end, (role, _) in zip(accuracies.items(), ends, _CURVES, strict=False):
        axes.text(last + 0.45, end, name, color=color(role), fontsize=11, va="center")
    axes.text(
        last + 0.45,
        min(chance, *ends) - 0.1,
        "(chance)",
        color=color("muted"),
        fontsize=11,
        va="center",
    )
    axes.set(xlim=(-0.5, last + 0.3), ylim=(0, 1.03), xticks=range(0, last + 1, 2))
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    axes.set_xlabel("column in which the bar starts", fontsize=11, color=color("ink"))
    make_plain(axes)
    picture.alt = (
        f"Accuracy by the column in which the object starts; trained on columns {min(trained)} to "
        f"{max(trained)}, chance is {chance:.0%}. "
        + " ".join(
            f"{name}: {' '.join(f'{value:.0%}' for value in values)}."
            for name, values in accuracies.items()
        )
    )
    return picture


def class_map(image: npt.ArrayLike, scores: npt.ArrayLike, marks: Sequence[str]) -> Picture:
    """Draw a grey image and, below it, which class has the highest score at each position.

    Parameters
    ----------
    image
        Height × width.
    scores
        Classes × height × width of the map.
    marks
        The sign of each class; an empty one leaves its cells blank.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> class_map(np.zeros((8, 8)), [[[3, 0]], [[1, 2]]], ["", "|"]).alt
    'Above, an image of 8 × 8 pixels. Below, the class with the highest score at each of 1 × 2
    positions, row by row: · |.'
    """
    photo, volume = np.asarray(image, dtype=float), np.asarray(scores, dtype=float)
    best = volume.argmax(axis=0)
    rows, columns = best.shape
    width = 5.2
    upper, cell = width * photo.shape[0] / photo.shape[1], width / columns
    total = upper + 0.34 + rows * cell + 0.02
    picture = Picture(width, total)
    axes = picture.add_axes((0, 1 - upper / total, 1, upper / total))
    axes.axis("off")
    axes.imshow(photo, cmap="gray", aspect="auto", interpolation="none")
    picture.text(
        0.5,
        1 - (upper + 0.19) / total,
        f"class with the highest score at each of {rows} × {columns} positions",
        ha="center",
        va="center",
        fontsize=11,
        color=color("output"),
    )
    grid = picture.add_axes((0.003, 0.006, 0.994, rows * cell / total))
    grid.set(xlim=(0, columns), ylim=(rows, 0), xticks=[], yticks=[])
    grid.patch.set_visible(False)
    for spine in grid.spines.values():
        spine.set(color=color("output"), linewidth=1.4)
    for (row, column), label in np.ndenumerate(best):
        if marks[label]:
            grid.fill_between(
                [column, column + 1], row, row + 1, color=color("output-soft"), linewidth=0
            )
            grid.text(
                column + 0.5,
                row + 0.52,
                marks[label],
                ha="center",
                va="center",
                fontsize=11,
                fontweight="bold",
                color=color("ink"),
            )
    height, wide = photo.shape
    lines = [" ".join(marks[label] or "·" for label in line) for line in best]
    picture.alt = (
        f"Above, an image of {height} × {wide} pixels. Below, the class with the highest score at "
        f"each of {rows} × {columns} positions, row by row: {'; '.join(lines)}."
    )
    return picture


def _stages(summary: Summary) -> list[list[tuple[str, _Volume]]]:
    """Group a summary's rows: a ReLU joins the layer before it, each pooling begins a new group."""
    names = {"Input": "input", "Conv2d": "conv", "MaxPool2d": "max pool", "Linear": "FC"}
    rows: list[list[tuple[str, _Volume]]] = [[]]
    for row in summary.rows:
        if row.type == "ReLU":
            step, volume = rows[-1][-1]
            rows[-1][-1] = (f"{step}, ReLU", volume)
        elif row.type in names:
            if row.type == "MaxPool2d":
                rows.append([])
            depth, height, width = (*row.output_shape, 1, 1)[:3]
            rows[-1].append((names[row.type], (depth, height, width)))
    return rows


def _arrow(axes: Axes, start: float, end: float, top: float) -> None:
    axes.annotate(
        "",
        xy=(end, top),
        xytext=(start, top),
        arrowprops={"arrowstyle": "-|>", "color": color("muted"), "shrinkA": 0, "shrinkB": 0},
    )


def _millions(count: int) -> str:
    for unit, one in (("billion", 10**9), ("million", 10**6)):
        if count >= one:
            return f"{count / one:.1f} {unit}"
    return f"{count:,}"


def _apart(heights: Sequence[float], *, least: float) -> list[float]:
    """Move labels up where they would stand closer than `least`."""
    order = np.argsort(heights, kind="stable")
    moved = list(heights)
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + least)
    return moved

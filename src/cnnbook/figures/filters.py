"""Figures of trained filters: whole layers of them, their maps, and what was measured on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from .._writing import format_number
from .palette import color
from .picture import Picture, check_count, make_plain

Floats = npt.NDArray[np.float64]
#: Role, line and sign of each series in turn: told apart by more than the colour.
_SERIES = [("filter", "-", "o"), ("output", "--", "s"), ("muted", ":", "x")]


def to_colours(
    weight: npt.ArrayLike, *, scale: Literal["symmetric", "full"] = "symmetric"
) -> Floats:
    """Return a filter as an image: height × width × 3, from 0 to 1.

    Parameters
    ----------
    weight
        Channels × height × width, with 3 channels (red, green, blue) or 1.
    scale
        ``"symmetric"``: 0 is mid-grey and the largest magnitude black or white. ``"full"``: the
        smallest number is black and the largest white, which forgets where 0 is.

    Returns
    -------
    numpy.ndarray
        Floats, from 0 to 1.

    Raises
    ------
    ValueError
        If there are neither 1 nor 3 channels.

    Examples
    --------
    >>> to_colours([[[-1, 0, 2]]])[0, :, 0]
    array([0.25, 0.5 , 1.  ])
    >>> to_colours([[[-1, 0, 2]]], scale="full")[0, :, 0].round(2)
    array([0.  , 0.33, 1.  ])
    """
    array = np.asarray(weight, dtype=float)
    if array.ndim != 3 or array.shape[0] not in (1, 3):
        raise ValueError(f"weight must have 1 or 3 channels of height × width, got {array.shape}")
    if scale == "symmetric":
        image = 0.5 + array / (2 * (np.abs(array).max() or 1.0))
    else:
        image = (array - array.min()) / (np.ptp(array) or 1.0)
    return np.asarray(np.broadcast_to(image, (3, *array.shape[1:])).transpose(1, 2, 0))


def sheet(
    filters: npt.ArrayLike,
    *,
    order: Sequence[int] | None = None,
    columns: int = 8,
    width: float = 5.6,
    together: bool = False,
) -> Picture:
    """Draw all filters of a layer, each scaled symmetrically about grey, with its index below it.

    Parameters
    ----------
    filters
        Filters × channels × height × width, with 3 channels (drawn as colours) or 1.
    order
        Indices of the filters in the order of drawing; 0, 1, 2, ... if None.
    columns
        Filters in a row.
    width
        Width of the picture in inches.
    together
        Scale all filters by the one largest weight, so that their strengths can be compared.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> sheet(np.ones((2, 3, 5, 5)), order=[1, 0]).alt
    'A sheet of 2 filters of 5×5×3, each scaled symmetrically about grey. By index, row by row:
    1 0.'
    """
    weights = np.asarray(filters, dtype=float)
    count, depth, height, wide = weights.shape
    places = list(range(count)) if order is None else [int(index) for index in order]
    largest = np.abs(weights).max() or 1.0
    rows = -(-len(places) // columns)
    # One small image for all, in which a weight is a block of pixels and a tile about 11 of them.
    block = max(1, round(11 / wide))
    tall, broad, gap, label = height * block, wide * block, 1, 4
    image = np.zeros((rows * (tall + label), columns * (broad + gap) - gap, 4))
    picture = Picture(width, width * image.shape[0] / image.shape[1])
    axes = _panel(picture, 0, 0, *picture.get_size_inches())
    for place, index in enumerate(places):
        tile = to_colours(weights[index])
        if together:
            tile = 0.5 + (tile - 0.5) * np.abs(weights[index]).max() / largest
        top, left = (place // columns) * (tall + label), (place % columns) * (broad + gap)
        image[top : top + tall, left : left + broad, :3] = tile.repeat(block, 0).repeat(block, 1)
        image[top : top + tall, left : left + broad, 3] = 1
        _number(axes, index, left + broad / 2, top + tall + label / 2 - 0.2)
    axes.imshow(image, aspect="auto", interpolation="none")
    order_words = [
        " ".join(map(str, places[start : start + columns]))
        for start in range(0, len(places), columns)
    ]
    how = "all scaled together" if together else "each scaled"
    picture.alt = (
        f"A sheet of {len(places)} filters of {height}×{wide}×{depth}, {how} symmetrically about "
        f"grey. By index, row by row: {'; '.join(order_words)}."
    )
    return picture


def maps_sheet(maps: npt.ArrayLike, *, columns: int = 8, size: int = 56) -> Picture:
    """Draw all activation maps of a layer, after a ReLU, on one scale, with their indices.

    Parameters
    ----------
    maps
        Filters × height × width, nowhere negative. Height and width are multiples of `size`.
    columns
        Maps in a row.
    size
        Height and width to which each map is reduced, by averaging.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> maps_sheet([[[0, 0], [0, 0]], [[1, 2], [3, 0]]], size=2).alt
    'A sheet of 2 activation maps of 2×2 on one scale: black is 0, white is 2.96 and more. 1 of
    them is 0 in more than nine tenths of its positions: 0.'
    """
    volume = np.asarray(maps, dtype=float)
    count, height, wide = volume.shape
    small = volume.reshape(count, size, height // size, size, wide // size).mean((2, 4))
    white = float(np.quantile(small, 0.995)) or 1.0
    rows = -(-count // columns)
    width = 5.6
    gap, label = 2, round(0.2 * columns * size / width)
    image = np.zeros((rows * (size + label), columns * (size + gap) - gap, 2))
    picture = Picture(width, width * image.shape[0] / image.shape[1])
    axes = _panel(picture, 0, 0, *picture.get_size_inches())
    for index, map_ in enumerate(small):
        top, left = (index // columns) * (size + label), (index % columns) * (size + gap)
        image[top : top + size, left : left + size, 0] = np.clip(map_ / white, 0, 1)
        image[top : top + size, left : left + size, 1] = 1
        _number(axes, index, left + size / 2, top + size + label / 2 - 1)
    axes.imshow(image[..., [0, 0, 0, 1]], aspect="auto", interpolation="none")
    silent = np.flatnonzero((volume == 0).mean((1, 2)) > 0.9)
    picture.alt = (
        f"A sheet of {count} activation maps of {height}×{wide} on one scale: black is 0, white is "
        f"{format_number(white)} and more."
    )
    if len(silent):
        verb, its = ("is", "its") if len(silent) == 1 else ("are", "their")
        picture.alt += (
            f" {len(silent)} of them {verb} 0 in more than nine tenths of {its} positions: "
            f"{', '.join(map(str, silent))}."
        )
    return picture


def measurements(
    groups: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]],
) -> Picture:
    """Draw filters as points: how coloured, against how oriented, and against how fine.

    Parameters
    ----------
    groups
        For one or two groups' names: their filters' orientation selectivity, peak frequency and
        colourfulness.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If there are more than two groups.

    Examples
    --------
    >>> measurements({"edges": ([0.9, 0.7], [0.3, 0.2], [0.1, 0.2])}).alt
    'Points, one per filter: colourfulness against orientation selectivity and peak frequency.
    edges: 2 filters, selectivity 0.7 to 0.9, frequency 0.2 to 0.3, colourfulness 0.1 to 0.2.'
    """
    signs = _SERIES[::2]  # coloured circles and grey crosses
    check_count("groups", groups, len(signs))
    picture = Picture(5.8, 3.0)
    words = []
    for index, title in enumerate(["orientation selectivity", "peak frequency (cycles per pixel)"]):
        axes = picture.add_axes(((0.42 + 2.85 * index) / 5.8, 0.17, 2.4 / 5.8, 0.68))
        for (name, values), (role, _, sign) in zip(groups.items(), signs, strict=False):
            colour = np.asarray(values[2], dtype=float)
            axes.plot(
                np.asarray(values[index], dtype=float),
                colour,
                sign,
                color=color(role),
                markersize=5.5,
                markeredgewidth=1.2,
                markerfacecolor=color(f"{role}-soft") if sign == "o" else "none",
                label=name,
            )
        axes.set(xlim=(0, 1 if index == 0 else 0.72), ylim=(-0.04, 1.06), yticks=[0, 0.5, 1])
        axes.set_xticks([0, 0.5, 1] if index == 0 else [0, 0.25, 0.5])
        axes.tick_params(labelleft=index == 0)
        axes.set_xlabel(title, fontsize=11, color=color("ink"))
        if index == 0:
            axes.set_title("colourfulness", fontsize=11, loc="left", color=color("ink"), pad=7)
        else:
            _legend(axes, (1.04, 1.0), ncols=2, handletextpad=0.1, columnspacing=0.9)
        make_plain(axes)
    for name, values in groups.items():
        names = ["selectivity", "frequency", "colourfulness"]
        spans = [
            f"{what} {format_number(np.min(value))} to {format_number(np.max(value))}"
            for what, value in zip(names, values, strict=True)
        ]
        words.append(f"{name}: {len(np.asarray(values[0]))} filters, {', '.join(spans)}.")
    picture.alt = (
        "Points, one per filter: colourfulness against orientation selectivity and peak frequency. "
        + " ".join(words)
    )
    return picture


def tuning(
    angles: npt.ArrayLike,
    curves: Mapping[str, npt.ArrayLike],
    gratings: Mapping[float, npt.ArrayLike],
) -> Picture:
    """Draw how strongly filters answer to stripes at each angle, with some of the stripes below.

    Parameters
    ----------
    angles
        Degrees, from 0 (horizontal stripes) to 180.
    curves
        For up to three filters' names, their answers at each angle.
    gratings
        Height × width for some of the angles.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If there are more than three curves.

    Examples
    --------
    >>> tuning([0, 90], {"filter 9": [0.5, 8]}, {90: np.eye(4)}).alt
    'Answers of filters to stripes at 2 angles. filter 9: highest at 90 degrees with 8, lowest at 0
    degrees with 0.5.'
    """
    check_count("curves", curves, len(_SERIES))
    turns = np.asarray(angles, dtype=float)
    picture = Picture(5.8, 3.9)
    left, width = 0.52, 5.05
    axes = picture.add_axes((left / 5.8, 1.12 / 3.9, width / 5.8, 2.45 / 3.9))
    words = []
    for (name, curve), (role, style, _) in zip(curves.items(), _SERIES, strict=False):
        answer = np.asarray(curve, dtype=float)
        axes.plot(turns, answer, color=color(role), linestyle=style, linewidth=2.3, label=name)
        words.append(
            f"{name}: highest at {turns[answer.argmax()]:g} degrees with "
            f"{format_number(answer.max())}, lowest at {turns[answer.argmin()]:g} degrees with "
            f"{format_number(answer.min())}."
        )
    axes.set(xlim=(0, 180), ylim=(0, None), xticks=sorted(gratings))
    axes.set_title("mean answer", fontsize=11, loc="left", color=color("ink"))
    _legend(axes, (1.01, 0.99), ncols=3, handlelength=2.2, columnspacing=1.2)
    axes.xaxis.set_major_formatter("{x:g}°")
    make_plain(axes)
    side = 0.62
    for angle, image in gratings.items():
        centre = left + width * angle / 180
        start = min(max(centre - side / 2, 0), 5.8 - side)
        panel = _panel(picture, start, 3.9 - side - 0.02, side, side)
        panel.imshow(np.asarray(image), cmap="gray", aspect="auto", interpolation="none")
    picture.alt = f"Answers of filters to stripes at {len(turns)} angles. {' '.join(words)}"
    return picture


def tiles(
    rows: Mapping[str, Sequence[npt.ArrayLike]],
    titles: Sequence[str],
    *,
    full: Sequence[str] = (),
) -> Picture:
    """Draw a few filters enlarged, in rows with a name and columns with a title.

    Parameters
    ----------
    rows
        For each row's name, one filter for each title: channels × height × width.
    titles
        Above the columns.
    full
        Names of rows in which black is the smallest number and white the largest; in all others,
        mid-grey is 0.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If a row does not have one filter for each title.

    Examples
    --------
    >>> tiles({"about zero": [[[[0, -1]]]]}, ["filter 3"]).alt
    'Enlarged filters. Row about zero, mid-grey is 0: filter 3 from −1 to 0.'
    """
    side, gap, margin, header = 1.12, 0.14, 1.25, 0.3
    width = margin + len(titles) * (side + gap)
    height = header + len(rows) * (side + gap)
    picture = Picture(width, height)
    words = []
    for line, (name, filters) in enumerate(rows.items()):
        if len(filters) != len(titles):
            raise ValueError(f"row {name} must have {len(titles)} filters, got {len(filters)}")
        top = header + line * (side + gap)
        middle = 1 - (top + side / 2) / height
        picture.text(0, middle, name, fontsize=11, va="center", color=color("ink"))
        spans = []
        for place, (weight, title) in enumerate(zip(filters, titles, strict=True)):
            image = to_colours(weight, scale="full" if name in full else "symmetric")
            axes = _panel(picture, margin + place * (side + gap), top, side, side)
            axes.imshow(image, aspect="auto", interpolation="none")
            if line == 0:
                axes.set_title(title, fontsize=11, pad=4, color=color("ink"))
            low, high = np.min(np.asarray(weight)), np.max(np.asarray(weight))
            spans.append(f"{title} from {format_number(low)} to {format_number(high)}")
        grey = "black is the smallest and white the largest" if name in full else "mid-grey is 0"
        plain = name.replace("\n", " ")
        words.append(f"Row {plain}, {grey}: {', '.join(spans)}.")
    picture.alt = f"Enlarged filters. {' '.join(words)}"
    return picture


def strongest(
    layers: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]], names: Sequence[str]
) -> Picture:
    """Draw the patches that excite filters most, in a square for each filter, layers in rows.

    Parameters
    ----------
    layers
        For each layer's name, its patches, filters × patches × height × width, and the class of
        each patch, filters × patches. All layers have as many filters.
    names
        Name of each class.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If there is not one class for each patch.

    Examples
    --------
    >>> strongest({"layer 1": (np.zeros((1, 4, 3, 3)), [[1, 0, 1, 1]])}, ["plus", "cross"]).alt
    'The 4 patches that excite a filter most, in grey, and their most frequent class. layer 1,
    patches of 3×3: cross 3.'
    """
    rows = {
        name: (np.asarray(patches, dtype=float), np.asarray(classes))
        for name, (patches, classes) in layers.items()
    }
    for name, (patches, classes) in rows.items():
        if patches.shape[:2] != classes.shape:
            raise ValueError(
                f"{name} must have one class for each patch, got {classes.shape} for "
                f"{patches.shape[:2]}"
            )
    columns = max(len(patches) for patches, _ in rows.values())
    width, margin, gap, label = 5.8, 0.66, 0.1, 0.27
    side = (width - margin - gap * (columns - 1)) / columns
    picture = Picture(width, len(rows) * (side + label))
    low, high = np.quantile(np.concatenate([p.ravel() for p, _ in rows.values()]), [0.01, 0.99])
    words = []
    for line, (name, (patches, classes)) in enumerate(rows.items()):
        top = line * (side + label)
        middle = 1 - (top + side / 2) / picture.get_figheight()
        picture.text(0, middle, name, fontsize=11, va="center", color=color("ink"))
        most = []
        for place, (those, kinds) in enumerate(zip(patches, classes, strict=True)):
            axes = _panel(picture, margin + place * (side + gap), top, side, side)
            grey = np.clip((_mosaic(those) - low) / (high - low or 1.0), 0, 1)
            axes.imshow(_with_gaps(grey), aspect="auto", interpolation="none")
            counts = np.bincount(kinds)
            most.append(f"{names[int(counts.argmax())]} {counts.max()}")
            axes.set_title(most[-1], fontsize=11, y=-0.06, va="top", pad=0, color=color("muted"))
        words.append(f"{name}, patches of {'×'.join(map(str, patches.shape[2:]))}: ")
        words[-1] += f"{', '.join(most)}."
    count = next(iter(rows.values()))[1].shape[1]
    picture.alt = (
        f"The {count} patches that excite a filter most, in grey, and their most frequent class. "
        f"{' '.join(words)}"
    )
    return picture


def _mosaic(patches: Floats) -> Floats:
    """Lay patches out in a square, enlarged to about 20 pixels, with gaps of NaN."""
    block = max(1, round(20 / patches.shape[2]))
    patches = patches.repeat(block, 1).repeat(block, 2)
    count, height, width = patches.shape
    gap = 4
    across = int(np.ceil(np.sqrt(count)))
    image = np.full((across * (height + gap) - gap, across * (width + gap) - gap), np.nan)
    for place, patch in enumerate(patches):
        top, left = (place // across) * (height + gap), (place % across) * (width + gap)
        image[top : top + height, left : left + width] = patch
    return image


def _with_gaps(grey: Floats) -> Floats:
    """Return grey with transparency: NaN lets the page show."""
    return np.stack([*[np.nan_to_num(grey)] * 3, ~np.isnan(grey)], axis=-1)


def _panel(picture: Picture, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes without ticks; all measures in inches from the upper left corner."""
    total_width, total_height = picture.get_size_inches()
    axes = picture.add_axes(
        (
            left / total_width,
            1 - (top + height) / total_height,
            width / total_width,
            height / total_height,
        )
    )
    axes.axis("off")
    return axes


def _number(axes: Axes, index: int, x: float, y: float) -> None:
    """Write the index of a tile of a sheet, small, centred at (x, y)."""
    axes.text(x, y, str(index), ha="center", va="center", fontsize=10.5, color=color("muted"))


def _legend(axes: Axes, corner: tuple[float, float], **layout: float) -> None:
    """Name the series in one row above the axes, its lower right corner there."""
    axes.legend(
        loc="lower right",
        bbox_to_anchor=corner,
        frameon=False,
        fontsize=11,
        borderpad=0,
        labelcolor=color("ink"),
        **layout,
    )

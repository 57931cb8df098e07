"""Figures of the neurons' view: columns of neurons, layers as matrices, receptive fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Polygon, Rectangle

from .._writing import format_number, quantity
from .grids import canvas, draw_frame, draw_grid, draw_text
from .palette import DARK, color
from .picture import Picture, make_plain


def one_neuron(
    inputs: npt.ArrayLike, weights: npt.ArrayLike, bias: float = 0.0, *, shown: int = 3
) -> Picture:
    """Draw a neuron: the first few of its inputs and the last, their weights, and what it makes.

    Parameters
    ----------
    inputs, weights
        As many of one as of the other, of any shape.
    bias
        Added to the sum of the products.
    shown
        How many inputs are drawn before the last one.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If there are not as many weights as inputs, or not more inputs than are shown.

    Examples
    --------
    >>> one_neuron([1, 2, 3, 4, 5], [1, 0, 0, 0, 2], 1).alt
    'A neuron with 5 inputs: 1, 2, 3, … 5. Their weights: 1, 0, 0, … 2. Sum and bias 1 make 12.'
    """
    x, w = (np.ravel(np.asarray(part, float)) for part in (inputs, weights))
    if x.size != w.size:
        raise ValueError(f"weights must be as many as the inputs, {x.size}, but are {w.size}")
    if x.size <= shown:
        raise ValueError(f"inputs must be more than are shown, {shown}, but are {x.size}")
    output = float(x @ w + bias)
    drawn = [*range(shown), x.size - 1]
    height = 1.5 * (shown + 2)
    picture, axes = canvas(13.0, height + 0.4)
    middle = (7.6, height / 2)
    for place, i in zip([*range(shown), shown + 1], drawn, strict=True):
        y = 1.5 * place + 0.75
        axes.plot([2.0, middle[0]], [y, middle[1]], color=color("filter"), linewidth=1.2, zorder=1)
        at = 0.36  # of the way
        axes.text(
            2.0 + at * (middle[0] - 2.0),
            y + at * (middle[1] - y),
            format_number(w[i]),
            color=color("filter"),
            fontsize=12,
            ha="center",
            va="center",
            zorder=3,
            bbox={"facecolor": color("paper"), "edgecolor": "none", "pad": 1.5},
        )
        _disc(axes, (1.4, y), 0.62, "input", format_number(x[i]))
    draw_text(axes, "⋮", left=1.4, top=1.5 * shown + 0.75, role="input", size=15)
    axes.plot([middle[0], 10.9], [middle[1]] * 2, color=color("output"), linewidth=1.2, zorder=1)
    _disc(axes, middle, 0.95, "window", "Σ", size=18)
    _disc(axes, (11.2, middle[1]), 0.75, "output", format_number(output))
    axes.plot(
        [middle[0]] * 2, [middle[1], height - 0.9], color=color("filter"), linewidth=1.2, zorder=1
    )
    draw_text(
        axes,
        f"bias {format_number(bias)}",
        left=middle[0],
        top=height - 0.5,
        role="filter",
        size=12,
    )
    for text, left, role in (
        (f"{x.size} inputs", 1.4, "input"),
        ("weights", 4.2, "filter"),
        ("output", 11.2, "output"),
    ):
        draw_text(axes, text, left=left, top=height + 0.1, role=role, size=12, bold=True)
    first, second = (
        f"{', '.join(map(format_number, part[:shown]))}, … {format_number(part[-1])}"
        for part in (x, w)
    )
    picture.alt = (
        f"A neuron with {x.size} inputs: {first}. Their weights: {second}. Sum "
        f"and bias {format_number(bias)} make {format_number(output)}."
    )
    return picture


def _disc(
    axes: Axes,
    centre: tuple[float, float],
    radius: float,
    role: str,
    text: str = "",
    *,
    size: float = 12,
    zorder: float = 2,
) -> None:
    """Draw a neuron or an input, with what is written in it."""
    face, edge = color(f"{role}-soft"), color(role)
    line = {"facecolor": face, "edgecolor": edge, "linewidth": 1.8}
    axes.add_patch(Circle(centre, radius, zorder=zorder, **line))
    if text:
        ink = color("ink")
        axes.text(*centre, text, ha="center", va="center", fontsize=size, color=ink, zorder=3)


def depth_column(
    *, size: int = 32, depth: int = 3, kernel_size: int = 5, filters: int = 5
) -> Picture:
    """Draw a grid of neurons, and the one patch that all neurons at one position look at.

    Parameters
    ----------
    size, depth
        The input is `size` × `size` × `depth`.
    kernel_size
        Side of the patch; the stride is 1 and nothing is padded.
    filters
        How many filters, so how many neurons look at the patch.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> depth_column().alt[:70]
    'An input of 32 × 32 × 3 with one patch of 5 × 5 × 3 marked. Lines lead'
    """
    positions = size - kernel_size + 1
    picture, axes = canvas(14.0, 8.9)
    left, top, side, shift = 0.4, 2.2, 5.0, 0.42
    unit = side / size
    for sheet in reversed(range(depth)):
        _sheet(axes, left + sheet * shift / 2, top - sheet * shift / 2, side, "input")
    # Without padding, the patch from a row and column on belongs to the neuron there. It lies near
    # the middle, but not on the diagonal.
    row, column = positions * 13 // 28, positions * 15 // 28
    patch = (left + column * unit, top + row * unit, kernel_size * unit)
    for sheet in reversed(range(depth)):
        _sheet(
            axes,
            patch[0] + sheet * shift / 2,
            patch[1] - sheet * shift / 2,
            patch[2],
            "window",
            width=1.8,
        )
    right, height = 7.4, positions * unit
    below = top + (side - height) / 2
    for sheet in reversed(range(filters)):
        _sheet(axes, right + sheet * shift, below - sheet * shift, height, "output")
    dots = [
        (right + (column + 0.5) * unit + sheet * shift, below + (row + 0.5) * unit - sheet * shift)
        for sheet in range(filters)
    ]
    corners = [(patch[0] + patch[2], patch[1]), (patch[0] + patch[2], patch[1] + patch[2])]
    for x, y in corners:
        axes.plot([x, dots[0][0]], [y, dots[0][1]], color=color("window"), linewidth=1.2, zorder=6)
    axes.plot(*zip(dots[0], dots[-1], strict=True), color=color("window"), linewidth=1.2, zorder=6)
    for dot in dots:
        _disc(axes, dot, 0.17, "window", zorder=7)
    inputs = kernel_size * kernel_size * depth
    draw_text(
        axes,
        f"input {size} × {size} × {depth}",
        left=left + side / 2,
        top=7.7,
        role="input",
        size=12,
        bold=True,
    )
    draw_text(
        axes,
        f"{positions} × {positions} × {filters} neurons",
        left=right + height / 2,
        top=7.7,
        role="output",
        size=12,
        bold=True,
    )
    draw_text(
        axes,
        f"{filters} neurons look at the same {inputs} numbers",
        left=7.0,
        top=8.5,
        role="window",
        size=12,
    )
    picture.alt = (
        f"An input of {size} × {size} × {depth} with one patch of {kernel_size} × {kernel_size} × "
        f"{depth} marked. Lines lead from the patch to the first of {filters} neurons, and another "
        f"joins them, one in each of {filters} sheets of {positions} × {positions} neurons, all at "
        f"the same position: {filters} neurons look at the same {inputs} numbers."
    )
    return picture


def three_matrices(*, inputs: int = 5, kernel_size: int = 3) -> Picture:
    """Draw the weight matrices of a dense, a local and a sharing layer in one dimension.

    Equal numbers stand for equal weights.

    Parameters
    ----------
    inputs
        Numbers that the layer reads: the matrices' columns.
    kernel_size
        Neighbouring inputs that a local neuron reads; the stride is 1 and nothing is padded.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> three_matrices().alt
    'Three weight matrices of 3 neurons by 5 inputs. Dense: 15 different weights. Local: 9 different
    weights on 3 diagonals, zeros elsewhere. Local and shared: the same 3 weights in every row, each
    row one step further right.'
    """
    neurons = inputs - kernel_size + 1
    dense = np.arange(1, neurons * inputs + 1, dtype=float).reshape(neurons, inputs)
    local, shared = np.full(dense.shape, np.nan), np.full(dense.shape, np.nan)
    for row in range(neurons):
        window = slice(row, row + kernel_size)
        local[row, window] = np.arange(1, kernel_size + 1) + row * kernel_size
        shared[row, window] = np.arange(1, kernel_size + 1)
    panels = [("dense", dense), ("local", local), ("local, shared", shared)]
    gap = 0.9
    picture, axes = canvas(3 * inputs + 2 * gap + 0.4, neurons + 2.3, cell=0.36)
    for index, (title, matrix) in enumerate(panels):
        left = 0.2 + index * (inputs + gap)
        draw_grid(
            axes,
            matrix,
            left=left,
            top=1.1,
            role="filter",
            label=title,
            filled=~np.isnan(matrix),
            size=11.5,
        )
        count = len(np.unique(matrix[~np.isnan(matrix)]))
        draw_text(
            axes,
            f"{count} weights",
            left=left + inputs / 2,
            top=neurons + 1.75,
            role="muted",
            size=11.5,
        )
    picture.alt = (
        f"Three weight matrices of {neurons} neurons by {inputs} inputs. "
        f"Dense: {neurons * inputs} different weights. "
        f"Local: {neurons * kernel_size} different weights on {kernel_size} diagonals, "
        f"zeros elsewhere. Local and shared: the same {kernel_size} weights in every row, "
        "each row one step further right."
    )
    return picture


def layer_matrix(matrix: npt.ArrayLike, *, size: int, positions: int) -> Picture:
    """Draw a one-channel layer as a matrix: a row for each output, a column for each pixel.

    Zeros are left empty.

    Parameters
    ----------
    matrix
        positions² × size², the outputs and the pixels in reading order.
    size
        Height and width of the image.
    positions
        Height and width of the activation map.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If `matrix` does not have positions² rows and size² columns.

    Examples
    --------
    >>> layer_matrix([[1, 2, 0], [0, 1, 2]], size=3, positions=2)
    Traceback (most recent call last):
    ValueError: matrix must be 4 × 9 for 2 × 2 outputs of 3 × 3 pixels, got the shape (2, 3)
    """
    weights = np.asarray(matrix, dtype=float)
    if weights.shape != (positions**2, size**2):
        raise ValueError(
            f"matrix must be {positions**2} × {size**2} for {positions} × {positions} outputs of "
            f"{size} × {size} pixels, got the shape {weights.shape}"
        )
    margin = 2.2
    picture, axes = canvas(margin + size**2 + 0.3, positions**2 + 2.3, cell=0.36)
    used = weights != 0
    draw_grid(
        axes,
        np.where(used, weights, np.nan),
        left=margin,
        top=1.9,
        role="filter",
        filled=used,
        size=12.5,
    )
    for block in range(size):
        left = margin + block * size
        draw_frame(axes, left=left, top=1.9, width=size, height=positions**2, role="filter")
        draw_text(axes, f"row {block}", left=left + size / 2, top=1.45, role="input", size=12.5)
    draw_text(
        axes,
        "pixels of the image",
        left=margin + size**2 / 2,
        top=0.55,
        role="input",
        size=12.5,
        bold=True,
    )
    for row in range(positions**2):
        y, x = divmod(row, positions)
        draw_text(
            axes,
            f"({y}, {x})",
            left=margin - 0.25,
            top=row + 2.4,
            role="output",
            size=12.5,
            align="right",
        )
    draw_text(
        axes,
        "output",
        left=margin - 0.25,
        top=1.45,
        role="output",
        size=12.5,
        align="right",
        bold=True,
    )
    picture.alt = (
        f"A matrix of {positions**2} rows, one for each output, and {size**2} columns, one for "
        f"each pixel. {int(used.sum())} of {weights.size} entries are not zero: "
        + "; ".join(
            f"output {divmod(row, positions)} has "
            + " ".join(f"{weights[row, c]:g}" for c in np.flatnonzero(used[row]))
            + " in columns "
            + " ".join(str(c) for c in np.flatnonzero(used[row]))
            for row in range(positions**2)
        )
        + "."
    )
    return picture


def stack_view(layers: Sequence[tuple[str, int, int]], *, size: int) -> Picture:
    """Draw a one-dimensional stack of layers, and all that the middle neuron of its top sees.

    Nothing is padded. Every neuron stands above the middle of the pixels that it sees, so that the
    jump between neighbours can be read off.

    Parameters
    ----------
    layers
        Name, kernel size and stride of each layer, the first one first.
    size
        Pixels of the input.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If a layer's input is shorter than its kernel.

    Examples
    --------
    >>> stack_view([("conv", 3, 1), ("conv", 3, 1)], size=7).alt
    'A stack of layers over 7 pixels. The middle neuron of the top sees 3 neurons of layer 1 (conv,
    F = 3, S = 1) and 5 pixels of the input.'
    """
    sizes, centres, jumps = [size], [np.arange(size) + 0.5], [1]
    for name, kernel_size, stride in layers:
        if sizes[-1] < kernel_size:
            raise ValueError(
                f"{name} with kernel size {kernel_size} does not fit on {sizes[-1]} numbers"
            )
        count = (sizes[-1] - kernel_size) // stride + 1
        below = centres[-1]
        centres.append(
            np.array([below[i * stride : i * stride + kernel_size].mean() for i in range(count)])
        )
        sizes.append(count)
        jumps.append(jumps[-1] * stride)
    seen = _seen_from_the_top(layers, sizes)

    margin, pitch = 5.5, 2.2
    rows = len(sizes)
    picture, axes = canvas(margin + size + 0.3, (rows - 1) * pitch + 1.6, cell=0.36)
    for level in range(rows):
        top = (rows - 1 - level) * pitch + 0.3
        role = "input" if level == 0 else "output"
        for index, centre in enumerate(centres[level]):
            lit = index in seen[level]
            axes.add_patch(
                Rectangle(
                    (margin + centre - 0.5, top),
                    1,
                    1,
                    facecolor=color("window-soft") if lit else color("paper"),
                    edgecolor=color("window") if lit else color(role),
                    linewidth=1.8 if lit else 0.8,
                    zorder=4 if lit else 3,
                )
            )
            if level and lit:
                _, kernel_size, stride = layers[level - 1]
                for read in range(index * stride, index * stride + kernel_size):
                    axes.plot(
                        [margin + centre, margin + centres[level - 1][read]],
                        [top + 1, top + pitch],
                        color=color("window"),
                        linewidth=1,
                        zorder=2,
                    )
        if level:
            name, kernel_size, stride = layers[level - 1]
            title = f"{name}, F = {kernel_size}, S = {stride}"
        else:
            title = "input"
        detail = quantity(len(seen[level]), "neuron" if level else "pixel")
        draw_text(axes, title, left=0.1, top=top + 0.2, role=role, size=12, align="left", bold=True)
        draw_text(
            axes,
            f"{detail}, jump {jumps[level]}",
            left=0.1,
            top=top + 0.85,
            role="ink",
            size=12,
            align="left",
        )
    between = ", ".join(
        f"{quantity(len(seen[level]), 'neuron')} of layer {level} ({layers[level - 1][0]}, "
        f"F = {layers[level - 1][1]}, S = {layers[level - 1][2]})"
        for level in reversed(range(1, rows - 1))
    )
    picture.alt = (
        f"A stack of layers over {size} pixels. The middle neuron of the top sees "
        f"{between}{' and ' if between else ''}{quantity(len(seen[0]), 'pixel')} of the input."
    )
    return picture


def fields_on_photo(photo: npt.ArrayLike, fields: Mapping[str, tuple[float, float]]) -> Picture:
    """Draw the receptive fields of some neurons as frames on a photograph.

    Parameters
    ----------
    photo
        Height × width × 3.
    fields
        For each layer's name, (start, size): the field's first row, which is also its first column,
        and its side, in pixels.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> fields_on_photo(np.zeros((9, 9, 3)), {"conv": (3, 3)}).alt
    'A photograph of 9 × 9 pixels with one neuron’s receptive field framed for each of these layers:
    conv 3 × 3.'
    """
    image = np.asarray(photo)
    height, width = image.shape[:2]
    picture = Picture(5, 5 * height / width)
    axes = picture.add_axes((0, 0, 1, 1))
    axes.imshow(image, interpolation="none", extent=(0, width, height, 0))
    axes.axis("off")
    for name, (start, side) in fields.items():
        # White on a dark seam stands out on any photograph, in a light and in a dark page.
        for edge, line in (("black", 3.6), ("white", 1.8)):
            axes.add_patch(
                Rectangle(
                    (start, start),
                    side,
                    side,
                    fill=False,
                    edgecolor=edge,
                    linewidth=line,
                    joinstyle="round",
                )
            )
        if side > 0.15 * width:
            axes.text(
                start + side - 3,
                start + side - 3,
                f"{name}: {side:g}",
                ha="right",
                va="bottom",
                fontsize=11,
                color="white",
                bbox={"facecolor": "black", "edgecolor": "none", "pad": 1.6},
            )
    picture.alt = (
        f"A photograph of {width} × {height} pixels with one neuron’s receptive field framed for "
        "each of these layers: "
        + ", ".join(f"{name} {side:g} × {side:g}" for name, (_, side) in fields.items())
        + "."
    )
    return picture


def effective_field(
    gradient: npt.ArrayLike, *, theoretical: int, central: int, says: str = ""
) -> Picture:
    """Draw how strongly a neuron depends on each pixel, and frame its theoretical field.

    Parameters
    ----------
    gradient
        Height × width, odd and equal: how large the gradient is at each pixel, the neuron's own
        pixel in the middle.
    theoretical, central
        Sides of the two squares framed about the middle, in pixels; odd.
    says
        What shape the map has, which is not looked at here: sentences for the end of the
        alternative text.

    Returns
    -------
    Picture
        With its alternative text.

    Examples
    --------
    >>> picture = effective_field(np.eye(5), theoretical=5, central=3)
    >>> picture.alt[-75:]
    'The inner square of 3 × 3 pixels holds 60% of the sum of all the gradients.'
    """
    map_ = np.asarray(gradient, dtype=float)
    size = len(map_)
    middle = size // 2
    half = central // 2
    share = (
        map_[middle - half : middle + half + 1, middle - half : middle + half + 1].sum()
        / map_.sum()
    )
    picture = Picture(6.2, 3.1)
    left = picture.add_axes((0, 0.06, 2.8 / 6.2, 2.8 / 3.1))
    left.imshow(map_, cmap="gray", interpolation="none", extent=(0, size, size, 0))
    left.axis("off")
    for side, dashed in ((theoretical, True), (central, False)):
        start = (size - side) / 2
        left.add_patch(
            Rectangle(
                (start, start),
                side,
                side,
                fill=False,
                edgecolor=DARK["window"],  # the map is dark on every page
                linewidth=2.5,
                linestyle="--" if dashed else "-",
            )
        )
    right = picture.add_axes((3.35 / 6.2, 0.19, 2.75 / 6.2, 0.71))
    profile = map_[middle] / map_[middle].max()
    offsets = np.arange(size) - middle
    right.fill_between(
        offsets, profile, step="mid", color=color("gradient"), alpha=0.35, linewidth=0
    )
    right.step(offsets, profile, where="mid", color=color("gradient"), linewidth=1.6)
    for side, style in ((theoretical, "--"), (central, "-")):
        for sign in (-1, 1):
            right.axvline(sign * side / 2, color=color("window"), linewidth=2, linestyle=style)
    right.set(xlim=(-size / 2, size / 2), ylim=(0, 1.05), yticks=[0, 0.5, 1])
    right.set_title("along the middle row", fontsize=11.5, pad=6, color=color("ink"))
    right.set_xlabel("pixels from the middle", fontsize=11.5, color=color("ink"))
    make_plain(right)
    right.spines[["left", "bottom"]].set_color(color("muted"))
    picture.alt = (
        f"Left, a map of gradients on {size} × {size} pixels, and about its middle a dashed square "
        f"of {theoretical} × {theoretical} pixels, the theoretical field. Right, the middle row of "
        f"that map. The inner square of {central} × {central} pixels holds {share:.0%} of the sum "
        f"of all the gradients. {says}"
    ).rstrip()
    return picture


def _sheet(
    axes: Axes, left: float, top: float, side: float, role: str, *, width: float = 1.2
) -> None:
    axes.add_patch(
        Polygon(
            [(left, top), (left + side, top), (left + side, top + side), (left, top + side)],
            facecolor=color(f"{role}-soft"),
            edgecolor=color(role),
            linewidth=width,
        )
    )


def _seen_from_the_top(
    layers: Sequence[tuple[str, int, int]], sizes: Sequence[int]
) -> list[set[int]]:
    """Return what the middle neuron of the top depends on: indices per level, the input first."""
    seen = [{sizes[-1] // 2}]
    for _, kernel_size, stride in reversed(layers):
        seen.append({index * stride + tap for index in seen[-1] for tap in range(kernel_size)})
    return seen[::-1]

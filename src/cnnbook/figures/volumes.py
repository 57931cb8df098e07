"""Volumes drawn as boxes, all three axes to one scale."""

from __future__ import annotations

from math import cos, radians, sin

from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from .grids import Role, canvas, draw_text
from .palette import color
from .picture import Picture

#: How far one unit of depth moves a point to the right and up.
RIGHT, UP = cos(radians(35)), sin(radians(35))
_MOST_FILTERS, _MOST_STICKS = 12, 8
_MOST_SLICES = 16


def draw_box(
    axes: Axes,
    *,
    left: float,
    top: float,
    height: float,
    width: float,
    depth: float,
    role: Role,
    slices: bool = True,
) -> None:
    """Draw a volume whose depth runs back to the right and up.

    Parameters
    ----------
    axes
        The axes of a :func:`~cnnbook.figures.grids.canvas`.
    left, top
        Position of the front face's upper left corner, in the canvas's cells.
    height, width, depth
        Size, in the canvas's cells.
    role
        What the volume is, which decides its colour.
    slices
        Whether to draw the lines between the depth slices.
    """
    right, bottom = left + width, top + height
    back, lift = depth * RIGHT, depth * UP
    lid = [(left, top), (left + back, top - lift), (right + back, top - lift), (right, top)]
    side = [
        (right, top),
        (right + back, top - lift),
        (right + back, bottom - lift),
        (right, bottom),
    ]
    front = [(left, top), (right, top), (right, bottom), (left, bottom)]
    for face, shade in ((lid, 0.12), (side, 0.3), (front, 0.0)):
        axes.add_patch(Polygon(face, facecolor=color(f"{role}-soft"), edgecolor="none"))
        if shade:
            axes.add_patch(Polygon(face, facecolor=color(role), edgecolor="none", alpha=shade))
    if slices:
        for index in range(1, round(depth)):
            x, y = index * RIGHT, index * UP
            axes.plot(
                [left + x, right + x, right + x],
                [top - y, top - y, bottom - y],
                color=color(role),
                linewidth=0.5,
                zorder=1,
                solid_joinstyle="round",
            )
    for face in (lid, side, front):
        axes.add_patch(
            Polygon(face, fill=False, edgecolor=color(role), linewidth=1.2, joinstyle="round")
        )


def layer_volumes(
    *,
    size: int,
    depth: int,
    filters: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
) -> Picture:
    """Draw a layer: the input volume with one window, the filters and the volume of their maps.

    All boxes have one scale. Of many filters only some are drawn, and the label says how many.

    Parameters
    ----------
    size
        Height and width of the input.
    depth
        Its number of channels.
    filters, kernel_size, stride, padding
        The layer's hyperparameters.

    Returns
    -------
    Picture
        With its alternative text.

    Raises
    ------
    ValueError
        If the filter does not fit.

    Examples
    --------
    >>> picture = layer_volumes(size=32, depth=3, filters=6, kernel_size=5)
    >>> picture.alt[:58]
    'An input volume of 32×32×3 goes through 6 filters of 5×5×3'
    """
    steps, rest = divmod(size + 2 * padding - kernel_size, stride)
    if rest or steps < 0:
        raise ValueError(f"a filter of size {kernel_size} with stride {stride} does not fit {size}")
    made = steps + 1
    back = depth * RIGHT
    # Filters of 1×1 are sticks, one below the other; others are boxes and stand in columns.
    if kernel_size == 1:
        shown = per_column = min(filters, _MOST_STICKS)
        pitch = size / shown
    else:
        shown = min(filters, _MOST_FILTERS)
        per_column = max(1, min(shown, round(0.9 * size / (kernel_size + 3))))
        per_column = -(-shown // -(-shown // per_column))
        pitch = 1.5 * kernel_size + 1
    columns = -(-shown // per_column)
    bank_width = back + (columns - 1) * (kernel_size + back + 2) + kernel_size
    gap = 0.17 * size
    inches = 6.4
    unit = inches / (
        1.44 * size + 2 * padding + 2 * gap + back + bank_width + made + filters * RIGHT
    )
    line = 0.2 / unit  # the height of a line of text
    input_left = 1.7 * line + padding
    bank_left = input_left + size + padding + back + gap
    output_left = bank_left + bank_width + gap + 0.6 * line
    lift = max(depth, filters) * UP
    face = max(size + 2 * padding, made)
    middle = 0.2 * line + lift + face / 2
    rows = middle + face / 2 + 3.4 * line
    picture, axes = canvas(inches / unit, rows, cell=unit)

    top = middle - size / 2
    if padding:
        _draw_padding(axes, left=input_left, top=top, size=size, depth=depth, padding=padding)
    draw_box(
        axes,
        left=input_left,
        top=top,
        height=size,
        width=size,
        depth=0 if padding else depth,
        role="input",
        slices=depth <= _MOST_SLICES,
    )
    row = column = stride * (made // 4)  # of the window, in the padded input
    x, y = input_left - padding + column, top - padding + row
    _mark(axes, left=x, top=y, size=kernel_size, smallest=0.3 * line)
    _measure(
        axes,
        left=input_left - padding,
        top=top - padding,
        size=size + 2 * padding,
        depth=depth,
        line=line,
    )

    top = middle - made / 2
    draw_box(
        axes,
        left=output_left,
        top=top,
        height=made,
        width=made,
        depth=filters,
        role="output",
        slices=filters <= _MOST_SLICES,
    )
    made_row, made_column = row // stride, column // stride
    end = (output_left + made_column, top + made_row)
    _mark(axes, left=end[0], top=end[1], size=1, smallest=0.3 * line)
    start = (x + kernel_size, y + kernel_size / 2)
    _connect(axes, start, (end[0], end[1] + 0.5))
    _measure(axes, left=output_left, top=top, size=made, depth=filters, line=line)

    bank_height = (per_column - 1) * pitch + kernel_size
    center = start[1] if shown == 1 else middle + (depth * UP / 2 if kernel_size > 1 else 0)
    for number in range(shown):
        place_column, place = divmod(number, per_column)
        draw_box(
            axes,
            left=bank_left + place_column * (kernel_size + back + 2),
            top=center - bank_height / 2 + place * pitch,
            height=kernel_size,
            width=kernel_size,
            depth=depth,
            role="filter",
            slices=depth <= _MOST_SLICES,
        )

    drawn = f", {shown} drawn" if shown < filters else ""
    floor = rows - 0.5 * line
    plural = "filters" if filters > 1 else "filter"
    shape = f"{kernel_size}×{kernel_size}×{depth}"
    draw_text(
        axes,
        "input" if not padding else f"input, padded by {padding}",
        left=input_left + size / 2,
        top=floor - line,
        role="input",
        bold=True,
    )
    bank_middle = bank_left + bank_width / 2
    draw_text(
        axes, f"{filters} {plural}", left=bank_middle, top=floor - line, role="filter", bold=True
    )
    draw_text(axes, f"of {shape}{drawn}", left=bank_middle, top=floor, role="filter")
    maps = "activation maps" if filters > 1 else "activation map"
    draw_text(axes, maps, left=output_left + made / 2, top=floor - line, role="output", bold=True)
    padded = (
        f", padded by {padding} to {size + 2 * padding}×{size + 2 * padding}," if padding else ""
    )
    picture.alt = (
        f"An input volume of {size}×{size}×{depth}{padded} goes through {filters} {plural} of "
        f"{shape}{drawn}, as deep as the input, with stride {stride}, and becomes a volume "
        f"of {made}×{made}×{filters}. The window of {kernel_size}×{kernel_size} at row {row}, "
        f"column {column} makes the one cell at row {made_row}, column {made_column} of each map."
    )
    return picture


def _draw_padding(
    axes: Axes, *, left: float, top: float, size: int, depth: int, padding: int
) -> None:
    """Draw the padded volume, on whose front face the input's own then stands."""
    wide = size + 2 * padding
    draw_box(
        axes,
        left=left - padding,
        top=top - padding,
        height=wide,
        width=wide,
        depth=depth,
        role="padding",
    )
    axes.add_patch(
        Rectangle(
            (left - padding, top - padding),
            wide,
            wide,
            facecolor=color("padding-soft"),
            edgecolor=color("padding"),
            hatch="////",
            linewidth=0.8,
        )
    )


def _mark(axes: Axes, *, left: float, top: float, size: float, smallest: float) -> None:
    """Frame a window, or the output cell that it makes; one too small to see becomes a dot."""
    wide = max(size, smallest)
    axes.add_patch(
        Rectangle(
            (left + (size - wide) / 2, top + (size - wide) / 2),
            wide,
            wide,
            facecolor=color("window-soft" if size == wide else "window"),
            edgecolor=color("window"),
            linewidth=1.4,
        )
    )


def _measure(
    axes: Axes, *, left: float, top: float, size: float, depth: float, line: float
) -> None:
    """Write a box's height, width and depth at its edges."""
    draw_text(axes, f"{size:g}", left=left - 0.35 * line, top=top + size / 2, align="right")
    draw_text(axes, f"{size:g}", left=left + size / 2, top=top + size + 0.6 * line)
    x, y = left + size + depth * RIGHT / 2, top + size - depth * UP / 2
    draw_text(axes, f"{depth:g}", left=x + 0.3 * line, top=y + 0.5 * line, align="left")


def _connect(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>,head_length=0.5,head_width=0.25",
            "color": color("window"),
            "linewidth": 1.2,
            "shrinkA": 0,
            "shrinkB": 1,
        },
        zorder=1,
    )

"""The convolution explorer: one channel, one filter, and every setting that decides the output."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from cnnbook.convolution import conv2d
from cnnbook.shapes import DoesNotFit, effective_kernel_size, output_size, unread_pixels

from .base import Choice, Pair, Plane, Widget
from .still import Still, in_words

_SIDES = {"input_size": "input", "kernel_size": "weight"}
_SIZES = {plane: size for size, plane in _SIDES.items()}


def _pixel(row: int, column: int) -> int:
    """Return the number of a pixel that nobody has chosen; the figure's module does the same."""
    return (7 * row * row + 3 * row * column + 5 * column * column + 2 * row + column + 1) % 11 % 4


def _weight(row: int, column: int) -> int:
    """Return the number of a weight that nobody has chosen; the figure's module does the same."""
    return (row * row + 2 * row * column + 2 * column + 1) % 3 - 1


class ConvolutionExplorer(Widget):
    """An image of one channel, a filter, and their output, number by number.

    Parameters
    ----------
    input
        Height × width, at most 16 × 16 numbers from −99 to 99.
    weight
        Height × width, at most 11 × 11 numbers from −99 to 99.
    input_size, kernel_size
        Instead of `input` and `weight`: their size, an int or a pair; the figure chooses the
        numbers. Setting one later keeps the numbers that there are.
    stride, padding, dilation
        As in PyTorch; an int or a pair (vertical, horizontal).
    rounding
        What happens where the windows do not end at the last pixel: "strict" makes no output,
        "floor" leaves pixels unread, as PyTorch does, and "same" ignores `padding` and pads
        unevenly, as TensorFlow's SAME does.
    flip
        Whether to mirror the filter first, which makes it a true convolution.
    position
        Row and column of the output that is explained; the nearest one where there is none.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range, or the filter is larger than the padded input.

    Examples
    --------
    >>> explorer = ConvolutionExplorer(input_size=7, kernel_size=3, stride=2)
    >>> explorer.stride, explorer.output().shape
    ((2, 2), (3, 3))
    """

    module = "convolution-explorer"

    input = Plane([[_pixel(y, x) for x in range(7)] for y in range(7)], 16, 99)
    weight = Plane([[1, 0, -1], [2, 1, 0], [0, -1, 1]], 11, 99)
    input_size = Pair(7, 1, 16)
    kernel_size = Pair(3, 1, 11)
    stride = Pair(1, 1, 8)
    padding = Pair(0, 0, 5)
    dilation = Pair(1, 1, 5)
    rounding = Choice(["strict", "floor", "same"], "floor")
    flip = traitlets.Bool(False).tag(sync=True)
    position = Pair(0, 0, 25)

    def __init__(self, **traits: Any) -> None:
        for size, plane in _SIDES.items():
            if plane in traits:
                shape = _shape(getattr(type(self), plane).validate(self, traits[plane]))
                given = getattr(type(self), size).validate(self, traits.get(size, shape))
                if given != shape:
                    raise traitlets.TraitError(
                        f"{size} is {given}, but {plane} has the shape {shape}: give one of the two"
                    )
                traits[size] = shape
        super().__init__(**traits)
        for size in _SIDES:
            self._resize(size)

    def output(self) -> Any:
        """Return the numbers of the output, height × width; without a row where nothing fits."""
        weight = np.array(self.weight, float)
        image = np.pad(np.array(self.input, float), self.sides())
        try:
            if self.rounding == "strict":
                output_size(image.shape, self.kernel_size, self.stride, 0, self.dilation)
        except DoesNotFit:
            return np.zeros((0, 0))
        kernel = weight[::-1, ::-1] if self.flip else weight
        return conv2d(
            image[None], kernel[None, None].copy(), stride=self.stride, dilation=self.dilation
        )[0]

    def sides(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the padding above and below, and left and right."""
        if self.rounding != "same":
            return (self.padding[0],) * 2, (self.padding[1],) * 2
        covered = effective_kernel_size(self.kernel_size, self.dilation)
        totals = [
            max((-(-n // s) - 1) * s + f - n, 0)
            for n, s, f in zip(self.input_size, self.stride, covered, strict=True)
        ]
        return (totals[0] // 2, -(-totals[0] // 2)), (totals[1] // 2, -(-totals[1] // 2))

    def measures(self) -> dict[str, int]:
        """Return the figure's sizes in cells."""
        rows, columns = self.output().shape
        (top, bottom), (left, right) = self.sides()
        return {
            "height": self.input_size[0] + top + bottom,
            "width": self.input_size[1] + left + right,
            "kernel-height": self.kernel_size[0],
            "kernel-width": self.kernel_size[1],
            "output-height": max(rows, 1),
            "output-width": max(columns, 1),
            "cell": 175 if self.kernel_size[1] > 5 else 290,
            "apart": int(any(down != across for down, across in self._pairs())),
        }

    def still(self) -> str:
        """Return the three grids, the window at its first position, as an SVG."""
        size = self.measures()
        output = self.output().tolist()
        (top, _), (left, _) = self.sides()
        rows = max(size["height"], size["kernel-height"], size["output-height"])
        kernel_left = size["width"] + 1.2
        output_left = kernel_left + size["kernel-width"] + 1.2
        still = Still(output_left + size["output-width"] + 0.2, rows + 1.3)
        image = [[0] * size["width"] for _ in range(size["height"])]
        for y, line in enumerate(self.input):
            image[top + y][left : left + len(line)] = line  # type: ignore[assignment]
        border = {
            (y, x)
            for y in range(size["height"])
            for x in range(size["width"])
            if not (top <= y < top + self.input_size[0] and left <= x < left + self.input_size[1])
        }
        unread = self._unread() if output else set()
        read = {
            (y * self.dilation[0], x * self.dilation[1])
            for y, x in np.ndindex(self.kernel_size)
            if output
        }
        still.grid(
            image,
            left=0.1,
            top=1,
            role="input",
            label="Input",
            marked=read,
            hatched=border | {(y + top, x + left) for y, x in unread},
        )
        still.grid(self.weight, left=kernel_left, top=1, role="filter", label="Filter")
        still.text("⋆", left=kernel_left - 0.55, top=1.5)
        still.text("=", left=output_left - 0.6, top=1.5)
        first = {(0, 0)} if output else set()
        still.grid(
            output or [[None]], left=output_left, top=1, role="output", label="Output", marked=first
        )
        shown = in_words(output) if output else "none, because the windows do not fit"
        return still.svg(
            f"Input, {_by(self.input_size)}: {in_words(self.input)}. "
            f"Filter, {_by(self.kernel_size)}: {in_words(self.weight)}. "
            f"Stride {_by(self.stride)}, padding {_by(self.padding)}, "
            f"dilation {_by(self.dilation)}. Output: {shown}."
        )

    def _pairs(self) -> list[tuple[int, int]]:
        return [self.input_size, self.kernel_size, self.stride, self.padding, self.dilation]

    def _unread(self) -> set[tuple[int, int]]:
        (top, bottom), (left, right) = self.sides()
        height, width = self.input_size
        # SAME pads unevenly, so the padding counts as pixels here.
        padded = (top + height + bottom, left + width + right)
        lost = unread_pixels(padded, self.kernel_size, self.stride, 0, self.dilation)
        inside = lost[top : top + height, left : left + width]
        return {(int(y), int(x)) for y, x in np.argwhere(inside)}

    @traitlets.validate("input_size", "kernel_size", "stride", "padding", "dilation", "rounding")
    def _fits(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        self._check_room(f"{name} cannot be {value!r}", {name: value})
        return value

    # Before a plane is taken, and not when its size follows: what is refused must not stay.
    @traitlets.validate("input", "weight")
    def _plane_fits(self, proposal: Any) -> Any:
        name, shape = proposal["trait"].name, _shape(proposal["value"])
        self._check_room(f"{name} cannot have the shape {shape}", {_SIZES[name]: shape})
        return proposal["value"]

    def _check_room(self, problem: str, part: dict[str, Any]) -> None:
        """Raise if the filter would be larger than the padded input with a part of the traits."""
        values = {**self.trait_values(), **part}
        if values["rounding"] == "same":
            return
        covered = effective_kernel_size(values["kernel_size"], values["dilation"])
        for axis in (0, 1):
            whole = values["input_size"][axis] + 2 * values["padding"][axis]
            if covered[axis] > whole:
                raise traitlets.TraitError(
                    f"{problem}: the filter would cover {covered[axis]} pixels of a padded input "
                    f"of {whole}"
                )

    @traitlets.observe("input", "weight")
    def _follow_plane(self, change: Any) -> None:
        setattr(self, _SIZES[change["name"]], _shape(change["new"]))

    @traitlets.observe("input_size", "kernel_size")
    def _follow_size(self, change: Any) -> None:
        self._resize(change["name"])

    def _resize(self, size: str) -> None:
        """Cut a plane to its new size, or fill it up, where it does not have that size already."""
        name, (height, width) = _SIDES[size], getattr(self, size)
        plane, fill = getattr(self, name), _pixel if name == "input" else _weight
        if _shape(plane) != (height, width):
            known = {(y, x): value for y, row in enumerate(plane) for x, value in enumerate(row)}
            rows = [[known.get((y, x), fill(y, x)) for x in range(width)] for y in range(height)]
            setattr(self, name, rows)


def _shape(plane: list[list[float]]) -> tuple[int, int]:
    return len(plane), len(plane[0])


def _by(both: tuple[int, int]) -> str:
    return f"{both[0]}" if both[0] == both[1] else f"{both[0]} by {both[1]}"

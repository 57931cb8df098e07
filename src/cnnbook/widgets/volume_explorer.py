"""The volume explorer: all channels, all filters, and what each channel adds to one output."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from cnnbook.convolution import conv2d

from .base import Pair, Trait, Widget, briefly, is_whole
from .still import Still, in_words

_LARGEST = 99
_SIZES = ("in_channels", "out_channels", "input_size", "kernel_size")
_INPUT = [
    [[2, 1, 1, 0, 0], [0, 0, 0, 0, 2], [1, 2, 1, 1, 2], [2, 1, 1, 1, 2], [0, 2, 2, 0, 1]],
    [[2, 1, 0, 2, 2], [2, 0, 0, 2, 0], [1, 0, 0, 1, 1], [1, 0, 0, 0, 0], [2, 1, 1, 0, 1]],
    [[2, 1, 1, 2, 2], [2, 1, 2, 2, 1], [2, 2, 2, 1, 2], [0, 1, 2, 2, 1], [1, 0, 1, 1, 2]],
]
_WEIGHT = [
    [
        [[1, -1, 1], [0, 0, 1], [0, -1, -1]],
        [[1, 0, 0], [0, 1, 0], [-1, 1, -1]],
        [[-1, 1, 0], [-1, -1, 0], [1, 0, 1]],
    ],
    [
        [[-1, -1, 1], [1, -1, -1], [1, 0, 0]],
        [[-1, 1, 0], [1, 1, 1], [-1, 1, -1]],
        [[0, 0, 1], [-1, 1, -1], [0, 0, 1]],
    ],
]
_BIAS = [1, 0]


class Block(Trait[list[Any], Any]):
    """Numbers in nested lists, or an array; the value is nested lists.

    Parameters
    ----------
    default
        The first value.
    largest_sides
        How many numbers there may be along each axis; at least one.
    """

    def __init__(self, default: list[Any], *largest_sides: int) -> None:
        self.largest_sides = largest_sides
        super().__init__(default_value=default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> list[Any]:
        """Return the value as nested lists of plain numbers, or raise a TraitError."""
        try:
            array = np.asarray(value)
        except ValueError:
            array = np.asarray("ragged")
        if (
            array.dtype.kind not in "iuf"
            or array.ndim != len(self.largest_sides)
            or not all(1 <= n <= m for n, m in zip(array.shape, self.largest_sides, strict=True))
            or not np.all(np.abs(array) <= _LARGEST)
        ):
            sides = " × ".join(map(str, self.largest_sides))
            raise traitlets.TraitError(
                f"{self.name} must have {len(self.largest_sides)} axes of at most {sides} numbers "
                f"from −{_LARGEST} to {_LARGEST}, but got {briefly(value)}"
            )
        return _plain(array)


class Place(Trait[tuple[int, ...], Any]):
    """Whole numbers from 0 on: a filter, a row and a column."""

    def __init__(self) -> None:
        super().__init__(default_value=(0, 0, 0))
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> tuple[int, ...]:
        """Return the value as a tuple, or raise a TraitError."""
        if (
            not isinstance(value, tuple | list)
            or len(value) != 3
            or not all(is_whole(n, 0, inf) for n in value)
        ):
            raise traitlets.TraitError(
                f"{self.name} must be a filter, a row and a column, whole numbers from 0 on, "
                f"but got {briefly(value)}"
            )
        return tuple(map(int, value))


class VolumeExplorer(Widget):
    """An input of several channels, several filters with their biases, and the volume they make.

    Parameters
    ----------
    input
        Channel × height × width, at most 4 × 8 × 8 numbers from −99 to 99.
    weight
        Filter × channel × height × width, at most 4 × 4 × 5 × 5 numbers from −99 to 99.
    bias
        One number a filter.
    in_channels, out_channels, input_size, kernel_size
        The sizes of those three; the figure chooses numbers that are not given. They can be read
        and set later as well, which keeps the numbers that there are.
    stride, padding
        As in PyTorch; an int or a pair (vertical, horizontal).
    position
        Filter, row and column of the output that is explained; the nearest one where there is none.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range, the numbers of channels or filters differ, or the filters are
        larger than the padded input.

    Examples
    --------
    >>> explorer = VolumeExplorer()
    >>> explorer.in_channels, explorer.out_channels, explorer.stride
    (3, 2, (2, 2))
    >>> explorer.output().shape
    (2, 3, 3)
    """

    module = "volume-explorer"

    input = Block(_INPUT, 4, 8, 8)
    weight = Block(_WEIGHT, 4, 4, 5, 5)
    bias = Block(_BIAS, 4)
    stride = Pair(2, 1, 4)
    padding = Pair(1, 0, 3)
    position = Place()

    def __init__(self, **traits: Any) -> None:
        sizes: dict[str, Any] = {}
        for name in ("input", "weight", "bias"):
            if name in traits:
                traits[name] = getattr(type(self), name).validate(self, traits[name])
                _agree(sizes, _sizes(**{name: traits[name]}))
        _agree(sizes, {name: _size(name, traits.pop(name)) for name in _SIZES if name in traits})
        blocks = {"input": _INPUT, "weight": _WEIGHT, "bias": _BIAS}
        blocks |= {name: traits.pop(name) for name in blocks if name in traits}
        super().__init__(**_resized(blocks, sizes), **traits)

    @property
    def in_channels(self) -> int:
        """How many channels the input has, and each filter."""
        return len(self.input)

    @in_channels.setter
    def in_channels(self, value: int) -> None:
        self._resize(in_channels=value)

    @property
    def out_channels(self) -> int:
        """How many filters there are, and channels of the output."""
        return len(self.weight)

    @out_channels.setter
    def out_channels(self, value: int) -> None:
        self._resize(out_channels=value)

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the input."""
        return len(self.input[0]), len(self.input[0][0])

    @input_size.setter
    def input_size(self, value: int | tuple[int, int]) -> None:
        self._resize(input_size=value)

    @property
    def kernel_size(self) -> tuple[int, int]:
        """Height and width of each filter."""
        return len(self.weight[0][0]), len(self.weight[0][0][0])

    @kernel_size.setter
    def kernel_size(self, value: int | tuple[int, int]) -> None:
        self._resize(kernel_size=value)

    def output(self) -> npt.NDArray[np.float64]:
        """Return the output volume, filter × height × width."""
        return conv2d(
            np.array(self.input, float),
            np.array(self.weight, float),
            np.array(self.bias, float),
            stride=self.stride,
            padding=self.padding,
        )

    def measures(self) -> dict[str, int]:
        """Return the figure's sizes in cells."""
        (height, width), (top, left) = self.input_size, self.padding
        rows, columns = self.output().shape[1:]
        return {
            "channels": self.in_channels,
            "filters": self.out_channels,
            "height": height + 2 * top,
            "width": width + 2 * left,
            "kernel-height": self.kernel_size[0],
            "kernel-width": self.kernel_size[1],
            "output-height": rows,
            "output-width": columns,
            "apart": int(any(a != b for a, b in self._pairs())),
        }

    def still(self) -> str:
        """Return channels, filters and maps, the window at its first position, as an SVG."""
        size, output = self.measures(), self.output().tolist()
        (top, left), kernel = self.padding, self.kernel_size
        step = size["height"] + 0.7
        filters_left = size["width"] + 1.1
        output_left = filters_left + self.out_channels * (kernel[1] + 0.8) + 0.4
        step_out = size["output-height"] + 0.7
        rows = max(self.in_channels * step + 1.7, self.out_channels * step_out) + 1
        still = Still(output_left + size["output-width"] + 0.2, rows)
        still.text("Input", left=size["width"] / 2, top=0.4, role="input", bold=True)
        still.text(
            "Output", left=output_left + size["output-width"] / 2, top=0.4, role="output", bold=True
        )
        read = {(y, x) for y in range(kernel[0]) for x in range(kernel[1])}
        for channel, plane in enumerate(self.input):
            padded = np.pad(np.array(plane), ((top, top), (left, left))).tolist()
            whole = set(np.ndindex(size["height"], size["width"]))
            inner = {(top + y, left + x) for y, x in np.ndindex(self.input_size)}
            still.grid(
                padded,
                left=0.1,
                top=1 + channel * step,
                role="input",
                marked=read,
                hatched=whole - inner,
            )
        middle = (size["height"] - kernel[0]) / 2
        for index, filters in enumerate(self.weight):
            at = filters_left + index * (kernel[1] + 0.8)
            still.text(
                f"Filter {index}", left=at + kernel[1] / 2, top=0.4, role="filter", bold=True
            )
            for channel, plane in enumerate(filters):
                still.grid(plane, left=at, top=1 + channel * step + middle, role="filter")
            below = 1 + self.in_channels * step
            still.text("bias", left=at + kernel[1] / 2, top=below, role="muted")
            middle_left = at + kernel[1] / 2 - 0.5
            still.grid([[self.bias[index]]], left=middle_left, top=below + 0.4, role="filter")
        for index, plane in enumerate(output):
            first = {(0, 0)} if index == 0 else set()
            still.grid(
                plane, left=output_left, top=1 + index * step_out, role="output", marked=first
            )
        return still.svg(
            " ".join(
                [
                    *(f"Input, channel {c}: {in_words(p)}." for c, p in enumerate(self.input)),
                    *(
                        f"Filter {k}: {'; '.join(map(in_words, planes))}; bias {self.bias[k]:g}."
                        for k, planes in enumerate(self.weight)
                    ),
                    *(f"Output, map {k}: {in_words(p)}." for k, p in enumerate(output)),
                ]
            )
        )

    def _pairs(self) -> list[tuple[int, int]]:
        return [self.input_size, self.kernel_size, self.stride, self.padding]

    def _resize(self, **sizes: Any) -> None:
        """Cut numbers away or add some, all of them together."""
        sizes = {name: _size(name, value) for name, value in sizes.items()}
        blocks = {name: getattr(self, name) for name in ("input", "weight", "bias")}
        with self.hold_trait_notifications():
            for name, block in _resized(blocks, sizes).items():
                setattr(self, name, block)

    @traitlets.validate("input", "weight", "bias", "stride", "padding")
    def _fits(self, proposal: Any) -> Any:
        values = {**self.trait_values(), proposal["trait"].name: proposal["value"]}
        name, (image, weight) = proposal["trait"].name, (values["input"], values["weight"])
        if len(weight[0]) != len(image):
            raise traitlets.TraitError(
                f"{name} cannot have this shape: the input would have {len(image)} channels, and "
                f"each filter {len(weight[0])}; set in_channels first, which changes both"
            )
        if len(values["bias"]) != len(weight):
            raise traitlets.TraitError(
                f"{name} cannot have this shape: there would be {len(values['bias'])} biases for "
                f"{len(weight)} filters; set out_channels first, which changes both"
            )
        for axis in (1, 2):
            kernel = np.shape(weight)[axis + 1]
            whole = np.shape(image)[axis] + 2 * values["padding"][axis - 1]
            if kernel > whole:
                # Traits that are set together are checked in any order, and each with all of them.
                reasons = {
                    "input": ("input_size", np.shape(image)[1:]),
                    "padding": ("padding", values["padding"]),
                }
                name, value = reasons.get(name, ("kernel_size", np.shape(weight)[2:]))
                raise traitlets.TraitError(
                    f"{name} cannot be {value}: the filters would cover {kernel} pixels of a "
                    f"padded input of {whole}"
                )
        return proposal["value"]


def _sizes(
    input: list[Any] | None = None, weight: list[Any] | None = None, bias: list[Any] | None = None
) -> dict[str, Any]:
    """Return the sizes that numbers have."""
    sizes: dict[str, Any] = {}
    if input is not None:
        sizes |= {"in_channels": len(input), "input_size": np.shape(input)[1:]}
    if weight is not None:
        shape = np.shape(weight)
        sizes |= {"out_channels": shape[0], "in_channels": shape[1], "kernel_size": shape[2:]}
    if bias is not None:
        sizes |= {"out_channels": len(bias)}
    return sizes


def _agree(sizes: dict[str, Any], more: dict[str, Any]) -> None:
    """Add sizes to those that are known, or raise a TraitError where they differ."""
    for name, value in more.items():
        if sizes.setdefault(name, value) != value:
            raise traitlets.TraitError(
                f"{name} cannot be both {sizes[name]} and {value}: input, weight, bias and their "
                "sizes must go together"
            )


def _size(name: str, value: Any) -> Any:
    """Return a size as a number or a pair, or raise a TraitError."""
    largest = {"input_size": 8, "kernel_size": 5}.get(name, 4)
    both = value if isinstance(value, tuple | list) else (value, value)
    paired = name in ("input_size", "kernel_size")
    if (
        len(both) != 2
        or (isinstance(value, tuple | list) and not paired)
        or not all(is_whole(n, 1, largest) for n in both)
    ):
        kind = ", or a pair of them" if paired else ""
        raise traitlets.TraitError(
            f"{name} must be a whole number from 1 to {largest}{kind}, but got {briefly(value)}"
        )
    return tuple(map(int, both)) if paired else int(value)


def _resized(blocks: dict[str, Any], sizes: dict[str, Any]) -> dict[str, Any]:
    """Return input, weight and bias with new sizes; what is new gets a number that varies."""
    now = {**_sizes(**blocks), **sizes}
    shapes = {
        "input": (now["in_channels"], *now["input_size"]),
        "weight": (now["out_channels"], now["in_channels"], *now["kernel_size"]),
        "bias": (now["out_channels"],),
    }
    return {name: _cut(np.array(blocks[name]), shape, name) for name, shape in shapes.items()}


def _cut(old: npt.NDArray[Any], shape: tuple[int, ...], name: str) -> list[Any]:
    new = np.asarray(_FILL[name](*np.indices(shape))).astype(old.dtype)
    common = tuple(slice(min(a, b)) for a, b in zip(old.shape, shape, strict=True))
    new[common] = old[common]
    return _plain(new)


#: The numbers that nobody has chosen; the figure's module has the same.
_FILL: dict[str, Any] = {
    "input": lambda c, y, x: (7 * y * y + 3 * y * x + 5 * x * x + 2 * y + x + 3 * c + 1) % 11 % 3,
    "weight": lambda k, c, y, x: (y * y + 2 * y * x + 2 * x + k + 2 * c + k * c + 1) % 3 - 1,
    "bias": lambda k: 1 - k % 2,
}


def _plain(array: npt.NDArray[Any]) -> list[Any]:
    """Return an array as nested lists, whole numbers without a fraction."""
    if array.ndim > 1:
        return [_plain(part) for part in array]
    return [int(number) if float(number).is_integer() else float(number) for number in array]

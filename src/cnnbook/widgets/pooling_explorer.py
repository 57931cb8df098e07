"""The pooling explorer: what each window keeps, and where its gradient goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from cnnbook.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)
from cnnbook.shapes import output_size

from .base import Choice, Pair, Plane, Widget, briefly
from .still import Still, in_words

_SMALLEST, _LARGEST = 4, 8
_SLICE = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]


def _gradient(row: int, column: int) -> int:
    """Return a gradient that nobody has chosen; the figure's module does the same."""
    return 4 * (2 * row + column + 1)


class PoolingExplorer(Widget):
    """One slice of a volume, pooled, and the gradient that comes back.

    Parameters
    ----------
    input
        Height × width, from 4 × 4 to 8 × 8 numbers from −99 to 99.
    kind
        What each window keeps: "max" or "average".
    kernel_size, stride
        As in PyTorch; an int or a pair (vertical, horizontal).
    ceil_mode
        As in PyTorch: whether a last window may reach over the end, instead of leaving pixels
        unread.
    backward
        Whether the gradient is shown as well.
    grad_output
        The gradient that arrives at the output, in its shape. The figure chooses what is not given,
        and cuts it, or fills it up, when the output gets another size.
    position
        Row and column of the output that is explained; the nearest one where there is none.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range, the window is larger than the input, or `grad_output` does not
        have the output's shape.

    Examples
    --------
    >>> explorer = PoolingExplorer(kernel_size=3, stride=1)
    >>> explorer.output().tolist()
    [[7.0, 8.0], [7.0, 8.0]]
    >>> explorer.grad_input()[1].tolist()
    [0.0, 0.0, 16.0, 24.0]
    """

    module = "pooling-explorer"

    input = Plane(_SLICE, _LARGEST, 99)
    kind = Choice(["max", "average"], "max")
    kernel_size = Pair(2, 1, _LARGEST)
    stride = Pair(2, 1, _LARGEST)
    ceil_mode = traitlets.Bool(False).tag(sync=True)
    backward = traitlets.Bool(False).tag(sync=True)
    grad_output = Plane([[_gradient(y, x) for x in range(2)] for y in range(2)], _LARGEST, 99)
    position = Pair(0, 0, _LARGEST - 1)

    def output(self) -> npt.NDArray[np.float64]:
        """Return the numbers of the output, height × width."""
        pool = max_pool2d if self.kind == "max" else avg_pool2d
        result: npt.NDArray[np.float64] = pool(
            np.array(self.input, float)[None],
            self.kernel_size,
            self.stride,
            ceil_mode=self.ceil_mode,
        )[0]
        return result

    def grad_input(self) -> npt.NDArray[np.float64]:
        """Return where the gradient goes, in the input's shape."""
        spread = max_pool2d_backward if self.kind == "max" else avg_pool2d_backward
        result: npt.NDArray[np.float64] = spread(
            np.array(self.grad_output, float)[None],
            np.array(self.input, float)[None],
            self.kernel_size,
            self.stride,
            ceil_mode=self.ceil_mode,
        )[0]
        return result

    def measures(self) -> dict[str, int]:
        """Return the figure's sizes in cells; what hangs over the edge counts as input."""
        rows, columns = _output_shape(self.trait_values())
        height, width = (
            max(n, (count - 1) * s + f) if self.ceil_mode else n
            for n, count, s, f in zip(
                _shape(self.input), (rows, columns), self.stride, self.kernel_size, strict=True
            )
        )
        pairs = (_shape(self.input), self.kernel_size, self.stride)
        return {
            "height": height,
            "width": width,
            "output-height": rows,
            "output-width": columns,
            "backward": int(self.backward),
            "apart": int(any(down != across for down, across in pairs)),
            "stacked": int(width + columns > 7),
        }

    def still(self) -> str:
        """Return input and output, and the gradients if they are shown, as an SVG."""
        size = self.measures()
        rows = max(size["height"], size["output-height"])
        right = size["width"] + 2.4
        height = (rows + 1.3) * (2 if self.backward else 1)
        label = size["output-width"] / 2 + 2.1  # the widest label reaches beyond a narrow grid
        still = Still(right + max(size["output-width"] + 0.2, label), height)
        output = self.output().tolist()
        still.grid(self.input, left=0.1, top=1, role="input", label="Input", marked=self._winners())
        still.text(f"{'max' if self.kind == 'max' else 'mean'} →", left=right - 1.2, top=1.5)
        still.grid(output, left=right, top=1, role="output", label="Output")
        alt = (
            f"Input: {in_words(self.input)}. {self.kind.capitalize()} pooling, "
            f"window {_by(self.kernel_size)}, stride {_by(self.stride)}. "
            f"Output: {in_words(output)}."
        )
        if self.backward:
            top, back = rows + 2.3, self.grad_input().tolist()
            still.grid(back, left=0.1, top=top, role="gradient", label="Input gradient")
            still.text("←", left=right - 1.2, top=top + 0.5)
            still.grid(
                self.grad_output, left=right, top=top, role="gradient", label="Output gradient"
            )
            alt += (
                f" Output gradient: {in_words(self.grad_output)}. Input gradient: {in_words(back)}."
            )
        return still.svg(alt)

    def _winners(self) -> set[tuple[int, int]]:
        if self.kind != "max":
            return set()
        _, places = max_pool2d(
            np.array(self.input, float)[None],
            self.kernel_size,
            self.stride,
            ceil_mode=self.ceil_mode,
            return_indices=True,
        )
        width = len(self.input[0])
        return {divmod(int(place), width) for place in places.ravel()}

    @traitlets.validate("input", "kernel_size")
    def _fits(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        values = {**self.trait_values(), name: value}
        if not all(_SMALLEST <= side <= _LARGEST for side in _shape(values["input"])):
            raise traitlets.TraitError(
                f"input must have from {_SMALLEST} × {_SMALLEST} to {_LARGEST} × {_LARGEST} "
                f"numbers, but got {briefly(value)}"
            )
        for side, window in zip(_shape(values["input"]), values["kernel_size"], strict=True):
            if window > side:
                raise traitlets.TraitError(
                    f"{name} cannot be {briefly(value)}: a window of {window} does not fit into "
                    f"{side} pixels"
                )
        return value

    @traitlets.validate("grad_output")
    def _matches(self, proposal: Any) -> Any:
        expected, shape = _output_shape(self.trait_values()), _shape(proposal["value"])
        if shape != expected:
            raise traitlets.TraitError(
                f"grad_output must have the output's shape {expected}, but got {shape}"
            )
        return proposal["value"]

    @traitlets.observe("input", "kernel_size", "stride", "ceil_mode")
    def _follow(self, change: Any) -> None:
        """Cut the gradient to the output's new size, or fill it up."""
        height, width = _output_shape(self.trait_values())
        if _shape(self.grad_output) != (height, width):
            known = {
                (y, x): value
                for y, row in enumerate(self.grad_output)
                for x, value in enumerate(row)
            }
            self.grad_output = [
                [known.get((y, x), _gradient(y, x)) for x in range(width)] for y in range(height)
            ]


def _output_shape(values: dict[str, Any]) -> tuple[int, int]:
    shape: tuple[int, int] = output_size(
        _shape(values["input"]),
        values["kernel_size"],
        values["stride"],
        rounding="ceil" if values["ceil_mode"] else "floor",
    )
    return shape


def _shape(plane: list[list[float]]) -> tuple[int, int]:
    return len(plane), len(plane[0])


def _by(both: tuple[int, int]) -> str:
    return f"{both[0]}" if both[0] == both[1] else f"{both[0]} by {both[1]}"

"""The kernel lab: a photo, a kernel of nine or twenty-five numbers, and the map that it makes."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from cnnbook.convolution import conv2d_im2col

from .base import Choice, Pair, Plane, Whole, Widget, chosen
from .photo import Photo, coloured, drawn_width, pixels_of, smaller
from .still import Still, in_words

PRESETS: dict[str, tuple[list[list[int]], int]] = {
    "identity": ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], 1),
    "blur": ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9),
    "sharpen": ([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], 1),
    "Sobel x": ([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], 1),
    "Sobel y": ([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], 1),
    "Laplacian": ([[0, 1, 0], [1, -4, 1], [0, 1, 0]], 1),
    "emboss": ([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], 1),
}


class KernelLab(Widget):
    """A photograph in 256 levels of grey, a kernel, and the map, computed while the reader edits.

    Zeros pad the photo, so that the map is as large as the photo.

    Parameters
    ----------
    preset
        A name of a kernel, instead of `weight` and `divisor`: "identity", "blur", "sharpen",
        "Sobel x", "Sobel y", "Laplacian" or "emboss".
    weight
        3 × 3 or 5 × 5 numbers from −99 to 99.
    kernel_size
        3 or 5. Setting it later frames the weights with zeros, or cuts the frame off.
    divisor
        What the sum of the products is divided by, a whole number from 1 to 999: 9 for a mean of
        nine pixels.
    position
        Row and column of the output that is explained.
    photo
        Height × width × 3 bytes, or a ``data:`` address of a picture; the cat if empty.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range, or `weight` has another shape than `kernel_size`.

    Examples
    --------
    >>> lab = KernelLab(preset="blur")
    >>> lab.weight, lab.divisor
    ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9)
    """

    module = "kernel-lab"

    weight = Plane(PRESETS["Sobel x"][0], 5, 99)
    kernel_size = Choice([3, 5], 3)
    divisor = Whole(1, 1, 999)
    position = Pair((118, 162), 0, 4095)
    photo = Photo()

    def __init__(self, preset: str | None = None, **traits: Any) -> None:
        if preset is not None:
            weight, divisor = chosen("preset", preset, PRESETS)
            if preset == "blur" and traits.get("kernel_size") == 5:
                weight, divisor = [[1] * 5] * 5, 25
            traits = {"weight": weight, "divisor": divisor, **traits}
        size = traits.get("kernel_size")
        rows = traits.get("weight")
        if isinstance(rows, Sized) and len(rows) in (3, 5):
            traits["kernel_size"] = len(rows)
        super().__init__(**traits)
        if size is not None:
            self.kernel_size = size

    def levels(self) -> npt.NDArray[np.float64]:
        """Return the photo in whole levels of grey from 0 to 255, height × width."""
        red, green, blue = pixels_of(self.photo).astype(int).transpose(2, 0, 1)
        # In whole numbers: fractions would round a half up in one place and down in another.
        return np.asarray((2125 * red + 7154 * green + 721 * blue + 5000) // 10000, dtype=float)

    def output(self) -> npt.NDArray[np.float64]:
        """Return the map of the whole photo, as large as the photo."""
        weight = np.array(self.weight, float)[None, None] / self.divisor
        padding = self.kernel_size // 2
        return np.asarray(conv2d_im2col(self.levels()[None], weight, padding=padding)[0])

    def measures(self) -> dict[str, int]:
        """Return the kernel's rows, and the photo's height in thousandths of its width."""
        height, width = pixels_of(self.photo).shape[:2]
        return {"kernel": self.kernel_size, "ratio": round(1000 * height / width)}

    def still(self) -> str:
        """Return the photo, the kernel and the map as an SVG."""
        levels, output = self.levels(), self.output()
        ratio = levels.shape[0] / levels.shape[1]
        wide = drawn_width(10, ratio)
        tall, size = wide * ratio, self.kernel_size
        still = Still(2 * wide + size + 2, max(tall, size) + 1.3)
        shades = smaller(np.repeat(levels[..., None], 3, 2).astype(np.uint8), 300)
        still.text("Photo", left=wide / 2, top=0.5, role="input", bold=True)
        still.image(shades, left=0, top=1, width=wide, height=tall)
        still.grid(self.weight, left=wide + 1, top=1, role="filter", label="Filter")
        if self.divisor != 1:
            still.text(f"divided by {self.divisor}", left=wide + 1 + size / 2, top=size + 1.5)
        left = wide + size + 2
        still.text("Map", left=left + wide / 2, top=0.5, role="output", bold=True)
        picture = smaller(
            coloured(output, signed=self._signed(), full=0 if self._signed() else 255), 300
        )
        still.image(picture, left=left, top=1, width=wide, height=tall)
        scale = "grey is 0" if self._signed() else "black is 0 and white 255"
        by = f", divided by {self.divisor}" if self.divisor != 1 else ""
        return still.svg(
            f"A photo of {levels.shape[0]} by {levels.shape[1]} pixels in grey. "
            f"Kernel: {in_words(self.weight)}{by}. "
            f"Its map goes from {output.min():.0f} to {output.max():.0f}; in it {scale}."
        )

    def _signed(self) -> bool:
        return abs(sum(map(sum, self.weight)) / self.divisor - 1) >= 0.5

    @traitlets.validate("weight")
    def _is_square(self, proposal: Any) -> Any:
        rows = proposal["value"]
        if len(rows) not in (3, 5) or len(rows[0]) != len(rows):
            raise traitlets.TraitError(
                f"weight must have 3 × 3 or 5 × 5 numbers, but has {len(rows)} × {len(rows[0])}"
            )
        return rows

    @traitlets.observe("weight")
    def _follow_weight(self, change: Any) -> None:
        self.kernel_size = len(change["new"])

    @traitlets.observe("kernel_size")
    def _follow_size(self, change: Any) -> None:
        size, weight = change["new"], np.array(self.weight)
        if len(weight) < size:
            self.weight = np.pad(weight, 1).tolist()
        elif len(weight) > size:
            self.weight = weight[1:-1, 1:-1].tolist()

"""The channel mixer: a 1×1 convolution of a photo's three colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from cnnbook.convolution import conv2d_im2col

from .base import Pair, Plane, Widget, chosen
from .photo import Photo, drawn_width, pixels_of, smaller
from .still import Still, in_words

_GREY = [0.2125, 0.7154, 0.0721]
PRESETS: dict[str, tuple[list[list[float]], list[float]]] = {
    "identity": ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0]),
    "greyscale": ([_GREY, _GREY, _GREY], [0, 0, 0]),
    "sepia": (
        [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]],
        [0, 0, 0],
    ),
    "swap": ([[0, 0, 1], [0, 1, 0], [1, 0, 0]], [0, 0, 0]),
    "one channel": ([[1, 0, 0], [0, 0, 0], [0, 0, 0]], [0, 0, 0]),
    "negative": ([[-1, 0, 0], [0, -1, 0], [0, 0, -1]], [255, 255, 255]),
}


class ChannelMixer(Widget):
    """A photo before and after a 1×1 convolution with three filters, and one pixel in numbers.

    Parameters
    ----------
    preset
        Instead of `weight` and `bias`: "identity", "greyscale", "sepia", "swap", "one channel" or
        "negative".
    weight
        3 × 3 numbers from −9 to 9: a row for each colour that is made, red, green and blue, and in
        it what it takes of red, green and blue.
    bias
        Three numbers from −255 to 255, added to the levels of 0 to 255.
    shuffle
        Whether the photo's pixels change their places first.
    position
        Row and column of the pixel that is explained.
    photo
        Height × width × 3 bytes, or a ``data:`` address of a picture; the cat if empty.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range, or there is no such preset.

    Examples
    --------
    >>> mixer = ChannelMixer("swap")
    >>> mixer.weight
    [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    >>> mixer.output().shape
    (3, 300, 451)
    """

    module = "channel-mixer"

    weight = Plane(PRESETS["sepia"][0], 3, 9)
    bias = Plane([[0], [0], [0]], 3, 255)
    shuffle = traitlets.Bool(False).tag(sync=True)
    position = Pair((200, 260), 0, 4095)
    photo = Photo()

    def __init__(self, preset: str | None = None, **traits: Any) -> None:
        if preset is not None:
            weight, bias = chosen("preset", preset, PRESETS)
            traits = {"weight": weight, "bias": bias, **traits}
        if np.iterable(traits.get("bias")):
            traits["bias"] = [[b] if np.ndim(b) == 0 else b for b in traits["bias"]]
        super().__init__(**traits)

    def output(self) -> npt.NDArray[np.float64]:
        """Return the mixed photo, channel × height × width, in levels that may leave 0 to 255."""
        image = pixels_of(self.photo).transpose(2, 0, 1).astype(float)
        weight = np.array(self.weight, float)[:, :, None, None]
        bias = np.array(self.bias, float)[:, 0]
        return np.asarray(conv2d_im2col(image, weight, bias), dtype=np.float64)

    def measures(self) -> dict[str, int]:
        """Return the photo's height in thousandths of its width."""
        height, width = pixels_of(self.photo).shape[:2]
        return {"ratio": round(1000 * height / width)}

    def still(self) -> str:
        """Return the photo, the weights and what becomes of the photo as an SVG."""
        pixels, output = pixels_of(self.photo), self.output()
        ratio = pixels.shape[0] / pixels.shape[1]
        wide = drawn_width(9, ratio)
        still = Still(2 * wide + 5.6, max(wide * ratio, 4) + 1.3)
        mixed = np.clip(np.round(output), 0, 255).astype(np.uint8).transpose(1, 2, 0)
        middle = 1 + (wide * ratio - 3) / 2
        for title, image, left, role in (
            ("Before", pixels, 0.0, "input"),
            ("After", mixed, wide + 5.6, "output"),
        ):
            still.text(title, left=left + wide / 2, top=0.5, role=role, bold=True)
            still.image(smaller(image), left=left, top=1, width=wide, height=wide * ratio)
        still.grid(self.weight, left=wide + 0.6, top=middle, role="filter", label="Filters")
        still.grid(self.bias, left=wide + 4, top=middle, role="filter", label="Bias")
        return still.svg(
            f"A photo of {pixels.shape[0]} by {pixels.shape[1]} pixels before and after a 1×1 "
            f"convolution. Red, green and blue are made of red, green and blue with the weights "
            f"{in_words(self.weight)}; biases {in_words(self.bias)}."
        )

    @traitlets.validate("weight", "bias")
    def _has_shape(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        columns = 3 if name == "weight" else 1
        if (len(value), len(value[0])) != (3, columns):
            raise traitlets.TraitError(
                f"{name} must have 3 × {columns} numbers, but has {len(value)} × {len(value[0])}"
            )
        return value

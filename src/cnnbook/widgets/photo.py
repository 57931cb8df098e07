"""What the figures with a photo share: its trait, its pixels, and a small picture of it."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from cnnbook.figures.palette import SIGNED
from cnnbook.images import cat

from .base import Trait
from .generated import as_jpeg, as_png


class Photo(Trait[str, Any]):
    """Pixels, height × width × 3 whole numbers from 0 to 255, or a ``data:`` address.

    The value is the address; an empty one stands for the cat.
    """

    def __init__(self) -> None:
        super().__init__(default_value="")
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> str:
        """Return the value as an address, or raise a TraitError."""
        problem = _address_problem(value) if isinstance(value, str) else _pixels_problem(value)
        if problem:
            raise traitlets.TraitError(
                f"{self.name} must be pixels or a data: address of a picture, "
                f"but got {str(value)[:40]!r}: {problem}"
            )
        return value if isinstance(value, str) else as_png(np.asarray(value).astype(np.uint8))


def _address_problem(address: str) -> str:
    if not address:
        return ""
    if not address.startswith("data:image/"):
        return "an address starts with data:image/"
    try:
        pixels_of(address)
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for what it cannot read
        return "no picture can be read from it"
    return ""


def _pixels_problem(value: object) -> str:
    try:
        pixels = np.asarray(value)
    except ValueError:
        return "its rows differ in length"
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        return f"pixels are height × width × 3 numbers, and this has the shape {pixels.shape}"
    if not np.issubdtype(pixels.dtype, np.integer):
        return f"pixels are whole numbers from 0 to 255, and these are {pixels.dtype}"
    if pixels.min() < 0 or pixels.max() > 255:
        return f"pixels go from 0 to 255, and these from {pixels.min()} to {pixels.max()}"
    return ""


def pixels_of(photo: str) -> npt.NDArray[np.uint8]:
    """Return the pixels of a photo's address, height × width × 3."""
    if not photo:
        return cat()
    from PIL import Image, ImageOps

    data = base64.b64decode(photo.partition(",")[2])
    # As a browser shows it: turned as the camera was held, and white where it is transparent.
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"))


def smaller(pixels: npt.NDArray[np.uint8], width: int = 270) -> str:
    """Return pixels as a small picture, for where the figure cannot run."""
    from PIL import Image

    width = min(width, pixels.shape[1])
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    return as_jpeg(np.asarray(Image.fromarray(pixels).resize((width, height))), 75)


def drawn_width(width: float, ratio: float) -> float:
    """Return how wide a photo is drawn where it may be `width`: a tall one narrower."""
    return width * min(1.0, 1.8 / ratio)


def coloured(
    output: npt.NDArray[np.float64], *, signed: bool, full: float = 0
) -> npt.NDArray[np.uint8]:
    """Return a map's colours: levels of grey from 0 on, or purple, grey and green about 0.

    `full` and what is larger has the last colour; by default the size that one number in a hundred
    exceeds, so that a few extremes do not pale all the others. The figures' module finds that size
    in one of 255 steps, which is faster and looks the same.
    """
    place = output / (full or np.quantile(np.abs(output), 0.99) or 1)
    if not signed:
        return np.repeat(np.clip(255 * place, 0, 255)[..., None], 3, 2).astype(np.uint8)
    stops = np.array([[int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in SIGNED])
    channels = [np.interp(place, np.linspace(-1, 1, len(stops)), stops[:, c]) for c in range(3)]
    return np.stack(channels, 2).astype(np.uint8)

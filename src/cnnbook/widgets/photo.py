"""What the figures with a photo share: its trait, its pixels, and a small picture of it."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from cnnbook.images import cat

from .generated import as_jpeg


class Photo(traitlets.TraitType[str, Any]):
    """Pixels, height × width × 3 bytes, or a ``data:`` address; the value is the address.

    An empty one stands for the cat.
    """

    def __init__(self) -> None:
        super().__init__(default_value="")
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> str:
        """Return the value as an address, or raise a TraitError."""
        if isinstance(value, str):
            if not value or value.startswith("data:image/"):
                return value
        elif np.ndim(value) == 3:
            return as_jpeg(np.asarray(value, np.uint8))
        raise traitlets.TraitError(
            f"{self.name} must be pixels or a data: address of a picture, "
            f"but got {str(value)[:40]!r}"
        )


def pixels_of(photo: str) -> npt.NDArray[np.uint8]:
    """Return the pixels of a photo's address, height × width × 3."""
    if not photo:
        return cat()
    from PIL import Image

    data = base64.b64decode(photo.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def smaller(pixels: npt.NDArray[np.uint8], width: int = 270) -> str:
    """Return pixels as a small picture, for where the figure cannot run."""
    from PIL import Image

    width = min(width, pixels.shape[1])
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    return as_jpeg(np.asarray(Image.fromarray(pixels).resize((width, height))), 75)

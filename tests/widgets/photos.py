"""What the tests of figures with photos share."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt

from .conftest import Visit

PIXELS = """([figure, index]) => {
  const canvas = document.getElementById(figure).querySelectorAll(".picture > canvas")[index];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768) {
    text += String.fromCharCode(...data.subarray(at, at + 32768));
  }
  return [canvas.height, canvas.width, btoa(text)];
}"""


def pixels(visit: Visit, name: str, index: int) -> npt.NDArray[np.uint8]:
    """Return what a figure's photo (0) or its result (1) shows, height × width × 3."""
    height, width, data = visit.page.evaluate(PIXELS, [name, index])
    levels = np.frombuffer(base64.b64decode(data), np.uint8)
    return levels.reshape(height, width, 4)[..., :3]


def png(image: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """Return a picture as a file to be chosen."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return {"name": "own.png", "mimeType": "image/png", "buffer": file.getvalue()}


BROKEN = {"name": "broken.png", "mimeType": "image/png", "buffer": b"no picture"}

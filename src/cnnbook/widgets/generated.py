"""Modules made from the package's own data: the photo, trained filters, the questions' words.

They hold nothing but a constant, so that a page loads each of them once, for all figures that use
it, and no figure's own code grows by them.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnbook.images import cat
from cnnbook.pretrained import load_filters

from .questions import KINDS

#: The first convolutions that the filter browser shows: a key, its network and its layer.
LAYERS = {"alexnet": ("alexnet", "features.0"), "vgg16": ("vgg16", "features.0")}


def as_png(pixels: npt.NDArray[np.uint8]) -> str:
    """Return 8-bit pixels, height × width or height × width × 3, as a ``data:`` address.

    A PNG keeps every pixel as it is: a figure in the page and Python then compute the same.

    >>> as_png(np.zeros((2, 3, 3), np.uint8))[:22]
    'data:image/png;base64,'
    """
    return _address(pixels, "PNG")


def as_jpeg(pixels: npt.NDArray[np.uint8], quality: int) -> str:
    """Return 8-bit pixels as the ``data:`` address of a smaller file, which is only looked at."""
    return _address(pixels, "JPEG", quality=quality, subsampling=0, optimize=True)


def _address(pixels: npt.NDArray[np.uint8], kind: str, **options: Any) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    data = base64.b64encode(file.getvalue()).decode()
    return f"data:image/{kind.lower()};base64,{data}"


@cache
def _cat() -> str:
    # Lossless, like a PNG, and a third smaller.
    return f"export default {json.dumps(_address(cat(), 'WEBP', lossless=True))};\n"


@cache
def _first_layers() -> str:
    """Return weights and biases as float16, little-endian: they need no more to be looked at."""
    layers = {}
    for key, names in LAYERS.items():
        weight, bias = load_filters(*names)
        assert bias is not None
        numbers = np.concatenate([weight.ravel(), bias]).astype("<f2")
        layers[key] = {
            "shape": list(weight.shape),
            "numbers": base64.b64encode(numbers.tobytes()).decode(),
        }
    return f"export default {json.dumps(layers)};\n"


@cache
def _question_texts() -> str:
    texts = {name: kind.texts() for name, kind in KINDS.items()}
    return f"export default {json.dumps(texts, ensure_ascii=False)};\n"


#: By name, what returns a module's source.
MODULES: dict[str, Callable[[], str]] = {
    "cat": _cat,
    "first-layers": _first_layers,
    "question-texts": _question_texts,
}

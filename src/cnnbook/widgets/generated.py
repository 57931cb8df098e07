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

import numpy as np

from cnnbook.images import cat
from cnnbook.pretrained import load_filters

from .questions import KINDS

#: The first convolutions that the filter browser shows: a key, its network and its layer.
LAYERS = {"alexnet": ("alexnet", "features.0"), "vgg16": ("vgg16", "features.0")}


@cache
def photo(width: int = 451, quality: int = 85) -> str:
    """Return the book's photograph as a JPEG, a ``data:`` address; colour keeps its resolution.

    >>> photo()[:23]
    'data:image/jpeg;base64,'
    """
    from PIL import Image

    image = Image.fromarray(cat())
    if width != image.width:
        image = image.resize((width, round(image.height * width / image.width)))
    return _jpeg(image, quality)


def as_jpeg(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], quality: int = 85) -> str:
    """Return 8-bit pixels, height × width or height × width × 3, as a ``data:`` address."""
    from PIL import Image

    return _jpeg(Image.fromarray(pixels), quality)


def _jpeg(image: object, quality: int) -> str:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, subsampling=0, optimize=True)  # type: ignore[attr-defined]
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


@cache
def _cat() -> str:
    return f"export default {json.dumps(photo())};\n"


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

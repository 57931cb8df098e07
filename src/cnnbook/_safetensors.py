"""A reader for the safetensors format: the length of a JSON header, the header, raw numbers.

The format cannot hold code, unlike a pickle. Reading it takes a few lines of NumPy, which spares
readers of the book a dependency. Specification: https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import json
import math

import numpy as np
import numpy.typing as npt

_LENGTH = 8  # bytes of the number that says how long the header is


def parse(data: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """Return the tensors of a safetensors file by name; float32 is the only type that is read.

    Parameters
    ----------
    data
        The whole file.

    Returns
    -------
    dict
        New arrays, which the caller may change.

    Raises
    ------
    ValueError
        If the file is cut short, is no safetensors file, or holds another type than float32.
    """
    body = _LENGTH + int.from_bytes(data[:_LENGTH], "little")
    if len(data) < _LENGTH or body > len(data):
        raise ValueError(f"not a whole safetensors file: its header would end after {body} bytes")
    header = json.loads(data[_LENGTH:body])
    header.pop("__metadata__", None)
    return {name: _tensor(name, data[body:], **entry) for name, entry in header.items()}


def _tensor(
    name: str, body: bytes, dtype: str, shape: list[int], data_offsets: list[int]
) -> npt.NDArray[np.float32]:
    if dtype != "F32":
        raise ValueError(f"tensor {name} is of type {dtype}; only F32 is read")
    begin, end = data_offsets
    if not 0 <= begin <= end <= len(body) or end - begin != 4 * math.prod(shape):
        raise ValueError(f"tensor {name}: bytes {begin} to {end} do not hold the shape {shape}")
    return np.frombuffer(body[begin:end], dtype="<f4").reshape(shape).astype(np.float32)

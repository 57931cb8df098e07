"""Filters of trained networks: a few that ship with the book, all others by download on request."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cnnbook._arguments import as_array, integer
from cnnbook._checkpoints import (
    CHECKPOINTS,
    Checkpoint,
    WeightsUnavailable,
    fetch,
    find,
    is_whole,
)
from cnnbook._safetensors import parse

if TYPE_CHECKING:
    from torch import Tensor

Filters = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]

__all__ = [
    "CHECKPOINTS",
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "Checkpoint",
    "WeightsUnavailable",
    "available",
    "download_weights",
    "load_filters",
    "load_state_dict",
    "preprocess",
]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
"""The average ImageNet pixel in red, green and blue, scaled to 0..1, as torchvision has it."""
IMAGENET_STD = (0.229, 0.224, 0.225)
"""The standard deviation of red, green and blue."""


def load_filters(name: str, layer: str, *, download: bool = False) -> Filters:
    """Return one layer's weight and bias from a trained network.

    AlexNet's ``features.0`` and VGG-16's ``features.0`` and ``features.2`` ship with the book;
    other layers are read from torchvision's checkpoint, if that is on this machine.

    Parameters
    ----------
    name
        ``"alexnet"``, ``"vgg16"``, ``"resnet50"`` or ``"resnet50-v2"``.
    layer
        The layer's name in torchvision's model, such as ``"layer1.0.conv2"``, not its tensor's,
        ``"layer1.0.conv2.weight"``.
    download
        Fetch the checkpoint if it is missing. Without this, nothing touches the network.

    Returns
    -------
    weight
        Filters × channels × height × width, for images as `preprocess` makes them. A new array.
    bias
        One number a filter; None if the layer has none, as in ResNet-50.

    Raises
    ------
    WeightsUnavailable
        If the checkpoint is missing or damaged (the message says what to run, and what it
        costs), or its download fails.
    ValueError
        If there is no such network; if `layer` is the name of a tensor; or if the network has no
        such layer, which only its checkpoint tells.

    Examples
    --------
    >>> weight, bias = load_filters("alexnet", "features.0")
    >>> weight.shape, bias.shape
    ((64, 3, 11, 11), (64,))
    """
    find(name)
    module, _, tensor = str(layer).rpartition(".")
    if module and tensor in ("weight", "bias"):
        raise ValueError(
            f"layer must name a layer, whose weight and bias are both returned: "
            f"{module!r}, not {layer!r}"
        )
    tensors = _shipped()
    weight = tensors.get(f"{name}.{layer}.weight")
    if weight is not None:
        return weight.copy(), tensors[f"{name}.{layer}.bias"].copy()
    state = load_state_dict(name, download=download)
    if f"{layer}.weight" not in state:
        layers = [key.removesuffix(".weight") for key in state if key.endswith(".weight")]
        raise ValueError(f"{name} has no layer {layer!r} with weights; it has {', '.join(layers)}")
    bias = state.get(f"{layer}.bias")
    return _numbers(state[f"{layer}.weight"]), None if bias is None else _numbers(bias)


def load_state_dict(name: str, *, download: bool = False) -> dict[str, Tensor]:
    """Return all weights of a trained network, for ``model.load_state_dict``.

    Parameters
    ----------
    name
        ``"alexnet"``, ``"vgg16"``, ``"resnet50"`` or ``"resnet50-v2"``.
    download
        Fetch the checkpoint if it is missing. Without this, nothing touches the network.

    Returns
    -------
    dict
        PyTorch tensors by name, on the CPU, read without executing any code of the file.

    Raises
    ------
    WeightsUnavailable
        If the checkpoint is missing or damaged (the message says what to run, and what it
        costs), or its download fails.
    ValueError
        If there is no such network.

    Examples
    --------
    With the checkpoint on this machine (or with ``download=True``), the shape of AlexNet's first
    layer would be ``load_state_dict("alexnet")["features.0.weight"].shape``.

    >>> load_state_dict("lenet")
    Traceback (most recent call last):
        ...
    ValueError: there is no network 'lenet'; there are alexnet, vgg16, resnet50, resnet50-v2
    """
    checkpoint = find(name)
    if not (download or available(name)):
        shipped = ", ".join(_shipped_layers(name))
        raise WeightsUnavailable(
            f"the weights of {name} are not on this machine, or damaged"
            + (f" (with the book: {shipped})" if shipped else "")
            + f". To fetch them, {checkpoint.size}, "
            f"run cnnbook.pretrained.download_weights({name!r})"
        )
    return fetch(name, checkpoint)


def available(name: str, layer: str | None = None) -> bool:
    """Tell whether a network's weights are whole and on this machine; the network is not asked.

    Parameters
    ----------
    name
        ``"alexnet"``, ``"vgg16"``, ``"resnet50"`` or ``"resnet50-v2"``.
    layer
        If given, True also where this layer ships with the book. Whether a checkpoint has a layer
        of this name is not looked up.

    Returns
    -------
    bool
        True if the checkpoint is in ``torch.hub``'s directory and its sha256 is the one in its
        name, which a truncated file's is not.

    Raises
    ------
    ValueError
        If there is no such network.

    Examples
    --------
    >>> available("alexnet", "features.0")
    True
    """
    checkpoint = find(name)
    return f"{name}.{layer}.weight" in _shipped() or is_whole(checkpoint)


def download_weights(name: str) -> Path:
    """Download a network's checkpoint, unless it is on this machine, and return its path.

    Parameters
    ----------
    name
        ``"alexnet"``, ``"vgg16"``, ``"resnet50"`` or ``"resnet50-v2"``. `CHECKPOINTS` has their
        sizes.

    Returns
    -------
    pathlib.Path
        The file in ``torch.hub``'s directory, its sha256 checked.

    Raises
    ------
    WeightsUnavailable
        If the download fails, or stalls for half a minute; nothing of it is kept.
    ValueError
        If there is no such network.

    Examples
    --------
    >>> CHECKPOINTS["alexnet"].size
    '233 MiB (244 MB)'
    >>> download_weights("lenet")
    Traceback (most recent call last):
        ...
    ValueError: there is no network 'lenet'; there are alexnet, vgg16, resnet50, resnet50-v2
    """
    checkpoint = find(name)
    if not is_whole(checkpoint):
        fetch(name, checkpoint)
    return checkpoint.path


def preprocess(image: npt.ArrayLike, size: int = 224) -> npt.NDArray[np.float32]:
    """Turn a photograph into the input that the networks of this module were trained on.

    Resized to a square, scaled from 0..255 to 0..1, minus `IMAGENET_MEAN`, over `IMAGENET_STD`.

    Parameters
    ----------
    image
        Height × width × 3, RGB, 8-bit integers.
    size
        Height and width of the result in pixels. As in the lecture, the whole photograph is
        squeezed into the square, whatever its proportions; torchvision's own evaluation scales
        the shorter side to 256 and keeps the central 224 × 224 pixels.

    Returns
    -------
    numpy.ndarray
        1 × 3 × size × size, float32.

    Raises
    ------
    ValueError
        If `image` does not have the axes height × width × 3, or no pixels, or `size` is below 1.
    TypeError
        If the numbers of `image` are no 8-bit integers, or `size` is no integer.

    Examples
    --------
    A white photograph: (1 − 0.485) / 0.229 = 2.249 in red, 2.429 in green, 2.640 in blue.

    >>> white = np.full((300, 451, 3), 255, dtype=np.uint8)
    >>> preprocess(white).shape
    (1, 3, 224, 224)
    >>> preprocess(white, size=1).ravel().round(3)
    array([2.249, 2.429, 2.64 ], dtype=float32)
    """
    pixels = as_array("image", image)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError(f"image must be height × width × 3, but its shape is {pixels.shape}")
    if pixels.dtype != np.uint8:
        raise TypeError(
            f"image must hold 8-bit integers (uint8, 0 to 255), but its dtype is {pixels.dtype}"
        )
    size = integer("size", size, minimum=1)
    rows, columns = _resampling(pixels.shape[0], size), _resampling(pixels.shape[1], size)
    resized = np.einsum("yh,hwc,xw->cyx", rows, pixels / 255, columns, optimize=True)
    mean, std = (np.array(rgb)[:, None, None] for rgb in (IMAGENET_MEAN, IMAGENET_STD))
    return np.asarray([(resized - mean) / std], dtype=np.float32)


def _resampling(old: int, new: int) -> npt.NDArray[np.float64]:
    """Return the new × old matrix that resizes one axis as torchvision does: bilinear, antialiased.

    Each new pixel is a mean of old ones, their weights a triangle that reaches its neighbours.
    """
    scale = old / new
    centres = (np.arange(new) + 0.5) * scale - 0.5
    distance = np.abs(np.arange(old) - centres[:, None]) / max(scale, 1)
    weights = np.maximum(1 - distance, 0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@cache
def _shipped() -> dict[str, npt.NDArray[np.float32]]:
    return parse(resources.files("cnnbook").joinpath("data/first_layers.safetensors").read_bytes())


def _shipped_layers(name: str) -> list[str]:
    names = [key.removesuffix(".weight") for key in _shipped() if key.endswith(".weight")]
    return [full.removeprefix(f"{name}.") for full in names if full.startswith(f"{name}.")]


def _numbers(tensor: Tensor) -> npt.NDArray[np.float32]:
    return tensor.numpy().astype(np.float32)

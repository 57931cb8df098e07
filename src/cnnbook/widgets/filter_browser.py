"""The filter browser: the first filters of trained networks, and the maps that they make."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets

from cnnbook.convolution import conv2d_im2col
from cnnbook.pretrained import IMAGENET_MEAN, IMAGENET_STD, load_filters

from .base import Choice, Pair, Whole, Widget, chosen
from .generated import LAYERS, as_jpeg
from .photo import Photo, coloured, drawn_width, pixels_of, smaller
from .still import Still

#: What the networks' first layers have: a name, stride and padding.
NETWORKS: dict[str, tuple[str, int, int]] = {
    "alexnet": ("AlexNet", 4, 2),
    "vgg16": ("VGG-16", 1, 1),
}


class FilterBrowser(Widget):
    """The 64 filters of AlexNet's or VGG-16's first layer, and what one of them makes of a photo.

    The photo keeps its size; each of its channels has the mean of ImageNet's photos subtracted and
    is divided by their standard deviation, as in training.

    Parameters
    ----------
    network
        "alexnet" or "vgg16".
    filter
        The filter's number in the network, from 0 to 63.
    stride
        From 1 to 8; the network's own (4 or 1) unless it is given. Padding is the network's.
    relu
        Whether negative answers are cut off, as in the network.
    position
        Row and column of the output that is explained; the nearest one where there is none.
    photo
        Height × width × 3 bytes, or a ``data:`` address of a picture; the cat if empty.

    Raises
    ------
    traitlets.TraitError
        If there is no such network or filter, or a value is out of range.

    Examples
    --------
    >>> browser = FilterBrowser("alexnet", 3)
    >>> browser.kernel_size, browser.stride, browser.output().shape
    (11, 4, (74, 112))
    """

    module = "filter-browser"

    network = Choice(NETWORKS, "alexnet")
    filter = Whole(55, 0, 63)
    stride = Whole(4, 1, 8)
    relu = traitlets.Bool(False).tag(sync=True)
    position = Pair((64, 34), 0, 4095)
    photo = Photo()

    _changed_by_view = False

    def __init__(self, network: str = "alexnet", filter: int = 55, **traits: Any) -> None:
        traits = {"stride": chosen("network", network, NETWORKS)[1], **traits}
        super().__init__(network=network, filter=filter, **traits)

    @property
    def kernel_size(self) -> int:
        """Height and width of the filters."""
        return int(self.weight().shape[1])

    def weight(self) -> npt.NDArray[np.float32]:
        """Return the chosen filter, channel × height × width."""
        return np.asarray(load_filters(*LAYERS[self.network])[0][self.filter])

    def output(self) -> npt.NDArray[np.float64]:
        """Return the map of the whole photo."""
        bias = load_filters(*LAYERS[self.network])[1]
        assert bias is not None
        image = (pixels_of(self.photo) / 255 - IMAGENET_MEAN) / IMAGENET_STD
        result = conv2d_im2col(
            image.transpose(2, 0, 1),
            self.weight()[None].astype(float),
            bias[self.filter, None].astype(float),
            stride=self.stride,
            padding=NETWORKS[self.network][2],
        )[0]
        return np.asarray(np.maximum(result, 0) if self.relu else result, dtype=np.float64)

    def measures(self) -> dict[str, int]:
        """Return the photo's height in thousandths of its width."""
        height, width = pixels_of(self.photo).shape[:2]
        return {"ratio": round(1000 * height / width)}

    def still(self) -> str:
        """Return the photo, the filter in colour and by channel, and the map as an SVG."""
        pixels, weight, output = pixels_of(self.photo), self.weight(), self.output()
        ratio, side = pixels.shape[0] / pixels.shape[1], 2.4
        wide = drawn_width(8.4, ratio)
        tall = max(wide * ratio, 2 * side + 0.9)
        still = Still(2 * wide + 2 * side + 1.8, tall + 1.2)
        levels = np.round(127.5 + 127.5 * weight / np.abs(weight).max()).astype(np.uint8)
        map_left = wide + 2 * side + 1.8
        for title, image, left, role in (
            ("Photo", pixels, 0.0, "input"),
            ("Map", coloured(output, signed=not self.relu), map_left, "output"),
        ):
            still.text(title, left=left + wide / 2, top=0.5, role=role, bold=True)
            still.image(smaller(image, 252), left=left, top=1, width=wide, height=wide * ratio)
        parts = [("colour", levels.transpose(1, 2, 0)), *zip(_COLORS, levels, strict=True)]
        for index, (name, part) in enumerate(parts):
            left = wide + 0.7 + (index % 2) * (side + 0.4)
            top = 1 + (index // 2) * (side + 0.9)
            still.text(name, left=left + side / 2, top=top - 0.5, role="filter")
            sharp = np.kron(part, np.ones((8, 8, 1)[: part.ndim], np.uint8))
            still.image(as_jpeg(sharp, 80), left=left, top=top, width=side, height=side)
        name = NETWORKS[self.network][0]
        return still.svg(
            f"A photo; filter {self.filter} of {name}, {weight.shape[1]} by {weight.shape[2]} "
            "pixels, in colour and for red, green and blue; and its map, "
            f"{output.shape[0]} by {output.shape[1]}, from {output.min():.1f} to "
            f"{output.max():.1f}."
        )

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take a view's changes as they are: it has set the stride to a new network itself."""
        self._changed_by_view = True
        try:
            super().set_state(sync_data)
        finally:
            self._changed_by_view = False

    @traitlets.observe("network")
    def _follow_network(self, change: Any) -> None:
        if self._changed_by_view or change["old"] not in NETWORKS:
            return
        if self.stride == NETWORKS[change["old"]][1]:
            self.stride = NETWORKS[change["new"]][1]


_COLORS = ("red", "green", "blue")

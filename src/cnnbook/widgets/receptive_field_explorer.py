"""The receptive field explorer: what a neuron sees in every layer below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import traitlets

from cnnbook.receptive_field import ReceptiveField, receptive_field
from cnnbook.shapes import effective_kernel_size, output_size

from .base import Trait, Whole, Widget, briefly, is_whole
from .still import Still, number

_MOST = 6

#: A layer's settings, in PyTorch's words: the range of each, and its value where none is given.
_SETTINGS = {
    "kernel_size": (1, 11, None),
    "stride": (1, 8, 1),
    "padding": (0, 5, 0),
    "dilation": (1, 8, 1),
}


def _layer(entry: Any) -> dict[str, int]:
    """Return one layer as a dictionary, or raise a ValueError."""
    if isinstance(entry, Mapping):
        given = dict(entry)
    else:
        values = entry if isinstance(entry, list | tuple) else [entry]
        given = dict(zip(_SETTINGS, values, strict=False)) if len(values) <= 4 else {}
    layer = {key: given.pop(key, default) for key, (_, _, default) in _SETTINGS.items()}
    if given or layer["kernel_size"] is None:
        raise ValueError(
            "a layer must be (kernel_size, stride, padding, dilation) or a dictionary with these "
            f"keys, but got {entry!r}"
        )
    for key, value in layer.items():
        least, most, _ = _SETTINGS[key]
        if not is_whole(value, least, most):
            raise ValueError(
                f"{key} must be a whole number from {least} to {most}, but got {value!r}"
            )
    return {key: int(value) for key, value in layer.items() if value is not None}


class Layers(Trait[list[dict[str, int]], Any]):
    """A stack of layers along one axis, from the input on.

    Each is a kernel size, a tuple (kernel_size, stride, padding, dilation) of which the last ones
    may be left out, or a dictionary with these keys; the value is a list of dictionaries.
    """

    def __init__(self, default: list[Any]) -> None:
        super().__init__(default_value=[_layer(entry) for entry in default])
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> list[dict[str, int]]:
        """Return the value as dictionaries, or raise a TraitError."""
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= _MOST:
            raise traitlets.TraitError(
                f"{self.name} must be a list of 1 to {_MOST} layers, but got {briefly(value)}"
            )
        try:
            return [_layer(entry) for entry in value]
        except ValueError as error:
            raise traitlets.TraitError(f"{self.name}: {error}") from error


class ReceptiveFieldExplorer(Widget):
    """A stack of layers in one dimension, and all that one of its neurons depends on.

    Parameters
    ----------
    layers
        From 1 to 6 layers, from the input on: each a kernel size, a tuple (kernel_size, stride,
        padding, dilation) of which the last ones may be left out, or a dictionary with these keys.
    input_size
        Pixels of the input, from 1 to 48.
    neuron
        The chosen neuron of the last layer; the nearest one where there is none.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range, or a layer's window is larger than the layer that it reads.

    Examples
    --------
    >>> explorer = ReceptiveFieldExplorer(layers=[3, (2, 2), 3], input_size=12, neuron=1)
    >>> explorer.layers[1]
    {'kernel_size': 2, 'stride': 2, 'padding': 0, 'dilation': 1}
    >>> [field.size[0] for field in explorer.fields()], explorer.sees()
    ([3, 4, 8], (2, 9))
    """

    module = "receptive-field-explorer"

    layers = Layers([3, (2, 2), 3])
    input_size = Whole(12, 1, 48)
    neuron = Whole(1, 0, 999)

    def fields(self) -> list[ReceptiveField]:
        """Return the receptive field after each layer."""
        return receptive_field([tuple(layer.values()) for layer in self.layers])

    def sizes(self) -> list[int]:
        """Return how many pixels the input has, and how many neurons each layer."""
        return _sizes(self.layers, self.input_size)

    def sees(self) -> tuple[int, int]:
        """Return the first and the last pixel of the chosen neuron's field, padding included."""
        return self.fields()[-1].of_neuron(self._chosen(), 0)[0]

    def measures(self) -> dict[str, int]:
        """Return how many layers there are."""
        return {"layers": len(self.layers)}

    def still(self) -> str:
        """Return the layers, the last one on top, with all that the neuron sees, as an SVG."""
        sizes, read = self.sizes(), self._read()
        fields = [ReceptiveField(), *self.fields()]
        starts = [field.start[0] - field.jump[0] / 2 for field in fields]
        ends = [
            start + size * field.jump[0]
            for start, size, field in zip(starts, sizes, fields, strict=True)
        ]
        low, high = min(starts), max(ends)
        unit = min(0.9, 20 / (high - low))
        left = 3.2 - low * unit
        still = Still(3.4 + (high - low) * unit, 1.8 * len(sizes) - 0.6)
        for layer, (field, size) in enumerate(zip(fields, sizes, strict=True)):
            top = 1.8 * (len(sizes) - 1 - layer) + 0.1
            role = "input" if layer == 0 else "output" if layer == len(self.layers) else "padding"
            name = f"Layer {layer}" if layer else "Input"
            still.text(name, left=0.1, top=top + 0.45, role=role, bold=True, anchor="start")
            width = field.jump[0] * unit
            for index in range(size):
                seen = index in read[layer]
                still.box(
                    left + (starts[layer] + index * field.jump[0]) * unit + 0.04,
                    top,
                    width - 0.08,
                    0.9,
                    fill="window-soft" if seen else f"{role}-soft",
                    stroke="window" if seen else "line",
                    width=1.6 if seen else 1,
                )
        first, last = self.sees()
        table = "; ".join(
            f"layer {layer}: size {field.size[0]}, jump {field.jump[0]}, "
            f"start {number(field.start[0])}"
            for layer, field in enumerate(self.fields(), 1)
        )
        return still.svg(
            f"A stack of {len(self.layers)} layers on {self.input_size} pixels. "
            f"Neuron {self._chosen()} of the last layer sees pixels {number(first)} to "
            f"{number(last)}. Receptive fields: {table}."
        )

    def _chosen(self) -> int:
        return min(self.neuron, self.sizes()[-1] - 1)

    def _read(self) -> list[set[int]]:
        """Return which neurons of each layer, from the input on, the chosen one depends on."""
        read = [{self._chosen()}]
        for layer, size in zip(reversed(self.layers), reversed(self.sizes()[:-1]), strict=True):
            places = {
                index * layer["stride"] - layer["padding"] + tap * layer["dilation"]
                for index in read[0]
                for tap in range(layer["kernel_size"])
            }
            read.insert(0, {place for place in places if 0 <= place < size})
        return read

    @traitlets.validate("input_size")
    def _leaves_room(self, proposal: Any) -> Any:
        self._check("input_size", self.layers, proposal["value"])
        return proposal["value"]

    @traitlets.validate("layers")
    def _fit(self, proposal: Any) -> Any:
        self._check("layers", proposal["value"], self.input_size)
        return proposal["value"]

    def _check(self, name: str, layers: list[dict[str, int]], input_size: int) -> None:
        try:
            _sizes(layers, input_size)
        except ValueError as error:
            raise traitlets.TraitError(f"{name} does not fit: {error}") from error


def _sizes(layers: list[dict[str, int]], input_size: int) -> list[int]:
    sizes = [input_size]
    for place, layer in enumerate(layers, 1):
        covered = effective_kernel_size(layer["kernel_size"], layer["dilation"])
        whole = sizes[-1] + 2 * layer["padding"]
        if covered > whole:
            raise ValueError(
                f"the window of layer {place} covers {covered}, but below it, with padding, there "
                f"are only {whole}"
            )
        sizes.append(output_size(sizes[-1], **layer, rounding="floor"))
    return sizes

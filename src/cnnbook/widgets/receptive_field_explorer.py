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
    layer
        The chosen neuron's layer, from 0 for the input to 6; the last one where there are fewer.
    neuron
        The chosen neuron's number in its layer; the nearest one where there is none.

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
    >>> explorer.layer = 2
    >>> explorer.sees()
    (2, 5)
    """

    module = "receptive-field-explorer"

    layers = Layers([3, (2, 2), 3])
    input_size = Whole(12, 1, 48)
    layer = Whole(_MOST, 0, _MOST)
    neuron = Whole(1, 0, 999)

    def fields(self) -> list[ReceptiveField]:
        """Return the receptive field after each layer."""
        return receptive_field([tuple(layer.values()) for layer in self.layers])

    def sizes(self) -> list[int]:
        """Return how many pixels the input has, and how many neurons each layer."""
        return _sizes(self.layers, self.input_size)

    def sees(self) -> tuple[int, int]:
        """Return the first and the last pixel of the chosen neuron's field, padding included."""
        layer, neuron = self._chosen()
        return [ReceptiveField(), *self.fields()][layer].of_neuron(neuron, 0)[0]

    def measures(self) -> dict[str, int]:
        """Return how many layers there are."""
        return {"layers": len(self.layers)}

    def still(self) -> str:
        """Return the layers, the last one on top, with all that the neuron sees, as an SVG.

        Of a chosen pixel, it is all that sees it.
        """
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
        table = "; ".join(
            f"layer {layer}: size {field.size[0]}, jump {field.jump[0]}, "
            f"middle of neuron 0 at {number(field.start[0])}"
            for layer, field in enumerate(self.fields(), 1)
        )
        return still.svg(
            f"A stack of {len(self.layers)} layers on {self.input_size} pixels. "
            f"{self._sentence(read)} Receptive fields: {table}."
        )

    def _sentence(self, read: list[set[int]]) -> str:
        """Return what the chosen neuron sees, or which neurons see the chosen pixel, in words."""
        layer, neuron = self._chosen()
        if layer == 0:
            counts = [f"{len(seen)} in layer {above}" for above, seen in enumerate(read[1:], 1)]
            return f"Pixel {neuron} of the input is seen by neurons above: {', '.join(counts)}."
        first, last = self.sees()
        which = "the last layer" if layer == len(self.layers) else f"layer {layer}"
        return f"Neuron {neuron} of {which} sees pixels {number(first)} to {number(last)}."

    def _chosen(self) -> tuple[int, int]:
        """Return the chosen neuron's layer and its number there."""
        layer = min(self.layer, len(self.layers))
        return layer, min(self.neuron, self.sizes()[layer] - 1)

    def _read(self) -> list[set[int]]:
        """Return which neurons of each layer light up, from the input on.

        They are those on which the chosen one depends, or those that depend on the chosen pixel.
        """
        chosen, neuron = self._chosen()
        sizes = self.sizes()
        read: list[set[int]] = [set() for _ in sizes]
        read[chosen] = {neuron}
        for at in reversed(range(chosen)):
            places = {tap for index in read[at + 1] for tap in self._taps(at, index)}
            read[at] = {place for place in places if 0 <= place < sizes[at]}
        if chosen == 0:
            for at in range(1, len(sizes)):
                read[at] = {
                    index for index in range(sizes[at]) if read[at - 1] & self._taps(at - 1, index)
                }
        return read

    def _taps(self, below: int, index: int) -> set[int]:
        """Return what a neuron reads in the layer below it, padding included."""
        layer = self.layers[below]
        start = index * layer["stride"] - layer["padding"]
        return {start + tap * layer["dilation"] for tap in range(layer["kernel_size"])}

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

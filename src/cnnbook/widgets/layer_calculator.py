"""The layer calculator: a stack of layers, and the shape, the cost and the view of each."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import traitlets

from cnnbook.receptive_field import receptive_field
from cnnbook.shapes import conv_macs, conv_parameters, output_size

from .base import Choice, Whole, Widget, chosen, is_whole
from .still import Still

Layer = dict[str, Any]

_RANGES: dict[str, dict[str, tuple[int, int]]] = {
    "conv": {
        "out_channels": (1, 8192),
        "kernel_size": (1, 512),
        "stride": (1, 64),
        "padding": (0, 64),
    },
    "pool": {"kernel_size": (1, 512), "stride": (1, 64), "padding": (0, 64)},
    "fc": {"out_features": (1, 100_000)},
}
_MOST = 40


def _conv(out: int, kernel: int, stride: int = 1, padding: int = 0, bias: bool = True) -> Layer:
    return {
        "kind": "conv",
        "out_channels": out,
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "bias": bias,
    }


def _pool(kernel: int, stride: int, padding: int = 0) -> Layer:
    return {"kind": "pool", "kernel_size": kernel, "stride": stride, "padding": padding}


def _fc(units: int) -> Layer:
    return {"kind": "fc", "out_features": units, "bias": True}


_VGG_STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))

#: By name: the input's channels, height and width, the layers, and what happens to a fraction.
NETWORKS: dict[str, tuple[list[int], list[Layer], str]] = {
    "ten 5×5 filters (slide 39)": ([3, 32, 32], [_conv(10, 5, 1, 2)], "strict"),
    "stride 3 on 7×7 (slide 33)": ([1, 7, 7], [_conv(1, 3, 3)], "strict"),
    "1×1 filters (slide 45)": ([64, 56, 56], [_conv(32, 1)], "strict"),
    "pooling (slide 55)": ([64, 224, 224], [_pool(2, 2)], "strict"),
    "LeNet-5": (
        [1, 32, 32],
        [_conv(6, 5), _pool(2, 2), _conv(16, 5), _pool(2, 2), _conv(120, 5), _fc(84), _fc(10)],
        "strict",
    ),
    "AlexNet, in one tower": (
        [3, 227, 227],
        [
            *(_conv(96, 11, 4), _pool(3, 2), _conv(256, 5, 1, 2), _pool(3, 2)),
            *(_conv(384, 3, 1, 1), _conv(384, 3, 1, 1), _conv(256, 3, 1, 1), _pool(3, 2)),
            *(_fc(4096), _fc(4096), _fc(1000)),
        ],
        "strict",
    ),
    "VGG-16": (
        [3, 224, 224],
        [
            layer
            for width, depth in _VGG_STAGES
            for layer in [*[_conv(width, 3, 1, 1)] * depth, _pool(2, 2)]
        ]
        + [_fc(4096), _fc(4096), _fc(1000)],
        "strict",
    ),
    "ResNet-50’s stem": ([3, 224, 224], [_conv(64, 7, 2, 3, False), _pool(3, 2, 1)], "floor"),
}


@dataclass(frozen=True)
class Cost:
    """What one layer makes and costs.

    Attributes
    ----------
    shape : tuple of int
        Channels × height × width, or the number of neurons.
    parameters, macs : int
        Learned numbers, and multiply-adds for one image.
    field : int or None
        Pixels of the input, along an axis, that a neuron sees; None for all of them.
    """

    shape: tuple[int, ...]
    parameters: int
    macs: int
    field: int | None


class LayerCalculator(Widget):
    """Layers that follow each other, and what each of them costs.

    Parameters
    ----------
    network
        A name of a network in ``NETWORKS``, instead of the other parameters.
    input_shape
        Channels, height and width, each from 1 to 4096.
    layers
        At most 40 dictionaries: ``kind`` is "conv" (with ``out_channels``, ``kernel_size``, and
        perhaps ``stride``, ``padding``, ``bias``), "pool" (with ``kernel_size``, and perhaps
        ``stride``, ``padding``) or "fc" (with ``out_features``, and perhaps ``bias``).
    rounding
        What happens to a size that is a fraction: "strict" stops there, "floor" rounds down.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range; the message names the layer, its setting and the reason.

    Examples
    --------
    >>> calculator = LayerCalculator(network="LeNet-5")
    >>> sum(cost.parameters for cost in calculator.costs())
    61706
    """

    module = "layer-calculator"

    input_shape = traitlets.List(Whole(1, 1, 4096), [3, 32, 32], 3, 3).tag(sync=True)
    layers = traitlets.List(traitlets.Dict(), NETWORKS["ten 5×5 filters (slide 39)"][1]).tag(
        sync=True
    )
    rounding = Choice(["strict", "floor"], "strict")

    def __init__(self, network: str | None = None, **traits: Any) -> None:
        if network is not None:
            shape, layers, rounding = chosen("network", network, NETWORKS)
            traits = {"input_shape": shape, "layers": layers, "rounding": rounding, **traits}
        super().__init__(**traits)

    def costs(self) -> list[Cost]:
        """Return what each layer makes and costs, up to the first that does not fit."""
        costs: list[Cost] = []
        shape: tuple[int, ...] = tuple(self.input_shape)
        slide = [layer for layer in self.layers if layer["kind"] != "fc"]
        fields = iter(receptive_field([(layer["kernel_size"], layer["stride"]) for layer in slide]))
        for layer in self.layers:
            try:
                shape, parameters, macs = _cost(layer, shape, self.rounding)
            except ValueError:
                return costs
            field = None if layer["kind"] == "fc" else next(fields).size[0]
            costs.append(Cost(shape, parameters, macs, field))
        return costs

    def measures(self) -> dict[str, int]:
        """Return how many layers there are, and how many of them round a fraction."""
        notes = 0
        shapes = [tuple(self.input_shape), *(cost.shape for cost in self.costs())]
        for layer, shape in zip(self.layers, shapes, strict=False):
            if self.rounding == "floor" and layer["kind"] != "fc":
                try:
                    _cost(layer, shape, "strict")
                except ValueError:
                    notes += 1
        return {"layers": len(self.layers), "notes": notes}

    def still(self) -> str:
        """Return the layers and their costs as a table drawn in SVG."""
        costs = self.costs()
        still = Still(24, len(self.layers) + 3.2)
        right = (10.5, 14.5, 19.5, 23.5)
        heads = ("Output", "Parameters", "Multiply-adds", "Sees")
        still.text("Layers", left=0.2, top=0.5, role="output", bold=True, anchor="start")
        for left, head in zip(right, heads, strict=True):
            still.text(head, left=left, top=0.5, bold=True, anchor="end")
        still.line((0, 1), (24, 1), role="ink")
        lines = [("INPUT", _by(self.input_shape), "", "", "1")]
        for layer, cost in zip(self.layers, [*costs, *[None] * len(self.layers)], strict=False):
            name = _name(layer)
            if cost is None:
                lines.append((name, "does not fit", "", "", ""))
            else:
                sees = "all" if cost.field is None else f"{cost.field}"
                lines.append(
                    (name, _by(cost.shape), f"{cost.parameters:,}", f"{cost.macs:,}", sees)
                )
        parameters, macs = (
            sum(getattr(cost, key) for cost in costs) for key in ("parameters", "macs")
        )
        lines.append(("Total", "", f"{parameters:,}", f"{macs:,}", ""))
        for row, (name, *texts) in enumerate(lines, start=1):
            still.text(name, left=0.2, top=row + 0.5, anchor="start")
            for left, text in zip(right, texts, strict=True):
                still.text(text, left=left, top=row + 0.5, anchor="end")
            still.line((0, row + 1), (24, row + 1), role="line")
        listed = "; ".join(f"{name}: {shape}" for name, shape, *_ in lines[:-1])
        return still.svg(
            f"Layers and their costs. {listed}. "
            f"In total {parameters:,} parameters and {macs:,} multiply-adds."
        )

    @traitlets.validate("layers")
    def _are_layers(self, proposal: Any) -> list[Layer]:
        layers = proposal["value"]
        if len(layers) > _MOST:
            raise traitlets.TraitError(f"layers must be at most {_MOST}, but got {len(layers)}")
        return [_layer(index, layer) for index, layer in enumerate(layers)]


def _layer(index: int, layer: Layer) -> Layer:
    """Return a layer with all its settings, or raise a TraitError."""
    kind = layer.get("kind")
    if not isinstance(kind, str) or kind not in _RANGES:
        raise traitlets.TraitError(
            f"layers[{index}]: kind must be 'conv', 'pool' or 'fc', but got {kind!r}"
        )
    ranges = _RANGES[kind]
    defaults: Layer = {"padding": 0, "stride": layer.get("kernel_size") if kind == "pool" else 1}
    known = {"kind", *ranges, *(["bias"] if kind != "pool" else [])}
    if unknown := sorted(set(layer) - known):
        raise traitlets.TraitError(f"layers[{index}]: {kind} has no setting {unknown[0]!r}")
    result: Layer = {"kind": kind}
    for name, (low, high) in ranges.items():
        value: Any = layer.get(name, defaults.get(name))
        if not is_whole(value, low, high):
            raise traitlets.TraitError(
                f"layers[{index}]: {name} must be a whole number from {low} to {high}, "
                f"but got {value!r}"
            )
        result[name] = int(value)
    if kind != "pool":
        result["bias"] = layer.get("bias", True)
        if not isinstance(result["bias"], bool):
            raise traitlets.TraitError(
                f"layers[{index}]: bias must be True or False, but got {result['bias']!r}"
            )
    return result


def _cost(layer: Layer, shape: tuple[int, ...], rounding: Any) -> tuple[tuple[int, ...], int, int]:
    """Return a layer's shape, parameters and multiply-adds; raises where it does not fit."""
    if layer["kind"] == "fc":
        inputs, units = prod(shape), layer["out_features"]
        return (units,), inputs * units + units * layer["bias"], inputs * units
    if len(shape) == 1:
        raise ValueError("a fully connected layer leaves nothing to slide over")
    channels, *size = shape
    F, S, P = layer["kernel_size"], layer["stride"], layer["padding"]
    if layer["kind"] == "pool" and 2 * P > F:
        raise ValueError(f"a padding of {P} is more than half the window of {F}")
    rows, columns = output_size((size[0], size[1]), F, S, P, rounding=rounding)
    if layer["kind"] == "pool":
        return (channels, rows, columns), 0, 0
    filters = layer["out_channels"]
    parameters = conv_parameters(channels, filters, F, layer["bias"])
    return (filters, rows, columns), parameters, conv_macs(channels, filters, F, (rows, columns))


def _name(layer: Layer) -> str:
    if layer["kind"] == "fc":
        return f"FC K={layer['out_features']}"
    settings = f"F={layer['kernel_size']} S={layer['stride']} P={layer['padding']}"
    return (
        f"POOL {settings}"
        if layer["kind"] == "pool"
        else (f"CONV K={layer['out_channels']} {settings}")
    )


def _by(shape: Any) -> str:
    return f"{shape[1]}×{shape[2]}×{shape[0]}" if len(shape) == 3 else f"{shape[0]}"

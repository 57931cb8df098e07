"""Questions about how much: a layer's parameters and its multiply-adds."""

from __future__ import annotations

from cnnbook._arguments import integer
from cnnbook.shapes import conv_macs, conv_parameters, output_size

from .kind import Kind, Text, Value

_WITHOUT: Text = (", without biases{without_bias|}",)


def _biased(bias: bool) -> dict[str, Value]:
    """Return what lets the texts speak of biases, or of none."""
    return {"with_bias": 1 if bias else None, "without_bias": None if bias else 1}


# ---- Parameters of a convolution -----------------------------------------------------------------


def _parameters(
    in_channels: int, out_channels: int, kernel_size: int, bias: bool = True
) -> dict[str, Value]:
    def count(channels: int, filters: int, bias: bool = bias) -> int:
        return conv_parameters(channels, filters, kernel_size, bias)

    weights = count(in_channels, out_channels, False)
    return {
        **_biased(bias),
        "weights_per_filter": count(in_channels, 1, False),
        "per_filter": count(in_channels, 1),
        "answer": count(in_channels, out_channels),
        "bias_forgotten": weights if bias else None,
        "bias_counted": None if bias else count(in_channels, out_channels, True),
        "one_bias": weights + 1 if bias and out_channels > 1 else None,
        "bias_per_channel": weights + in_channels * out_channels
        if bias and in_channels > 1
        else None,
        "depth_forgotten": count(1, out_channels) if in_channels > 1 else None,
        "depth_and_bias_forgotten": count(1, out_channels, False)
        if bias and in_channels > 1
        else None,
        "one_filter": count(in_channels, 1) if out_channels > 1 else None,
        "one_bare_filter": count(in_channels, 1, False) if bias and out_channels > 1 else None,
        "side_once": conv_parameters(in_channels, out_channels, (1, kernel_size), bias)
        if kernel_size > 1
        else None,
    }


_FILTER = "{kernel_size}·{kernel_size}·{in_channels}"

PARAMETERS = Kind(
    compute=_parameters,
    question=(
        "A layer has {out_channels} {out_channels|filter|filters} of {kernel_size}×{kernel_size} "
        "pixels",
        *_WITHOUT,
        ". Its input has {in_channels} {in_channels|channel|channels}. How many parameters does it "
        "learn?",
    ),
    answer="count",
    why=(
        "{per_filter} per filter, " + _FILTER,
        " + 1{with_bias|}",
        ", times {out_channels} {out_channels|filter|filters}: the size of the image plays no "
        "part.",
    ),
    mistakes={
        "bias_forgotten": (
            "You forgot the bias: {per_filter} per filter, not {weights_per_filter}.",
        ),
        "bias_counted": ("You counted a bias for each filter; this layer has none.",),
        "one_bias": ("You counted one bias for the whole layer: each filter has its own.",),
        "bias_per_channel": (
            "You counted a bias for each channel of each filter. A filter adds its channels up and "
            "then adds one bias.",
        ),
        "depth_forgotten": (
            "You forgot the depth: a filter has {kernel_size}×{kernel_size} weights for each of "
            "the {in_channels} channels.",
        ),
        "depth_and_bias_forgotten": (
            "You forgot two things: a filter has {kernel_size}×{kernel_size} weights for each of "
            "the {in_channels} channels, and a bias.",
        ),
        "one_filter": ("That is one filter; the layer has {out_channels}.",),
        "one_bare_filter": (
            "That is one filter without its bias; the layer has {out_channels}, each with one.",
        ),
        "side_once": (
            "You counted one side of the filter: it is {kernel_size}×{kernel_size} pixels large.",
        ),
    },
    hints=(
        ("Count one filter first: which numbers does it hold?",),
        (
            "A filter has F·F weights for each channel",
            ", and one bias{with_bias|}",
            ". Then take all filters.",
        ),
    ),
    solution=(
        (
            "One filter: " + _FILTER,
            " + 1{with_bias|}",
            " = {per_filter}",
        ),
        ("All filters: {out_channels} · {per_filter} = {answer}",),
    ),
)


# ---- Multiply-adds -------------------------------------------------------------------------------


def _multiply_adds(
    in_channels: int,
    input_size: int,
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
) -> dict[str, Value]:
    integer("input_size", input_size, 1)
    out = output_size(input_size, kernel_size, stride, padding)

    def count(channels: int, filters: int, positions: int | tuple[int, int] = out) -> int:
        return conv_macs(channels, filters, kernel_size, positions)

    def other(stride: int, padding: int) -> Value:
        try:
            return count(
                in_channels, out_channels, output_size(input_size, kernel_size, stride, padding)
            )
        except ValueError:
            return None

    right = count(in_channels, out_channels)
    return {
        "S": stride,
        "input": [in_channels, input_size, input_size],
        "out": out,
        "products": count(in_channels, 1, 1),
        "numbers": out * out * out_channels,
        "answer": right,
        "stride_forgotten": other(1, padding) if stride > 1 else None,
        "padding_forgotten": other(stride, 0) if padding else None,
        "positions_forgotten": count(in_channels, out_channels, 1) if out > 1 else None,
        "input_positions": count(in_channels, out_channels, input_size)
        if out != input_size
        else None,
        "depth_forgotten": count(1, out_channels) if in_channels > 1 else None,
        "one_filter": count(in_channels, 1) if out_channels > 1 else None,
        "counted_twice": 2 * right,
        "bias_counted": right + out * out * out_channels,
        "row_only": count(in_channels, out_channels, (1, out)) if out > 1 else None,
    }


MULTIPLY_ADDS = Kind(
    compute=_multiply_adds,
    question=(
        "A volume of {input} meets {out_channels} {out_channels|filter|filters} of "
        "{kernel_size}×{kernel_size} pixels",
        ", stride {stride}",
        ", padding {padding} on each side",
        ". How many multiply-adds does the layer cost (biases left aside)?",
    ),
    answer="count",
    why=("Each output is one dot product of {products} numbers, and there are {numbers} of them.",),
    mistakes={
        "stride_forgotten": (
            "You forgot the stride: the filter goes {S} pixels at a time, to {out}×{out} "
            "positions.",
        ),
        "padding_forgotten": ("You forgot the padding: with it a map has {out}×{out} positions.",),
        "positions_forgotten": (
            "You counted the weights. Each of them is used at all {out}×{out} positions.",
        ),
        "input_positions": (
            "You counted a position for each pixel of the input. Only the output’s numbers cost "
            "something, and a map has {out}×{out} of them.",
        ),
        "depth_forgotten": (
            "You forgot the depth: a filter reads all {in_channels} channels at each position.",
        ),
        "one_filter": ("That is one filter; the layer has {out_channels}.",),
        "counted_twice": (
            "You counted multiplications and additions apart. A multiply-add is both together.",
        ),
        "bias_counted": ("You counted the biases too; the question leaves them aside.",),
        "row_only": ("You counted one row of positions: there are {out} rows of {out}.",),
    },
    hints=(
        ("How many numbers has the output, and what does one of them cost?",),
        ("One output costs F·F·D multiply-adds, and a map has {out}×{out} outputs.",),
    ),
    solution=(
        ("A side of a map: ({input_size}", " + 2·{padding}", " − {kernel_size})/{S} + 1 = {out}"),
        ("Outputs: {out} · {out} · {out_channels} = {numbers}",),
        ("One output: " + _FILTER + " = {products} multiply-adds",),
        ("Together: {numbers} · {products} = {answer}",),
    ),
)


# ---- Parameters of a fully connected layer -------------------------------------------------------


def _dense_parameters(
    in_channels: int, input_size: int, out_features: int, bias: bool = True
) -> dict[str, Value]:
    integer("input_size", input_size, 1)
    inputs = in_channels * input_size * input_size

    def count(inputs: int, units: int, bias: bool = bias) -> int:
        # A fully connected layer is a 1×1 convolution on a map of one pixel.
        return conv_parameters(inputs, units, 1, bias)

    weights = count(inputs, out_features, False)
    return {
        **_biased(bias),
        "input": [in_channels, input_size, input_size],
        "inputs": inputs,
        "per_unit": count(inputs, 1),
        "answer": count(inputs, out_features),
        "bias_forgotten": weights if bias else None,
        "bias_counted": None if bias else count(inputs, out_features, True),
        "one_bias": weights + 1 if bias and out_features > 1 else None,
        "depth_forgotten": count(input_size * input_size, out_features)
        if in_channels > 1
        else None,
        "depth_and_bias_forgotten": count(input_size * input_size, out_features, False)
        if bias and in_channels > 1
        else None,
        "side_once": count(in_channels * input_size, out_features) if input_size > 1 else None,
        "depth_only": count(in_channels, out_features) if input_size > 1 else None,
        "bare_depth_only": count(in_channels, out_features, False)
        if bias and input_size > 1
        else None,
        "one_unit": count(inputs, 1) if out_features > 1 else None,
    }


DENSE_PARAMETERS = Kind(
    compute=_dense_parameters,
    question=(
        "A volume of {input} is flattened and goes into a fully connected layer with "
        "{out_features} {out_features|neuron|neurons}",
        *_WITHOUT,
        ". How many parameters does that layer learn?",
    ),
    answer="count",
    why=(
        "Each neuron has a weight for each of the {inputs} numbers",
        ", and a bias{with_bias|}",
        ".",
    ),
    mistakes={
        "bias_forgotten": ("You forgot the biases: each neuron has one.",),
        "bias_counted": ("You counted a bias for each neuron; this layer has none.",),
        "one_bias": ("You counted one bias for the whole layer: each neuron has its own.",),
        "depth_forgotten": (
            "You flattened one map. There are {in_channels}, and a neuron sees all of them.",
        ),
        "depth_and_bias_forgotten": (
            "You forgot two things: a neuron sees all {in_channels} maps, and has a bias.",
        ),
        "side_once": ("You counted one row of each map: it has {input_size}×{input_size} pixels.",),
        "depth_only": (
            "You counted one weight per channel, as a 1×1 convolution has. Here each pixel of each "
            "channel has its own weight.",
        ),
        "bare_depth_only": (
            "You counted one weight per channel and no bias. Here each pixel of each channel has "
            "its own weight, and each neuron a bias.",
        ),
        "one_unit": ("That is one neuron; the layer has {out_features}.",),
    },
    hints=(
        ("How many numbers does one neuron see?",),
        (
            "A neuron has one weight for each of {input_size}·{input_size}·{in_channels} numbers",
            ", and a bias{with_bias|}",
            ".",
        ),
    ),
    solution=(
        ("Flattened: {input_size}·{input_size}·{in_channels} = {inputs} numbers",),
        (
            "One neuron: {inputs}",
            " + 1{with_bias|}",
            " = {per_unit}",
        ),
        ("All neurons: {out_features} · {per_unit} = {answer}",),
    ),
)


# ---- Parameters of a bottleneck ------------------------------------------------------------------


def _bottleneck_parameters(
    in_channels: int, mid_channels: int, kernel_size: int, bias: bool = True
) -> dict[str, Value]:
    wide, narrow = in_channels, mid_channels

    def count(*layers: tuple[int, int, int], bias: bool = bias) -> int:
        return sum(conv_parameters(*layer, bias) for layer in layers)

    squeeze, middle, expand = (wide, narrow, 1), (narrow, narrow, kernel_size), (narrow, wide, 1)
    direct = (wide, wide, kernel_size)
    return {
        **_biased(bias),
        "squeeze": count(squeeze),
        "middle": count(middle),
        "expand": count(expand),
        "direct": count(direct),
        "answer": count(squeeze, middle, expand),
        "bias_forgotten": count(squeeze, middle, expand, bias=False) if bias else None,
        "bias_counted": None if bias else count(squeeze, middle, expand, bias=True),
        "no_bottleneck": count(direct),
        "middle_only": count(middle),
        "expansion_forgotten": count(squeeze, middle),
        "squeeze_forgotten": count(middle, expand),
        "middle_wide": count(squeeze, (wide, narrow, kernel_size), expand),
    }


_OUTER: Text = (
    "You forgot one of the two 1×1 layers: the first goes down to {mid_channels} channels, the "
    "last back up to {in_channels}.",
)


def _layer(name: str, weights: str, end: str) -> tuple[Text, Text]:
    """Return the line of a layer's arithmetic with biases, and without; one is left out."""
    return (
        (f"{name}: ({weights} + 1{{with_bias|}}) · {end}",),
        (f"{name}: {weights}{{without_bias|}} · {end}",),
    )


BOTTLENECK_PARAMETERS = Kind(
    compute=_bottleneck_parameters,
    question=(
        "A bottleneck: a 1×1 convolution takes {in_channels} channels down to {mid_channels}, a "
        "{kernel_size}×{kernel_size} convolution works on those, and another 1×1 convolution makes "
        "{in_channels} channels again",
        *_WITHOUT,
        ". How many parameters do the three layers have together?",
    ),
    answer="count",
    why=(
        "{squeeze} + {middle} + {expand}. One {kernel_size}×{kernel_size} convolution from "
        "{in_channels} to {in_channels} channels would have {direct}.",
    ),
    mistakes={
        "bias_forgotten": ("You forgot the biases: each filter of all three layers has one.",),
        "bias_counted": ("You counted biases; these layers have none.",),
        "no_bottleneck": (
            "That is the {kernel_size}×{kernel_size} convolution without a bottleneck. Here it "
            "works on {mid_channels} channels.",
        ),
        "middle_only": ("That is the layer in the middle; the two 1×1 layers learn too.",),
        "expansion_forgotten": _OUTER,
        "squeeze_forgotten": _OUTER,
        "middle_wide": (
            "Your middle layer reads {in_channels} channels. The first layer has left it only "
            "{mid_channels}.",
        ),
    },
    hints=(
        ("Count the three layers one by one. What goes into each, and how many filters has it?",),
        (
            "A 1×1 filter on {in_channels} channels has {in_channels} weights",
            " and a bias{with_bias|}",
            ", and there are {mid_channels} of them. Go on like that.",
        ),
    ),
    solution=(
        *_layer("1×1, down", "{in_channels}", "{mid_channels} = {squeeze}"),
        *_layer(
            "{kernel_size}×{kernel_size}",
            "{kernel_size}·{kernel_size}·{mid_channels}",
            "{mid_channels} = {middle}",
        ),
        *_layer("1×1, up", "{mid_channels}", "{in_channels} = {expand}"),
        ("Together: {squeeze} + {middle} + {expand} = {answer}",),
    ),
)


# ---- Parameters of a depthwise separable convolution ---------------------------------------------


def _separable_parameters(
    in_channels: int, out_channels: int, kernel_size: int, bias: bool = True
) -> dict[str, Value]:
    wide, filters = in_channels, out_channels

    def depthwise(channels: int, bias: bool = bias) -> int:
        return conv_parameters(channels, channels, kernel_size, bias, groups=channels)

    def mixing(bias: bool = bias) -> int:
        return conv_parameters(wide, filters, 1, bias)

    def full(filters: int) -> int:
        return conv_parameters(wide, filters, kernel_size, bias)

    return {
        **_biased(bias),
        "space": depthwise(wide),
        "depth": mixing(),
        "direct": full(filters),
        "answer": depthwise(wide) + mixing(),
        "bias_forgotten": depthwise(wide, False) + mixing(False) if bias else None,
        "bias_counted": None if bias else depthwise(wide, True) + mixing(True),
        "not_separated": full(filters),
        "channels_mixed": full(wide) + mixing() if wide > 1 else None,
        "one_pattern": depthwise(1) + mixing() if wide > 1 else None,
        "space_only": depthwise(wide),
        "depth_only": mixing(),
        "depth_first": mixing() + depthwise(filters) if wide != filters else None,
    }


SEPARABLE_PARAMETERS = Kind(
    compute=_separable_parameters,
    question=(
        "A depthwise separable convolution: a depthwise {kernel_size}×{kernel_size} convolution "
        "filters each of {in_channels} {in_channels|channel|channels} on its own, and a 1×1 "
        "convolution then makes {out_channels} of them",
        *_WITHOUT,
        ". How many parameters do the two layers have together?",
    ),
    answer="count",
    why=(
        "{space} + {depth}. One {kernel_size}×{kernel_size} convolution from {in_channels} to "
        "{out_channels} channels would have {direct}.",
    ),
    mistakes={
        "bias_forgotten": ("You forgot the biases: each filter of both layers has one.",),
        "bias_counted": ("You counted biases; these layers have none.",),
        "not_separated": (
            "That is one full convolution. Here the {kernel_size}×{kernel_size} filters read one "
            "channel each, and the 1×1 filters mix.",
        ),
        "channels_mixed": (
            "Your depthwise filters read all {in_channels} channels. Each of them reads its own "
            "channel alone.",
        ),
        "one_pattern": (
            "You counted one {kernel_size}×{kernel_size} filter for all channels: each of the "
            "{in_channels} has its own.",
        ),
        "space_only": ("That is the depthwise layer; the 1×1 layer learns too.",),
        "depth_only": ("That is the 1×1 layer; the depthwise layer learns too.",),
        "depth_first": (
            "You let the 1×1 layer come first. The depthwise layer filters the {in_channels} "
            "channels that enter.",
        ),
    },
    hints=(
        ("Count the two layers one by one. How many filters has each, and how deep are they?",),
        (
            "The depthwise layer has one filter of {kernel_size}×{kernel_size}×1 for each channel",
            ", each with a bias{with_bias|}",
            "; a 1×1 filter is {in_channels} {in_channels|channel|channels} deep.",
        ),
    ),
    solution=(
        *_layer("Depthwise", "{kernel_size}·{kernel_size}", "{in_channels} = {space}"),
        *_layer("1×1", "{in_channels}", "{out_channels} = {depth}"),
        ("Together: {space} + {depth} = {answer}",),
    ),
)


# ---- A fully connected layer as a convolution ----------------------------------------------------


def _dense_as_convolution(in_channels: int, input_size: int, out_features: int) -> dict[str, Value]:
    integer("input_size", input_size, 1)
    side = input_size
    return {
        "input": [in_channels, side, side],
        "inputs": in_channels * side * side,
        "answer": [out_features, in_channels, side, side],
        "one_by_one": [out_features, in_channels, 1, 1] if side > 1 else None,
        "channels_swapped": [in_channels, out_features, side, side]
        if in_channels != out_features
        else None,
        "depth_last": [out_features, side, side, in_channels] if in_channels != side else None,
        "filters_last": [side, side, in_channels, out_features],
        "flattened": [out_features, in_channels * side * side],
        "depth_forgotten": [out_features, side, side],
        "filters_forgotten": [in_channels, side, side],
    }


DENSE_AS_CONVOLUTION = Kind(
    compute=_dense_as_convolution,
    question=(
        "A fully connected layer with {out_features} {out_features|neuron|neurons} reads a volume "
        "of {input}. Write it as a convolution: which shape has that convolution’s weight, as "
        "(out_channels, in_channels, height, width)?",
    ),
    answer="(out_channels, in_channels, height, width)",
    why=(
        "{answer}: each neuron is a filter that covers the whole volume, and has room for one "
        "position.",
    ),
    mistakes={
        "one_by_one": (
            "A 1×1 filter sees one pixel. A neuron of this layer sees all {input_size}×"
            "{input_size} of them.",
        ),
        "channels_swapped": (
            "You swapped the first two: PyTorch’s weight begins with out_channels.",
        ),
        "depth_last": ("The right numbers; in PyTorch the depth stands before height and width.",),
        "filters_last": (
            "The right numbers; in PyTorch the order is out_channels, in_channels, height, width.",
        ),
        "flattened": (
            "That is the weight of the fully connected layer itself. Fold its {inputs} columns "
            "back into the volume.",
        ),
        "depth_forgotten": ("You forgot the depth: a filter reads every channel of the volume.",),
        "filters_forgotten": ("That is one filter; there is one for each neuron.",),
    },
    hints=(
        ("Each neuron becomes a filter. Which part of the volume does the neuron see?",),
        ("It sees everything: the filter is as large as the volume.",),
    ),
    solution=(
        ("Filters, one per neuron: {out_features}",),
        ("Each as large as the volume, {input_size}×{input_size} with depth {in_channels}.",),
    ),
)

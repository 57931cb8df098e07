"""The exercise `conv_parameters`, and the mistakes that are made in it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from cnnbook._arguments import is_pair, pair
from cnnbook.shapes import conv_parameters

from ._exercise import Case, Exercise, Mistake
from ._whole import read_whole

Count = Callable[[int, int, int, int, bool, int], Any]


def _counted(
    rule: Count,
    in_channels: int,
    out_channels: int,
    kernel_size: Any,
    bias: bool = True,
    groups: int = 1,
) -> Any:
    height, width = pair("", kernel_size)
    return rule(in_channels, out_channels, height, width, bias, groups)


def _count(name: str, message: str, *rules: Count) -> Mistake:
    return Mistake(name, message, tuple(partial(_counted, rule) for rule in rules))


PARAMETER_MISTAKES = (
    _count(
        "bias_forgotten",
        "You forgot the biases: each filter has one.",
        lambda D, K, h, w, b, g: h * w * D // g * K,
    ),
    _count(
        "bias_once",
        "There is one bias for the layer in your count. Each filter has its own.",
        lambda D, K, h, w, b, g: h * w * D // g * K + b,
    ),
    _count(
        "bias_always",
        "The biases are counted even with bias=False.",
        lambda D, K, h, w, b, g: (h * w * D // g + 1) * K,
    ),
    _count(
        "bias_per_input_channel",
        "The bias is counted once for each input channel. A filter has one in all.",
        lambda D, K, h, w, b, g: (h * w + b) * D // g * K,
        lambda D, K, h, w, b, g: (h * w + b) * (D // g) * K,
    ),
    _count(
        "channels_filters_swapped",
        "There are as many biases in your count as input channels: are channels and filters "
        "exchanged? Each filter has one bias.",
        lambda D, K, h, w, b, g: (h * w * K // g + b) * D,
    ),
    _count(
        "bias_per_weight",
        "The bias is counted once for each weight of a kernel. A filter has one in all.",
        lambda D, K, h, w, b, g: (D // g + b) * h * w * K,
    ),
    _count(
        "depth_forgotten",
        "The input's depth is missing: a filter has weights for each channel that it sees.",
        lambda D, K, h, w, b, g: (h * w + b) * K,
    ),
    _count(
        "filters_forgotten",
        "Your count is that of one filter.",
        lambda D, K, h, w, b, g: h * w * D // g + b,
    ),
    _count(
        "kernel_not_squared",
        "A kernel has F·F weights, not F.",
        lambda D, K, h, w, b, g: (h * D // g + b) * K,
        lambda D, K, h, w, b, g: (w * D // g + b) * K,
    ),
    _count(
        "kernel_sides_added",
        "The kernel's height and width are added. Its area has so many weights.",
        lambda D, K, h, w, b, g: ((h + w) * D // g + b) * K,
    ),
    _count(
        "square_assumed",
        "The kernel is counted as a square. Its height and width can differ.",
        lambda D, K, h, w, b, g: (h * h * D // g + b) * K,
        lambda D, K, h, w, b, g: (w * w * D // g + b) * K,
    ),
    _count(
        "groups_ignored",
        "The groups are not considered: a filter sees the channels of its own group only.",
        lambda D, K, h, w, b, g: (h * w * D + b) * K,
    ),
    _count(
        "groups_divide_filters_too",
        "The number of filters is divided by the groups as well. All K filters are there: it is "
        "the channels that each of them sees that are fewer.",
        lambda D, K, h, w, b, g: (h * w * D // g + b) * K // g,
        lambda D, K, h, w, b, g: (h * w * D // g + b) * (K // g),
        lambda D, K, h, w, b, g: h * w * (D // g) * (K // g) + b * K,
    ),
    _count(
        "groups_multiply",
        "The weights are multiplied by the number of groups. They become fewer: a filter sees the "
        "channels of its own group only.",
        lambda D, K, h, w, b, g: (h * w * D * g + b) * K,
        lambda D, K, h, w, b, g: (h * w * D + b) * K * g,
        lambda D, K, h, w, b, g: (h * w * D // g + b) * K * g,
    ),
    _count(
        "groups_as_width",
        "The number of groups is read as the number of channels in a group.",
        lambda D, K, h, w, b, g: (h * w * (g if g > 1 else D) + b) * K,
    ),
    _count(
        "bias_divided_by_groups",
        "The biases are divided by the groups. Each filter has its own, whatever the groups.",
        lambda D, K, h, w, b, g: (h * w * D + b) * K // g,
        lambda D, K, h, w, b, g: h * w * D * K // g + b * K // g,
    ),
)


def _parameter_cases() -> tuple[Case, ...]:
    calls: Iterable[tuple[int, int, Any, dict[str, Any]]] = [
        (3, 10, 5, {}),
        (1, 1, 1, {}),
        (1, 6, 5, {}),
        (3, 1, 3, {}),
        (32, 64, 3, {}),
        (7, 5, 2, {}),
        (3, 10, 5, {"bias": False}),
        (6, 4, 3, {"bias": False}),
        (3, 10, (5, 3), {}),
        (4, 7, (1, 6), {}),
        (4, 7, (2, 3), {"bias": False}),
        (12, 8, 3, {"groups": 4}),
        (8, 12, 2, {"groups": 2}),
        (6, 6, 3, {"groups": 6}),  # depthwise
        (6, 9, 3, {"groups": 3}),
        (12, 8, 3, {"bias": False, "groups": 4}),
        (12, 18, (3, 2), {"groups": 6}),
        (12, 18, (3, 2), {"bias": False, "groups": 3}),
    ]
    return tuple(_parameter_case(*call) for call in calls)


def _other_parameter_cases(seed: int) -> tuple[Case, ...]:
    """Return calls with random numbers."""
    rng = random.Random(seed)
    cases = []
    for _ in range(40):
        groups = rng.choice([1, 1, 2, 3, 8])
        options = ({"bias": False} if rng.random() < 0.3 else {}) | (
            {"groups": groups} if groups > 1 else {}
        )
        kernel_size = rng.choice([rng.randint(1, 11), (rng.randint(1, 7), rng.randint(1, 7))])
        channels, filters = groups * rng.randint(1, 64), groups * rng.randint(1, 64)
        cases.append(_parameter_case(channels, filters, kernel_size, options))
    return tuple(cases)


def _parameter_case(
    in_channels: int, out_channels: int, kernel_size: Any, options: dict[str, Any]
) -> Case:
    arguments = {
        "in_channels": in_channels, "out_channels": out_channels, "kernel_size": kernel_size
    }  # fmt: skip
    pairs = {"pairs"} if is_pair(kernel_size) else set()
    return Case({**arguments, **options}, frozenset({*options, *pairs}))


def _parameter_work(case: Case, place: int, index: tuple[int, ...]) -> str:
    height, width = pair("", case.arguments["kernel_size"])
    depth, filters = case.arguments["in_channels"], case.arguments["out_channels"]
    groups = f"/{case.arguments['groups']}" if "groups" in case.arguments else ""
    bias = " + 1" if case.arguments.get("bias", True) else ""
    return f"({height}·{width}·{depth}{groups}{bias})·{filters}"


def exercise(name: str) -> Exercise:
    """Return the exercise."""
    return Exercise(
        name, 3, conv_parameters, _parameter_cases(), _other_parameter_cases, PARAMETER_MISTAKES,
        read_whole, exact=True, work=_parameter_work,
    )  # fmt: skip

"""The figures' arithmetic and the NumPy reference, on one list of cases, against PyTorch."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn
from torch.nn import functional

import cnnbook
from cnnbook.widgets.base import assemble

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Numbers = npt.NDArray[np.float64]

RUN = Path(__file__).with_name("run_arithmetic.js").read_text("utf-8")


@dataclass(frozen=True)
class Case:
    """Random settings of one layer on one input, as JSON can hold them."""

    seed: int

    def settings(self) -> dict[str, Any]:
        choose = random.Random(self.seed)

        def pair(low: int, high: int) -> list[int]:
            return [choose.randint(low, high), choose.randint(low, high)]

        def numbers(*shape: int) -> Any:
            if len(shape) == 1:
                return [choose.randint(-20, 20) / 4 for _ in range(shape[0])]
            return [numbers(*shape[1:]) for _ in range(shape[0])]

        while True:
            size, kernel, padding, dilation = pair(3, 9), pair(1, 4), pair(0, 2), pair(1, 3)
            covered = [d * (f - 1) + 1 for f, d in zip(kernel, dilation, strict=True)]
            if all(c <= n + 2 * p for c, n, p in zip(covered, size, padding, strict=True)):
                break
        channels, filters = choose.randint(1, 3), choose.randint(1, 3)
        return {
            "input": numbers(channels, *size),
            "weight": numbers(filters, channels, *kernel),
            "bias": numbers(filters),
            "stride": pair(1, 3),
            "padding": padding,
            "dilation": dilation,
        }

    def pooling(self) -> dict[str, Any]:
        choose = random.Random(self.seed)
        size = [choose.randint(4, 9), choose.randint(4, 9)]
        kernel = [choose.randint(1, 4), choose.randint(1, 4)]
        values = choose.sample(range(-100, 100), size[0] * size[1])
        plane = [values[row * size[1] : (row + 1) * size[1]] for row in range(size[0])]
        ceil = choose.random() < 0.4
        return {
            "input": [plane],
            "kernel": kernel,
            "stride": [choose.randint(1, 4), choose.randint(1, 4)],
            "padding": [choose.randint(0, k // 2) for k in kernel],
            "rounding": "ceil" if ceil else "floor",
        }


CASES = [Case(seed) for seed in range(200)]
Compute = Callable[[str, dict[str, Any]], Any]


@pytest.fixture(scope="module")
def javascript(browser: Browser) -> Iterator[Compute]:
    """Run a function of the figures' arithmetic in the browser."""
    context = browser.new_context()
    page = context.new_page()
    source = base64.b64encode(assemble("arithmetic").encode()).decode()
    address = f"data:text/javascript;base64,{source}"

    def compute(name: str, settings: dict[str, Any]) -> Any:
        json.dumps(settings)  # what is handed over must be plain data
        return page.evaluate(RUN, [address, name, settings])

    yield compute
    context.close()


def _torch(settings: dict[str, Any], name: str) -> torch.Tensor:
    return torch.tensor(settings[name], dtype=torch.float64)


def _windows(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(settings[key]) for key in ("stride", "padding", "dilation")}


@pytest.mark.browser
@pytest.mark.parametrize("case", CASES, ids=str)
def test_convolution(case: Case, javascript: Compute) -> None:
    settings = case.settings()
    expected = functional.conv2d(
        _torch(settings, "input"),
        _torch(settings, "weight"),
        _torch(settings, "bias"),
        **_windows(settings),
    ).numpy()
    reference = cnnbook.conv2d(
        np.array(settings["input"]),
        np.array(settings["weight"]),
        np.array(settings["bias"]),
        **_windows(settings),
    )
    np.testing.assert_allclose(reference, expected)
    np.testing.assert_allclose(javascript("conv2d", settings), expected)


@pytest.mark.browser
@pytest.mark.parametrize("case", CASES[:40], ids=str)
def test_a_true_convolution_mirrors_the_kernel(case: Case, javascript: Compute) -> None:
    settings = case.settings()
    weight = _torch(settings, "weight")[:1, :1].flip(2, 3)
    expected = functional.conv2d(_torch(settings, "input")[:1], weight, **_windows(settings))[0]
    np.testing.assert_allclose(javascript("convolve", settings), expected)


@pytest.mark.browser
@pytest.mark.parametrize("case", CASES[:40], ids=str)
def test_a_photo_through_a_filter(case: Case, javascript: Compute) -> None:
    settings = case.settings()
    expected = functional.conv2d(
        _torch(settings, "input"), _torch(settings, "weight")[:1], **_windows(settings)
    )[0].numpy()
    result = javascript("photo", settings)
    assert (result["height"], result["width"]) == expected.shape
    np.testing.assert_allclose(result["data"], expected.ravel(), atol=1e-12)


@pytest.mark.browser
@pytest.mark.parametrize("case", CASES[:100], ids=str)
@pytest.mark.parametrize("kind", ["max", "average"])
def test_pooling_and_where_its_gradient_goes(case: Case, kind: str, javascript: Compute) -> None:
    settings = case.pooling()
    options = {
        "kernel_size": tuple(settings["kernel"]),
        "stride": tuple(settings["stride"]),
        "padding": tuple(settings["padding"]),
        "ceil_mode": settings["rounding"] == "ceil",
    }
    image = _torch(settings, "input").requires_grad_()
    pool: Any = functional.max_pool2d if kind == "max" else functional.avg_pool2d
    expected = pool(image, **options)
    gradients = torch.arange(1, expected.numel() + 1, dtype=torch.float64).reshape(expected.shape)
    expected.backward(gradients)
    result = javascript(f"{kind}Pool", settings)
    output = result["output"] if kind == "max" else result
    np.testing.assert_allclose(output, expected[0].detach())
    numpy = np.array(settings["input"], float)
    if kind == "average":
        np.testing.assert_allclose(cnnbook.avg_pool2d(numpy, **options), expected.detach())
    else:
        maxima, indices = cnnbook.max_pool2d(numpy, **options, return_indices=True)
        np.testing.assert_array_equal(maxima, expected.detach())
        width = len(settings["input"][0][0])
        assert [[y * width + x for y, x in line] for line in result["winners"]] == indices[
            0
        ].tolist()
    back = javascript(f"{kind}Backward", {**settings, "gradients": gradients[0].tolist()})
    assert image.grad is not None
    np.testing.assert_allclose(back, image.grad[0])


@pytest.mark.browser
@pytest.mark.parametrize("case", CASES[:60], ids=str)
def test_how_often_each_pixel_is_read(case: Case, javascript: Compute) -> None:
    """The gradient of a sum of outputs under a kernel of ones counts the windows on each pixel."""
    settings = case.settings()
    image = torch.zeros_like(_torch(settings, "input")[:1]).requires_grad_()
    ones = torch.ones_like(_torch(settings, "weight")[:1, :1])
    functional.conv2d(image, ones, **_windows(settings)).sum().backward()  # type: ignore[no-untyped-call]
    assert image.grad is not None
    (_, height, width), (*_, tall, wide) = image.shape, ones.shape
    rows, columns = javascript(
        "timesRead",
        {
            "size": [height, width],
            "kernel": [tall, wide],
            **{key: settings[key] for key in ("stride", "padding", "dilation")},
        },
    )
    np.testing.assert_array_equal(np.outer(rows, columns), image.grad[0])
    reference = cnnbook.times_read((height, width), (tall, wide), **_windows(settings))
    np.testing.assert_array_equal(reference, image.grad[0])


@pytest.mark.browser
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "fraction", "left_over"),
    [(7, 3, 1, [5, 1], 0), (7, 3, 2, [3, 1], 0), (7, 3, 3, [7, 3], 1), (8, 3, 4, [9, 4], 1)],
)
def test_a_size_that_does_not_fit(
    size: int, kernel: int, stride: int, fraction: list[int], left_over: int, javascript: Compute
) -> None:
    """Slides 29 to 34: 7×7 with strides 1, 2 and 3; (8 − 3)/4 + 1 = 9/4."""
    axis = javascript("axis", {"input": size, "kernel": kernel, "stride": stride})
    assert (axis["fraction"], axis["leftOver"]) == (fraction, left_over)
    assert axis["fits"] is (left_over == 0)
    strict = javascript(
        "axis", {"input": size, "kernel": kernel, "stride": stride, "rounding": "strict"}
    )
    assert strict["size"] == (0 if left_over else fraction[0])


@pytest.mark.browser
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "before", "after", "count"),
    [(6, 5, 2, 1, 2, 3), (5, 2, 1, 0, 1, 5), (224, 7, 2, 2, 3, 112), (13, 1, 3, 0, 0, 5)],
)
def test_same_pads_unevenly(
    size: int, kernel: int, stride: int, before: int, after: int, count: int, javascript: Compute
) -> None:
    """TensorFlow's notes on padding: out = ceil(N/S), the odd pixel behind the end."""
    axis = javascript(
        "axis", {"input": size, "kernel": kernel, "stride": stride, "rounding": "same"}
    )
    assert (axis["before"], axis["after"], axis["size"]) == (before, after, count)


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(20))
def test_receptive_fields_are_what_a_gradient_reaches(seed: int, javascript: Compute) -> None:
    choose = random.Random(seed)
    layers = [
        {
            "kernel": choose.randint(1, 4),
            "stride": choose.randint(1, 2),
            "padding": choose.randint(0, 1),
            "dilation": choose.randint(1, 2),
        }
        for _ in range(choose.randint(1, 4))
    ]
    image = torch.zeros(1, 1, 400, dtype=torch.float64, requires_grad=True)
    value = image
    for layer in layers:
        ones = torch.ones(1, 1, layer["kernel"], dtype=torch.float64)
        value = functional.conv1d(
            value, ones, None, layer["stride"], layer["padding"], layer["dilation"]
        )
    index = value.shape[2] // 2
    value[0, 0, index].backward()  # type: ignore[no-untyped-call]
    assert image.grad is not None
    reached = image.grad[0, 0].nonzero().ravel()
    field = javascript("fields", {"layers": layers})[-1]
    first, last = int(reached[0]), int(reached[-1])
    assert field["size"] == last - first + 1
    assert field["start"] + index * field["jump"] == first


def _conv(filters: int, kernel: int, stride: int = 1, padding: int = 0) -> dict[str, Any]:
    layer = _pool(kernel, stride, padding)
    return layer | {"kind": "conv", "out_channels": filters, "bias": True}


def _pool(kernel: int, stride: int | None = None, padding: int = 0) -> dict[str, Any]:
    return {
        "kind": "pool",
        "kernel_size": kernel,
        "stride": stride or kernel,
        "padding": padding,
    }


@pytest.mark.browser
def test_counting_a_network(javascript: Compute) -> None:
    layers = [
        _conv(6, 5, padding=2),
        _pool(2),
        _conv(16, 5) | {"bias": False},
        _pool(3, stride=2, padding=1),
        {"kind": "fc", "out_features": 120, "bias": True},
        {"kind": "fc", "out_features": 10, "bias": False},
    ]
    network = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5, bias=False),
        nn.MaxPool2d(3, 2, 1),
        nn.Flatten(),
        nn.Linear(16 * 5 * 6, 120),
        nn.Linear(120, 10, bias=False),
    )
    rows = javascript("count", {"input": [1, 28, 30], "layers": layers, "rounding": "floor"})
    value = torch.zeros(1, 1, 28, 30)
    found = []
    for module in network:
        value = module(value)
        parameters = sum(parameter.numel() for parameter in module.parameters())
        if not isinstance(module, nn.Flatten):
            found.append((list(value.shape[1:]), parameters))
    assert [(row["shape"], row["parameters"]) for row in rows] == found
    # 5·5 weights for each channel and filter, at every position: 28·30, and after the pool 10·11.
    assert rows[0]["macs"] == 5 * 5 * 1 * 6 * 28 * 30
    assert rows[2]["macs"] == 5 * 5 * 6 * 16 * 10 * 11
    assert rows[4]["macs"] == 16 * 5 * 6 * 120
    # 5; 5 + 1 = 6; 6 + 4 · 2 = 14; 14 + 2 · 2 = 18; and all of them.
    assert [row["field"] for row in rows] == [5, 6, 14, 18, None, None]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([_conv(1, 3, stride=3)], "fraction"),
        ([_conv(1, 9)], "large"),
        ([_pool(2, padding=2)], "padding"),
        ([{"kind": "fc", "out_features": 2, "bias": True}, _pool(1)], "flat"),
    ],
    ids=["fraction", "large", "padding", "flat"],
)
def test_counting_ends_where_a_layer_does_not_fit(
    layers: list[dict[str, Any]], reason: str, javascript: Compute
) -> None:
    rows = javascript("count", {"input": [3, 7, 7], "layers": layers, "rounding": "strict"})
    assert len(rows) == len(layers)
    assert rows[-1]["problem"]["reason"] == reason


@pytest.mark.browser
def test_mixing_channels_is_a_1x1_convolution(javascript: Compute) -> None:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (4, 5, 7), generator=generator)
    weights = torch.rand(3, 3, generator=generator, dtype=torch.float64) - 0.25
    biases = torch.rand(3, generator=generator, dtype=torch.float64) * 50
    expected = functional.conv2d(pixels[:3].double(), weights[:, :, None, None], biases)
    settings = {
        "pixels": pixels.permute(1, 2, 0).ravel().tolist(),
        "weights": weights.tolist(),
        "biases": biases.tolist(),
    }
    mixed = np.reshape(javascript("mix", settings), (5, 7, 4)).transpose(2, 0, 1)
    np.testing.assert_allclose(mixed[:3], expected.clamp(0, 255), atol=0.5001)
    np.testing.assert_array_equal(mixed[3], pixels[3])

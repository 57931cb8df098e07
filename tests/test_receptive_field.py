"""The receptive field: published tables, and measurement by backpropagation."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.architectures import alexnet, vgg16
from torch import nn

from cnnbook.receptive_field import ReceptiveField, receptive_field

# A. Araujo et al., RECEPTIVE_FIELD_TABLE.md of github.com/google-research/receptive_field, the
# library of the Distill article: end-point: (receptive field, effective stride, effective padding).
# Theirs are TF-Slim's networks, and end at the last map before the fully connected layers.
ALEXNET_V2 = {"pool1": (19, 8, 0), "conv2": (51, 8, 16), "conv3": (99, 16, 32),
              "conv4": (131, 16, 48), "conv5": (163, 16, 64), "pool5": (195, 32, 64)}  # fmt: skip
VGG_16 = {"conv1_1": (3, 1, 1), "pool1": (6, 2, 2), "conv2_1": (10, 2, 4), "pool2": (16, 4, 6),
          "pool3": (44, 8, 18), "pool4": (100, 16, 42), "pool5": (212, 32, 90)}  # fmt: skip
RESNET_V1_50 = (483, 32, 239)


def published(field: ReceptiveField) -> tuple[int, int, float]:
    """In the article's terms: the effective padding is where neuron 0's field begins, times −1."""
    (top, _), (left, _) = field.of_neuron(0, 0)
    assert (field.size[0], field.jump[0], top) == (field.size[1], field.jump[1], left)
    return field.size[0], field.jump[0], -top


def test_by_hand() -> None:
    # 5×5 with stride 2 and padding 2, then 3×3 with dilation 2 and padding 1:
    first, second = receptive_field([(5, 2, 2), (3, 1, 1, 2)])
    assert first == ReceptiveField("0", size=(5, 5), jump=(2, 2), start=(0.0, 0.0))
    # size 5 + (3 − 1) · 2 · 2 = 13; jump 2 · 1; start 0 + (2 · (3 − 1) / 2 − 1) · 2 = 2
    assert second == ReceptiveField("1", size=(13, 13), jump=(2, 2), start=(2.0, 2.0))
    assert second.of_neuron(0, 3) == ((-4, 8), (2, 14))  # centre 2 + 3 · 2 = 8, and 6 either side


def test_alexnet() -> None:
    """TF-Slim's alexnet_v2 does not pad its first layer; torchvision's pads it by 2, so 2 more."""
    layers = [(11, 4), (3, 2), (5, 1, 2), (3, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2)]
    slim = receptive_field(layers)
    at = {"pool1": 1, "conv2": 2, "conv3": 4, "conv4": 5, "conv5": 6, "pool5": 7}
    assert {name: published(slim[i]) for name, i in at.items()} == ALEXNET_V2
    with torch.device("meta"):
        ours = receptive_field(alexnet().features)
    assert published(ours[-1]) == (195, 32, 64 + 2)


def test_vgg16() -> None:
    with torch.device("meta"):
        fields = {field.name: field for field in receptive_field(vgg16().features)}
    at = {"conv1_1": 0, "pool1": 4, "conv2_1": 5, "pool2": 9, "pool3": 16, "pool4": 23, "pool5": 30}
    assert {name: published(fields[str(i)]) for name, i in at.items()} == VGG_16


def bottlenecks(strides: list[int]) -> list[tuple[int, int, int]]:
    return [layer for s in strides for layer in ((1, 1, 0), (3, s, 1), (1, 1, 0))]


def test_resnet50() -> None:
    """The main path is the one with the largest field.

    TF-Slim strides in the *last* block of a stage, where torchvision strides in the first of the
    next: its later blocks see coarser maps, so its field is 483 where torchvision's is 427.
    """
    stem = [(7, 2, 3), (3, 2, 0)]  # TF-Slim's pooling pads an even map on the far side only
    slim = [1] * 2 + [2] + [1] * 3 + [2] + [1] * 5 + [2] + [1] * 3
    assert published(receptive_field(stem + bottlenecks(slim))[-1]) == RESNET_V1_50
    torchvision = [1] * 3 + [2] + [1] * 3 + [2] + [1] * 5 + [2] + [1] * 2
    assert receptive_field(stem + bottlenecks(torchvision))[-1].size == (427, 427)


pairs = st.tuples
layer_settings = st.tuples(
    st.sampled_from(["conv", "max", "avg"]),
    pairs(st.integers(1, 4), st.integers(1, 4)),
    pairs(st.integers(1, 3), st.integers(1, 3)),
    pairs(st.integers(0, 2), st.integers(0, 2)),
    pairs(st.integers(1, 2), st.integers(1, 2)),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(layer_settings, min_size=1, max_size=3), pairs(st.integers(0, 2), st.integers(0, 2))
)
def test_measured_by_backpropagation(stack: list[Any], neuron: tuple[int, int]) -> None:
    """The gradient of one output reaches just the field, whose corners every kernel reads."""
    described: list[nn.Module] = []
    measured: list[nn.Module] = []
    for kind, kernel, stride, padding, dilation in stack:
        padding = tuple(min(p, k // 2) for p, k in zip(padding, kernel, strict=True))
        dilation = (1, 1) if kind == "avg" else dilation
        # A sum reads what a maximum reads, and lets the gradient through to all of it.
        total = nn.Conv2d(1, 1, kernel, stride, padding, dilation, bias=False, dtype=torch.float64)
        nn.init.ones_(total.weight)
        layer = {
            "conv": total,
            "max": nn.MaxPool2d(kernel, stride, padding, dilation),
            "avg": nn.AvgPool2d(kernel, stride, padding),
        }[kind]
        described += [layer, nn.ReLU()]
        measured.append(layer if kind == "avg" else total)
    field = receptive_field(described)[-1]
    # Go on to the first neuron whose field lies inside the input, then make the input large enough.
    first = [
        math.ceil(-low / jump)
        for (low, _), jump in zip(field.of_neuron(0, 0), field.jump, strict=True)
    ]
    row, column = first[0] + neuron[0], first[1] + neuron[1]
    (top, bottom), (left, right) = field.of_neuron(row, column)
    image = torch.ones(1, 1, bottom + 2, right + 2, dtype=torch.float64, requires_grad=True)
    nn.Sequential(*measured)(image)[0, 0, row, column].backward()
    assert image.grad is not None
    rows, columns = image.grad[0, 0].nonzero(as_tuple=True)
    assert (int(rows.min()), int(rows.max())) == (top, bottom)
    assert (int(columns.min()), int(columns.max())) == (left, right)


def test_modules_of_each_kind() -> None:
    """What PyTorch's settings stand for, as tuples."""
    modules = nn.Sequential(
        nn.ZeroPad2d((1, 2, 3, 4)),  # left, right, top, bottom
        nn.Sequential(nn.Conv2d(3, 8, (3, 4), padding="same", dilation=(1, 3)), nn.BatchNorm2d(8)),
        nn.Conv2d(8, 8, 3, padding="valid"),
        nn.MaxPool2d(2),
        nn.AvgPool2d((3, 1), stride=(2, 1), padding=(1, 0)),
        nn.Dropout2d(),
    )
    # 'same' pads 3 · (4 − 1) = 9 columns, of which PyTorch puts 9 // 2 = 4 on the left.
    tuples = [
        (1, 1, (3, 1)),
        ((3, 4), 1, (1, 4), (1, 3)),
        1,
        3,
        (2, 2),
        ((3, 1), (2, 1), (1, 0)),
        1,
    ]
    names = ["0", "1.0", "1.1", "2", "3", "4", "5"]
    fields = receptive_field(modules)
    assert [field.name for field in fields] == names
    for ours, expected in zip(fields, receptive_field(tuples), strict=True):
        assert (ours.size, ours.jump, ours.start) == (expected.size, expected.jump, expected.start)
    assert receptive_field([nn.Conv2d(3, 8, 5), (2, 2)])[-1].size == (6, 6)
    assert receptive_field(nn.Conv2d(3, 8, 5))[0].size == (5, 5)


def test_numpys_integers_are_kernel_sizes() -> None:
    assert receptive_field([np.int64(3), (np.int64(3),)])[-1].size == (5, 5)


@pytest.mark.parametrize("pool", [nn.MaxPool2d, nn.AvgPool2d])
def test_an_empty_stride_is_the_windows_size_as_in_pytorch(pool: type[nn.Module]) -> None:
    layer = pool((2, 3), stride=())
    assert layer(torch.ones(1, 1, 4, 6)).shape == (1, 1, 2, 2)
    assert receptive_field([layer])[0].jump == (2, 3)


def test_a_modules_wrong_setting_is_named() -> None:
    with pytest.raises(ValueError, match="layer 0: stride must be at least 1, but got 0"):
        receptive_field([nn.MaxPool2d(2, stride=0)])


@pytest.mark.parametrize("wrap", [lambda stack: stack, nn.Sequential, nn.ModuleList])
def test_a_module_that_stands_in_a_stack_twice_is_two_layers(
    wrap: Callable[[nn.Sequential], nn.Module],
) -> None:
    """3; pooled 3 + 1 = 4; + 2 · 2 = 8; pooled 8 + 2 = 10; + 2 · 4 = 18."""
    pool = nn.MaxPool2d(2)
    stack = nn.Sequential(nn.Conv2d(3, 8, 3), pool, nn.Conv2d(8, 8, 3), pool, nn.Conv2d(8, 8, 3))
    fields = receptive_field(wrap(stack))
    assert [field.size[0] for field in fields] == [3, 4, 8, 10, 18]
    assert [field.name[-1] for field in fields] == ["0", "1", "2", "3", "4"]


class OwnForward(nn.Sequential):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + super().forward(x)  # type: ignore[no-any-return, no-untyped-call]


@pytest.mark.parametrize(
    "module",
    [nn.Linear(3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.GLU(), nn.ConvTranspose2d(1, 1, 2),
     nn.InstanceNorm2d(3), nn.Softmax(dim=2), OwnForward(nn.ReLU()),
     *(nn.Conv2d(3, 3, 3, padding=1, padding_mode=mode)
       for mode in ("circular", "reflect", "replicate"))],
)  # fmt: skip
def test_modules_without_a_fixed_field_are_named(module: nn.Module) -> None:
    with pytest.raises(ValueError, match=rf"^layer 1\.0 has no .*: {type(module).__name__}\."):
        receptive_field(nn.Sequential(nn.Conv2d(3, 3, 3), nn.Sequential(module)))


def test_a_sequential_with_its_own_forward_is_no_stack() -> None:
    with pytest.raises(ValueError, match=r"^layer 0 has no .*: OwnForward\."):
        receptive_field(OwnForward(nn.Conv2d(3, 3, 1), nn.ReLU()))


def with_own_forward(kind: type[nn.Module], *settings: Any) -> nn.Module:
    """Make a layer of a subclass that reads every other pixel of what its settings say."""
    parent: Any = kind
    own = {"forward": lambda self, x: parent.forward(self, x[..., ::2, ::2])}
    module: nn.Module = type(f"Own{kind.__name__}", (kind,), own)(*settings)
    return module


@pytest.mark.parametrize(
    "layer",
    [
        (nn.Conv2d, 1, 1, 3),
        (nn.MaxPool2d, 2),
        (nn.AvgPool2d, 2),
        (nn.ZeroPad2d, 1),
        (nn.BatchNorm2d, 1),
        (nn.Dropout2d,),
        (nn.Softmax, 1),
    ],
    ids=lambda layer: layer[0].__name__,
)
def test_a_subclass_with_its_own_forward_is_not_answered_from_its_settings(layer: Any) -> None:
    module = with_own_forward(*layer)
    with pytest.raises(ValueError, match=rf"^layer 0 has no .*: {type(module).__name__}\."):
        receptive_field(module)


def test_a_subclass_that_runs_as_its_parent_is_answered() -> None:
    class Square(nn.Conv2d):
        def __init__(self) -> None:
            super().__init__(1, 1, 5, stride=2)

    assert receptive_field(Square())[0].jump == (2, 2)


@pytest.mark.parametrize("layers", [(7, 2, 3), (3,), (np.int64(7), 2), ((7, 5), 2), (3, (1, 2))])
def test_a_tuple_may_be_one_layer_or_several_so_it_is_refused(layers: tuple[Any, ...]) -> None:
    either = rf"{re.escape(f'Write [{layers!r}]')}.*{re.escape(f'Write {list(layers)!r}')}"
    with pytest.raises(ValueError, match=rf"^layers must be a list, but got the tuple.*{either}"):
        receptive_field(layers)


def test_a_list_of_numbers_is_a_list_of_kernel_sizes() -> None:
    """7, then 7 + (2 − 1) · 1 = 8, then 8 + (3 − 1) · 1 = 10."""
    assert [field.size[0] for field in receptive_field([7, 2, 3])] == [7, 8, 10]
    assert receptive_field([(7, 2, 3)])[0].size == (7, 7)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ((), r"layer 0 must be \(kernel_size, stride, padding, dilation\), got \(\)"),
        ((3, 1, 1, 1, 1), r"layer 0 must be \(kernel_size"),
        ((3, 0), "layer 0: stride must be at least 1, but got 0"),
        ((3, 1, -1), "layer 0: padding must be at least 0, but got -1"),
        (((3, 0),), "layer 0: kernel_size must be at least 1"),
        ((3, 1, 0, (1, 2, 3)), "layer 0: dilation must be an integer or a pair"),
    ],
)
def test_impossible_settings_are_refused(layer: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        receptive_field([layer])


@pytest.mark.parametrize("layer", ["conv", 2.5, None, (2.5,), (True,)])
def test_other_types_are_refused(layer: object) -> None:
    with pytest.raises(TypeError, match="layer 0"):
        receptive_field([layer])


def test_a_layer_that_is_none_is_named_without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # whoever imports it now fails
    with pytest.raises(
        TypeError, match=r"layer 1 must be a number, a tuple or a PyTorch module, got \[3, 1\]"
    ):
        receptive_field([(3, 1), [3, 1]])

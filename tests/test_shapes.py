"""Sizes, parameters and work of layers, by hand and against PyTorch."""

import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import (
    DoesNotFit,
    conv_macs,
    conv_parameters,
    effective_kernel_size,
    output_size,
    same_padding,
    times_read,
    unread_pixels,
)

small = st.integers(1, 4)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"size": 7, "kernel_size": 3}, 5),  # (7 − 3)/1 + 1
        ({"size": 7, "kernel_size": 3, "stride": 2}, 3),  # (7 − 3)/2 + 1
        ({"size": 7, "kernel_size": 3, "padding": 1}, 7),  # (7 + 2·1 − 3)/1 + 1
        ({"size": 32, "kernel_size": 5, "padding": 2}, 32),  # (32 + 2·2 − 5)/1 + 1
        ({"size": 227, "kernel_size": 11, "stride": 4}, 55),  # (227 − 11)/4 + 1
        ({"size": 7, "kernel_size": 3, "dilation": 2}, 3),  # covers 5: (7 − 5)/1 + 1
        ({"size": (7, 9), "kernel_size": 3, "stride": (1, 2)}, (5, 4)),  # (9 − 3)/2 + 1 = 4
        ({"size": 7, "kernel_size": (3, 5)}, (5, 3)),
        ({"size": 7, "kernel_size": (3,), "stride": (2,)}, (3, 3)),
        ({"size": [7, 9], "kernel_size": np.int64(3)}, (5, 7)),
        # A window of 5 on 4 pixels reaches over the end: ⌈(4 − 5)/2⌉ + 1 = 1.
        ({"size": 4, "kernel_size": 5, "stride": 2, "rounding": "ceil"}, 1),
        # ⌈(5 + 2·1 − 2)/3⌉ + 1 = 3, but the third starts at 2·3 − 1 = 5, behind the last pixel.
        ({"size": 5, "kernel_size": 2, "stride": 3, "padding": 1, "rounding": "ceil"}, 2),
    ],
)
def test_output_size_by_hand(arguments: dict[str, Any], expected: object) -> None:
    assert output_size(**arguments) == expected


def test_a_fraction_says_how_many_pixels_are_left_over() -> None:
    with pytest.raises(DoesNotFit, match=r"^\(7 − 3\)/3 \+ 1 = 7/3 .* 1 pixel is left over$") as e:
        output_size(7, 3, stride=3)
    assert (e.value.fraction, e.value.left_over) == (Fraction(7, 3), 1)
    assert isinstance(e.value, ValueError)
    copy = pickle.loads(pickle.dumps(e.value))
    assert (str(copy), copy.fraction) == (str(e.value), e.value.fraction)


def test_a_fraction_on_one_axis_of_two_is_refused() -> None:
    # Down (7 − 3)/4 + 1 = 2 fits; right (8 + 2·1 − 3)/4 + 1 = 11/4 leaves 7 − 4 = 3 pixels over.
    with pytest.raises(
        DoesNotFit, match=r"^width: \(8 \+ 2·1 − 3\)/4 \+ 1 = 11/4 .* 3 pixels are"
    ) as e:
        output_size((7, 8), 3, stride=4, padding=(0, 1))
    assert e.value.left_over == 3


@settings(max_examples=100, deadline=None)
@given(size=st.integers(1, 12), f=small, s=small, p=st.integers(0, 4), d=small)
def test_floor_is_the_convolution_of_pytorch(size: int, f: int, s: int, p: int, d: int) -> None:
    image, kernel = torch.ones(1, 1, size), torch.ones(1, 1, f)
    try:
        expected = functional.conv1d(image, kernel, None, s, p, d).shape[2]
    except RuntimeError:
        with pytest.raises(ValueError, match="more than the input and its padding"):
            output_size(size, f, s, p, d, "floor")
        return
    assert output_size(size, f, s, p, d, "floor") == expected


@settings(max_examples=100, deadline=None)
@given(size=st.integers(1, 12), f=small, s=small, p=st.integers(0, 4), d=small)
def test_strict_refuses_the_fractions_and_nothing_else(
    size: int, f: int, s: int, p: int, d: int
) -> None:
    formula = Fraction(size + 2 * p - (d * (f - 1) + 1), s) + 1
    assume(formula >= 1)
    if formula.denominator == 1:
        assert output_size(size, f, s, p, d) == formula
        return
    with pytest.raises(DoesNotFit) as error:
        output_size(size, f, s, p, d)
    assert error.value.fraction == formula
    # Without the pixels that are left over, it fits.
    assert output_size(size + 2 * p - error.value.left_over, f, s, 0, d) == int(formula)


@settings(max_examples=100, deadline=None)
@given(size=st.integers(1, 12), f=small, s=small, p=st.integers(0, 2), d=small)
def test_ceil_is_the_pooling_of_pytorch(size: int, f: int, s: int, p: int, d: int) -> None:
    assume(p <= f // 2)
    image = torch.ones(1, 1, size)
    try:
        expected = functional.max_pool1d(image, f, s, p, d, ceil_mode=True).shape[2]
    except RuntimeError:
        with pytest.raises(ValueError, match="more than the input and its padding"):
            output_size(size, f, s, p, d, "ceil")
    else:
        assert output_size(size, f, s, p, d, "ceil") == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"kernel_size": 1}, 0),
        ({"kernel_size": 7}, 3),  # (7 − 1)/2
        ({"kernel_size": (3, 5)}, (1, 2)),
        ({"kernel_size": (3, 5), "dilation": 2}, (2, 4)),  # cover 5 and 9
        ({"kernel_size": 4, "dilation": 2}, 3),  # covers 2·3 + 1 = 7
        ({"kernel_size": 3, "dilation": (1, 2)}, (1, 2)),
    ],
)
def test_same_padding_by_hand(arguments: dict[str, Any], expected: object) -> None:
    assert same_padding(**arguments) == expected


@settings(max_examples=60, deadline=None)
@given(f=st.integers(1, 9), d=st.integers(1, 4), size=st.integers(1, 20))
def test_same_padding_keeps_the_size_in_pytorch(f: int, d: int, size: int) -> None:
    assume(d * (f - 1) % 2 == 0)
    image, kernel = torch.ones(1, 1, size), torch.ones(1, 1, f)
    kept = functional.conv1d(image, kernel, padding=same_padding(f, d), dilation=d)
    assert kept.shape == image.shape


def test_an_even_kernel_has_no_same_padding() -> None:
    with pytest.raises(ValueError, match=r"an even number of pixels, 4: P = \(4 − 1\)/2"):
        same_padding((3, 4))


def test_effective_kernel_size() -> None:
    assert effective_kernel_size(3) == 3
    assert effective_kernel_size((3, 4), 3) == (7, 10)  # 3·2 + 1, 3·3 + 1
    assert effective_kernel_size(3, (1, 2)) == (3, 5)


@pytest.mark.parametrize(
    ("channels", "filters", "kernel_size", "bias", "groups", "expected"),
    [
        (3, 10, 5, True, 1, 760),  # (5·5·3 + 1)·10
        (3, 10, 5, False, 1, 750),
        (3, 32, 3, True, 1, 896),  # (3·3·3 + 1)·32
        (32, 32, 3, True, 1, 9_248),  # (3·3·32 + 1)·32
        (64, 32, 1, True, 1, 2_080),  # (64 + 1)·32
        (4, 6, (3, 2), True, 2, 78),  # (3·2·4/2 + 1)·6
    ],
)
def test_parameters_are_those_of_pytorch(
    channels: int, filters: int, kernel_size: Any, bias: bool, groups: int, expected: int
) -> None:
    layer = torch.nn.Conv2d(channels, filters, kernel_size, bias=bias, groups=groups)
    assert sum(p.numel() for p in layer.parameters()) == expected
    assert conv_parameters(channels, filters, kernel_size, bias, groups) == expected


def test_multiply_adds_are_counted_at_output_positions() -> None:
    # Four by four positions, at each six filters, of 3·2·2 weights: 4·4·6·12 products.
    assert conv_macs(4, 6, (3, 2), output_size=4, groups=2) == 1_152
    weight = torch.ones(6, 2, 3, 2)
    outputs = functional.conv2d(torch.ones(1, 4, 9, 8), weight, stride=2, groups=2)
    assert outputs.numel() * weight[0].numel() == 1_152
    assert conv_macs(3, 64, 3, (224, 224)) == 86_704_128  # VGG-16's first layer: 3·3·3·64·224·224


def test_a_size_of_one_axis_is_no_activation_map() -> None:
    with pytest.raises(ValueError, match=r"output_size must be .* a pair .* but got \(4,\)"):
        conv_macs(1, 1, 1, output_size=(4,))  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [times_read, unread_pixels])
def test_pixels_are_counted_for_a_known_rounding_only(count: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"rounding must be 'strict', .* but got 'round'"):
        count(7, 3, rounding="round")
    with pytest.raises(DoesNotFit, match=r"^width: .* 1 pixel is left over"):
        count((7, 8), 3, stride=2, rounding="strict")


def test_counts_do_not_overflow() -> None:
    wide: Any = np.int32(2**20)
    assert conv_parameters(wide, wide, 3, bias=False) == 9 * 2**40
    assert conv_macs(wide, wide, 1, (1, 1)) == 2**40


def test_same_padding_does_not_make_all_pixels_count_equally() -> None:
    counts = times_read((5, 6), 3, padding=1)
    assert (counts[0, 0], counts[0, 2], counts[2, 2]) == (4, 6, 9)


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    kernel=st.tuples(small, small),
    s=st.tuples(small, small),
    p=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    d=st.tuples(small, small),
)
def test_times_read_is_the_gradient_of_a_sum(
    size: tuple[int, int],
    kernel: tuple[int, int],
    s: tuple[int, int],
    p: tuple[int, int],
    d: tuple[int, int],
) -> None:
    assume(all(d[i] * (kernel[i] - 1) < size[i] + 2 * p[i] for i in (0, 1)))
    image = torch.ones(1, 1, *size, requires_grad=True)
    outputs = functional.conv2d(image, torch.ones(1, 1, *kernel), None, s, p, d)
    expected = torch.autograd.grad(outputs.sum(), image)[0][0, 0].numpy()
    np.testing.assert_array_equal(times_read(size, kernel, s, p, d), expected)
    np.testing.assert_array_equal(unread_pixels(size, kernel, s, p, d), expected == 0)


def test_unread_pixels_by_hand() -> None:
    # Windows at 0–2 and 3–5 of seven; with stride 4 at 0–2 and 4–6, which skips pixel 3.
    assert np.flatnonzero(unread_pixels(7, 3, stride=3)).tolist() == [6]
    assert np.flatnonzero(unread_pixels(7, 3, stride=4)).tolist() == [3]
    assert np.flatnonzero(unread_pixels(7, 3, stride=3, rounding="ceil")).tolist() == []
    assert unread_pixels((7, 4), 3, stride=3).sum() == 4 + 7 - 1
    assert unread_pixels(7, (3, 1), stride=3).shape == (7, 7)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"size": 0}, ValueError, "size must be at least 1, but got 0"),
        ({"size": 7.0}, TypeError, "size must be an integer, but got 7.0"),
        ({"size": (7, 7, 3)}, ValueError, r"size must be .* a pair .* but got \(7, 7, 3\)"),
        ({"size": (7,)}, ValueError, r"size must be .* a pair .* but got \(7,\)"),
        ({"size": (7, 2)}, ValueError, "^width: kernel_size 3 .* padding have: 2$"),
        ({"size": (2, 7)}, ValueError, "^height: kernel_size 3 .* padding have: 2$"),
        (
            {"stride": np.array([1, 2])},
            TypeError,
            r"stride must be .* a tuple .* array\(\[1, 2\]\)",
        ),
        (
            {"kernel_size": 8},
            ValueError,
            "kernel_size 8 with dilation 1 covers 8 pixels, more .* 7$",
        ),
        (
            {"kernel_size": 4, "dilation": 3, "padding": 1},
            ValueError,
            r"covers 10 .*: 7 \+ 2·1 = 9$",
        ),
        ({"kernel_size": 9, "rounding": "floor"}, ValueError, "kernel_size 9"),
        ({"kernel_size": 9, "rounding": "ceil"}, ValueError, "kernel_size 9"),
        ({"kernel_size": True}, TypeError, "kernel_size must be an integer, but got True"),
        ({"stride": 0}, ValueError, "stride must be at least 1, but got 0"),
        ({"stride": (1, -1)}, ValueError, "stride must be at least 1, but got -1"),
        ({"padding": -1}, ValueError, "padding must be at least 0, but got -1"),
        ({"dilation": 0}, ValueError, "dilation must be at least 1, but got 0"),
        ({"rounding": "round"}, ValueError, "rounding must be 'strict', .* but got 'round'"),
        ({"rounding": np.array(["floor"] * 2)}, ValueError, r"rounding must be .* got array\("),
    ],
)
def test_output_size_refuses(change: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        output_size(**{"size": 7, "kernel_size": 3, **change})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3, 4, 3, True, 3), ValueError, "out_channels must be divisible by groups, but 4/3"),
        ((3, 4, 3, True, 2), ValueError, "in_channels must be divisible by groups, but 3/2"),
        ((3, 4, 3, True, 0), ValueError, "groups must be at least 1"),
        ((0, 4, 3), ValueError, "in_channels must be at least 1"),
        ((3, 4, 0), ValueError, "kernel_size must be at least 1"),
        ((3, 4, 3, 2), TypeError, "bias must be True or False, but got 2"),
    ],
)
def test_conv_parameters_refuses(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        conv_parameters(*arguments)

"""Convolutions of one channel and of layers, by hand, and against SciPy and PyTorch."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from torch.nn import functional

from cnnbook import conv2d, conv2d_backward, conv2d_im2col, convolve2d, correlate2d, im2col

Array = npt.NDArray[Any]
both_forms = pytest.mark.parametrize("convolve", [conv2d, conv2d_im2col])


def numbers(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).normal(size=shape)


def pairs(low: int, high: int) -> st.SearchStrategy[Any]:
    """Draw what PyTorch takes for two axes: one number or two."""
    one = st.integers(low, high)
    return one | st.tuples(one, one)


@st.composite
def layers(draw: st.DrawFn) -> tuple[Array, Array, Array | None, dict[str, Any]]:
    """Draw a layer's arrays and its settings, the kernel never larger than the padded input."""
    groups, depth, filters = (draw(st.integers(1, high)) for high in (3, 2, 2))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 3)))
    dilation = draw(pairs(1, 3))
    padding = draw(pairs(0, 2) | st.sampled_from(["same", "valid"]))
    stride = 1 if padding == "same" else draw(pairs(1, 4))
    spread = (dilation, dilation) if isinstance(dilation, int) else dilation
    height, width = (
        d * (f - 1) + 1 + draw(st.integers(0, 4)) for d, f in zip(spread, kernel, strict=True)
    )
    batch = draw(st.sampled_from([(), (0,), (1,), (2,)]))
    seed = draw(st.integers(0, 9))
    input = numbers(seed, *batch, groups * depth, height, width)
    weight = numbers(seed + 1, groups * filters, depth, *kernel)
    bias = draw(st.sampled_from([None, numbers(seed + 2, groups * filters)]))
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return input, weight, bias, settings


def in_pytorch(*arrays: Any, **settings: Any) -> torch.Tensor:
    """Return PyTorch's convolution of arrays or tensors."""
    tensors: list[Any] = [None if a is None else torch.as_tensor(a) for a in arrays]
    with warnings.catch_warnings():  # "same" with an even kernel warns that it needs a copy
        warnings.filterwarnings("ignore", message="Using padding='same' with even kernel")
        output: torch.Tensor = functional.conv2d(*tensors, **settings)
    return output


# ---- one channel ----


def test_correlation_and_convolution_by_hand() -> None:
    image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    kernel = [[1, 0], [2, -1]]
    # Correlation, above left: 1·1 + 2·0 + 4·2 − 5·1 = 4; the kernel lies as it is printed.
    assert correlate2d(image, kernel).tolist() == [[4, 6], [10, 12]]
    # Convolution, above left: −1·1 + 2·2 + 4·0 + 5·1 = 8; the kernel is turned by 180°.
    assert convolve2d(image, kernel).tolist() == [[8, 10], [14, 16]]


@pytest.mark.parametrize(
    ("ours", "scipys"), [(correlate2d, signal.correlate2d), (convolve2d, signal.convolve2d)]
)
@given(
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    extra=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    dtypes=st.tuples(*[st.sampled_from([np.int64, np.float32, np.float64])] * 2),
)
@settings(max_examples=40, deadline=None)
def test_one_channel_agrees_with_scipy(
    ours: Callable[..., Array],
    scipys: Callable[..., Array],
    kernel: tuple[int, int],
    extra: tuple[int, int],
    dtypes: tuple[type, type],
) -> None:
    image: Array = (9 * numbers(0, kernel[0] + extra[0], kernel[1] + extra[1])).astype(dtypes[0])
    weights: Array = (9 * numbers(1, *kernel)).astype(dtypes[1])
    expected = scipys(image, weights, mode="valid")
    np.testing.assert_allclose(ours(image, weights), expected, rtol=1e-4, atol=1e-4)
    assert ours(image, weights).dtype == expected.dtype


@pytest.mark.parametrize("function", [correlate2d, convolve2d])
@pytest.mark.parametrize(
    ("image", "kernel", "error", "message"),
    [
        (np.ones(3), np.ones((2, 2)), ValueError, r"image must have the axes height × width.*\(3,"),
        (np.ones((3, 3)), np.ones((1, 2, 2)), ValueError, "kernel must have the axes"),
        (np.ones((0, 3)), np.ones((2, 2)), ValueError, "image has no numbers"),
        (np.ones((3, 3)), np.ones((2, 0)), ValueError, "kernel has no numbers"),
        (np.ones((3, 3)), np.ones((4, 2)), ValueError, r"^kernel must .* \(4, 2\), .* \(3, 3\)$"),
        (np.ones((3, 3)), np.ones((2, 4)), ValueError, r"^kernel must .* \(2, 4\), .* \(3, 3\)$"),
        ([[1, 2], [3]], np.ones((1, 1)), ValueError, "image must be a block .* rows differ"),
        (np.ones((3, 3)), [[1, 2], [3]], ValueError, "kernel must be a block .* rows differ"),
        (np.ones((3, 3), np.uint8), np.ones((2, 2), np.uint8), TypeError, "dtype uint8"),
        (np.ones((3, 3), bool), np.ones((2, 2), bool), TypeError, "dtype bool"),
        (np.ones((3, 3)), np.ones((2, 2), complex), TypeError, "^kernel has dtype complex128"),
        (np.ones((3, 3), complex), np.ones((2, 2)), TypeError, "^image has dtype complex128"),
        (np.ones((3, 3), "M8[D]"), np.ones((2, 2)), TypeError, r"^image has dtype datetime64\[D\]"),
        (
            np.ones((3, 3), np.uint8),
            np.ones((2, 2), np.float16),
            TypeError,
            "image has dtype uint8 and kernel float16, so their products would be float16",
        ),
        (  # NumPy has no type for both, and would round
            np.array([[2**53 + 1]], np.uint64),
            np.ones((1, 1), np.int64),
            TypeError,
            "image has dtype uint64 and kernel int64, so their products would be float64",
        ),
        (np.ma.ones((3, 3)), np.ones((2, 2)), TypeError, "image must not be a masked array"),
    ],
)
def test_one_channel_refuses(
    function: Callable[..., Array],
    image: Array,
    kernel: Array,
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        function(image, kernel)


def test_a_photo_of_small_integers_is_not_cut_off() -> None:
    # 200·2 − 100·1 = 300 does not fit 8 bits.
    photo = np.array([[200, 100]], np.uint8)
    assert correlate2d(photo, [[2, -1]]).tolist() == [[300]]
    assert correlate2d(photo, [[0.5, 1.0]]).tolist() == [[200.0]]


@pytest.mark.parametrize(
    ("ours", "scipys"), [(correlate2d, signal.correlate2d), (convolve2d, signal.convolve2d)]
)
def test_int32_wraps_around_as_in_scipy(
    ours: Callable[..., Array], scipys: Callable[..., Array]
) -> None:
    # 3 · 2³⁰ lies beyond 2³¹ − 1, so int32 shows it less 2³²: −2³⁰.
    image, kernel = np.full((1, 3), 2**30, np.int32), np.ones((1, 3), np.int32)
    assert ours(image, kernel).tolist() == [[-(2**30)]]
    assert scipys(image, kernel, mode="valid").tolist() == [[-(2**30)]]


# ---- a layer ----


@both_forms
def test_a_layer_by_hand(convolve: Callable[..., Array]) -> None:
    # Two channels of 2×3, one filter of 2×2×2 with stride (1, 2) and a column of zeros each side.
    X = [[[1, 2, 3], [4, 5, 6]], [[0, 1, 0], [1, 0, 1]]]
    W = [[[[1, 2], [3, 4]], [[10, 0], [0, 10]]]]
    # Left:  0·1 + 1·2 + 0·3 + 4·4 = 18, and 10·(0 + 1) = 10; plus the bias 5 is 33.
    # Right: 2·1 + 3·2 + 5·3 + 6·4 = 47, and 10·(1 + 1) = 20; plus the bias 5 is 72.
    assert convolve(X, W, [5], stride=(1, 2), padding=(0, 1)).tolist() == [[[33, 72]]]


@both_forms
def test_the_lectures_layer(convolve: Callable[..., Array]) -> None:
    # Slide 39: ten 5×5 filters over 32×32×3, padding 2. All ones: a dot product counts pixels.
    V = convolve(np.ones((3, 32, 32)), np.ones((10, 3, 5, 5)), np.ones(10), padding=2)
    assert V.shape == (10, 32, 32)
    assert V[0, 16, 16] == 5 * 5 * 3 + 1
    assert V[9, 0, 0] == 3 * 3 * 3 + 1  # in the corner, 3×3 of the window lie on the image


@both_forms
@given(layer=layers())
@settings(max_examples=100, deadline=None)
def test_a_layer_agrees_with_pytorch(convolve: Callable[..., Array], layer: Any) -> None:
    input, weight, bias, settings = layer
    expected = in_pytorch(input, weight, bias, **settings).numpy()
    result = convolve(input, weight, bias, **settings)
    np.testing.assert_allclose(result, expected, rtol=1e-10, atol=1e-10)
    assert result.shape == expected.shape


@both_forms
@pytest.mark.parametrize("dilated", [1, 2])
def test_integers_may_be_dilated(convolve: Callable[..., Array], dilated: int) -> None:
    # 1·1 + 10·x, where x is the next number, or the one after it.
    X, W = [[[1, 2, 3]]], [[[[1, 10]]]]
    assert convolve(X, W, dilation=dilated)[0, 0, 0] == 1 + 10 * (1 + dilated)


@both_forms
@pytest.mark.parametrize("setting", ["stride", "padding", "dilation"])
@pytest.mark.parametrize("value", [(2,), [2]])
def test_a_tuple_of_one_number_is_for_both_axes(
    convolve: Callable[..., Array], setting: str, value: Any
) -> None:
    input, weight = numbers(0, 2, 6, 7), numbers(1, 3, 2, 2, 3)
    expected = in_pytorch(input, weight, **{setting: value}).numpy()
    np.testing.assert_allclose(convolve(input, weight, **{setting: value}), expected)


@both_forms
@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32, np.float64])
def test_the_result_has_the_inputs_type(convolve: Callable[..., Array], dtype: type) -> None:
    input, weight = np.arange(12).reshape(1, 3, 4), np.arange(4).reshape(1, 1, 2, 2)
    result = convolve(input.astype(dtype), weight.astype(dtype), np.array([7], dtype))
    expected = in_pytorch(input.astype(dtype), weight.astype(dtype), np.array([7], dtype))
    assert result.dtype == expected.numpy().dtype == dtype
    np.testing.assert_array_equal(result, expected.numpy())


@both_forms
def test_int32_wraps_around_as_in_pytorch(convolve: Callable[..., Array]) -> None:
    # 3 · 2³⁰ lies beyond 2³¹ − 1, so int32 shows it less 2³²: −2³⁰. A bias of −2³¹ makes −3 · 2³⁰,
    # which is shown plus 2³²: 2³⁰.
    input, weight = np.full((1, 1, 3), 2**30, np.int32), np.ones((1, 1, 1, 3), np.int32)
    bias = np.array([-(2**31)], np.int32)
    result = convolve(input, weight, bias)
    assert result.tolist() == in_pytorch(input, weight, bias).tolist() == [[[2**30]]]
    assert convolve(input, weight).tolist() == in_pytorch(input, weight).tolist() == [[[-(2**30)]]]


@both_forms
def test_nan_spreads_as_far_as_the_windows_that_read_it(convolve: Callable[..., Array]) -> None:
    input, weight = np.ones((1, 5, 6)), np.ones((1, 1, 2, 3))
    input[0, 2, 5] = np.nan
    expected = in_pytorch(input, weight).numpy()
    np.testing.assert_array_equal(convolve(input, weight), expected)
    assert np.isnan(expected).sum() == 2


@given(layer=layers())
@settings(max_examples=60, deadline=None)
def test_backward_agrees_with_autograd(layer: Any) -> None:
    input, weight, bias, settings = layer
    bias = numbers(0, len(weight)) if bias is None else bias
    tensors = [torch.tensor(a, requires_grad=True) for a in (input, weight, bias)]
    output = in_pytorch(*tensors, **settings)
    grad_output = numbers(1, *output.shape)
    expected = torch.autograd.grad(output, tensors, torch.tensor(grad_output))
    result = conv2d_backward(grad_output, input, weight, **settings)
    for ours, theirs in zip(result, expected, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-10, atol=1e-10)
        assert ours.shape == tuple(theirs.shape)


def test_backward_by_hand() -> None:
    # V = [x₀w₀ + x₁w₁, x₁w₀ + x₂w₁] with x = 1, 2, 3 and w = 4, 5; the loss is V₀ − 10·V₁.
    result = conv2d_backward([[[1.0, -10.0]]], [[[1.0, 2.0, 3.0]]], [[[[4.0, 5.0]]]])
    assert result.input.tolist() == [[[4, 5 - 40, -50]]]
    assert result.weight.tolist() == [[[[1 - 20, 2 - 30]]]]
    assert result.bias.tolist() == [1 - 10]


@given(layer=layers())
@settings(max_examples=40, deadline=None)
def test_im2col_agrees_with_unfold(layer: Any) -> None:
    input, weight, _, settings = layer
    del settings["groups"]
    if isinstance(settings["padding"], str):
        settings["padding"] = 0
    expected = functional.unfold(torch.tensor(input), weight.shape[2:], **settings)
    np.testing.assert_array_equal(im2col(input, weight.shape[2:], **settings), expected.numpy())


@pytest.mark.parametrize("kernel_size", [1, (1, 3), (3, 1), 3])
def test_columns_are_a_copy_that_can_be_written(kernel_size: Any) -> None:
    input = np.ones((1, 3, 3))
    im2col(input, kernel_size)[0, 0] = 5
    np.testing.assert_array_equal(input, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": (2, 4)}, "width: kernel_size 4 .* padding have: 3$"),
        ({"kernel_size": 7, "padding": 1}, r"height: kernel_size 7 .* padding have: 3 \+ 2·1 = 5$"),
    ],
)
def test_im2col_refuses_what_unfold_refuses(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        im2col(np.ones((1, 3, 3)), **arguments)
    with pytest.raises(RuntimeError):
        functional.unfold(torch.ones(1, 3, 3), **arguments)


OTHER_ORDER = np.dtype(np.float64).newbyteorder()  # big-endian on most machines
LAYER: dict[str, Any] = {"input": np.ones((2, 4, 5, 6)), "weight": np.ones((6, 4, 3, 2))}
REFUSED = [
    ({"input": np.ones((5, 6))}, ValueError, r"input must be channels .* is \(5, 6\)"),
    ({"input": np.ones((1, 2, 4, 5, 6))}, ValueError, "input must be channels"),
    ({"input": np.ones((2, 3, 5, 6))}, ValueError, r"input must have 4 channels, .* \(2, 3, 5, 6"),
    ({"input": np.ones((2, 4, 0, 6)), "padding": 2}, ValueError, r"no pixels.*\(2, 4, 0, 6\)"),
    ({"input": np.ones((3, 5, 6))}, ValueError, r"input must have 4 .* its shape is \(3, 5, 6\)$"),
    (
        {"input": np.ones((2, 5, 6, 4))},
        ValueError,
        r"\(2, 5, 6, 4\); the channels come before heig",
    ),
    ({"input": np.ones((5, 6, 4))}, ValueError, r"\(5, 6, 4\); the channels come before height"),
    ({"input": np.ones((2, 4, 5, 1))}, ValueError, "weight's width 2 .* padding have: 1$"),
    ({"dilation": (3, 1), "padding": 0}, ValueError, "weight's height 3 with dilation 3 covers 7"),
    ({"weight": np.ones((4, 3, 2))}, ValueError, "weight must have the axes filters × channels"),
    ({"weight": np.ones((0, 4, 3, 2))}, ValueError, "weight has no numbers"),
    ({"weight": np.ones((6, 4, 3, 0))}, ValueError, "weight has no numbers"),
    ({"weight": np.ones((6, 3, 3, 2))}, ValueError, "input must have 3 channels, because weight"),
    ({"weight": np.ones((6, 4, 6, 2))}, ValueError, "weight's height 6 .* covers 6 pixels, more"),
    ({"weight": np.ones((6, 4, 8, 2)), "padding": 1}, ValueError, r"height 8 .*: 5 \+ 2·1 = 7$"),
    ({"groups": 2}, ValueError, "input must have 8 channels, .* groups is 2"),
    ({"weight": np.ones((6, 1, 3, 2)), "groups": 4}, ValueError, "6 filters, .* by groups 4"),
    ({"groups": 0}, ValueError, "groups must be at least 1, but got 0"),
    ({"groups": True}, TypeError, "groups must be an integer, but got True"),
    ({"stride": 0}, ValueError, "stride must be at least 1, but got 0"),
    ({"stride": (1, -1)}, ValueError, "stride must be at least 1, but got -1"),
    ({"stride": 2.0}, TypeError, "stride must be an integer, but got 2.0"),
    ({"stride": (1, 2, 1)}, ValueError, "stride must be an integer or a pair"),
    ({"stride": ()}, ValueError, r"stride must be an integer or a pair .* \(\)"),
    ({"stride": np.array([1, 2])}, TypeError, r"stride must .* a tuple of two, .* array\(\[1, 2\]"),
    ({"dilation": 0}, ValueError, "dilation must be at least 1, but got 0"),
    ({"padding": -1}, ValueError, "padding must be at least 0, but got -1"),
    ({"padding": [1.0, 2.0]}, TypeError, "padding must be an integer, but got 1.0"),
    ({"padding": "SAME"}, ValueError, "padding must be numbers, 'valid' or 'same', .* 'SAME'"),
    ({"padding": "same", "stride": (1, 2)}, ValueError, r"padding 'same' .* stride \(1, 2\)"),
    (
        {"weight": np.ones((6, 4, 3, 2), np.float32)},
        TypeError,
        r"got input float64, weight float32; .* weight\.astype\(np\.float64\)$",
    ),
    (
        {"input": np.ones((2, 4, 5, 6), np.int64)},
        TypeError,
        r"got input int64, weight float64; .* input\.astype\(np\.float64\)$",
    ),
    ({"input": np.ones((2, 4, 5, 6), OTHER_ORDER)}, TypeError, "^input has dtype [<>]f8, but must"),
    (
        {"weight": np.ones((6, 4, 3, 2), OTHER_ORDER)},
        TypeError,
        r"got input float64, weight [<>]f8; .* weight\.astype\(np\.float64\)$",
    ),
    ({"input": np.ones((2, 4, 5, 6), bool)}, TypeError, "input has dtype bool, but must be"),
]
refuses = pytest.mark.parametrize(("change", "error", "message"), REFUSED)


@both_forms
@refuses
def test_a_layer_refuses(
    convolve: Callable[..., Array], change: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        convolve(**{**LAYER, **change})


@refuses
def test_what_a_layer_refuses_pytorch_refuses(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    arguments = {**LAYER, **change}
    arrays = [arguments.pop("input"), arguments.pop("weight")]
    with pytest.raises((RuntimeError, TypeError, ValueError)):
        in_pytorch(*arrays, **arguments)


@both_forms
def test_no_channels_are_refused(convolve: Callable[..., Array]) -> None:
    # PyTorch returns an array without channels, whatever the number of filters.
    with pytest.raises(ValueError, match="input has no pixels"):
        convolve(np.ones((2, 0, 5, 6)), np.ones((6, 0, 3, 2)))


@both_forms
@pytest.mark.parametrize(
    ("bias", "error", "message"),
    [
        (np.ones(5), ValueError, r"bias must have one number for each of 6 filters.*\(5,\)"),
        (np.ones((6, 1)), ValueError, "bias must have the axes filters"),
        (np.ones(6, np.float32), TypeError, "weight float64, bias float32"),
    ],
)
def test_a_layer_refuses_a_bias(
    convolve: Callable[..., Array], bias: Array, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        convolve(**LAYER, bias=bias)


@both_forms
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float16, np.complex64, object])
def test_types_that_would_overflow_are_refused(convolve: Callable[..., Array], dtype: type) -> None:
    with pytest.raises(TypeError, match=r"convert it first, .* input.astype\(np.float64\)"):
        convolve(np.ones((1, 3, 3), dtype), np.ones((1, 1, 2, 2), dtype))


@pytest.mark.parametrize(
    ("grad_output", "dtype", "error", "message"),
    [
        (np.ones((2, 2)), np.float64, ValueError, r"the output's shape \(1, 2, 2\)"),
        (np.ones((1, 1, 2, 2)), np.float64, ValueError, "grad_output must have"),
        (np.ones((1, 2, 2), np.float32), np.float64, TypeError, "grad_output float32, input float"),
        (
            np.ones((1, 2, 2), OTHER_ORDER),
            np.float64,
            TypeError,
            r"grad_output\.astype\(np\.float64",
        ),
        (np.ones((1, 2, 2), np.int64), np.int64, TypeError, "input has dtype int64"),
    ],
)
def test_backward_refuses(
    grad_output: Array, dtype: type, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        conv2d_backward(grad_output, np.ones((1, 3, 3), dtype), np.ones((1, 1, 2, 2), dtype))


@pytest.mark.parametrize("function", [conv2d, conv2d_im2col, conv2d_backward])
@pytest.mark.parametrize("padding", [0, 1])
def test_arguments_are_not_changed(function: Callable[..., Any], padding: int) -> None:
    arrays = [numbers(0, 2, 4, 4), numbers(1, 2, 2, 3, 3)]
    if function is conv2d_backward:
        arrays.insert(0, numbers(2, 2, 2 + 2 * padding, 2 + 2 * padding))
    copies = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    function(*arrays, padding=padding)
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)

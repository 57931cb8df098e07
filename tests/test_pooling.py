"""Pooling and its gradients, by hand and against PyTorch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from cnnbook import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    max_pool2d,
    max_pool2d_backward,
)

Array = npt.NDArray[Any]
both_kinds = pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])


@st.composite
def layers(draw: st.DrawFn, dilated: bool = False) -> tuple[Array, dict[str, Any]]:
    """Draw an input with many ties, and settings whose windows do not always fit."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 3)))
    padding = tuple(draw(st.integers(0, size // 2)) for size in kernel)
    dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 3))) if dilated else (1, 1)
    # At least half of the window lies on the image, so that none holds nothing but padding.
    height, width = (
        max(1, d * (f - 1) + 1 - p) + draw(st.integers(0, 5))
        for d, f, p in zip(dilation, kernel, padding, strict=True)
    )
    batch = draw(st.sampled_from([(), (0,), (1,), (2,)]))
    random = np.random.default_rng(draw(st.integers(0, 9)))
    input = random.integers(-4, 5, size=(*batch, 2, height, width)).astype(np.float64)
    settings: dict[str, Any] = {
        "kernel_size": draw(st.sampled_from([kernel, max(kernel)])),
        "stride": draw(st.none() | st.integers(1, 4) | st.tuples(st.integers(1, 4), st.just(2))),
        "padding": padding,
        "ceil_mode": draw(st.booleans()),
    }
    if dilated:
        settings["dilation"] = dilation
    return input, settings


def means(settings: dict[str, Any], counts: bool, divisor: int | None) -> dict[str, Any]:
    return {**settings, "count_include_pad": counts, "divisor_override": divisor}


# ---- max ----


def test_max_pooling_by_hand() -> None:
    # The lecture's slice (slide 56), then windows of 3 every 2 pixels, which overlap.
    X = [[[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]]
    assert max_pool2d(X, 2).tolist() == [[[6, 8], [3, 4]]]
    assert max_pool2d([[[1, 5, 2, 3, 9]]], (1, 3), 2).tolist() == [[[5, 9]]]
    # With a pixel of padding on the left and right: windows −1–1, 1–3, 3–5. Padding never wins.
    assert max_pool2d([[[-1, -5, -2, -3, -9]]], (1, 3), 2, (0, 1)).tolist() == [[[-1, -2, -3]]]


def test_maxima_tell_where_they_were_found() -> None:
    # Row · width + column: the 7 is at 1·3 + 2; of the two 4s of the left window, the first.
    V, indices = max_pool2d([[[0, 4, 1], [4, 3, 7]]], 2, stride=1, return_indices=True)
    assert (V.tolist(), indices.tolist()) == ([[[4, 7]]], [[[1, 5]]])


@given(layer=layers(dilated=True))
@settings(max_examples=120, deadline=None)
def test_max_pooling_agrees_with_pytorch(layer: tuple[Array, dict[str, Any]]) -> None:
    input, settings = layer
    X = torch.tensor(input, requires_grad=True)
    try:
        expected, places = functional.max_pool2d(X, **settings, return_indices=True)
    except RuntimeError:
        with pytest.raises(ValueError, match=r"kernel_size|padding"):
            max_pool2d(input, **settings)
        return
    assume(not torch.isinf(expected).any())  # tested below: PyTorch's windows without a pixel
    V, indices = max_pool2d(input, **settings, return_indices=True)
    np.testing.assert_array_equal(V, expected.detach().numpy())
    np.testing.assert_array_equal(indices, places.numpy())
    assert V.shape == indices.shape == expected.shape
    assert max_pool2d(input, **settings).tolist() == V.tolist()

    grad_output = np.random.default_rng(0).normal(size=V.shape)
    (gradient,) = torch.autograd.grad(expected, X, torch.tensor(grad_output))
    ours = max_pool2d_backward(grad_output, input, **settings)
    np.testing.assert_allclose(ours, gradient.numpy(), rtol=1e-12, atol=1e-12)
    assert ours.shape == input.shape


@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint8, np.int16, np.int32, np.int64, np.float16, np.float32, np.float64]
)
def test_max_pooling_keeps_the_type(dtype: type) -> None:
    input: Array = np.arange(16, dtype=dtype).reshape(1, 4, 4)
    expected = functional.max_pool2d(torch.tensor(input), 3, 2, 1).numpy()
    result = max_pool2d(input, 3, 2, 1)
    assert result.dtype == expected.dtype == dtype
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("special", [np.nan, -np.inf, np.inf])
def test_special_numbers_win_and_lose_as_in_pytorch(special: float) -> None:
    input = np.arange(20.0).reshape(1, 4, 5)
    input[0, 0, 0] = input[0, 1, 1] = input[0, 2:, 2:] = special
    X = torch.tensor(input, requires_grad=True)
    expected, places = functional.max_pool2d(X, 2, 1, 1, return_indices=True)
    V, indices = max_pool2d(input, 2, 1, 1, return_indices=True)
    np.testing.assert_array_equal(V, expected.detach().numpy())
    np.testing.assert_array_equal(indices, places.numpy())
    (gradient,) = torch.autograd.grad(expected.sum(), X)
    np.testing.assert_array_equal(
        max_pool2d_backward(np.ones_like(V), input, 2, 1, 1), gradient.numpy()
    )


@pytest.mark.parametrize("function", [max_pool2d, max_pool2d_backward])
def test_a_window_of_padding_alone_is_refused(function: Callable[..., Array]) -> None:
    # Pixels −1 and 2 of a row of two: PyTorch returns −inf, and crashes in the backward pass.
    settings = {"kernel_size": (1, 2), "stride": 1, "padding": (0, 1), "dilation": (1, 3)}
    arrays = [np.ones((1, 1, 1))] * (function is max_pool2d_backward)
    with pytest.raises(ValueError, match=r"^width: .* 3, a window on an input of 2 holds nothing"):
        function(*arrays, np.ones((1, 1, 2)), **settings)


# ---- average ----


def test_average_pooling_by_hand() -> None:
    X = [[[1.0, 3.0, 5.0, 7.0, 9.0]]]
    assert avg_pool2d(X, (1, 2)).tolist() == [[[2, 6]]]
    # Windows of 3 at −1–1 and 2–4: zeros count, (0 + 1 + 3)/3, or do not, (1 + 3)/2.
    padded: dict[str, Any] = {"kernel_size": (1, 3), "padding": (0, 1)}
    assert avg_pool2d(X, **padded).tolist() == [[[4 / 3, 7]]]
    assert avg_pool2d(X, **padded, count_include_pad=False).tolist() == [[[2, 7]]]
    assert avg_pool2d(X, **padded, divisor_override=2).tolist() == [[[2, 10.5]]]
    # Windows of 2 at 0–1, 2–3 and 4–5: what lies beyond the end never counts.
    assert avg_pool2d(X, (1, 2), ceil_mode=True).tolist() == [[[2, 6, 9]]]


@given(
    layer=layers(),
    counts=st.booleans(),
    divisor=st.none() | st.sampled_from([-3, -1, 1, 2, 5]),
)
@settings(max_examples=120, deadline=None)
def test_average_pooling_agrees_with_pytorch(
    layer: tuple[Array, dict[str, Any]], counts: bool, divisor: int | None
) -> None:
    input, settings = layer
    settings = means(settings, counts, divisor)
    X = torch.tensor(input, requires_grad=True)
    try:
        expected = functional.avg_pool2d(X, **settings)
    except RuntimeError:
        with pytest.raises(ValueError, match="kernel_size"):
            avg_pool2d(input, **settings)
        return
    V = avg_pool2d(input, **settings)
    np.testing.assert_allclose(V, expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    assert V.shape == expected.shape

    grad_output = np.random.default_rng(0).normal(size=V.shape)
    (gradient,) = torch.autograd.grad(expected, X, torch.tensor(grad_output))
    ours = avg_pool2d_backward(grad_output, input, **settings)
    np.testing.assert_allclose(ours, gradient.numpy(), rtol=1e-12, atol=1e-12)
    assert ours.shape == input.shape


@both_kinds
@pytest.mark.parametrize(
    "settings",
    [{"kernel_size": (2,)}, {"stride": (1,)}, {"padding": [1]}, {"stride": ()}, {"stride": []}],
)
def test_short_tuples_mean_what_they_mean_in_pytorch(
    pool: Callable[..., Array], settings: dict[str, Any]
) -> None:
    input = np.random.default_rng(0).normal(size=(2, 5, 6))
    settings = {"kernel_size": (2, 3), **settings}
    expected = getattr(functional, pool.__name__)(torch.tensor(input), **settings).numpy()
    np.testing.assert_allclose(pool(input, **settings), expected)


@both_kinds
def test_float32_stays_float32(pool: Callable[..., Array]) -> None:
    assert pool(np.ones((1, 4, 4), np.float32), 2).dtype == np.float32


def test_nan_spreads_through_a_mean() -> None:
    assert avg_pool2d([[[1.0, np.nan, 2.0, 4.0]]], (1, 2)).tolist()[0][0][1] == 3
    assert np.isnan(avg_pool2d([[[1.0, np.nan, 2.0, 4.0]]], (1, 2))[0, 0, 0])


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 2, 3, 4), (0, 2, 3, 4)])
def test_global_average_pooling_agrees_with_pytorch(shape: tuple[int, ...]) -> None:
    input = np.random.default_rng(0).normal(size=shape)
    expected = functional.adaptive_avg_pool2d(torch.tensor(input), 1).numpy()
    np.testing.assert_allclose(global_avg_pool2d(input), expected)
    assert global_avg_pool2d(input).shape == expected.shape


# ---- bad arguments ----

LAYER: dict[str, Any] = {"input": np.ones((2, 3, 5, 6)), "kernel_size": 2}
REFUSED = [
    ({"input": np.ones((5, 6))}, ValueError, r"input must be channels .* is \(5, 6\)"),
    ({"input": np.ones((1, 2, 3, 5, 6))}, ValueError, "input must be channels"),
    ({"input": np.ones((2, 0, 5, 6))}, ValueError, r"input has no pixels.*\(2, 0, 5, 6\)"),
    ({"input": np.ones((2, 3, 0, 6)), "padding": 1}, ValueError, "input has no pixels"),
    ({"input": np.ones((2, 3, 5, 6), bool)}, TypeError, "input has dtype bool, but must be one"),
    ({"input": np.ones((2, 3, 5, 6), complex)}, TypeError, "input has dtype complex128"),
    ({"kernel_size": 0}, ValueError, "kernel_size must be at least 1, but got 0"),
    ({"kernel_size": 2.0}, TypeError, "kernel_size must be an integer, but got 2.0"),
    ({"kernel_size": 6}, ValueError, "height: kernel_size 6 .* more than the input"),
    ({"kernel_size": (5, 7)}, ValueError, "width: kernel_size 7 .* padding have: 6$"),
    ({"kernel_size": 8, "padding": 1}, ValueError, r"height: .* padding have: 5 \+ 2·1 = 7$"),
    ({"kernel_size": ()}, ValueError, r"kernel_size must be an integer or a pair .* \(\)"),
    ({"padding": ()}, ValueError, r"padding must be an integer or a pair .* \(\)"),
    ({"stride": np.array([1, 2])}, TypeError, r"stride must be .* array\(\[1, 2\]\)"),
    ({"kernel_size": 8, "stride": 1, "ceil_mode": True}, ValueError, "kernel_size 8"),
    ({"stride": 0}, ValueError, "stride must be at least 1, but got 0"),
    ({"stride": -1}, ValueError, "stride must be at least 1, but got -1"),
    ({"padding": -1}, ValueError, "padding must be at least 0, but got -1"),
    ({"padding": (0, 2)}, ValueError, "^width: padding 2 must be at most half of kernel_size 2"),
    ({"kernel_size": 3, "padding": 2}, ValueError, "^height: padding 2 must be at most half .* 3"),
    ({"ceil_mode": 1}, TypeError, "ceil_mode must be True or False, but got 1"),
]


@both_kinds
@pytest.mark.parametrize(("change", "error", "message"), REFUSED)
def test_what_pytorch_refuses_is_refused(
    pool: Callable[..., Array], change: dict[str, Any], error: type[Exception], message: str
) -> None:
    arguments = {**LAYER, **change}
    with pytest.raises(error, match=message):
        pool(**arguments)
    tensor = torch.tensor(arguments.pop("input"))
    with pytest.raises((RuntimeError, TypeError, IndexError)):
        getattr(functional, pool.__name__)(tensor, **arguments)


@both_kinds
def test_numbers_in_the_other_byte_order_are_refused(pool: Callable[..., Array]) -> None:
    input = np.ones((1, 4, 4), np.dtype(np.float64).newbyteorder())
    with pytest.raises(TypeError, match=r"input has dtype [<>]f8, but must be one of"):
        pool(input, 2)
    with pytest.raises(ValueError, match="byte order"):
        torch.tensor(input)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"dilation": 0}, ValueError, "dilation must be at least 1, but got 0"),
        ({"kernel_size": 3, "padding": 2, "dilation": 2}, ValueError, "padding 2 must be at most"),
        ({"return_indices": 1}, TypeError, "return_indices must be True or False, but got 1"),
        ({"input": np.ones((1, 4, 4), np.uint16)}, TypeError, "input has dtype uint16"),
    ],
)
def test_max_pooling_refuses(change: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        max_pool2d(**{**LAYER, **change})


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"divisor_override": 0}, ValueError, "divisor_override .* other than 0, but got 0"),
        ({"divisor_override": 2.5}, TypeError, "divisor_override must be an integer"),
        ({"count_include_pad": 1}, TypeError, "count_include_pad must be True or False"),
        # (1 + 2)/2 would be cut off to 1.
        ({"input": np.ones((1, 4, 4), int)}, TypeError, "input has dtype int64, but must be one"),
    ],
)
def test_average_pooling_refuses(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        avg_pool2d(**{**LAYER, **change})


@pytest.mark.parametrize("backward", [max_pool2d_backward, avg_pool2d_backward])
@pytest.mark.parametrize(
    ("grad_output", "input", "error", "message"),
    [
        (np.ones((1, 2, 3)), np.ones((1, 4, 4)), ValueError, r"the output's shape \(1, 2, 2\)"),
        (np.ones((1, 1, 2, 2)), np.ones((1, 4, 4)), ValueError, "grad_output must have"),
        (np.ones((1, 2, 2), np.float32), np.ones((1, 4, 4)), TypeError, "grad_output float32"),
        (np.ones((1, 2, 2), int), np.ones((1, 4, 4), int), TypeError, "input has dtype int64"),
    ],
)
def test_backward_refuses(
    backward: Callable[..., Array],
    grad_output: Array,
    input: Array,
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        backward(grad_output, input, 2)


def test_gradients_by_hand() -> None:
    # Windows 1 5 2 and 2 5 3 share no winner; 5 2 5 has two, of which the first takes all.
    assert max_pool2d_backward([[[10.0, 1.0]]], [[[1.0, 5.0, 2.0, 5.0]]], (1, 3), 1).tolist() == [
        [[0, 11, 0, 0]]
    ]
    # The windows share the pixels 1 and 2: 3/3 and 3/3 + 6/3.
    assert avg_pool2d_backward([[[3.0, 6.0]]], np.ones((1, 1, 4)), (1, 3), 1).tolist() == [
        [[1, 3, 3, 2]]
    ]


@both_kinds
def test_the_input_is_not_changed(pool: Callable[..., Array]) -> None:
    input = np.arange(32.0).reshape(2, 4, 4)
    input.flags.writeable = False
    pool(input, 3, 2, 1)
    global_avg_pool2d(input)
    np.testing.assert_array_equal(input, np.arange(32.0).reshape(2, 4, 4))


@pytest.mark.parametrize("backward", [max_pool2d_backward, avg_pool2d_backward])
def test_backward_changes_nothing(backward: Callable[..., Array]) -> None:
    grad_output, input = np.ones((2, 2, 2)), np.arange(32.0).reshape(2, 4, 4)
    grad_output.flags.writeable = input.flags.writeable = False
    backward(grad_output, input, 2)
    np.testing.assert_array_equal(grad_output, 1)
    np.testing.assert_array_equal(input, np.arange(32.0).reshape(2, 4, 4))

"""Right solutions in other styles: vectorised NumPy, Fourier transforms, PyTorch, lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.lib.stride_tricks import sliding_window_view
from torch.nn import grad

conv2d_input: Any = grad.conv2d_input  # PyTorch gives them no types
conv2d_weight: Any = grad.conv2d_weight


def im2col(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """One matrix product for each group, in float32."""
    X, W = np.asarray(input, np.float32), np.asarray(weight, np.float32)
    s, p, d = (np.broadcast_to(value, 2) for value in (stride, padding, dilation))
    X = np.pad(X, [(0, 0)] * (X.ndim - 2) + [(p[0], p[0]), (p[1], p[1])])
    covered = d * (np.array(W.shape[2:]) - 1) + 1
    windows = sliding_window_view(X, tuple(covered), axis=(-2, -1))
    windows = windows[..., :: s[0], :: s[1], :: d[0], :: d[1]]
    outputs = []
    for group in range(groups):
        depth, filters = W.shape[1], len(W) // groups
        seen = windows[..., group * depth : (group + 1) * depth, :, :, :, :]
        chosen = W[group * filters : (group + 1) * filters]
        outputs.append(np.einsum("...cyxij,kcij->...kyx", seen, chosen))
    output = np.concatenate(outputs, axis=-3)
    return output if bias is None else output + np.asarray(bias, np.float32)[:, None, None]


def spectral(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """A product of Fourier transforms in complex64, of which every S-th number is kept."""
    X, W = np.asarray(input, np.float32), np.asarray(weight, np.float32)
    s, p, d = (np.broadcast_to(value, 2) for value in (stride, padding, dilation))
    X = np.pad(X, [(0, 0)] * (X.ndim - 2) + [(p[0], p[0]), (p[1], p[1])])
    covered = d * (np.array(W.shape[2:]) - 1) + 1
    spread = np.zeros((*W.shape[:2], *covered), np.float32)
    spread[:, :, :: d[0], :: d[1]] = W
    size = X.shape[-2:]
    f = np.fft.fft2(X).astype(np.complex64)
    g = np.conj(np.fft.fft2(spread, size)).astype(np.complex64)
    maps = []
    for k in range(len(W)):
        first = k // (len(W) // groups) * W.shape[1]
        total = (f[..., first : first + W.shape[1], :, :] * g[k]).sum(axis=-3)
        maps.append(np.fft.ifft2(total).real[..., : size[0] - covered[0] + 1 : s[0], :])
    output = np.stack(maps, axis=-3)[..., : size[1] - covered[1] + 1 : s[1]]
    return output if bias is None else output + np.asarray(bias)[:, None, None]


def listed(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """Nested lists and nothing else; rows are padded by joining lists."""
    if isinstance(input[0][0][0], list):
        return [listed(image, weight, bias, stride, padding, dilation, groups) for image in input]
    sy, sx = stride if isinstance(stride, tuple) else (stride, stride)
    py, px = padding if isinstance(padding, tuple) else (padding, padding)
    dy, dx = dilation if isinstance(dilation, tuple) else (dilation, dilation)
    width = len(input[0][0]) + 2 * px
    padded = [
        [[0.0] * width] * py + [[0.0] * px + row + [0.0] * px for row in channel]
        + [[0.0] * width] * py
        for channel in input
    ]  # fmt: skip
    rows = range(0, len(padded[0]) - dy * (len(weight[0][0]) - 1), sy)
    columns = range(0, width - dx * (len(weight[0][0][0]) - 1), sx)
    output = []
    for k, kernel in enumerate(weight):
        first = k // (len(weight) // groups) * len(kernel)
        output.append(
            [
                [
                    sum(
                        padded[first + c][y + i * dy][x + j * dx] * kernel[c][i][j]
                        for c in range(len(kernel))
                        for i in range(len(kernel[0]))
                        for j in range(len(kernel[0][0]))
                    )
                    + (bias[k] if bias is not None else 0)
                    for x in columns
                ]
                for y in rows
            ]
        )
    return output


def module(input: Any, weight: Any, bias: Any = None, groups: int = 1, **options: Any) -> Any:
    """A layer of PyTorch, in float32, whose output still has a gradient."""
    K, D, height, width = weight.shape
    layer = torch.nn.Conv2d(
        D * groups, K, (height, width), bias=bias is not None, groups=groups, **options
    )
    layer.weight.data = torch.tensor(weight, dtype=torch.float32)
    if bias is not None and layer.bias is not None:
        layer.bias.data = torch.tensor(bias, dtype=torch.float32)
    return layer(torch.tensor(input, dtype=torch.float32))


def correlate_windows(image: Any, kernel: Any) -> Any:
    return np.einsum("yxij,ij->yx", sliding_window_view(image, kernel.shape), kernel)


def correlate_spectral(image: Any, kernel: Any) -> Any:
    return spectral(np.asarray(image)[None], np.asarray(kernel)[None, None])[0]


def correlate_torch(image: Any, kernel: Any) -> Any:
    return F.conv2d(torch.tensor(image)[None, None], torch.tensor(kernel)[None, None])[0, 0]


def convolve_windows(image: Any, kernel: Any) -> Any:
    return correlate_windows(image, np.rot90(kernel, 2))


def convolve_spectral(image: Any, kernel: Any) -> Any:
    product = np.fft.fft2(image) * np.fft.fft2(kernel, np.shape(image))
    height, width = np.shape(kernel)
    return np.fft.ifft2(product).real[height - 1 :, width - 1 :]


def convolve_torch(image: Any, kernel: Any) -> Any:
    return correlate_torch(image, np.flip(kernel).copy())


def max_pool_windows(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """All windows at once: pad with −∞, take the argmax, and count back to the input's map."""
    f, p, d = (np.broadcast_to(value, 2) for value in (kernel_size, padding, dilation))
    s = f if stride is None else np.broadcast_to(stride, 2)
    size = np.array(np.shape(input)[-2:])
    covered = d * (f - 1) + 1
    steps = (size + 2 * p - covered) / s
    count = (np.ceil(steps) if ceil_mode else np.floor(steps)).astype(int)
    count -= ceil_mode & (count * s >= size + p)
    end = np.maximum(count * s + covered - size - p, 0)
    edges = [(0, 0)] * (np.ndim(input) - 2) + list(zip(p, end, strict=True))
    places = np.arange(size.prod()).reshape(size)
    place = np.pad(places, edges[-2:], constant_values=-1)
    X = np.pad(input, edges, constant_values=-np.inf)

    def windows(array: Any) -> Any:
        view = sliding_window_view(array, tuple(covered), axis=(-2, -1))
        view = view[..., :: s[0], :: s[1], :: d[0], :: d[1]]
        view = view[..., : count[0] + 1, : count[1] + 1, :, :]
        return view.reshape(*view.shape[:-2], -1)

    seen = windows(X)
    winner = seen.argmax(axis=-1)[..., None]
    maxima = np.take_along_axis(seen, winner, -1)[..., 0]
    if not return_indices:
        return maxima
    where = np.broadcast_to(windows(place), seen.shape)
    return maxima, np.take_along_axis(where, winner, -1)[..., 0]


def avg_pool_torch(input: Any, *arguments: Any, **options: Any) -> Any:
    return F.avg_pool2d(torch.tensor(input), *arguments, **options)


def max_pool_torch(input: Any, *arguments: Any, **options: Any) -> Any:
    return F.max_pool2d(torch.tensor(input), *arguments, **options)


def backward_autograd(
    grad_output: Any, input: Any, weight: Any, stride: Any = 1, **options: Any
) -> Any:
    X = torch.tensor(input, requires_grad=True)
    W = torch.tensor(weight, requires_grad=True)
    b = torch.zeros(len(W), dtype=X.dtype, requires_grad=True)
    V = F.conv2d(X, W, b, stride, **options)
    return torch.autograd.grad(V, (X, W, b), torch.tensor(grad_output))


def backward_spread(
    grad_output: Any,
    input: Any,
    weight: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """With PyTorch's two other convolutions, and as lists."""
    X, W, dV = torch.tensor(input), torch.tensor(weight), torch.tensor(grad_output)
    images, outputs = X.reshape(-1, *X.shape[-3:]), dV.reshape(-1, *dV.shape[-3:])
    options: Any = (stride, padding, dilation, groups)
    dX = conv2d_input(images.shape, W, outputs, *options).reshape(X.shape)
    dW = conv2d_weight(images, W.shape, outputs, *options)
    db = outputs.sum(dim=(0, 2, 3))
    return [dX.tolist(), dW.tolist(), db.tolist()]


def closed_size(
    size: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    rounding: str = "strict",
) -> Any:
    n, f, s, p, d = np.broadcast_arrays(size, kernel_size, stride, padding, dilation)
    room = n + 2 * p - d * (f - 1) - 1
    if (rounding == "strict" and (room % s).any()) or (rounding != "ceil" and (room < 0).any()):
        raise ValueError("does not fit")
    count = -(-room // s) + 1 if rounding == "ceil" else room // s + 1
    if rounding == "ceil":
        count = count - ((room % s > 0) & ((count - 1) * s >= n + p))
        if (count < 1).any():
            raise ValueError("the kernel is too large")
    return count  # an array of whole numbers, or one


def pytorch_size(
    size: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    rounding: str = "strict",
) -> Any:
    """PyTorch's own rule: it leaves out a window that starts in the padding, even if it fits."""
    n, f, s, p, d = np.broadcast_arrays(size, kernel_size, stride, padding, dilation)
    room = n + 2 * p - d * (f - 1) - 1
    if rounding == "strict" and (room % s).any():
        raise ValueError("does not fit")
    count = (room + (s - 1 if rounding == "ceil" else 0)) // s + 1
    if rounding == "ceil":
        count = count - ((count - 1) * s >= n + p)
    if (count < 1).any():
        raise ValueError("the kernel is too large")
    return count


def fields_of_objects(layers: Any) -> Any:
    """Through a gradient, as attributes of objects, and as plain numbers where the axes agree."""

    class Field:
        def __init__(self, size: Any, jump: Any, start: Any) -> None:
            self.size, self.jump, self.start = size, jump, start

    fields = []
    for count in range(1, len(layers) + 1):
        ends = []
        for neuron in (0, 1):
            first, last = np.full(2, float(neuron)), np.full(2, float(neuron))
            for k, s, p, d in reversed(layers[:count]):
                first = first * s - p
                last = last * s - p + (np.array(k) - 1) * np.array(d)
            ends.append((first, last))
        (first, last), (second, _) = ends
        fields.append(Field(last - first + 1, second - first, (first + last) / 2))
    return fields


STYLES: dict[str, list[Callable[..., Any]]] = {
    "output_size": [closed_size, pytorch_size],
    "conv_parameters": [
        lambda D, K, F, bias=True, groups=1: (
            np.prod(np.broadcast_to(F, 2)) * D // groups * K + bias * K
        )
    ],
    "correlate2d": [correlate_windows, correlate_spectral, correlate_torch],
    "convolve2d": [convolve_windows, convolve_spectral, convolve_torch],
    "conv2d": [im2col, spectral, listed, module, F.conv2d],
    "max_pool2d": [max_pool_windows, max_pool_torch, F.max_pool2d],
    "avg_pool2d": [avg_pool_torch, F.avg_pool2d],
    "receptive_field": [fields_of_objects],
    "conv2d_backward": [backward_autograd, backward_spread],
}

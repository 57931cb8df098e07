"""Right solutions of every exercise in plain loops, written apart from the package.

The tests turn them into wrong ones: by the edits in `edits.py`, and systematically.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def output_size(
    size: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    rounding: str = "strict",
) -> Any:
    settings = size, kernel_size, stride, padding, dilation
    if any(isinstance(value, tuple) for value in settings):
        both = [value if isinstance(value, tuple) else (value, value) for value in settings]
        first = [*(value[0] for value in both), rounding]
        second = [*(value[1] for value in both), rounding]
        return output_size(*first), output_size(*second)
    padded = size + 2 * padding
    covered = dilation * (kernel_size - 1) + 1
    count = 0
    start = 0
    while start + covered <= padded:
        count += 1
        start += stride
    left = padded - (start - stride + covered)
    if rounding == "strict" and left > 0:
        raise ValueError("does not fit")
    if rounding == "ceil" and left > 0 and start < size + padding:
        count += 1
    if count == 0:
        raise ValueError("the kernel is too large")
    return count


def conv_parameters(
    in_channels: Any, out_channels: Any, kernel_size: Any, bias: bool = True, groups: int = 1
) -> Any:
    height, width = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    seen = in_channels // groups
    per_filter = height * width * seen
    if bias:
        per_filter += 1
    return per_filter * out_channels


def correlate2d(image: Any, kernel: Any) -> Any:
    height = len(image) - len(kernel) + 1
    width = len(image[0]) - len(kernel[0]) + 1
    output = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            for i in range(len(kernel)):
                for j in range(len(kernel[0])):
                    output[y][x] += image[y + i][x + j] * kernel[i][j]
    return output


def convolve2d(image: Any, kernel: Any) -> Any:
    height = len(image) - len(kernel) + 1
    width = len(image[0]) - len(kernel[0]) + 1
    output = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            for i in range(len(kernel)):
                for j in range(len(kernel[0])):
                    output[y][x] += image[y + i][x + j] * kernel[-1 - i][-1 - j]
    return output


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    X = np.array(input)
    batch = X.ndim == 4
    if not batch:
        X = X[None]
    (sy, sx), (py, px), (dy, dx) = (
        value if isinstance(value, tuple) else (value, value)
        for value in (stride, padding, dilation)
    )
    N, C, H, W = X.shape
    K, D, FH, FW = weight.shape
    P = np.zeros((N, C, H + 2 * py, W + 2 * px))
    P[:, :, py : py + H, px : px + W] = X
    OH = (H + 2 * py - dy * (FH - 1) - 1) // sy + 1
    OW = (W + 2 * px - dx * (FW - 1) - 1) // sx + 1
    output = np.zeros((N, K, OH, OW))
    for n in range(N):
        for k in range(K):
            first = k // (K // groups) * D
            for y in range(OH):
                for x in range(OW):
                    total = 0.0
                    for c in range(D):
                        for i in range(FH):
                            for j in range(FW):
                                pixel = P[n, first + c, y * sy + i * dy, x * sx + j * dx]
                                total += pixel * weight[k, c, i, j]
                    if bias is not None:
                        total += bias[k]
                    output[n, k, y, x] = total
    if not batch:
        output = output[0]
    return output


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    X = np.array(input)
    batch = X.ndim == 4
    if not batch:
        X = X[None]
    if stride is None:
        stride = kernel_size
    (fy, fx), (sy, sx), (py, px), (dy, dx) = (
        value if isinstance(value, tuple) else (value, value)
        for value in (kernel_size, stride, padding, dilation)
    )
    N, C, H, W = X.shape
    up = (sy - 1, sx - 1) if ceil_mode else (0, 0)
    OH = (H + 2 * py - dy * (fy - 1) - 1 + up[0]) // sy + 1
    OW = (W + 2 * px - dx * (fx - 1) - 1 + up[1]) // sx + 1
    if ceil_mode and (OH - 1) * sy >= H + py:
        OH -= 1
    if ceil_mode and (OW - 1) * sx >= W + px:
        OW -= 1
    output = np.zeros((N, C, OH, OW))
    indices = np.zeros((N, C, OH, OW), dtype=int)
    for n in range(N):
        for c in range(C):
            for y in range(OH):
                for x in range(OW):
                    best = -np.inf
                    for i in range(fy):
                        for j in range(fx):
                            row = y * sy - py + i * dy
                            column = x * sx - px + j * dx
                            if not (0 <= row < H and 0 <= column < W):
                                continue
                            if X[n, c, row, column] > best:
                                best = X[n, c, row, column]
                                indices[n, c, y, x] = row * W + column
                    output[n, c, y, x] = best
    if not batch:
        output, indices = output[0], indices[0]
    if return_indices:
        return output, indices
    return output


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Any:
    X = np.array(input)
    batch = X.ndim == 4
    if not batch:
        X = X[None]
    if stride is None:
        stride = kernel_size
    (fy, fx), (sy, sx), (py, px) = (
        value if isinstance(value, tuple) else (value, value)
        for value in (kernel_size, stride, padding)
    )
    N, C, H, W = X.shape
    up = (sy - 1, sx - 1) if ceil_mode else (0, 0)
    OH = (H + 2 * py - fy + up[0]) // sy + 1
    OW = (W + 2 * px - fx + up[1]) // sx + 1
    if ceil_mode and (OH - 1) * sy >= H + py:
        OH -= 1
    if ceil_mode and (OW - 1) * sx >= W + px:
        OW -= 1
    output = np.zeros((N, C, OH, OW))
    for n in range(N):
        for c in range(C):
            for y in range(OH):
                for x in range(OW):
                    total = 0.0
                    inside = 0
                    counted = 0
                    for i in range(fy):
                        for j in range(fx):
                            row = y * sy - py + i
                            column = x * sx - px + j
                            if row < H + py and column < W + px:
                                counted += 1
                            if 0 <= row < H and 0 <= column < W:
                                inside += 1
                                total += X[n, c, row, column]
                    divisor = counted if count_include_pad else inside
                    if divisor_override is not None:
                        divisor = divisor_override
                    output[n, c, y, x] = total / divisor
    if not batch:
        output = output[0]
    return output


def receptive_field(layers: Any) -> Any:
    size, jump, start = [1, 1], [1, 1], [0.0, 0.0]
    fields = []
    for k, s, p, d in layers:
        for a in range(2):
            ka, sa, pa, da = (v[a] if isinstance(v, tuple) else v for v in (k, s, p, d))
            size[a] = size[a] + (ka - 1) * da * jump[a]
            start[a] = start[a] + ((ka - 1) * da / 2 - pa) * jump[a]
            jump[a] = jump[a] * sa
        fields.append((tuple(size), tuple(jump), tuple(start)))
    return fields


def conv2d_backward(
    grad_output: Any,
    input: Any,
    weight: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    X = np.array(input)
    dV = np.array(grad_output)
    batch = X.ndim == 4
    if not batch:
        X, dV = X[None], dV[None]
    (sy, sx), (py, px), (dy, dx) = (
        value if isinstance(value, tuple) else (value, value)
        for value in (stride, padding, dilation)
    )
    N, C, H, W = X.shape
    K, D, FH, FW = weight.shape
    P = np.zeros((N, C, H + 2 * py, W + 2 * px))
    P[:, :, py : py + H, px : px + W] = X
    dP, dW, db = np.zeros(P.shape), np.zeros(weight.shape), np.zeros(K)
    for n in range(N):
        for k in range(K):
            first = k // (K // groups) * D
            for y in range(dV.shape[2]):
                for x in range(dV.shape[3]):
                    db[k] += dV[n, k, y, x]
                    for c in range(D):
                        for i in range(FH):
                            for j in range(FW):
                                at = n, first + c, y * sy + i * dy, x * sx + j * dx
                                dP[at] += dV[n, k, y, x] * weight[k, c, i, j]
                                dW[k, c, i, j] += dV[n, k, y, x] * P[at]
    dX = dP[:, :, py : py + H, px : px + W]
    if not batch:
        dX = dX[0]
    return dX, dW, db

"""Mistakes as somebody would make them: edits of the right solutions in `loops.py`.

They share nothing with the functions by which the package recognises them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from tests.exercises import loops

Edit = tuple[str, str]


class Mistake(NamedTuple):
    """A solution's edits, each of which must find its place exactly once, and what they make."""

    exercise: str
    name: str
    edits: tuple[Edit, ...]


@cache
def source(exercise: str) -> str:
    return inspect.getsource(getattr(loops, exercise))


def applied(text: str, edits: Sequence[Edit]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, (text.count(old), old)
        text = text.replace(old, new)
    return text


def compiled(exercise: str, text: str) -> Callable[..., Any]:
    space: dict[str, Any] = {"np": np, "Any": Any}
    exec(compile(text, f"<{exercise}>", "exec", dont_inherit=True), space)  # noqa: S102
    function: Callable[..., Any] = space[exercise]
    return function


def wrong(*mistakes: Mistake) -> Callable[..., Any]:
    """Return a solution with all of these mistakes."""
    exercise = mistakes[0].exercise
    edits = [edit for mistake in mistakes for edit in mistake.edits]
    return compiled(exercise, applied(source(exercise), edits))


_CONV_KERNEL = "weight[k, c, i, j]"
_ROW, _COLUMN = "y * sy + i * dy", "x * sx + j * dx"
_PLACED = "    P[:, :, py : py + H, px : px + W] = X\n"
_PADDED = "P = np.zeros((N, C, H + 2 * py, W + 2 * px))\n" + _PLACED
_HEIGHT, _WIDTH = "OH = (H + 2 * py - ", "OW = (W + 2 * px - "
_OUTPUT = "output = np.zeros((N, K, OH, OW))"
_LAST = "    if not batch:\n        output = output[0]\n    return output"
_KERNEL = "kernel[i][j]"


def _padded_with(edges: str) -> tuple[Edit, ...]:
    """Pad in another way, and take the output's size from what came of it."""
    return (
        (_PADDED, f"P = np.pad(X, {edges})\n"),
        (_HEIGHT, "OH = (P.shape[2] - "),
        (_WIDTH, "OW = (P.shape[3] - "),
    )


_CONV2D: dict[str, list[tuple[Edit, ...]]] = {
    "kernel_flipped": [((_CONV_KERNEL, "weight[k, c, -1 - i, -1 - j]"),)],
    "kernel_flipped_one_axis": [
        ((_CONV_KERNEL, "weight[k, c, FH - 1 - i, j]"),),
        ((_CONV_KERNEL, "weight[k, c, i, FW - 1 - j]"),),
    ],
    "kernel_transposed": [
        ((_CONV_KERNEL, "weight[k, c, j, i]"),),
        (("K, D, FH, FW = weight.shape", "weight = weight.transpose(0, 1, 3, 2)\n"
          "    K, D, FH, FW = weight.shape"),),
    ],
    "height_width_swapped": [
        ((_OUTPUT, "output = np.zeros((N, K, OW, OH))"),
         ("output[n, k, y, x]", "output[n, k, x, y]")),
        (("(sy, sx), (py, px), (dy, dx)", "(sx, sy), (px, py), (dx, dy)"),),
        (("(sy, sx), ", "(sx, sy), "),),
        (("(py, px), ", "(px, py), "),),
        (("(dy, dx) ", "(dx, dy) "),),
        (("for y in range(OH)", "for y in range(OW)"), ("for x in range(OW)", "for x in range(OH)"),
         (_OUTPUT, "output = np.zeros((N, K, OW, OH))")),
    ],
    "square_assumed": [
        (("for x in range(OW)", "for x in range(OH)"),
         (_OUTPUT, "output = np.zeros((N, K, OH, OH))")),
    ],
    "stride_ignored": [
        (("in (stride, padding", "in (1, padding"),),
    ],
    "stride_one_axis": [
        ((_COLUMN, "x + j * dx"), (") // sx + 1", ") + 1")),
        ((_ROW, "y + i * dy"), (") // sy + 1", ") + 1")),
    ],
    "padding_ignored": [(("(stride, padding, dilation)", "(stride, 0, dilation)"),)],
    "padding_one_side": [
        _padded_with("((0, 0), (0, 0), (py, 0), (px, 0))"),
        _padded_with("((0, 0), (0, 0), (0, py), (0, px))"),
    ],
    "padding_in_total": [
        _padded_with("((0, 0), (0, 0), (py // 2, py - py // 2), (px // 2, px - px // 2))"),
        _padded_with("((0, 0), (0, 0), (py - py // 2, py // 2), (px - px // 2, px // 2))"),
        _padded_with("((0, 0), (0, 0), (py // 2, py // 2), (px // 2, px // 2))"),
    ],
    "padding_twice": [_padded_with("((0, 0), (0, 0), (2 * py, 2 * py), (2 * px, 2 * px))")],
    "padding_one_axis": [
        _padded_with("((0, 0), (0, 0), (py, py), (0, 0))"),
        _padded_with("((0, 0), (0, 0), (0, 0), (px, px))"),
    ],
    "padding_edge": [_padded_with("((0, 0), (0, 0), (py, py), (px, px)), mode='edge'")],
    "padding_mirrored": [
        _padded_with("((0, 0), (0, 0), (py, py), (px, px)), mode='reflect'"),
        _padded_with("((0, 0), (0, 0), (py, py), (px, px)), mode='symmetric'"),
    ],
    "dilation_ignored": [(("padding, dilation)", "padding, 1)"),)],
    "dilation_one_axis": [
        ((_ROW, "y * sy + i"), ("dy * (FH - 1)", "(FH - 1)")),
        ((_COLUMN, "x * sx + j"), ("dx * (FW - 1)", "(FW - 1)")),
    ],
    "dilation_counts_gaps": [
        (("    N, C, H, W = X.shape\n",
          "    dy, dx = dy + 1, dx + 1\n    N, C, H, W = X.shape\n"),),
    ],
    "bias_forgotten": [(("total += bias[k]", "pass"),)],
    "bias_per_input_channel": [(("total += bias[k]", "total += D * bias[k]"),)],
    "bias_per_product": [(("total += bias[k]", "total += D * FH * FW * bias[k]"),)],
    "bias_of_first_filter": [(("total += bias[k]", "total += bias[0]"),)],
    "first_channel_only": [(("for c in range(D)", "for c in range(1)"),)],
    "last_channel_only": [
        (("for c in range(D):\n", "for c in range(D):\n                        total = 0.0\n"),),
    ],
    "channels_averaged": [
        (("pixel * weight", "pixel / D * weight"),),
        (("= total\n", "= total / D\n"),),
    ],
    "window_averaged": [(("pixel * weight", "pixel / (D * FH * FW) * weight"),)],
    "output_too_large": [
        ((_OUTPUT, "output = np.zeros((N, K, OH + 1, OW + 1))"),),
        ((_OUTPUT, "output = np.zeros((N, K, OH, OW + 1))"),),
        ((_OUTPUT, "output = np.zeros((N, K, -(-(H + 2 * py - dy * (FH - 1) - 1) // sy) + 1, "
          "-(-(W + 2 * px - dx * (FW - 1) - 1) // sx) + 1))"),),
    ],
    "output_too_small": [
        ((") // sy + 1", ") // sy"), (") // sx + 1", ") // sx")),
        ((") // sx + 1", ") // sx"),),
        (("(FH - 1) - 1) // sy + 1", "(FH - 1) - 1 + 1) // sy"),
         ("(FW - 1) - 1) // sx + 1", "(FW - 1) - 1 + 1) // sx")),
    ],
    "integer_truncated": [
        ((_OUTPUT, "output = np.zeros((N, K, OH, OW), dtype=int)"),),
        (("= total\n", "= round(total)\n"),),
        (("= total\n", "= total // 1\n"),),
        (("total += pixel * weight[k, c, i, j]", "total = int(total + pixel * weight[k, c, i, j])"),
         ("total += bias[k]", "total = int(total + bias[k])")),
        (("P = np.zeros((N, C, H + 2 * py, W + 2 * px))",
          "P = np.zeros((N, C, H + 2 * py, W + 2 * px), dtype=int)"),),
    ],
    "first_image_only": [
        (("for n in range(N)", "for n in range(1)"),),
        (("for n in range(N)", "for n in range(N - 1, N)"),),
        ((_LAST, "    output = output[:1]\n" + _LAST),),
    ],
    "batch_dropped": [
        (("    if not batch:\n        output = output[0]\n", "    output = output[0]\n"),),
        (("    if not batch:\n        output = output[0]\n",
          "    if N == 1:\n        output = output[0]\n"),),
    ],
    "batch_added": [(("    if not batch:\n        output = output[0]\n", ""),)],
    "axes_squeezed": [(("    return output", "    return output.squeeze()"),)],
    "images_summed": [((_LAST, "    output = output.sum(0, keepdims=True)\n" + _LAST),)],
    "images_filters_swapped": [
        ((_LAST, "    output = output.swapaxes(0, 1)\n" + _LAST),),
        ((_LAST, "    output = output.swapaxes(0, 1) if batch else output\n" + _LAST),),
    ],
    "groups_ignored": [(("first = k // (K // groups) * D", "first = 0"),)],
    "first_filter_only": [((_LAST, "    output = output[:, :1]\n" + _LAST),)],
    "filters_summed": [((_LAST, "    output = output.sum(1, keepdims=True)\n" + _LAST),)],
    "filters_channels_swapped": [((_CONV_KERNEL, "weight[c, k, i, j]"),)],
}  # fmt: skip

_IMAGE_KERNELS = {"correlate2d": _KERNEL, "convolve2d": "kernel[-1 - i][-1 - j]"}


def _images(exercise: str) -> dict[str, list[tuple[Edit, ...]]]:
    kernel = _IMAGE_KERNELS[exercise]
    flipped = exercise == "convolve2d"
    i, j = ("-1 - i", "-1 - j") if flipped else ("i", "j")
    not_i, not_j = ("i", "j") if flipped else ("-1 - i", "-1 - j")
    zeros = "output = np.zeros((height, width))"
    heights = "height = len(image) - len(kernel) + 1"
    widths = "width = len(image[0]) - len(kernel[0]) + 1"
    return {
        "kernel_not_flipped" if flipped else "kernel_flipped": [
            ((kernel, f"kernel[{not_i}][{not_j}]"),)
        ],
        "kernel_flipped_one_axis": [
            ((kernel, f"kernel[{not_i}][{j}]"),),
            ((kernel, f"kernel[{i}][{not_j}]"),),
        ],
        "kernel_transposed": [
            ((kernel, f"kernel[{j}][{i}]"),),
            (("    height = ", "    kernel = kernel.T\n    height = "),),
            (("    height = ", "    kernel = kernel[::-1, ::-1].T\n    height = "),),
        ],
        "height_width_swapped": [
            (("return output", "return output.T"),),
            (
                (zeros, "output = np.zeros((width, height))"),
                ("for y in range(height)", "for y in range(width)"),
                ("for x in range(width)", "for x in range(height)"),
            ),
        ],
        "square_assumed": [((widths, "width = height"),)],
        "padding_added": [
            (("    height = ", "    image = np.pad(image, [(f - 1, f - 1) for f in kernel.shape])\n"
              "    height = "),),
            (("    height = ", "    image = np.pad(image, [(f // 2, (f - 1) // 2) "
              "for f in kernel.shape])\n    height = "),),
        ],
        "window_averaged": [(("return output", "return output / kernel.size"),)],
        "output_too_large": [
            ((zeros, "output = np.zeros((height + 1, width + 1))"),),
            ((zeros, "output = np.full((height + 1, width), 7.0)\n    output[:-1] = 0"),),
        ],
        "output_too_small": [
            ((heights, heights[:-4]), (widths, widths[:-4])),
            ((heights, heights[:-4]),),
        ],
        "integer_truncated": [
            ((zeros, "output = np.zeros((height, width), int)"),
             (f"output[y][x] += image[y + i][x + j] * {kernel}",
              f"output[y][x] = output[y][x] + image[y + i][x + j] * {kernel}")),
            (("return output", "return output.astype(int)"),),
            (("return output", "return output.round()"),),
            (("    height = ", "    image, kernel = image.astype(int), kernel.astype(int)\n"
              "    height = "),),
        ],
    }  # fmt: skip


_SIZE: dict[str, list[tuple[Edit, ...]]] = {
    "plus_one_forgotten": [
        (("    return count\n", "    return count - 1\n"),),
    ],
    "one_too_many": [(("    return count\n", "    return count + 1\n"),)],
    "plus_one_before_dividing": [
        (("    covered = ", "    if rounding == 'ceil':\n"
          "        return -(-(padded - dilation * (kernel_size - 1)) // stride)\n"
          "    if rounding == 'floor':\n"
          "        return (padded - dilation * (kernel_size - 1)) // stride\n"
          "    if (padded - dilation * (kernel_size - 1)) % stride:\n        raise ValueError\n"
          "    return (padded - dilation * (kernel_size - 1)) // stride\n    covered = "),),
    ],
    "padding_one_side": [
        (("padded = size + 2 * padding", "padded = size + padding"),
         ("start < size + padding", "start < padded")),
    ],
    "padding_ignored": [
        (("padded = size + 2 * padding", "padding = 0\n    padded = size"),),
    ],
    "padding_subtracted": [
        (("padded = size + 2 * padding",
          "padded = size - 2 * padding\n    if padded < 1:\n        raise ValueError"),
         ("start < size + padding", "start < padded")),
    ],
    "stride_ignored": [(("    padded = ", "    stride = 1\n    padded = "),)],
    "dilation_ignored": [
        (("covered = dilation * (kernel_size - 1) + 1", "covered = kernel_size"),),
    ],
    "dilation_counts_gaps": [
        (("covered = dilation *", "covered = (dilation + 1) *"),),
    ],
    "dilation_times_kernel": [
        (("covered = dilation * (kernel_size - 1) + 1", "covered = dilation * kernel_size"),),
    ],
    "floors_silently": [
        (("        raise ValueError(\"does not fit\")", "        pass"),),
        (("    padded = ", "    rounding = 'floor'\n    padded = "),),
        (("    covered = ", "    if rounding != 'ceil':\n        return (padded - dilation * "
          "(kernel_size - 1) - 1) // stride + 1\n    return -(-(padded - dilation * "
          "(kernel_size - 1) - 1) // stride) + 1\n    covered = "),),
    ],
    "rounding_ignored": [(("    padded = ", "    rounding = 'strict'\n    padded = "),)],
    "rounds_up_silently": [
        (("    padded = ", "    rounding = 'ceil'\n    padded = "),),
        (("    count = 0\n", "    if rounding == 'strict':\n"
          "        return -(-(padded - covered) // stride) + 1\n    count = 0\n"),),
    ],
    "rounds_to_nearest": [
        (("    covered = ", "    return round((padded - dilation * (kernel_size - 1) - 1) / stride "
          "+ 1 - 1) + 1\n    covered = "),),
    ],
    "floor_ceil_swapped": [
        (("    padded = ", "    rounding = {'floor': 'ceil', 'ceil': 'floor'}.get(rounding, "
          "rounding)\n    padded = "),),
    ],
    "ceil_in_padding": [
        (("    count = 0\n", "    if rounding == 'ceil' and covered <= padded:\n"
          "        return -(-(padded - covered) // stride) + 1\n    count = 0\n"),
         (" and start < size + padding", " and False")),
    ],
    "too_large_kernel_accepted": [
        (("        raise ValueError(\"the kernel is too large\")",
          "        return (padded - covered) // stride + 1\n"),
         ("if rounding == \"strict\" and left > 0",
          "if rounding == \"strict\" and (padded - covered) % stride"),
         ("if rounding == \"ceil\" and left > 0 and",
          "if covered > padded and rounding == \"ceil\":\n"
          "        return -(-(padded - covered) // stride) + 1\n"
          "    if rounding == \"ceil\" and left > 0 and")),
    ],
    "first_axis_only": [(("output_size(*second)", "output_size(*first)"),)],
    "height_width_swapped": [
        (("return output_size(*first), ", "first, second = second, first\n"
          "        return output_size(*first), "),),
    ],
}  # fmt: skip

_COUNT = "per_filter = height * width * seen"
_RESULT = "return per_filter * out_channels"
_ADDED = "per_filter += 1"
_PARAMETERS: dict[str, list[tuple[Edit, ...]]] = {
    "bias_forgotten": [((_ADDED, "pass"),)],
    "bias_once": [((_ADDED, "pass"), (_RESULT, "return per_filter * out_channels + bias"))],
    "bias_always": [(("if bias:", "if True:"),)],
    "bias_per_input_channel": [
        ((_ADDED, "per_filter += seen"),),
    ],
    "channels_filters_swapped": [
        (("    height, width = ", "    in_channels, out_channels = out_channels, in_channels\n"
          "    height, width = "),),
        ((_ADDED, "pass"), (_RESULT, "return per_filter * out_channels + bias * in_channels")),
    ],
    "bias_per_weight": [((_ADDED, "per_filter += height * width"),)],
    "depth_forgotten": [((_COUNT, "per_filter = height * width"),)],
    "filters_forgotten": [((_RESULT, "return per_filter"),)],
    "kernel_not_squared": [((_COUNT, "per_filter = height * seen"),)],
    "kernel_sides_added": [((_COUNT, "per_filter = (height + width) * seen"),)],
    "square_assumed": [((_COUNT, "per_filter = height**2 * seen"),)],
    "groups_ignored": [(("in_channels // groups", "in_channels"),)],
    "groups_divide_filters_too": [
        ((_RESULT, "return per_filter * (out_channels // groups)"),),
        ((_ADDED, "pass"),
         (_RESULT, "return per_filter * (out_channels // groups) + bias * out_channels")),
    ],
    "groups_multiply": [(("in_channels // groups", "in_channels * groups"),)],
    "groups_as_width": [(("in_channels // groups", "groups if groups > 1 else in_channels"),)],
    "bias_divided_by_groups": [
        (("in_channels // groups", "in_channels"),
         (_RESULT, "return per_filter * out_channels // groups")),
    ],
}  # fmt: skip

_PAIRS = "value if isinstance(value, tuple) else (value, value)"
_SETTINGS = "        for value in (kernel_size, stride, padding"
_DEFAULT = "        stride = kernel_size\n"


def _pooling(exercise: str) -> dict[str, list[tuple[Edit, ...]]]:
    largest = exercise == "max_pool2d"
    zeros = "output = np.zeros((N, C, OH, OW))"
    stored = "output[n, c, y, x] = best" if largest else "output[n, c, y, x] = total / divisor"
    end = "    if not batch:\n        output"
    unpack = "(fy, fx), (sy, sx), (py, px)" + (", (dy, dx)" if largest else "")
    swapped = "(fx, fy), (sx, sy), (px, py)" + (", (dx, dy)" if largest else "")
    n = "    N, C, H, W = X.shape\n"
    drop = "output, indices = output[0], indices[0]" if largest else "output = output[0]"
    return {
        "default_stride_one": [
            ((_DEFAULT, "        stride = 1\n"),),
            (("    (fy, fx), ", "    stride = 1\n    (fy, fx), "),),
        ],
        "stride_ignored": [(("    (fy, fx), ", "    stride = kernel_size\n    (fy, fx), "),)],
        "stride_one_axis": [((n, "    sx = 1\n" + n),), ((n, "    sy = 1\n" + n),)],
        "padding_ignored": [((n, "    py = px = 0\n" + n),)],
        "padding_one_side": [
            (("H + 2 * py", "H + py"), ("W + 2 * px", "W + px"))
            + (
                (("* sy >= H + py", "* sy >= H + py"),)
                if largest
                else (("if row < H + py and column < W + px", "if row < H and column < W"),)
            ),
        ],
        "padding_one_axis": [((n, "    px = 0\n" + n),), ((n, "    py = 0\n" + n),)],
        "ceil_mode_ignored": [(("    up = ", "    ceil_mode = False\n    up = "),)],
        "ceil_mode_always": [(("    up = ", "    ceil_mode = True\n    up = "),)],
        "ceil_in_padding": [
            ((">= H + py:\n", ">= H + 99:\n"), (">= W + px:\n", ">= W + 99:\n"))
            + (() if largest else (("total / divisor", "total / max(divisor, 1)"),)),
        ],
        "height_width_swapped": [
            ((unpack, swapped),),
            ((unpack, unpack.replace("(py, px)", "(px, py)")),),
            ((unpack, unpack.replace("(fy, fx)", "(fx, fy)")),),
            ((zeros, "output = np.zeros((N, C, OW, OH))"),
             (stored, stored.replace("y, x]", "x, y]"))),
        ],
        "square_assumed": [
            ((zeros, "output = np.zeros((N, C, OH, OH))"),
             ("for x in range(OW)", "for x in range(OH)"))
            + ((("indices = np.zeros((N, C, OH, OW)", "indices = np.zeros((N, C, OH, OH)"),)
               if largest else ())
            + ((("best = -np.inf", "best = -np.inf\n                    if x >= OW:\n"
                 "                        raise IndexError"),) if largest else
               (("total = 0.0", "total = 0.0\n                    if x >= OW:\n"
                 "                        X[99]"),)),
        ],
        "output_too_large": [
            ((zeros, "output = np.zeros((N, C, OH + 1, OW + 1))"),),
            ((zeros, "output = np.zeros((N, C, OH, OW + 1))"),),
        ],
        "output_too_small": [
            (("    output = np.zeros", "    OH, OW = OH - 1, OW - 1\n    output = np.zeros"),),
            (("    output = np.zeros", "    OW = OW - 1\n    output = np.zeros"),),
        ],
        "integer_truncated": [
            ((zeros, "output = np.zeros((N, C, OH, OW), dtype=int)"),),
            ((stored, stored.replace("= ", "= np.floor(") + ")"),),
        ],
        "first_channel_only": [((end, "    output = output[:, :1]\n" + end),)],
        "first_image_only": [
            (("for n in range(N)", "for n in range(1)"),),
            ((end, "    output = output[:1]\n" + end),),
        ],
        "batch_dropped": [(("    if not batch:\n        " + drop, "    " + drop),)],
        "batch_added": [((end.replace("output", drop), ""),)],
        "axes_squeezed": [
            (("        return output, indices\n    return output",
              "        return output.squeeze(), indices.squeeze()\n    return output.squeeze()"),)
            if largest else (("    return output", "    return output.squeeze()"),)
        ],
    }  # fmt: skip


_BEST = "X[n, c, row, column] > best"
_INDEX = "= row * W + column"
_MAX: dict[str, list[tuple[Edit, ...]]] = {
    "smallest": [((_BEST, _BEST.replace(">", "<")), ("best = -np.inf", "best = np.inf"))],
    "averaged": [
        (("best = -np.inf", "best, total = -np.inf, 0.0"),
         ("                            if X[n, c",
          "                            total += X[n, c, row, column]\n"
          "                            if X[n, c"),
         ("= best\n    if", "= total / (fy * fx)\n    if")),
    ],
    "absolute_value": [
        ((_BEST, "abs(X[n, c, row, column]) > abs(best)"), ("best = -np.inf", "best = 0.0")),
        (("    X = np.array(input)", "    X = abs(np.array(input))"),),
    ],
    "starts_at_zero": [(("best = -np.inf", "best = 0.0"),)],
    "padding_zeros_win": [
        (("                                continue\n",
          "                                best = max(best, 0)\n"
          "                                continue\n"),),
    ],
    "starts_too_high": [
        (("best = -np.inf", "best = -10.0"),),
        (("best = -np.inf", "best = -999.0"),),
        (("                                continue\n",
          "                                best = max(best, -100)\n"
          "                                continue\n"),),
    ],
    "zeros_left_out": [
        (("best = -np.inf", "best = None"), (_BEST, f"not best or {_BEST}")),
        (("0 <= column < W)", "0 <= column < W) or X[n, c, row, column] == 0"),),
    ],
    "first_of_window": [
        ((_BEST, "i == j == 0"),
         ("best = -np.inf", "best = 5.0")),
    ],
    "maximum_over_channels": [
        (("    if not batch:\n        output,", "    output = output.max(1, keepdims=True)\n"
          "    if not batch:\n        output,"),),
    ],
    "dilation_ignored": [
        (("    N, C, H, W = X.shape\n", "    dy = dx = 1\n    N, C, H, W = X.shape\n"),),
    ],
    "dilation_one_axis": [
        (("    N, C, H, W = X.shape\n", "    dy = 1\n    N, C, H, W = X.shape\n"),),
    ],
    "indices_missing": [(("        return output, indices\n", "        return output\n"),)],
    "indices_in_window": [((_INDEX, "= i * fx + j"),)],
    "indices_in_padded": [((_INDEX, "= (row + py) * (W + 2 * px) + column + px"),)],
    "indices_by_columns": [((_INDEX, "= row + H * column"),)],
    "indices_over_channels": [((_INDEX, "= (c * H + row) * W + column"),)],
    "indices_last_of_equals": [((_BEST, _BEST.replace(">", ">=")),)],
}  # fmt: skip

_DIVIDED = "total / divisor"
_AVG: dict[str, list[tuple[Edit, ...]]] = {
    "not_divided": [((_DIVIDED, "total"),)],
    "divided_by_side": [
        (("divisor = counted if count_include_pad else inside", "divisor = fy"),),
    ],
    "largest": [
        (("total = 0.0", "total = -np.inf"),
         ("total += X[n, c, row, column]", "total = max(total, X[n, c, row, column])"),
         (_DIVIDED, "total")),
    ],
    "median": [
        (("total = 0.0", "total = []"),
         ("total += X[n, c, row, column]", "total.append(X[n, c, row, column])"),
         (_DIVIDED, "np.median(total + [0] * (fy * fx - len(total)))")),
    ],
    "mean_over_channels": [
        (("    if not batch:\n        output", "    output = output.mean(1, keepdims=True)\n"
          "    if not batch:\n        output"),),
    ],
    "padding_never_counted": [(("counted if count_include_pad else inside", "inside"),)],
    "count_include_pad_ignored": [(("counted if count_include_pad else inside", "counted"),)],
    "zeros_left_out": [
        (("inside += 1", "inside += X[n, c, row, column] != 0"),
         (_DIVIDED, "total / max(divisor, 1)")),
        (("inside += 1", "inside += X[n, c, row, column] != 0"),
         ("counted if count_include_pad else inside", "max(inside, 1)")),
    ],
    "divisor_ignored": [(("        divisor = divisor_override", "        pass"),)],
    "divided_twice": [(("divisor = divisor_override", "divisor *= divisor_override"),)],
    "overhang_counted": [(("if row < H + py and column < W + px", "if True"),)],
}  # fmt: skip

_SIZES = "size[a] = size[a] + (ka - 1) * da * jump[a]"
_STARTS = "start[a] = start[a] + ((ka - 1) * da / 2 - pa) * jump[a]"
_JUMPS = "jump[a] = jump[a] * sa"
_UNPACKED = "for v in (k, s, p, d))\n"
_BEGIN = "    for k, s, p, d in layers:\n"
_FIELDS: dict[str, list[tuple[Edit, ...]]] = {
    "minus_one_forgotten": [((_SIZES, "size[a] = size[a] + ka * da * jump[a]"),)],
    "jump_forgotten": [
        ((_SIZES, "size[a] = size[a] + (ka - 1) * da"),),
        ((_SIZES, "size[a] = size[a] + (ka - 1) * da"),
         (_STARTS, "start[a] = start[a] + (ka - 1) * da / 2 - pa")),
    ],
    "own_stride_included": [
        ((_SIZES, "size[a] = size[a] + (ka - 1) * da * jump[a] * sa"),),
        ((_JUMPS, "pass"), (_SIZES, f"{_JUMPS}\n            {_SIZES}")),
    ],
    "last_stride_only": [((_JUMPS, "jump[a] = sa"),)],
    "jumps_added": [((_JUMPS, "jump[a] = jump[a] + sa - 1"), )],
    "stride_ignored": [((_JUMPS, "pass"),)],
    "sizes_multiplied": [((_SIZES, "size[a] = size[a] * ((ka - 1) * da + 1)"),)],
    "kernel_only": [((_SIZES, "size[a] = 1 + (ka - 1) * da"),)],
    "dilation_ignored": [
        ((_UNPACKED, _UNPACKED + "            da = 1\n"),),
        ((_SIZES, "size[a] = size[a] + (ka - 1) * jump[a]"),),
    ],
    "dilation_counts_gaps": [((_UNPACKED, _UNPACKED + "            da = da + 1\n"),)],
    "padding_ignored": [((_UNPACKED, _UNPACKED + "            pa = 0\n"),)],
    "padding_added": [((_STARTS, _STARTS.replace("- pa", "+ pa")),)],
    "padding_in_size": [
        ((_SIZES, "size[a] = size[a] + ((ka - 1) * da + 2 * pa) * jump[a]"),),
        ((_SIZES, "size[a] = size[a] + ((ka - 1) * da - 2 * pa) * jump[a]"),),
    ],
    "start_without_jump": [((_STARTS, "start[a] = start[a] + (ka - 1) * da / 2 - pa"),)],
    "start_rounded": [((_STARTS, _STARTS.replace("/ 2", "// 2")),)],
    "start_at_half": [(("[0.0, 0.0]", "[0.5, 0.5]"),)],
    "start_at_edge": [
        ((_STARTS, "start[a] = start[a] - pa * jump[a]"),),
        ((_STARTS, "pass"),),
    ],
    "layers_reversed": [((_BEGIN, "    for k, s, p, d in reversed(layers):\n"),)],
    "last_layer_only": [(("return fields", "return fields[-1:]"),)],
    "last_layer_missing": [
        (("return fields", "return fields[:-1]"),),
        (("fields = []", "fields = [((1, 1), (1, 1), (0, 0))]"),),
    ],
    "height_width_swapped": [(("v[a] if", "v[1 - a] if"),)],
    "first_axis_only": [(("v[a] if", "v[0] if"),)],
}  # fmt: skip

_TO_INPUT = "dP[at] += dV[n, k, y, x] * weight[k, c, i, j]"
_TO_WEIGHT = "dW[k, c, i, j] += dV[n, k, y, x] * P[at]"
_TO_BIAS = "db[k] += dV[n, k, y, x]"
_CUT = "dX = dP[:, :, py : py + H, px : px + W]"
_GIVEN = "    return dX, dW, db"
_BACK_PAD = "    P = np.zeros((N, C, H + 2 * py, W + 2 * px))\n" + _PLACED
_BACKWARD: dict[str, list[tuple[Edit, ...]]] = {
    "stride_forgotten": [
        (("at = n, first + c, y * sy + i * dy, x * sx + j * dx",
          "at = n, first + c, y + i * dy, x + j * dx"),),
        ((_TO_INPUT, "dP[n, first + c, y + i * dy, x + j * dx] += "
          "dV[n, k, y, x] * weight[k, c, i, j]"),),
        ((_TO_WEIGHT,
          "dW[k, c, i, j] += dV[n, k, y, x] * P[n, first + c, y + i * dy, x + j * dx]"),),
    ],
    "kernel_not_flipped": [((_TO_INPUT, _TO_INPUT.replace("i, j]", "-1 - i, -1 - j]")),)],
    "kernel_flipped_one_axis": [((_TO_INPUT, _TO_INPUT.replace("i, j]", "-1 - i, j]")),)],
    "kernel_transposed": [
        ((_TO_INPUT, _TO_INPUT.replace("i, j]", "j, i]")),),
        ((_GIVEN, "    return dX, dW.transpose(0, 1, 3, 2), db"),),
    ],
    "weight_gradient_flipped": [((_TO_WEIGHT, _TO_WEIGHT.replace("i, j]", "-1 - i, -1 - j]")),)],
    "padding_not_cut_off": [((_CUT, "dX = dP"),)],
    "padding_ignored": [((_CUT, "dX = dP[:, :, :H, :W]"),)],
    "unread_pixels_missing": [
        ((_CUT, "dX = dP[:, :, py : (dV.shape[2] - 1) * sy + dy * (FH - 1) + 1 - py, "
          "px : (dV.shape[3] - 1) * sx + dx * (FW - 1) + 1 - px]"),),
    ],
    "overlap_overwritten": [
        (("                    for c in range(D):\n",
          "                    dP[n, first:first + D, y * sy:y * sy + dy * (FH - 1) + 1:dy, "
          "x * sx:x * sx + dx * (FW - 1) + 1:dx] = 0\n"
          "                    for c in range(D):\n"),),
    ],
    "weight_gradient_of_last_position": [((_TO_WEIGHT, _TO_WEIGHT.replace("+=", "=")),)],
    "weight_not_summed_over_batch": [
        (("            first = k", "            dW[k] = 0\n            first = k"),),
        ((_TO_WEIGHT, _TO_WEIGHT.replace("+= ", "+= (n == 0) * ")),),
    ],
    "bias_not_summed": [
        ((_TO_BIAS, _TO_BIAS.replace("+=", "=")),),
        ((_GIVEN, "    return dX, dW, dV.sum((2, 3))"),),
        ((_GIVEN, "    return dX, dW, dV.sum((0,))"),),
        ((_GIVEN, "    return dX, dW, dV[0].sum((1, 2))"),),
        ((_GIVEN, "    return dX, dW, dV"),),
        ((_GIVEN, "    return dX, dW, grad_output"),),
    ],
    "bias_summed_over_filters": [
        ((_GIVEN, "    return dX, dW, dV.sum()"),),
        ((_TO_BIAS, "db += dV[n, k, y, x]"),),
    ],
    "bias_averaged": [
        ((_GIVEN, "    return dX, dW, dV.mean((0, 2, 3))"),),
        ((_GIVEN, "    return dX, dW, db / N"),),
    ],
    "bias_forgotten": [((_TO_BIAS, "pass"),)],
    "averaged_over_batch": [
        ((_GIVEN, "    return dX, dW / N, db / N"),),
        ((_GIVEN, "    return dX / N, dW / N, db / N"),),
    ],
    "dilation_ignored": [
        (("    N, C, H, W = X.shape\n", "    dy = dx = 1\n    N, C, H, W = X.shape\n"),),
        ((_TO_WEIGHT,
          "dW[k, c, i, j] += dV[n, k, y, x] * P[n, first + c, y * sy + i, x * sx + j]"),),
    ],
    "groups_ignored": [(("first = k // (K // groups) * D", "first = 0"),)],
    "filters_not_summed": [
        ((_TO_INPUT, _TO_INPUT.replace("+= ", "+= (k % (K // groups) == 0) * ")),),
        ((_TO_INPUT, _TO_INPUT.replace("+= ", "+= ((k + 1) % (K // groups) == 0) * ")),),
    ],
    "gradients_in_other_order": [
        ((_GIVEN, "    return dW, dX, db"),),
        ((_GIVEN, "    return dW, db, dX"),),
        ((_GIVEN, "    return dX, db, dW"),),
    ],
    "sign_wrong": [((_GIVEN, "    return -dX, -dW, -db"),)],
    "height_width_swapped": [
        ((_GIVEN, "    return dX.swapaxes(-1, -2), dW.swapaxes(-1, -2), db"),),
    ],
    "integer_truncated": [((_GIVEN, "    return dX.astype(int), dW.astype(int), db.astype(int)"),)],
    "batch_dropped": [
        (("    if not batch:\n        dX", "    if True:\n        dX"),),
        (("    if not batch:\n        dX", "    if N == 1:\n        dX"),),
    ],
    "batch_added": [(("    if not batch:\n        dX = dX[0]\n", ""),)],
}  # fmt: skip

_ALL: dict[str, dict[str, list[tuple[Edit, ...]]]] = {
    "output_size": _SIZE,
    "conv_parameters": _PARAMETERS,
    "correlate2d": _images("correlate2d"),
    "convolve2d": _images("convolve2d"),
    "conv2d": _CONV2D,
    "max_pool2d": {**_pooling("max_pool2d"), **_MAX},
    "avg_pool2d": {**_pooling("avg_pool2d"), **_AVG},
    "receptive_field": _FIELDS,
    "conv2d_backward": _BACKWARD,
}

MISTAKES = [
    Mistake(exercise, name, edits)
    for exercise, known in _ALL.items()
    for name, ways in known.items()
    for edits in ways
]

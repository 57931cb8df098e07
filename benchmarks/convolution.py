"""Print how long the book's convolutions take, as multiples of PyTorch's time on one thread."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import torch

from cnnbook import conv2d, conv2d_im2col

#: Name, shape of the input, shape of the weights, stride and padding.
LAYERS = (
    ("7×7, one 3×3 filter", (1, 1, 7, 7), (1, 1, 3, 3), 1, 0),
    ("32×32×3, ten 5×5 filters", (1, 3, 32, 32), (10, 3, 5, 5), 1, 2),
    ("56×56×64, thirty-two 1×1 filters", (1, 64, 56, 56), (32, 64, 1, 1), 1, 0),
    ("56×56×64, 64 filters of 3×3", (1, 64, 56, 56), (64, 64, 3, 3), 1, 1),
    ("224×224×3, 64 filters of 7×7, stride 2", (1, 3, 224, 224), (64, 3, 7, 7), 2, 3),
)


def main() -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    print(f"{'layer':40} {'PyTorch':>10} {'im2col':>9} {'loops':>9}")
    for name, input_shape, weight_shape, stride, padding in LAYERS:
        x = rng.standard_normal(input_shape, dtype=np.float32)
        w = rng.standard_normal(weight_shape, dtype=np.float32)
        options = {"stride": stride, "padding": padding}
        tensors = torch.from_numpy(x), torch.from_numpy(w)
        with torch.no_grad():
            theirs = seconds(torch.nn.functional.conv2d, *tensors, **options)
        columns = seconds(conv2d_im2col, x, w, **options)
        loops = seconds(conv2d, x, w, **options)
        print(f"{name:40} {theirs * 1e3:7.2f} ms {columns / theirs:8.1f}× {loops / theirs:8.1f}×")


def seconds(function: Callable[..., Any], *arguments: Any, **options: Any) -> float:
    """Return the shortest of up to five runs within about a second."""
    best, begin, runs = float("inf"), perf_counter(), 0
    while runs < 1 or (runs < 5 and perf_counter() - begin < 1):
        start = perf_counter()
        function(*arguments, **options)
        best = min(best, perf_counter() - start)
        runs += 1
    return best


if __name__ == "__main__":
    main()

"""The figures of pooling show what PyTorch keeps, and where it sends gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnbook.figures import pooling as draw
from cnnbook.figures.picture import Picture

SLICE = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]


def numbers(picture: Picture) -> list[str]:
    return [t.get_text() for t in picture.axes[0].texts if t.get_text().isdigit()]


def test_windows_show_the_lecture_slide() -> None:
    picture = draw.windows(SLICE)
    assert numbers(picture) == [str(n) for row in SLICE for n in row] + ["6", "8", "3", "4"]
    assert picture.alt.endswith("together they make 6 8, 3 4.")


@pytest.mark.parametrize(("kernel_size", "stride"), [(2, 2), (2, 3), (1, 2), (3, 3)])
def test_windows_pool_as_pytorch_does(kernel_size: int, stride: int) -> None:
    values = np.random.default_rng(1).integers(0, 10, (6, 9))
    pooled = functional.max_pool2d(
        torch.tensor(values[None], dtype=torch.float64), kernel_size, stride
    )
    picture = draw.windows(values, kernel_size=kernel_size, stride=stride)
    drawn = [int(n) for n in numbers(picture)[values.size :]]
    assert drawn == pooled.flatten().int().tolist()


def test_windows_must_not_overlap() -> None:
    with pytest.raises(ValueError, match="stride 2 must be at least kernel_size 3"):
        draw.windows(SLICE, kernel_size=3, stride=2)


@pytest.mark.parametrize(
    ("size", "kernel_size", "after"), [(224, 2, "112 × 112 × 64"), (9, 3, "3 × 3 × 64")]
)
def test_volume_keeps_its_depth(size: int, kernel_size: int, after: str) -> None:
    picture = draw.shrunk_volume(size=size, depth=64, kernel_size=kernel_size)
    written = [t.get_text() for t in picture.axes[0].texts]
    assert written[:2] == [f"{size} × {size} × 64", after]


def test_gradients_go_where_autograd_sends_them() -> None:
    x = torch.tensor([SLICE], dtype=torch.float64, requires_grad=True)
    upstream = torch.tensor([[[4.0, 8.0], [12.0, 16.0]]], dtype=torch.float64)
    by_max = torch.autograd.grad(functional.max_pool2d(x, 2), x, upstream)[0]
    by_average = torch.autograd.grad(functional.avg_pool2d(x, 2), x, upstream)[0]
    drawn = numbers(draw.gradients(SLICE, upstream[0].numpy()))
    assert [int(n) for n in drawn[20:36]] == by_max.flatten().int().tolist()
    assert [int(n) for n in drawn[36:]] == by_average.flatten().int().tolist()


def test_gradients_of_a_tie_go_to_the_first() -> None:
    picture = draw.gradients([[7, 7], [7, 7]], [[4]])
    assert "Max pooling: 4 0, 0 0. Average pooling: 1 1, 1 1." in picture.alt


@pytest.mark.parametrize(
    ("steps", "shifted", "pooled"),
    [
        (0, "0 0 1 1 0 0 1 1", "0 1 0 1"),
        (1, "0 0 0 1 1 0 0 1", "0 1 1 1"),
        (2, "0 0 0 0 1 1 0 0", "0 0 1 0"),
    ],
)
def test_shifts_show_the_signal_of_zhang(steps: int, shifted: str, pooled: str) -> None:
    picture = draw.shifts([0, 0, 1, 1, 0, 0, 1, 1], by=[steps])
    assert " ".join(numbers(picture)) == f"{shifted} {pooled}"
    assert f"Shifted by {steps}: {shifted} becomes {pooled}." in picture.alt


@pytest.mark.parametrize(("size", "kernel_size", "stride"), [(6, 3, 2), (7, 3, 3), (5, 2, 2)])
def test_last_window_counts_as_pytorch_does(size: int, kernel_size: int, stride: int) -> None:
    row = torch.zeros(1, size)
    counts = [
        functional.max_pool1d(row, kernel_size, stride, ceil_mode=ceil).shape[1]
        for ceil in (False, True)
    ]
    picture = draw.last_window(size, kernel_size=kernel_size, stride=stride)
    written = [t.get_text() for t in picture.axes[0].texts if "outputs" in t.get_text()]
    assert written == [f"{count} outputs" for count in counts]


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride", "reason"),
    [
        (7, 3, 2, "got 7, for which floor and ceil are both 3"),
        (5, 1, 3, "got 5, for which floor and ceil are both 2"),  # the third would start at 6
        (2, 3, 2, "kernel_size 3 .* more than the input"),
    ],
)
def test_last_window_needs_one_that_hangs_over(
    size: int, kernel_size: int, stride: int, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        draw.last_window(size, kernel_size=kernel_size, stride=stride)


def test_maps_say_their_sizes_and_ranges() -> None:
    picture = draw.pooled_maps({"before": np.arange(6.0).reshape(2, 3), "after": [[4, 5]]})
    assert [axes.get_title() for axes in picture.axes] == ["before: 2×3", "after: 1×2"]
    assert "before: 2×3, from 0 to 5." in picture.alt


def test_winners_are_the_first_of_equals() -> None:
    values = np.array([[0.0, 3, 1], [3, 0, 3]])
    assert draw.winner_positions(values, kernel_size=2, stride=1) == [[(0, 1), (0, 1)]]

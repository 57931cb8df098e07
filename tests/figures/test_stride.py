"""The stride's figures draw the numbers that they speak of."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.patches import Rectangle
from torch.nn import functional

from cnnbook.figures import stride as draw
from cnnbook.figures.picture import Picture


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.axes for text in axes.texts]


def hatched(picture: Picture) -> int:
    return sum(
        isinstance(patch, Rectangle) and bool(patch.get_hatch())
        for axes in picture.axes
        for patch in axes.patches
    )


def test_row_of_windows_shows_each_sum() -> None:
    # 1·3 + 2·0 − 2 = 1, 0 + 2·2 − 1 = 3, 2 + 2·1 − 4 = 0, 1 + 2·4 − 1 = 8, 4 + 2·1 − 2 = 4
    picture = draw.line_windows([3, 0, 2, 1, 4, 1, 2], [1, 2, -1])
    results = [
        after
        for sign, after in zip(texts(picture), texts(picture)[1:], strict=False)
        if sign == "="
    ]
    assert results == ["1", "3", "0", "8", "4"]
    assert "5 windows that start at pixels 0, 1, 2, 3, 4 give 1, 3, 0, 8, 4." in picture.alt


@pytest.mark.parametrize(
    ("strides", "unread", "sentence"),
    [
        (
            (1,),
            0,
            "With stride 1, 5 windows that start at pixels 0, 1, 2, 3, 4 give 1, 3, 0, 8, 4.",
        ),
        ((2,), 0, "With stride 2, 3 windows that start at pixels 0, 2, 4 give 1, 0, 4."),
        (
            (3,),
            1,
            "With stride 3, 2 windows that start at pixels 0, 3 give 1, 8; pixel 6 is not read.",
        ),
        (
            (2, 3),
            1,
            "With stride 2, 3 windows that start at pixels 0, 2, 4 give 1, 0, 4. With stride 3",
        ),
        (
            (5,),
            4,
            "1 window that starts at pixel 0 gives 1; pixels 3, 4, 5, 6 are not read.",
        ),
    ],
)
def test_row_of_windows_hatches_what_no_window_reads(
    strides: tuple[int, ...], unread: int, sentence: str
) -> None:
    picture = draw.line_windows([3, 0, 2, 1, 4, 1, 2], [1, 2, -1], strides)
    assert hatched(picture) == unread
    assert sentence in picture.alt


def test_row_of_windows_may_be_padded() -> None:
    picture = draw.line_windows([3, 0, 2], [1, 2, -1], padding=(1, 2))
    # 0 + 6 − 0, 3 + 0 − 2, 0 + 4 − 0, 2 + 0 − 0
    assert picture.alt == (
        "Input 3 0 2, padded with 1 zero before and 2 zeros after, and filter 1 2 −1. "
        "With stride 1, 4 windows that start at pixels −1, 0, 1, 2 give 6, 1, 4, 2."
    )
    assert hatched(picture) == 3


@pytest.mark.parametrize(
    ("stride", "titles", "fits"),
    [
        (1, ["columns 0–2", "columns 1–3", "columns 2–4", "columns 3–5", "columns 4–6"], True),
        (2, ["columns 0–2", "columns 2–4", "columns 4–6"], True),
        (3, ["columns 0–2", "columns 3–5", "columns 6–8"], False),
    ],
)
def test_sweep_has_a_panel_for_each_stop(stride: int, titles: list[str], fits: bool) -> None:
    picture = draw.sweep(7, 3, stride)
    assert [text for text in texts(picture) if text.startswith("columns")] == titles
    assert ("does not fit" in texts(picture)) is not fits
    assert ("which do not all exist" in picture.alt) is not fits
    assert "row" not in picture.alt


def test_sweep_can_start_the_next_row() -> None:
    picture = draw.sweep(7, 3, 2, next_row=True)
    assert texts(picture)[-1] == "rows 2–4"
    assert picture.alt.endswith("Then it starts again 2 rows further down.")


def test_subsampled_map_is_what_pytorch_computes() -> None:
    x = torch.arange(49.0).reshape(1, 1, 7, 7) ** 2 % 11
    weight = torch.tensor([[[[1.0, 2, 0], [0, 1, -1], [-1, 0, 1]]]])
    picture = draw.subsampled(functional.conv2d(x, weight)[0, 0].numpy(), 2)
    expected = functional.conv2d(x, weight, stride=2).flatten().int().tolist()
    numbers = [text.replace("−", "-") for text in texts(picture)]
    shown = numbers[numbers.index("stride 1") + 1 : numbers.index("stride 2")]
    assert list(map(int, shown)) == expected
    assert "Stride 2 keeps 9 of its 25 numbers" in picture.alt


@pytest.mark.parametrize(
    ("size", "lost", "ring", "words"),
    [
        (7, 13, 81 - 49, "1 zero before the input and 1 zero after it make room for 3 × 3 windows"),
        (
            8,
            28,
            81 - 64,
            "0 zeros before the input and 1 zero after it make room for 3 × 3 windows",
        ),
        (9, 0, 0, "0 zeros before the input and 0 zeros after it make room for 3 × 3 windows"),
    ],
)
def test_floor_and_same_hatch_the_unread_and_the_added(
    size: int, lost: int, ring: int, words: str
) -> None:
    picture = draw.floor_and_same(size, 3, 3)
    assert hatched(picture) == lost + ring
    assert f"{lost} pixels are never read" in picture.alt
    assert words in picture.alt


@pytest.mark.parametrize(("case", "lost"), [((8, 3, 2), 15), ((8, 1, 2), 48), ((7, 3, 2), 0)])
def test_never_read_hatches_pixels_without_a_gradient(
    case: tuple[int, int, int], lost: int
) -> None:
    size, kernel_size, stride = case
    x = torch.zeros(1, 1, size, size, requires_grad=True)
    y = functional.conv2d(x, torch.ones(1, 1, kernel_size, kernel_size), stride=stride)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert int((gradient == 0).sum()) == lost
    picture = draw.never_read([case])
    assert hatched(picture) == lost
    assert f"{lost} of {size * size}" in texts(picture)


def test_dilated_names_the_pixels_that_are_read() -> None:
    picture = draw.dilated(7, 3, [1, 2, 3])
    assert "Dilation 3: reads pixels 0, 3, 6, covers 7, 1 output." in picture.alt
    assert "dilation 2: covers 5, 3 outputs" in texts(picture)


def test_aliased_names_its_sizes() -> None:
    picture = draw.aliased(np.eye(9), np.eye(3), np.eye(2), 3)
    assert picture.alt == (
        "Left, the input of 9 × 9 pixels. Middle, its map of 3 × 3 with stride 3. "
        "Right, its map of 2 × 2 with stride 3 after a blur."
    )
    assert len(picture.axes) == 3


def test_aliased_leaves_it_to_the_chapter_what_is_seen() -> None:
    picture = draw.aliased(np.eye(9), np.eye(3), np.eye(2), 3, says="Diagonals.")
    assert picture.alt.endswith("after a blur. Diagonals.")


# From TensorFlow's notes on padding: VALID drops, SAME adds the odd zero at the end.
@pytest.mark.parametrize(
    ("size", "kernel_size", "stride", "sides"),
    [
        (13, 6, 5, (1, 2)),
        (224, 3, 2, (0, 1)),
        (224, 7, 2, (2, 3)),
        (7, 3, 1, (1, 1)),
        (8, 1, 2, (0, 0)),
    ],
)
def test_same_pads_more_at_the_end(
    size: int, kernel_size: int, stride: int, sides: tuple[int, int]
) -> None:
    assert draw.same_sides(size, kernel_size, stride) == sides

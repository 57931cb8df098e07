"""The figures of neurons in volumes draw and name what PyTorch computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.patches import Circle, Polygon, Rectangle
from torch.nn import functional

from cnnbook._writing import format_number
from cnnbook.figures import neuron_view as draw
from cnnbook.figures.palette import color
from cnnbook.figures.picture import Picture


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.axes for text in axes.texts]


def lit(picture: Picture) -> int:
    """Count the cells with the window's soft colour."""
    wanted = color("window-soft")
    return sum(
        isinstance(patch, Rectangle) and patch.get_facecolor()[:3] == rgb(wanted)
        for patch in picture.axes[0].patches
    )


def rgb(code: str) -> tuple[float, ...]:
    return tuple(int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))


@pytest.mark.parametrize("shape", [(3, 5, 5), (7,)])
def test_a_neuron_makes_what_pytorchs_makes(shape: tuple[int, ...]) -> None:
    inputs, weights = torch.randn(2, *shape, generator=torch.Generator().manual_seed(1)).double()
    picture = draw.one_neuron(inputs, weights, 0.5)
    output = functional.linear(inputs.flatten(), weights.flatten()[None]) + 0.5
    assert texts(picture)[-4] == "bias 0.5"
    assert format_number(float(output)) in texts(picture)
    assert picture.alt.endswith(f"make {format_number(float(output))}.")
    assert f"{inputs.numel()} inputs" in texts(picture)


@pytest.mark.parametrize(
    ("inputs", "weights", "reason"),
    [
        ([1, 2, 3, 4], [1, 2], "weights must be as many as the inputs, 4, but are 2"),
        ([1, 2, 3], [1, 2, 3], "inputs must be more than are shown, 3, but are 3"),
    ],
)
def test_a_neuron_that_cannot_be_drawn_is_refused(
    inputs: list[float], weights: list[float], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        draw.one_neuron(inputs, weights)


@pytest.mark.parametrize(
    ("size", "depth", "kernel_size", "filters", "neurons", "inputs"),
    [(32, 3, 5, 5, "28 × 28 × 5 neurons", 75), (10, 2, 3, 4, "8 × 8 × 4 neurons", 18)],
)
def test_column_counts_neurons_and_their_inputs(
    size: int, depth: int, kernel_size: int, filters: int, neurons: str, inputs: int
) -> None:
    picture = draw.depth_column(size=size, depth=depth, kernel_size=kernel_size, filters=filters)
    assert neurons in texts(picture)
    assert f"{filters} neurons look at the same {inputs} numbers" in texts(picture)
    assert f"the same {inputs} numbers" in picture.alt


@pytest.mark.parametrize(("size", "kernel_size"), [(32, 5), (10, 3), (6, 5), (5, 5), (100, 3)])
def test_column_marks_a_patch_inside_the_input(size: int, kernel_size: int) -> None:
    picture = draw.depth_column(size=size, depth=1, kernel_size=kernel_size, filters=1)
    sheets = [patch for patch in picture.axes[0].patches if isinstance(patch, Polygon)]
    corners = [np.asarray(sheet.get_xy()) for sheet in sheets]
    input_, patch, output = ((c.min(0).round(9), c.max(0).round(9)) for c in corners)
    (dot,) = (np.asarray(p.center) for p in picture.axes[0].patches if isinstance(p, Circle))
    assert (input_[0] <= patch[0]).all()
    assert (patch[1] <= input_[1]).all()
    assert (output[0] < dot).all()
    assert (dot < output[1]).all()
    # As many pixels lie before the patch as neurons before the one that reads it.
    pixel = (input_[1] - input_[0]) / size
    before = (patch[0] - input_[0]) / pixel
    np.testing.assert_allclose(before, (dot - output[0]) / pixel - 0.5, atol=1e-6)


def test_three_matrices_name_each_weight_once() -> None:
    picture = draw.three_matrices(inputs=5, kernel_size=3)
    written = texts(picture)
    assert [text for text in written if "weights" in text] == [
        "15 weights",
        "9 weights",
        "3 weights",
    ]
    numbers = [int(text) for text in written if text.isdigit()]
    dense, local, shared = numbers[:15], numbers[15:24], numbers[24:]
    assert dense == list(range(1, 16))
    assert local == list(range(1, 10))
    assert shared == [1, 2, 3] * 3


def test_matrix_is_drawn_as_pytorch_has_it() -> None:
    kernel = torch.arange(1.0, 10).reshape(1, 1, 3, 3)
    matrix = functional.conv2d(torch.eye(16).reshape(16, 1, 4, 4), kernel).reshape(16, 4).T.numpy()
    picture = draw.layer_matrix(matrix, size=4, positions=2)
    digits = [text for text in texts(picture) if text.isdigit()]
    assert digits == list("123456789") * 4
    assert "36 of 64 entries are not zero" in picture.alt
    # Output (1, 0) starts one image row, four pixels, further on than (0, 0).
    assert "output (1, 0) has 1 2 3 4 5 6 7 8 9 in columns 4 5 6 8 9 10 12 13 14" in picture.alt


def test_matrix_must_fit_the_image() -> None:
    with pytest.raises(ValueError, match="must be 4 × 9"):
        draw.layer_matrix(np.eye(3), size=3, positions=2)


@pytest.mark.parametrize(
    ("layers", "size", "seen"),
    [
        # (3 - 1)·2 + 2 = 6 neurons of the first layer, (6 - 1)·1 + 3 = 8 pixels
        ([("conv", 3, 1), ("pool", 2, 2), ("conv", 3, 1)], 12, [8, 6, 3, 1]),
        ([("conv", 3, 1), ("conv", 3, 1)], 7, [5, 3, 1]),
        ([("conv", 3, 2), ("conv", 3, 2)], 7, [7, 3, 1]),
        ([("conv", 2, 3)], 8, [2, 1]),
    ],
)
def test_stack_lights_what_the_top_sees(
    layers: list[tuple[str, int, int]], size: int, seen: list[int]
) -> None:
    picture = draw.stack_view(layers, size=size)
    assert lit(picture) == sum(seen)
    assert f"{seen[0]} pixels" in picture.alt
    assert any(text.startswith(f"{seen[0]} pixels") for text in texts(picture))


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([("conv", 2, 3)], "sees 2 pixels of the input."),
        (
            [("a", 1, 1), ("b", 1, 1)],
            "sees 1 neuron of layer 1 (a, F = 1, S = 1) and 1 pixel of the input.",
        ),
    ],
)
def test_stack_speaks_of_one_and_of_many(layers: list[tuple[str, int, int]], sentence: str) -> None:
    assert draw.stack_view(layers, size=8).alt.endswith(sentence)


def test_stack_measures_like_autograd() -> None:
    x = torch.ones(1, 1, 12, requires_grad=True)
    hidden = functional.avg_pool1d(functional.conv1d(x, torch.ones(1, 1, 3)), 2)
    (gradient,) = torch.autograd.grad(functional.conv1d(hidden, torch.ones(1, 1, 3))[0, 0, 1], x)
    picture = draw.stack_view([("conv", 3, 1), ("pool", 2, 2), ("conv", 3, 1)], size=12)
    assert f"{int((gradient != 0).sum())} pixels of the input" in picture.alt


def test_stack_must_fit() -> None:
    with pytest.raises(ValueError, match="does not fit on 2 numbers"):
        draw.stack_view([("pool", 2, 2), ("conv", 3, 1)], size=4)


def test_fields_on_a_photo_are_framed_where_they_are() -> None:
    photo = np.full((40, 40, 3), 0.5)
    picture = draw.fields_on_photo(photo, {"early": (18, 3), "late": (5, 30)})
    frames = {
        (patch.get_x(), patch.get_y(), patch.get_width())
        for patch in picture.axes[0].patches
        if isinstance(patch, Rectangle)
    }
    assert frames == {(18, 18, 3), (5, 5, 30)}
    assert texts(picture) == ["late: 30"]  # the small one has no room for its name
    assert "early 3 × 3, late 30 × 30" in picture.alt


def test_effective_field_says_the_share_of_its_inner_square() -> None:
    strength = np.zeros((7, 7))
    strength[3, 3], strength[3, 5] = 3, 1  # one inside the middle 3×3, one outside
    picture = draw.effective_field(strength, theoretical=5, central=3)
    assert "inner square of 3 × 3 pixels holds 75%" in picture.alt
    sides = [p.get_width() for p in picture.axes[0].patches if isinstance(p, Rectangle)]
    assert sides == [5, 3]


@pytest.mark.parametrize("says", ["", "It is a diagonal."])
def test_effective_field_leaves_its_shape_to_the_chapter(says: str) -> None:
    picture = draw.effective_field(np.eye(5), theoretical=5, central=3, says=says)
    assert picture.alt == (
        "Left, a map of gradients on 5 × 5 pixels, and about its middle a dashed square of 5 × 5 "
        "pixels, the theoretical field. Right, the middle row of that map. The inner square of "
        f"3 × 3 pixels holds 60% of the sum of all the gradients. {says}".rstrip()
    )

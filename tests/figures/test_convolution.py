"""The first chapter's figures show the numbers of independent computations."""

from __future__ import annotations

import re

import numpy as np
import pytest
from bs4 import BeautifulSoup
from scipy import signal

from cnnbook._writing import format_number
from cnnbook.figures import convolution as draw
from cnnbook.figures.picture import Picture
from cnnbook.figures.stepper import Stepper

IMAGE = [[1, 2, 0, 1, 3], [0, 1, 3, 2, 1], [2, 0, 1, 0, 2], [1, 3, 2, 1, 0], [0, 1, 0, 2, 1]]
KERNEL = [[1, 0, -1], [2, 1, 0], [0, -1, 1]]
UNEVEN = [[1, 2, 3, 4], [0, 1, -1, 2], [5, 0, 2, 1]]


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.axes[0].texts]


def page(stepper: Stepper) -> BeautifulSoup:
    return BeautifulSoup(stepper.html(), "html.parser")


def test_stepper_by_hand() -> None:
    # Row 0, column 1: the window 2 0 1, 1 3 2, 0 1 0 makes 2 − 1 + 2 + 3 − 1 = 5.
    assert draw.stepper(IMAGE, KERNEL).output[0, 1] == 2 - 1 + 2 + 3 - 1


@pytest.mark.parametrize(
    ("image", "kernel"),
    [(IMAGE, KERNEL), (UNEVEN, [[1, -2]]), (UNEVEN, [[1], [3]]), ([[7]], [[-1]])],
)
def test_steppers_output_is_scipys(image: list[list[int]], kernel: list[list[int]]) -> None:
    expected = signal.correlate2d(image, kernel, "valid")
    np.testing.assert_array_equal(Stepper(image, kernel).output, expected)


@pytest.mark.parametrize(("image", "kernel"), [(IMAGE, KERNEL), (UNEVEN, [[1, -2], [0, 3]])])
def test_each_frame_of_a_stepper_adds_up_to_its_output(
    image: list[list[int]], kernel: list[list[int]]
) -> None:
    expected = signal.correlate2d(image, kernel, "valid").ravel()
    frames = page(Stepper(image, kernel)).select(".frames p")
    assert len(frames) == expected.size
    for number, (frame, value) in enumerate(zip(frames, expected, strict=True)):
        factors = [
            [int(n.replace("−", "-")) for n in re.findall(r"−?\d+", span.get_text())]
            for span in frame.select(".sum span")
        ]
        assert len(factors) == np.size(kernel)
        assert sum(pixel * weight for pixel, weight in factors) == value
        assert frame.select_one("em").get_text() == format_number(value)  # type: ignore[union-attr]
        so_far = ", ".join(format_number(v) for v in expected[: number + 1])
        assert f"Output so far: {so_far}." in frame.get_text()


def test_each_position_of_a_stepper_is_a_native_choice_described_by_its_sum() -> None:
    soup = page(Stepper(UNEVEN, [[1, -2], [0, 3]]))
    radios = soup.select('fieldset input[type="radio"]')
    labels = [radio.parent.get_text() for radio in radios if radio.parent]
    assert labels == [f"row {r}, column {c}" for r in range(2) for c in range(3)]
    assert len({radio["name"] for radio in radios}) == 1
    assert [radio.has_attr("checked") for radio in radios] == [True] + 5 * [False]
    for radio, label in zip(radios, labels, strict=True):
        sentence = soup.find(id=radio["aria-describedby"])
        assert sentence is not None
        assert sentence.get_text().lower().startswith(f"{label}:")


def test_stepper_has_no_script_and_does_not_play_by_itself() -> None:
    html = Stepper(IMAGE, KERNEL).html()
    soup = page(Stepper(IMAGE, KERNEL))
    assert soup.find("script") is None
    assert not [tag for tag in soup.find_all(True) for key in tag.attrs if key.startswith("on")]
    play = soup.select_one('.play input[type="checkbox"]')
    assert play is not None
    assert not play.has_attr("checked")
    assert len(html.encode()) < 40_000


def test_steppers_rules_reach_no_other_element() -> None:
    soup = page(Stepper(IMAGE, KERNEL))
    name = soup.figure["id"]  # type: ignore[index]
    css = re.sub(r"@keyframes .*", "", str(soup.style.string))  # type: ignore[union-attr]
    selectors = re.findall(r"([^{}@]+)\{", re.sub(r"@[^{]+\{", "", css))
    assert len(selectors) > 20
    parts = [part for selector in selectors for part in selector.split(",")]
    assert all(part.startswith(f"#{name}") for part in parts)


def test_two_steppers_share_no_id() -> None:
    one, two = (
        {tag["id"] for tag in page(Stepper(IMAGE, kernel)).find_all(id=True)}
        for kernel in (KERNEL, [[1, 2], [3, 4]])
    )
    assert not one & two


@pytest.mark.parametrize(
    ("image", "kernel", "message"),
    [([1, 2], [[1]], "height × width"), ([[1, 2]], [[1, 1, 1]], "must fit")],
)
def test_stepper_refuses(image: list[int], kernel: list[list[int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stepper(image, kernel)


def test_steppers_drawing_shows_and_says_all_numbers() -> None:
    picture = Stepper(UNEVEN, [[1, -2]]).picture()
    shown = texts(picture)
    output = signal.correlate2d(UNEVEN, [[1, -2]], "valid").ravel()
    marked = {t.get_gid(): t.get_text() for t in picture.axes[0].texts if t.get_gid()}
    assert marked == {f"out-{k}": format_number(v) for k, v in enumerate(output)}
    assert {"Input", "Kernel", "Output"} <= set(shown)
    assert "Input, 3 by 4: 1 2 3 4, 0 1 −1 2, 5 0 2 1. Kernel, 1 by 2: 1 −2." in picture.alt


@pytest.mark.parametrize(
    ("values", "signed"), [([[0, 2], [1, 4]], False), ([[-3, 2], [1, -4]], True)]
)
def test_kernel_maps_say_range_and_scale(values: list[list[int]], signed: bool) -> None:
    picture = draw.kernel_maps([[0, 1], [1, 0]], {"blur": values}, subject="a cat")
    assert picture.alt.startswith("A grey photo of a cat, and its maps: ")
    low, high = np.min(values), np.max(values)
    range_ = f"blur, from {format_number(low)} to {format_number(high)}"
    assert range_ in picture.alt
    assert ("drawn about zero" in picture.alt) is signed
    limits = picture.axes[1].images[0].get_clim()
    assert limits == ((-4.0, 4.0) if signed else (0.0, 4.0))


def test_example_filters_are_distinct_and_scaled() -> None:
    filters = draw.example_filters()
    assert filters.shape == (32, 5, 5)
    np.testing.assert_allclose(np.abs(filters).sum(axis=(1, 2)), 1)
    np.testing.assert_allclose(filters[:24].sum(axis=(1, 2)), 0, atol=1e-12)
    assert len(np.unique(filters.round(6).reshape(32, -1), axis=0)) == 32


@pytest.mark.parametrize(
    ("number", "direction"), [(0, (0, 1)), (2, (1, 0)), (4, (0, -1)), (6, (-1, 0))]
)
def test_example_edges_grow_in_their_direction(number: int, direction: tuple[int, int]) -> None:
    y, x = np.mgrid[-2:3, -2:3]
    ramp = direction[0] * y + direction[1] * x
    assert (draw.example_filters()[number] * ramp).sum() > 0.5


def test_gallery_marks_filters_and_says_them() -> None:
    filters = np.zeros((32, 1, 2))
    filters[0], filters[11] = [[1, -0.5]], [[0.126, 0]]
    picture = draw.filter_gallery(filters, marked=[0, 11], says="Two are not zero.")
    assert texts(picture) == ["A", "B"]
    assert picture.alt == (
        "32 filters of 1 × 2 in 4 rows of 8. Two are not zero. "
        "Marked: A, row 0, column 0: 1 −0.5; B, row 1, column 3: 0.13 0."
    )
    assert len(picture.axes[0].images) == 32
    low, high = picture.axes[0].images[3].get_clim()
    assert low == -high


def test_more_marks_than_letters_are_refused() -> None:
    with pytest.raises(ValueError, match="marked must be at most 8, but got 9"):
        draw.filter_gallery(draw.example_filters(), marked=range(9))


def test_gallery_without_marks() -> None:
    assert draw.filter_gallery(np.ones((3, 2, 4))).alt == "3 filters of 2 × 4 in 1 row of 8."


def test_kernel_history_shows_each_step() -> None:
    learned = np.array([[1, -0.004, 2], [0, 0.5, 0], [0, 0, 3]])
    picture = draw.kernel_history({0: np.zeros((3, 3)), 7: learned})
    assert texts(picture)[9] == "Step 0"
    assert texts(picture)[10:] == ["1", "0", "2", "0", "0.5", "0", "0", "0", "3", "Step 7"]
    assert picture.alt.endswith("Step 7: 1 0 2, 0 0.5 0, 0 0 3.")


def test_impulse_returns_the_kernel_only_from_a_convolution() -> None:
    picture = draw.impulse_test([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert picture.alt.endswith(
        "Correlation: 9 8 7, 6 5 4, 3 2 1. Convolution: 1 2 3, 4 5 6, 7 8 9."
    )
    shown = texts(picture)
    assert shown[shown.index("Kernel") + 1 : shown.index("Correlation")] == list("987654321")
    assert shown[shown.index("Correlation") + 1 : shown.index("Convolution")] == list("123456789")


def test_shifted_scene_moves_the_map_along() -> None:
    scene = np.zeros((7, 8))
    scene[2:4, 2:4] = [[2, 0], [2, 1]]
    picture = draw.shifted_scene(scene, KERNEL, shift=(1, 2))
    shown = texts(picture)
    first, second = (i for i, text in enumerate(shown) if text == "Map")
    lower = shown.index("Input, 1 down, 2 to the right")
    expected = signal.correlate2d(scene, KERNEL, "valid")
    numbers = [format_number(value) for value in expected.ravel() if value]
    assert shown[shown.index("Input") + 1 : first] == numbers
    assert shown[lower + 1 : second] == numbers
    assert "The input 1 down and 2 to the right: " in picture.alt

"""The convolution explorer as a reader drives it, against PyTorch."""

from __future__ import annotations

import random
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
import traitlets
from torch.nn import functional

from cnnbook.widgets import ConvolutionExplorer

from .conftest import COPYING, PHONE, Open, Visit, typed_pairs

pytestmark = pytest.mark.browser
NAME = "convolution-explorer-1"
FIELDS = {
    "size": ("Input size N", "Input width"),
    "kernel_size": ("Filter size F", "Filter width"),
    "stride": ("Stride S", "Stride along the width"),
    "padding": ("Padding P", "Padding along the width"),
    "dilation": ("Dilation D", "Dilation along the width"),
}


def random_case(seed: int) -> dict[str, Any]:
    """Return random settings: mostly height ≠ width, and windows that often do not fit."""
    choose = random.Random(seed)
    rounding = choose.choice(["floor", "floor", "floor", "strict", "same"])

    def pair(low: int, high: int) -> tuple[int, int]:
        return choose.randint(low, high), choose.randint(low, high)

    while True:
        size, kernel, stride = pair(1, 10), pair(1, 5), pair(1, 4)
        padding, dilation = pair(0, 3), pair(1, 3)
        covered = [d * (f - 1) + 1 for f, d in zip(kernel, dilation, strict=True)]
        whole = [n + 2 * p for n, p in zip(size, padding, strict=True)]
        if rounding == "same" or all(c <= n for c, n in zip(covered, whole, strict=True)):
            break
    decimals = choose.choice([0, 0, 2])

    def plane(height: int, width: int) -> list[list[float]]:
        draw = [
            [round(choose.uniform(-9, 9), decimals) for _ in range(width)] for _ in range(height)
        ]
        return [[int(x) if x == int(x) else x for x in row] for row in draw]

    return {
        "size": size,
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "rounding": rounding,
        "flip": choose.random() < 0.3,
        "input": plane(*size),
        "weight": plane(*kernel),
    }


def actions(case: dict[str, Any]) -> dict[str, Any]:
    """Return what a reader does to have a case's settings."""
    flip = "True convolution: rotate the filter first"
    return {
        "checks": {"Height and width differ": True, flip: case["flip"]},
        "selects": {"Where it does not fit": case["rounding"]},
        "fields": typed_pairs(FIELDS, case),
        "cells": {"Input": case["input"], "Filter": case["weight"]},
    }


def expected_output(case: dict[str, Any]) -> Any:
    """Return PyTorch's output; None where the formula gives a fraction and that is an error."""
    image = torch.tensor(case["input"], dtype=torch.float64)[None, None]
    weight = torch.tensor(case["weight"], dtype=torch.float64)[None, None]
    if case["flip"]:
        weight = weight.flip(2, 3)
    settings: dict[str, Any] = {"stride": case["stride"], "dilation": case["dilation"]}
    if case["rounding"] == "same":
        if case["stride"] == (1, 1):
            return functional.conv2d(image, weight, padding="same", **settings)[0, 0].numpy()
        image = functional.pad(image, _tensorflow_padding(case))
    else:
        settings["padding"] = case["padding"]
        whole = np.add(case["size"], np.multiply(2, case["padding"]))
        covered = np.multiply(case["dilation"], np.subtract(case["kernel_size"], 1)) + 1
        if case["rounding"] == "strict" and any((whole - covered) % case["stride"]):
            return None
    return functional.conv2d(image, weight, **settings)[0, 0].numpy()


def _tensorflow_padding(case: dict[str, Any]) -> list[int]:
    """Return left, right, top, bottom as TensorFlow's notes on padding."""
    sides: list[int] = []
    for axis in (1, 0):
        n, s = case["size"][axis], case["stride"][axis]
        covered = case["dilation"][axis] * (case["kernel_size"][axis] - 1) + 1
        total = max(covered - s, 0) if n % s == 0 else max(covered - n % s, 0)
        sides += [total // 2, total - total // 2]
    return sides


@pytest.fixture(scope="module")
def visit(open_for_module: Open) -> Visit:
    return open_for_module(ConvolutionExplorer())


@pytest.mark.parametrize("seed", range(220))
def test_its_output_is_pytorchs(visit: Visit, seed: int) -> None:
    case = random_case(seed)
    tables = visit.drive(NAME, **actions(case))
    assert tables["Input"] == case["input"]
    assert tables["Filter"] == case["weight"]
    expected = expected_output(case)
    if expected is None:
        assert "Output" not in tables
    else:
        assert np.shape(tables["Output"]) == expected.shape
        np.testing.assert_allclose(tables["Output"], expected, atol=6e-4)
        # The first position is explained: its products add up to the first output.
        assert np.sum(tables["Products"]) == pytest.approx(expected[0, 0], abs=6e-3)
    assert visit.errors == []


@pytest.mark.parametrize("seed", range(1000, 1024))
def test_python_and_the_page_agree_about_the_output(seed: int) -> None:
    case = random_case(seed)
    explorer = ConvolutionExplorer(**{key: case[key] for key in case if key != "size"})
    expected = expected_output(case)
    shape = (0, 0) if expected is None else expected.shape
    assert explorer.output().shape == shape
    if expected is not None:
        np.testing.assert_allclose(explorer.output(), expected)


@pytest.mark.parametrize("seed", [1, 2, 5, 8, 13, 21])
def test_the_code_that_it_copies_gives_what_it_shows(open_page: Open, seed: int) -> None:
    case = {**random_case(seed), "rounding": "same" if seed % 2 else "floor"}
    case["padding"] = (4, 4)
    widget = ConvolutionExplorer(**{key: case[key] for key in case if key != "size"})
    visit = open_page(widget, **COPYING)
    scope = visit.run_copied(NAME)
    shown = visit.drive(NAME)["Output"]
    np.testing.assert_allclose(shown, scope["output"][0, 0], atol=6e-4)


def test_what_does_not_fit_is_said_in_the_lectures_words(open_page: Open) -> None:
    figure = open_page(ConvolutionExplorer(stride=3)).figure(NAME)
    text = figure.inner_text()
    assert "Doesn’t fit! Cannot apply 3×3 filter on 7×7 input with stride 3" in text
    assert "7/3 is no whole number" in text
    assert "13 pixels are never read" in text
    assert figure.locator(".unread").count() == 13
    figure.get_by_label("Where it does not fit").select_option("strict")
    assert "So there is no output." in figure.inner_text()
    assert figure.get_by_role("table", name="Output").count() == 0
    figure.get_by_label("Where it does not fit").select_option("same")
    assert "1 above, 1 below, 1 left, 1 right" in figure.inner_text()
    assert figure.locator(".unread").count() == 0


@pytest.mark.parametrize(
    ("traits", "unread", "words"),
    [
        # Stride 3 on 5 pixels reads 0 and 3: 2·2 of 25.
        (
            {"input_size": 5, "kernel_size": 1, "stride": 3, "rounding": "same"},
            21,
            "7/3 is rounded down: the output is 2×2, and 21 pixels are never read (hatched).",
        ),
        (
            {"input_size": 4, "kernel_size": 1, "stride": 3},
            12,
            "It fits. The output is 2×2, and 12 pixels are never read (hatched).",
        ),
        (
            {"input_size": 4, "kernel_size": 2, "stride": 2, "rounding": "same"},
            0,
            "0 above, 0 below, 0 left, 0 right. The output is 2×2.",
        ),
        ({"input_size": 4, "kernel_size": 2, "stride": 2}, 0, "It fits. The output is 2×2."),
    ],
)
def test_pixels_that_no_window_reads_are_hatched_and_counted_whatever_fits(
    open_page: Open, traits: dict[str, Any], unread: int, words: str
) -> None:
    widget = ConvolutionExplorer(**traits)
    figure = open_page(widget).figure(NAME)
    assert figure.locator(".verdict").inner_text().endswith(words)
    assert figure.locator(".unread").count() == unread
    assert len(widget._unread()) == unread


def test_the_formula_has_the_numbers_put_in(open_page: Open) -> None:
    figure = open_page(ConvolutionExplorer(input_size=8, stride=2, padding=1)).figure(NAME)
    formula = figure.locator(".formula").text_content().replace(" ", "")
    assert formula == "N+2P−FS+1=8+2·1−32+1=92"


def test_pointing_at_an_output_shows_what_it_reads(open_page: Open) -> None:
    visit = open_page(ConvolutionExplorer(stride=2, dilation=2, padding=1))
    figure = visit.figure(NAME)
    figure.get_by_role("table", name="Output").locator("button").nth(3).hover()
    read = (
        figure.get_by_role("table", name="Input")
        .locator("td")
        .evaluate_all(
            "cells => cells.filter(cell => cell.matches('.read'))"
            ".map(cell => [cell.parentNode.rowIndex, cell.cellIndex])"
        )
    )
    # Output row 1, column 0 starts at row 2·1 − 1 and column −1, and reads every second pixel.
    assert read == [[y, x] for y in (1, 3, 5) for x in (1, 3)]
    assert "Output row 1, column 0" in figure.get_by_role("status").first.inner_text()


def test_pointing_at_a_pixel_shows_every_output_that_reads_it(open_page: Open) -> None:
    figure = open_page(ConvolutionExplorer()).figure(NAME)
    pixels = figure.get_by_role("table", name="Input").locator("input")
    for index, count in ((0, 1), (1, 2), (24, 9)):
        pixels.nth(index).hover()
        assert figure.get_by_role("table", name="Output").locator(".marked").count() == count
    assert "9 outputs read this pixel" in figure.get_by_role("status").first.inner_text()


def test_it_steps_by_button_slider_and_arrow_keys(open_page: Open) -> None:
    visit = open_page(ConvolutionExplorer())
    figure = visit.figure(NAME)
    status = figure.get_by_role("status").first
    figure.get_by_role("button", name="Next position").click()
    assert "row 0, column 1" in status.inner_text()
    figure.get_by_label("Output position").press("End")
    assert "row 4, column 4" in status.inner_text()
    assert figure.get_by_role("button", name="Next position").is_disabled()
    figure.get_by_role("table", name="Output").locator("button").nth(24).focus()
    visit.page.keyboard.press("ArrowUp")
    visit.page.keyboard.press("ArrowLeft")
    assert "row 3, column 3" in status.inner_text()


def test_all_of_it_works_by_keyboard(open_page: Open) -> None:
    """From the first control on, with Tab, arrows, space and digits alone."""
    visit = open_page(ConvolutionExplorer())
    figure, keyboard = visit.figure(NAME), visit.page.keyboard
    figure.get_by_label("Input size N").focus()
    keyboard.press("ArrowDown")
    for key in ("Tab", "Tab", "ArrowUp", "Tab", "Tab", "Tab", "Tab", "Space", "Tab"):
        keyboard.press(key)
    keyboard.press("Tab")  # from the choice to the input, of which one cell is in the tab order
    keyboard.press("ArrowRight")
    keyboard.press("ArrowDown")
    keyboard.type("-7.5")
    keyboard.press("Tab")
    keyboard.type("2")
    keyboard.press("Tab")
    keyboard.press("ArrowRight")
    tables = visit.drive(NAME)
    assert np.shape(tables["Input"]) == (6, 6)
    assert tables["Input"][1][1] == -7.5
    assert tables["Filter"][0][0] == 2
    assert np.shape(tables["Output"]) == (2, 2)
    assert figure.get_by_label("True convolution").is_checked()
    assert "row 0, column 1" in figure.get_by_role("status").first.inner_text()
    focused = visit.page.evaluate("document.activeElement.closest('table').caption.textContent")
    assert focused == "Output"


@pytest.mark.parametrize(
    ("label", "text", "message"),
    [
        ("Stride S", "abc", "Stride S must be a whole number from 1 to 8, not “abc”."),
        ("Stride S", "", "Stride S must be a whole number from 1 to 8, but it is empty."),
        ("Padding P", "1000000", "Padding P must be a whole number from 0 to 5, not 1000000."),
        ("Dilation D", "1.5", "Dilation D must be a whole number from 1 to 5, not “1.5”."),
        ("Filter size F", "9", "The filter would cover 9 pixels, but the padded input has only 7."),
    ],
)
def test_bad_input_gives_a_message_and_changes_nothing(
    visit: Visit, label: str, text: str, message: str
) -> None:
    visit.refuses_until_start(NAME, label, text, message)


def test_a_bad_number_in_a_grid_gives_a_message_and_changes_nothing(visit: Visit) -> None:
    visit.refuses_a_word_in_the_input(NAME)


def test_a_filter_that_was_too_large_is_taken_once_the_input_is_larger(visit: Visit) -> None:
    figure = visit.start_again(NAME)
    figure.get_by_label("Filter size F").fill("9")
    figure.get_by_label("Input size N").fill("10")
    assert np.shape(visit.drive(NAME)["Output"]) == (2, 2)
    assert figure.locator("[aria-invalid]").count() == 0


def test_typing_a_size_costs_no_number(open_page: Open) -> None:
    visit = open_page(ConvolutionExplorer(input_size=5, kernel_size=3))
    figure = visit.figure(NAME)
    diagonal = {f"Input, row {i}, column {i}": str(9 - i) for i in range(3)}
    for label, text in (diagonal | {"Filter, row 2, column 2": "7"}).items():
        figure.get_by_label(label).fill(text)
    before = visit.drive(NAME)
    size = figure.get_by_label("Input size N", exact=True)
    for text in ("1", "10"):  # as the keyboard types it
        size.fill(text)
    grown = visit.drive(NAME)["Input"]
    assert [line[:5] for line in grown[:5]] == before["Input"]
    size.fill("5")
    kernel = figure.get_by_label("Filter size F", exact=True)
    for text in ("1", "11"):
        kernel.fill(text)
    assert "The filter would cover 11 pixels" in figure.inner_text()
    kernel.fill("3")
    assert visit.drive(NAME) == before


def test_numbers_that_were_cut_off_are_gone_when_the_field_is_left(open_page: Open) -> None:
    visit = open_page(ConvolutionExplorer(input_size=5, kernel_size=1))
    figure = visit.figure(NAME)
    size = figure.get_by_label("Input size N", exact=True)
    first = visit.drive(NAME)["Input"]
    figure.get_by_label("Input, row 4, column 4").fill("9")
    size.fill("4")
    figure.get_by_role("button", name="Start again").click()
    assert visit.drive(NAME)["Input"] == first
    size.fill("4")
    figure.get_by_label("Input, row 0, column 0").fill("8")
    size.fill("5")
    grown = visit.drive(NAME)["Input"]
    assert (grown[0][0], grown[4][4]) == (8, first[4][4])


@pytest.mark.parametrize("sizes", [{"input_size": 12}, {"input_size": 16, "padding": 5}], ids=str)
def test_a_sign_stays_beside_its_grid_where_the_equation_is_wide(
    open_page: Open, sizes: dict[str, int]
) -> None:
    visit = open_page(ConvolutionExplorer(**sizes), viewport={"width": 712, "height": 900})
    figure = visit.figure(NAME)
    signs = figure.locator(".sign").all()
    for sign, name in zip(signs, ("Filter", "Output"), strict=True):
        grid = figure.get_by_role("table", name=name, exact=True)
        assert 0 < grid.bounding_box()["x"] - sign.bounding_box()["x"] < 60


def test_a_link_restores_the_exact_state(open_page: Open) -> None:
    visit = open_page(ConvolutionExplorer(), **COPYING)
    case = random_case(17)
    visit.drive(
        NAME,
        checks={"Height and width differ": True},
        fields={"Stride S": 2, "Stride along the width": 3, "Padding P": 2},
        cells={"Filter": [[0.5, -1, 2], [3, 4, 5], [6, 7, case["input"][0][0]]]},
    )
    figure = visit.figure(NAME)
    figure.get_by_role("button", name="Next position").click()
    again = open_page(ConvolutionExplorer(), hash=visit.link(NAME), **COPYING)
    assert again.drive(NAME) == visit.drive(NAME)
    assert again.figure(NAME).inner_text().split("Copy link")[0] == figure.inner_text().split(
        "Copy link"
    )[0].replace(" Copied", "")


@pytest.mark.parametrize(
    "state",
    [
        *("%7B", "null", '{"stride":[0,1]}', '{"input":[[1,"<b>"]]}', '{"position":"x"}'),
        *('{"rounding":"toString"}', '{"rounding":["same"]}', '{"rounding":"__proto__"}'),
    ],
)
def test_a_broken_link_says_so_and_shows_the_first_state(open_page: Open, state: str) -> None:
    first = open_page(ConvolutionExplorer())
    broken = open_page(ConvolutionExplorer(), hash=f"#{NAME}={state}")
    assert broken.drive(NAME) == first.drive(NAME)
    if state != "null":
        assert "link’s settings cannot be shown" in broken.figure(NAME).inner_text().replace(
            "'", "’"
        )
    assert broken.errors == []


@pytest.mark.parametrize("width", [900, PHONE["width"]])
@pytest.mark.parametrize(
    "traits",
    [
        {},
        {"stride": 3},
        {"input_size": (5, 9), "kernel_size": (3, 2), "padding": (1, 0)},
        {"input_size": 5, "kernel_size": 3, "padding": 1, "rounding": "same", "stride": 2},
        {"kernel_size": 6},
    ],
    ids=str,
)
def test_nothing_moves_when_it_starts(open_page: Open, traits: dict[str, Any], width: int) -> None:
    widget = ConvolutionExplorer(**traits)
    view = {"width": width, "height": 900}
    visit = open_page(widget, viewport=view)
    running, still = visit.heights(NAME)
    assert still == pytest.approx(running, abs=0.5)


def test_on_a_phone_the_two_fractions_stand_apart(open_page: Open) -> None:
    figure = open_page(ConvolutionExplorer(), viewport=PHONE).figure(NAME)
    letters, numbers = (part.bounding_box() for part in figure.locator(".formula math").all())
    assert numbers["y"] - letters["y"] - letters["height"] >= 12


def test_its_picture_hatches_the_padding_behind_the_numbers() -> None:
    widget = ConvolutionExplorer(input_size=1, kernel_size=3, padding=1)
    parts = list(ElementTree.fromstring(widget.still()))
    hatchings = [place for place, part in enumerate(parts) if part.get("stroke-opacity")]
    assert len(hatchings) == 3 * 3 - 1
    for place in hatchings:
        assert parts[place].attrib["d"].count("M") >= 5
        assert parts[place + 1].text == "0"


def test_without_scripts_its_picture_is_there(open_page: Open) -> None:
    visit = open_page(ConvolutionExplorer(padding=1), wait=False, java_script_enabled=False)
    picture = visit.page.get_by_role("img")
    assert picture.is_visible()
    assert "Output: " in str(picture.get_attribute("aria-label"))
    assert visit.page.locator("table").count() == 0


@pytest.mark.parametrize(
    ("trait", "value", "reason"),
    [
        ("stride", 0, "stride must be a whole number from 1 to 8"),
        ("stride", (1, 2, 3), "or a pair of them, but got"),
        ("padding", 1.5, "padding must be a whole number"),
        ("kernel_size", 9, "the filter would cover 9 pixels of a padded input of 7"),
        ("input", [[1, 2], [3]], "input must be rows of equal length"),
        ("weight", [[float("nan")]], "weight must be rows of equal length"),
        ("rounding", "round", "rounding"),
    ],
)
def test_a_wrong_trait_raises(trait: str, value: object, reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        ConvolutionExplorer(**{trait: value})
    explorer = ConvolutionExplorer()
    with pytest.raises(traitlets.TraitError, match=reason):
        setattr(explorer, trait, value)


def test_sizes_and_numbers_follow_each_other() -> None:
    explorer = ConvolutionExplorer(weight=np.ones((2, 3)))
    assert explorer.kernel_size == (2, 3)
    explorer.kernel_size = (3, 1)
    assert explorer.weight[:2] == [[1], [1]]
    assert len(explorer.weight) == 3
    explorer.input = [[1, 2, 3, 4]] * 5
    assert explorer.input_size == (5, 4)
    with pytest.raises(traitlets.TraitError, match="give one of the two"):
        ConvolutionExplorer(weight=[[1]], kernel_size=2)


@pytest.mark.parametrize(
    ("trait", "value", "reason"),
    [
        ("weight", np.ones((9, 9)), r"weight cannot have the shape \(9, 9\): .* 9 pixels .* of 7"),
        ("input", np.ones((2, 2)), r"input cannot have the shape \(2, 2\): .* 3 pixels .* of 2"),
    ],
    ids=["weight", "input"],
)
def test_numbers_that_are_refused_do_not_stay(trait: str, value: Any, reason: str) -> None:
    explorer = ConvolutionExplorer()
    before = explorer.state()
    with pytest.raises(traitlets.TraitError, match=reason):
        setattr(explorer, trait, value)
    assert explorer.state() == before
    assert explorer.output().shape == (5, 5)


def test_input_and_filter_may_grow_together() -> None:
    """As a view in Jupyter sends them, and as they are given at the start."""
    large = {"input": np.ones((12, 10)).tolist(), "weight": np.ones((9, 9)).tolist()}
    assert ConvolutionExplorer(**large).output().shape == (4, 2)
    explorer = ConvolutionExplorer()
    explorer.set_state({**large, "input_size": [12, 10], "kernel_size": [9, 9]})
    assert explorer.output().shape == (4, 2)
    small = {"input": [[2]], "weight": [[1]]}
    explorer.set_state({**small, "input_size": [1, 1], "kernel_size": [1, 1]})
    assert explorer.output().tolist() == [[2]]


def test_one_product_is_no_products(open_page: Open) -> None:
    status = open_page(ConvolutionExplorer(kernel_size=1)).figure(NAME).get_by_role("status").first
    assert ": 1 product, sum " in status.inner_text()


def test_what_is_said_about_a_broken_link_goes_with_the_next_edit(open_page: Open) -> None:
    figure = open_page(ConvolutionExplorer(), hash=f"#{NAME}=%7B").figure(NAME)
    assert "settings cannot be shown" in figure.inner_text()
    figure.get_by_label("Stride S", exact=True).fill("2")
    assert "settings cannot be shown" not in figure.inner_text()

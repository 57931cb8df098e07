"""The volume explorer as a reader drives it, against PyTorch."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from torch.nn import functional as F

from cnnbook.widgets import VolumeExplorer

from .conftest import COPYING, PHONE, Open, Visit, typed_pairs

NAME = "volume-explorer-1"
FIELDS = {
    "size": ("Input size N", "Input width"),
    "kernel_size": ("Filter size F", "Filter width"),
    "stride": ("Stride S", "Stride along the width"),
    "padding": ("Padding P", "Padding along the width"),
}


def _case(seed: int) -> dict[str, Any]:
    """Return random settings: mostly height ≠ width, and windows that often do not fit."""
    choose = random.Random(seed)

    def pair(low: int, high: int) -> tuple[int, int]:
        return choose.randint(low, high), choose.randint(low, high)

    while True:
        size, kernel, stride, padding = pair(1, 6), pair(1, 3), pair(1, 4), pair(0, 3)
        whole = [n + 2 * p for n, p in zip(size, padding, strict=True)]
        if all(f <= n for f, n in zip(kernel, whole, strict=True)):
            break
    channels, filters, decimals = choose.randint(1, 3), choose.randint(1, 3), choose.choice([0, 2])

    def numbers(*shape: int) -> Any:
        if shape:
            return [numbers(*shape[1:]) for _ in range(shape[0])]
        return round(choose.uniform(-9, 9), decimals)

    return {
        "size": size,
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "input": numbers(channels, *size),
        "weight": numbers(filters, channels, *kernel),
        "bias": numbers(filters),
    }


def _expected(case: dict[str, Any]) -> Any:
    image, weight, bias = (
        torch.tensor(case[name], dtype=torch.float64) for name in ("input", "weight", "bias")
    )
    return F.conv2d(image, weight, bias, stride=case["stride"], padding=case["padding"]).numpy()


def _traits(case: dict[str, Any]) -> dict[str, Any]:
    return {name: case[name] for name in ("input", "weight", "bias", "stride", "padding")}


@pytest.fixture(scope="module")
def visit(open_for_module: Open) -> Visit:
    return open_for_module(VolumeExplorer())


def assert_case_is_right(visit: Visit, seed: int) -> None:
    """Drive the figure with random settings, and compare what it shows with PyTorch."""
    case = _case(seed)
    # A filter that is too large for the last case's input becomes possible with this one's.
    fields = {"Input depth D": len(case["input"]), "Filters K": len(case["bias"])}
    fields |= typed_pairs(FIELDS, case)
    cells = {f"Input, channel {c}": plane for c, plane in enumerate(case["input"])}
    cells |= {
        f"Filter {k}, channel {c}": plane
        for k, planes in enumerate(case["weight"])
        for c, plane in enumerate(planes)
    }
    cells |= {f"Bias {k}": [[number]] for k, number in enumerate(case["bias"])}
    visit.drive(NAME, checks={"Height and width differ": True}, fields=fields)
    tables = visit.drive(NAME, cells=cells)
    assert {name: tables[name] for name in cells} == cells
    maps = np.array([tables[f"Output, map {k}"] for k in range(len(case["bias"]))])
    expected = _expected(case)
    assert maps.shape == expected.shape
    np.testing.assert_allclose(maps, expected, atol=6e-4)
    # One output is explained: products, the sum of each channel, their sum, the bias, the output.
    position = visit.page.evaluate("document.querySelector('[aria-current]').ariaLabel")
    k, row, column = (int(part.split()[-1]) for part in position.split(":")[0].split(","))
    ledger = [line[1] for line in tables["Partial sums"]]
    parts = [np.sum(tables[f"Products, channel {c}"]) for c in range(len(case["input"]))]
    np.testing.assert_allclose(ledger[: len(parts)], parts, atol=0.02)
    total, bias, output = ledger[len(parts) :]
    assert total == pytest.approx(sum(ledger[: len(parts)]), abs=3e-3)
    assert bias == case["bias"][k]
    assert output == pytest.approx(expected[k, row, column], abs=6e-4)
    assert visit.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(220))
def test_its_maps_are_pytorchs(visit: Visit, seed: int) -> None:
    assert_case_is_right(visit, seed)


@pytest.mark.parametrize("seed", range(1000, 1024))
def test_python_and_pytorch_agree_about_the_output(seed: int) -> None:
    case = _case(seed)
    np.testing.assert_allclose(VolumeExplorer(**_traits(case)).output(), _expected(case))


@pytest.mark.browser
@pytest.mark.parametrize("seed", [1, 2, 5, 8])
def test_the_code_that_it_copies_gives_what_it_shows(open_page: Open, seed: int) -> None:
    widget = VolumeExplorer(**_traits(_case(seed)))
    visit = open_page(widget, **COPYING)
    scope = visit.run_copied(NAME)
    tables = visit.drive(NAME)
    shown = [tables[f"Output, map {k}"] for k in range(widget.out_channels)]
    np.testing.assert_allclose(shown, scope["output"][0], atol=6e-4)


@pytest.mark.browser
def test_it_starts_with_the_chapters_example(visit: Visit) -> None:
    figure = visit.start_again(NAME)
    tables = visit.drive(NAME)
    assert [line[1] for line in tables["Partial sums"]] == [1, 4, -1, 4, 1, 5]
    text = figure.inner_text()
    assert "The input is 5×5×3, each filter is 3×3×3, and the output is 3×3×2." in text
    assert "27 products; 1 + 4 − 1, and the bias + 1, make 5." in text
    learned = figure.locator("math").last.text_content().replace(" ", "")
    assert learned == "(3·3·3)·2+2=56"


@pytest.mark.browser
def test_a_wrong_bias_or_depth_shows_in_the_whole_map(visit: Visit) -> None:
    visit.start_again(NAME)
    before = visit.drive(NAME)
    after = visit.drive(NAME, cells={"Bias 1": [[10]]})
    assert after["Output, map 0"] == before["Output, map 0"]
    np.testing.assert_array_equal(after["Output, map 1"], np.add(before["Output, map 1"], 10))


@pytest.mark.browser
def test_pointing_explains_outputs_and_pixels(visit: Visit) -> None:
    figure = visit.start_again(NAME)
    status = figure.get_by_role("status").first
    figure.get_by_role("table", name="Output, map 1").locator("button").nth(4).hover()
    assert "Map 1, row 1, column 1" in status.inner_text()
    assert figure.locator(".active table").evaluate_all(
        "tables => tables.map(table => table.caption.textContent)"
    ) == [*(f"Filter 1, channel {c}" for c in range(3)), "Bias 1"]
    read = figure.locator("table .read")
    assert read.count() == 27
    figure.get_by_role("table", name="Input, channel 2").locator("input").nth(6).hover()
    assert "This pixel is read at 4 positions, by each of 2 filters: 8 outputs." in (
        status.inner_text()
    )
    assert figure.locator("table .marked").count() == 8


@pytest.mark.browser
def test_all_of_it_works_by_keyboard(open_page: Open) -> None:
    visit = open_page(VolumeExplorer())
    figure, keyboard = visit.figure(NAME), visit.page.keyboard
    figure.get_by_label("Input size N").focus()
    for key in ("Tab", "ArrowDown", "Tab", "ArrowUp", "Tab", "Tab", "ArrowDown", "Tab", "Tab"):
        keyboard.press(key)
    keyboard.press("Tab")  # the first channel, of which one cell is in the tab order
    keyboard.press("ArrowDown")
    keyboard.type("-7.5")
    tables = visit.drive(NAME)
    assert tables["Input, channel 0"][1][0] == -7.5
    assert "Input, channel 2" not in tables
    assert np.shape(tables["Output, map 2"]) == (5, 5)
    slider = figure.get_by_label("Output position")
    slider.focus()
    keyboard.press("End")
    assert "Map 2, row 4, column 4" in figure.get_by_role("status").first.inner_text()
    assert figure.get_by_role("button", name="Next position").is_disabled()
    figure.get_by_role("button", name="Previous position").click()
    assert "Map 2, row 4, column 3" in figure.get_by_role("status").first.inner_text()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("label", "text", "message"),
    [
        ("Filters K", "five", "Filters K must be a whole number from 1 to 4, not “five”."),
        ("Input depth D", "", "Input depth D must be a whole number from 1 to 4, but it is empty."),
        ("Stride S", "1000000", "Stride S must be a whole number from 1 to 4, not 1000000."),
        ("Input size N", "0", "Input size N must be a whole number from 1 to 8, not 0."),
    ],
)
def test_bad_input_gives_a_message_and_changes_nothing(
    visit: Visit, label: str, text: str, message: str
) -> None:
    visit.refuses_until_start(NAME, label, text, message)


@pytest.mark.browser
def test_typing_a_size_costs_no_number(open_page: Open) -> None:
    visit = open_page(VolumeExplorer())
    figure = visit.figure(NAME)
    for table, row, column in (
        ("Input, channel 2", 4, 4),
        ("Filter 1, channel 2", 2, 2),
        ("Bias 1", 0, 0),
    ):
        figure.get_by_label(f"{table}, row {row}, column {column}", exact=True).fill("9")
    before = visit.drive(NAME)
    for label, typed in {
        "Input size N": ("1", "10", "5"),
        "Filter size F": ("1", "3"),
        "Input depth D": ("1", "3"),
        "Filters K": ("1", "2"),
    }.items():
        for text in typed:
            figure.get_by_label(label, exact=True).fill(text)
        assert visit.drive(NAME) == before


@pytest.mark.browser
def test_a_filter_that_is_too_large_is_refused(visit: Visit) -> None:
    figure = visit.figure(NAME)
    visit.drive(NAME, fields={"Padding P": 0, "Input size N": 3, "Filter size F": 5})
    assert "would cover 5 pixels, but the padded input has only 3" in figure.inner_text()
    assert np.shape(visit.drive(NAME)["Filter 0, channel 0"]) == (3, 3)
    figure.get_by_role("button", name="Start again").click()


@pytest.mark.browser
def test_a_link_restores_the_exact_state(open_page: Open) -> None:
    visit = open_page(VolumeExplorer(), **COPYING)
    fields = {"Input depth D": 2, "Filters K": 3, "Stride S": 1}
    visit.drive(NAME, fields=fields, cells={"Bias 2": [[-0.5]]})
    figure = visit.figure(NAME)
    figure.get_by_role("button", name="Next position").click()
    again = open_page(VolumeExplorer(), hash=visit.link(NAME), **COPYING)
    assert again.drive(NAME) == visit.drive(NAME)


@pytest.mark.browser
@pytest.mark.parametrize(
    "state",
    ['{"weight":[[[[1]]]]}', '{"bias":[1]}', '{"input":[[[1,"<b>"]]]}', '{"position":[0]}', "%7B"],
)
def test_a_broken_link_says_so_and_shows_the_first_state(open_page: Open, state: str) -> None:
    broken = open_page(VolumeExplorer(), hash=f"#{NAME}={state}")
    assert broken.drive(NAME) == open_page(VolumeExplorer()).drive(NAME)
    assert "settings cannot be shown" in broken.figure(NAME).inner_text()
    assert broken.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [900, PHONE["width"]])
@pytest.mark.parametrize(
    "traits", [{"in_channels": 1}, {"out_channels": 3, "stride": 1}, {"padding": 0}], ids=str
)
def test_nothing_moves_when_it_starts(open_page: Open, traits: dict[str, Any], width: int) -> None:
    visit = open_page(VolumeExplorer(**traits), viewport={"width": width, "height": 900})
    running, still = visit.heights(NAME)
    assert still == pytest.approx(running, abs=0.5)


@pytest.mark.parametrize(
    ("trait", "value", "reason"),
    [
        ("in_channels", 0, "in_channels must be a whole number from 1 to 4"),
        ("out_channels", (1, 2), "out_channels must be a whole number from 1 to 4"),
        ("input_size", 9, "input_size must be a whole number from 1 to 8, or a pair"),
        ("kernel_size", 1.5, "kernel_size must be a whole number from 1 to 5, or a pair"),
        ("stride", 0, "stride must be a whole number from 1 to 4"),
        ("input", [[1, 2], [3, 4]], "input must have 3 axes"),
        ("input", [[[1, 2], [3]]], "input must have 3 axes"),
        ("weight", np.full((2, 3, 3, 3), np.nan), "weight must have 4 axes"),
        ("bias", [1, 2, 3, 4, 5], "bias must have 1 axes of at most 4 numbers"),
        ("position", (0, 0), "position must be a filter, a row and a column"),
        ("padding", 4, "padding must be a whole number from 0 to 3"),
    ],
)
def test_a_wrong_trait_raises(trait: str, value: object, reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        VolumeExplorer(**{trait: value})
    explorer = VolumeExplorer()
    before = explorer.state()
    with pytest.raises(traitlets.TraitError, match=reason):
        setattr(explorer, trait, value)
    assert explorer.state() == before


def test_what_does_not_go_together_raises() -> None:
    explorer = VolumeExplorer()
    for trait, value, reason in [
        ("input", np.ones((2, 5, 5)), "set in_channels first"),
        ("bias", [1], "set out_channels first"),
        ("weight", np.ones((2, 3, 5, 5)), None),
        ("padding", 0, None),
        ("input", np.ones((3, 3, 3)), "the filters would cover 5 pixels of a padded input of 3"),
    ]:
        if reason is None:
            setattr(explorer, trait, value)
            continue
        with pytest.raises(traitlets.TraitError, match=reason):
            setattr(explorer, trait, value)
    with pytest.raises(traitlets.TraitError, match="cannot be both 2 and 3"):
        VolumeExplorer(input=np.ones((2, 5, 5)), weight=np.ones((1, 3, 1, 1)))
    with pytest.raises(traitlets.TraitError, match="kernel_size cannot be both"):
        VolumeExplorer(weight=np.ones((1, 3, 1, 1)), kernel_size=2)


def test_sizes_and_numbers_follow_each_other() -> None:
    explorer = VolumeExplorer(weight=np.ones((1, 2, 2, 3)), input_size=(4, 6))
    assert (explorer.in_channels, explorer.out_channels) == (2, 1)
    assert (explorer.input_size, explorer.kernel_size) == ((4, 6), (2, 3))
    assert np.shape(explorer.input) == (2, 4, 6)
    assert explorer.bias == [1]
    explorer.out_channels = 3
    explorer.in_channels = 4
    explorer.input_size = 5
    explorer.kernel_size = 1
    assert np.shape(explorer.weight) == (3, 4, 1, 1)
    assert explorer.weight[0][0] == [[1]]
    assert explorer.output().shape == (3, 4, 4)


@pytest.mark.browser
def test_python_and_the_page_fill_up_with_the_same_numbers(visit: Visit) -> None:
    visit.start_again(NAME)
    fields = {"Input size N": 7, "Input depth D": 4, "Filters K": 4, "Filter size F": 5}
    visit.drive(NAME, checks={"Height and width differ": False})
    tables = visit.drive(NAME, fields=fields)
    explorer = VolumeExplorer(input_size=7, in_channels=4, out_channels=4, kernel_size=5)
    assert [tables[f"Input, channel {c}"] for c in range(4)] == explorer.input
    for k in range(4):
        assert [tables[f"Filter {k}, channel {c}"] for c in range(4)] == explorer.weight[k]
        assert tables[f"Bias {k}"] == [[explorer.bias[k]]]


@pytest.mark.browser
def test_one_product_is_no_products(open_page: Open) -> None:
    widget = VolumeExplorer(input=[[[1, 2], [3, 4]]], weight=[[[[2]]]], bias=[0], padding=0)
    status = open_page(widget).figure("volume-explorer-1").get_by_role("status").first
    assert ": 1 product; 2, and the bias" in status.inner_text()

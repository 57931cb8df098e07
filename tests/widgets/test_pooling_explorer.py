"""The pooling explorer as a reader drives it, against PyTorch."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from torch.nn import functional

from cnnbook.widgets import PoolingExplorer

from .conftest import COPYING, PHONE, Open, Visit, typed_pairs

browser = pytest.mark.browser
NAME = "pooling-explorer-1"
FIELDS = {
    "size": ("Input size N", "Input width"),
    "kernel_size": ("Window size F", "Window width"),
    "stride": ("Stride S", "Stride along the width"),
}


def _case(seed: int) -> dict[str, Any]:
    """Return random settings: mostly height ≠ width, many ties, windows that often do not fit."""
    choose = random.Random(seed)

    def pair(low: int, *high: int) -> tuple[int, int]:
        return choose.randint(low, high[0]), choose.randint(low, high[-1])

    size = pair(4, 8)
    case: dict[str, Any] = {
        "size": size,
        "kernel_size": pair(1, *(min(side, 4) for side in size)),
        "stride": pair(1, 4),
        "ceil_mode": choose.random() < 0.5,
        "kind": choose.choice(["max", "max", "average"]),
    }
    # Few different numbers make ties; numbers below zero would lose against padding.
    low, high, decimals = choose.choice([(0, 3, 0), (-9, -7, 0), (-20, 20, 2)])

    def number() -> float:
        x = round(choose.uniform(low, high), decimals)
        return int(x) if x == int(x) else x

    def plane(height: int, width: int) -> list[list[float]]:
        return [[number() for _ in range(width)] for _ in range(height)]

    case["input"] = plane(*size)
    case["grad_output"] = plane(*_forward(case)[1].shape)
    return case


def _forward(case: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    pool: Any = functional.max_pool2d if case["kind"] == "max" else functional.avg_pool2d
    image = torch.tensor(case["input"], dtype=torch.float64, requires_grad=True)
    settings = {key: case[key] for key in ("kernel_size", "stride", "ceil_mode")}
    return image, pool(image[None], **settings)[0]


def _expected(case: dict[str, Any]) -> tuple[Any, Any]:
    """Return PyTorch's output, and the gradient of its input."""
    image, output = _forward(case)
    grad_output = torch.tensor(case["grad_output"], dtype=torch.float64)
    (gradient,) = torch.autograd.grad(output, image, grad_output)
    return output.detach().numpy(), gradient.numpy()


def _traits(case: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in case.items() if key != "size"}


@pytest.fixture(scope="module")
def visit(open_for_module: Open) -> Visit:
    return open_for_module(PoolingExplorer())


def assert_case_is_right(visit: Visit, seed: int) -> None:
    """Drive the figure with random settings, and compare what it shows with PyTorch."""
    case = _case(seed)
    visit.drive(
        NAME,
        checks={"Height and width differ": True, "Send a gradient back": True},
        selects={
            "Pooling": case["kind"],
            "Where it does not fit": "ceil" if case["ceil_mode"] else "floor",
        },
        fields=typed_pairs(FIELDS, case),
    )
    tables = visit.drive(
        NAME, cells={"Input": case["input"], "Output gradient": case["grad_output"]}
    )
    assert tables["Input"] == case["input"]
    assert tables["Output gradient"] == case["grad_output"]
    output, gradient = _expected(case)
    assert np.shape(tables["Output"]) == output.shape
    np.testing.assert_allclose(tables["Output"], output, atol=6e-4)
    np.testing.assert_allclose(tables["Input gradient"], gradient, atol=6e-4)
    assert visit.errors == []


@browser
@pytest.mark.parametrize("seed", range(220))
def test_its_output_and_its_gradient_are_pytorchs(visit: Visit, seed: int) -> None:
    assert_case_is_right(visit, seed)


@pytest.mark.parametrize("seed", range(1000, 1024))
def test_python_and_the_page_agree(seed: int) -> None:
    case = _case(seed)
    explorer = PoolingExplorer(**_traits(case))
    output, gradient = _expected(case)
    np.testing.assert_allclose(explorer.output(), output)
    np.testing.assert_allclose(explorer.grad_input(), gradient)


@browser
@pytest.mark.parametrize("seed", [3, 4, 5, 6, 7])
def test_the_winners_that_it_marks_are_pytorchs(open_page: Open, seed: int) -> None:
    case = {**_case(seed), "kind": "max"}
    del case["grad_output"]
    figure = open_page(PoolingExplorer(**_traits(case))).figure(NAME)
    image = torch.tensor(case["input"], dtype=torch.float64)[None]
    settings = {key: case[key] for key in ("kernel_size", "stride", "ceil_mode")}
    _, places = functional.max_pool2d(image, return_indices=True, **settings)
    marked = (
        figure.get_by_role("table", name="Input", exact=True)
        .locator("td")
        .evaluate_all("cells => cells.flatMap((cell, at) => cell.matches('.winner') ? [at] : [])")
    )
    assert marked == sorted(set(places.flatten().tolist()))


@browser
def test_it_starts_with_the_lectures_slice(open_page: Open) -> None:
    visit = open_page(PoolingExplorer())
    assert visit.drive(NAME) == {
        "Input": [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]],
        "Output": [[6, 8], [3, 4]],
    }
    text = visit.figure(NAME).inner_text()
    assert "max (1, 1, 5, 6) = 6" in text
    assert "the largest of 4 numbers, from input row 1, column 1." in text


@browser
def test_of_equals_the_first_wins_and_takes_the_gradient(open_page: Open) -> None:
    visit = open_page(PoolingExplorer(backward=True))
    figure = visit.figure(NAME)
    figure.get_by_label("Input, row 0, column 0").fill("6")
    figure.get_by_label("Input, row 0, column 0").blur()
    assert "2 are equally large; the first of them wins." in figure.inner_text()
    assert visit.drive(NAME)["Input gradient"][:2] == [[4, 0, 0, 0], [0, 0, 0, 8]]


@browser
def test_a_number_that_wins_twice_says_so(open_page: Open) -> None:
    figure = open_page(PoolingExplorer(kernel_size=3, stride=1, backward=True)).figure(NAME)
    notes = figure.locator("[data-note]").evaluate_all(
        "cells => cells.map(cell => cell.dataset.note)"
    )
    assert notes == ["2×", "2×"]
    assert figure.get_by_label("Input, row 1, column 3, wins 2 windows").count() == 1
    figure.get_by_label("Input, row 1, column 3").hover()
    status = figure.get_by_role("status").first.inner_text()
    assert status == "2 windows read input row 1, column 3, and it wins all 2. Its gradient is 24."
    assert figure.get_by_role("table", name="Output", exact=True).locator(".marked").count() == 2


@browser
def test_what_does_not_fit_is_rounded_down_or_up(open_page: Open) -> None:
    plane = np.arange(36).reshape(6, 6)
    visit = open_page(PoolingExplorer(input=plane, kernel_size=3, stride=2))
    figure = visit.figure(NAME)
    assert "Doesn’t fit! 5/2 is no whole number." in figure.inner_text()
    assert "the output is 2×2, and 11 pixels are never read" in figure.inner_text()
    assert figure.get_by_role("table", name="Input").locator(".unread").count() == 11
    figure.get_by_label("Where it does not fit").select_option("ceil")
    assert "Rounded up, the output is 3×3; the last windows hang over" in figure.inner_text()
    assert figure.locator(".unread").count() == 0
    assert visit.drive(NAME)["Output"] == [[14, 16, 17], [26, 28, 29], [32, 34, 35]]


@browser
def test_a_window_without_a_pixel_is_dropped(open_page: Open) -> None:
    plane = np.arange(25).reshape(5, 5)
    visit = open_page(PoolingExplorer(input=plane, kernel_size=1, stride=3, ceil_mode=True))
    assert visit.drive(NAME)["Output"] == [[0, 3], [15, 18]]
    assert "a window with no pixel in it is dropped: 2×2" in visit.figure(NAME).inner_text()


@browser
@pytest.mark.parametrize("seed", [1, 2, 5, 8, 13, 21])
def test_the_code_that_it_copies_gives_what_it_shows(open_page: Open, seed: int) -> None:
    widget = PoolingExplorer(**_traits(_case(seed)), backward=True)
    visit = open_page(widget, **COPYING)
    scope = visit.run_copied(NAME)
    shown = visit.drive(NAME)
    np.testing.assert_allclose(shown["Output"], scope["output"][0].detach(), atol=6e-4)
    np.testing.assert_allclose(shown["Input gradient"], scope["input"].grad, atol=6e-4)


@browser
def test_it_steps_by_button_slider_and_arrow_keys(open_page: Open) -> None:
    visit = open_page(PoolingExplorer(kernel_size=2, stride=1))
    figure = visit.figure(NAME)
    status = figure.get_by_role("status").first
    figure.get_by_role("button", name="Next position").click()
    assert "Output row 0, column 1" in status.inner_text()
    figure.get_by_label("Output position").press("End")
    assert "Output row 2, column 2" in status.inner_text()
    assert figure.get_by_role("button", name="Next position").is_disabled()
    figure.get_by_role("table", name="Output").locator("button").nth(8).focus()
    visit.page.keyboard.press("ArrowUp")
    visit.page.keyboard.press("ArrowLeft")
    assert "Output row 1, column 1" in status.inner_text()


@browser
def test_all_of_it_works_by_keyboard(open_page: Open) -> None:
    """From the first control on, with Tab, arrows, space and digits alone."""
    visit = open_page(PoolingExplorer())
    figure, keyboard = visit.figure(NAME), visit.page.keyboard
    figure.get_by_role("combobox").first.focus()
    keyboard.press("ArrowDown")
    for key in (
        "Tab",
        "ArrowUp",
        "Tab",
        "ArrowUp",
        "Tab",
        "Tab",
        "Space",
        "Tab",
        "Tab",
        "ArrowDown",
    ):
        keyboard.press(key)
    keyboard.press("Tab")  # the input, of which one cell is in the tab order
    keyboard.press("ArrowRight")
    keyboard.type("-7.5")
    keyboard.press("Tab")
    keyboard.press("ArrowDown")
    keyboard.press("Tab")
    keyboard.type("36")
    tables = visit.drive(NAME)
    assert tables["Input"][0][:2] == [1, -7.5]
    assert np.shape(tables["Input"]) == (5, 5)
    assert np.shape(tables["Output"]) == (2, 2)
    assert tables["Output gradient"][0][0] == 36
    assert tables["Input gradient"][0][0] == 4
    assert "Output row 0, column 0" in figure.get_by_role("status").first.inner_text()


@browser
@pytest.mark.parametrize(
    ("label", "text", "message"),
    [
        ("Stride S", "abc", "Stride S must be a whole number from 1 to 8, not “abc”."),
        ("Stride S", "", "Stride S must be a whole number from 1 to 8, but it is empty."),
        (
            "Input size N",
            "1000000",
            "Input size N must be a whole number from 4 to 8, not 1000000.",
        ),
        ("Window size F", "1.5", "Window size F must be a whole number from 1 to 8, not “1.5”."),
        ("Window size F", "5", "A window of 5 does not fit into 4 pixels."),
    ],
)
def test_bad_input_gives_a_message_and_changes_nothing(
    visit: Visit, label: str, text: str, message: str
) -> None:
    visit.refuses_until_start(NAME, label, text, message)


@browser
def test_a_bad_number_in_a_grid_gives_a_message_and_changes_nothing(visit: Visit) -> None:
    visit.refuses_a_word_in_the_input(NAME)


@browser
def test_typing_a_size_costs_no_gradient(open_page: Open) -> None:
    visit = open_page(PoolingExplorer(backward=True))
    figure = visit.figure(NAME)
    figure.get_by_label("Output gradient, row 1, column 1").fill("9")
    before = visit.drive(NAME)
    for text in ("4", "2"):
        figure.get_by_label("Window size F", exact=True).fill(text)
    assert visit.drive(NAME) == before


@browser
def test_a_window_that_was_too_large_is_taken_once_the_input_is_larger(visit: Visit) -> None:
    figure = visit.start_again(NAME)
    figure.get_by_label("Window size F").fill("6")
    figure.get_by_label("Input size N").fill("8")
    assert np.shape(visit.drive(NAME)["Output"]) == (2, 2)
    assert figure.locator("[aria-invalid]").count() == 0


@browser
def test_a_link_restores_the_exact_state(open_page: Open) -> None:
    visit = open_page(PoolingExplorer(), **COPYING)
    visit.drive(
        NAME,
        checks={"Height and width differ": True, "Send a gradient back": True},
        selects={"Pooling": "average", "Where it does not fit": "ceil"},
        fields={"Input size N": 5, "Window width": 3},
    )
    visit.drive(NAME, cells={"Output gradient": [[0.5, -1], [2, 3], [4, 5]]})
    figure = visit.figure(NAME)
    figure.get_by_role("button", name="Next position").click()
    again = open_page(PoolingExplorer(), hash=visit.link(NAME), **COPYING)
    assert again.drive(NAME) == visit.drive(NAME)
    before, after = (one.figure(NAME).inner_text().split("Copy link")[0] for one in (visit, again))
    assert before == after


@browser
@pytest.mark.parametrize(
    "state",
    ["%7B", '{"stride":[0,1]}', '{"input":[[1,"<b>"]]}', '{"kind":"min"}', '{"grad_output":[[1]]}'],
)
def test_a_broken_link_says_so_and_shows_the_first_state(open_page: Open, state: str) -> None:
    first = open_page(PoolingExplorer())
    broken = open_page(PoolingExplorer(), hash=f"#{NAME}={state}")
    assert broken.drive(NAME) == first.drive(NAME)
    text = broken.figure(NAME).inner_text().replace("'", "’")
    assert "link’s settings cannot be shown" in text
    assert broken.errors == []


@browser
@pytest.mark.parametrize("width", [1100, 900, 600, PHONE["width"]])
@pytest.mark.parametrize(
    "traits",
    [
        {"backward": True},
        {"stride": 3, "input": np.eye(5)},
        {"input": np.ones((8, 8)), "stride": 1, "backward": True},
        {"input": np.ones((4, 8)), "kernel_size": 3, "stride": 1},
        {"input": np.ones((6, 5)), "kernel_size": (3, 2), "ceil_mode": True, "kind": "average"},
    ],
    ids=lambda traits: "-".join(traits),
)
def test_nothing_moves_when_it_starts(open_page: Open, traits: dict[str, Any], width: int) -> None:
    visit = open_page(PoolingExplorer(**traits), viewport={"width": width, "height": 900})
    running, still = visit.heights(NAME)
    assert still == pytest.approx(running, abs=0.5)


@browser
def test_without_scripts_its_picture_is_there(open_page: Open) -> None:
    visit = open_page(PoolingExplorer(backward=True), wait=False, java_script_enabled=False)
    picture = visit.page.get_by_role("img")
    assert picture.is_visible()
    alternative = str(picture.get_attribute("aria-label"))
    assert "Output: 6 8, 3 4." in alternative
    assert "Input gradient: 0 0 0 0, 0 4 0 8, 12 0 0 0, 0 0 0 16." in alternative
    assert visit.page.locator("table").count() == 0


@pytest.mark.parametrize(
    ("trait", "value", "reason"),
    [
        ("stride", 0, "stride must be a whole number from 1 to 8"),
        ("stride", (1, 2, 3), "or a pair of them, but got"),
        ("kernel_size", 5, "kernel_size cannot be .*: a window of 5 does not fit into 4 pixels"),
        ("kernel_size", 1.5, "kernel_size must be a whole number"),
        ("input", [[1, 2], [3]], "input must be rows of equal length"),
        ("input", np.ones((3, 4)), "input must have from 4 × 4 to 8 × 8 numbers"),
        ("input", np.ones((9, 4)), "input must be rows of equal length, at most 8 × 8"),
        ("kind", "min", "kind"),
        ("ceil_mode", "yes", "ceil_mode"),
        ("grad_output", [[1, 2, 3]], r"the output's shape \(2, 2\), but got \(1, 3\)"),
    ],
)
def test_a_wrong_trait_raises(trait: str, value: object, reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        PoolingExplorer(**{trait: value})
    explorer = PoolingExplorer()
    with pytest.raises(traitlets.TraitError, match=reason):
        setattr(explorer, trait, value)


def test_the_gradient_follows_the_output() -> None:
    explorer = PoolingExplorer(grad_output=[[1, 2], [3, 4]])
    explorer.stride = 1
    assert explorer.grad_output == [[1, 2, 12], [3, 4, 20], [20, 24, 28]]
    explorer.input = np.ones((4, 5))
    assert np.shape(explorer.grad_output) == explorer.output().shape == (3, 4)
    assert np.shape(explorer.grad_input()) == (4, 5)


@pytest.mark.browser
def test_numbers_between_windows_are_counted_where_they_fit(open_page: Open) -> None:
    visit = open_page(PoolingExplorer(kernel_size=1, stride=3))
    figure = visit.figure(NAME)
    verdict = figure.locator(".verdict")
    assert verdict.inner_text() == (
        "It fits. The output is 2×2, and 12 pixels are never read (hatched)."
    )
    assert figure.get_by_role("table", name="Input").locator(".unread").count() == 12
    # Windows of 2 at 0, 3 and 6 of 7: the last hangs over, and 2 rows and columns are left out.
    visit.drive(
        NAME,
        fields={"Input size N": 7, "Window size F": 2},
        selects={"Where it does not fit": "ceil"},
    )
    assert "count what is there; 24 pixels are never read (hatched)." in verdict.inner_text()

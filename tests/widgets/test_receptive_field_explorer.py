"""The receptive field explorer as a reader drives it, against the package and against PyTorch."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
import traitlets
from torch import nn

import cnnbook
from cnnbook.widgets import ReceptiveFieldExplorer

from .conftest import COPYING, PHONE, Open, Visit

browser = pytest.mark.browser
NAME = "receptive-field-explorer-1"
LABELS = {
    "kernel_size": "Filter size F",
    "stride": "Stride S",
    "padding": "Padding P",
    "dilation": "Dilation D",
}

#: For each layer from the input on, the cells that light up: neurons, and padding by its place.
SEEN = """() => [...document.querySelectorAll(".stack .level:has(i)")].reverse().map((row) => {
  const cells = [...row.querySelectorAll("i")];
  const padding = cells.findIndex((cell) => cell.dataset.index !== undefined);
  return cells.flatMap((cell, at) => (cell.classList.contains("seen") ? [at - padding] : []));
})"""


def _case(seed: int) -> dict[str, Any]:
    """Return a random stack of 1 to 6 layers that fits, and a neuron or a pixel of it."""
    choose = random.Random(seed)
    while True:
        layers = [
            (
                choose.randint(1, 5),
                choose.choice([1, 1, 1, 2, 3]),
                choose.randint(0, 3),
                choose.choice([1, 1, 2, 3]),
            )
            for _ in range(choose.randint(1, 6))
        ]
        sizes = [choose.randint(1, 48)]
        for k, stride, p, d in layers:
            sizes.append((sizes[-1] + 2 * p - d * (k - 1) - 1) // stride + 1)
            if sizes[-1] < 1:
                break
        else:
            layer = choose.randint(0, len(layers))
            return {
                "layers": layers,
                "input_size": sizes[0],
                "layer": layer,
                "neuron": choose.randrange(sizes[layer]),
            }


def _net(layers: list[Any]) -> nn.Sequential:
    net = nn.Sequential(*(nn.Conv1d(1, 1, k, s, p, d, bias=False) for k, s, p, d in layers))
    for parameter in net.parameters():
        nn.init.ones_(parameter)
    return net.double()


def _reached(case: dict[str, Any]) -> tuple[list[int], list[list[int]]]:
    """Return how many neurons each layer has, and which of them light up.

    Below a neuron they are those that its gradient reaches; above a pixel, those that it reaches.
    """
    pixels = torch.ones(1, 1, case["input_size"], dtype=torch.float64, requires_grad=True)
    maps = [pixels]
    if case["layer"] == 0:
        maps = [torch.zeros_like(pixels)]
        maps[0][0, 0, case["neuron"]] = 1
    for layer in _net(case["layers"]):
        maps.append(layer(maps[-1]))
    lit: list[torch.Tensor] = maps
    if case["layer"] > 0:
        below = maps[: case["layer"] + 1]
        lit = [torch.zeros_like(one) for one in maps]
        lit[: len(below)] = torch.autograd.grad(below[-1][0, 0, case["neuron"]], below)
    return [one.shape[2] for one in maps], [one[0, 0].nonzero().flatten().tolist() for one in lit]


@pytest.fixture(scope="module")
def visit(open_for_module: Open) -> Visit:
    return open_for_module(ReceptiveFieldExplorer())


def _drive(visit: Visit, case: dict[str, Any]) -> list[list[float]]:
    """Build a stack as a reader does, and return the table's numbers without its head."""
    figure = visit.figure(NAME)
    visit.page.evaluate(
        """([name, count]) => {
          const figure = document.getElementById(name);
          const lines = () => [...figure.querySelectorAll(".layer:not([hidden])")];
          const named = (text) => [...figure.querySelectorAll("button")].find((one) => (
            (one.ariaLabel ?? one.textContent) === text));
          named("Start again").click();
          drive(name, { fields: { "Input size N": 48 } });
          while (lines().length > 1) named(`Remove layer ${lines().length}`).click();
          drive(name, { fields: { "Layer 1: Filter size F": 1, "Layer 1: Stride S": 1 } });
          while (lines().length < count) {
            named("Add a layer").click();
            drive(name, { fields: { [`Layer ${lines().length}: Filter size F`]: 1 } });
          }
        }""",
        [NAME, len(case["layers"])],
    )
    fields: dict[str, Any] = {}
    # Padding first: what follows then always fits.
    for key in ("padding", "stride", "dilation", "kernel_size"):
        for place, layer in enumerate(case["layers"], 1):
            fields[f"Layer {place}: {LABELS[key]}"] = layer[list(LABELS).index(key)]
    visit.drive(NAME, fields=fields)
    tables = visit.drive(
        NAME,
        selects={"Layer": case["layer"]},
        fields={"Input size N": case["input_size"], "Neuron": case["neuron"]},
    )
    assert figure.locator("[aria-invalid]").count() == 0
    return [row[1:6] for row in tables["Receptive fields"][1:]]


def assert_case_is_right(visit: Visit, seed: int) -> None:
    """Build a random stack: its table is the package's, and its light is PyTorch's."""
    case = _case(seed)
    rows = _drive(visit, case)
    fields = [cnnbook.ReceptiveField(), *cnnbook.receptive_field(case["layers"])]
    sizes, reached = _reached(case)
    assert rows == [
        [count, field.size[0], field.jump[0], field.start[0], max(field.size[0] - field.jump[0], 0)]
        for count, field in zip(sizes, fields, strict=True)
    ]
    seen = visit.page.evaluate(SEEN)
    inside = [
        [at for at in places if 0 <= at < count] for places, count in zip(seen, sizes, strict=True)
    ]
    assert inside == reached
    first, last = fields[case["layer"]].of_neuron(case["neuron"], 0)[0]
    status = visit.figure(NAME).get_by_role("status").first.inner_text()
    if case["layer"] == 0:
        place = f"Pixel {first} is seen by {len(reached[1])} of {sizes[1]} neurons in layer 1"
    else:
        place = f"pixel {first}" if first == last else f"pixels {first} to {last}, a field of"
    assert place.replace("-", "−") in status
    assert visit.errors == []


@browser
@pytest.mark.parametrize("seed", range(220))
def test_its_table_is_the_packages_and_its_light_is_pytorchs(visit: Visit, seed: int) -> None:
    assert_case_is_right(visit, seed)


@pytest.mark.parametrize("seed", range(1000, 1024))
def test_python_and_the_page_agree(seed: int) -> None:
    case = _case(seed)
    explorer = ReceptiveFieldExplorer(**case)
    sizes, reached = _reached(case)
    assert explorer.sizes() == sizes
    assert [sorted(read) for read in explorer._read()] == reached
    assert explorer.fields() == cnnbook.receptive_field(case["layers"])
    fields = [cnnbook.ReceptiveField(), *explorer.fields()]
    assert explorer.sees() == fields[case["layer"]].of_neuron(case["neuron"], 0)[0]


@browser
def test_it_starts_with_the_chapters_stack(open_page: Open) -> None:
    figure = open_page(ReceptiveFieldExplorer()).figure(NAME)
    status = figure.get_by_role("status").first.inner_text()
    assert status == (
        "Neuron 1 (of 0 to 2) in layer 3 sees pixels 2 to 9, a field of 8. "
        "The field of neuron 2, beside it, shares 6 of them."
    )
    formula = figure.locator("math").all_text_contents()
    assert [one.replace(" ", "") for one in formula] == ["4+(3−1)·2=8", "2·1=2"]


@browser
def test_it_says_what_is_padding_and_what_is_never_read(open_page: Open) -> None:
    visit = open_page(
        ReceptiveFieldExplorer(layers=[(3, 1, 1)] * 2, input_size=9, neuron=0),
        ReceptiveFieldExplorer(layers=[(3, 1, 0, 2)] * 2, input_size=12, neuron=1),
    )
    assert (
        "pixels −2 to 2, a field of 5, 2 of them in the padding." in visit.figure(NAME).inner_text()
    )
    second = visit.figure("receptive-field-explorer-2")
    assert "a field of 9; 4 pixels in between are never read." in second.inner_text()


@browser
def test_pointing_at_a_neuron_shows_what_it_sees(open_page: Open) -> None:
    visit = open_page(ReceptiveFieldExplorer())
    figure = visit.figure(NAME)
    figure.locator('[data-layer="2"][data-index="4"]').hover()
    assert visit.page.evaluate(SEEN) == [[8, 9, 10, 11], [8, 9], [4], []]
    assert "Neuron 4 (of 0 to 4) in layer 2 sees pixels 8 to 11" in figure.inner_text()
    figure.locator('[data-layer="3"][data-index="2"]').click()
    visit.page.mouse.move(0, 0)
    assert visit.page.evaluate(SEEN)[0] == list(range(4, 12))


@browser
def test_pointing_at_a_pixel_shows_who_sees_it(open_page: Open) -> None:
    visit = open_page(ReceptiveFieldExplorer())
    figure = visit.figure(NAME)
    figure.locator('[data-layer="0"][data-index="3"]').hover()
    assert visit.page.evaluate(SEEN) == [[3], [1, 2, 3], [0, 1], [0, 1]]
    assert (
        "Pixel 3 is seen by 3 of 10 neurons in layer 1, 2 of 5 in layer 2 "
        "and 2 of 3 in layer 3." in figure.inner_text()
    )


@browser
@pytest.mark.parametrize("touch", [True, False], ids=["finger", "mouse"])
def test_a_tapped_cell_stays_until_the_next_one(open_page: Open, *, touch: bool) -> None:
    visit = open_page(ReceptiveFieldExplorer(), has_touch=touch)
    figure = visit.figure(NAME)

    def press(cell: str) -> None:
        node = figure.locator(cell)
        node.tap() if touch else node.click()
        if not touch:
            visit.page.mouse.move(0, 0)

    press('[data-layer="0"][data-index="7"]')
    assert visit.page.evaluate(SEEN)[0] == [7]
    assert "Pixel 7 is seen by 3 of 10 neurons in layer 1" in figure.inner_text()
    press('[data-layer="1"][data-index="0"]')
    assert visit.page.evaluate(SEEN) == [[0, 1, 2], [0], [], []]
    press(".stack .level.between >> nth=0")  # nothing is there
    assert visit.page.evaluate(SEEN)[3] == [1]


@browser
def test_any_cell_can_be_chosen_without_pointing(open_page: Open) -> None:
    visit = open_page(ReceptiveFieldExplorer())
    figure, keyboard = visit.figure(NAME), visit.page.keyboard
    status = figure.get_by_role("status").first
    figure.get_by_label("Layer", exact=True).focus()
    keyboard.press("Home")
    keyboard.press("Tab")  # "Previous neuron"
    keyboard.press("Tab")
    for _ in range(6):
        keyboard.press("ArrowRight")
    assert status.inner_text().startswith("Pixel 7 is seen by 3 of 10 neurons in layer 1")
    slider = figure.get_by_label("Neuron", exact=True)
    assert slider.get_attribute("aria-valuetext") == "pixel 7 of 0 to 11"
    keyboard.press("Escape")
    assert status.inner_text().startswith("Neuron 1 (of 0 to 2) in layer 3 sees pixels 2 to 9")
    figure.get_by_label("Layer", exact=True).select_option("2")
    assert status.inner_text().startswith("Neuron 1 (of 0 to 4) in layer 2 sees pixels 2 to 5")


@browser
def test_the_last_layer_stays_chosen_when_one_is_added(open_page: Open) -> None:
    figure = open_page(ReceptiveFieldExplorer()).figure(NAME)
    level = figure.get_by_label("Layer", exact=True)
    figure.get_by_role("button", name="Add a layer").click()
    assert level.input_value() == "4"
    assert "Neuron 0, the only one, in layer 4" in figure.inner_text()
    level.select_option("1")
    figure.get_by_role("button", name="Remove layer 4").click()
    assert level.input_value() == "1"


@browser
def test_choosing_a_stack_and_changing_it(open_page: Open) -> None:
    figure = open_page(ReceptiveFieldExplorer()).figure(NAME)
    stack = figure.get_by_label("Stack", exact=True)
    for preset, words in (
        ("strided", "pixels 0 to 30, a field of 31"),
        ("dilated", "a field of 31"),
        ("holes", "a field of 13; 6 pixels in between are never read"),
        ("stem", "a field of 11"),
        ("padded", "a field of 9"),
    ):
        stack.select_option(preset)
        assert words in figure.inner_text()
        assert stack.input_value() == preset
    figure.get_by_role("button", name="Remove layer 4").click()
    assert stack.input_value() == "own"
    assert "a field of 7" in figure.inner_text()
    for _ in range(3):
        figure.get_by_role("button", name="Add a layer").click()
    assert figure.get_by_role("button", name="Add a layer").is_disabled()
    assert figure.locator(".layer:visible").count() == 6


@browser
@pytest.mark.parametrize("seed", range(6))
def test_the_code_that_it_copies_reaches_what_it_shows(open_page: Open, seed: int) -> None:
    case = _case(seed)
    visit = open_page(ReceptiveFieldExplorer(**case), **COPYING)
    scope = visit.run_copied(NAME)
    shown = visit.page.evaluate(SEEN)[0]
    inside = [at for at in shown if 0 <= at < case["input_size"]]
    # Of a pixel the code ends in the last layer, where it is seen.
    expected = inside if case["layer"] else visit.page.evaluate(SEEN)[-1]
    assert expected == scope["ways"][0, 0].nonzero().flatten().tolist()


@browser
def test_it_steps_by_button_and_slider(open_page: Open) -> None:
    figure = open_page(ReceptiveFieldExplorer()).figure(NAME)
    status = figure.get_by_role("status").first
    figure.get_by_role("button", name="Previous neuron").click()
    assert "Neuron 0 (of 0 to 2)" in status.inner_text()
    assert figure.get_by_role("button", name="Previous neuron").is_disabled()
    figure.get_by_label("Neuron", exact=True).press("End")
    assert "Neuron 2 (of 0 to 2)" in status.inner_text()
    assert figure.get_by_role("button", name="Next neuron").is_disabled()


@browser
def test_all_of_it_works_by_keyboard(open_page: Open) -> None:
    """From the first control on, with Tab, arrows and Enter alone."""
    visit = open_page(ReceptiveFieldExplorer())
    figure, keyboard = visit.figure(NAME), visit.page.keyboard
    figure.get_by_label("Stack", exact=True).focus()
    keyboard.press("Tab")
    keyboard.press("ArrowUp")  # 13 pixels
    keyboard.press("Tab")
    keyboard.press("ArrowUp")  # a filter of 4
    for key in ("Tab", "Tab", "ArrowUp", "Tab", "Tab", "Enter"):  # padding 1, and without layer 1
        keyboard.press(key)
    assert figure.locator(".layer:visible").count() == 2
    keyboard.press("Shift+Tab")
    keyboard.press("ArrowUp")  # layer 1, of 2 with stride 2, gets dilation 2
    figure.get_by_role("button", name="Add a layer").focus()
    keyboard.press("Enter")
    for key in ("Tab", "Tab", "Tab", "ArrowRight"):  # past the layer and "Previous neuron"
        keyboard.press(key)
    assert "a field of 11; 5 pixels" in figure.get_by_role("status").first.inner_text()
    assert "Neuron 1 (of" in figure.get_by_role("status").first.inner_text()


@browser
@pytest.mark.parametrize(
    ("label", "text", "message"),
    [
        ("Input size N", "abc", "Input size N must be a whole number from 1 to 48, not “abc”."),
        (
            "Layer 2: Stride S",
            "",
            "Layer 2: Stride S must be a whole number from 1 to 8, but it is empty.",
        ),
        (
            "Layer 1: Dilation D",
            "999999",
            "Layer 1: Dilation D must be a whole number from 1 to 8, not 999999.",
        ),
        (
            "Layer 3: Filter size F",
            "6",
            "The window of layer 3 covers 6, but below it, with padding, there are only 5.",
        ),
    ],
)
def test_bad_input_gives_a_message_and_changes_nothing(
    visit: Visit, label: str, text: str, message: str
) -> None:
    visit.refuses_until_start(NAME, label, text, message)


@browser
def test_a_layer_that_does_not_fit_is_not_added(visit: Visit) -> None:
    figure = visit.start_again(NAME)
    figure.get_by_role("button", name="Add a layer").click()
    figure.get_by_role("button", name="Add a layer").click()
    assert "The window of layer 5 covers 3" in figure.inner_text()
    assert figure.locator(".layer:visible").count() == 4
    figure.get_by_role("button", name="Start again").click()
    assert "The window of layer 5" not in figure.inner_text()


@browser
def test_a_link_restores_the_exact_state(open_page: Open) -> None:
    visit = open_page(ReceptiveFieldExplorer(), **COPYING)
    figure = visit.figure(NAME)
    figure.get_by_label("Stack", exact=True).select_option("stem")
    visit.drive(NAME, selects={"Layer": 1}, fields={"Layer 2: Dilation D": 2, "Neuron": 5})
    again = open_page(ReceptiveFieldExplorer(), hash=visit.link(NAME), **COPYING)
    assert again.page.evaluate(SEEN) == visit.page.evaluate(SEEN)
    before, after = (one.figure(NAME).inner_text().split("Copy link")[0] for one in (visit, again))
    assert before == after


@browser
@pytest.mark.parametrize(
    "state",
    [
        "%7B",
        '{"layers":[]}',
        '{"layers":[{"kernel_size":"<b>"}]}',
        '{"input_size":2}',
        '{"neuron":-1}',
        '{"layer":7}',
    ],
)
def test_a_broken_link_says_so_and_shows_the_first_state(open_page: Open, state: str) -> None:
    first = open_page(ReceptiveFieldExplorer())
    broken = open_page(ReceptiveFieldExplorer(), hash=f"#{NAME}={state}")
    assert broken.page.evaluate(SEEN) == first.page.evaluate(SEEN)
    text = broken.figure(NAME).inner_text().replace("'", "’")
    assert "link’s settings cannot be shown" in text
    assert broken.errors == []


@browser
@pytest.mark.parametrize("width", [1100, 900, 600, PHONE["width"], 320])
@pytest.mark.parametrize(
    "traits",
    [
        {"layers": [3]},
        {"layers": [(3, 2)] * 4, "input_size": 47},
        {"layers": [(3, 1, 1, 2)] * 6, "input_size": 40, "neuron": 20},
        {"layers": [(3, 1, 2, 2)] * 6, "input_size": 48, "neuron": 10},
        {"layers": [(3, 1, 1, 2)] * 6, "input_size": 48, "layer": 0, "neuron": 20},
    ],
    ids=lambda traits: str(len(traits["layers"])),
)
def test_nothing_moves_when_it_starts(open_page: Open, traits: dict[str, Any], width: int) -> None:
    visit = open_page(ReceptiveFieldExplorer(**traits), viewport={"width": width, "height": 900})
    table = visit.figure(NAME).locator("table")
    assert table.evaluate("table => table.offsetWidth <= table.closest('figure').clientWidth")
    running, still = visit.heights(NAME)
    assert still == pytest.approx(running, abs=0.5)


@browser
def test_without_scripts_its_picture_is_there(open_page: Open) -> None:
    visit = open_page(ReceptiveFieldExplorer(), wait=False, java_script_enabled=False)
    picture = visit.page.get_by_role("img")
    assert picture.is_visible()
    alternative = str(picture.get_attribute("aria-label"))
    assert "Neuron 1 of the last layer sees pixels 2 to 9." in alternative
    assert "layer 3: size 8, jump 2, middle of neuron 0 at 3.5." in alternative
    assert visit.page.locator("table").count() == 0


@pytest.mark.parametrize(
    ("trait", "value", "reason"),
    [
        ("layers", [], "layers must be a list of 1 to 6 layers"),
        ("layers", [3] * 7, "layers must be a list of 1 to 6 layers"),
        ("layers", 3, "layers must be a list of 1 to 6 layers"),
        ("layers", [0], "layers: kernel_size must be a whole number from 1 to 11, but got 0"),
        ("layers", [(3, 1.5)], "layers: stride must be a whole number from 1 to 8"),
        ("layers", [{"kernel": 3}], "layers: a layer must be"),
        ("layers", [(3, 1, 0, 1, 1)], "layers: a layer must be"),
        ("layers", [3, 11], "layers does not fit: the window of layer 2 covers 11"),
        ("input_size", 5, "input_size does not fit: the window of layer 3 covers 3"),
        ("input_size", 49, "input_size must be a whole number from 1 to 48, but got 49"),
        ("neuron", -1, "neuron must be a whole number from 0"),
        ("neuron", "x", "neuron"),
    ],
)
def test_a_wrong_trait_raises(trait: str, value: object, reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        ReceptiveFieldExplorer(**{trait: value})
    explorer = ReceptiveFieldExplorer()
    with pytest.raises(traitlets.TraitError, match=reason):
        setattr(explorer, trait, value)


def test_layers_may_be_given_in_any_form() -> None:
    given = [3, (3,), [3, 1], (3, 1, 0, 1), {"kernel_size": 3}]
    layers = ReceptiveFieldExplorer(layers=given).layers
    assert layers == [{"kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1}] * 5


@browser
def test_fields_with_holes_may_overlap_and_share_no_pixel(open_page: Open) -> None:
    visit = open_page(ReceptiveFieldExplorer())
    figure = visit.figure(NAME)
    status = figure.get_by_role("status").first
    visit.drive(NAME, selects={"Stack": "holes"})
    # Neuron 3 reads 3, 5, …, 15 and neuron 4 reads 4, 6, …, 16.
    assert status.inner_text().endswith(
        "sees pixels 3 to 15, a field of 13; 6 pixels in between are never read. "
        "Neuron 4, beside it, shares 12 of them: none is read by both."
    )
    # With a stride of 2, neuron 0 reads 0, 2, 4 and neuron 1 reads 2, 4, 6.
    layers = [{"kernel_size": 3, "stride": 2, "dilation": 2}]
    even = open_page(ReceptiveFieldExplorer(layers=layers, input_size=9, neuron=0))
    assert "Neuron 1, beside it, shares 3 of them: 2 are read by both." in (
        even.figure(NAME).get_by_role("status").first.inner_text()
    )

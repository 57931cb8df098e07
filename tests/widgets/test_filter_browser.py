"""The filter browser as a reader drives it, against PyTorch with the networks' own weights."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from torch.nn import functional as F

from cnnbook.images import cat
from cnnbook.pretrained import IMAGENET_MEAN, IMAGENET_STD, load_filters
from cnnbook.widgets import FilterBrowser
from cnnbook.widgets.base import assemble
from cnnbook.widgets.filter_browser import NETWORKS

from .conftest import COPYING, PHONE, Open, Visit
from .photos import BROKEN, pixels, png

NAME = "filter-browser-1"

#: The page's own functions on pixels that are given: no picture is decoded, no canvas rounds.
MAPS = """async ([source, pixels, [height, width], cases]) => {
  const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const planes = module.normalised({ data: Uint8ClampedArray.from(pixels) });
  return cases.map((state) => {
    const map = module.mapOf(planes, [height, width], state);
    return [map.height, map.width, [...map.data]];
  });
}"""


MAP_SIZE = """(name) => {
  const { height, width } = document.getElementById(name).querySelectorAll(".picture > canvas")[1];
  return [height, width];
}"""


@cache
def _layer(network: str) -> tuple[torch.Tensor, torch.Tensor]:
    weight, bias = load_filters(network, "features.0")
    assert bias is not None
    return torch.tensor(weight).double(), torch.tensor(bias).double()


def _normalised(image: Any) -> torch.Tensor:
    scaled = (np.asarray(image) / 255 - IMAGENET_MEAN) / IMAGENET_STD
    return torch.tensor(scaled).permute(2, 0, 1)[None]


@cache
def _padded_cat(padding: int) -> torch.Tensor:
    return F.pad(_normalised(cat()), [padding] * 4)


def _map(
    x: torch.Tensor,
    network: str,
    filter: int,
    stride: int,
    relu: bool = False,
    padding: int | None = None,
) -> Any:
    """Return PyTorch's map, and how far float16 may lead away from it; padding is the network's."""
    weight, bias = _layer(network)
    weight, bias = weight[filter, None], bias[filter, None]
    settings = {
        "stride": stride,
        "padding": NETWORKS[network][2] if padding is None else padding,
    }
    result = F.conv2d(x, weight, bias, **settings)[0, 0]
    # Half a unit in the last of 11 places of each weight, and float16's smallest step.
    slack = F.conv2d(x.abs(), weight.abs() * 2**-11 + 2**-25, bias.abs() * 2**-11, **settings)[0, 0]
    return (result.relu() if relu else result).numpy(), slack.numpy()


@pytest.fixture(scope="module")
def visit(open_for_module: Open) -> Visit:
    return open_for_module(FilterBrowser())


@pytest.mark.browser
def test_whole_maps_are_pytorchs_to_float16(open_page: Open) -> None:
    visit = open_page(wait=False)
    visit.page.goto("about:blank")
    image = cat()[100:180, 60:171]
    rgba = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    choose = random.Random(0)
    cases: list[dict[str, Any]] = [
        {
            "network": choose.choice(list(NETWORKS)),
            "filter": choose.randrange(64),
            "stride": choose.randint(1, 5),
            "relu": choose.random() < 0.5,
        }
        for _ in range(40)
    ]
    arguments = [assemble("filter-browser"), rgba.ravel().tolist(), image.shape[:2], cases]
    found = visit.page.evaluate(MAPS, arguments)
    for case, (height, width, data) in zip(cases, found, strict=True):
        expected, slack = _map(_normalised(image), **case)
        assert (height, width) == expected.shape
        assert np.all(np.abs(np.reshape(data, (height, width)) - expected) <= slack + 1e-9)
        assert slack.max() < 0.06


def drive_case(visit: Visit, seed: int) -> None:
    """Drive a browser that shows the cat to random settings, and compare it with PyTorch."""
    choose = random.Random(seed)
    network = choose.choice(list(NETWORKS))
    filter, stride, relu = choose.randrange(64), choose.randint(1, 8), choose.random() < 0.3
    weight, bias = _layer(network)
    side, padding = weight.shape[-1], NETWORKS[network][2]
    # Of tensors on this device, PyTorch computes the shape alone.
    image = torch.empty(1, 3, 300, 451, device="meta")
    kernel = torch.empty(1, 3, side, side, device="meta")
    rows, columns = F.conv2d(image, kernel, stride=stride, padding=padding).shape[2:]
    row, column = choose.randrange(rows), choose.randrange(columns)
    visit.drive(
        NAME,
        selects={"Network": network},
        checks={"ReLU: cut negative answers off": relu},
        fields={"Filter": filter, "Stride S": stride},
    )
    tables = visit.drive(NAME, fields={"Row": row, "Column": column})
    for channel, name in enumerate(("red", "green", "blue")):
        np.testing.assert_allclose(
            tables[f"Filter, {name}"], weight[filter, channel], atol=6e-4, rtol=5e-4
        )
    assert visit.page.evaluate(MAP_SIZE, NAME) == [rows, columns]
    top, left = row * stride, column * stride
    window = _padded_cat(padding)[..., top : top + side, left : left + side]
    expected, slack = _map(window, network, filter, 1, relu, padding=0)
    red, green, blue, shown_bias, output = (line[1] for line in tables["Partial sums"])
    assert shown_bias == pytest.approx(bias[filter].item(), abs=2e-3)
    total = red + green + blue + shown_bias
    assert output == pytest.approx(max(total, 0) if relu else total, abs=3e-3)
    assert output == pytest.approx(expected.item(), abs=slack.item() + 6e-4)
    assert visit.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(200))
def test_the_numbers_that_it_shows_are_pytorchs(visit: Visit, seed: int) -> None:
    drive_case(visit, seed)


@pytest.mark.browser
def test_its_photo_is_the_cat(visit: Visit) -> None:
    visit.figure(NAME)
    np.testing.assert_array_equal(pixels(visit, NAME, 0), cat())


@pytest.mark.browser
def test_it_finds_the_strongest_answer(visit: Visit) -> None:
    visit.drive(NAME, selects={"Network": "alexnet"}, fields={"Filter": 2, "Stride S": 4})
    figure = visit.figure(NAME)
    visit.drive(NAME, checks={"ReLU: cut negative answers off": False})
    figure.get_by_role("button", name="Where it answers most").click()
    expected = _map(_normalised(pixels(visit, NAME, 0)), "alexnet", 2, 4)[0]
    row, column = np.unravel_index(expected.argmax(), expected.shape)
    assert int(figure.get_by_label("Row").input_value()) == row
    assert int(figure.get_by_label("Column").input_value()) == column
    assert visit.drive(NAME)["Partial sums"][-1][1] == pytest.approx(expected.max(), abs=0.02)


@pytest.mark.browser
def test_a_filter_is_chosen_by_keyboard_and_by_pointer(open_page: Open) -> None:
    visit = open_page(FilterBrowser("alexnet", 5))
    figure, keyboard = visit.figure(NAME), visit.page.keyboard
    figure.get_by_label("ReLU").focus()
    keyboard.press("Space")
    keyboard.press("Tab")
    status = figure.get_by_role("status").first
    for key, filter in [("ArrowRight", 6), ("ArrowDown", 22), ("ArrowLeft", 21), ("ArrowUp", 5)]:
        keyboard.press(key)
        assert f"filter {filter}," in status.inner_text()
    keyboard.press("End")
    assert figure.get_by_role("radio", checked=True).get_attribute("aria-label") == "Filter 63"
    figure.get_by_role("radio", name="Filter 40").click()
    assert figure.get_by_label("Filter", exact=True).input_value() == "40"
    keyboard.press("Tab")
    keyboard.press("Tab")  # over the button for a picture
    assert figure.get_by_label("ReLU").is_checked()


@pytest.mark.browser
def test_a_network_brings_its_stride(visit: Visit) -> None:
    figure = visit.figure(NAME)
    visit.drive(NAME, selects={"Network": "alexnet"}, fields={"Stride S": 4})
    visit.drive(NAME, selects={"Network": "vgg16"})
    assert figure.get_by_label("Stride S").input_value() == "1"
    assert pixels(visit, NAME, 1).shape == (300, 451, 3)
    visit.drive(NAME, fields={"Stride S": 3})
    visit.drive(NAME, selects={"Network": "alexnet"})
    assert figure.get_by_label("Stride S").input_value() == "3"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("label", "text", "message"),
    [
        ("Filter", "64", "Filter must be a whole number from 0 to 63, not 64."),
        ("Stride S", "", "Stride S must be a whole number from 1 to 8, but it is empty."),
        ("Row", "300", "The map has 74 rows and 112 columns."),
    ],
)
def test_bad_input_gives_a_message_and_changes_nothing(
    open_page: Open, label: str, text: str, message: str
) -> None:
    open_page(FilterBrowser()).refuses(NAME, label, text, message)


@pytest.mark.browser
def test_a_readers_picture_is_used_and_a_broken_one_refused(open_page: Open) -> None:
    visit = open_page(FilterBrowser("vgg16", 57))
    figure = visit.figure(NAME)
    asked = len(visit.requests)
    own = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    figure.locator("input[type=file]").set_input_files(png(own))
    visit.page.wait_for_function("() => document.querySelector('.picture > canvas').width === 30")
    np.testing.assert_array_equal(pixels(visit, NAME, 0), own)
    tables = visit.drive(NAME, fields={"Row": 19, "Column": 0})
    expected, slack = _map(_normalised(own), "vgg16", 57, 1)
    shown = tables["Partial sums"][-1][1]
    assert shown == pytest.approx(expected[19, 0], abs=slack[19, 0] + 6e-4)
    figure.locator("input[type=file]").set_input_files(BROKEN)
    figure.get_by_role("alert").filter(has_text="broken.png is no picture").wait_for()
    np.testing.assert_array_equal(pixels(visit, NAME, 0), own)
    assert [url for url in visit.requests[asked:] if not url.startswith(("blob:", "data:"))] == []


@pytest.mark.browser
def test_a_picture_that_is_smaller_than_a_filter_has_no_map(open_page: Open) -> None:
    visit = open_page(FilterBrowser())
    figure = visit.figure(NAME)
    status = figure.get_by_role("status").first
    figure.locator("input[type=file]").set_input_files(png(np.full((4, 4, 3), 200, np.uint8)))
    visit.page.wait_for_function("() => document.querySelector('.picture > canvas').width === 4")
    assert "there is no map" in status.inner_text()
    # Nothing of the last picture's map is left to be seen, read or heard.
    assert figure.locator(".pane").nth(1).inner_text().split() == ["Map", "No", "map."]
    assert figure.get_by_role("img", name="The map of filter").count() == 0
    assert figure.locator(".marker:visible").count() == 0
    assert [line[1] for line in visit.drive(NAME)["Partial sums"]] == [None] * 5
    assert figure.get_by_role("button", name="Where it answers most").is_disabled()
    figure.locator("canvas[aria-label^='The photo']").click()
    assert "there is no map" in status.inner_text()
    visit.drive(NAME, selects={"Network": "vgg16"})
    visit.page.mouse.move(0, 0)
    assert "at row 3, column 3 of its map" in status.inner_text()
    assert figure.get_by_role("img", name="The map of filter").is_visible()
    assert figure.get_by_role("button", name="Where it answers most").is_enabled()
    assert visit.errors == []


@pytest.mark.browser
def test_what_was_pointed_at_is_no_place_on_another_map(open_page: Open) -> None:
    visit = open_page(FilterBrowser("vgg16", 57))
    figure = visit.figure(NAME)
    box = figure.locator("canvas[aria-label^='The map']").bounding_box()
    visit.page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] - 2)
    assert "at row 29" in figure.get_by_role("status").first.inner_text()
    visit.drive(NAME, selects={"Network": "alexnet"})
    assert "at row 64, column 34 of its map" in figure.get_by_role("status").first.inner_text()


@pytest.mark.browser
def test_the_code_that_it_copies_gives_what_it_shows(open_page: Open) -> None:
    visit = open_page(FilterBrowser("alexnet", 8, relu=True, position=(10, 20)), **COPYING)
    scope = visit.run_copied(NAME)
    shown = visit.drive(NAME)["Partial sums"][-1][1]
    slack = _map(_normalised(cat()), "alexnet", 8, 4)[1][10, 20]
    assert shown == pytest.approx(scope["maps"][0, 8, 10, 20].item(), abs=slack + 6e-4)


@pytest.mark.browser
def test_its_code_reads_the_place_that_it_shows(open_page: Open) -> None:
    """The nearest one, where the chosen place lies beyond a smaller map."""
    visit = open_page(FilterBrowser("vgg16", 55, position=(250, 400)), **COPYING)
    visit.drive(NAME, selects={"Network": "alexnet"})
    figure = visit.figure(NAME)
    assert "at row 73, column 111" in figure.get_by_role("status").first.inner_text()
    assert "maps[0, 55, 73, 111]" in visit.copied(NAME, "Copy as PyTorch")
    visit.run_copied(NAME)


@pytest.mark.browser
def test_a_link_restores_the_exact_state_and_a_broken_one_says_so(open_page: Open) -> None:
    visit = open_page(FilterBrowser(), **COPYING)
    visit.drive(NAME, selects={"Network": "vgg16"}, fields={"Filter": 16, "Row": 3, "Column": 4})
    again = open_page(FilterBrowser(), hash=visit.link(NAME), **COPYING)
    assert again.drive(NAME) == visit.drive(NAME)
    broken = open_page(FilterBrowser(), hash=f'#{NAME}={{"network":"constructor"}}')
    assert "settings cannot be shown" in broken.figure(NAME).inner_text()


@pytest.mark.browser
@pytest.mark.parametrize("width", [900, PHONE["width"]])
def test_nothing_moves_when_it_starts(open_page: Open, width: int) -> None:
    widget = FilterBrowser("vgg16", 57)
    visit = open_page(widget, viewport={"width": width, "height": 900})
    running, still = visit.heights(NAME)
    assert still == pytest.approx(running, abs=0.5)


@pytest.mark.parametrize("network", NETWORKS)
def test_python_makes_pytorchs_maps(network: str) -> None:
    image = cat()[:60, :70]
    browser = FilterBrowser(network, 3, relu=True)
    browser.photo = FilterBrowser(photo=image).photo
    from cnnbook.widgets.photo import pixels_of

    x = _normalised(pixels_of(browser.photo))
    expected = _map(x, network, 3, NETWORKS[network][1], relu=True)[0]
    np.testing.assert_allclose(browser.output(), expected, atol=1e-6)
    assert browser.kernel_size == {"alexnet": 11, "vgg16": 3}[network]


def test_a_network_brings_its_stride_in_python() -> None:
    browser = FilterBrowser("vgg16")
    assert browser.stride == 1
    browser.network = "alexnet"
    assert browser.stride == 4
    browser.stride = 2
    browser.network = "vgg16"
    assert browser.stride == 2


def test_a_view_decides_itself_about_the_stride() -> None:
    """As with "Start again", which sends the network alone where the stride is the first one."""
    browser = FilterBrowser("alexnet", 37, stride=1)
    browser.set_state({"network": "vgg16"})
    browser.set_state({"network": "alexnet"})
    assert browser.stride == 1
    browser.set_state({"network": "vgg16", "stride": 3})
    assert browser.stride == 3
    browser.stride = 1
    browser.network = "alexnet"
    assert browser.stride == 4


@pytest.mark.parametrize(
    ("trait", "value", "reason"),
    [
        ("network", "resnet50", "network"),
        ("filter", 64, "filter"),
        ("stride", 0, "stride"),
        ("relu", 1.5, "relu"),
        ("photo", "file:///a.png", "photo must be pixels or a data: address"),
        ("position", (0, -1), "position must be a whole number"),
    ],
)
def test_a_wrong_trait_raises(trait: str, value: Any, reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        FilterBrowser(**{trait: value})


def test_the_filters_are_shipped_in_tens_of_kilobytes_and_the_photo_in_two_hundred() -> None:
    from cnnbook.widgets.base import source

    assert len(source("first-layers").encode()) < 70_000
    assert len(source("cat").encode()) < 220_000

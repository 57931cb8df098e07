"""The photo that three figures share: what Python takes, and what a view does with the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

from cnnbook.images import cat
from cnnbook.widgets import ChannelMixer, FilterBrowser, KernelLab
from cnnbook.widgets.base import style
from cnnbook.widgets.photo import pixels_of

from .conftest import DESKTOP, PHONE, Open
from .photos import BROKEN, png

FIGURES = [KernelLab, ChannelMixer, FilterBrowser]
IN_JUPYTER = Path(__file__).with_name("in_jupyter.js").read_text("utf-8")
SMALL = np.full((4, 6, 3), 90)


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (cat()[:4] / 255, "whole numbers from 0 to 255, and these are float64"),
        (np.where(SMALL > 0, 300, 0), "from 0 to 255, and these from 300 to 300"),
        (SMALL - 95, "from 0 to 255, and these from -5 to -5"),
        (np.zeros((4, 5, 4), np.uint8), r"height × width × 3 numbers, .* \(4, 5, 4\)"),
        (np.zeros((4, 5, 1), np.uint8), r"the shape \(4, 5, 1\)"),
        (np.zeros((3, 4, 5), np.uint8), r"the shape \(3, 4, 5\)"),
        (np.zeros((4, 5), np.uint8), r"the shape \(4, 5\)"),
        (np.zeros((0, 5, 3), np.uint8), r"the shape \(0, 5, 3\)"),
        ([[[1, 2, 3], [4, 5]]], "its rows differ in length"),
        (None, r"the shape \(\)"),
        ("data:image/png;base64,AAAA", "no picture can be read from it"),
        ("data:image/png;base64,A", "no picture can be read from it"),
        ("https://example.org/cat.png", "an address starts with data:image/"),
    ],
    ids=lambda value: value[:28] if isinstance(value, str) else "",
)
def test_what_is_no_photo_is_refused(figure: Any, value: Any, reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=f"photo must be pixels .* but got .*{reason}"):
        figure(photo=value)
    kept = figure(photo=SMALL)
    with pytest.raises(traitlets.TraitError, match="photo must be"):
        kept.photo = value
    assert pixels_of(kept.photo).shape == SMALL.shape


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_whole_numbers_of_any_type_are_a_photo(dtype: Any) -> None:
    assert (pixels_of(KernelLab(photo=SMALL.astype(dtype)).photo) == 90).all()
    assert (pixels_of(KernelLab(photo=SMALL.tolist()).photo) == 90).all()
    again = KernelLab(photo=SMALL).photo
    assert KernelLab(photo=again).photo == again


@pytest.mark.browser
@pytest.mark.parametrize("figure", FIGURES)
def test_a_view_keeps_its_picture_where_it_cannot_read_the_next(
    open_page: Open, figure: Any
) -> None:
    visit = open_page(wait=False)
    page = visit.page
    page.goto("about:blank")
    widget = figure(photo=SMALL)
    page.evaluate(IN_JUPYTER, [widget._esm, style(), widget.state()])
    page.evaluate("fromPython('photo', 'data:image/tiff;base64,AAAA')")
    page.evaluate("fromPython('photo', 'data:image/png;base64,AAAA')")
    width = "width => document.querySelector('.picture > canvas').width === width"
    page.wait_for_function(width, arg=6)
    page.evaluate("address => fromPython('photo', address)", figure(photo=SMALL[:, :3]).photo)
    page.wait_for_function(width, arg=3)
    assert visit.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("view", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("figure", FIGURES)
def test_a_tall_picture_does_not_draw_the_figure_out(
    open_page: Open, figure: Any, view: dict[str, int]
) -> None:
    visit = open_page(figure(), viewport=view)
    name = f"{figure.module}-1"
    found = visit.figure(name)
    before = found.bounding_box()["height"]
    panes = 1 if figure is not KernelLab or view is DESKTOP else 2
    tall = np.zeros((2000, 400, 3), np.uint8)
    tall[1000:] = 200
    found.locator("input[type=file]").set_input_files(png(tall))
    visit.page.wait_for_function("() => document.querySelector('.picture > canvas').width === 90")
    picture = found.locator(".picture").first.bounding_box()
    assert picture["height"] / picture["width"] == pytest.approx(451 / 90, rel=0.02)
    width = found.locator(".pane").first.bounding_box()["width"]
    assert picture["height"] <= 1.81 * width
    assert found.bounding_box()["height"] <= before + panes * 1.81 * width
    # What is pointed at is what lies under the pointer.
    point = {"x": picture["width"] / 2, "y": 0.75 * picture["height"]}
    found.locator(".picture").first.hover(position=point)
    row = int(found.get_by_label("Row", exact=True).input_value())
    size = 112 if figure is FilterBrowser else 451
    assert row == pytest.approx(0.75 * size, abs=3)
    column = int(found.get_by_label("Column", exact=True).input_value())
    assert column == pytest.approx((21 if figure is FilterBrowser else 90) / 2, abs=2)


@pytest.mark.browser
@pytest.mark.parametrize("figure", FIGURES)
def test_nothing_moves_when_a_figure_with_a_tall_picture_starts(
    open_page: Open, figure: Any
) -> None:
    visit = open_page(figure(photo=np.full((500, 100, 3), 90)))
    running, still = visit.heights(f"{figure.module}-1")
    assert still == pytest.approx(running, abs=0.5)


@pytest.mark.browser
@pytest.mark.parametrize("figure", FIGURES)
def test_start_again_leaves_no_message_behind(open_page: Open, figure: Any) -> None:
    visit = open_page(figure())
    found = visit.figure(f"{figure.module}-1")
    row = found.get_by_label("Row", exact=True)
    before = row.input_value()
    row.fill("abc")
    found.locator("input[type=file]").set_input_files(BROKEN)
    found.get_by_role("alert").filter(has_text="broken.png is no picture").wait_for()
    found.get_by_role("button", name="Start again").click()
    assert row.input_value() == before
    assert [text for text in found.get_by_role("alert").all_inner_texts() if text] == []

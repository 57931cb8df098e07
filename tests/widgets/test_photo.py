"""The photo that three figures share: what Python takes, and what a view does with the rest."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

from cnnbook.images import cat
from cnnbook.widgets import ChannelMixer, FilterBrowser, KernelLab
from cnnbook.widgets.base import style
from cnnbook.widgets.photo import pixels_of

from .conftest import COPYING, DESKTOP, PHONE, Open, Visit
from .photos import BROKEN, pixels, png

FIGURES = [KernelLab, ChannelMixer, FilterBrowser]
IN_JUPYTER = Path(__file__).with_name("in_jupyter.js").read_text("utf-8")
SMALL = np.full((4, 6, 3), 90)
SHOWN = "width => document.querySelector('.picture > canvas').width === width"

#: Holds every picture that is decoded until `release(number)`, which then waits for what follows.
HOLD = """() => {
  const decode = HTMLImageElement.prototype.decode;
  globalThis.held = [];
  HTMLImageElement.prototype.decode = function () {
    const entry = {};
    entry.done = new Promise((go) => { entry.go = go; }).then(() => decode.call(this));
    held.push(entry);
    return entry.done;
  };
  globalThis.release = async (number) => {
    held[number].go();
    await held[number].done.catch(() => {});
    await new Promise((go) => setTimeout(go));
  };
}"""

#: A camera of 8 × 6 pixels that is lent once the reader allows it: `allow(number)`.
CAMERA = """() => {
  globalThis.asked = [];
  globalThis.tracks = [];
  navigator.mediaDevices.getUserMedia = () => new Promise((resolve) => asked.push(() => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 8, height: 6 });
    canvas.getContext("2d").fillRect(0, 0, 8, 6);
    const stream = canvas.captureStream();
    tracks.push(...stream.getTracks());
    resolve(stream);
  }));
  globalThis.allow = async (number) => {
    asked[number]();
    await new Promise((go) => setTimeout(go));
  };
  globalThis.live = () => tracks.filter((track) => track.readyState === "live").length;
}"""


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


@pytest.mark.browser
@pytest.mark.parametrize("figure", FIGURES)
def test_code_for_a_readers_picture_loads_it_and_gives_what_it_shows(
    open_page: Open, figure: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = np.random.default_rng(1).integers(0, 256, (400, 200, 3), np.uint8)
    picture = png(own)
    monkeypatch.chdir(tmp_path)
    Path("picture.png").write_bytes(picture["buffer"])
    widget = figure(**({"network": "vgg16"} if figure is FilterBrowser else {}))
    name = f"{figure.module}-1"
    visit = open_page(widget, **COPYING)
    visit.figure(name).locator("input[type=file]").set_input_files(picture)
    visit.page.wait_for_function(SHOWN, arg=200)
    tables = visit.drive(name, fields={"Row": 380, "Column": 150})
    scope = visit.run_copied(name)
    np.testing.assert_array_equal(scope["photo"], own)
    if figure is FilterBrowser:
        shown, made = tables["Partial sums"][-1][1], scope["maps"][0, 55, 380, 150]
        tolerance = 0.02  # the page's weights are float16
    else:
        shown, made = np.ravel(tables["Output"]), scope["output"][0, :, 380, 150]
        tolerance = 6e-4
    np.testing.assert_allclose(made, shown, atol=tolerance)


@pytest.mark.browser
@pytest.mark.parametrize("figure", FIGURES)
def test_code_for_a_scaled_picture_has_its_size(
    open_page: Open, figure: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held upright, the camera stored the picture lying on its side."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (902, 500), "green").save("picture.png", exif=exif)
    name = f"{figure.module}-1"
    visit = open_page(figure(), **COPYING)
    visit.figure(name).locator("input[type=file]").set_input_files("picture.png")
    visit.page.wait_for_function(SHOWN, arg=250)
    visit.drive(name, fields={"Row": 110, "Column": 60})
    assert visit.run_copied(name)["photo"].shape == (451, 250, 3)


@pytest.mark.browser
@pytest.mark.parametrize("figure", FIGURES)
def test_a_copied_link_says_that_it_does_not_hold_the_readers_picture(
    open_page: Open, figure: Any
) -> None:
    name = f"{figure.module}-1"
    visit = open_page(figure(), **COPYING)
    found = visit.figure(name)
    lacking = found.get_by_role("status").filter(has_text="Your picture is not in it.")
    visit.link(name)
    assert lacking.count() == 0
    found.locator("input[type=file]").set_input_files(png(SMALL.astype(np.uint8)))
    visit.page.wait_for_function(SHOWN, arg=6)
    visit.link(name)
    assert lacking.count() == 1
    visit.start_again(name)
    visit.page.wait_for_function(SHOWN, arg=451)
    visit.link(name)
    assert lacking.count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("figure", FIGURES)
def test_a_slow_picture_does_not_replace_a_later_one(open_page: Open, figure: Any) -> None:
    visit = open_page(figure())
    found = visit.figure(f"{figure.module}-1")
    visit.page.evaluate(HOLD)
    chooser = found.locator("input[type=file]")
    for picture in (png(np.zeros((8, 9, 3), np.uint8)), BROKEN, png(SMALL.astype(np.uint8))):
        chooser.set_input_files(picture)
    for number in (2, 1, 0):
        visit.page.evaluate("number => release(number)", number)
        assert visit.page.evaluate(SHOWN, 6)
    assert [text for text in found.get_by_role("alert").all_inner_texts() if text] == []
    chooser.set_input_files(png(np.zeros((8, 9, 3), np.uint8)))
    found.get_by_role("button", name="Start again").click()
    for number in (4, 3):
        visit.page.evaluate("number => release(number)", number)
        assert visit.page.evaluate(SHOWN, 451)
    assert visit.errors == []


def _with_camera(open_page: Open) -> Visit:
    visit = open_page(KernelLab(), served=True)
    visit.page.evaluate(CAMERA)
    return visit


@pytest.mark.browser
def test_the_camera_is_asked_for_once_and_given_back(open_page: Open) -> None:
    visit = _with_camera(open_page)
    figure = visit.figure("kernel-lab-1")
    use = figure.get_by_role("button", name="Use the camera")
    use.click()
    use.click()
    assert visit.page.evaluate("asked.length") == 1
    visit.page.evaluate("allow(0)")
    visit.page.wait_for_function(SHOWN, arg=8)
    assert visit.page.evaluate("live()") == 1
    figure.get_by_role("button", name="Stop the camera").click()
    assert visit.page.evaluate("live()") == 0
    assert use.is_visible()
    assert visit.errors == []


@pytest.mark.browser
@pytest.mark.parametrize("instead", ["start again", "a picture"])
def test_a_camera_that_is_lent_too_late_is_given_back(open_page: Open, instead: str) -> None:
    visit = _with_camera(open_page)
    figure = visit.figure("kernel-lab-1")
    figure.get_by_role("button", name="Use the camera").click()
    if instead == "start again":
        visit.start_again("kernel-lab-1")
    else:
        chooser = figure.locator("input[type=file]")
        chooser.set_input_files(png(SMALL.astype(np.uint8)))
        visit.page.wait_for_function(SHOWN, arg=6)
    visit.page.evaluate("allow(0)")
    assert visit.page.evaluate("[tracks.length, live()]") == [1, 0]
    assert figure.get_by_role("button", name="Use the camera").is_visible()
    # It can be asked for again.
    figure.get_by_role("button", name="Use the camera").click()
    visit.page.evaluate("allow(1)")
    visit.page.wait_for_function(SHOWN, arg=8)


@pytest.mark.browser
def test_a_camera_that_ends_by_itself_says_so(open_page: Open) -> None:
    visit = _with_camera(open_page)
    figure = visit.figure("kernel-lab-1")
    figure.get_by_role("button", name="Use the camera").click()
    visit.page.evaluate("allow(0)")
    visit.page.wait_for_function(SHOWN, arg=8)
    visit.page.evaluate("tracks[0].dispatchEvent(new Event('ended'))")
    assert figure.get_by_role("button", name="Use the camera").is_visible()
    alert = figure.get_by_role("alert").filter(has_text="The camera has stopped.")
    assert alert.count() == 1
    assert visit.page.evaluate(SHOWN, 8)


@pytest.mark.browser
@pytest.mark.parametrize("figure", FIGURES)
def test_a_transparent_picture_lies_on_white(open_page: Open, figure: Any) -> None:
    """As a black logo does: black on black would show nothing."""
    from PIL import Image

    logo = np.zeros((4, 6, 4), np.uint8)
    logo[1:3, 2:5, 3] = 255
    expected = np.where(logo[..., 3:] == 255, 0, 255).repeat(3, 2)
    file = io.BytesIO()
    Image.fromarray(logo).save(file, "PNG")
    name = f"{figure.module}-1"
    visit = open_page(figure())
    visit.figure(name).locator("input[type=file]").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    visit.page.wait_for_function(SHOWN, arg=6)
    np.testing.assert_array_equal(pixels(visit, name, 0), expected)
    address = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    np.testing.assert_array_equal(pixels_of(figure(photo=address).photo), expected)

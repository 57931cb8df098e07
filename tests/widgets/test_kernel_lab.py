"""The kernel lab as a reader drives it, against PyTorch."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import traitlets
from torch.nn import functional

from cnnbook.images import cat, grey
from cnnbook.widgets import KernelLab

from .conftest import COPYING, Open, Visit
from .photos import BROKEN, pixels, png

pytestmark = pytest.mark.browser
NAME = "kernel-lab-1"

DROP = """([name, kind, bytes]) => {
  const file = new File([Uint8Array.from(bytes)], "picture", { type: "image/png" });
  const transfer = new DataTransfer();
  transfer.items.add(file);
  const target = document.querySelector(`#${name} .cnnbook-live`);
  target.querySelector("select").focus();
  if (kind === "drop") target.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer }));
  else document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer }));
}"""


def _canvas(visit: Visit, index: int) -> npt.NDArray[np.int64]:
    return pixels(visit, NAME, index).astype(np.int64)


def _map(levels: npt.NDArray[np.int64], weight: Any, divisor: int) -> npt.NDArray[np.float64]:
    image = torch.tensor(levels[..., 0], dtype=torch.float64)[None, None]
    kernel = torch.tensor(weight, dtype=torch.float64)[None, None] / divisor
    result: npt.NDArray[np.float64] = functional.conv2d(
        image, kernel, padding=kernel.shape[2] // 2
    )[0, 0].numpy()
    return result


@pytest.fixture(scope="module")
def visit(open_for_module: Open) -> Visit:
    return open_for_module(KernelLab())


@pytest.fixture(scope="module")
def levels(visit: Visit) -> npt.NDArray[np.int64]:
    visit.figure(NAME)
    return _canvas(visit, 0)


def test_its_photo_is_the_cat_in_grey(levels: npt.NDArray[np.int64]) -> None:
    assert levels.shape == (300, 451, 3)
    assert (levels[..., 0] == levels[..., 1]).all()
    assert (levels[..., 0] == KernelLab().levels()).all()
    assert np.abs(levels[..., 0] - 255 * grey(cat())).max() <= 0.5 + 1e-9


def test_a_photo_from_python_is_shown_in_pythons_levels(open_page: Open) -> None:
    """Fine lines survive, and so do halves: 40 · 0.2125 = 8.5 is rounded up on both sides."""
    photo = np.zeros((5, 7, 3), np.uint8)
    photo[:, 2, 0] = 255
    photo[:, 5, 0] = 40
    lab = KernelLab(photo=photo)
    visit = open_page(lab)
    visit.figure(NAME)
    assert lab.levels()[0].tolist() == [0, 0, 54, 0, 0, 9, 0]
    assert (_canvas(visit, 0)[..., 0] == lab.levels()).all()


def drive_case(visit: Visit, levels: npt.NDArray[np.int64], seed: int) -> None:
    """Drive a lab to random settings, and compare its tables with PyTorch."""
    choose = random.Random(seed)
    size = choose.choice([3, 5])
    decimals = choose.choice([0, 0, 2])
    weight = [[round(choose.uniform(-9, 9), decimals) for _ in range(size)] for _ in range(size)]
    divisor = choose.choice([1, 1, 9, 25, choose.randint(2, 99)])
    border = choose.random() < 0.3
    row = choose.choice([0, 299]) if border else choose.randint(0, 299)
    column = choose.choice([0, 450]) if border else choose.randint(0, 450)
    tables = visit.drive(
        NAME,
        selects={"Kernel size": str(size)},
        fields={"Divide by": divisor, "Row": row, "Column": column},
        cells={"Filter": weight},
    )
    image = torch.tensor(levels[..., 0], dtype=torch.float64)
    padded = functional.pad(image, [size // 2] * 4)[row : row + size, column : column + size]
    assert tables["Input"] == padded.tolist()
    np.testing.assert_allclose(tables["Products"], padded * torch.tensor(weight), atol=6e-4)
    expected = functional.conv2d(padded[None, None], torch.tensor(weight).double()[None, None])
    assert tables["Output"][0][0] == pytest.approx(expected.item() / divisor, abs=6e-4)
    assert visit.errors == []


@pytest.mark.parametrize("seed", range(200))
def test_the_output_at_a_position_is_pytorchs(
    visit: Visit, levels: npt.NDArray[np.int64], seed: int
) -> None:
    drive_case(visit, levels, seed)


@pytest.mark.parametrize("preset", ["identity", "blur", "sharpen", "emboss"])
@pytest.mark.parametrize("size", [3, 5])
def test_a_map_that_keeps_brightness_is_drawn_in_its_levels(
    visit: Visit, levels: npt.NDArray[np.int64], preset: str, size: int
) -> None:
    visit.drive(NAME, selects={"Kernel size": "3"})
    tables = visit.drive(NAME, selects={"Preset": preset})
    tables = visit.drive(NAME, selects={"Kernel size": str(size)})
    divisor = int(visit.figure(NAME).get_by_label("Divide by").input_value())
    expected = _map(levels, tables["Filter"], divisor)
    shown = _canvas(visit, 1)
    assert np.abs(shown[..., 0] - np.clip(expected, 0, 255)).max() <= 0.5 + 1e-9
    note = visit.figure(NAME).locator(".pane .hint").nth(1).inner_text().replace("−", "-")
    assert note.startswith(f"From {round(expected.min(), 1):g} to {round(expected.max(), 1):g}.")


@pytest.mark.parametrize("preset", ["Sobel x", "Sobel y", "Laplacian"])
def test_a_map_with_both_signs_is_purple_and_green(
    visit: Visit, levels: npt.NDArray[np.int64], preset: str
) -> None:
    visit.drive(NAME, selects={"Kernel size": "3"})
    tables = visit.drive(NAME, selects={"Preset": preset})
    expected = _map(levels, tables["Filter"], 1)
    shown = _canvas(visit, 1)
    strong = np.abs(expected) > 30
    green = shown[..., 1] > shown[..., 0]
    assert (green[strong] == (expected > 0)[strong]).all()
    assert (shown[expected == 0] == shown[expected == 0][0]).all()


def test_pointing_at_the_map_explains_that_pixel(visit: Visit) -> None:
    figure = visit.figure(NAME)
    box = figure.locator("canvas").nth(1).bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.25)
    assert "Output row 75, column 225" in figure.get_by_role("status").first.inner_text()
    visit.page.mouse.click(box["x"] + 1, box["y"] + 1)
    visit.page.mouse.move(0, 0)
    status = figure.get_by_role("status").first.inner_text()
    # A pixel of the screen covers more than one of the photo; which ones depends on the layout.
    assert re.match(r"Output row [01], column [01]:", status)


@pytest.mark.parametrize("kind", ["button", "drop", "paste"])
def test_a_readers_picture_stays_in_the_browser(open_page: Open, kind: str) -> None:
    visit = open_page(KernelLab(), served=True)
    visit.figure(NAME)
    before = list(visit.requests)
    own = np.zeros((600, 902, 3), np.uint8)
    own[:, 451:] = 200
    picture = png(own)
    if kind == "button":
        visit.page.locator("input[type=file]").set_input_files(picture)  # type: ignore[arg-type]
    else:
        visit.page.evaluate(DROP, [NAME, kind, list(picture["buffer"])])
    visit.page.wait_for_function(
        "() => document.querySelector('canvas').getContext('2d')"
        ".getImageData(440, 10, 1, 1).data[0] === 200"
    )
    assert _canvas(visit, 0).shape == (300, 451, 3)
    news = [url for url in visit.requests[len(before) :] if not url.startswith("blob:")]
    assert news == []
    assert visit.errors == []


def test_a_broken_picture_says_so_and_the_last_one_stays(open_page: Open) -> None:
    visit = open_page(KernelLab())
    figure = visit.figure(NAME)
    before = _canvas(visit, 0)
    visit.page.locator("input[type=file]").set_input_files(BROKEN)  # type: ignore[arg-type]
    alert = figure.get_by_role("alert").filter(has_text="broken.png is no picture")
    alert.wait_for()
    assert (_canvas(visit, 0) == before).all()


def test_start_again_brings_back_the_photo_that_it_was_given(open_page: Open) -> None:
    """Its author's one, not the cat: the view would no longer show what Python computes with."""
    given = np.full((20, 30, 3), 90, np.uint8)
    visit = open_page(KernelLab(photo=given))
    figure = visit.figure(NAME)
    visit.page.locator("input[type=file]").set_input_files(
        png(np.full((8, 9, 3), 200, np.uint8))  # type: ignore[arg-type]
    )
    width = "width => document.querySelector('.picture > canvas').width === width"
    visit.page.wait_for_function(width, arg=9)
    figure.get_by_role("button", name="Start again").click()
    visit.page.wait_for_function(width, arg=30)
    assert (_canvas(visit, 0) == 90).all()


def test_a_link_restores_the_kernel(open_page: Open) -> None:
    visit = open_page(KernelLab(), **COPYING)
    visit.drive(NAME, selects={"Kernel size": "5"}, fields={"Row": 7, "Column": 9, "Divide by": 3})
    again = open_page(KernelLab(), hash=visit.link(NAME), **COPYING)
    assert again.drive(NAME) == visit.drive(NAME)


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("preset", ["Sobel x", "sharpen", "emboss", "Laplacian", "blur"])
def test_the_code_that_it_copies_gives_what_it_shows(
    open_page: Open, preset: str, size: int
) -> None:
    lab = KernelLab(preset=preset, kernel_size=size)
    visit = open_page(lab, **COPYING)
    row, column = lab.position
    value = visit.run_copied(NAME)["output"][0, 0, row, column].item()
    assert value == pytest.approx(visit.drive(NAME)["Output"][0][0], abs=6e-4)
    assert value == pytest.approx(lab.output()[row, column], abs=1e-4)


def test_its_code_reads_the_place_that_it_shows(open_page: Open) -> None:
    """The nearest one, where the chosen place lies beyond the photo."""
    visit = open_page(KernelLab(position=(900, 4000)), **COPYING)
    assert "row 299, column 450" in visit.figure(NAME).get_by_role("status").first.inner_text()
    assert "output[0, 0, 299, 450]" in visit.copied(NAME, "Copy as PyTorch")
    visit.run_copied(NAME)


@pytest.mark.parametrize(
    ("traits", "reason"),
    [
        ({"weight": [[1, 2], [3, 4]]}, "3 × 3 or 5 × 5"),
        ({"weight": [["a"]]}, "weight must be rows"),
        ({"kernel_size": 4}, "kernel_size"),
        ({"divisor": 0}, "divisor"),
        ({"photo": "https://example.org/cat.png"}, "photo must be pixels or a data: address"),
        ({"preset": "edges"}, "preset must be one of identity, blur"),
    ],
)
def test_a_wrong_trait_raises(traits: dict[str, Any], reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        KernelLab(**traits)


def test_sizes_and_numbers_follow_each_other() -> None:
    lab = KernelLab(preset="Laplacian")
    lab.kernel_size = 5
    assert np.array(lab.weight).shape == (5, 5)
    assert np.sum(lab.weight) == 0
    lab.weight = np.eye(3)
    assert lab.kernel_size == 3
    lab.photo = ""
    picture = KernelLab(photo=np.full((4, 6, 3), 100, np.uint8))
    assert picture.levels().shape == (4, 6)
    assert picture.measures()["ratio"] == 667


def test_a_preset_cannot_be_called_the_readers_own(open_page: Open) -> None:
    visit = open_page(KernelLab(preset="emboss"))
    visit.drive(NAME, selects={"Preset": "your own"})
    assert visit.figure(NAME).get_by_label("Preset").input_value() == "emboss"


@pytest.mark.parametrize(
    ("weight", "legend"),
    [
        ([[0] * 3] * 3, "The map is 0 everywhere."),
        ([[0, 0, 0], [-0.01, 0, 0.01], [0, 0, 0]], "full green from 0."),
    ],
    ids=["zero", "small"],
)
def test_its_legend_tells_small_numbers_from_zero(
    open_page: Open, weight: list[list[float]], legend: str
) -> None:
    figure = open_page(KernelLab(weight=weight)).figure(NAME)
    note = figure.locator(".pane .hint").nth(1).inner_text()
    assert legend in note
    assert "from 0," not in note


def test_a_paste_goes_to_the_figure_that_has_the_focus(open_page: Open) -> None:
    visit = open_page(KernelLab(), KernelLab(preset="blur"))
    other = visit.figure("kernel-lab-2")
    other.locator(".picture").first.hover()
    picture = png(np.full((8, 9, 3), 200, np.uint8))
    visit.page.evaluate(
        DROP.replace("focus()", "focus({ preventScroll: true })"),
        [NAME, "paste", list(picture["buffer"])],
    )
    visit.page.wait_for_function("() => document.querySelector('.picture > canvas').width === 9")
    assert pixels(visit, "kernel-lab-2", 0).shape == (300, 451, 3)

"""The figures with photos on the book's own pages, with their policy and styles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.widgets import test_channel_mixer, test_filter_browser, test_kernel_lab
from tests.widgets.conftest import DESKTOP, PHONE, Visit
from tests.widgets.photos import pixels

from cnnbook.images import cat

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

#: How far a filter's numbers stand from their pixels, and how far they reach beyond them.
OFF_THE_PIXELS = """() => Math.max(...[...document.querySelectorAll(".levels td")].map((cell) => {
  const picture = cell.closest(".levels").querySelector("canvas").getBoundingClientRect();
  const [side, box] = [picture.width / 3, cell.getBoundingClientRect()];
  const text = document.createRange();
  text.selectNodeContents(cell);
  return Math.max(
    Math.abs(box.left - picture.left - cell.cellIndex * side),
    Math.abs(box.top - picture.top - cell.parentNode.rowIndex * side),
    text.getBoundingClientRect().width - side,
  );
}))"""


@contextmanager
def _open(browser: Browser, site: Path, page: str, viewport: dict[str, int]) -> Iterator[Visit]:
    context = browser.new_context(reduced_motion="reduce", viewport=viewport)  # type: ignore[arg-type]
    visit = Visit.watch(context.new_page())
    visit.page.goto((site / f"book/{page}.html").as_uri())
    visit.page.wait_for_function("() => document.querySelector('figure[data-widget]').id")
    yield visit
    context.close()


@pytest.mark.parametrize("page", ["index", "convolution"])
def test_the_kernel_lab_of_a_page_is_right(browser: Browser, site: Path, page: str) -> None:
    name = test_kernel_lab.NAME
    with _open(browser, site, page, DESKTOP) as visit:
        visit.figure(name)
        levels = pixels(visit, name, 0).astype(int)
        for seed in range(3000, 3005):
            test_kernel_lab.drive_case(visit, levels, seed)


def test_the_channel_mixer_of_its_page_is_right(browser: Browser, site: Path) -> None:
    name = test_channel_mixer.NAME
    with _open(browser, site, "one-by-one", DESKTOP) as visit:
        visit.figure(name)
        visit.drive(name, checks={"Shuffle the pixels first": True})
        photos = {False: cat(), True: pixels(visit, name, 0)}
        for seed in range(3000, 3005):
            test_channel_mixer.drive_case(visit, photos, seed)


def test_the_filter_browser_of_its_page_is_right(browser: Browser, site: Path) -> None:
    with _open(browser, site, "pretrained-filters", DESKTOP) as visit:
        visit.figure(test_filter_browser.NAME)
        for seed in range(3000, 3005):
            test_filter_browser.drive_case(visit, seed)


@pytest.mark.parametrize("view", [{"width": 1360, "height": 900}, PHONE], ids=["desktop", "phone"])
def test_the_numbers_of_a_small_filter_stand_on_its_pixels(
    browser: Browser, site: Path, view: dict[str, int]
) -> None:
    name = test_filter_browser.NAME
    with _open(browser, site, "pretrained-filters", view) as visit:
        visit.figure(name)
        visit.drive(name, selects={"Network": "vgg16"})
        for number in range(0, 64, 3):
            visit.drive(name, fields={"Filter": number})
            assert visit.page.evaluate(OFF_THE_PIXELS) <= 0.5, number

"""The interactive figures where readers meet them: in the built pages, served and from disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.book import SITE, assert_none, soup, toc_pages
from tests.widgets import (
    test_layer_calculator,
    test_pooling_explorer,
    test_receptive_field_explorer,
    test_volume_explorer,
)
from tests.widgets.conftest import Visit
from tests.widgets.test_convolution_explorer import actions, expected_output, random_case

from cnnbook import widgets

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

# Adds up what moved without the reader's doing.
WATCH_SHIFTS = """() => {
  globalThis.shifts = [];
  new PerformanceObserver((list) => list.getEntries()
    .filter((entry) => !entry.hadRecentInput)
    .flatMap((entry) => entry.sources)
    // The theme's lists and header follow the reader; the text and its figures must not move.
    .map(({ node }) => node?.closest ? node : node?.parentElement)
    .filter((node) => node?.closest(".bd-article-container") && !node.closest(".bd-header-article"))
    .forEach((node) => shifts.push(node.outerHTML.slice(0, 120))))
    .observe({ type: "layout-shift", buffered: true });
}"""

# Parts of a figure that stick out of it; what scrolls inside of the figure may be wider, and what
# is only read aloud may lie beside the screen.
STICKS_OUT = """(figure) => {
  const { left, right, bottom } = figure.getBoundingClientRect();
  const clipped = (part) => {
    for (let node = part.parentElement; node !== figure; node = node.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(node).overflowX)) return true;
    }
    return false;
  };
  return [...figure.querySelectorAll(".cnnbook-live *")]
    .filter((part) => part.checkVisibility({ visibilityProperty: true }))
    .filter((part) => !part.closest("svg svg, math, .unseen"))
    .filter((part) => {
      const box = part.getBoundingClientRect();
      return box.width > 1 && box.height > 1
        && (box.right > right + 1.5 || box.left < left - 1.5 || box.bottom > bottom + 1.5);
    })
    .filter((part) => !clipped(part))
    .map((part) => part.outerHTML.slice(0, 120));
}"""


def _figures() -> dict[str, list[str]]:
    """Names of the pages with figures, and what each shows."""
    found = {}
    for page in toc_pages():
        html = SITE / f"{page}.html"
        if html.is_file():
            names = [str(tag["data-widget"]) for tag in soup(html).select("figure[data-widget]")]
            if names:
                found[page] = names
    return found


PAGES = _figures()


def _visit(browser: Browser, address: str, **options: Any) -> Visit:
    """Open a page of the book in a context of its own."""
    visit = Visit.watch(browser.new_context(reduced_motion="reduce", **options).new_page())
    visit.page.add_init_script(f"({WATCH_SHIFTS})()")
    visit.page.goto(address)
    return visit


def _start_all(visit: Visit) -> None:
    """Scroll through the page as a reader does, until every figure runs."""
    visit.page.wait_for_function("() => document.querySelector('figure[data-widget]').id")
    for figure in visit.page.locator("figure[data-widget]").all():
        visit.figure(str(figure.get_attribute("id")))
    # The browser reports what moved after the frame in which it did.
    visit.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    )


def test_every_figure_stands_in_its_chapter() -> None:
    shown = {name for names in PAGES.values() for name in names}
    assert shown == {getattr(widgets, name).module for name in widgets.__all__}
    for page, name in {
        "book/index": "kernel-lab",
        "book/convolution": "kernel-lab",
        "book/stride": "convolution-explorer",
        "book/padding": "convolution-explorer",
        "book/depth": "volume-explorer",
        "book/one-by-one": "channel-mixer",
        "book/neuron-view": "receptive-field-explorer",
        "book/pooling": "pooling-explorer",
        "book/fully-connected": "layer-calculator",
        "book/pretrained-filters": "filter-browser",
    }.items():
        assert name in PAGES[page]


@pytest.mark.parametrize("page", toc_pages())
def test_a_page_loads_the_styles_of_the_figures_that_it_shows(site: Path, page: str) -> None:
    links = soup(site / f"{page}.html").select('link[rel="stylesheet"]')
    loaded = [str(link["href"]).split("?")[0].split("_static/")[-1] for link in links]
    own = {Path(name).stem for name in loaded if name.startswith("widgets/")}
    assert own == set(PAGES.get(page, []))
    assert loaded.count("widgets.css") == (page in PAGES)


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("served", [True, False], ids=["served", "disk"])
@pytest.mark.parametrize("view", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_page_with_figures(
    browser: Browser, site: Path, origin: str, page: str, view: Any, *, served: bool
) -> None:
    home = f"{origin}/" if served else site.as_uri()
    visit = _visit(browser, f"{home.rstrip('/')}/{page}.html", viewport=view)
    _start_all(visit)
    assert_none(visit.errors)
    assert_none([url for url in visit.requests if not url.startswith((home, "blob:", "data:"))])
    assert_none(visit.page.evaluate("shifts"))
    for figure in visit.page.locator("figure[data-widget]").all():
        assert_none(figure.evaluate(STICKS_OUT))
    visit.page.context.close()


@pytest.mark.browser
def test_a_figure_far_below_is_not_loaded_before_it_is_near(browser: Browser, site: Path) -> None:
    visit = _visit(browser, (site / "book/pretrained-filters.html").as_uri(), viewport=PHONE)
    visit.page.wait_for_function("() => document.querySelector('figure[data-widget]').id")
    # Its styles are: they keep the room that it will need.
    assert [url for url in visit.requests if "/widgets/" in url and ".css" not in url] == []
    _start_all(visit)
    assert any("/widgets/filter-browser.js" in url for url in visit.requests)
    visit.page.context.close()


@pytest.mark.browser
def test_a_page_without_figures_loads_none_of_their_code(browser: Browser, site: Path) -> None:
    visit = _visit(browser, (site / "book/cheat-sheet.html").as_uri())
    assert [url for url in visit.requests if "host.js" in url or "widgets" in url] == []
    visit.page.context.close()


@pytest.fixture(scope="module", params=["book/convolution", "book/stride", "book/padding"])
def chapter(request: pytest.FixtureRequest, browser: Browser, site: Path) -> Iterator[Visit]:
    """A chapter with a convolution explorer, all of whose figures run."""
    visit = _visit(browser, (site / f"{request.param}.html").as_uri(), viewport=DESKTOP)
    _start_all(visit)
    yield visit
    visit.page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(3000, 3010))
def test_the_explorer_of_a_chapter_is_right(chapter: Visit, seed: int) -> None:
    """The book's own pages, with their policy and styles, compute what PyTorch computes."""
    case = random_case(seed)
    tables = chapter.drive("convolution-explorer-1", **actions(case))
    expected = expected_output(case)
    if expected is None:
        assert "Output" not in tables
    else:
        np.testing.assert_allclose(tables["Output"], expected, atol=6e-4)
    assert_none(chapter.errors)


@pytest.fixture(scope="module")
def open_chapter(browser: Browser, site: Path) -> Iterator[Callable[[str], Visit]]:
    """Open a chapter by its name, once for all tests."""
    visits: dict[str, Visit] = {}

    def visit(name: str) -> Visit:
        if name not in visits:
            visits[name] = _visit(browser, (site / f"book/{name}.html").as_uri(), viewport=DESKTOP)
        return visits[name]

    yield visit
    for each in visits.values():
        each.page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("seed", range(3000, 3004))
@pytest.mark.parametrize(
    ("chapter_name", "figure"),
    [
        ("depth", test_volume_explorer),
        ("depth", test_layer_calculator),
        ("fully-connected", test_layer_calculator),
        ("neuron-view", test_receptive_field_explorer),
        ("pooling", test_pooling_explorer),
    ],
    ids=lambda value: value if isinstance(value, str) else value.NAME,
)
def test_the_figures_of_a_chapter_are_right(
    open_chapter: Callable[[str], Visit], chapter_name: str, figure: Any, seed: int
) -> None:
    """Where readers meet them, they show what they show on a page of their own."""
    visit = open_chapter(chapter_name)
    visit.figure(figure.NAME)
    figure.assert_case_is_right(visit, seed)

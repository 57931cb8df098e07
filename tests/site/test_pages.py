"""Each page as a reader meets it in a browser: served, from disk, on a phone, without scripts.

A page is opened three times; what was found is collected, and each promise has a test of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.book import assert_none, toc_pages
from tests.conftest import search_hits
from tests.widgets.harness import NO_STORAGE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

pytestmark = pytest.mark.browser

SOURCES = ["_modules/index", "_modules/cnnbook/convolution"]
PAGES = [*toc_pages(), "genindex", "search", *SOURCES]
PHONE = {"width": 390, "height": 844}
NARROWEST = {"width": 320, "height": 844}
LEAST_TYPE = 9  # CSS pixels
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# A drawing is one picture with one name, which has a test of its own; its many parts take axe long.
DRAWINGS_APART = {"exclude": [[".math > svg"], ["svg[role=img]"]]}
COLOUR_RULES = ("color-contrast", "link-in-text-block")

# Formulas that paint nothing or cannot be read aloud; those in closed boxes only once `opened`.
BROKEN_MATH = """opened => {
  if (opened) document.querySelectorAll("details").forEach(box => { box.open = true; });
  return [...document.querySelectorAll(".math")]
    .filter(math => opened || !math.closest("details:not([open])"))
    .filter(math => {
      const svg = math.querySelector("svg");
      const box = svg && svg.getBoundingClientRect();
      const glyphs = svg ? [...svg.querySelectorAll("use, rect")] : [];
      const painted = glyphs.some(glyph => glyph.getBBox().width > 0 && glyph.getBBox().height > 0);
      return !(box && box.width > 0 && box.height > 0 && svg.checkVisibility() && painted
        && math.querySelector("math"));
    })
    .map(math => math.textContent.slice(0, 80));
}"""

VISIBLE_TEXT = """() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const parts = [];
  while (walker.nextNode()) {
    const { parentElement, data } = walker.currentNode;
    if (!parentElement.closest("pre, code, script, style, math")) parts.push(data);
  }
  return parts.join(" ");
}"""

UNNAMED_PICTURES = """() => [...document.querySelectorAll("img, svg, canvas")]
  // An icon needs no name of its own: axe looks whether the button has one.
  .filter(picture => !picture.parentElement.closest("svg, button, [aria-hidden=true]"))
  .filter(picture => picture.getAttribute("aria-hidden") !== "true")
  .filter(picture => picture.localName === "img"
    ? !(picture.alt.trim() || ["presentation", "none"].includes(picture.getAttribute("role")))
    : !(picture.matches("[role=img]") && (picture.getAttribute("aria-label") || "").trim()))
  .map(picture => picture.outerHTML.slice(0, 120))"""

HIDDEN_CONTENT = """() => {
  document.querySelectorAll("details").forEach(box => { box.open = true; });
  const content = "h1, h2, h3, p, pre, table, figure, img, svg[role=img]";
  return [...document.querySelectorAll(`article :is(${content})`)]
    .filter(part => part.localName !== "p" || part.textContent.trim())
    .filter(part => {
      const box = part.getBoundingClientRect();
      return !(box.width > 0 && box.height > 0 && part.checkVisibility());
    })
    .map(part => part.outerHTML.slice(0, 120));
}"""

SIDEWAYS = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth + 1) return [];
  const wide = [...document.querySelectorAll("main *")]
    .filter(part => part.getBoundingClientRect().right > root.clientWidth + 1)
    .map(part => part.outerHTML.slice(0, 100));
  return [`${root.scrollWidth} px wide`, ...wide.slice(0, 3)];
}"""

# Text in the drawn figures that is smaller than this. An interactive figure's picture has other
# text once it runs.
SMALL_TYPE = """least => [...document.querySelectorAll("svg.cnnbook-picture")]
  .filter(svg => !svg.closest(".cnnbook-figure"))
  .flatMap(svg => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll("text, tspan")].map(part => [part, scale]);
  })
  .map(([part, scale]) => [parseFloat(getComputedStyle(part).fontSize) * scale, part])
  .filter(([size, part]) => size < least && part.textContent.trim())
  .map(([size, part]) => `${part.textContent.trim()}: ${size.toFixed(1)} px`)"""


# Styles, layout and what ResizeObservers do with them are done two frames later.
SETTLED = """() => new Promise(
  done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""


@dataclass
class Visit:
    """What one opening of a page showed."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    axe: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module", params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def served(browser: Browser, origin: str, name: str) -> Visit:
    """The page from a server in light colours, on a desktop and then on a phone."""

    def look(page: Page, visit: Visit) -> None:
        page.evaluate(SETTLED)
        visit.found["math"] = page.evaluate(BROKEN_MATH, False)
        visit.axe += _axe(page)
        visit.found["math"] += page.evaluate(BROKEN_MATH, True)
        visit.found["text"] = page.evaluate(VISIBLE_TEXT)
        visit.found["unnamed"] = page.evaluate(UNNAMED_PICTURES)
        # With all solutions open, as the look at the formulas has left them.
        for phone in (NARROWEST, PHONE):
            page.set_viewport_size(phone)  # type: ignore[arg-type]
            page.evaluate(SETTLED)
            visit.found[f"sideways at {phone['width']}"] = page.evaluate(SIDEWAYS)
        visit.found["small"] = page.evaluate(SMALL_TYPE, LEAST_TYPE)
        # A phone has the same colours, whose measuring takes most of the time.
        without_colours = {rule: {"enabled": False} for rule in COLOUR_RULES}
        visit.axe += [f"on a phone, {finding}" for finding in _axe(page, rules=without_colours)]

    return _visit(browser, f"{origin}/{name}.html", look, color_scheme="light")


@pytest.fixture(scope="module")
def from_disk(browser: Browser, site: Path, name: str) -> Visit:
    """The page opened from disk by a reader whose system is dark."""

    def look(page: Page, visit: Visit) -> None:
        visit.found["theme"] = page.evaluate("document.documentElement.dataset.theme")
        visit.axe += _axe(page, runOnly={"type": "rule", "values": list(COLOUR_RULES)})

    return _visit(browser, _uri(site, name), look, color_scheme="dark")


@pytest.fixture(scope="module")
def scriptless(browser: Browser, site: Path, name: str) -> Visit:
    """The page from disk with scripts forbidden."""

    def look(page: Page, visit: Visit) -> None:
        visit.found["hidden"] = page.evaluate(HIDDEN_CONTENT)
        visit.found["math"] = page.evaluate(BROKEN_MATH, True)
        visit.found["text"] = page.evaluate(VISIBLE_TEXT)

    return _visit(browser, _uri(site, name), look, java_script_enabled=False)


def test_it_opens_without_errors(served: Visit) -> None:
    assert_none(served.errors)


def test_it_opens_from_disk_without_errors(from_disk: Visit) -> None:
    assert_none(from_disk.errors)


def test_it_asks_no_other_origin(served: Visit, origin: str) -> None:
    assert_none([url for url in served.requests if not url.startswith(f"{origin}/")])


def test_from_disk_it_asks_nobody(from_disk: Visit) -> None:
    assert_none([url for url in from_disk.requests if not url.startswith("file:")])


def test_its_formulas_are_painted_and_can_be_read_aloud(served: Visit) -> None:
    assert_none(served.found["math"])


def test_its_formulas_are_painted_without_scripts(scriptless: Visit) -> None:
    assert_none(scriptless.found["math"])


def test_it_shows_no_raw_tex(served: Visit) -> None:
    assert_none(re.findall(r".{0,30}(?:\$\$|\\[\[\](]|\\[a-z]{3,}).{0,30}", served.found["text"]))


def test_its_pictures_have_names(served: Visit) -> None:
    assert_none(served.found["unnamed"])


def test_it_is_accessible_in_light_colours(served: Visit) -> None:
    assert_none(served.axe)


def test_it_is_accessible_in_dark_colours(from_disk: Visit) -> None:
    assert from_disk.found["theme"] == "dark"
    assert_none(from_disk.axe)


@pytest.mark.parametrize("width", [phone["width"] for phone in (NARROWEST, PHONE)])
def test_it_does_not_scroll_sideways_on_a_phone(served: Visit, width: int) -> None:
    assert_none(served.found[f"sideways at {width}"])


def test_its_figures_can_be_read_on_a_phone(served: Visit) -> None:
    assert_none(served.found["small"])


def test_it_is_all_there_without_scripts(scriptless: Visit, name: str) -> None:
    assert_none(scriptless.found["hidden"])
    assert len(scriptless.found["text"].split()) > (0 if name in {"genindex", "search"} else 5)


@pytest.mark.parametrize("from_disk", [False, True], ids=["served", "disk"])
def test_the_search_finds_a_chapter(
    browser: Browser, origin: str, site: Path, *, from_disk: bool
) -> None:
    base = site.as_uri() if from_disk else origin

    def look(page: Page, visit: Visit) -> None:
        visit.found["hits"] = search_hits(page)

    visit = _visit(browser, f"{base}/search.html?q=convolution", look)
    assert any("book/convolution.html" in hit for hit in visit.found["hits"])


def test_escape_closes_the_run_menu_from_within(browser: Browser, origin: str) -> None:
    page = browser.new_page()
    page.goto(f"{origin}/book/stride.html")
    page.get_by_role("button", name="Run this chapter").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("#launch a:focus").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#launch").is_hidden()
    page.close()


def test_without_storage_the_colours_can_be_changed(browser: Browser, origin: str) -> None:
    def look(page: Page, visit: Visit) -> None:
        visit.found["before"] = page.evaluate("document.documentElement.dataset.theme")
        page.locator("button.theme-switch-button:visible").first.click()
        visit.found["after"] = page.evaluate("document.documentElement.dataset.theme")

    url = f"{origin}/book/depth.html"
    visit = _visit(browser, url, look, first=NO_STORAGE, color_scheme="light")
    assert_none(visit.errors)
    assert (visit.found["before"], visit.found["after"]) == ("light", "dark")


def _visit(
    browser: Browser,
    url: str,
    look: Callable[[Page, Visit], None],
    first: str = "",
    **options: Any,
) -> Visit:
    """Open a page, after a script that runs `first` in it, and look at it."""
    visit = Visit()
    context = browser.new_context(
        viewport={"width": 1360, "height": 900}, reduced_motion="reduce", **options
    )
    page = context.new_page()
    _listen(page, visit)
    page.add_init_script(first)
    page.goto(url, wait_until="load")
    look(page, visit)
    context.close()
    return visit


def _listen(page: Page, visit: Visit) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.errors.append(f"{message.text} {message.location['url']}")

    def on_request(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            visit.requests.append(request.url)

    page.on("console", on_console)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("requestfailed", lambda request: visit.errors.append(f"failed: {request.url}"))
    page.on("request", on_request)


def _uri(site: Path, name: str) -> str:
    return (site / f"{name}.html").resolve().as_uri()


def _axe(page: Page, **options: Any) -> list[str]:
    """Run axe-core and return one line for each node that breaks a rule."""
    from axe_playwright_python.sync_playwright import Axe

    defaults = {
        "runOnly": {"type": "tag", "values": list(AXE_TAGS)},
        "resultTypes": ["violations"],
        "preload": False,
    }
    result = Axe().run(page, context=DRAWINGS_APART, options={**defaults, **options})
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary'].splitlines()[1].strip()}"
        for violation in result.response["violations"]
        for node in violation["nodes"]
    ]

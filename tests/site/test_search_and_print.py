"""What readers do with a page besides reading it: they search for a word, and print a chapter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pypdf
import pytest
from tests.book import assert_none, soup, toc_pages
from tests.conftest import search_hits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# What a reader would type → the page that answers it; it must be among the first three.
ANSWERS = {
    "convolution": "convolution",
    "kernel": "convolution",
    "stride": "stride",
    "dilation": "stride",
    "padding": "padding",
    "pooling": "pooling",
    "max pooling": "pooling",
    "downsampling": "pooling",
    "receptive field": "neuron-view",
    "parameter sharing": "neuron-view",
    "deconvolution": "neuron-view",
    "1x1 convolution": "one-by-one",
    "1×1": "one-by-one",
    "pointwise": "one-by-one",
    "32×32×3": "depth",
    "bottleneck": "one-by-one",
    "flatten": "fully-connected",
    "dense layer": "fully-connected",
    "cross-correlation": "convolution",
    "AlexNet": "pretrained-filters",
    "groups": "depth",
    "inner product": "depth",
    "output_size": "api",
    "edge detection": "convolution",
    "atrous": "stride",
    "number of parameters": "depth",
    "FLOPs": "depth",
    "translation invariance": "pooling",
    "im2col": "neuron-view",
    "feature visualization": "pretrained-filters",
    "backpropagation": "neuron-view",
    "upsampling": "neuron-view",
    "overfitting": "fully-connected",
    "batch normalization": "depth",
    "color image": "depth",
    "colour image": "depth",
    "grayscale": "convolution",
    "license": "index",
    "border artifacts": "padding",
}
PRINTED = "book/stride"
MARGIN = 15  # mm
#: Width and height of A4 within its margins, in CSS pixels.
TEXT = tuple((side - 2 * MARGIN) / 25.4 * 96 for side in (210, 297))
SIZES = """() =>
  [...document.querySelectorAll("article :is(figure, svg.cnnbook-picture, table, pre)")]
  .map(part => [part, part.getBoundingClientRect()])
  .filter(([part, box]) => box.width > 0 && part.checkVisibility())
  .map(([part, box]) => [part.outerHTML.slice(0, 80), box.right, box.height])"""


# What a box hides, and what stands beyond the paper's edge.
CUT_OFF = """() =>
  [...document.querySelectorAll("article :is(pre, table, figure, div, p, li, svg)")]
  .filter(part => part.checkVisibility() && part.clientWidth > 1)
  .filter(part => part.getBoundingClientRect().right > innerWidth + 1
    || getComputedStyle(part).overflowX !== "visible" && part.scrollWidth > part.clientWidth + 1)
  .map(part => part.outerHTML.slice(0, 100))"""

# What is painted, and in which colours.
COLOURS = """() =>
  [...document.querySelectorAll("html, body, article, article *")]
  .filter(part => part.checkVisibility())
  .map(part => [`${part.localName} ${part.textContent.slice(0, 60)}`, getComputedStyle(part)])
  .map(([part, style]) => [part, style.color, style.backgroundColor, style.fill, style.stroke,
    style.borderColor, style.filter, style.colorScheme].join(" | "))"""


@pytest.mark.parametrize(("term", "page"), ANSWERS.items())
def test_the_search_finds(browser: Browser, origin: str, term: str, page: str) -> None:
    tab = browser.new_page()
    tab.goto(f"{origin}/search.html?q={term}")
    first = list(dict.fromkeys(search_hits(tab)))[:3]
    tab.close()
    assert f"/book/{page}.html" in first


@pytest.mark.parametrize(
    ("american", "british"),
    [("color", "colour"), ("center", "centre"), ("neighbor", "neighbour"), ("gray", "grey")],
)
def test_the_search_finds_both_spellings(
    browser: Browser, origin: str, american: str, british: str
) -> None:
    tab = browser.new_page()
    found = []
    for term in (american, british):
        tab.goto(f"{origin}/search.html?q={term}")
        found.append(set(search_hits(tab)))
    tab.close()
    assert len(found[0]) >= 3
    assert found[0] <= found[1]


@dataclass(frozen=True)
class Paper:
    """A printed chapter, and what its page holds on the screen and on paper."""

    pdf: pypdf.PdfReader
    letters: str
    controls: list[str]
    sizes: list[tuple[str, float, float]]


@pytest.fixture(scope="module")
def paper(browser: Browser, origin: str, tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A chapter as Chromium prints it, after its interactive figure has run."""
    tab = browser.new_page(viewport={"width": int(TEXT[0]), "height": int(TEXT[1])})
    tab.goto(f"{origin}/{PRINTED}.html")
    tab.locator(".cnnbook-figure").last.scroll_into_view_if_needed()
    tab.wait_for_selector(".cnnbook-figure[data-mounted]")
    controls = tab.locator("button:visible, label:visible, summary:visible").all_inner_texts()
    path = tmp_path_factory.mktemp("paper") / "chapter.pdf"
    _print(tab, path)
    tab.emulate_media(media="print")
    sizes = tab.evaluate(SIZES)
    tab.close()
    pdf = pypdf.PdfReader(path)
    letters = _letters(" ".join(page.extract_text() for page in pdf.pages))
    return Paper(pdf, letters, controls, sizes)


def test_paper_holds_the_chapter(paper: Paper, site: Path) -> None:
    for heading in soup(site / f"{PRINTED}.html").select("article :is(h1, h2)"):
        words = "".join(str(part) for part in heading.find_all(string=True, recursive=False))
        assert _letters(words) in paper.letters


# Chromium's own margins are of 10 mm.
@pytest.mark.parametrize("margin", [10, MARGIN])
@pytest.mark.parametrize("sheet", ["A4", "Letter"])
def test_the_cheat_sheet_s_formulas_fit_on_one_side(
    browser: Browser, origin: str, tmp_path: Path, sheet: str, margin: int
) -> None:
    tab = browser.new_page()
    tab.goto(f"{origin}/book/cheat-sheet.html")
    _print(tab, tmp_path / "sheet.pdf", sheet, margin)
    tab.close()
    sides = [
        _letters(page.extract_text()) for page in pypdf.PdfReader(tmp_path / "sheet.pdf").pages
    ]
    assert len(sides) == 2
    assert all(_letters(title) in sides[0] for title in ("Letters", "Sizes", "Sums", "Gradients"))
    assert _letters("Conventions") in sides[1]


def test_paper_holds_no_control(paper: Paper) -> None:
    labels = {letters for text in paper.controls if len(letters := _letters(text)) > 3}
    assert len(labels) > 5
    assert not {letters for letters in labels if letters in paper.letters}


def test_paper_cuts_no_figure_off(paper: Paper) -> None:
    assert len(paper.sizes) >= 10
    for name, right, height in paper.sizes:
        assert right <= TEXT[0] + 1, f"{name} is too wide"
        assert height <= TEXT[1], f"{name} is higher than a page"


# The cheat sheet is laid out for paper only, as wide as it must be; see the test above.
@pytest.mark.parametrize("page", [page for page in toc_pages() if page != "book/cheat-sheet"])
def test_no_page_is_cut_off_on_paper(browser: Browser, origin: str, page: str) -> None:
    tab = browser.new_page(viewport={"width": int(TEXT[0]), "height": int(TEXT[1])})
    tab.emulate_media(media="print")
    tab.goto(f"{origin}/{page}.html")
    cut = tab.evaluate(CUT_OFF)
    tab.close()
    assert_none(cut)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_dark_page_is_printed_as_a_light_one(
    browser: Browser, origin: str, scripts: bool
) -> None:
    printed = []
    for scheme in ("light", "dark"):
        context = browser.new_context(java_script_enabled=scripts)
        tab = context.new_page()
        tab.emulate_media(color_scheme=scheme)
        tab.goto(f"{origin}/{PRINTED}.html")
        if scripts:
            tab.locator(".cnnbook-figure").last.scroll_into_view_if_needed()
            tab.wait_for_selector(".cnnbook-figure[data-mounted]")
        tab.emulate_media(media="print")
        printed.append(tab.evaluate(COLOURS))
        context.close()
    light, dark = printed
    assert len(light) > 500
    assert_none(
        [
            f"{there}\ninstead of {here}"
            for here, there in zip(light, dark, strict=True)
            if here != there
        ]
    )


def test_paper_keeps_a_figure_on_one_page(paper: Paper) -> None:
    """The five windows of the first figure, whose results stand at its right, and its caption."""
    pages = [page.extract_text() for page in paper.pdf.pages]
    found = [text for text in pages if "Figure 2.1 The weights" in " ".join(text.split())]
    assert len(found) == 1
    assert re.search(r"3\s*0\s*2\s*1\s*4\s*1\s*2", found[0])
    assert found[0].count("=") >= 5


def test_text_stays_within_the_paper_s_margins(paper: Paper) -> None:
    width = float(paper.pdf.pages[0].mediabox.width)
    margin = MARGIN / 25.4 * 72
    places: list[float] = []
    for page in paper.pdf.pages:
        page.extract_text(
            visitor_text=lambda text, cm, tm, font, size: (
                places.append(tm[4] * cm[0] + cm[4]) if text.strip() else None
            )
        )
    assert min(places) >= margin - 15
    assert max(places) <= width - margin


def _print(tab: Page, path: Path, sheet: str = "A4", margin: int = MARGIN) -> None:
    sides = dict.fromkeys(("top", "right", "bottom", "left"), f"{margin}mm")
    tab.pdf(path=path, format=sheet, margin=sides)  # type: ignore[arg-type]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))

"""The site as others meet it: search engines, previews, a lost reader, a server's sub-path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import pytest
import yaml
from tests.book import ROOT, assert_none, site_address, soup, toc_pages
from tests.conftest import QuietHandler, serve

from cnnbook_site.sharing import draw_preview

if TYPE_CHECKING:
    from playwright.sync_api import Browser


FIRST = toc_pages()[0]


@pytest.fixture(scope="module")
def address() -> str:
    """Where the pages of the repository that ``_config.yml`` names are published."""
    return site_address()


@pytest.mark.parametrize("page", toc_pages())
def test_a_page_says_where_and_what_it_is(site: Path, address: str, page: str) -> None:
    head = soup(site / f"{page}.html").head
    assert head
    link = head.select_one("link[rel=canonical]")
    assert link
    assert link["href"] == f"{address}{page}.html"
    about = {
        str(tag.get("name") or tag.get("property")): str(tag["content"])
        for tag in head.select("meta[content]")
    }
    assert about["og:url"] == f"{address}{page}.html"
    assert about["og:title"] in str(soup(site / f"{page}.html").title)
    assert about["description"] == about["og:description"]
    assert len(about["description"]) <= 200
    assert "\\" not in about["description"]
    if page not in {"book/glossary", "book/bibliography"}:
        assert len(about["description"]) > 30
    assert about["og:image"] == f"{address}_static/preview.png"


def test_the_site_s_root_says_what_the_first_page_says(site: Path, address: str) -> None:
    """People share the shortest address: it must say as much as the page that it leads to."""
    root, first = (soup(site / name) for name in ("index.html", f"{FIRST}.html"))
    for name in ("description", "og:description", "og:image", "twitter:card"):
        kind = "property" if name.startswith("og:") else "name"
        both = [page.select_one(f'meta[{kind}="{name}"]') for page in (root, first)]
        assert all(both), name
        assert both[0]["content"] == both[1]["content"]  # type: ignore[index]


def test_a_page_may_describe_itself(site: Path) -> None:
    for page in toc_pages():
        source = (ROOT / f"{page}.md").read_text("utf-8")
        front = re.match(r"---\n(.*?)^---$", source, re.M | re.S)
        if front and (own := yaml.safe_load(front[1]).get("description")):
            tag = soup(site / f"{page}.html").select_one('meta[name="description"]')
            assert tag
            assert tag["content"] == own


def test_no_page_is_called_twice_the_same(site: Path) -> None:
    for page in toc_pages():
        title = soup(site / f"{page}.html").title
        assert title
        names = title.get_text().split(" — ")
        assert len(set(names)) == len(names)


def test_descriptions_differ(site: Path) -> None:
    found = [soup(site / f"{page}.html").select("meta[name=description]") for page in toc_pages()]
    texts = [str(tag[0]["content"]) for tag in found if tag]
    assert len(set(texts)) == len(texts)


def test_the_preview_is_drawn(site: Path) -> None:
    pixels = matplotlib.image.imread(site / "_static" / "preview.png")
    assert pixels.shape[:2] == (630, 1200)
    assert pixels.std() > 0.05


@pytest.mark.parametrize(
    "title", ["Convolutional Neural Networks for Medical Image Analysis, 2e", "$5, or $6?", "CNN"]
)
def test_the_preview_holds_the_whole_title(tmp_path: Path, title: str) -> None:
    draw_preview(title, tmp_path / "preview.png")
    pixels = matplotlib.image.imread(tmp_path / "preview.png")[:200, :, :3]
    inked = np.flatnonzero((pixels != pixels[0, 0]).any((0, 2)))
    left, right = inked[0], 1200 - 1 - inked[-1]
    assert left == pytest.approx(right, abs=20)
    assert left >= 40


def test_the_map_lists_every_page(site: Path, address: str) -> None:
    tree = ElementTree.parse(site / "sitemap.xml")
    found = [element.text for element in tree.iter() if element.tag.endswith("loc")]
    assert sorted(map(str, found)) == sorted(f"{address}{page}.html" for page in toc_pages())


def test_github_serves_every_folder(site: Path) -> None:
    assert (site / ".nojekyll").is_file()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["gone.html", "some/deep/path/", "book/stride"])
def test_a_lost_reader_finds_back(
    browser: Browser, site: Path, address: str, tmp_path: Path, path: str
) -> None:
    place = address.split("/", 3)[3]
    with _served(site, tmp_path, place) as origin:
        page = browser.new_page()
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.on(
            "response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None
        )
        answer = page.goto(f"{origin}/{place}{path}")
        assert answer
        assert answer.status == 404
        assert page.locator("h1").inner_text() == "This page is not here"
        assert failed == [answer.url]
        page.get_by_role("link", name="To the first page").click()
        assert page.url == f"{origin}/{place}{FIRST}.html"
        page.close()


@pytest.mark.browser
def test_it_works_under_a_sub_path(browser: Browser, site: Path, tmp_path: Path) -> None:
    figures = next(
        name for name in toc_pages() if soup(site / f"{name}.html").select(".cnnbook-figure")
    )
    with _served(site, tmp_path, "some/path/") as origin:
        context = browser.new_context()
        page = context.new_page()
        asked: list[str] = []
        failed: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on(
            "response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None
        )
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(f"{origin}/some/path/")
        page.wait_for_url(f"{origin}/some/path/{FIRST}.html")
        page.goto(f"{origin}/some/path/{figures}.html")
        page.locator(".cnnbook-figure").last.scroll_into_view_if_needed()
        page.wait_for_selector(".cnnbook-figure[data-mounted]")
        page.goto(f"{origin}/some/path/search.html?q=weights")
        page.locator("#search-results li a").first.click()
        page.wait_for_load_state("load")
        assert page.url.startswith(f"{origin}/some/path/book/")
        outside = [
            url for url in asked if not url.startswith((f"{origin}/some/path/", "blob:", "data:"))
        ]
        assert_none(failed + outside)
        context.close()


@contextmanager
def _served(site: Path, folder: Path, place: str) -> Iterator[str]:
    """Serve the site below a path, with its 404 page, as GitHub does."""
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place.rstrip("/")).symlink_to(site.resolve())

    class Handler(QuietHandler):
        def send_error(self, code: int, *args: object) -> None:
            body = (site / "404.html").read_bytes()
            self.send_response(code)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serve(folder, Handler) as address:
        yield address

"""Every link of the built site leads somewhere, and every page is well-formed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import Tag
from tests.book import assert_none, site_address, soup

RESOURCES = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "image": "href",
    "use": "href",
}
#: Where the site is on its server.
SITE_PATH = urlsplit(site_address()).path
HEADINGS = re.compile(r"^h[1-6]$")


@pytest.fixture(scope="module")
def pages(site: Path) -> list[Path]:
    """Every page of the site, but the file that only sends the reader on to the first one."""
    found = sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)
    return [page for page in found if page.name != "index.html" or _refresh(page) is None]


def test_links_and_anchors_resolve(site: Path, pages: list[Path]) -> None:
    assert_none([problem for page in pages for problem in broken_links(site, page)])


def test_the_first_page_sends_readers_on(site: Path) -> None:
    index = site / "index.html"
    refresh = _refresh(index)
    assert refresh is not None
    target = str(refresh["content"]).partition("url=")[2]
    assert (site / target).is_file()


def test_ids_are_unique(pages: list[Path]) -> None:
    assert_none(
        [
            f"{page.name}: #{name} stands {count} times"
            for page in pages
            for name, count in Counter(_all_ids(page)).items()
            if count > 1
        ]
    )


def test_pages_load_nothing_from_elsewhere(pages: list[Path]) -> None:
    assert_none(
        [
            f"{page.name}: <{tag.name}> loads {url}"
            for page in pages
            for tag in soup(page).find_all(list(RESOURCES))
            if not (tag.name == "link" and "canonical" in tag.get_attribute_list("rel"))
            for url in _resources(tag)
            if _is_foreign(url)
        ]
    )


def test_styles_load_nothing_from_elsewhere(site: Path, pages: list[Path]) -> None:
    sheets = {str(path.relative_to(site)): path.read_text("utf-8") for path in site.rglob("*.css")}
    for page in pages:
        inline = [str(tag.string) for tag in soup(page).find_all("style")]
        inline += [str(tag["style"]) for tag in soup(page).find_all(style=True)]
        sheets[page.name] = "\n".join(inline)
    assert_none([f"{name}: {url}" for name, css in sheets.items() for url in foreign_in_css(css)])


def test_each_page_has_one_title_and_its_headings_skip_no_level(pages: list[Path]) -> None:
    problems = []
    for page in pages:
        levels = [int(tag.name[1]) for tag in soup(page).find_all(HEADINGS)]
        if levels.count(1) != 1:
            problems.append(f"{page.name}: {levels.count(1)} h1")
        problems += [
            f"{page.name}: h{before} is followed by h{after}"
            for before, after in pairwise(levels)
            if after > before + 1
        ]
    assert_none(problems)


def test_each_page_says_its_language_and_its_name(pages: list[Path]) -> None:
    for page in pages:
        html = soup(page).html
        assert html is not None
        assert html.get("lang") == "en", page.name
        assert html.title is not None, page.name
        assert html.title.get_text(strip=True), page.name


@pytest.mark.parametrize(
    ("href", "problem"),
    [
        ("other.html", None),
        ("other.html#there", None),
        ("#here", None),
        ("#", None),
        ("https://example.org/", None),
        ("other.html#nowhere", "#nowhere"),
        ("missing.html", "missing.html"),
        ("#there", "#there"),
    ],
)
def test_broken_links_are_found(tmp_path: Path, href: str, problem: str | None) -> None:
    page = tmp_path / "page.html"
    page.write_text(f'<h1 id="here">Page</h1><a href="{href}">link</a>', "utf-8")
    (tmp_path / "other.html").write_text('<p id="there"></p>', "utf-8")
    found = list(broken_links(tmp_path, page))
    assert found == [] if problem is None else problem in found[0]


@pytest.mark.parametrize(
    ("css", "foreign"),
    [
        ("a { background: url(https://cdn.example/x.png) }", ["https://cdn.example/x.png"]),
        ('a { background: url("//cdn.example/x.png") }', ["//cdn.example/x.png"]),
        ('@import "https://cdn.example/x.css";', ["https://cdn.example/x.css"]),
        ("a { background: url(data:image/png;base64,iVBO) }", []),
        ("/* url(https://cdn.example/x.png) */", []),
        ("a { background: url(x.png) }", []),
    ],
)
def test_foreign_addresses_in_styles_are_found(css: str, foreign: list[str]) -> None:
    assert foreign_in_css(css) == foreign


def broken_links(site: Path, page: Path) -> Iterator[str]:
    """Yield a line for each address in a page that leads nowhere within the site."""
    for tag in soup(page).find_all(True):
        for key in ("href", "src", "xlink:href"):
            url = str(tag.get(key, ""))
            parts = urlsplit(url)
            if not url or parts.scheme or parts.netloc:
                continue
            if "sets-figure" in (tag.get("class") or ()):  # the host gives figures their ids
                continue
            path = unquote(parts.path)
            if path.startswith("/") and page.name == "404.html":
                path = str(site) + "/" + path.removeprefix(SITE_PATH)  # works at any depth
            target = (page.parent / path).resolve() if path else page
            if target.is_dir():
                target /= "index.html"
            where = f"{page.relative_to(site)}: <{tag.name} {key}={url!r}>"
            if not target.is_file():
                yield f"{where}: no such file"
            elif (
                parts.fragment
                and target.suffix == ".html"
                and unquote(parts.fragment) not in _ids(target)
            ):
                yield f"{where}: no such anchor #{parts.fragment}"


def foreign_in_css(css: str) -> list[str]:
    """Return the addresses of other servers that a style sheet loads."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    urls = re.findall(r"""(?:url\(|@import)\s*["']?([^"')\s;]+)""", css)
    return [url for url in urls if _is_foreign(url)]


def _resources(tag: Tag) -> list[str]:
    urls = [str(tag.get(key, "")) for key in (RESOURCES[tag.name], "xlink:href", "poster")]
    urls += [
        candidate.split()[0]
        for candidate in str(tag.get("srcset", "")).split(",")
        if candidate.strip()
    ]
    return urls


def _is_foreign(url: str) -> bool:
    return url.startswith("//") or urlsplit(url).scheme in {"http", "https", "ftp", "ws", "wss"}


def _refresh(page: Path) -> Tag | None:
    """Return the element that sends readers on to another page, if there is one."""
    return soup(page).select_one("meta[http-equiv=refresh]")


@cache
def _ids(page: Path) -> frozenset[str]:
    return frozenset(_all_ids(page))


def _all_ids(page: Path) -> list[str]:
    return [str(tag["id"]) for tag in soup(page).find_all(id=True)]

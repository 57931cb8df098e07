"""Links in the text that set a figure: each leads to its figure, in the state that it names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import traitlets
from tests.book import SITE, assert_none, soup, toc_pages
from tests.widgets.conftest import Visit

from cnnbook_site.settings import state

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def _links() -> list[tuple[str, str]]:
    """Pages and the addresses of their links that set a figure."""
    return [
        (page, str(link["href"]))
        for page in toc_pages()
        if (SITE / f"{page}.html").is_file()
        for link in soup(SITE / f"{page}.html").select("a.sets-figure")
    ]


LINKS = _links()


def _parts(address: str) -> tuple[str, dict[str, Any]]:
    """Return the figure that an address names, and what it says of its state."""
    name, part = address.removeprefix("#").split("=", 1)
    return name, json.loads(unquote(part))


@pytest.fixture(scope="module")
def tab(browser: Browser, origin: str) -> Iterator[Visit]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield Visit.watch(context.new_page())
    context.close()


def _follow(visit: Visit, href: str) -> None:
    visit.page.locator(f"a.sets-figure[href='{href}']").first.click()


def _shown(visit: Visit, name: str) -> dict[str, Any]:
    """Return a figure's whole state: what its own link says, and the first state for the rest."""
    figure = visit.figure(name)
    first = json.loads(figure.get_attribute("data-state"))
    return {**first, **_parts(visit.link(name))[1]}


def test_chapters_have_such_links() -> None:
    assert len({page for page, _ in LINKS}) >= 8


@pytest.mark.browser
@pytest.mark.parametrize(("page", "href"), LINKS)
def test_a_link_sets_its_figure(tab: Visit, origin: str, page: str, href: str) -> None:
    tab.page.goto("about:blank")  # or the address would only change its last part
    tab.page.goto(f"{origin}/{page}.html")
    name, part = _parts(href)
    _follow(tab, href)
    tab.page.wait_for_url(f"**{href}")
    state = _shown(tab, name)
    assert {key: state[key] for key in part} == part
    assert tab.figure(name).locator(".reply").inner_text().startswith("The link is on the")
    assert_none(tab.errors)


@pytest.mark.browser
def test_a_link_sets_a_figure_again_that_the_reader_has_changed(tab: Visit, origin: str) -> None:
    page, href = next((page, href) for page, href in LINKS if page == "book/stride")
    name, part = _parts(href)
    tab.page.goto(f"{origin}/{page}.html{href}")
    tab.figure(name).get_by_role("button", name="Start again").click()
    assert _parts(tab.link(name))[1] == {}
    tab.page.goto(f"{origin}/{page}.html{href}")
    tab.figure(name).get_by_role("button", name="Start again").click()
    _follow(tab, href)
    state = _shown(tab, name)
    assert {key: state[key] for key in part} == part


def test_a_link_names_a_figure_of_its_page_by_the_number_that_the_host_gives_it(site: Path) -> None:
    for page, href in LINKS:
        name, number = _parts(href)[0].rsplit("-", 1)
        figures = soup(site / f"{page}.html").select(f"figure[data-widget={name}]")
        assert 1 <= int(number) <= len(figures)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ("strides=2", traitlets.TraitError, "has no strides"),
        ("stride=0", traitlets.TraitError, "stride must be a whole number"),
        ("stride=", SyntaxError, "invalid syntax"),
        ("stride=two", ValueError, "malformed"),
        ("", ValueError, "names nothing"),
    ],
)
def test_arguments_that_set_nothing_are_refused(
    arguments: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        state("convolution-explorer", arguments)
